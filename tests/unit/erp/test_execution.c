/* The row of an execution. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "erp/execution.h"
#include "erp/schema.h"
#include "postgres.h"

#define ID    "6f1f5a0e-3b0e-4c8e-9d5e-0d4a4c7b1a01"
#define OTHER "6f1f5a0e-3b0e-4c8e-9d5e-0d4a4c7b1a02"

static struct arena *arena;
static struct database *database;
static struct proxy *proxy;
static struct error error;

static void open_database(struct text host)
{
    struct database_options options = postgres_options();
    if (host.size > 0)
        options.host = host;
    database = database_new(&options);
    cr_assert_not_null(database);
}

static void set_up(void)
{
    arena = arena_new(MIB(16), 0);
    error = ERROR_IN(arena);
    open_database(TEXT_NONE);
    postgres_do("DROP SCHEMA IF EXISTS core, workflow, inventory, products, sales, procurement CASCADE");
    const struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + 60000000};
    cr_assert_eq(schema_migrate(database, &wait, NULL, NULL, &error), STATUS_OK);
    postgres_do("INSERT INTO workflow.automation_executions (id, entity_type, status) VALUES ('" ID
                "', 'orders', 'pending'), ('" OTHER "', 'orders', 'pending')");
}

static void tear_down(void)
{
    database_free(database);
    if (proxy != NULL)
        proxy_free(proxy);
    arena_free(arena);
}

TestSuite(execution, .init = set_up, .fini = tear_down);

static enum status mark_within(int64_t milliseconds, enum execution_status status, const char *id, struct text failure)
{
    const struct execution_change change = {.status = status,
                                            .execution_id = text_from(id),
                                            .failure = failure,
                                            .limit.deadline_us = clock_monotonic_us() + milliseconds * 1000};
    return execution_mark(database, &change, arena, &error);
}

static void mark(enum execution_status status, const char *failure)
{
    cr_assert_eq(mark_within(10000, status, ID, text_from(failure)), STATUS_OK, "%.*s", TEXT_ARG(error.message));
}

static void assert_row(const char *wanted)
{
    const char *row = postgres_value(arena, "SELECT status || ' ' || coalesce(error_message, 'NULL')"
                                            " FROM workflow.automation_executions WHERE id = '" ID "'");
    cr_assert_str_eq(row, wanted);
    cr_assert_str_eq(postgres_value(arena, "SELECT status FROM workflow.automation_executions WHERE id = '" OTHER "'"),
                     "pending");
}

Test(execution, runs_and_completes)
{
    mark(EXECUTION_RUNNING, NULL);
    assert_row("running NULL");
    mark(EXECUTION_COMPLETED, NULL);
    assert_row("completed NULL");
}

Test(execution, fails_with_a_reason)
{
    mark(EXECUTION_FAILED, "execute action A: it may not be");
    assert_row("failed execute action A: it may not be");
}

Test(execution, canceled_is_stored_as_cancelled)
{
    mark(EXECUTION_CANCELED, NULL);
    assert_row("cancelled NULL");
}

Test(execution, an_ended_execution_does_not_run_again)
{
    const enum execution_status ends[] = {EXECUTION_COMPLETED, EXECUTION_FAILED, EXECUTION_CANCELED};
    const char *const rows[] = {"completed NULL", "failed why", "cancelled NULL"};
    for (size_t i = 0; i < 3; i++) {
        mark(ends[i], "why");
        mark(EXECUTION_RUNNING, NULL);
        assert_row(rows[i]);
    }
}

static void mark_resumed(void)
{
    const struct execution_change change = {.status = EXECUTION_RUNNING,
                                            .resumed = true,
                                            .execution_id = TEXT(ID),
                                            .limit.deadline_us = clock_monotonic_us() + 10000000};
    cr_assert_eq(execution_mark(database, &change, arena, &error), STATUS_OK);
}

Test(execution, one_that_is_resumed_runs_again)
{
    mark(EXECUTION_FAILED, "why");
    mark_resumed();
    assert_row("running NULL");
    mark(EXECUTION_CANCELED, NULL);
    mark_resumed();
    assert_row("running NULL");
    mark(EXECUTION_COMPLETED, NULL);
    mark_resumed();
    assert_row("completed NULL");
}

Test(execution, the_last_end_counts)
{
    mark(EXECUTION_FAILED, "why");
    mark(EXECUTION_COMPLETED, NULL);
    assert_row("completed NULL");
    mark(EXECUTION_CANCELED, NULL);
    assert_row("cancelled NULL");
}

Test(execution, a_running_row_is_not_written_again)
{
    mark(EXECUTION_RUNNING, NULL);
    const char *version = "SELECT xmin FROM workflow.automation_executions WHERE id = '" ID "'";
    long first = postgres_count(version);
    mark(EXECUTION_RUNNING, NULL);
    cr_assert_eq(postgres_count(version), first);
}

Test(execution, a_missing_row_is_ignored)
{
    cr_assert_eq(mark_within(10000, EXECUTION_COMPLETED, "6f1f5a0e-3b0e-4c8e-9d5e-0d4a4c7b1a03", TEXT_NONE), STATUS_OK);
    cr_assert_eq(postgres_count("SELECT count(*) FROM workflow.automation_executions"), 2);
    assert_row("pending NULL");
}

/* ---- the text of a failure ---- */

static size_t stored_bytes(struct text failure)
{
    cr_assert_eq(mark_within(10000, EXECUTION_FAILED, ID, failure), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    return (size_t)postgres_count(
        "SELECT octet_length(error_message) FROM workflow.automation_executions WHERE id = '" ID "'");
}

Test(execution, a_failure_is_stored_up_to_the_limit)
{
    char *bytes = arena_alloc(arena, LIMIT_FAILURE_BYTES + 3, 1);
    memset(bytes, 'x', LIMIT_FAILURE_BYTES + 3);
    cr_assert_eq(stored_bytes((struct text){bytes, LIMIT_FAILURE_BYTES}), LIMIT_FAILURE_BYTES);
    cr_assert_eq(stored_bytes((struct text){bytes, LIMIT_FAILURE_BYTES + 1}), LIMIT_FAILURE_BYTES);
    /* A character of two bytes that the limit would split. */
    bytes[LIMIT_FAILURE_BYTES - 1] = '\303';
    bytes[LIMIT_FAILURE_BYTES] = '\244';
    cr_assert_eq(stored_bytes((struct text){bytes, LIMIT_FAILURE_BYTES + 1}), LIMIT_FAILURE_BYTES - 1);
}

Test(execution, invalid_bytes_of_a_failure_are_replaced)
{
    cr_assert_eq(mark_within(10000, EXECUTION_FAILED, ID, TEXT("a\0b\377c \303\244")), STATUS_OK);
    assert_row("failed a\357\277\275b\357\277\275c \303\244");
}

Test(execution, an_empty_failure)
{
    mark(EXECUTION_FAILED, NULL);
    assert_row("failed ");
}

/* ---- faults ---- */

Test(execution, errors_of_the_server_are_final)
{
    cr_assert_eq(mark_within(10000, EXECUTION_COMPLETED, "no id", TEXT_NONE), STATUS_INVALID);
    postgres_do("DROP TABLE workflow.automation_executions CASCADE");
    cr_assert_eq(mark_within(10000, EXECUTION_COMPLETED, ID, TEXT_NONE), STATUS_NOT_FOUND);
    cr_assert(text_is(error.message, "undefined table"), "%.*s", TEXT_ARG(error.message));
}

Test(execution, a_locked_row_is_waited_for_and_then_unavailable)
{
    postgres_do("BEGIN; SELECT 1 FROM workflow.automation_executions WHERE id = '" ID "' FOR UPDATE");
    cr_assert_eq(mark_within(300, EXECUTION_COMPLETED, ID, TEXT_NONE), STATUS_UNAVAILABLE);
    postgres_do("COMMIT");
    mark(EXECUTION_COMPLETED, NULL);
    assert_row("completed NULL");
}

Test(execution, a_lost_request_or_reply_is_repeated)
{
    const enum proxy_fault faults[] = {PROXY_LOSE_REQUEST, PROXY_LOSE_ANSWER};
    database_free(database);
    proxy = proxy_new();
    open_database(proxy_host(proxy));
    for (size_t i = 0; i < 2; i++) {
        postgres_do("UPDATE workflow.automation_executions SET status = 'pending'");
        proxy_plan(proxy, faults[i], "automation_executions");
        mark(EXECUTION_COMPLETED, NULL);
        assert_row("completed NULL");
    }
}

static void *start_server(void *unused)
{
    (void)unused;
    postgres_start();
    return NULL;
}

Test(execution, a_server_that_returns_in_time_is_waited_for)
{
    mark(EXECUTION_RUNNING, NULL);
    postgres_stop();
    cr_assert_eq(mark_within(200, EXECUTION_COMPLETED, ID, TEXT_NONE), STATUS_UNAVAILABLE);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, start_server, NULL), 0);
    enum status status = mark_within(30000, EXECUTION_COMPLETED, ID, TEXT_NONE);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_eq(status, STATUS_OK, "%.*s", TEXT_ARG(error.message));
    assert_row("completed NULL");
}

static bool is_canceled(void *userdata)
{
    (void)userdata;
    return true;
}

Test(execution, a_cancel_ends_the_wait)
{
    const struct execution_change change = {.status = EXECUTION_COMPLETED,
                                            .execution_id = TEXT(ID),
                                            .limit.deadline_us = clock_monotonic_us() + 60000000,
                                            .limit.is_canceled = is_canceled};
    cr_assert_eq(execution_mark(database, &change, arena, &error), STATUS_UNAVAILABLE);
    assert_row("pending NULL");
}
