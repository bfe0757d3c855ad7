/* Names and literals in statements. Bound values are tested with the actions that bind them. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "postgres/sql.h"

static struct arena *arena;

static void set_up(void)
{
    arena = arena_new(MIB(1), 0);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(sql, .init = set_up, .fini = tear_down);

Test(sql, identifiers)
{
    static const char *const good[] = {"a", "a1_b", "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc"};
    static const char *const bad[] = {"",
                                      "1a",
                                      "_a",
                                      "A",
                                      "a b",
                                      "a;",
                                      "a\"",
                                      "a-b",
                                      "a.b",
                                      "\xc3\xa4",
                                      "aB",
                                      "a\n",
                                      "a'",
                                      "a$",
                                      "a(",
                                      " a",
                                      "a ",
                                      "a/*",
                                      "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_assert(sql_is_identifier(text_from(good[i])), "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert_not(sql_is_identifier(text_from(bad[i])), "%s", bad[i]);
    cr_assert_not(sql_is_identifier((struct text){.data = "a\0b", .size = 3}));
}

Test(sql, names_are_quoted)
{
    struct buffer buffer = buffer_in(arena, 100);
    sql_add_table(&buffer, TEXT("sales.orders"));
    sql_add_identifier(&buffer, TEXT("a\"; DROP"));
    cr_assert(text_is(buffer_text(&buffer), "\"sales\".\"orders\"\"a\"\"; DROP\""));
}

static const char *bound(enum sql_kind kind, enum sql_kind element, const char *json, bool list)
{
    struct sql_column column = {.name = TEXT("c"), .type = TEXT("t"), .kind = kind, .element = element};
    struct json_value value;
    struct error error = ERROR_IN(arena);
    cr_assert_eq(json_read(arena, text_from(json), &value, &error), STATUS_OK);
    struct database_parameter parameter;
    struct database_fault fault = {.arena = arena};
    enum database_outcome outcome = list ? sql_bind_list(arena, &column, &value, &parameter, &fault)
                                         : sql_bind(arena, &column, &value, &parameter, &fault);
    if (outcome != DATABASE_OK)
        return arena_copy(arena, fault.message).data;
    return parameter.is_null ? "NULL" : arena_copy(arena, parameter.text).data;
}

Test(sql, array_literals_hold_any_text)
{
    cr_assert_str_eq(
        bound(SQL_ARRAY, SQL_TEXT, "[\"a\", \"b\\\"c\\\\d\", \"{x,y}\", \"\", null, \"NULL\", 5, true]", false),
        "{\"a\",\"b\\\"c\\\\d\",\"{x,y}\",\"\",NULL,\"NULL\",\"5\",\"true\"}");
    cr_assert_str_eq(bound(SQL_ARRAY, SQL_TEXT, "[]", false), "{}");
    cr_assert_str_eq(bound(SQL_ARRAY, SQL_NUMBER, "[[1]]", false), "an array does not fit column \"c\" of type t");
    cr_assert_str_eq(bound(SQL_NUMBER, SQL_OTHER, "[1, 2.50, 1e3]", true), "{\"1\",\"2.5\",\"1000\"}");
    cr_assert_str_eq(bound(SQL_JSON, SQL_OTHER, "[{\"a\": 1}, [1]]", true), "{\"{\\\"a\\\":1}\",\"[1]\"}");
    cr_assert_str_eq(bound(SQL_NUMBER, SQL_OTHER, "7", true),
                     "column \"c\" is to be compared with a list, not with a number");
    cr_assert_str_eq(bound(SQL_TEXT, SQL_OTHER, "{}", true),
                     "column \"c\" is to be compared with a list, not with an object");
    cr_assert_str_eq(bound(SQL_TEXT, SQL_OTHER, "\"{a,b}\"", true), "{a,b}");
    cr_assert_str_eq(bound(SQL_TEXT, SQL_OTHER, "null", true), "NULL");
}

Test(sql, numbers_are_plain_and_keep_every_digit)
{
    cr_assert_str_eq(bound(SQL_TEXT, SQL_OTHER, "1.5e+06", false), "1500000");
    cr_assert_str_eq(bound(SQL_NUMBER, SQL_OTHER, "9007199254740993", false), "9007199254740993");
    cr_assert_str_eq(bound(SQL_NUMBER, SQL_OTHER, "-0", false), "0");
    cr_assert_str_eq(bound(SQL_JSON, SQL_OTHER, "1.50", false), "1.50");
}

Test(sql, running_out_of_memory_is_a_refusal)
{
    struct sql_column column = {.name = TEXT("c"), .type = TEXT("t"), .kind = SQL_ARRAY, .element = SQL_TEXT};
    struct json_value items[] = {json_string(TEXT("a")), json_string(TEXT("b"))};
    struct json_value list = json_array(items, 2);
    struct database_parameter parameter;
    struct database_fault fault = {.arena = NULL};
    arena_fail_after(arena, 1);
    cr_assert_eq(sql_bind(arena, &column, &list, &parameter, &fault), DATABASE_REFUSED);
    arena_fail_after(arena, 0);
}
