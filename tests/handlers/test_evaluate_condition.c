#include <criterion/criterion.h>

#include "action/perform.h"
#include "base/limits.h"
#include "generated/evaluate_condition.h"

static struct arena *arena;

static void begin(void)
{
    arena = arena_new(MIB(4), 0);
    cr_assert_not_null(arena);
}

static void end(void)
{
    arena_free(arena);
}

TestSuite(evaluate_condition, .init = begin, .fini = end);

static struct json_value read(const char *document)
{
    struct json_value value;
    cr_assert_eq(json_read(arena, text_from(document), &value, NULL), STATUS_OK, "%s", document);
    return value;
}

/* Performs the action end to end: from the saved config to the result that the workflow gets, or the failure. */
static struct text performed(const char *config, const char *context)
{
    const struct action_environment environment = {.catalog = &action_catalog_core, .attempt = 1, .local = true};
    const struct action_request request = {
        .action_id = TEXT("a0000000-0000-4000-8000-000000000001"),
        .action_name = TEXT("check"),
        .action_type = TEXT("evaluate_condition"),
        .execution_id = TEXT("22222222-2222-4222-8222-222222222222"),
        .config = read(config),
        .context = read(context),
    };
    struct action_report report;
    action_perform(&environment, arena, &request, &report);
    return report.outcome == ACTION_OUTCOME_DONE ? json_to_text(arena, &report.result) : report.failure;
}

#define HOLDS     "{\"evaluated\":true,\"result\":true,\"branch_taken\":\"true_branch\",\"output\":\"true\"}"
#define HOLDS_NOT "{\"evaluated\":true,\"result\":false,\"branch_taken\":\"false_branch\",\"output\":\"false\"}"

#define YES       "{\"field_name\":\"a\",\"operator\":\"equals\",\"value\":1}"
#define NO        "{\"field_name\":\"a\",\"operator\":\"equals\",\"value\":2}"
#define WEIRD     "{\"field_name\":\"a\",\"operator\":\"like\",\"value\":1}"

Test(evaluate_condition, and_or)
{
    static const struct {
        const char *config;
        bool holds;
    } rows[] = {
        {"{\"conditions\":[" YES "]}", true},
        {"{\"conditions\":[" NO "]}", false},
        {"{\"conditions\":[" YES "," YES "]}", true},
        {"{\"conditions\":[" YES "," NO "]}", false},
        {"{\"conditions\":[" NO "," YES "]}", false},
        {"{\"logic_type\":\"and\",\"conditions\":[" NO "," YES "]}", false},
        {"{\"logic_type\":\"or\",\"conditions\":[" NO "," YES "]}", true},
        {"{\"logic_type\":\"or\",\"conditions\":[" YES "," NO "]}", true},
        {"{\"logic_type\":\"or\",\"conditions\":[" NO "," NO "]}", false},
        {"{\"logic_type\":\"\",\"conditions\":[" YES "]}", true},
        {"{\"logic_type\":null,\"conditions\":[" YES "]}", true},
        /* unknown logic never holds, nor does an unknown operator */
        {"{\"logic_type\":\"xor\",\"conditions\":[" YES "]}", false},
        {"{\"logic_type\":\"AND\",\"conditions\":[" YES "]}", false},
        {"{\"conditions\":[" WEIRD "]}", false},
        {"{\"logic_type\":\"or\",\"conditions\":[" WEIRD "," YES "]}", true},
        /* no conditions hold */
        {"{\"conditions\":[]}", true},
        {"{\"logic_type\":\"or\",\"conditions\":[]}", true},
        {"{\"conditions\":null}", true},
        {"{}", true},
        {"null", true},
        /* keys of other versions and in other case */
        {"{\"Conditions\":[{\"FIELD_NAME\":\"a\",\"Operator\":\"equals\",\"Value\":1,\"more\":[]}]}", true},
        {"{\"conditions\":[{\"field\":\"a\",\"operator\":\"equals\",\"value\":1}]}", true},
        /* absent members */
        {"{\"conditions\":[{}]}", false},
        {"{\"conditions\":[{\"operator\":\"is_null\"}]}", true},
        {"{\"conditions\":[{\"field_name\":\"b\",\"operator\":\"equals\"}]}", true},
        /* numbers keep every digit */
        {"{\"conditions\":[{\"field_name\":\"n\",\"operator\":\"equals\",\"value\":9007199254740993}]}", true},
        {"{\"conditions\":[{\"field_name\":\"n\",\"operator\":\"equals\",\"value\":9007199254740992}]}", false},
        {"{\"conditions\":[{\"field_name\":\"money\",\"operator\":\"greater_than\",\"value\":5000}]}", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text found = performed(rows[i].config, "{\"a\":1,\"n\":9007199254740993,\"money\":\"12000.00\"}");
        cr_expect(text_is(found, rows[i].holds ? HOLDS : HOLDS_NOT), "%s: %.*s", rows[i].config, TEXT_ARG(found));
    }
}

Test(evaluate_condition, results_and_changes)
{
    static const char context[] =
        "{\"event_type\":\"on_update\",\"check stock.quantity\":3,\"check stock\":{\"quantity\":3},"
        "\"field_changes\":{\"status\":{\"old_value\":\"new\",\"new_value\":\"shipped\"}}}";
    struct text found =
        performed("{\"conditions\":["
                  "{\"field_name\":\"check stock.quantity\",\"operator\":\"less_than\",\"value\":5},"
                  "{\"field_name\":\"status\",\"operator\":\"changed_to\",\"value\":\"shipped\"},"
                  "{\"field_name\":\"status\",\"operator\":\"changed_from\",\"previous_value\":\"new\"}]}",
                  context);
    cr_expect(text_is(found, HOLDS), "%.*s", TEXT_ARG(found));
}

Test(evaluate_condition, invalid_configs)
{
    static const char prefix[] = "action check (a0000000-0000-4000-8000-000000000001): execute: failed to parse "
                                 "condition config: ";
    static const char *const configs[] = {"[]",
                                          "7",
                                          "{\"conditions\":{}}",
                                          "{\"conditions\":[7]}",
                                          "{\"conditions\":[{\"field_name\":7}]}",
                                          "{\"logic_type\":true}"};
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        struct text found = performed(configs[i], "{}");
        cr_expect(text_starts(found, text_from(prefix)), "%s: %.*s", configs[i], TEXT_ARG(found));
    }
}

/* Conditions after the deciding one are not evaluated. Running out of memory is a refusal, not a result. */
Test(evaluate_condition, stops_early)
{
    const struct json_value context = read("{\"a\":1,\"list\":[1,2]}");
    const struct evaluate_condition_condition items[] = {
        {.field_name = TEXT("a"), .operator_ = TEXT("equals"), .value = json_number(TEXT("2"))},
        {.field_name = TEXT("list"), .operator_ = TEXT("equals"), .value = json_string(TEXT("[1 2]"))},
    };
    struct evaluate_condition_config config = {.conditions = {items, 2}};
    struct evaluate_condition_result result = {0};
    struct action_call call = {.arena = arena, .context = &context};
    arena_fail_after(arena, 1);
    cr_expect_eq(handle_evaluate_condition(&call, NULL, &config, &result), ACTION_OUTCOME_DONE);
    cr_expect(result.evaluated);
    cr_expect_not(result.result);

    config.logic_type = EVALUATE_CONDITION_LOGIC_TYPE_OR;
    arena_fail_after(arena, 1);
    cr_expect_eq(handle_evaluate_condition(&call, NULL, &config, &result), ACTION_OUTCOME_REFUSED);
    cr_expect_gt(call.failure.size, 0);

    arena_fail_after(arena, 0);
    cr_expect_eq(handle_evaluate_condition(&call, NULL, &config, &result), ACTION_OUTCOME_DONE);
    cr_expect(result.result);
}
