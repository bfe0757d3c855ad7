/* Statements and transactions against a real server: their results and faults. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/limits.h"
#include "postgres.h"

static struct arena *arena;
static struct database *database;
static struct database_fault fault;
static const struct database_wait firm = {0};

static void set_up(void)
{
    arena = arena_new(MIB(64), 0);
    struct database_options options = postgres_options();
    database = database_new(&options);
    fault = (struct database_fault){.arena = arena};
    postgres_do("DROP TABLE IF EXISTS thing; CREATE TABLE thing (id int PRIMARY KEY, name text)");
}

static void tear_down(void)
{
    database_free(database);
    arena_free(arena);
}

TestSuite(database, .init = set_up, .fini = tear_down);

#define PARAMETER(literal_)                                                                                            \
    {                                                                                                                  \
        .text = TEXT(literal_)                                                                                         \
    }
#define PARAMETER_NULL                                                                                                 \
    {                                                                                                                  \
        .is_null = true                                                                                                \
    }

static enum database_outcome run(const char *sql, struct database_rows *rows)
{
    return database_run(database, arena, &firm, text_from(sql), NULL, 0, rows, &fault);
}

static bool is(struct text text, const char *wanted)
{
    return text_is(text, wanted);
}

#define ASSERT_OK(call_)        cr_assert_eq((call_), DATABASE_OK, "%.*s", TEXT_ARG(fault.message))
#define ASSERT_MESSAGE(wanted_) cr_assert(is(fault.message, wanted_), "%.*s", TEXT_ARG(fault.message))

Test(database, rows_come_as_text_with_their_columns)
{
    struct database_rows rows;
    ASSERT_OK(
        run("SELECT n, CASE n WHEN 2 THEN NULL ELSE repeat('x', n - 1) END AS t FROM generate_series(1, 3) n", &rows));
    cr_assert_eq(rows.row_count, 3);
    cr_assert_eq(rows.column_count, 2);
    cr_assert(is(rows.columns[0], "n") && is(rows.columns[1], "t"));
    cr_assert(is(rows.cells[0], "1") && is(rows.cells[4], "3") && is(rows.cells[5], "xx"));
    cr_assert(rows.cells[1].data != NULL && rows.cells[1].size == 0, "an empty text is not NULL");
    cr_assert_null(rows.cells[3].data);
}

Test(database, parameters_are_bound_and_never_read_as_sql)
{
    const struct database_parameter parameters[] = {PARAMETER("1"), PARAMETER("'); DROP TABLE thing; --\"\\ $1 %s")};
    struct database_rows rows;
    ASSERT_OK(
        database_run(database, arena, &firm, TEXT("INSERT INTO thing VALUES ($1, $2)"), parameters, 2, &rows, &fault));
    cr_assert_eq(rows.affected, 1);
    cr_assert_str_eq(postgres_value(arena, "SELECT name FROM thing"), "'); DROP TABLE thing; --\"\\ $1 %s");
}

Test(database, null_and_typed_parameters)
{
    const struct database_parameter parameters[] = {PARAMETER_NULL, {.text = TEXT("7"), .type_oid = 23}};
    struct database_rows rows;
    ASSERT_OK(database_run(database, arena, &firm, TEXT("SELECT $1::text IS NULL, pg_typeof($2)"), parameters, 2, &rows,
                           &fault));
    cr_assert(is(rows.cells[0], "t"));
    cr_assert(is(rows.cells[1], "integer"));
}

Test(database, a_nul_byte_is_refused_before_anything_is_sent)
{
    const struct database_parameter parameters[] = {{.text = {.data = "a\0b", .size = 3}}};
    cr_assert_eq(database_run(database, arena, &firm, TEXT("SELECT $1::text"), parameters, 1, NULL, &fault),
                 DATABASE_REFUSED);
    ASSERT_MESSAGE("parameter 1 contains a NUL byte, which PostgreSQL does not accept in text");
}

Test(database, more_parameters_than_the_protocol_can_count_are_refused)
{
    struct database_parameter *parameters = ARENA_ARRAY(arena, 65536, struct database_parameter);
    cr_assert_eq(database_run(database, arena, &firm, TEXT("SELECT 1"), parameters, 65536, NULL, &fault),
                 DATABASE_REFUSED);
    ASSERT_MESSAGE("a statement takes at most 65535 parameters");
}

Test(database, a_result_beyond_the_arena_is_refused_and_the_connection_lives_on)
{
    struct arena *small = arena_new(KIB(64), 0);
    struct database_rows rows;
    cr_assert_eq(database_run(database, small, &firm, TEXT("SELECT repeat('x', 1000000)"), NULL, 0, &rows, &fault),
                 DATABASE_REFUSED);
    ASSERT_MESSAGE("out of the memory budget of this task");
    arena_free(small);
    ASSERT_OK(run("SELECT 1", &rows));
}

Test(database, a_large_text_makes_the_round_trip)
{
    struct text large = arena_print(arena, "%0*d", (int)MIB(4), 7);
    struct database_parameter parameter = {.text = large};
    struct database_rows rows;
    ASSERT_OK(database_run(database, arena, &firm, TEXT("SELECT $1::text"), &parameter, 1, &rows, &fault));
    cr_assert(text_equal(rows.cells[0], large));
}

struct meaning {
    const char *sql;
    enum database_outcome outcome;
    const char *sqlstate, *message;
};

/* RAISE produces any SQLSTATE. */
#define RAISE(state_) "DO $$ BEGIN RAISE EXCEPTION 'said' USING ERRCODE = '" state_ "'; END $$"

static const struct meaning meanings[] = {
    {"SELECT * FROM nothing", DATABASE_REFUSED, "42P01", "undefined table"},
    {"INSERT INTO thing VALUES (1), (1)", DATABASE_REFUSED, "23505", "duplicated entry"},
    {RAISE("23503"), DATABASE_REFUSED, "23503", "foreign key violation"},
    {"SELECT nothing FROM thing", DATABASE_REFUSED, "42703",
     "ERROR: column \"nothing\" does not exist (SQLSTATE 42703)"},
    {"SELECT 'x'::int", DATABASE_REFUSED, "22P02",
     "ERROR: invalid input syntax for type integer: \"x\" (SQLSTATE 22P02)"},
    {RAISE("40001"), DATABASE_CONFLICT, "40001", "ERROR: said (SQLSTATE 40001)"},
    {RAISE("40P01"), DATABASE_CONFLICT, "40P01", "ERROR: said (SQLSTATE 40P01)"},
    {RAISE("57014"), DATABASE_CONFLICT, "57014", "ERROR: said (SQLSTATE 57014)"},
    {RAISE("55P03"), DATABASE_CONFLICT, "55P03", "ERROR: said (SQLSTATE 55P03)"},
    {RAISE("40003"), DATABASE_UNKNOWN, "40003", "ERROR: said (SQLSTATE 40003)"},
    {RAISE("25006"), DATABASE_UNAVAILABLE, "25006", "ERROR: said (SQLSTATE 25006)"},
    {RAISE("53300"), DATABASE_UNAVAILABLE, "53300", "ERROR: said (SQLSTATE 53300)"},
    {RAISE("53100"), DATABASE_UNAVAILABLE, "53100", "ERROR: said (SQLSTATE 53100)"},
    {RAISE("57P01"), DATABASE_UNAVAILABLE, "57P01", "ERROR: said (SQLSTATE 57P01)"},
    {RAISE("57P03"), DATABASE_UNAVAILABLE, "57P03", "ERROR: said (SQLSTATE 57P03)"},
    {RAISE("08006"), DATABASE_UNAVAILABLE, "08006", "ERROR: said (SQLSTATE 08006)"},
    {RAISE("58030"), DATABASE_UNAVAILABLE, "58030", "ERROR: said (SQLSTATE 58030)"},
    {RAISE("P0001"), DATABASE_REFUSED, "P0001", "ERROR: said (SQLSTATE P0001)"},
};

Test(database, each_sqlstate_has_its_meaning)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        struct database_session *session = NULL;
        ASSERT_OK(database_begin(database, arena, &firm, &session, &fault));
        enum database_outcome outcome =
            database_execute(session, arena, text_from(meanings[i].sql), NULL, 0, NULL, &fault);
        database_abandon(session);
        cr_assert_eq(outcome, meanings[i].outcome, "%s gave %d", meanings[i].sql, (int)outcome);
        cr_assert_str_eq(fault.sqlstate, meanings[i].sqlstate);
        ASSERT_MESSAGE(meanings[i].message);
    }
}

Test(database, the_session_uses_utc_and_has_a_name)
{
    struct database_rows rows;
    ASSERT_OK(run("SELECT current_setting('TimeZone'), current_setting('client_encoding'),"
                  " current_setting('statement_timeout'), current_setting('client_connection_check_interval'),"
                  " application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()",
                  &rows));
    const char *wanted[] = {"UTC", "UTF8", "30s", "1s", "workflow-worker"};
    for (size_t i = 0; i < 5; i++)
        cr_assert(is(rows.cells[i], wanted[i]), "%.*s", TEXT_ARG(rows.cells[i]));
}

Test(database, a_transaction_is_visible_only_after_commit)
{
    struct database_session *session = NULL;
    ASSERT_OK(database_begin(database, arena, &firm, &session, &fault));
    ASSERT_OK(database_execute(session, arena, TEXT("INSERT INTO thing VALUES (1, 'a')"), NULL, 0, NULL, &fault));
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 0);
    ASSERT_OK(database_commit(session, &fault));
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 1);
}

Test(database, abandon_rolls_back_and_keeps_the_connection)
{
    struct database_session *session = NULL;
    struct database_rows before, after;
    ASSERT_OK(run("SELECT pg_backend_pid()", &before));
    ASSERT_OK(database_begin(database, arena, &firm, &session, &fault));
    ASSERT_OK(database_execute(session, arena, TEXT("INSERT INTO thing VALUES (1, 'a')"), NULL, 0, NULL, &fault));
    database_abandon(session);
    database_abandon(NULL);
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 0);
    ASSERT_OK(run("SELECT pg_backend_pid()", &after));
    cr_assert(text_equal(before.cells[0], after.cells[0]));
}

Test(database, a_commit_after_a_fault_fails)
{
    struct database_session *session = NULL;
    ASSERT_OK(database_begin(database, arena, &firm, &session, &fault));
    ASSERT_OK(database_execute(session, arena, TEXT("INSERT INTO thing VALUES (1, 'a')"), NULL, 0, NULL, &fault));
    cr_assert_eq(database_execute(session, arena, TEXT("SELECT 1/0"), NULL, 0, NULL, &fault), DATABASE_REFUSED);
    cr_assert_eq(database_commit(session, &fault), DATABASE_REFUSED);
    ASSERT_MESSAGE("the transaction had failed");
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 0);
}

Test(database, a_statement_beyond_its_timeout_is_ended_by_the_server)
{
    struct database_options options = postgres_options();
    options.statement_timeout_ms = 50;
    struct database *hasty = database_new(&options);
    struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + 20000000};
    struct database_session *session = NULL;
    ASSERT_OK(database_begin(hasty, arena, &wait, &session, &fault));
    cr_assert_eq(database_execute(session, arena, TEXT("SELECT pg_sleep(60)"), NULL, 0, NULL, &fault),
                 DATABASE_CONFLICT);
    cr_assert_str_eq(fault.sqlstate, "57014");
    database_abandon(session);
    database_free(hasty);
}

Test(database, past_the_deadline_the_connection_is_dropped_and_the_server_stops_too)
{
    ASSERT_OK(run("SELECT 1", NULL)); /* connects first */
    struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + 500000};
    cr_assert_eq(database_run(database, arena, &wait, TEXT("SELECT pg_sleep(60), 'late'"), NULL, 0, NULL, &fault),
                 DATABASE_UNKNOWN);
    ASSERT_MESSAGE("no answer in time");
    postgres_await("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%late%' AND pid <> pg_backend_pid()", 0);
    ASSERT_OK(run("SELECT 1", NULL));
}

static bool ask_flag(void *userdata)
{
    return *(bool *)userdata;
}

/* True from the second call on: the statement has started by then. */
static bool after_a_while(void *userdata)
{
    return (*(int *)userdata)++ > 0;
}

Test(database, a_cancel_ends_a_statement_under_way)
{
    int asked = 0;
    ASSERT_OK(run("SELECT 1", NULL));
    struct database_wait wait = {.limit = {.is_canceled = after_a_while, .userdata = &asked}};
    cr_assert_eq(database_run(database, arena, &wait, TEXT("SELECT pg_sleep(60)"), NULL, 0, NULL, &fault),
                 DATABASE_UNKNOWN);
    ASSERT_MESSAGE("canceled");
}

Test(database, nothing_starts_after_the_deadline)
{
    ASSERT_OK(run("SELECT 1", NULL));
    struct database_wait late = {.limit.deadline_us = clock_monotonic_us() - 1, .retry = true};
    cr_assert_eq(database_run(database, arena, &late, TEXT("INSERT INTO thing VALUES (1)"), NULL, 0, NULL, &fault),
                 DATABASE_UNAVAILABLE);
    ASSERT_MESSAGE("no time left");
    bool canceled = true;
    struct database_wait unwanted = {.limit = {.is_canceled = ask_flag, .userdata = &canceled}};
    cr_assert_eq(database_run(database, arena, &unwanted, TEXT("INSERT INTO thing VALUES (1)"), NULL, 0, NULL, &fault),
                 DATABASE_UNAVAILABLE);
    ASSERT_MESSAGE("canceled");
    ASSERT_OK(run("SELECT 1", NULL));
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 0);
}

Test(database, a_canceled_commit_fails)
{
    bool canceled = false;
    struct database_wait wait = {.limit = {.is_canceled = ask_flag, .userdata = &canceled}};
    struct database_session *session = NULL;
    ASSERT_OK(database_begin(database, arena, &wait, &session, &fault));
    ASSERT_OK(database_execute(session, arena, TEXT("INSERT INTO thing VALUES (1)"), NULL, 0, NULL, &fault));
    canceled = true;
    cr_assert_eq(database_commit(session, &fault), DATABASE_UNAVAILABLE);
    ASSERT_OK(run("SELECT 1", NULL));
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 0);
}

Test(database, copy_does_not_hang)
{
    cr_assert_eq(run("COPY thing FROM STDIN", NULL), DATABASE_UNKNOWN);
    ASSERT_MESSAGE("unexpected kind of result");
    ASSERT_OK(run("SELECT 1", NULL));
}

/* Two transactions that need each other's row: the loser gets a conflict, and transact repeats it. */
struct deadlock {
    struct database *database;
    const char *first, *second;
    pthread_barrier_t *meet;
    atomic_int *tries;
    enum database_outcome outcome;
};

static enum database_outcome lock_both(struct database_session *session, void *userdata, struct database_fault *why)
{
    struct deadlock *side = userdata;
    struct database_parameter first = {.text = text_from(side->first)}, second = {.text = text_from(side->second)};
    const struct text lock = TEXT("UPDATE thing SET name = name || 'x' WHERE id = $1::int");
    int try = atomic_fetch_add(side->tries, 1);
    enum database_outcome outcome = database_execute(session, why->arena, lock, &first, 1, NULL, why);
    if (outcome != DATABASE_OK)
        return outcome;
    if (try < 2)
        (void)pthread_barrier_wait(side->meet);
    return database_execute(session, why->arena, lock, &second, 1, NULL, why);
}

static void *one_side(void *argument)
{
    struct deadlock *side = argument;
    struct arena *own = arena_new(MIB(1), 0);
    struct database_fault why = {.arena = own};
    side->outcome = database_transact(side->database, own, &firm, lock_both, side, &why);
    arena_free(own);
    return NULL;
}

Test(database, a_deadlock_is_retried)
{
    postgres_do("INSERT INTO thing VALUES (1, ''), (2, '')");
    pthread_barrier_t meet;
    (void)pthread_barrier_init(&meet, NULL, 2);
    atomic_int tries = 0;
    struct deadlock sides[2] = {{.database = database, .first = "1", .second = "2", .meet = &meet, .tries = &tries},
                                {.database = database, .first = "2", .second = "1", .meet = &meet, .tries = &tries}};
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, one_side, &sides[i]), 0);
    for (size_t i = 0; i < 2; i++)
        (void)pthread_join(threads[i], NULL);
    cr_assert_eq(sides[0].outcome, DATABASE_OK);
    cr_assert_eq(sides[1].outcome, DATABASE_OK);
    cr_assert_geq(atomic_load(&tries), 3);
    cr_assert_eq(postgres_count("SELECT sum(length(name)) FROM thing"), 4);
}

static enum database_outcome never(struct database_session *session, void *userdata, struct database_fault *why)
{
    ++*(int *)userdata;
    enum database_outcome outcome =
        database_execute(session, why->arena, TEXT("INSERT INTO thing VALUES (1, 'a')"), NULL, 0, NULL, why);
    return outcome == DATABASE_OK ? database_refuse(why, "no %s today", "luck") : outcome;
}

Test(database, a_body_that_refuses_is_rolled_back_and_not_repeated)
{
    int calls = 0;
    struct database_wait wait = {.retry = true, .idempotent = true};
    cr_assert_eq(database_transact(database, arena, &wait, never, &calls, &fault), DATABASE_REFUSED);
    ASSERT_MESSAGE("no luck today");
    cr_assert_eq(calls, 1);
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 0);
}
