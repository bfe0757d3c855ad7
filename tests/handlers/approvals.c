#include "approvals.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "base/limits.h"

#define LAST_MINUTE(value_)                                                                                            \
    "CASE WHEN " value_ " ~ '^2[0-9]{3}-[0-9]{2}-[0-9]{2}T' THEN CASE WHEN now() - " value_                            \
    "::timestamptz BETWEEN '0' AND '1 minute' THEN 'now' ELSE " value_ " END ELSE " value_ " END"
#define PARAMS "convert_from(decode(payload ->> 'RawParams', 'base64'), 'UTF8')::jsonb"

void approvals_open(struct trial *trial, const char *action, const char *rows, const char *entity_id)
{
    trial_open(trial, action);
    trial_context(trial, arena_print(trial->arena,
                                     "{\"entity_id\": \"%s\", \"entity_name\": \"records\", \"user_id\": \"" BOSS
                                     "\", \"why\": \"O'Hara \\\"x\\\"\"}",
                                     entity_id)
                             .data);
    stock_locations();
    postgres_do(BOSS_ROW);
    postgres_do(rows);
}

void approvals_done(struct trial *trial, const char *config, const char *output, const char *result)
{
    trial_done(trial, config);
    ASSERT_TEXT(trial_result(trial, "output"), output);
    struct json_value wanted;
    struct error error = ERROR_IN(trial->arena);
    struct text with_output =
        arena_print(trial->arena, "{\"output\": \"%s\"%s%s}", output, *result == '\0' ? "" : ", ", result);
    cr_assert_eq(json_read(trial->arena, with_output, &wanted, &error), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    cr_assert(json_equal(&trial->report.result, &wanted), "found %s\nwanted %s",
              arena_copy(trial->arena, json_to_text(trial->arena, &trial->report.result)).data, with_output.data);
}

const char *approvals_events(struct trial *trial)
{
    return trial_sql(trial, "SELECT coalesce(string_agg(concat_ws('|', domain, action, event_type, entity_name, " PARAMS
                            " ->> 'entityID', " PARAMS " ->> 'userID'), ' ' ORDER BY seq), '')"
                            " FROM workflow.cascade_outbox");
}

const char *approvals_changes(struct trial *trial, int number)
{
    struct text sql =
        arena_print(trial->arena,
                    "SELECT string_agg(a.key || '=' || coalesce(" LAST_MINUTE(
                        "a.value") ", 'null'), ','"
                                   " ORDER BY key) FROM (SELECT " PARAMS " AS p FROM workflow.cascade_outbox"
                                   " ORDER BY seq OFFSET %d LIMIT 1) e, jsonb_each_text(p -> 'entity') a"
                                   " FULL JOIN jsonb_each_text(p -> 'beforeEntity') b USING (key)"
                                   " WHERE a.value IS DISTINCT FROM b.value",
                    number);
    return trial_sql(trial, sql.data);
}

const char *approvals_row(struct trial *trial, const char *table)
{
    return trial_sql(trial, arena_print(trial->arena, "SELECT to_jsonb(t) FROM %s t", table).data);
}

const char *approvals_row_changes(struct trial *trial, const char *table, const char *before)
{
    struct text sql = arena_print(
        trial->arena,
        "SELECT coalesce(string_agg(a.key || '=' || coalesce(" LAST_MINUTE(
            "(a.value || CASE WHEN a.value ~ '^2[0-9]{3}-.*T' THEN 'Z' ELSE '' END)") ", 'null'), ',' ORDER BY a.key), "
                                                                                      "'') FROM %s t, "
                                                                                      "jsonb_each_text(to_jsonb(t)) a"
                                                                                      " JOIN "
                                                                                      "jsonb_each_text($before$%s$"
                                                                                      "before$) b USING (key)"
                                                                                      " WHERE a.value IS DISTINCT FROM "
                                                                                      "b.value",
        table, before);
    return trial_sql(trial, sql.data);
}

struct racing {
    pthread_t thread;
    struct arena *arena;
    struct action_environment environment;
    struct action_request request;
    struct action_report report;
};

static void *race(void *argument)
{
    struct racing *racing = argument;
    action_perform(&racing->environment, racing->arena, &racing->request, &racing->report);
    return NULL;
}

static void begin_race(struct trial *trial, struct racing *racing, const struct approvals_racer *racer,
                       const char *execution)
{
    struct error error = ERROR_IN(trial->arena);
    *racing =
        (struct racing){.arena = arena_new(MIB(4), 0), .environment = trial->environment, .request = trial->request};
    racing->request.action_type = text_from(racer->action);
    racing->request.execution_id = text_from(execution);
    cr_assert_eq(json_read(trial->arena, text_from(racer->config), &racing->request.config, &error), STATUS_OK);
    cr_assert_eq(pthread_create(&racing->thread, NULL, race, racing), 0);
}

const char *approvals_race(struct trial *trial, const char *table, const struct approvals_racer racers[2])
{
    static const char *const executions[] = {"5f6d1b0e-9d4b-4c58-8a83-000000000001",
                                             "5f6d1b0e-9d4b-4c58-8a83-000000000002"};
    struct racing racings[2];
    const char *outputs[2];
    postgres_do("BEGIN");
    postgres_do(arena_print(trial->arena, "SELECT FROM %s FOR UPDATE", table).data);
    for (size_t i = 0; i < 2; i++)
        begin_race(trial, &racings[i], &racers[i], executions[i]);
    postgres_await("SELECT count(*) FROM pg_locks WHERE NOT granted", 2);
    postgres_do("COMMIT");
    for (size_t i = 0; i < 2; i++) {
        (void)pthread_join(racings[i].thread, NULL);
        const struct action_report *report = &racings[i].report;
        cr_assert_eq(report->outcome, ACTION_OUTCOME_DONE, "%.*s", TEXT_ARG(report->failure));
        outputs[i] = arena_copy(trial->arena, json_get_text(&report->result, TEXT("output"))).data;
        arena_free(racings[i].arena);
    }
    bool in_order = strcmp(outputs[0], outputs[1]) < 0;
    return arena_print(trial->arena, "%s %s", outputs[!in_order], outputs[in_order]).data;
}
