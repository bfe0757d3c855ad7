/* Conditions, with a second verdict where this worker differs from the Go worker on purpose. */
#include "action/condition.h"
#include "support.h"

#define SAME (-1)

/* A condition on the field `f`. */
struct row {
    const char *context; /* members of the context, without the braces */
    const char *operator;
    const char *value;    /* NULL: absent */
    const char *previous; /* previous_value; NULL: absent */
    int go;               /* the Go worker's verdict */
    int decided;          /* SAME, or the verdict with numbers compared as decimals */
};

static bool holds(struct arena *arena, const char *context, const char *operator, const char * value,
                  const char *previous)
{
    struct text members = arena_print(arena, "{%s}", context);
    const struct json_value object = test_json(arena, members.data);
    const struct condition condition = {
        .field_name = TEXT("f"),
        .operator= condition_operator_parse(text_from(operator)),
        .value = value != NULL ? test_json(arena, value) : json_null(),
        .previous_value = previous != NULL ? test_json(arena, previous) : json_null(),
    };
    bool result;
    cr_assert_eq(condition_holds(arena, &condition, &object, &result), STATUS_OK);
    return result;
}

static void check_rows(const struct row *rows, size_t count)
{
    struct arena *arena = test_arena();
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        bool expected = row->decided == SAME ? row->go : row->decided;
        cr_assert(row->decided == SAME || row->decided != row->go, "row %zu: the same as the Go worker", i);
        cr_expect_eq(holds(arena, row->context, row->operator, row->value, row->previous), expected,
                     "row %zu: %s %s %s", i, row->context, row->operator, row->value != NULL ? row->value : "-");
    }
    arena_free(arena);
}

#define CHECK_ROWS(rows_) check_rows((rows_), sizeof(rows_) / sizeof((rows_)[0]))

Test(condition, verdicts_of_the_go_worker)
{
    static const struct row rows[] = {
        {"\"f\":5", "equals", "\"5\"", NULL, true, SAME},
        {"\"f\":5", "equals", "5.0", NULL, true, SAME},
        {"\"f\":1000000", "equals", "\"1000000\"", NULL, false, true},
        {"\"f\":1000000", "equals", "\"1e+06\"", NULL, true, SAME},
        {"\"f\":1000000", "equals", "1000000", NULL, true, SAME},
        {"\"f\":999999", "equals", "\"999999\"", NULL, true, SAME},
        {"\"f\":true", "equals", "\"true\"", NULL, true, SAME},
        {"\"f\":true", "equals", "1", NULL, false, SAME},
        {"\"f\":0", "equals", "false", NULL, false, SAME},
        {"\"f\":null", "equals", "null", NULL, true, SAME},
        {"", "equals", "null", NULL, true, SAME},
        {"", "equals", NULL, NULL, true, SAME},
        {"\"f\":null", "equals", "\"\"", NULL, false, SAME},
        {"\"f\":null", "equals", "\"<nil>\"", NULL, false, SAME},
        {"\"f\":null", "not_equals", "\"x\"", NULL, true, SAME},
        {"\"f\":\"\"", "is_null", NULL, NULL, false, SAME},
        {"\"f\":\"Abc\"", "equals", "\"abc\"", NULL, false, SAME},
        {"\"f\":[\"a\",\"b\"]", "equals", "\"[a b]\"", NULL, true, SAME},
        {"\"f\":{\"b\":1,\"a\":2}", "equals", "{\"a\":2,\"b\":1}", NULL, true, SAME},
        {"\"f\":-0.0", "equals", "0", NULL, false, true},
        {"\"f\":10", "greater_than", "9", NULL, true, SAME},
        {"\"f\":\"10\"", "greater_than", "9", NULL, false, true},
        {"\"f\":\"9\"", "greater_than", "10", NULL, true, false},
        {"\"f\":10", "greater_than", "\"9\"", NULL, false, true},
        {"\"f\":\"2026-02-10\"", "greater_than", "\"2026-01-01\"", NULL, true, SAME},
        {"\"f\":true", "greater_than", "false", NULL, true, SAME},
        {"\"f\":null", "greater_than", "5", NULL, false, SAME},
        {"\"f\":null", "less_than", "5", NULL, false, SAME},
        {"\"f\":5", "less_than", "null", NULL, false, SAME},
        {"\"f\":\"high\"", "in", "[\"high\",\"critical\"]", NULL, true, SAME},
        {"\"f\":null", "in", "[null]", NULL, true, SAME},
        {"\"f\":5", "in", "[\"5\"]", NULL, true, SAME},
        {"\"f\":\"abc\"", "in", "\"abc\"", NULL, false, SAME},
        {"\"f\":123", "contains", "\"2\"", NULL, false, SAME},
        {"\"event_type\":\"on_update\",\"f\":\"shipped\"", "changed_to", "\"shipped\"", NULL, true, SAME},
        {"\"event_type\":\"on_update\",\"f\":\"shipped\"", "changed_from", NULL, NULL, true, SAME},
        {"\"event_type\":\"on_update\",\"f\":\"shipped\"", "changed_from", NULL, "\"pending\"", false, SAME},
        {"\"event_type\":\"on_update\",\"field_changes\":{\"f\":{\"old_value\":\"a\",\"new_value\":\"b\"}}",
         "changed_from", NULL, "\"a\"", true, SAME},
        {"\"event_type\":\"on_update\",\"field_changes\":{\"g\":{}},\"f\":\"x\"", "changed_to", "\"x\"", NULL, false,
         SAME},
        {"\"event_type\":\"on_create\",\"f\":\"x\"", "changed_to", "\"x\"", NULL, false, SAME},
        {"\"f\":\"12000.00\"", "greater_than", "5000", NULL, false, true},
        {"\"f\":\"6.00\"", "greater_than", "5000", NULL, true, false},
    };
    CHECK_ROWS(rows);
}

Test(condition, numbers_compare_exactly)
{
    static const struct row rows[] = {
        /* doubles cannot tell these apart */
        {"\"f\":9007199254740993", "equals", "9007199254740992", NULL, true, false},
        {"\"f\":9007199254740993", "greater_than", "9007199254740992", NULL, false, true},
        {"\"f\":1234567890123460", "equals", "\"1234567890123460\"", NULL, false, true},
        {"\"f\":0.1", "equals", "\"0.10\"", NULL, false, true},
        {"\"f\":\"1.50\"", "equals", "1.5", NULL, false, true},
        {"\"f\":\"10\"", "greater_than", "\"9\"", NULL, false, true},
        {"\"f\":\"10\"", "less_than", "\"9\"", NULL, true, false},
        /* two texts are equal only as texts */
        {"\"f\":\"5\"", "equals", "\"5.0\"", NULL, false, SAME},
        /* a text that is not a number as a whole is a text */
        {"\"f\":5", "equals", "\" 5\"", NULL, false, SAME},
        {"\"f\":10", "greater_than", "\"9 kg\"", NULL, false, SAME},
        {"\"f\":10", "less_than", "\"abc\"", NULL, true, SAME},
        {"\"f\":\"abc\"", "greater_than", "5", NULL, true, SAME},
        {"\"f\":5", "in", "[\"x\",\"5.0\"]", NULL, false, true},
        /* numbers inside of arrays and objects are plain */
        {"\"f\":[1000000,1.0]", "equals", "\"[1000000 1]\"", NULL, false, true},
        {"\"f\":{\"a\":[null,{\"b\":true}]}", "equals", "\"map[a:[<nil> map[b:true]]]\"", NULL, true, SAME},
        {"\"f\":[]", "equals", "\"[]\"", NULL, true, SAME},
        {"\"f\":{}", "equals", "\"map[]\"", NULL, true, SAME},
        {"\"f\":0e999", "equals", "0e999", NULL, true, SAME},
        {"\"f\":0e999", "less_than", "1", NULL, true, SAME},
    };
    CHECK_ROWS(rows);
}

Test(condition, other_operators)
{
    static const struct row rows[] = {
        {"\"f\":\"abc\"", "contains", "\"b\"", NULL, true, SAME},
        {"\"f\":\"abc\"", "contains", "\"\"", NULL, true, SAME},
        {"\"f\":\"abc\"", "contains", "\"B\"", NULL, false, SAME},
        {"\"f\":[\"a\"]", "contains", "\"a\"", NULL, false, SAME},
        {"\"f\":null", "contains", "null", NULL, false, SAME},
        {"\"f\":0", "is_null", NULL, NULL, false, SAME},
        {"\"f\":false", "is_not_null", NULL, NULL, true, SAME},
        {"\"f\":[]", "is_not_null", NULL, NULL, true, SAME},
        {"", "is_null", NULL, NULL, true, SAME},
        {"", "is_not_null", NULL, NULL, false, SAME},
        {"\"f\":null", "not_equals", "null", NULL, false, SAME},
        {"\"f\":\"x\"", "not_equals", "\"y\"", NULL, true, SAME},
        {"\"f\":\"x\"", "in", "[]", NULL, false, SAME},
        {"\"f\":\"b\"", "greater_than", "\"a\"", NULL, true, SAME},
        {"\"f\":\"b\"", "less_than", "\"a\"", NULL, false, SAME},
        {"\"f\":\"b\"", "greater_than", "\"b\"", NULL, false, SAME},
        {"\"f\":\"x\"", "not_in", "[\"y\"]", NULL, false, SAME},
        {"\"f\":\"x\"", "", "\"x\"", NULL, false, SAME},
        {"\"f\":\"x\"", "Equals", "\"x\"", NULL, false, SAME},
    };
    CHECK_ROWS(rows);
}

Test(condition, what_changed)
{
    static const char listed[] = "\"event_type\":\"on_update\",\"f\":\"snapshot\","
                                 "\"field_changes\":{\"f\":{\"old_value\":\"a\",\"new_value\":\"b\"}}";
    static const char created[] = "\"event_type\":\"on_create\",\"f\":\"snapshot\","
                                  "\"field_changes\":{\"f\":{\"old_value\":\"a\",\"new_value\":\"b\"}}";
    static const char no_object[] = "\"event_type\":\"on_update\",\"f\":\"x\",\"field_changes\":{\"f\":7}";
    static const char empty[] = "\"event_type\":\"on_update\",\"f\":\"x\",\"field_changes\":{}";
    static const char half[] = "\"event_type\":\"on_update\",\"f\":\"x\",\"field_changes\":{\"f\":{\"old_value\":1}}";
    static const struct row rows[] = {
        {listed, "equals", "\"b\"", NULL, true, SAME},
        {listed, "equals", "\"snapshot\"", NULL, false, SAME},
        {listed, "changed_to", "\"b\"", NULL, true, SAME},
        {listed, "changed_to", "\"a\"", NULL, false, SAME},
        {listed, "changed_from", "\"b\"", "\"b\"", false, SAME},
        /* only an update has changes */
        {created, "equals", "\"snapshot\"", NULL, true, SAME},
        {created, "changed_to", "\"b\"", NULL, false, SAME},
        {created, "changed_from", NULL, "\"a\"", false, SAME},
        {no_object, "changed_from", NULL, "\"x\"", true, SAME},
        {empty, "changed_to", "\"x\"", NULL, false, SAME},
        {half, "is_null", NULL, NULL, true, SAME},
        {half, "changed_from", NULL, "1", true, SAME},
    };
    CHECK_ROWS(rows);
}

Test(condition, fields_of_results)
{
    struct arena *arena = test_arena();
    const struct json_value context =
        test_json(arena, "{\"check stock.quantity\":3,\"check\":{\"deep\":{\"a\":1}},\"check.deep\":7}");
    struct condition condition = {.operator= CONDITION_EQUALS };
    bool result;

    condition.field_name = TEXT("check stock.quantity");
    condition.value = test_json(arena, "3");
    cr_assert_eq(condition_holds(arena, &condition, &context, &result), STATUS_OK);
    cr_expect(result);

    condition.field_name = TEXT("check.deep"); /* a whole key takes precedence over a path */
    condition.value = test_json(arena, "7");
    cr_assert_eq(condition_holds(arena, &condition, &context, &result), STATUS_OK);
    cr_expect(result);

    condition.field_name = TEXT("check.deep.a");
    condition.value = test_json(arena, "1");
    cr_assert_eq(condition_holds(arena, &condition, &context, &result), STATUS_OK);
    cr_expect(result);
    arena_free(arena);
}

/* Comparing scalars needs no memory. Without memory for others, the status says so. */
Test(condition, no_memory)
{
    struct arena *arena = test_arena();
    const struct json_value context =
        test_json(arena, "{\"event_type\":\"on_update\",\"s\":\"x\",\"n\":1500000,\"a\":[{\"k\":1},2]}");
    const struct json_value number = test_json(arena, "\"1500000.0\""), word = test_json(arena, "\"[map[k:1] 2]\"");
    const struct json_value words = test_json(arena, "[\"y\",\"x\"]");
    const struct condition scalars[] = {
        {TEXT("s"), CONDITION_IN, words, json_null()},
        {TEXT("n"), CONDITION_EQUALS, number, json_null()},
        {TEXT("missing"), CONDITION_IS_NULL, json_null(), json_null()},
    };
    bool result;
    for (size_t i = 0; i < sizeof scalars / sizeof scalars[0]; i++) {
        arena_fail_after(arena, 1);
        cr_expect_eq(condition_holds(arena, &scalars[i], &context, &result), STATUS_OK);
        cr_expect(result, "%zu", i);
    }

    static const enum condition_operator operators[] = {CONDITION_EQUALS,     CONDITION_NOT_EQUALS,
                                                        CONDITION_LESS_THAN,  CONDITION_GREATER_THAN,
                                                        CONDITION_CHANGED_TO, CONDITION_IN};
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        const struct condition composite = {TEXT("a"), operators[i],
                                            operators[i] == CONDITION_IN ? json_array(&word, 1) : word, json_null()};
        bool good = false;
        for (size_t allocations = 1; !good; allocations++) {
            arena_fail_after(arena, allocations);
            enum status status = condition_holds(arena, &composite, &context, &result);
            cr_assert(status == STATUS_OK || status == STATUS_BUDGET);
            good = status == STATUS_OK;
            cr_assert(good || allocations < 20);
            cr_assert(allocations > 1 || !good, "operator %zu compares arrays without memory", i);
        }
        arena_fail_after(arena, 0);
    }
    arena_free(arena);
}
