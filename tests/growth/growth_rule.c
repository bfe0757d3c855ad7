/* Tests of rules: cases, the runs that they play, and the comparisons. */
#include "base/limits.h"
#include "growth/growth.h"
#include "rule/test_report.h"

static enum action_outcome accept(struct action_call *call, const struct json_value *config)
{
    (void)call, (void)config;
    return ACTION_OUTCOME_DONE;
}

static void check(struct arena *arena, const struct json_value *config, struct decode_faults *faults)
{
    (void)arena, (void)config, (void)faults;
}

static const struct action_reference references[] = {{"text", REFERENCE_TEMPLATE}};
static const char *const outputs[] = {"success"};
static const struct field_type fields[] = {{.name = "n", .kind = FIELD_INTEGER}};
static const struct action_type types[] = {
    {.name = "delay", .dispatch = DISPATCH_ENGINE, .check = check},
    {.name = "write",
     .effects = EFFECTS_WRITE,
     .dispatch = DISPATCH_LOCAL,
     .outputs = outputs,
     .output_count = 1,
     .result_fields = fields,
     .result_field_count = 1,
     .references = references,
     .reference_count = 1,
     .accept = accept,
     .check = check},
};
static const struct action_catalog catalog = {.types = types, .count = sizeof types / sizeof *types};

/* A fan-out of actions of that type; %zu in the config is the number of the action. */
static struct json_value fan_out(struct trial *trial, size_t size, const char *type, bool delays)
{
    struct buffer actions = document_begin(trial, "{\"actions\":["), edges = document_begin(trial, "],\"edges\":[");
    for (size_t i = 0; i < size; i++) {
        struct text config = delays ? PRINT(trial, "{\"duration\":\"%zums\"}", size - i)
                                    : PRINT(trial, "{\"text\":\"{{rule_name}} %zu\"}", i);
        document_add(&actions, i,
                     "{\"id\":\"%s\",\"name\":\"a%zu\",\"action_type\":\"%s\",\"is_active\":true,\"action_config\":%s}",
                     action_id(trial, i).data, i, type, config.data);
        document_add(&edges, i, "{\"source_action_id\":null,\"target_action_id\":\"%s\",\"edge_type\":\"start\"}",
                     action_id(trial, i).data);
    }
    return read_document(trial, PRINT(trial, "%s%s", document_end(&actions, "").data, document_end(&edges, "]}").data));
}

static void run_cases(struct trial *trial, const struct json_value *rule, struct text cases, size_t failed)
{
    const struct json_value document = read_document(trial, cases);
    struct rule_test test = {.faults = {.arena = trial->arena}};
    struct error error = ERROR_IN(trial->arena);
    struct buffer report = buffer_in(trial->arena, SIZE_MAX);
    begin(trial);
    bool read = case_file_read(trial->arena, &document, &test.file, &test.faults);
    enum status status = rule_test_run(trial->arena, &catalog, rule, true, &test, &error);
    test_report_write(&report, "cases", "rule", &test);
    end(trial);
    expect(read && status == STATUS_OK, error.message.data);
    expect(test.faults.count == 0, test.faults.count > 0 ? test.faults.items[0].message.data : "");
    expect(test.failed == failed, "the cases do not end as expected");
}

static void timers(struct trial *trial, size_t size)
{
    const struct json_value rule = fan_out(trial, size, "delay", true);
    run_cases(trial, &rule, TEXT("{\"cases\":[{\"name\":\"timers\"}]}"), 0);
}

static void expectations(struct trial *trial, size_t size)
{
    const struct json_value rule = fan_out(trial, size, "write", false);
    struct buffer outcomes = document_begin(trial, "{\"cases\":[{\"name\":\"all\",\"outcomes\":{");
    struct buffer edges = document_begin(trial, "},\"expect\":{\"edges\":[");
    struct buffer configs = document_begin(trial, "],\"configs\":{");
    for (size_t i = 0; i < size; i++) {
        document_add(&outcomes, i, "\"a%zu\":[{\"result\":{\"n\":%zu}}]", i, i);
        document_add(&edges, i, "\"start -> a%zu\"", i);
        document_add(&configs, i, "\"a%zu\":{\"text\":\" %zu\"}", i, i);
    }
    struct text cases = PRINT(trial, "%s%s%s", document_end(&outcomes, "").data, document_end(&edges, "").data,
                              document_end(&configs, "}}}]}").data);
    run_cases(trial, &rule, cases, 0);
}

static void many_cases(struct trial *trial, size_t size)
{
    const struct json_value rule = fan_out(trial, 10, "write", false);
    struct buffer cases = document_begin(trial, "{\"cases\":[");
    for (size_t i = 0; i < size; i++)
        document_add(&cases, i, "{\"name\":\"case %zu\",\"expect\":{\"ran\":[\"a3\"]}}", i);
    run_cases(trial, &rule, document_end(&cases, "]}"), size);
}

const struct growth_case rule_cases[] = {
    {"rule: timers of a case", 1000, 10000, timers},
    {"rule: expectations of a case", 1000, 10000, expectations},
    {"rule: cases", 100, 10000, many_cases},
    {NULL, 0, 0, NULL},
};
