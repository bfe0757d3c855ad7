/* Repeated statements are prepared: what happens when tables change, the connection is lost, or there are too many. The
   pool has one connection, so that it is always the same one. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "postgres.h"

static struct arena *arena;
static struct database *database;
static struct database_fault fault;
static const struct database_wait firm = {0}, waiting = {.retry = true, .idempotent = true};

static void open_database(struct text host)
{
    database_free(database);
    struct database_options options = postgres_options();
    options.connections = 1;
    if (host.size > 0)
        options.host = host;
    database = database_new(&options);
}

static void set_up(void)
{
    arena = arena_new(MIB(64), 0);
    fault = (struct database_fault){.arena = arena};
    open_database(TEXT_NONE);
    postgres_do("DROP TABLE IF EXISTS thing; CREATE TABLE thing (id int PRIMARY KEY, name text);"
                "INSERT INTO thing VALUES (1, 'one'), (2, 'two')");
}

static void tear_down(void)
{
    database_free(database);
    database = NULL;
    arena_free(arena);
}

TestSuite(prepared, .init = set_up, .fini = tear_down);

#define ASSERT_OK(call_) cr_assert_eq((call_), DATABASE_OK, "%.*s", TEXT_ARG(fault.message))

static enum database_outcome run_typed(const char *sql, const char *parameter, unsigned type,
                                       struct database_rows *rows)
{
    const struct database_parameter one = {.text = text_from(parameter), .type_oid = type};
    return database_run(database, arena, &firm, text_from(sql), &one, 1, rows, &fault);
}

static enum database_outcome run(const char *sql, const char *parameter, struct database_rows *rows)
{
    return run_typed(sql, parameter, 0, rows);
}

/* The first cell of the result. */
static const char *ask(const char *sql, const char *parameter)
{
    struct database_rows rows;
    ASSERT_OK(run(sql, parameter, &rows));
    cr_assert_gt(rows.row_count, 0);
    return rows.cells[0].data;
}

/* The prepared statements of the connection on the server. */
static long prepared_count(const char *pattern)
{
    struct database_rows rows;
    struct text sql =
        arena_print(arena, "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%s' AND length('%s') > 0",
                    pattern, pattern);
    int64_t count = -1;
    ASSERT_OK(database_run(database, arena, &firm, sql, NULL, 0, &rows, &fault));
    cr_assert(text_to_int64(rows.cells[0], &count));
    return (long)count;
}

#define NAME_OF "SELECT name FROM thing WHERE id = $1"
#define RENAME  "UPDATE thing SET name = $1 WHERE id = 1"

static void prepare(const char *sql, const char *parameter)
{
    for (int i = 0; i < 2; i++)
        ASSERT_OK(run(sql, parameter, NULL));
    cr_assert_eq(prepared_count(sql), 1);
}

Test(prepared, a_repeated_statement_is_prepared)
{
    cr_assert_str_eq(ask(NAME_OF, "1"), "one");
    cr_assert_eq(prepared_count(NAME_OF), 0);
    cr_assert_str_eq(ask(NAME_OF, "2"), "two");
    cr_assert_eq(prepared_count(NAME_OF), 1);
    cr_assert_str_eq(ask(NAME_OF, "1"), "one");
    cr_assert_eq(prepared_count("%"), 1);
}

Test(prepared, other_parameter_types_are_another_statement)
{
    for (int i = 0; i < 3; i++) {
        ASSERT_OK(run("SELECT $1", "5", NULL));
        ASSERT_OK(run_typed("SELECT $1", "5", 23, NULL));
    }
    cr_assert_eq(prepared_count("SELECT $1"), 2);
}

Test(prepared, statements_without_parameters_or_too_long_are_not_prepared)
{
    char large[LIMIT_PREPARED_BYTES + 64] = "SELECT $1";
    for (size_t i = strlen(large); i < sizeof large - 1; i++)
        large[i] = ' ';
    for (int i = 0; i < 3; i++) {
        ASSERT_OK(database_run(database, arena, &firm, TEXT("SELECT 7"), NULL, 0, NULL, &fault));
        ASSERT_OK(run(large, "1", NULL));
    }
    cr_assert_eq(prepared_count("%"), 0);
}

/* ---- faults are the same as without preparation ---- */

static enum database_outcome rename_and_look(struct database_session *session, void *userdata,
                                             struct database_fault *refused)
{
    const struct database_parameter parameters[] = {{.text = text_from(userdata)}};
    struct database_rows rows;
    enum database_outcome outcome =
        database_execute(session, arena, TEXT(RENAME " RETURNING *"), parameters, 1, &rows, refused);
    return outcome;
}

static enum database_outcome transact(const char *name)
{
    return database_transact(database, arena, &firm, rename_and_look, (void *)(uintptr_t)name, &fault);
}

Test(prepared, a_value_that_does_not_fit)
{
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(run(NAME_OF, "x", NULL), DATABASE_REFUSED);
        cr_assert_str_eq(fault.sqlstate, "22P02");
        cr_assert_str_eq(fault.message.data, "ERROR: invalid input syntax for type integer: \"x\" (SQLSTATE 22P02)");
    }
    cr_assert_str_eq(ask(NAME_OF, "1"), "one");
}

Test(prepared, a_value_that_does_not_fit_in_a_transaction)
{
    postgres_do("ALTER TABLE thing ADD CHECK (length(name) < 5), ALTER name TYPE varchar(8)");
    for (int i = 0; i < 4; i++) {
        ASSERT_OK(transact("good"));
        cr_assert_eq(transact("far too long"), DATABASE_REFUSED);
        cr_assert_str_eq(fault.sqlstate, "22001");
        cr_assert_eq(transact("other"), DATABASE_REFUSED);
        cr_assert_str_eq(fault.sqlstate, "23514");
    }
}

/* ---- tables change under a running worker ---- */

Test(prepared, a_table_that_gets_a_column)
{
    struct database_rows rows;
    prepare("SELECT * FROM thing WHERE id = $1", "1");
    postgres_do("ALTER TABLE thing ADD more int DEFAULT 5");
    ASSERT_OK(run("SELECT * FROM thing WHERE id = $1", "1", &rows));
    cr_assert_eq(rows.column_count, 3);
    cr_assert_str_eq(rows.cells[2].data, "5");
}

Test(prepared, in_a_transaction_too)
{
    for (int i = 0; i < 3; i++)
        ASSERT_OK(transact("first"));
    postgres_do("ALTER TABLE thing ADD more int DEFAULT 5");
    ASSERT_OK(transact("second"));
    cr_assert_str_eq(postgres_value(arena, "SELECT name FROM thing WHERE id = 1"), "second");
}

Test(prepared, a_column_of_another_type)
{
    postgres_do("ALTER TABLE thing ALTER name TYPE int USING id");
    prepare(RENAME, "5");
    postgres_do("ALTER TABLE thing ALTER name TYPE text");
    ASSERT_OK(run(RENAME, "five", NULL));
    cr_assert_str_eq(ask(NAME_OF, "1"), "five");
}

Test(prepared, a_recreated_table)
{
    prepare(RENAME, "x");
    prepare(NAME_OF, "1");
    postgres_do(
        "DROP TABLE thing; CREATE TABLE thing (name varchar(9), id bigint); INSERT INTO thing VALUES ('new', 1)");
    cr_assert_str_eq(ask(NAME_OF, "1"), "new");
    postgres_do("DROP TABLE thing");
    cr_assert_eq(run(NAME_OF, "1", NULL), DATABASE_REFUSED);
    cr_assert_str_eq(fault.message.data, "undefined table");
    postgres_do("CREATE TABLE thing (id int, name text); INSERT INTO thing VALUES (1, 'again')");
    cr_assert_str_eq(ask(NAME_OF, "1"), "again");
}

Test(prepared, forgotten_by_the_server)
{
    prepare(NAME_OF, "1");
    ASSERT_OK(database_run(database, arena, &firm, TEXT("DEALLOCATE ALL"), NULL, 0, NULL, &fault));
    cr_assert_str_eq(ask(NAME_OF, "2"), "two");
}

/* ---- limits ---- */

Test(prepared, no_more_than_the_limit)
{
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 3 * LIMIT_PREPARED_STATEMENTS; i++) {
            struct text sql = arena_print(arena, "SELECT $1::int + %d", i);
            for (int j = 0; j < 2; j++) {
                int64_t sum = 0;
                cr_assert(text_to_int64(text_from(ask(sql.data, "1000")), &sum));
                cr_assert_eq(sum, 1000 + i);
            }
        }
    cr_assert_eq(prepared_count("%"), LIMIT_PREPARED_STATEMENTS);
}

Test(prepared, statements_run_once_do_not_displace_prepared_ones)
{
    cr_assert_str_eq(ask(NAME_OF, "1"), "one");
    for (int i = 0; i < 10 * LIMIT_PREPARED_STATEMENTS; i++) {
        (void)ask(arena_print(arena, "SELECT $1::int + %d", i).data, "1");
        if (i % 32 == 0)
            cr_assert_str_eq(ask(NAME_OF, "1"), "one");
    }
    cr_assert_eq(prepared_count(NAME_OF), 1);
    cr_assert_eq(prepared_count("SELECT $1::int%"), 0);
}

/* ---- lost connections ---- */

Test(prepared, connection_lost_while_preparing)
{
    struct proxy *proxy = proxy_new();
    open_database(proxy_host(proxy));
    const struct database_parameter one = {.text = TEXT("x")};
    const enum proxy_fault faults[] = {PROXY_LOSE_REQUEST, PROXY_LOSE_ANSWER};
    for (size_t i = 0; i < 2; i++) {
        open_database(proxy_host(proxy));
        ASSERT_OK(run(RENAME, "one", NULL));
        proxy_plan(proxy, faults[i], "UPDATE");
        /* The values travel with the statement. */
        cr_assert_eq(run(RENAME, "x", NULL), DATABASE_UNKNOWN);
        cr_assert_str_eq(postgres_value(arena, "SELECT name FROM thing WHERE id = 1"), i == 0 ? "one" : "x");
        ASSERT_OK(run(RENAME, "one", NULL));
        proxy_plan(proxy, faults[i], "UPDATE");
        ASSERT_OK(database_run(database, arena, &waiting, TEXT(RENAME), &one, 1, NULL, &fault));
        cr_assert_str_eq(postgres_value(arena, "SELECT name FROM thing WHERE id = 1"), "x");
    }
    database_free(database);
    database = NULL;
    proxy_free(proxy);
}

/* The third request holds only the name and the value. */
Test(prepared, connection_lost_while_running)
{
    struct proxy *proxy = proxy_new();
    open_database(proxy_host(proxy));
    for (int i = 0; i < 2; i++)
        ASSERT_OK(run(RENAME, "one", NULL));
    proxy_plan(proxy, PROXY_LOSE_ANSWER, "forlorn");
    cr_assert_eq(run(RENAME, "forlorn", NULL), DATABASE_UNKNOWN);
    postgres_await("SELECT count(*) FROM thing WHERE name = 'forlorn'", 1);
    for (int i = 0; i < 2; i++)
        ASSERT_OK(run(RENAME, "one", NULL));
    proxy_plan(proxy, PROXY_LOSE_REQUEST, "never");
    cr_assert_eq(run(RENAME, "never", NULL), DATABASE_UNKNOWN);
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing WHERE name = 'never'"), 0);
    database_free(database);
    database = NULL;
    proxy_free(proxy);
}

Test(prepared, a_restarted_server_has_no_prepared_statements)
{
    prepare(NAME_OF, "1");
    postgres_stop();
    postgres_start();
    struct database_rows rows;
    const struct database_parameter one = {.text = TEXT("1")};
    ASSERT_OK(database_run(database, arena, &waiting, TEXT(NAME_OF), &one, 1, &rows, &fault));
    cr_assert_str_eq(rows.cells[0].data, "one");
    cr_assert_eq(prepared_count("%"), 0);
}
