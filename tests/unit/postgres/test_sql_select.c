/* Rows as JSON: by the types of their columns, in order, and no columns but those that were named. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/limits.h"
#include "postgres.h"
#include "postgres/sql_select.h"

static struct arena *arena;
static struct database *database;
static struct database_session *session;
static struct database_fault fault;

static void begin(void)
{
    const struct database_wait wait = {0};
    cr_assert_eq(database_begin(database, arena, &wait, &session, &fault), DATABASE_OK);
}

/* After a statement that was refused. */
static void begin_again(void)
{
    database_abandon(session);
    begin();
}

static void set_up(void)
{
    arena = arena_new(MIB(64), 0);
    fault = (struct database_fault){.arena = arena};
    struct database_options options = postgres_options();
    database = database_new(&options);
    postgres_do(
        "DROP SCHEMA IF EXISTS zoo CASCADE; CREATE SCHEMA zoo;"
        "CREATE TYPE zoo.mood AS ENUM ('good', 'bad');"
        "CREATE TABLE zoo.animals (id uuid PRIMARY KEY, name text, secret text, legs integer, weight numeric(9,3),"
        " big bigint, half double precision, tame boolean, born date, fed timestamp, seen timestamptz,"
        " data jsonb, plain json, mood zoo.mood, tags text[], counts integer[], weights numeric[],"
        " visits timestamp[], grid integer[], flags boolean[], code char(3), pay money, raw bytea);"
        "INSERT INTO zoo.animals (id, name, secret, legs) VALUES"
        " ('00000000-0000-4000-8000-000000000002', 'bat', 'x', 2),"
        " ('00000000-0000-4000-8000-000000000001', 'ant', 'y', 6),"
        " ('00000000-0000-4000-8000-000000000003', 'cat', 'z', 4);"
        "CREATE TABLE zoo.keepers (name text, note text); INSERT INTO zoo.keepers VALUES ('Ida', NULL)");
    begin();
}

static void tear_down(void)
{
    database_abandon(session);
    database_free(database);
    arena_free(arena);
}

TestSuite(sql_select, .init = set_up, .fini = tear_down);

static enum database_outcome read_rows(const struct sql_select *select, struct json_value *rows)
{
    struct sql_statement statement;
    struct database_rows found;
    cr_assert(sql_statement_begin(&statement, arena, select->filter_count));
    enum database_outcome outcome = sql_select_write(&statement, select, &fault);
    if (outcome == DATABASE_OK)
        outcome = sql_statement_execute(&statement, session, &found, &fault);
    return outcome == DATABASE_OK ? sql_select_rows(arena, select, &found, rows, &fault) : outcome;
}

/* The rows as JSON, or the fault; `filter` is a JSON object. */
static const char *read_of(const char *table, struct text column, const char *filter, size_t limit)
{
    struct json_value condition, rows;
    struct error error = ERROR_IN(arena);
    cr_assert_eq(json_read(arena, text_from(filter), &condition, &error), STATUS_OK);
    const struct sql_select select = {
        .table = text_from(table),
        .columns = &column,
        .column_count = 1,
        .filter = condition.object.members,
        .filter_count = condition.object.count,
        .limit = limit,
    };
    if (read_rows(&select, &rows) != DATABASE_OK)
        return arena_copy(arena, fault.message).data;
    return arena_copy(arena, json_to_text(arena, &rows)).data;
}

#define READ(column_, filter_) read_of("zoo.animals", TEXT(column_), (filter_), 9)
#define ASSERT_READ(found_, wanted_)                                                                                   \
    do {                                                                                                               \
        const char *read_ = (found_);                                                                                  \
        cr_assert_str_eq(read_, (wanted_), "found %s", read_);                                                         \
    } while (0)

Test(sql_select, in_the_order_of_the_id)
{
    ASSERT_READ(READ("name", "{}"), "[{\"name\":\"ant\"},{\"name\":\"bat\"},{\"name\":\"cat\"}]");
    ASSERT_READ(read_of("zoo.animals", TEXT("name"), "{}", 2), "[{\"name\":\"ant\"},{\"name\":\"bat\"}]");
}

Test(sql_select, of_a_table_without_an_id)
{
    ASSERT_READ(read_of("zoo.keepers", TEXT("name"), "{\"note\": null}", 9), "[{\"name\":\"Ida\"}]");
    const char *absent = "ERROR: column Table.id does not exist (SQLSTATE 42703)";
    ASSERT_READ(read_of("zoo.keepers", TEXT("id"), "{}", 9), absent);
    begin_again();
    ASSERT_READ(read_of("zoo.keepers", TEXT("name"), "{\"id\": null}", 9), absent);
}

Test(sql_select, several_columns_in_their_order)
{
    struct text columns[3];
    const struct json_member filter = {TEXT("legs"), json_number(TEXT("6"))};
    struct sql_select select = {TEXT("zoo.animals"), columns, 0, &filter, 1, 1};
    sql_select_column(&select, TEXT("name"));
    sql_select_column(&select, TEXT("id"));
    sql_select_column(&select, TEXT("name"));
    sql_select_column(&select, TEXT("legs"));
    struct json_value rows;
    cr_assert_eq(read_rows(&select, &rows), DATABASE_OK);
    ASSERT_READ(json_to_text(arena, &rows).data,
                "[{\"name\":\"ant\",\"id\":\"00000000-0000-4000-8000-000000000001\",\"legs\":6}]");
}

Test(sql_select, filters)
{
    static const struct {
        const char *filter, *rows;
    } cases[] = {
        {"{\"legs\": 6}", "[{\"name\":\"ant\"}]"},
        {"{\"legs\": \"6\"}", "[{\"name\":\"ant\"}]"},
        {"{\"name\": \"bat\", \"legs\": 2.0}", "[{\"name\":\"bat\"}]"},
        {"{\"name\": \"bat\", \"legs\": 6}", "[]"},
        {"{\"name\": \"x' OR '1'='1\"}", "[]"},
        {"{\"tame\": null, \"name\": \"cat\"}", "[{\"name\":\"cat\"}]"},
        {"{\"tame\": true}", "[]"},
        {"{\"id\": \"00000000-0000-4000-8000-000000000003\"}", "[{\"name\":\"cat\"}]"},
        {"{\"id\": \"urn:uuid:00000000-0000-4000-8000-000000000003\"}",
         "ERROR: invalid input syntax for type uuid: \"urn:uuid:00000000-0000-4000-8000-000000000003\""
         " (SQLSTATE 22P02)"},
        {"{\"legs\": [6]}", "a column cannot be compared with an array"},
        {"{\"legs = 6 OR name\": 6}", "invalid column: \"legs = 6 OR name\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ASSERT_READ(READ("name", cases[i].filter), cases[i].rows);
        if (database_session_outcome(session) != DATABASE_OK)
            begin_again();
    }
}

Test(sql_select, values_by_type)
{
    static const struct {
        const char *column, *value, *json;
    } cases[] = {
        {"weight", "1.250", "\"1.250\""},
        {"weight", "'NaN'", "\"NaN\""},
        {"big", "9223372036854775807", "9223372036854775807"},
        {"half", "0.1", "0.1"},
        {"half", "'Infinity'", "\"Infinity\""},
        {"tame", "true", "true"},
        {"born", "'2026-01-01'", "\"2026-01-01T00:00:00Z\""},
        {"fed", "'2026-01-01 12:30:00'", "\"2026-01-01T12:30:00Z\""},
        {"fed", "'2026-01-01 12:30:00.25'", "\"2026-01-01T12:30:00.25Z\""},
        {"fed", "'infinity'", "\"infinity\""},
        {"seen", "'2026-01-01 12:30:00+02'", "\"2026-01-01T10:30:00Z\""},
        {"seen", "'-infinity'", "\"-infinity\""},
        {"data", "'{\"a\": [1.50, null, true]}'", "{\"a\":[1.50,null,true]}"},
        {"data", "'null'", "null"},
        {"data", "'\"x\"'", "\"x\""},
        {"plain", "'{\"a\": 1, \"a\": 2}'", "{\"a\":2}"},
        {"mood", "'bad'", "\"bad\""},
        {"tags", "ARRAY['a\"b', '', NULL, '{x,y}']", "[\"a\\\"b\",\"\",null,\"{x,y}\"]"},
        {"tags", "'{}'", "[]"},
        {"counts", "'{1,2}'", "[1,2]"},
        {"weights", "'{1.10,NULL}'", "[\"1.10\",null]"},
        {"visits", "'{2026-01-01}'", "[\"2026-01-01T00:00:00Z\"]"},
        {"grid", "'{{1,2},{3,4}}'", "[[1,2],[3,4]]"},
        {"flags", "'{t,f}'", "[true,false]"},
        {"code", "'ab'", "\"ab \""},
        {"raw", "'\\x00ff'", "\"\\\\x00ff\""},
        {"name", "NULL", "null"},
        {"weight", "NULL", "null"},
        {"data", "NULL", "null"},
        {"name", "E'\\u00e4\\n\\\\'", "\"\u00e4\\n\\\\\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        postgres_do(
            arena_print(arena, "UPDATE zoo.animals SET %s = %s WHERE legs = 6", cases[i].column, cases[i].value).data);
        ASSERT_READ(read_of("zoo.animals", text_from(cases[i].column), "{\"legs\": 6}", 9),
                    arena_print(arena, "[{\"%s\":%s}]", cases[i].column, cases[i].json).data);
    }
}

/* A bare name that is no column may mean the row of the table of that name, and x.name a function of the row. */
Test(sql_select, only_columns)
{
    static const char *const names[] = {"animals",     "zoo",      "found",        "c0",
                                        "row_to_json", "to_jsonb", "current_user", "version"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *read = read_of("zoo.animals", text_from(names[i]), "{}", 9);
        cr_assert_not_null(strstr(read, "does not exist (SQLSTATE 42703)"), "%s: %s", names[i], read);
        begin_again();
        read = READ("name", arena_print(arena, "{\"%s\": \"x\"}", names[i]).data);
        cr_assert_not_null(strstr(read, "does not exist (SQLSTATE 42703)"), "%s: %s", names[i], read);
        begin_again();
    }
}

Test(sql_select, json_that_cannot_be_read)
{
    postgres_do("UPDATE zoo.animals SET data = '1e400'");
    const char *read = READ("data", "{}");
    cr_assert_eq(strncmp(read, "a value of type jsonb cannot be read: ", 38), 0, "%s", read);
}
