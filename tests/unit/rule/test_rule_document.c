/* Checks of rules before anything runs. */
#include <criterion/criterion.h>

#include "action/decode.h"
#include "base/limits.h"
#include "rule/rule_document.h"

static struct arena *arena;
static struct rule_document document;

/* Finds one fault in any config but {}, and more than are kept in one that has `many`. */
static void check(struct arena *memory, const struct json_value *config, struct decode_faults *faults)
{
    if (config->type == JSON_OBJECT && config->object.count == 0)
        return;
    bool many = json_get(config, TEXT("many")) != NULL;
    faults->count = many ? LIMIT_DECODE_FAULTS : 1;
    faults->exhausted = many;
    faults->items = ARENA_ARRAY(memory, faults->count, struct decode_fault);
    for (size_t i = 0; i < faults->count; i++)
        faults->items[i] = (struct decode_fault){.pointer = TEXT("/field"), .message = TEXT("field is odd")};
}

static const char *const outputs[] = {"true", "false"};
static const struct field_type fields[] = {
    {.name = "text", .kind = FIELD_STRING, .text = FIELD_TEXT_TEMPLATE}, {.name = "x"}, {.name = "many"}};
static const struct action_type types[] = {
    {.name = "delay", .dispatch = DISPATCH_ENGINE, .check = check},
    {.name = "evaluate_condition", .outputs = outputs, .output_count = 2, .check = check},
    {.name = "send_pigeon",
     .deprecated = "use send_email",
     .deprecations = (const struct action_deprecation[]){{"birds[].kind", "all are alike"}, {"ring", "use `mark`"}},
     .deprecation_count = 2,
     .check = check},
    {.name = "update_field", .check = check, .config_fields = fields, .config_field_count = 3},
};
static const struct action_absence absences[] = {{"carrier_whale", "it dives"}, {"credit_check", "nobody does"}};
static const struct action_catalog catalog = {types, 4, absences, 2};

static void set_up(void)
{
    arena = arena_new(MIB(16), 0);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(rule_document, .init = set_up, .fini = tear_down);

#define ID(n_) "a0000000-0000-4000-8000-00000000000" n_
#define ACTION(n_, t_)                                                                                                 \
    "{\"id\":\"" ID(n_) "\",\"name\":\"a" n_ "\",\"action_type\":\"" t_ "\",\"action_config\":{},"                     \
                        "\"is_active\":true}"
#define START(n_) "{\"source_action_id\":null,\"target_action_id\":\"" ID(n_) "\",\"edge_type\":\"start\"}"
#define HEADING                                                                                                        \
    "\"rule_id\":\"b0000000-0000-4000-8000-000000000001\",\"execution_id\":\"c0000000-0000-4000-8000-000000000001\","
#define GOOD_GRAPH "{\"actions\":[" ACTION("1", "update_field") "],\"edges\":[" START("1") "]}"

static struct text faults_of(const char *json)
{
    struct error error = ERROR_IN(arena);
    cr_assert_eq(rule_document_read(arena, text_from(json), &catalog, &document, &error), STATUS_OK);
    struct buffer lines = buffer_in(arena, MIB(1));
    rule_document_write_faults(&document, "rule.json", RULE_FAULT_WARNING, &lines);
    return buffer_text(&lines);
}

static void assert_text(struct text found, const char *expected)
{
    cr_assert(text_is(found, expected), "%.*s\nexpected:\n%s", TEXT_ARG(found), expected);
}

static void assert_faults(const char *json, const char *expected)
{
    assert_text(faults_of(json), expected);
}

static void assert_among(const char *json, const char *line)
{
    struct text found = faults_of(json);
    cr_assert_neq(text_find(found, text_from(line)), SIZE_MAX, "%.*s\nexpected:\n%s", TEXT_ARG(found), line);
}

Test(rule_document, a_good_rule_has_no_faults)
{
    assert_faults("{" HEADING "\"trigger_data\":{\"entity_id\":\"" ID("9") "\"},\"graph\":" GOOD_GRAPH "}", "");
    cr_assert_not(document.bare_graph);
    cr_assert(text_is(document.rule_id, "b0000000-0000-4000-8000-000000000001"));
    cr_assert(text_is(document.entity_id, ID("9")));
    cr_assert_eq(document.action_count, 1);
    cr_assert_eq(document.edge_count, 1);
}

Test(rule_document, a_bare_graph_has_no_faults)
{
    assert_faults(GOOD_GRAPH, "");
    cr_assert(document.bare_graph);
}

Test(rule_document, locations_in_a_bare_graph_start_at_its_root)
{
    assert_faults("{\"actions\":[" ACTION("1", "update_field") "],\"edges\":[" START("2") "]}",
                  "rule.json: /edges/0/target_action_id: error: unknown action " ID("2") "\n");
}

#define PIGEON(config_)                                                                                                \
    "{\"actions\":[{\"id\":\"" ID("1") "\",\"name\":\"p\",\"action_type\":\"send_pigeon\",\"is_active\":true,"         \
                                       "\"action_config\":" config_ "}],\"edges\":[" START("1") "]}"

Test(rule_document, deprecated_types_and_fields_give_warnings)
{
    assert_faults(PIGEON("{\"birds\":[{},{\"KIND\":1},{\"kind\":2}],\"ring\":null}"),
                  "rule.json: /actions/0/action_type: warning: send_pigeon is deprecated: use send_email\n"
                  "rule.json: /actions/0/action_config: warning: birds[].kind is deprecated: all are alike\n"
                  "rule.json: /actions/0/action_config/field: error: field is odd\n");
    assert_faults(PIGEON("{\"birds\":{},\"ring\":true}"),
                  "rule.json: /actions/0/action_type: warning: send_pigeon is deprecated: use send_email\n"
                  "rule.json: /actions/0/action_config: warning: ring is deprecated: use `mark`\n"
                  "rule.json: /actions/0/action_config/field: error: field is odd\n");
}

Test(rule_document, a_syntax_error_has_a_line_and_a_column)
{
    assert_faults("{\"rule_id\":\n  oops}", "rule.json:2:3: error: expected a value, found 'oops'\n");
    cr_assert_eq(document.count[RULE_FAULT_FATAL], 1);
}

Test(rule_document, a_rule_must_be_an_object)
{
    assert_faults("[]", "rule.json: error: expected a WorkflowInput or a graph, found array\n");
}

Test(rule_document, every_fault_is_reported)
{
    struct text found = faults_of("{\"rule_id\":\"x\",\"execution_id\":7,\"trigger_data\":[],\"graph\":{}}");
    static const char *const lines[] = {
        "rule.json: /rule_id: error: expected a UUID, found \"x\"\n",
        "rule.json: /execution_id: error: expected a UUID, found number\n",
        "rule.json: /trigger_data: error: expected object, found array\n",
        "rule.json: /graph: error: graph must contain at least one action\n",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        cr_assert_neq(text_find(found, text_from(lines[i])), SIZE_MAX, "%s in\n%.*s", lines[i], TEXT_ARG(found));
}

Test(rule_document, ids_are_required)
{
    assert_among("{\"graph\":" GOOD_GRAPH "}", "rule.json: /rule_id: error: rule_id is required\n");
    assert_among("{\"rule_id\":\"00000000-0000-0000-0000-000000000000\",\"graph\":" GOOD_GRAPH "}",
                 "rule.json: /rule_id: error: rule_id is required\n");
    assert_among("{" HEADING "\"execution_id\":\"\",\"graph\":" GOOD_GRAPH "}", "error: ");
}

Test(rule_document, a_missing_execution_id_gives_a_warning)
{
    assert_faults("{\"rule_id\":\"" ID("9") "\",\"graph\":" GOOD_GRAPH "}",
                  "rule.json: /execution_id: warning: execution_id is missing: 'workflow-worker start' makes one, a "
                  "schedule needs none, other callers must provide one\n");
    cr_assert_eq(document.count[RULE_FAULT_FATAL], 0);
}

Test(rule_document, on_failure_is_hold_or_fail)
{
    assert_among("{" HEADING "\"on_failure\":\"wait\",\"graph\":" GOOD_GRAPH "}",
                 "rule.json: /on_failure: error: expected hold or fail, found another text\n");
    assert_among("{" HEADING "\"on_failure\":7,\"graph\":" GOOD_GRAPH "}",
                 "rule.json: /on_failure: error: expected hold or fail, found number\n");
    static const char *const good[] = {"\"hold\"", "\"fail\"", "null"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct text rule = arena_print(arena, "{" HEADING "\"on_failure\":%s,\"graph\":" GOOD_GRAPH "}", good[i]);
        cr_assert_eq(text_find(faults_of(rule.data), TEXT("on_failure")), SIZE_MAX);
    }
}

Test(rule_document, a_bad_config_is_a_fault_of_its_action)
{
    assert_faults("{\"actions\":[{\"id\":\"" ID(
                      "1") "\",\"name\":\"n\",\"action_type\":\"update_field\","
                           "\"action_config\":{\"x\":1},\"is_active\":true}],\"edges\":[" START("1") "]}",
                  "rule.json: /actions/0/action_config/field: error: field is odd\n");
    cr_assert_eq(document.count[RULE_FAULT_CONFIG], 1);
    cr_assert_eq(document.count[RULE_FAULT_FATAL], 0);
}

Test(rule_document, an_unknown_action_type_is_a_fault)
{
    assert_faults("{\"actions\":[" ACTION("1", "update_feild") "],\"edges\":[" START("1") "]}",
                  "rule.json: /actions/0/action_type: error: no action of type 'update_feild' is known: it will fail "
                  "when it runs; did you mean 'update_field'?\n");
    assert_faults("{\"actions\":[" ACTION("1", "teleport") "],\"edges\":[" START("1") "]}",
                  "rule.json: /actions/0/action_type: error: no action of type 'teleport' is known: it will fail when "
                  "it runs\n");
}

Test(rule_document, an_unavailable_action_type_is_a_fault)
{
    assert_faults("{\"actions\":[" ACTION("1", "credit_check") "],\"edges\":[" START("1") "]}",
                  "rule.json: /actions/0/action_type: error: no handler registered for type credit_check: "
                  "nobody does\n");
    cr_assert_eq(document.count[RULE_FAULT_CONFIG], 1);
    cr_assert_eq(document.count[RULE_FAULT_FATAL], 0);
}

Test(rule_document, a_fault_of_an_action_of_the_engine_is_fatal)
{
    assert_faults("{\"actions\":[" ACTION("1", "delay") "],\"edges\":[" START("1") "]}", "");
    assert_faults(
        "{\"actions\":[{\"id\":\"" ID("1") "\",\"name\":\"a1\",\"action_type\":\"delay\",\"action_config\":[],"
                                           "\"is_active\":true}],\"edges\":[" START("1") "]}",
        "rule.json: /actions/0/action_config/field: error: field is odd\n");
    cr_assert_eq(document.count[RULE_FAULT_FATAL], 1);
}

Test(rule_document, an_edge_on_an_impossible_output_is_a_fault)
{
#define EDGE_ON(output_)                                                                                               \
    "{\"actions\":[" ACTION("1", "evaluate_condition") "," ACTION("2", "update_field") "],\"edges\":[" START(          \
        "1") ",{\"source_action_id\":\"" ID("1") "\",\"target_action_id\":\"" ID("2") "\",\"edge_type\":\"sequence\"," \
                                                                                      "\"source_output\":\"" output_   \
                                                                                      "\"}]}"
    assert_faults(EDGE_ON("true"), "");
    assert_faults(EDGE_ON("maybe"),
                  "rule.json: /edges/1/source_output: error: evaluate_condition never ends with output 'maybe', so "
                  "this edge is never followed; its outputs are true, false\n");
    cr_assert_eq(document.count[RULE_FAULT_FLOW], 1);
}

Test(rule_document, a_fault_of_a_template_has_its_column)
{
    struct text found = faults_of("{" HEADING "\"trigger_data\":{\"total\":5},\"graph\":{\"actions\":[{\"id\":\"" ID(
        "1") "\",\"name\":\"a\",\"action_type\":\"update_field\",\"is_active\":true,\"action_config\":{\"text\":\"of "
             "{{totl}}\"}}],\"edges\":[" START("1") "]}}");
    const char *line = "rule.json: /graph/actions/0/action_config/text:6: error: unknown variable 'totl'";
    cr_assert_neq(text_find(found, text_from(line)), SIZE_MAX, "%.*s", TEXT_ARG(found));
    cr_assert_eq(document.count[RULE_FAULT_FLOW], 1);
}

Test(rule_document, more_faults_of_a_config_than_are_kept)
{
    const char *rule = "{\"actions\":[{\"id\":\"" ID(
        "1") "\",\"name\":\"a\",\"action_type\":\"update_field\","
             "\"is_active\":true,\"action_config\":{\"many\":1}}],\"edges\":[" START("1") "]}";
    assert_among(rule,
                 "rule.json: /actions/0/action_config: error: more than 100 faults: only the first ones are listed\n");
    assert_among(rule, "rule.json: /actions/0/action_config/field: error: field is odd\n");
    cr_expect_eq(document.fault_count, LIMIT_DECODE_FAULTS + 1);
}

Test(rule_document, a_full_arena_is_reported)
{
    struct arena *small = arena_new(KIB(4), 0);
    struct error error = ERROR_IN(arena);
    cr_assert_eq(rule_document_read(small, TEXT("{" HEADING "\"graph\":" GOOD_GRAPH "}"), &catalog, &document, &error),
                 STATUS_BUDGET);
    arena_free(small);
}
