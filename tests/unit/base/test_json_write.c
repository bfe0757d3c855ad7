/* Values as text. */
#include <criterion/criterion.h>

#include "base/json.h"
#include "base/limits.h"

static struct arena *arena;

static void set_up(void)
{
    arena = arena_new(MIB(16), 0);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(json_write, .init = set_up, .fini = tear_down);

static struct json_value parsed(const char *document)
{
    struct json_value value;
    cr_assert_eq(json_read(arena, text_from(document), &value, NULL), STATUS_OK, "%s", document);
    return value;
}

static const char *string_written(struct text string)
{
    struct buffer buffer = buffer_in(arena, MIB(1));
    json_write_string(&buffer, string);
    return buffer_text(&buffer).data;
}

Test(json_write, keeps_order_and_drops_blanks)
{
    struct json_value value = parsed(" { \"b\" : [ 1 , 2.50 , true ] , \"a\" : { } , \"c\" : null , \"d\":[ ] } ");
    cr_expect_str_eq(json_to_text(arena, &value).data, "{\"b\":[1,2.50,true],\"a\":{},\"c\":null,\"d\":[]}");
}

Test(json_write, sorts_bytewise_at_every_depth)
{
    struct json_value value =
        parsed("{\"b\":[{\"z\":1,\"y\":{\"2\":2,\"10\":1}}],\"\xC3\xA9\":0,\"a\":1,\"B\":2,\"ab\":3,\"\":4}");
    struct buffer buffer = buffer_in(arena, KIB(1));
    json_write_sorted(&buffer, &value);
    cr_expect_str_eq(buffer_text(&buffer).data, "{\"\":4,\"B\":2,\"a\":1,\"ab\":3,"
                                                "\"b\":[{\"y\":{\"10\":1,\"2\":2},\"z\":1}],\"\xC3\xA9\":0}");
}

Test(json_write, escapes_what_must_be)
{
    cr_expect_str_eq(string_written(TEXT("")), "\"\"");
    cr_expect_str_eq(string_written(TEXT_NONE), "\"\"");
    cr_expect_str_eq(string_written(TEXT("plain text")), "\"plain text\"");
    cr_expect_str_eq(string_written(TEXT("\"\\/\b\f\n\r\t")), "\"\\\"\\\\/\\b\\f\\n\\r\\t\"");
    cr_expect_str_eq(string_written(TEXT("\x01\x1F\x7F")), "\"\\u0001\\u001f\x7F\"");
    cr_expect_str_eq(string_written(TEXT("<a href='x'>&</a>")), "\"<a href='x'>&</a>\"");
    cr_expect_str_eq(string_written((struct text){.data = "a\0b", .size = 3}), "\"a\\u0000b\"");
    cr_expect_str_eq(string_written(TEXT("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")),
                     "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
}

Test(json_write, bad_utf8_becomes_the_replacement_character)
{
    cr_expect_str_eq(string_written(TEXT("a\xFFz")), "\"a\xEF\xBF\xBDz\"");
    cr_expect_str_eq(string_written(TEXT("\xC3")), "\"\xEF\xBF\xBD\"");
    cr_expect_str_eq(string_written(TEXT("\xE2\x82")), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"", "one for each byte, as Go does");
    cr_expect_str_eq(string_written(TEXT("\xC3\"")), "\"\xEF\xBF\xBD\\\"\"");
    cr_expect_str_eq(string_written(TEXT("\xED\xA0\x80")), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

Test(json_write, limit_is_met_exactly)
{
    struct json_value value = parsed("{\"a\":[1,\"xyz\"]}");
    struct buffer enough = buffer_in(arena, 15), short_of = buffer_in(arena, 14);
    json_write(&enough, &value);
    json_write(&short_of, &value);
    cr_expect_eq(buffer_text(&enough).size, 15);
    cr_expect(short_of.failed);
}

Test(json_write, every_allocation_may_fail)
{
    struct json_value value =
        parsed("{\"b\":[1,\"xyz\"],\"a\":{\"d\":1,\"c\":\"a longer text for the buffer to grow, and yet longer\"}}");
    bool done = false;
    for (size_t n = 1; !done; n++) {
        struct arena *failing = arena_new(MIB(1), 0);
        arena_fail_after(failing, n);
        struct buffer buffer = buffer_in(failing, KIB(4));
        json_write_sorted(&buffer, &value);
        done = buffer_text(&buffer).data != NULL;
        cr_assert_eq(done, !buffer.failed);
        arena_free(failing);
        cr_assert_lt(n, 100);
    }
    arena_fail_after(arena, 1);
    cr_expect_null(json_to_text(arena, &value).data);
}
