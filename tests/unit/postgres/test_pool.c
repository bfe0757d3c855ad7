/* The pool: its bound, its waiters, and servers that become unavailable and return. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "postgres.h"

#define SECOND ((int64_t)1000000)

static struct arena *arena;
static struct database_fault fault;
static struct proxy *proxy;
static const struct database_wait firm = {0};

static void set_up(void)
{
    arena = arena_new(MIB(16), 0);
    fault = (struct database_fault){.arena = arena};
    proxy = NULL;
    postgres_do("DROP TABLE IF EXISTS thing; CREATE TABLE thing (id int PRIMARY KEY, name text);"
                " DROP SEQUENCE IF EXISTS tick; CREATE SEQUENCE tick");
}

static void tear_down(void)
{
    if (proxy != NULL)
        proxy_free(proxy);
    arena_free(arena);
}

TestSuite(pool, .init = set_up, .fini = tear_down);

static struct database *open_with(unsigned connections)
{
    struct database_options options = postgres_options();
    options.connections = connections;
    return database_new(&options);
}

static struct database *open_by_proxy(void)
{
    proxy = proxy_new();
    struct database_options options = postgres_options();
    options.host = proxy_host(proxy);
    return database_new(&options);
}

static enum database_outcome run(struct database *database, const struct database_wait *wait, const char *sql)
{
    return database_run(database, arena, wait, text_from(sql), NULL, 0, NULL, &fault);
}

static struct database_wait until(int64_t span_us)
{
    return (struct database_wait){
        .limit.deadline_us = clock_monotonic_us() + span_us, .retry = true, .idempotent = true};
}

static bool says(const char *part)
{
    return text_find(fault.message, text_from(part)) != SIZE_MAX;
}

#define ASSERT_OK(call_)   cr_assert_eq((call_), DATABASE_OK, "%.*s", TEXT_ARG(fault.message))
#define ASSERT_SAYS(part_) cr_assert(says(part_), "%.*s", TEXT_ARG(fault.message))
#define CONNECTED          "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'workflow-worker'"

Test(pool, nothing_is_opened_before_it_is_needed)
{
    struct database_options options = {.host = TEXT("127.0.0.1:1"), .user = TEXT("u"), .name = TEXT("n")};
    struct database *database = database_new(&options);
    cr_assert_not_null(database);
    database_free(database);
    database_free(NULL);
}

Test(pool, one_connection_is_reused)
{
    struct database *database = open_with(4);
    for (int i = 0; i < 10; i++)
        ASSERT_OK(run(database, &firm, "SELECT 1"));
    cr_assert_eq(postgres_count(CONNECTED), 1);
    database_free(database);
    postgres_await(CONNECTED, 0);
}

/* More threads than connections. */
struct crowd {
    struct database *database;
    atomic_int inside, most, failed;
};

static void *one_of_many(void *argument)
{
    struct crowd *crowd = argument;
    struct arena *own = arena_new(MIB(1), 0);
    for (int i = 0; i < 25; i++) {
        struct database_fault why = {.arena = own};
        struct database_session *session = NULL;
        if (database_begin(crowd->database, own, &firm, &session, &why) != DATABASE_OK) {
            (void)atomic_fetch_add(&crowd->failed, 1);
            continue;
        }
        int inside = atomic_fetch_add(&crowd->inside, 1) + 1;
        int most = atomic_load(&crowd->most);
        while (inside > most && !atomic_compare_exchange_weak(&crowd->most, &most, inside))
            continue;
        if (database_execute(session, own, TEXT("SELECT nextval('tick')"), NULL, 0, NULL, &why) != DATABASE_OK)
            (void)atomic_fetch_add(&crowd->failed, 1);
        (void)atomic_fetch_sub(&crowd->inside, 1);
        if (i % 3 == 0)
            database_abandon(session);
        else if (database_commit(session, &why) != DATABASE_OK)
            (void)atomic_fetch_add(&crowd->failed, 1);
        arena_reset(own);
    }
    arena_free(own);
    return NULL;
}

Test(pool, is_never_larger_than_its_bound)
{
    struct crowd crowd = {.database = open_with(3)};
    pthread_t threads[12];
    for (size_t i = 0; i < 12; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, one_of_many, &crowd), 0);
    for (size_t i = 0; i < 12; i++)
        (void)pthread_join(threads[i], NULL);
    cr_assert_eq(atomic_load(&crowd.failed), 0);
    cr_assert_leq(atomic_load(&crowd.most), 3);
    cr_assert_leq(postgres_count(CONNECTED), 3);
    cr_assert_eq(postgres_count("SELECT last_value FROM tick"), 300);
    database_free(crowd.database);
}

Test(pool, a_waiter_gives_up_at_its_deadline)
{
    struct database *database = open_with(1);
    struct database_session *session = NULL;
    ASSERT_OK(database_begin(database, arena, &firm, &session, &fault));
    struct database_wait wait = until(SECOND / 10);
    cr_assert_eq(run(database, &wait, "SELECT 1"), DATABASE_UNAVAILABLE);
    ASSERT_SAYS("all 1 database connections are in use");
    cr_assert_geq(clock_monotonic_us(), wait.limit.deadline_us - SECOND / 10);
    database_abandon(session);
    database_free(database);
}

static void *commit_it(void *argument)
{
    struct database_fault why = {0};
    return database_commit(argument, &why) == DATABASE_OK ? argument : NULL;
}

Test(pool, a_waiter_gets_a_returned_connection)
{
    struct database *database = open_with(1);
    struct database_session *session = NULL;
    ASSERT_OK(database_begin(database, arena, &firm, &session, &fault));
    pthread_t other;
    cr_assert_eq(pthread_create(&other, NULL, commit_it, session), 0);
    ASSERT_OK(run(database, &firm, "SELECT 1"));
    void *good = NULL;
    (void)pthread_join(other, &good);
    cr_assert_not_null(good);
    database_free(database);
}

static bool ask_flag(void *userdata)
{
    return atomic_load((atomic_bool *)userdata);
}

Test(pool, a_cancel_ends_every_wait)
{
    struct database *database = open_with(1);
    struct database_session *session = NULL;
    ASSERT_OK(database_begin(database, arena, &firm, &session, &fault));
    atomic_bool yes = true;
    struct database_wait wait = until(60 * SECOND);
    wait.limit.is_canceled = ask_flag;
    wait.limit.userdata = &yes;
    cr_assert_eq(run(database, &wait, "SELECT 1"), DATABASE_UNAVAILABLE);
    ASSERT_SAYS("canceled");
    database_abandon(session);
    database_free(database);

    struct database_options nowhere = {.host = TEXT("127.0.0.1:1"), .user = TEXT("u"), .name = TEXT("n")};
    database = database_new(&nowhere);
    cr_assert_eq(run(database, &wait, "SELECT 1"), DATABASE_UNAVAILABLE);
    database_free(database);
}

Test(pool, a_missing_server_is_unavailable_at_once)
{
    struct database_options options = {
        .host = TEXT("127.0.0.1:1"), .user = TEXT("u"), .password = TEXT("topsecret"), .name = TEXT("n")};
    struct database *database = database_new(&options);
    cr_assert_eq(run(database, &firm, "SELECT 1"), DATABASE_UNAVAILABLE);
    ASSERT_SAYS(
        "cannot connect: connection to server at \"127.0.0.1\", port 1 failed: Connection refused Is the server");
    database_free(database);
}

static enum status ping(const struct database_options *options, struct error *error)
{
    struct database *database = database_new(options);
    enum status status = database_ping(database, 10000, error);
    database_free(database);
    return status;
}

Test(pool, a_ping_gives_the_reason_without_the_password)
{
    struct database_options options = postgres_options();
    struct error error = ERROR_IN(arena);
    cr_assert_eq(ping(&options, &error), STATUS_OK);
    options.password = TEXT("topsecret");
    cr_assert_eq(ping(&options, &error), STATUS_UNAVAILABLE);
    cr_assert_neq(text_find(error.message, TEXT("password authentication failed for user \"ichor\"")), SIZE_MAX);
    cr_assert_eq(text_find(error.message, TEXT("topsecret")), SIZE_MAX);
    options = postgres_options();
    options.name = TEXT("nowhere");
    cr_assert_eq(ping(&options, &error), STATUS_UNAVAILABLE);
    cr_assert_neq(text_find(error.message, TEXT("database \"nowhere\" does not exist")), SIZE_MAX);
}

static void ping_read_only(struct database *database, const char *says_why)
{
    struct error error = ERROR_IN(arena);
    cr_assert_eq(database_ping(database, 10000, &error), STATUS_UNAVAILABLE);
    cr_assert(text_is(error.message, says_why), "%.*s", TEXT_ARG(error.message));
}

Test(pool, a_ping_of_a_read_only_database_says_so)
{
    struct database *database = open_with(1);
    struct error error = ERROR_IN(arena);
    postgres_do("ALTER ROLE ichor SET default_transaction_read_only = on");
    for (int i = 0; i < 2; i++)
        ping_read_only(database, "the database is read-only: default_transaction_read_only is on");
    postgres_do("ALTER ROLE ichor RESET default_transaction_read_only");
    /* The connection was not kept. */
    cr_assert_eq(database_ping(database, 10000, &error), STATUS_OK);
    database_free(database);
}

Test(pool, the_environment_of_libpq_does_not_count)
{
    static const char *const variables[][2] = {{"PGHOSTADDR", "192.0.2.1"},
                                               {"PGSERVICE", "nowhere"},
                                               {"PGOPTIONS", "-c default_transaction_read_only=on"},
                                               {"PGDATESTYLE", "nonsense"},
                                               {"PGTARGETSESSIONATTRS", "standby"}};
    size_t count = sizeof(variables) / sizeof(variables[0]);
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(setenv(variables[i][0], variables[i][1], 1), 0);
    cr_assert_eq(setenv("PGUNKNOWN", "kept", 1), 0);
    const char *forgotten[LIBPQ_VARIABLES_MAX];
    cr_assert_eq(database_forget_environment(forgotten), count);
    for (size_t i = 0; i < count; i++)
        cr_assert_null(getenv(variables[i][0]));
    cr_assert_str_eq(getenv("PGUNKNOWN"), "kept");
    cr_assert_eq(database_forget_environment(forgotten), 0);
    struct database *database = open_with(1);
    ASSERT_OK(run(database, &firm, "INSERT INTO thing VALUES (1, 'a')"));
    database_free(database);
}

Test(pool, tls_is_required_unless_disabled)
{
    const char *sql = "SELECT bool_and(ssl)::int FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
                      " WHERE application_name = 'workflow-worker'";
    struct database_options options = postgres_options();
    for (int tls = 0; tls < 2; tls++) {
        options.disable_tls = tls == 0;
        struct database *database = database_new(&options);
        ASSERT_OK(run(database, &firm, "SELECT 1"));
        cr_assert_eq(postgres_count(sql), tls);
        ASSERT_OK(run(database, &firm, "SELECT 1"));
        cr_assert_eq(postgres_count(CONNECTED), 1, "an idle TLS connection is used again");
        database_free(database);
        postgres_await(CONNECTED, 0);
    }
}

Test(pool, tls_never_falls_back_to_plain_text)
{
    postgres_do("ALTER SYSTEM SET ssl = off");
    postgres_do("SELECT pg_reload_conf()");
    postgres_await("SELECT (current_setting('ssl') = 'off')::int", 1);
    struct database_options options = postgres_options();
    options.disable_tls = false;
    struct error error = ERROR_IN(arena);
    enum status status = ping(&options, &error);
    postgres_do("ALTER SYSTEM SET ssl = on");
    postgres_do("SELECT pg_reload_conf()");
    postgres_await("SELECT (current_setting('ssl') = 'on')::int", 1);
    cr_assert_eq(status, STATUS_UNAVAILABLE);
    cr_assert_neq(text_find(error.message, TEXT("server does not support SSL, but SSL was required")), SIZE_MAX);
}

Test(pool, a_connection_lost_while_idle_is_not_used)
{
    struct database *database = open_with(2);
    ASSERT_OK(run(database, &firm, "SELECT 1"));
    postgres_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'workflow-worker'");
    postgres_await(CONNECTED, 0);
    ASSERT_OK(run(database, &firm, "SELECT 1"));
    database_free(database);
}

Test(pool, a_connection_lost_in_a_transaction_is_unavailable_and_leaves_nothing)
{
    struct database *database = open_with(2);
    struct database_session *session = NULL;
    ASSERT_OK(database_begin(database, arena, &firm, &session, &fault));
    ASSERT_OK(database_execute(session, arena, TEXT("INSERT INTO thing VALUES (1, 'a')"), NULL, 0, NULL, &fault));
    postgres_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'workflow-worker'");
    postgres_await(CONNECTED, 0);
    cr_assert_eq(database_execute(session, arena, TEXT("INSERT INTO thing VALUES (2, 'a')"), NULL, 0, NULL, &fault),
                 DATABASE_UNAVAILABLE);
    cr_assert_str_eq(fault.sqlstate, "57P01");
    database_abandon(session);
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 0);
    ASSERT_OK(run(database, &firm, "SELECT 1"));
    database_free(database);
}

Test(pool, a_restarted_server_is_found_again)
{
    struct database *database = open_with(4);
    struct database_session *sessions[4];
    for (size_t i = 0; i < 4; i++)
        ASSERT_OK(database_begin(database, arena, &firm, &sessions[i], &fault));
    for (size_t i = 1; i < 4; i++)
        ASSERT_OK(database_commit(sessions[i], &fault));
    postgres_stop();
    cr_assert_eq(run(database, &firm, "SELECT 1"), DATABASE_UNAVAILABLE);
    cr_assert_eq(database_execute(sessions[0], arena, TEXT("SELECT 1"), NULL, 0, NULL, &fault), DATABASE_UNAVAILABLE);
    database_abandon(sessions[0]);
    postgres_start();
    ASSERT_OK(run(database, &firm, "SELECT 1"));
    cr_assert_eq(postgres_count(CONNECTED), 1);
    database_free(database);
}

static void *start_server(void *argument)
{
    (void)argument;
    postgres_start();
    return NULL;
}

Test(pool, a_retry_succeeds_once_the_server_is_back)
{
    struct database *database = open_with(1);
    postgres_stop();
    pthread_t other;
    cr_assert_eq(pthread_create(&other, NULL, start_server, NULL), 0);
    struct database_wait wait = until(60 * SECOND);
    ASSERT_OK(run(database, &wait, "INSERT INTO thing VALUES (1, 'a')"));
    (void)pthread_join(other, NULL);
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 1);
    database_free(database);
}

Test(pool, a_retry_ends_at_the_deadline)
{
    struct database *database = open_by_proxy();
    proxy_refuse(proxy, true);
    struct database_wait wait = until(SECOND / 2);
    cr_assert_eq(run(database, &wait, "SELECT 1"), DATABASE_UNAVAILABLE);
    /* Which of the two depends on the step at which the deadline ends the last try. */
    cr_assert(says("Connection refused") || says("no answer in time"), "%.*s", TEXT_ARG(fault.message));
    proxy_refuse(proxy, false);
    ASSERT_OK(run(database, &firm, "SELECT 1"));
    database_free(database);
}

Test(pool, a_silent_server_is_abandoned_at_the_deadline)
{
    struct database *database = open_by_proxy();
    proxy_plan(proxy, PROXY_DROP, "workflow-worker"); /* the start-up packet */
    struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + SECOND / 5};
    cr_assert_eq(run(database, &wait, "SELECT 1"), DATABASE_UNAVAILABLE);
    ASSERT_SAYS("cannot connect: no answer in time");
    database_free(database);
}

/* Either the COMMIT or its reply is lost: the outcome is the same here, but not in the table. */
static enum database_outcome insert_one(struct database_session *session, void *userdata, struct database_fault *why)
{
    ++*(int *)userdata;
    return database_execute(session, why->arena, TEXT("INSERT INTO thing VALUES (1, 'a') ON CONFLICT DO NOTHING"), NULL,
                            0, NULL, why);
}

static void lose_the_commit(enum proxy_fault what, long rows)
{
    struct database *database = open_by_proxy();
    int calls = 0;
    proxy_plan(proxy, what, "COMMIT");
    struct database_wait wait = until(20 * SECOND);
    wait.idempotent = false;
    cr_assert_eq(database_transact(database, arena, &wait, insert_one, &calls, &fault), DATABASE_UNKNOWN);
    ASSERT_SAYS("connection lost");
    cr_assert_eq(calls, 1);
    postgres_await(CONNECTED, 0);
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), rows);

    proxy_plan(proxy, what, "COMMIT");
    wait.idempotent = true;
    ASSERT_OK(database_transact(database, arena, &wait, insert_one, &calls, &fault));
    cr_assert_eq(calls, 3);
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 1);
    database_free(database);
}

Test(pool, a_commit_that_never_arrived_is_unknown)
{
    lose_the_commit(PROXY_LOSE_REQUEST, 0);
}

Test(pool, a_commit_whose_answer_is_lost_is_unknown)
{
    lose_the_commit(PROXY_LOSE_ANSWER, 1);
}

Test(pool, a_single_statement_whose_answer_is_lost_is_unknown_and_repeated_if_idempotent)
{
    struct database *database = open_by_proxy();
    struct database_wait wait = until(20 * SECOND);
    wait.idempotent = false;
    proxy_plan(proxy, PROXY_LOSE_ANSWER, "INSERT");
    cr_assert_eq(run(database, &wait, "INSERT INTO thing VALUES (1, 'a') ON CONFLICT DO NOTHING"), DATABASE_UNKNOWN);
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 1);
    wait.idempotent = true;
    proxy_plan(proxy, PROXY_LOSE_ANSWER, "INSERT");
    ASSERT_OK(run(database, &wait, "INSERT INTO thing VALUES (1, 'a') ON CONFLICT DO NOTHING"));
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 1);
    database_free(database);
}

static enum database_outcome insert_after_another(struct database_session *session, void *userdata,
                                                  struct database_fault *why)
{
    enum database_outcome outcome =
        database_execute(session, why->arena, TEXT("SELECT nextval('tick')"), NULL, 0, NULL, why);
    return outcome == DATABASE_OK ? insert_one(session, userdata, why) : outcome;
}

Test(pool, a_lost_transaction_is_repeated_as_a_whole)
{
    struct database *database = open_by_proxy();
    int calls = 0;
    proxy_plan(proxy, PROXY_LOSE_ANSWER, "INSERT");
    struct database_wait wait = until(20 * SECOND);
    ASSERT_OK(database_transact(database, arena, &wait, insert_after_another, &calls, &fault));
    cr_assert_eq(calls, 2);
    wait.retry = false;
    proxy_plan(proxy, PROXY_LOSE_REQUEST, "INSERT");
    cr_assert_eq(database_transact(database, arena, &wait, insert_after_another, &calls, &fault), DATABASE_UNAVAILABLE);
    cr_assert_eq(calls, 3);
    database_free(database);
}

Test(pool, a_transaction_lost_at_its_first_statement_begins_anew)
{
    struct database *database = open_by_proxy();
    int calls = 0;
    proxy_plan(proxy, PROXY_LOSE_ANSWER, "INSERT");
    struct database_wait wait = until(20 * SECOND);
    wait.idempotent = false;
    ASSERT_OK(database_transact(database, arena, &wait, insert_one, &calls, &fault));
    cr_assert_eq(calls, 1);
    wait.retry = false;
    for (int i = 0; i < 2; i++) {
        /* A spare connection says nothing about the server, a new one does. */
        database_free(database);
        struct database_options options = postgres_options();
        options.host = proxy_host(proxy);
        database = database_new(&options);
        if (i == 1)
            ASSERT_OK(run(database, &firm, "SELECT 1"));
        proxy_plan(proxy, PROXY_LOSE_REQUEST, "INSERT");
        cr_assert_eq(database_transact(database, arena, &wait, insert_one, &calls, &fault),
                     i == 0 ? DATABASE_UNAVAILABLE : DATABASE_OK);
    }
    database_free(database);
}

Test(pool, an_idle_connection_lost_unnoticed_is_replaced)
{
    struct database *database = open_by_proxy();
    ASSERT_OK(run(database, &firm, "SELECT 1"));
    /* The loss is noticed only when BEGIN gets no reply; the next connection works. */
    proxy_plan(proxy, PROXY_LOSE_REQUEST, "BEGIN");
    struct database_session *session = NULL;
    ASSERT_OK(database_begin(database, arena, &firm, &session, &fault));
    ASSERT_OK(database_execute(session, arena, TEXT("SELECT 1"), NULL, 0, NULL, &fault));
    ASSERT_OK(database_commit(session, &fault));
    cr_assert_eq(proxy_accepted(proxy), 2);
    database_free(database);
}

Test(pool, losing_all_connections_under_load_loses_no_data)
{
    struct database *database = open_by_proxy();
    struct database_wait wait = until(60 * SECOND);
    for (int i = 0; i < 60; i++) {
        char sql[64];
        (void)snprintf(sql, sizeof(sql), "INSERT INTO thing VALUES (%d) ON CONFLICT DO NOTHING", i);
        ASSERT_OK(run(database, &wait, sql));
        if (i % 7 == 0)
            proxy_cut(proxy);
    }
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 60);
    database_free(database);
}

struct host {
    const char *host, *says;
};

static const struct host hosts[] = {
    {"127.0.0.1:2", "\"127.0.0.1\", port 2 failed"},
    {"127.0.0.1", "\"127.0.0.1\", port 5432 failed"},
    {"[::1]:3", "\"::1\", port 3 failed"},
    {"[::1]", "\"::1\", port 5432 failed"},
    {"::1", "\"::1\", port 5432 failed"},
    {"/nowhere:4", "socket \"/nowhere/.s.PGSQL.4\" failed"},
    {"/nowhere", "socket \"/nowhere/.s.PGSQL.5432\" failed"},
    {"127.0.0.1:x", "invalid integer value \"x\" for connection option \"port\""},
};

Test(pool, a_host_may_include_a_port)
{
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct database_options options = {
            .host = text_from(hosts[i].host), .user = TEXT("u"), .name = TEXT("n"), .disable_tls = true};
        struct database *database = database_new(&options);
        cr_assert_eq(run(database, &firm, "SELECT 1"), DATABASE_UNAVAILABLE);
        ASSERT_SAYS(hosts[i].says);
        database_free(database);
    }
}
