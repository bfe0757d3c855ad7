#include "action/perform.h"
#include "support.h"

Test(result_cut, large_texts_are_cut)
{
    struct arena *arena = test_arena();
    static const struct {
        size_t size;
        const char *end;
        size_t kept; /* SIZE_MAX: all */
    } rows[] = {
        {51200, "", SIZE_MAX}, {51201, "", 51200}, {51201, "é", 51199}, {51202, "é", 51200}, {51203, "😀", 51199},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct json_member members[] = {
            {TEXT("a"), json_boolean(true)},
            {TEXT("k"), test_long_text(arena, rows[i].size, rows[i].end)},
        };
        const struct json_value result = json_object(members, 2);
        struct json_value cut;
        cr_assert_eq(action_result_cut(arena, &result, &cut), STATUS_OK);
        bool whole = rows[i].kept == SIZE_MAX;
        cr_expect_eq(cut.object.count, whole ? 2 : 3);
        cr_expect_eq(cut.object.members == members, whole);
        if (whole)
            continue;
        struct text text = json_get_text(&cut, TEXT("k"));
        cr_expect_eq(text.size, rows[i].kept + strlen("...[TRUNCATED]"), "row %zu: %zu", i, text.size);
        cr_expect(text_ends(text, TEXT("...[TRUNCATED]")));
        cr_expect(text_is_utf8(text));
        cr_expect(json_get(&cut, TEXT("k_truncated"))->boolean);
        cr_expect(json_get(&cut, TEXT("a"))->boolean);
    }
    arena_free(arena);
}

/* Sizes are those of Go's encoder: {"k":"..."} with <, > and & as \u003c. */
Test(result_cut, large_objects_are_replaced)
{
    struct arena *arena = test_arena();
    static const struct {
        size_t size;
        const char *end;
        bool large;
    } rows[] = {
        {51200 - 8, "", false},       {51200 - 7, "", true},      {51200 - 13, "<", false},
        {51200 - 12, "<", true},      {51200 - 9, "\n", false},   {51200 - 8, "\"", true},
        {51200 - 13, "\x01", false},  {51200 - 12, "\x01", true}, {51200 - 11, "\u2028", false},
        {51200 - 10, "\u2029", true}, {51200 - 8, "é", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct json_member inner = {TEXT("k"), test_long_text(arena, rows[i].size, rows[i].end)};
        const struct json_member outer = {TEXT("o"), json_object(&inner, 1)};
        const struct json_value result = json_object(&outer, 1);
        struct json_value cut;
        cr_assert_eq(action_result_cut(arena, &result, &cut), STATUS_OK);
        cr_expect_eq(cut.object.count, rows[i].large ? 2 : 1, "row %zu", i);
        if (rows[i].large)
            assert_text(json_to_text(arena, &cut), "{\"o\":\"[LARGE_OBJECT_TRUNCATED]\",\"o_truncated\":true}");
    }

    /* [1,1,...]: 25,599 ones are 51,199 bytes */
    for (size_t count = 25599; count <= 25600; count++) {
        struct json_value *items = ARENA_ARRAY(arena, count, struct json_value);
        for (size_t i = 0; i < count; i++)
            items[i] = i == 0 ? json_null() : json_number(TEXT("1"));
        items[0] = json_number(TEXT("10"));
        const struct json_member member = {TEXT("l"), json_array(items, count)};
        const struct json_value result = json_object(&member, 1);
        struct json_value cut;
        cr_assert_eq(action_result_cut(arena, &result, &cut), STATUS_OK);
        cr_expect_eq(cut.object.count, count == 25599 ? 1 : 2);
    }

    /* the smallest values of each kind are counted right: [null,true,false,{},[],{"a":1,"b":""}] is 38 bytes */
    const struct json_member sample = {TEXT("l"), test_json(arena, "[null,true,false,{},[],{\"a\":1,\"b\":\"\"}]")};
    struct json_value items[2] = {sample.value, test_long_text(arena, 51200 - 38 - 5, "")};
    for (size_t more = 0; more <= 1; more++) {
        items[1].string.size += more;
        const struct json_member member = {TEXT("l"), json_array(items, 2)};
        const struct json_value result = json_object(&member, 1);
        struct json_value cut;
        cr_assert_eq(action_result_cut(arena, &result, &cut), STATUS_OK);
        cr_expect_eq(cut.object.count, more == 0 ? 1 : 2);
    }
    arena_free(arena);
}

Test(result_cut, the_flag_replaces_a_field_of_its_name)
{
    struct arena *arena = test_arena();
    const struct json_member members[] = {
        {TEXT("k"), test_long_text(arena, 60000, "")},
        {TEXT("k_truncated"), test_long_text(arena, 60000, "")},
        {TEXT("l"), test_long_text(arena, 60000, "")},
        {TEXT("l_truncated"), json_string(TEXT("no"))},
    };
    const struct json_value result = json_object(members, 4);
    struct json_value cut;
    cr_assert_eq(action_result_cut(arena, &result, &cut), STATUS_OK);
    cr_expect_eq(cut.object.count, 5);
    cr_expect_eq(json_get(&cut, TEXT("k_truncated"))->type, JSON_BOOLEAN);
    cr_expect_eq(json_get(&cut, TEXT("k_truncated_truncated"))->type, JSON_BOOLEAN);
    cr_expect_eq(json_get(&cut, TEXT("l_truncated"))->type, JSON_BOOLEAN);
    arena_free(arena);
}

Test(result_cut, finds_flags_among_many_fields)
{
    struct arena *arena = test_arena();
    struct json_member members[100];
    for (size_t i = 0; i < 100; i++)
        members[i] = (struct json_member){arena_print(arena, "f%zu", i), json_null()};
    members[3].value = members[50].value = test_long_text(arena, 60000, "");
    members[99] = (struct json_member){TEXT("f3_truncated"), json_string(TEXT("no"))};
    members[98] = (struct json_member){TEXT("f4_truncated"), json_string(TEXT("no"))};
    const struct json_value result = json_object(members, 100);
    struct json_value cut;
    cr_assert_eq(action_result_cut(arena, &result, &cut), STATUS_OK);
    cr_expect_eq(cut.object.count, 101);
    cr_expect(cut.object.members[99].value.type == JSON_BOOLEAN);
    cr_expect(cut.object.members[98].value.type == JSON_STRING, "f4 is not cut");
    cr_expect(text_is(cut.object.members[100].key, "f50_truncated"));
    arena_free(arena);
}
