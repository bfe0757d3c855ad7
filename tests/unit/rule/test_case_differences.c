/* Differences between what a case expects and what came. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "rule/case_differences.h"
#include "rule/pretty_json.h"

static struct arena *arena;
static struct case_differences differences;

static void set_up(void)
{
    arena = arena_new(MIB(16), 0);
    differences = (struct case_differences){.arena = arena};
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(case_differences, .init = set_up, .fini = tear_down);

static struct json_value value_of(const char *json)
{
    struct json_value value;
    cr_assert_eq(json_read(arena, text_from(json), &value, NULL), STATUS_OK);
    return value;
}

static size_t compare(const char *expected, const char *got)
{
    const struct json_value left = value_of(expected), right = value_of(got);
    differences = (struct case_differences){.arena = arena};
    case_differences_find(&differences, TEXT("/x"), &left, &right);
    cr_assert(!differences.failed);
    return differences.count;
}

Test(case_differences, an_object_may_have_more)
{
    cr_expect_eq(compare("{}", "{\"a\":1}"), 0);
    cr_expect_eq(compare("{\"a\":{\"b\":[1,{\"c\":null}]}}", "{\"a\":{\"b\":[1,{\"c\":null,\"d\":2}],\"e\":3}}"), 0);
    cr_expect_eq(compare("{\"a\":1}", "{}"), 1);
    cr_expect(text_is(differences.items[0].pointer, "/x/a"));
    cr_expect(text_is(differences.items[0].got, "nothing"));
}

Test(case_differences, a_list_may_not)
{
    cr_expect_eq(compare("[1,2]", "[1,2]"), 0);
    cr_expect_eq(compare("[1]", "[1,2]"), 1);
    cr_expect_eq(compare("[1,2]", "[2,1]"), 2);
    cr_expect(text_is(differences.items[1].pointer, "/x/1"));
    cr_expect(text_is(differences.items[1].expected, "2"));
    cr_expect(text_is(differences.items[1].got, "1"));
}

Test(case_differences, numbers_are_decimals)
{
    cr_expect_eq(compare("1.50", "1.5"), 0);
    cr_expect_eq(compare("9007199254740993", "9007199254740992"), 1);
    cr_expect_eq(compare("1", "\"1\""), 1);
    cr_expect_eq(compare("\"a\"", "\"b\""), 1);
    cr_expect_eq(compare("true", "true"), 0);
}

Test(case_differences, there_is_a_most)
{
    struct buffer many = buffer_in(arena, KIB(64));
    for (int i = 0; i <= LIMIT_CASE_DIFFERENCES; i++)
        buffer_print(&many, "%c\"k%d\":1", i == 0 ? '{' : ',', i);
    buffer_add_byte(&many, '}');
    cr_expect_eq(compare(buffer_text(&many).data, "{}"), LIMIT_CASE_DIFFERENCES);
    cr_expect(differences.exhausted);
}

Test(case_differences, json_for_people)
{
    const struct json_value value =
        value_of("{\"short\":[1,2],\"empty\":{},\"long\":[\"0123456789012345678901234567890123456789\","
                 "\"0123456789012345678901234567890123456789\",\"0123456789012345678901234567890123456789\"]}");
    struct buffer buffer = buffer_in(arena, KIB(4));
    pretty_json_write(&buffer, &value);
    cr_assert_str_eq(buffer_text(&buffer).data, "{\n"
                                                "  \"short\": [1,2],\n"
                                                "  \"empty\": {},\n"
                                                "  \"long\": [\n"
                                                "    \"0123456789012345678901234567890123456789\",\n"
                                                "    \"0123456789012345678901234567890123456789\",\n"
                                                "    \"0123456789012345678901234567890123456789\"\n"
                                                "  ]\n"
                                                "}\n");
}
