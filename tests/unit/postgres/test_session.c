/* Sessions: what goes in one round trip, what a failure in it means, and what is left of it. */
#include <criterion/criterion.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/limits.h"
#include "postgres.h"
#include "postgres/sql.h"

static struct arena *arena;
static struct database *database;
static struct database_session *session;
static struct database_fault fault;
static struct proxy *proxy;
static const struct database_wait firm = {0};

static void open_database(int64_t statement_timeout_ms)
{
    struct database_options options = postgres_options();
    options.host = proxy_host(proxy);
    options.statement_timeout_ms = statement_timeout_ms;
    database = database_new(&options);
}

static void set_up(void)
{
    arena = arena_new(MIB(64), 0);
    fault = (struct database_fault){.arena = arena};
    proxy = proxy_new();
    open_database(0);
    postgres_do("DROP TABLE IF EXISTS thing; CREATE TABLE thing (id int PRIMARY KEY, name text)");
}

static void tear_down(void)
{
    database_free(database);
    proxy_free(proxy);
    arena_free(arena);
}

TestSuite(session, .init = set_up, .fini = tear_down);

#define ASSERT_OK(call_)        cr_assert_eq((call_), DATABASE_OK, "%.*s", TEXT_ARG(fault.message))
#define ASSERT_MESSAGE(wanted_) cr_assert(text_is(fault.message, wanted_), "%.*s", TEXT_ARG(fault.message))
#define CONNECTED               "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'workflow-worker'"
#define ROWS                    "SELECT count(*) FROM thing"
#define INSERT                  TEXT("INSERT INTO thing VALUES ($1::int, $2)")

static void begin(void)
{
    ASSERT_OK(database_begin(database, arena, &firm, &session, &fault));
}

static enum database_outcome execute(const char *sql)
{
    return database_execute(session, arena, text_from(sql), NULL, 0, NULL, &fault);
}

static enum database_outcome queue(const char *sql)
{
    return database_queue(session, text_from(sql), NULL, 0, &fault);
}

static enum database_outcome queue_row(const char *id, const char *name)
{
    char own[2][64];
    struct database_parameter parameters[2];
    const char *texts[] = {id, name};
    for (size_t i = 0; i < 2; i++) {
        struct text text = text_from(texts[i]);
        cr_assert_lt(text.size, sizeof(own[i]));
        (void)memcpy(own[i], text.data, text.size);
        parameters[i] = (struct database_parameter){.text = {.data = own[i], .size = text.size}};
    }
    enum database_outcome outcome = database_queue(session, INSERT, parameters, 2, &fault);
    (void)memset(own, 'x', sizeof(own)); /* all is copied */
    return outcome;
}

static enum database_outcome commit(void)
{
    return database_commit(session, &fault);
}

static long server_process(void)
{
    struct database_rows rows;
    int64_t process = 0;
    ASSERT_OK(database_run(database, arena, &firm, TEXT("SELECT pg_backend_pid()"), NULL, 0, &rows, &fault));
    cr_assert(text_to_int64(rows.cells[0], &process));
    return (long)process;
}

Test(session, a_statement_and_a_commit_are_two_round_trips)
{
    (void)server_process();
    int before = proxy_requests(proxy);
    begin();
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'a')"));
    ASSERT_OK(queue_row("2", "b"));
    ASSERT_OK(queue_row("3", "c"));
    ASSERT_OK(commit());
    cr_assert_eq(proxy_requests(proxy), before + 2);
    cr_assert_eq(postgres_count(ROWS), 3);
    cr_assert_str_eq(postgres_value(arena, "SELECT name FROM thing WHERE id = 3"), "c");
}

Test(session, a_single_statement_is_one_round_trip)
{
    (void)server_process();
    int before = proxy_requests(proxy);
    ASSERT_OK(database_run(database, arena, &firm, TEXT("INSERT INTO thing VALUES (1)"), NULL, 0, NULL, &fault));
    cr_assert_eq(proxy_requests(proxy), before + 1);
}

Test(session, an_unused_one_costs_no_round_trip)
{
    (void)server_process();
    int before = proxy_requests(proxy);
    begin();
    ASSERT_OK(commit());
    begin();
    database_abandon(session);
    begin();
    ASSERT_OK(queue_row("1", "a"));
    database_abandon(session);
    cr_assert_eq(proxy_requests(proxy), before);
    cr_assert_eq(postgres_count(ROWS), 0);
}

Test(session, only_queued_statements_are_one_round_trip)
{
    (void)server_process();
    int before = proxy_requests(proxy);
    begin();
    ASSERT_OK(queue_row("1", "a"));
    ASSERT_OK(commit());
    cr_assert_eq(proxy_requests(proxy), before + 1);
    cr_assert_eq(postgres_count(ROWS), 1);
}

Test(session, queued_statements_go_ahead_in_order)
{
    struct database_rows rows;
    begin();
    ASSERT_OK(queue("INSERT INTO thing VALUES (1, 'a')"));
    ASSERT_OK(queue("UPDATE thing SET name = name || 'b'"));
    ASSERT_OK(queue("SELECT * FROM thing"));
    ASSERT_OK(database_execute(session, arena, TEXT("UPDATE thing SET name = name || 'c' RETURNING name"), NULL, 0,
                               &rows, &fault));
    cr_assert(text_is(rows.cells[0], "abc"));
    ASSERT_OK(queue("UPDATE thing SET name = name || 'd'"));
    ASSERT_OK(commit());
    cr_assert_str_eq(postgres_value(arena, "SELECT name FROM thing"), "abcd");
}

/* The second is sent as it was the first time, the third with its Parse, the others by the name that it gives. */
Test(session, a_statement_may_be_queued_many_times)
{
    for (int round = 0; round < 3; round++) {
        begin();
        for (int i = 0; i < 6; i++)
            ASSERT_OK(queue_row(arena_print(arena, "%d", round * 6 + i).data, "a"));
        ASSERT_OK(commit());
    }
    cr_assert_eq(postgres_count(ROWS), 18);
}

Test(session, large_statements_and_answers_do_not_block_each_other)
{
    const struct database_parameter parameter = {.text = arena_print(arena, "%0*d", 100000, 7)};
    database_free(database);
    struct database_options options = postgres_options(); /* the proxy would block */
    database = database_new(&options);
    begin();
    for (int i = 0; i < 100; i++)
        ASSERT_OK(database_queue(session, TEXT("SELECT $1::text || $1"), &parameter, 1, &fault));
    ASSERT_OK(execute("SELECT 1"));
    ASSERT_OK(commit());
}

/* ---- failures ---- */

static void assert_clean(long process)
{
    cr_assert_eq(server_process(), process, "the connection is used again");
    cr_assert_eq(postgres_count("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'workflow-worker'"
                                " AND state <> 'idle'"),
                 0);
}

Test(session, a_queued_statement_that_fails_fails_the_commit)
{
    long process = server_process();
    begin();
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'a')"));
    ASSERT_OK(queue_row("1", "again"));
    ASSERT_OK(queue_row("2", "b"));
    cr_assert_eq(commit(), DATABASE_REFUSED);
    ASSERT_MESSAGE("duplicated entry");
    cr_assert_eq(postgres_count(ROWS), 0);
    assert_clean(process);
}

Test(session, a_queued_statement_that_fails_fails_the_next_one)
{
    long process = server_process();
    begin();
    ASSERT_OK(queue("SELECT 1/0"));
    cr_assert_eq(execute("INSERT INTO thing VALUES (1, 'a')"), DATABASE_REFUSED);
    cr_assert_str_eq(fault.sqlstate, "22012");
    cr_assert_eq(execute("INSERT INTO thing VALUES (1, 'a')"), DATABASE_REFUSED);
    cr_assert_str_eq(fault.sqlstate, "25P02");
    cr_assert_eq(commit(), DATABASE_REFUSED);
    ASSERT_MESSAGE("the transaction had failed");
    cr_assert_eq(postgres_count(ROWS), 0);
    assert_clean(process);
}

Test(session, a_conflict_of_a_queued_statement_is_a_conflict)
{
    begin();
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'a')"));
    ASSERT_OK(queue("DO $$ BEGIN RAISE EXCEPTION 'said' USING ERRCODE = '40001'; END $$"));
    cr_assert_eq(commit(), DATABASE_CONFLICT);
    cr_assert_eq(postgres_count(ROWS), 0);
}

Test(session, a_value_that_cannot_be_sent_is_refused_when_it_is_queued)
{
    const struct database_parameter nul = {.text = {.data = "a\0b", .size = 3}};
    begin();
    cr_assert_eq(database_queue(session, TEXT("SELECT $1::text"), &nul, 1, &fault), DATABASE_REFUSED);
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'a')"));
    ASSERT_OK(commit());
    cr_assert_eq(postgres_count(ROWS), 1);
}

Test(session, a_uuid_may_be_sent_in_binary_form)
{
    struct uuid id;
    static const struct uuid nil;
    cr_assert(uuid_parse(TEXT("0a000000-0000-4000-8000-00000000000b"), &id));
    struct database_rows rows;
    for (int i = 0; i < 3; i++) {
        const struct database_parameter parameters[] = {
            {.text = TEXT("a")}, sql_uuid_binary(arena, id), sql_uuid_binary(arena, nil)};
        ASSERT_OK(database_run(database, arena, &firm, TEXT("SELECT $1::text || $2::uuid, $3::uuid IS NULL"),
                               parameters, 3, &rows, &fault));
        cr_assert(text_is(rows.cells[0], "a0a000000-0000-4000-8000-00000000000b"));
        cr_assert(text_is(rows.cells[1], "t"));
    }
}

/* A constraint that is checked at the end fails when the transaction commits, with or without COMMIT. */
Test(session, a_deferred_constraint_refuses_the_commit)
{
    long process = server_process();
    postgres_do("ALTER TABLE thing ADD parent int REFERENCES thing DEFERRABLE INITIALLY DEFERRED");
    begin();
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'a', 7)"));
    cr_assert_eq(commit(), DATABASE_REFUSED);
    ASSERT_MESSAGE("foreign key violation");
    assert_clean(process);
    cr_assert_eq(
        database_run(database, arena, &firm, TEXT("INSERT INTO thing VALUES (1, 'a', 7)"), NULL, 0, NULL, &fault),
        DATABASE_REFUSED);
    ASSERT_MESSAGE("foreign key violation");
    assert_clean(process);
    cr_assert_eq(postgres_count(ROWS), 0);
}

Test(session, after_its_deadline_a_commit_rolls_back)
{
    long process = server_process();
    struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + 300000};
    ASSERT_OK(database_begin(database, arena, &wait, &session, &fault));
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'a')"));
    while (wait_limit_left_us(&wait.limit) > 0)
        continue;
    cr_assert_eq(commit(), DATABASE_UNAVAILABLE);
    ASSERT_MESSAGE("no time left");
    cr_assert_eq(postgres_count(ROWS), 0);
    assert_clean(process);
}

/* ---- prepared statements ---- */

static void change_the_table_after_preparing(void)
{
    const struct database_parameter one = {.text = TEXT("1")};
    for (int i = 0; i < 2; i++)
        ASSERT_OK(
            database_run(database, arena, &firm, TEXT("SELECT * FROM thing WHERE id = $1"), &one, 1, NULL, &fault));
    postgres_do("ALTER TABLE thing ADD more int");
}

static enum database_outcome select_all(void)
{
    const struct database_parameter one = {.text = TEXT("1")};
    return database_execute(session, arena, TEXT("SELECT * FROM thing WHERE id = $1"), &one, 1, NULL, &fault);
}

Test(session, an_outdated_statement_is_sent_again_when_it_is_the_first)
{
    change_the_table_after_preparing();
    begin();
    ASSERT_OK(queue("INSERT INTO thing VALUES (1, 'a')"));
    ASSERT_OK(select_all());
    ASSERT_OK(commit());
    cr_assert_eq(postgres_count(ROWS), 1);
}

Test(session, an_outdated_statement_is_a_conflict_when_it_is_not_the_first)
{
    change_the_table_after_preparing();
    begin();
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'a')"));
    cr_assert_eq(select_all(), DATABASE_CONFLICT);
    database_abandon(session);
    begin();
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'a')"));
    ASSERT_OK(select_all());
    ASSERT_OK(commit());
    cr_assert_eq(postgres_count(ROWS), 1);
}

/* ---- lost connections ---- */

static void lose_the_commit(enum proxy_fault what, long rows)
{
    begin();
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'a')"));
    ASSERT_OK(queue_row("2", "b"));
    proxy_plan(proxy, what, "COMMIT");
    cr_assert_eq(commit(), DATABASE_UNKNOWN);
    cr_assert(proxy_fault_happened(proxy));
    postgres_await(CONNECTED, 0);
    cr_assert_eq(postgres_count(ROWS), rows);
}

Test(session, a_commit_that_never_arrived_is_unknown)
{
    lose_the_commit(PROXY_LOSE_REQUEST, 0);
}

Test(session, a_commit_whose_answer_is_lost_is_unknown)
{
    lose_the_commit(PROXY_LOSE_ANSWER, 2);
}

Test(session, a_commit_without_an_answer_in_time_is_unknown)
{
    struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + 500000};
    ASSERT_OK(database_begin(database, arena, &wait, &session, &fault));
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'a')"));
    proxy_plan(proxy, PROXY_DROP, "COMMIT");
    cr_assert_eq(commit(), DATABASE_UNKNOWN);
    ASSERT_MESSAGE("no answer in time");
}

Test(session, a_connection_lost_before_the_commit_is_unavailable)
{
    begin();
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'a')"));
    postgres_do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'workflow-worker'");
    postgres_await(CONNECTED, 0);
    /* Through the proxy, the loss takes a moment to arrive. */
    proxy_cut(proxy);
    ASSERT_OK(queue_row("2", "b"));
    cr_assert_eq(commit(), DATABASE_UNAVAILABLE);
    cr_assert_eq(postgres_count(ROWS), 0);
}

Test(session, a_lost_spare_connection_is_replaced_at_the_first_statement)
{
    (void)server_process();
    begin();
    ASSERT_OK(queue_row("1", "a"));
    proxy_plan(proxy, PROXY_LOSE_ANSWER, "BEGIN");
    ASSERT_OK(execute("SELECT 1"));
    cr_assert(proxy_fault_happened(proxy));
    ASSERT_OK(commit());
    cr_assert_eq(postgres_count(ROWS), 1);
}

Test(session, a_connection_lost_later_is_not_replaced)
{
    begin();
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'a')"));
    proxy_plan(proxy, PROXY_LOSE_REQUEST, "SELECT 2");
    cr_assert_eq(execute("SELECT 2"), DATABASE_UNAVAILABLE);
    cr_assert_eq(execute("SELECT 3"), DATABASE_UNAVAILABLE);
    cr_assert_eq(commit(), DATABASE_UNAVAILABLE);
    postgres_await(CONNECTED, 0);
    cr_assert_eq(postgres_count(ROWS), 0);
}

Test(session, one_that_lost_its_connection_for_good_can_be_ended)
{
    (void)server_process();
    for (int i = 0; i < 2; i++) {
        begin();
        proxy_plan(proxy, PROXY_LOSE_REQUEST, "SELECT 2");
        proxy_refuse(proxy, true);
        cr_assert_eq(execute("SELECT 2"), DATABASE_UNAVAILABLE);
        cr_assert_eq(execute("SELECT 3"), DATABASE_UNAVAILABLE);
        if (i == 0) {
            ASSERT_OK(queue_row("1", "a"));
            cr_assert_eq(commit(), DATABASE_UNAVAILABLE);
        } else {
            database_abandon(session);
        }
        proxy_refuse(proxy, false);
        (void)server_process();
    }
    cr_assert_eq(postgres_count(ROWS), 0);
}

/* ---- two sessions ---- */

static void *insert_the_same(void *argument)
{
    struct arena *own = arena_new(MIB(1), 0);
    struct database_fault why = {.arena = own};
    struct database_session *other = NULL;
    const struct database_parameter parameters[] = {{.text = TEXT("1")}, {.text = TEXT("other")}};
    enum database_outcome *outcome = argument;
    *outcome = database_begin(database, own, &firm, &other, &why);
    if (*outcome == DATABASE_OK)
        *outcome = database_queue(other, INSERT, parameters, 2, &why);
    if (*outcome == DATABASE_OK)
        *outcome = database_commit(other, &why);
    arena_free(own);
    return NULL;
}

#define WAITING "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"

static void meet(bool first_commits, enum database_outcome expected)
{
    enum database_outcome outcome = DATABASE_OK;
    pthread_t other;
    begin();
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'first')"));
    cr_assert_eq(pthread_create(&other, NULL, insert_the_same, &outcome), 0);
    postgres_await(WAITING, 1);
    if (first_commits)
        ASSERT_OK(commit());
    else
        database_abandon(session);
    (void)pthread_join(other, NULL);
    cr_assert_eq(outcome, expected);
    cr_assert_str_eq(postgres_value(arena, "SELECT name FROM thing"), first_commits ? "first" : "other");
}

Test(session, the_second_with_a_key_waits_and_is_refused)
{
    meet(true, DATABASE_REFUSED);
}

Test(session, the_second_with_a_key_waits_and_takes_the_place_of_one_that_rolls_back)
{
    meet(false, DATABASE_OK);
}

/* As when its process is stopped. */
Test(session, one_that_idles_in_its_transaction_is_ended_by_the_server)
{
    database_free(database);
    open_database(3000);
    begin();
    ASSERT_OK(execute("INSERT INTO thing VALUES (1, 'first')"));
    struct database_rows rows;
    ASSERT_OK(
        database_execute(session, arena, TEXT("SHOW idle_in_transaction_session_timeout"), NULL, 0, &rows, &fault));
    cr_assert(text_is(rows.cells[0], "1s"));
    enum database_outcome outcome = DATABASE_UNKNOWN;
    (void)insert_the_same(&outcome);
    cr_assert_eq(outcome, DATABASE_OK);
    cr_assert_eq(commit(), DATABASE_UNAVAILABLE);
    cr_assert_str_eq(postgres_value(arena, "SELECT name FROM thing"), "other");
}
