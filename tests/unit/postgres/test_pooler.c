/* Behind PgBouncer in transaction mode, and on a session that others use too: each statement does what it says, and
   nothing is left in the sessions. */
#include <criterion/criterion.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/limits.h"
#include "postgres.h"

static struct arena *arena;
static struct database *database;
static struct database_fault fault;
static const struct database_wait firm = {0};

static struct database *open_at(struct text host, int64_t statement_timeout_ms)
{
    struct database_options options = postgres_options();
    options.host = host;
    options.connections = 1;
    options.statement_timeout_ms = statement_timeout_ms;
    return database_new(&options);
}

static void set_up(void)
{
    arena = arena_new(MIB(64), 0);
    fault = (struct database_fault){.arena = arena};
    postgres_do("DROP TABLE IF EXISTS thing; CREATE TABLE thing (id int PRIMARY KEY, a text, b text, c text, d text);"
                "INSERT INTO thing SELECT n FROM generate_series(0, 3) n");
    database = open_at(postgres_pool(), 0);
}

static void tear_down(void)
{
    database_free(database);
    arena_free(arena);
}

TestSuite(pooler, .init = set_up, .fini = tear_down);

#define ASSERT_OK(call_) cr_assert_eq((call_), DATABASE_OK, "%.*s", TEXT_ARG(fault.message))
#define UPDATE           "UPDATE thing SET a = $1 WHERE id = 1"

static enum database_outcome run(const char *sql)
{
    return database_run(database, arena, &firm, text_from(sql), NULL, 0, NULL, &fault);
}

static enum database_outcome update(const char *value)
{
    const struct database_parameter parameter = {.text = text_from(value)};
    return database_run(database, arena, &firm, TEXT(UPDATE), &parameter, 1, NULL, &fault);
}

static struct text ask(const char *sql)
{
    struct database_rows rows;
    ASSERT_OK(database_run(database, arena, &firm, text_from(sql), NULL, 0, &rows, &fault));
    return rows.cells[0];
}

/* What another client of the pool sees in the sessions. */
static void assert_nothing_is_left(void)
{
    const char *const defaults[] = {"statement_timeout", "idle_in_transaction_session_timeout", "TimeZone",
                                    "client_connection_check_interval"};
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        const char *sql =
            arena_print(arena, "SELECT setting = reset_val FROM pg_settings WHERE name = '%s'", defaults[i]).data;
        cr_assert_str_eq(postgres_pooled_value(arena, sql), "t", "%s", defaults[i]);
    }
    cr_assert_str_eq(postgres_pooled_value(arena, "SELECT count(*) FROM pg_prepared_statements"), "0");
}

Test(pooler, is_detected)
{
    ASSERT_OK(run("SELECT 1"));
    cr_assert(database_is_pooled(database));
    database_free(database);
    struct database_options options = postgres_options();
    database = database_new(&options);
    cr_assert_not(database_is_pooled(database));
    ASSERT_OK(run("SELECT 1"));
    cr_assert_not(database_is_pooled(database));
}

/* One of several clients that write their own column, on fewer sessions than clients. */
struct writer {
    char column;
    bool in_session;
    enum database_outcome outcome;
};

static enum database_outcome write_in_session(struct database_session *session, void *userdata,
                                              struct database_fault *why)
{
    struct writer *writer = userdata;
    struct text sql =
        arena_print(why->arena, "UPDATE thing SET %c = $1 WHERE id = %d", writer->column, writer->column - 'a');
    const struct database_parameter value = {.text = {.data = &writer->column, .size = 1}};
    enum database_outcome outcome =
        database_execute(session, why->arena, TEXT("SELECT FROM thing"), NULL, 0, NULL, why);
    return outcome == DATABASE_OK ? database_queue(session, sql, &value, 1, why) : outcome;
}

static void *write_often(void *argument)
{
    struct writer *writer = argument;
    struct database *own = open_at(postgres_pool(), 0);
    struct arena *scratch = arena_new(MIB(4), 0);
    struct database_fault why = {.arena = scratch};
    for (int i = 0; i < 50 && writer->outcome == DATABASE_OK; i++) {
        struct text sql =
            arena_print(scratch, "UPDATE thing SET %c = $1 WHERE id = %d", writer->column, writer->column - 'a');
        const struct database_parameter value = {.text = {.data = &writer->column, .size = 1}};
        writer->outcome = writer->in_session ? database_transact(own, scratch, &firm, write_in_session, writer, &why)
                                             : database_run(own, scratch, &firm, sql, &value, 1, NULL, &why);
    }
    arena_free(scratch);
    database_free(own);
    return NULL;
}

static void write_all(bool in_session)
{
    struct writer writers[4];
    pthread_t threads[4];
    (void)postgres_pool();
    for (size_t i = 0; i < 4; i++) {
        writers[i] = (struct writer){.column = (char)('a' + i), .in_session = in_session};
        cr_assert_eq(pthread_create(&threads[i], NULL, write_often, &writers[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        (void)pthread_join(threads[i], NULL);
        cr_assert_eq(writers[i].outcome, DATABASE_OK);
    }
    cr_assert_str_eq(postgres_value(arena, "SELECT string_agg(concat(a, b, c, d), ',' ORDER BY id) FROM thing"),
                     "a,b,c,d");
    assert_nothing_is_left();
}

Test(pooler, each_client_writes_its_own_column)
{
    write_all(false);
}

Test(pooler, each_client_writes_its_own_column_in_transactions)
{
    write_all(true);
}

Test(pooler, settings_hold_for_each_transaction)
{
    const char *const settings[][2] = {{"SHOW statement_timeout", "30s"},
                                       {"SHOW idle_in_transaction_session_timeout", "10s"},
                                       {"SHOW client_connection_check_interval", "1s"},
                                       {"SHOW TimeZone", "UTC"}};
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        cr_assert(text_is(ask(settings[i][0]), settings[i][1]), "%s", settings[i][0]);
        struct database_session *session;
        struct database_rows rows;
        ASSERT_OK(database_begin(database, arena, &firm, &session, &fault));
        for (int j = 0; j < 2; j++) {
            ASSERT_OK(database_execute(session, arena, text_from(settings[i][0]), NULL, 0, &rows, &fault));
            cr_assert(text_is(rows.cells[0], settings[i][1]), "%s", settings[i][0]);
        }
        ASSERT_OK(database_commit(session, &fault));
    }
    assert_nothing_is_left();
}

Test(pooler, a_statement_beyond_its_timeout_is_ended)
{
    database_free(database);
    database = open_at(postgres_pool(), 100);
    const struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + 20000000};
    struct database_session *session;
    ASSERT_OK(database_begin(database, arena, &wait, &session, &fault));
    cr_assert_eq(database_execute(session, arena, TEXT("SELECT pg_sleep(60)"), NULL, 0, NULL, &fault),
                 DATABASE_CONFLICT);
    cr_assert_str_eq(fault.sqlstate, "57014");
    database_abandon(session);
    assert_nothing_is_left();
}

Test(pooler, a_failed_statement_leaves_nothing)
{
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(run("INSERT INTO thing VALUES (1)"), DATABASE_REFUSED);
        cr_assert_eq(run("SELECT 1/0"), DATABASE_REFUSED);
    }
    ASSERT_OK(update("after"));
    cr_assert_str_eq(postgres_value(arena, "SELECT a FROM thing WHERE id = 1"), "after");
    assert_nothing_is_left();
}

/* ---- a pooler that was not detected ---- */

static void open_directly(void)
{
    database_free(database);
    database = open_at(postgres_options().host, 0);
}

/* The statement of another client has the name that ours would get. */
static void take_the_name(void)
{
    for (int i = 0; i < 2; i++)
        ASSERT_OK(update("x"));
    struct text name = ask("SELECT name FROM pg_prepared_statements WHERE statement LIKE 'UPDATE%'");
    open_directly();
    ASSERT_OK(run(arena_print(arena, "PREPARE \"%.*s\" AS " UPDATE, TEXT_ARG(name)).data));
    ASSERT_OK(update("first"));
}

Test(pooler, a_name_that_exists_is_no_failure)
{
    open_directly();
    take_the_name();
    ASSERT_OK(update("second"));
    cr_assert(database_is_pooled(database));
    cr_assert_str_eq(postgres_value(arena, "SELECT a FROM thing WHERE id = 1"), "second");
}

static char second[] = "second";

static enum database_outcome update_in_session(struct database_session *session, void *userdata,
                                               struct database_fault *why)
{
    const struct database_parameter parameter = {.text = text_from(userdata)};
    return database_execute(session, why->arena, TEXT(UPDATE), &parameter, 1, NULL, why);
}

Test(pooler, a_name_that_exists_is_no_failure_of_a_transaction)
{
    open_directly();
    take_the_name();
    ASSERT_OK(database_transact(database, arena, &firm, update_in_session, second, &fault));
    cr_assert_str_eq(postgres_value(arena, "SELECT a FROM thing WHERE id = 1"), "second");
}

static enum database_outcome update_after_another(struct database_session *session, void *userdata,
                                                  struct database_fault *why)
{
    enum database_outcome outcome = database_execute(session, why->arena, TEXT("SELECT 1"), NULL, 0, NULL, why);
    return outcome == DATABASE_OK ? update_in_session(session, userdata, why) : outcome;
}

Test(pooler, a_name_that_is_gone_is_no_failure)
{
    open_directly();
    for (int i = 0; i < 3; i++) {
        open_directly();
        for (int j = 0; j < 2; j++)
            ASSERT_OK(update("first"));
        ASSERT_OK(run("DEALLOCATE ALL"));
        database_body *const bodies[] = {update_in_session, update_after_another};
        if (i < 2)
            ASSERT_OK(database_transact(database, arena, &firm, bodies[i], second, &fault));
        else
            ASSERT_OK(update("second"));
        cr_assert(database_is_pooled(database));
        cr_assert_str_eq(postgres_value(arena, "SELECT a FROM thing WHERE id = 1"), "second");
    }
}
