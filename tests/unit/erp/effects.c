#include "effects.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "erp/action_database.h"
#include "erp/schema.h"

static int log_file = -1;

void effects_open(void)
{
    log_file = memfd_create("log", MFD_CLOEXEC);
    cr_assert_geq(log_file, 0);
    log_set_output(log_file);
    postgres_do("DROP SCHEMA IF EXISTS core, workflow CASCADE; DROP TABLE IF EXISTS counter, thing;"
                "CREATE TABLE counter (id int PRIMARY KEY, value int NOT NULL);"
                "CREATE TABLE thing (id int PRIMARY KEY);"
                "INSERT INTO counter VALUES (1, 0), (2, 0)");
    struct database *database = effects_database(TEXT_NONE, 0);
    struct arena *arena = arena_new(MIB(1), 0);
    struct error error = ERROR_IN(arena);
    const struct database_wait wait = {0};
    cr_assert_eq(schema_migrate(database, &wait, NULL, NULL, &error), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    arena_free(arena);
    database_free(database);
}

void effects_do(const char *format, ...)
{
    char sql[1001];
    va_list arguments;
    va_start(arguments, format);
    cr_assert_lt(vsnprintf(sql, sizeof(sql), format, arguments), (int)sizeof(sql));
    va_end(arguments);
    postgres_do(sql);
}

long effects_value(void)
{
    return postgres_count("SELECT value FROM counter WHERE id = 1");
}

long effects_rows(void)
{
    return postgres_count("SELECT count(*) FROM workflow.action_effects");
}

struct database *effects_database(struct text host, int64_t statement_timeout_ms)
{
    struct database_options options = postgres_options();
    if (host.size > 0)
        options.host = host;
    options.statement_timeout_ms = statement_timeout_ms;
    struct database *database = database_new(&options);
    cr_assert_not_null(database);
    return database;
}

static enum action_outcome execute(struct action_call *call, struct database_session *session, const char *statement)
{
    struct database_fault fault = {.arena = call->arena};
    enum database_outcome outcome = DATABASE_OK;
    if (statement != NULL)
        outcome = database_execute(session, call->arena, text_from(statement), NULL, 0, NULL, &fault);
    return outcome == DATABASE_OK ? ACTION_OUTCOME_DONE : action_database_failed(call, outcome, "write", &fault);
}

static enum action_outcome act(struct action_call *call, struct database_session *session, const void *userdata,
                               struct json_value *result)
{
    const struct deed *deed = userdata;
    unsigned calls_before = atomic_fetch_add(deed->calls, 1);
    cr_assert(result->type == JSON_OBJECT && result->object.count == 0, "the result of another call is left");
    enum action_outcome outcome = execute(call, session, deed->first);
    if (outcome == ACTION_OUTCOME_DONE && deed->between != NULL && calls_before == 0)
        deed->between();
    if (outcome == ACTION_OUTCOME_DONE)
        outcome = execute(call, session, deed->second);
    if (outcome != ACTION_OUTCOME_DONE && !deed->ignores_failures)
        return outcome;
    *result = deed->result;
    switch (deed->end) {
    case ACTION_OUTCOME_REFUSED: return action_refuse(call, "unwanted");
    case ACTION_OUTCOME_RETRY: return action_retry(call, "unwanted");
    default: return deed->end;
    }
}

static struct uuid numbered(const char *prefix, unsigned n)
{
    char text[64];
    struct uuid uuid;
    (void)snprintf(text, sizeof(text), "%s-0000-4000-8000-%012u", prefix, n);
    cr_assert(uuid_parse(text_from(text), &uuid));
    return uuid;
}

struct json_value effects_json(struct performance *performance, const char *document)
{
    struct json_value value;
    struct error error = ERROR_IN(performance->arena);
    cr_assert_eq(json_read(performance->arena, text_from(document), &value, &error), STATUS_OK, "%.*s",
                 TEXT_ARG(error.message));
    return value;
}

void effects_prepare(struct performance *performance, struct database *database, const char *statement, unsigned n)
{
    *performance = (struct performance){.arena = arena_new(MIB(64), 0), .database = database};
    performance->call = (struct action_call){
        .arena = performance->arena,
        .execution_id = numbered("5f6d1b0e", 1),
        .effect_id = numbered("5f6d1b0e", 1),
        .action_id = numbered("0b5b6f5e", n),
        .action_type = TEXT("count"),
        .attempt = 1,
        .limit.deadline_us = clock_monotonic_us() + 60000000,
    };
    performance->deed = (struct deed){.first = statement,
                                      .end = ACTION_OUTCOME_DONE,
                                      .result = effects_json(performance, "{\"n\":1}"),
                                      .calls = &performance->calls};
}

void effects_release(struct performance *performance)
{
    arena_free(performance->arena);
    performance->arena = NULL;
}

void effects_perform(struct performance *performance)
{
    performance->outcome =
        effect_ledger_perform(&performance->call, performance->database, act, &performance->deed, &performance->result);
}

static void *perform(void *argument)
{
    effects_perform(argument);
    return NULL;
}

void effects_start(struct performance *performance)
{
    cr_assert_eq(pthread_create(&performance->thread, NULL, perform, performance), 0);
}

void effects_join(struct performance *performance)
{
    cr_assert_eq(pthread_join(performance->thread, NULL), 0);
}

struct text effects_result(struct performance *performance)
{
    return json_to_text(performance->arena, &performance->result);
}

void effects_expect(struct performance *performance, enum action_outcome outcome, const char *failure)
{
    effects_perform(performance);
    struct text found = performance->call.failure;
    cr_assert_eq(performance->outcome, outcome, "outcome %d: %.*s", performance->outcome, TEXT_ARG(found));
    if (outcome == ACTION_OUTCOME_REFUSED || outcome == ACTION_OUTCOME_RETRY)
        cr_assert_neq(text_find(found, text_from(failure)), SIZE_MAX, "%.*s", TEXT_ARG(found));
}

unsigned effects_logged(const char *text)
{
    off_t size = lseek(log_file, 0, SEEK_END);
    char *log = calloc(1, (size_t)size + 1);
    cr_assert_not_null(log);
    cr_assert_eq(pread(log_file, log, (size_t)size, 0), size);
    unsigned times = 0;
    for (const char *at = strstr(log, text); at != NULL; at = strstr(at + 1, text))
        times++;
    free(log);
    return times;
}
