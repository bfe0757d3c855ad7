/* What no action of the spec has: variants in a config, and results that people are not shown. */
#include <criterion/criterion.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "check/rule_check.h"

static const struct field_type up_fields[] = {
    {.name = "floor", .kind = FIELD_STRING, .text = FIELD_TEXT_TEMPLATE},
    {.name = "count", .kind = FIELD_INTEGER, .text = FIELD_TEXT_TEMPLATE},
};
static const struct field_type ways[] = {
    {.name = "up", .kind = FIELD_OBJECT, .fields = up_fields, .field_count = 2},
    {.name = "down", .kind = FIELD_OBJECT},
};
static const struct field_type config_fields[] = {
    {.name = "move", .kind = FIELD_VARIANT, .tag = "way", .fields = ways, .field_count = 2},
    {.name = "text", .kind = FIELD_STRING, .text = FIELD_TEXT_TEMPLATE},
};
static const struct field_type safe_fields[] = {{.name = "code", .kind = FIELD_STRING}};
static const struct field_type result_fields[] = {
    {.name = "safe", .kind = FIELD_OBJECT, .sensitive = true, .fields = safe_fields, .field_count = 1},
    {.name = "weight", .kind = FIELD_INTEGER},
};
static const char *const outputs[] = {"success"};
static const struct action_type types[] = {{.name = "lift",
                                            .outputs = outputs,
                                            .output_count = 1,
                                            .config_fields = config_fields,
                                            .config_field_count = 2,
                                            .result_fields = result_fields,
                                            .result_field_count = 2}};
static const struct action_catalog catalog = {.types = types, .count = 1};

#define ID_A "a0000000-0000-4000-8000-00000000000a"
#define ID_B "a0000000-0000-4000-8000-00000000000b"

/* The faults of a rule of two actions, of which the second has this config: one line each. */
static const char *faults_of(struct arena *arena, const char *config)
{
    struct text rule = arena_print(
        arena,
        "{\"actions\":[{\"id\":\"" ID_A
        "\",\"name\":\"first\",\"action_type\":\"lift\",\"is_active\":true,\"action_config\":{}},"
        "{\"id\":\"" ID_B
        "\",\"name\":\"second\",\"action_type\":\"lift\",\"is_active\":true,\"action_config\":%s}],\"edges\":["
        "{\"source_action_id\":null,\"target_action_id\":\"" ID_A "\",\"edge_type\":\"start\"},"
        "{\"source_action_id\":\"" ID_A "\",\"target_action_id\":\"" ID_B "\",\"edge_type\":\"sequence\"}]}",
        config);
    struct json_value document, trigger;
    struct graph graph;
    struct error error = ERROR_IN(arena);
    cr_assert_eq(json_read(arena, rule, &document, &error), STATUS_OK);
    cr_assert_eq(json_read(arena, TEXT("{\"number\":\"SO-1\"}"), &trigger, &error), STATUS_OK);
    cr_assert_eq(graph_read(arena, arena, &document, TEXT(""), &graph, NULL, &error), STATUS_OK);
    const struct rule_check_options options = {.catalog = &catalog, .trigger = &trigger};
    struct check_faults faults = {.arena = arena};
    cr_assert_eq(rule_check(&graph, &options, &faults, &error), STATUS_OK);
    struct buffer lines = buffer_in(arena, KIB(64));
    for (size_t i = 0; i < faults.count; i++)
        buffer_print(&lines, "%s %s %.*s:%zu\n", check_severity_name(faults.items[i].severity), faults.items[i].code,
                     TEXT_ARG(faults.items[i].pointer), faults.items[i].column);
    return arena_print(arena, "%.*s", TEXT_ARG(buffer_text(&lines))).data;
}

#define expect_faults(config_, expected_)                                                                              \
    do {                                                                                                               \
        struct arena *arena_ = arena_must_new(MIB(4), 0);                                                              \
        cr_expect_str_eq(faults_of(arena_, (config_)), (expected_));                                                   \
        arena_free(arena_);                                                                                            \
    } while (0)

Test(rule_check, fields_of_the_variant_that_the_tag_names)
{
    expect_faults("{\"move\":{\"way\":\"up\",\"floor\":\"{{number}}\",\"count\":\"{{first.weight}}\"}}", "");
    expect_faults("{\"move\":{\"WAY\":\"up\",\"floor\":\"{{nubmer}}\"}}",
                  "error unknown_variable /actions/1/action_config/move/floor:3\n");
    expect_faults("{\"move\":{\"way\":\"up\",\"count\":\"{{number}}\",\"flor\":1}}",
                  "error template_type /actions/1/action_config/move/count:1\n"
                  "warning unknown_key /actions/1/action_config/move/flor:0\n");
    expect_faults("{\"move\":{\"way\":\"down\",\"floor\":\"{{number}}\"}}",
                  "warning unknown_key /actions/1/action_config/move/floor:0\n");
}

Test(rule_check, a_tag_that_names_no_variant_is_the_decoders_to_report)
{
    expect_faults("{\"move\":{\"way\":\"left\",\"floor\":\"{{nubmer}}\"}}", "");
    expect_faults("{\"move\":{\"floor\":\"{{nubmer}}\"}}", "");
    expect_faults("{\"move\":7}", "");
}

Test(rule_check, a_result_that_people_are_not_shown)
{
    expect_faults("{\"text\":\"{{first.weight}}\"}", "");
    expect_faults("{\"text\":\"It is {{first.safe.code}}\"}", "note sensitive_value /actions/1/action_config/text:9\n");
    expect_faults("{\"text\":\"{{first.safe | default:x}}\"}",
                  "note sensitive_value /actions/1/action_config/text:3\n");
}
