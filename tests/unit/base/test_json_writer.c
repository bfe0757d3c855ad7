/* Commas, keys and escapes. */
#include "base/json_writer.h"
#include "support.h"

static struct arena *arena;
static struct buffer buffer;
static struct json_writer json;

static void set_up(void)
{
    arena = test_arena();
    buffer = buffer_in(arena, KIB(4));
    json = (struct json_writer){&buffer};
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(json_writer, .init = set_up, .fini = tear_down);

Test(json_writer, empty)
{
    json_begin_object(&json);
    json_key(&json, "a");
    json_begin_array(&json);
    json_end_array(&json);
    json_key(&json, "b");
    json_begin_object(&json);
    json_end_object(&json);
    json_end_object(&json);
    assert_text(buffer_text(&buffer), "{\"a\":[],\"b\":{}}");
}

Test(json_writer, members)
{
    struct json_value value = json_string(TEXT("v\n"));
    json_begin_object(&json);
    json_member_text(&json, "text", TEXT("a\"b"));
    json_member_text_or_null(&json, "some", TEXT("x"));
    json_member_text_or_null(&json, "none", TEXT_NONE);
    json_member_string(&json, "string", "s");
    json_member_integer(&json, "least", INT64_MIN);
    json_member_boolean(&json, "yes", true);
    json_member_boolean(&json, "no", false);
    json_member_value(&json, "value", &value);
    json_member_raw(&json, "raw", TEXT("[1, 2]"));
    json_key_text(&json, TEXT("k\"ey"));
    json_put_integer(&json, 0);
    json_end_object(&json);
    assert_text(buffer_text(&buffer),
                "{\"text\":\"a\\\"b\",\"some\":\"x\",\"none\":null,\"string\":\"s\",\"least\":-9223372036854775808,"
                "\"yes\":true,\"no\":false,\"value\":\"v\\n\",\"raw\":[1, 2],\"k\\\"ey\":0}");
}

Test(json_writer, items)
{
    json_begin_array(&json);
    json_put_integer(&json, 1);
    json_put_text(&json, TEXT("two"));
    json_begin_array(&json);
    json_put_boolean(&json, true);
    json_end_array(&json);
    json_put_raw(&json, TEXT("null"));
    json_begin_object(&json);
    json_end_object(&json);
    json_end_array(&json);
    assert_text(buffer_text(&buffer), "[1,\"two\",[true],null,{}]");
    cr_expect_eq(json.depth, 0);
}
