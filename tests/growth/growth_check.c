/* The check of rules: names, conditions under which actions run, templates, suggestions. */
#include "base/limits.h"
#include "check/rule_check.h"
#include "growth/growth.h"

static const char *const outputs[] = {"true", "false"};
static const struct field_type config_fields[] = {{.name = "text", .kind = FIELD_STRING, .text = FIELD_TEXT_TEMPLATE}};
static const struct field_type result_fields[] = {{.name = "value", .kind = FIELD_INTEGER},
                                                  {.name = "note", .kind = FIELD_STRING, .optional = true}};
static const struct action_type types[] = {{.name = "decide",
                                            .outputs = outputs,
                                            .output_count = 2,
                                            .config_fields = config_fields,
                                            .config_field_count = 1,
                                            .result_fields = result_fields,
                                            .result_field_count = 2}};
static const struct action_catalog catalog = {.types = types, .count = 1};

/* A rule that is being built. */
struct rule {
    struct buffer actions, edges;
    size_t action_count, edge_count;
};

static struct rule rule_begin(struct trial *trial)
{
    return (struct rule){.actions = document_begin(trial, "["), .edges = document_begin(trial, "[")};
}

static void add_action(struct trial *trial, struct rule *rule, struct text text)
{
    size_t i = rule->action_count++;
    document_add(&rule->actions, i,
                 "{\"id\":\"%s\",\"name\":\"step_%zu\",\"action_type\":\"decide\",\"is_active\":true,"
                 "\"action_config\":{\"text\":\"%s\"}}",
                 action_id(trial, i).data, i, text.data);
}

/* source SIZE_MAX: the start. output NULL: any. */
static void add_edge(struct trial *trial, struct rule *rule, size_t source, const char *output, size_t target)
{
    if (source == SIZE_MAX)
        document_add(&rule->edges, rule->edge_count++, "{\"target_action_id\":\"%s\",\"edge_type\":\"start\"}",
                     action_id(trial, target).data);
    else
        document_add(&rule->edges, rule->edge_count++,
                     "{\"source_action_id\":\"%s\",\"target_action_id\":\"%s\",\"edge_type\":\"sequence\"%s%s%s}",
                     action_id(trial, source).data, action_id(trial, target).data,
                     output != NULL ? ",\"source_output\":\"" : "", output != NULL ? output : "",
                     output != NULL ? "\"" : "");
}

/* Checks the rule. Returns the number of faults that are not notes. */
static size_t check(struct trial *trial, struct rule *rule, const char *trigger)
{
    struct json_value document =
        read_document(trial, PRINT(trial, "{\"actions\":%s,\"edges\":%s}", document_end(&rule->actions, "]").data,
                                   document_end(&rule->edges, "]").data));
    struct json_value fields = read_document(trial, text_from(trigger));
    struct graph graph;
    struct error error = ERROR_IN(trial->arena);
    expect(graph_read(trial->arena, trial->arena, &document, TEXT_NONE, &graph, NULL, &error) == STATUS_OK,
           error.message.data);
    const struct rule_check_options options = {.catalog = &catalog, .trigger = &fields};
    struct check_faults faults = {.arena = trial->arena};
    begin(trial);
    enum status status = rule_check(&graph, &options, &faults, &error);
    end(trial);
    expect(status == STATUS_OK, "the check failed");
    size_t count = 0;
    for (size_t i = 0; i < faults.count; i++)
        count += faults.items[i].severity != CHECK_NOTE ? 1 : 0;
    return count;
}

#define TRIGGER "{\"number\":\"SO-1\",\"total\":5}"

/* Each action reads the result of the previous action, and that of a distant one. */
static void chain(struct trial *trial, size_t size)
{
    struct rule rule = rule_begin(trial);
    for (size_t i = 0; i < size; i++) {
        add_action(
            trial, &rule,
            i == 0 ? TEXT("{{total | round:2}}")
                   : PRINT(trial, "{{step_%zu.value | round}} {{step_%zu.value}} {{expr: total * 2}}", i - 1, i / 2));
        add_edge(trial, &rule, i == 0 ? SIZE_MAX : i - 1, NULL, i);
    }
    expect(check(trial, &rule, TRIGGER) == 0, "a fault in a good chain");
}

/* Nested conditions; every `false` output leads to the last action. */
static void nested(struct trial *trial, size_t size)
{
    struct rule rule = rule_begin(trial);
    for (size_t i = 0; i < size; i++) {
        add_action(trial, &rule, i == 0 ? TEXT("-") : PRINT(trial, "{{step_%zu.value}}", i - 1));
        add_edge(trial, &rule, i == 0 ? SIZE_MAX : i - 1, i == 0 ? NULL : "true", i);
        if (i > 0 && i + 1 < size)
            add_edge(trial, &rule, i, "false", size - 1);
    }
    expect(check(trial, &rule, TRIGGER) <= 1, "more faults than there are");
}

/* Both outputs of each condition lead to the next condition through two other actions. */
static void diamonds(struct trial *trial, size_t size)
{
    struct rule rule = rule_begin(trial);
    for (size_t i = 0; i < size / 3; i++) {
        size_t at = 3 * i;
        add_action(trial, &rule, i == 0 ? TEXT("-") : PRINT(trial, "{{step_%zu.value}}", at - 3));
        add_action(trial, &rule, PRINT(trial, "{{step_%zu.value}}", at));
        add_action(trial, &rule, PRINT(trial, "{{step_%zu.value}} {{step_0.value}}", at));
        if (i == 0)
            add_edge(trial, &rule, SIZE_MAX, NULL, 0);
        else
            add_edge(trial, &rule, at - 2, NULL, at), add_edge(trial, &rule, at - 1, NULL, at);
        add_edge(trial, &rule, at, "true", at + 1);
        add_edge(trial, &rule, at, "false", at + 2);
    }
    expect(check(trial, &rule, TRIGGER) == 0, "a fault in good diamonds");
}

/* One of two outputs leads to an action, with a join behind it: the result that is read may be absent. */
static void detours(struct trial *trial, size_t size)
{
    struct rule rule = rule_begin(trial);
    for (size_t i = 0; i < size / 2; i++) {
        size_t at = 2 * i;
        add_action(trial, &rule, i == 0 ? TEXT("-") : PRINT(trial, "{{step_%zu.value}}", at - 1));
        add_action(trial, &rule, PRINT(trial, "{{step_%zu.value}}", at));
        if (i == 0)
            add_edge(trial, &rule, SIZE_MAX, NULL, 0);
        else
            add_edge(trial, &rule, at - 2, "false", at), add_edge(trial, &rule, at - 1, "true", at);
        add_edge(trial, &rule, at, "true", at + 1);
    }
    expect(check(trial, &rule, TRIGGER) >= size / 2 - 1, "a fault is missing");
}

static void unknown_names(struct trial *trial, size_t size)
{
    struct rule rule = rule_begin(trial);
    for (size_t i = 0; i < size; i++) {
        add_action(trial, &rule, PRINT(trial, "{{stap_%zu.value}} {{nubmer}} {{total | rund}}", i));
        add_edge(trial, &rule, i == 0 ? SIZE_MAX : i - 1, NULL, i);
    }
    expect(check(trial, &rule, TRIGGER) == 3 * size, "a fault is missing");
}

/* All faults in one text, behind characters of several bytes. */
static void faults_of_a_text(struct trial *trial, size_t size)
{
    struct rule rule = rule_begin(trial);
    struct buffer text = document_begin(trial, "");
    for (size_t i = 0; i < size; i++)
        buffer_print(&text, "Größe {{warehouse_%zu}} ", i);
    add_action(trial, &rule, document_end(&text, ""));
    add_edge(trial, &rule, SIZE_MAX, NULL, 0);
    expect(check(trial, &rule, TRIGGER) == size, "a fault is missing");
}

/* Many actions between which there are no paths. */
static void fan(struct trial *trial, size_t size)
{
    struct rule rule = rule_begin(trial);
    for (size_t i = 0; i < size; i++) {
        add_action(trial, &rule, PRINT(trial, "{{step_0.value}} {{step_%zu.value}}", (i + 1) % size));
        add_edge(trial, &rule, i == 0 ? SIZE_MAX : 0, NULL, i);
    }
    expect(check(trial, &rule, TRIGGER) >= size - 1, "a fault is missing");
}

const struct growth_case check_cases[] = {
    {"check: chain", 1000, 100000, chain},
    {"check: conditions in conditions", 1000, 100000, nested},
    {"check: diamonds", 1000, 100000, diamonds},
    {"check: detours", 1000, 100000, detours},
    {"check: unknown names", 1000, 100000, unknown_names},
    {"check: faults of a text", 1000, 100000, faults_of_a_text},
    {"check: fan", 1000, 100000, fan},
    {NULL, 0, 0, NULL},
};
