/* Metrics of the pool: connections and waiting threads. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/metrics.h"
#include "postgres.h"

static struct arena *arena;
static struct database_fault fault;
static const struct database_wait firm = {0};

static void set_up(void)
{
    arena = arena_new(MIB(16), 0);
    fault = (struct database_fault){.arena = arena};
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(pool_gauges, .init = set_up, .fini = tear_down);

#define CONNECTED "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'workflow-worker'"

static struct database *open_with(unsigned connections)
{
    struct database_options options = postgres_options();
    options.connections = connections;
    return database_new(&options);
}

static enum database_outcome run(struct database *database, const struct database_wait *wait)
{
    return database_run(database, arena, wait, TEXT("SELECT 1"), NULL, 0, NULL, &fault);
}

/* The sum over all threads. INT64_MIN: no such metric. */
static int64_t gauge(const char *name)
{
    struct arena *own = arena_new(MIB(1), 0);
    struct buffer buffer = buffer_in(own, KIB(64));
    metrics_write(&buffer);
    int64_t value = INT64_MIN;
    for (struct text rest = buffer_text(&buffer); rest.data != NULL;) {
        struct text line = text_split(&rest, '\n');
        if (text_is(text_split(&line, ' '), name))
            (void)text_to_int64(line, &value);
    }
    arena_free(own);
    return value;
}

static void assert_gauges(int64_t connections, int64_t waiting)
{
    cr_expect_eq(gauge("workflow_worker_database_connections"), connections);
    cr_expect_eq(gauge("workflow_worker_database_waiting"), waiting);
}

/* Commits once another thread waits for the connection. */
static void *commit_for_a_waiter(void *argument)
{
    while (gauge("workflow_worker_database_waiting") == 0)
        (void)usleep(1000);
    struct database_fault why = {0};
    return database_commit(argument, &why) == DATABASE_OK ? argument : NULL;
}

Test(pool_gauges, connections_and_waiting_threads)
{
    struct database *database = open_with(1);
    assert_gauges(0, 0);
    struct database_session *session = NULL;
    cr_assert_eq(database_begin(database, arena, &firm, &session, &fault), DATABASE_OK);
    assert_gauges(1, 0);
    pthread_t other;
    cr_assert_eq(pthread_create(&other, NULL, commit_for_a_waiter, session), 0);
    cr_assert_eq(run(database, &firm), DATABASE_OK);
    void *good = NULL;
    (void)pthread_join(other, &good);
    cr_assert_not_null(good);
    assert_gauges(1, 0);
    database_free(database);
    assert_gauges(0, 0);
}

Test(pool_gauges, a_failed_attempt_is_not_a_connection)
{
    struct database_options nowhere = {.host = TEXT("127.0.0.1:1"), .user = TEXT("u"), .name = TEXT("n")};
    struct database *database = database_new(&nowhere);
    struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + 100000, .retry = true};
    cr_assert_eq(run(database, &wait), DATABASE_UNAVAILABLE);
    assert_gauges(0, 0);
    database_free(database);
}

Test(pool_gauges, a_connection_ended_by_the_server_is_not_counted)
{
    struct database *database = open_with(2);
    cr_assert_eq(run(database, &firm), DATABASE_OK);
    assert_gauges(1, 0);
    postgres_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'workflow-worker'");
    postgres_await(CONNECTED, 0);
    cr_assert_eq(run(database, &firm), DATABASE_OK); /* on a new one */
    assert_gauges(1, 0);
    database_free(database);
}
