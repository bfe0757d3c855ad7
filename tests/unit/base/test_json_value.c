/* Making, finding, copying and comparing values. */
#include <criterion/criterion.h>

#include "base/json.h"
#include "base/limits.h"

static struct arena *arena;

static void set_up(void)
{
    arena = arena_new(MIB(64), 0);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(json_value, .init = set_up, .fini = tear_down);

static struct json_value parsed(const char *document)
{
    struct json_value value;
    struct error error = ERROR_IN(arena);
    cr_assert_eq(json_read(arena, text_from(document), &value, &error), STATUS_OK, "%s: %.*s", document,
                 TEXT_ARG(error.message));
    return value;
}

Test(json_value, finds_members)
{
    struct json_value value = parsed("{\"rule_id\":1,\"Rule_ID\":2,\"name\":\"n\",\"none\":null}");
    cr_expect(text_is(json_get(&value, TEXT("rule_id"))->number, "1"));
    cr_expect(text_is(json_get(&value, TEXT("Rule_ID"))->number, "2"));
    cr_expect_null(json_get(&value, TEXT("RULE_ID")), "case matters");
    cr_expect(text_is(json_get_lenient(&value, TEXT("Rule_ID"))->number, "2"), "the exact key first");
    cr_expect(text_is(json_get_lenient(&value, TEXT("RULE_ID"))->number, "1"));
    cr_expect(text_is(json_get_lenient(&value, TEXT("NAME"))->string, "n"));
    cr_expect_null(json_get_lenient(&value, TEXT("names")));
    cr_expect(text_is(json_get_text(&value, TEXT("name")), "n"));
    cr_expect_null(json_get_text(&value, TEXT("rule_id")).data, "no string");
    cr_expect_null(json_get_text(&value, TEXT("absent")).data);
    struct json_value array = parsed("[1]");
    cr_expect_null(json_get(&array, TEXT("0")));
    cr_expect_null(json_get(NULL, TEXT("a")));
    cr_expect_null(json_get_lenient(NULL, TEXT("a")));
    cr_expect_null(json_get_text(NULL, TEXT("a")).data);
}

Test(json_value, is_made_by_hand)
{
    struct json_value items[] = {json_null(), json_boolean(true), json_number(TEXT("1.50"))};
    struct json_member members[] = {
        {.key = TEXT("items"), .value = json_array(items, 3)},
        {.key = TEXT("least"), .value = json_integer(arena, INT64_MIN)},
        {.key = TEXT("text"), .value = json_string(TEXT("t"))},
        {.key = TEXT("nothing"), .value = json_object(NULL, 0)},
    };
    struct json_value value = json_object(members, 4);
    cr_expect_str_eq(json_to_text(arena, &value).data, "{\"items\":[null,true,1.50],\"least\":-9223372036854775808,"
                                                       "\"text\":\"t\",\"nothing\":{}}");
    arena_fail_after(arena, 1);
    cr_expect_eq(json_integer(arena, 7).type, JSON_NULL);
}

Test(json_value, copies_share_nothing)
{
    const char *document = "{\"a\":[1.50,\"s\",{\"b\":null}],\"c\":true,\"d\":{},\"e\":[]}";
    struct arena *source = arena_new(MIB(1), 0);
    struct json_value value, copy;
    cr_assert_eq(json_read(source, text_from(document), &value, NULL), STATUS_OK);
    cr_assert_eq(json_copy(arena, &value, &copy), STATUS_OK);
    cr_expect(json_equal(&value, &copy));
    arena_free(source);
    cr_expect_str_eq(json_to_text(arena, &copy).data, document);
}

Test(json_value, every_allocation_of_a_copy_may_fail)
{
    struct json_value value = parsed("{\"a\":[1.50,\"s\",{\"b\":null}],\"c\":true}"), copy;
    enum status status = STATUS_BUDGET;
    for (size_t n = 1; status != STATUS_OK; n++) {
        struct arena *failing = arena_new(MIB(1), 0);
        arena_fail_after(failing, n);
        status = json_copy(failing, &value, &copy);
        cr_assert(status == STATUS_OK || status == STATUS_BUDGET);
        arena_free(failing);
        cr_assert_lt(n, 100);
    }
}

Test(json_value, equals)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } table[] = {
        {"null", "null", true},
        {"null", "false", false},
        {"true", "true", true},
        {"true", "false", false},
        {"1.0", "1.0", true},
        {"1.0", "1", false}, /* by their text */
        {"\"1\"", "1", false},
        {"\"a\"", "\"\\u0061\"", true},
        {"[1,2]", "[1,2]", true},
        {"[1,2]", "[2,1]", false},
        {"[1,2]", "[1]", false},
        {"[]", "{}", false},
        {"{\"a\":1,\"b\":[{}]}", "{\"b\":[{}],\"a\":1}", true},
        {"{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}", false},
        {"{\"a\":1}", "{\"a\":1,\"b\":2}", false},
        {"{\"a\":1}", "{\"A\":1}", false},
        {"{\"a\":{\"x\":1}}", "{\"a\":{\"x\":2}}", false},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct json_value a = parsed(table[i].a), b = parsed(table[i].b);
        cr_expect_eq(json_equal(&a, &b), table[i].equal, "%s and %s", table[i].a, table[i].b);
        cr_expect_eq(json_equal(&b, &a), table[i].equal, "%s and %s", table[i].b, table[i].a);
    }
}

/* {"k0":0, ...} with members in another order for another step, and this value at one key. */
static struct json_value object_of(size_t count, size_t step, const char *changed)
{
    struct json_member *members = ARENA_ARRAY(arena, count, struct json_member);
    cr_assert_not_null(members);
    for (size_t i = 0; i < count; i++) {
        size_t number = i * step % count;
        members[i].key = arena_print(arena, "k%zu", number);
        members[i].value = number == count / 2 ? json_string(text_from(changed)) : json_integer(arena, (int64_t)number);
    }
    return json_object(members, count);
}

Test(json_value, large_objects_equal_in_any_order)
{
    static const size_t counts[] = {16, 17, 1000, 100000};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct json_value a = object_of(counts[i], 1, "x"), b = object_of(counts[i], 7919, "x"),
                          c = object_of(counts[i], 7919, "y");
        cr_expect(json_equal(&a, &b), "%zu", counts[i]);
        cr_expect_not(json_equal(&a, &c), "%zu", counts[i]);
    }
}

Test(json_value, whole_numbers)
{
    static const struct {
        const char *document;
        bool whole;
        int64_t number;
    } table[] = {
        {"1", true, 1},
        {"-0", true, 0},
        {"1.0", true, 1},
        {"1e3", true, 1000},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9007199254740993", true, 9007199254740993},
        {"9223372036854775808", false, 0},
        {"1.5", false, 0},
        {"1e-999", false, 0},
        {"1e300", false, 0},
        {"\"1\"", false, 0},
        {"null", false, 0},
        {"[1]", false, 0},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct json_value value = parsed(table[i].document);
        int64_t number = 0;
        cr_expect_eq(json_to_int64(&value, &number), table[i].whole, "%s", table[i].document);
        cr_expect_eq(number, table[i].number, "%s", table[i].document);
    }
}

Test(json_value, types_have_names)
{
    static const char *const names[] = {"null", "boolean", "number", "string", "array", "object"};
    for (int type = JSON_NULL; type <= JSON_OBJECT; type++)
        cr_expect_str_eq(json_type_name((enum json_type)type), names[type]);
}

/* ---- objects that are too large to be scanned ---- */

#define LARGE 1000

/* Members field_N in another order than that of their keys. */
static struct json_member *large_members(void)
{
    struct json_member *members = ARENA_ARRAY(arena, LARGE, struct json_member);
    for (size_t i = 0; i < LARGE; i++)
        members[i] = (struct json_member){.key = arena_print(arena, "field_%zu", i * 7 % LARGE),
                                          .value = json_integer(arena, (int64_t)(i * 7 % LARGE))};
    return members;
}

static void expect_all_found(const struct json_value *object)
{
    for (size_t i = 0; i < LARGE; i++) {
        const struct json_value *value = json_get(object, arena_print(arena, "field_%zu", i));
        int64_t number;
        cr_assert_not_null(value, "field_%zu", i);
        cr_assert(json_to_int64(value, &number) && number == (int64_t)i);
    }
    cr_expect_null(json_get(object, TEXT("field_1000")));
    cr_expect_null(json_get(object, TEXT("")));
    cr_expect_null(json_get(object, TEXT("zzz")));
    cr_expect_null(json_get(object, TEXT("FIELD_7")));
    cr_expect_not_null(json_get_lenient(object, TEXT("FIELD_7")));
}

Test(json_value, finds_members_of_large_objects)
{
    struct json_value written = json_object(large_members(), LARGE), copy, sorted_copy;
    struct json_value read = parsed(json_to_text(arena, &written).data);
    cr_expect_eq(read.lookup, JSON_LOOKUP_INDEXED);
    expect_all_found(&read);
    cr_expect(text_is(read.object.members[1].key, "field_7"), "the order of the document is kept");
    cr_assert_eq(json_copy(arena, &read, &copy), STATUS_OK);
    cr_expect_eq(copy.lookup, JSON_LOOKUP_INDEXED);
    expect_all_found(&copy);

    struct json_value sorted = json_object_sorted(large_members(), LARGE);
    cr_expect_eq(sorted.lookup, JSON_LOOKUP_SORTED);
    expect_all_found(&sorted);
    cr_assert_eq(json_copy(arena, &sorted, &sorted_copy), STATUS_OK);
    expect_all_found(&sorted_copy);
    cr_expect(json_equal(&sorted_copy, &read));
}

Test(json_value, keeps_the_order_of_small_objects)
{
    struct json_member members[] = {{TEXT("b"), json_null()}, {TEXT("a"), json_null()}};
    const struct json_value object = json_object_sorted(members, 2);
    cr_expect(text_is(object.object.members[0].key, "b"));
    cr_expect_not_null(json_get(&object, TEXT("a")));
}
