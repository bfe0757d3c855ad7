/* Tools about rules: validate, simulate, test. */
#include "agents/mcp_tools.h"
#include "authoring/rule_test_file.h"
#include "authoring/test_files.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "rule/case_compare.h"
#include "rule/rule_document.h"
#include "rule/rule_input.h"
#include "rule/test_report.h"

/* ---- validate ---- */

static bool has_error(const struct rule_document *document)
{
    for (size_t i = 0; i < document->fault_count; i++)
        if (text_is(TEXT("error"), rule_fault_severity(document->faults[i].kind)))
            return true;
    return false;
}

static void write_document(struct json_writer *json, const struct rule_document *document)
{
    json_begin_object(json);
    json_member_boolean(json, "good", !has_error(document));
    json_member_integer(json, "actions", (int64_t)document->action_count);
    json_member_integer(json, "edges", (int64_t)document->edge_count);
    json_key(json, "faults");
    json_begin_array(json);
    for (size_t i = 0; i < document->fault_count; i++) {
        json_begin_object(json);
        rule_fault_write_json(json, &document->faults[i]);
        json_end_object(json);
    }
    json_end_array(json);
    json_end_object(json);
}

static bool read_document(struct mcp_call *call, const struct json_value *rule, struct rule_document *document)
{
    struct error error = ERROR_IN(call->arena);
    struct text text = json_to_text(call->arena, rule);
    if (text.data == NULL)
        return mcp_fail(call, "out of memory");
    if (rule_document_read(call->arena, text, &action_catalog_all, document, &error) != STATUS_OK)
        return mcp_fail_error(call, &error);
    return true;
}

static bool validate_rule(void *userdata, struct mcp_call *call)
{
    static const struct mcp_argument known[] = {{"rule", JSON_OBJECT}, {"file", JSON_STRING}};
    (void)userdata;
    struct json_value rule;
    if (!mcp_check_arguments(call, known, 2) || !mcp_read_json(call, "rule", "file", &rule))
        return false;
    struct rule_document document;
    if (!read_document(call, &rule, &document))
        return false;
    struct json_writer json = {&call->result};
    write_document(&json, &document);
    return true;
}

/* ---- simulate ---- */

/* The keys of a case that are arguments of simulate_rule. */
static const struct mcp_argument simulate_arguments[] = {
    {"rule", JSON_OBJECT},
    {"file", JSON_STRING},
    {"force", JSON_BOOLEAN},
    {"trigger_data", JSON_OBJECT},
    {"trigger_changes", JSON_OBJECT},
    {"clock", JSON_STRING},
    {"outcomes", JSON_OBJECT},
};
#define SIMULATE_ARGUMENTS (sizeof simulate_arguments / sizeof simulate_arguments[0])
#define FIRST_OF_CASE      3
#define CASE_POINTER       "/cases/0"

static bool is_forced(const struct mcp_call *call)
{
    const struct json_value *force = mcp_argument(call, "force");
    return force != NULL && force->boolean;
}

/* Refuses a rule that would do something wrong without a word. */
static bool check_flow(struct mcp_call *call, const struct json_value *rule)
{
    struct rule_document document;
    struct buffer lines = buffer_in(call->arena, MIB(16));
    if (is_forced(call))
        return true;
    if (!read_document(call, rule, &document))
        return false;
    if (document.count[RULE_FAULT_FLOW] == 0)
        return true;
    rule_document_write_faults(&document, "rule", RULE_FAULT_FLOW, &lines);
    return mcp_fail(call, "%.*sthe rule is not good: it was not played; `force` plays it all the same",
                    TEXT_ARG(buffer_text(&lines)));
}

/* Reads the arguments as a case. */
static bool read_case(struct mcp_call *call, struct case_file *file)
{
    struct json_member *members = ARENA_ARRAY(call->arena, SIMULATE_ARGUMENTS + 2, struct json_member);
    struct json_value *item = ARENA_NEW(call->arena, struct json_value);
    struct json_value *document = ARENA_NEW(call->arena, struct json_value);
    struct json_member *cases = ARENA_NEW(call->arena, struct json_member);
    struct case_faults faults = {.arena = call->arena};
    if (members == NULL || item == NULL || document == NULL || cases == NULL)
        return mcp_fail(call, "out of memory");
    size_t count = 0;
    members[count++] = (struct json_member){TEXT("name"), json_string(TEXT("simulation"))};
    for (size_t i = FIRST_OF_CASE; i < SIMULATE_ARGUMENTS; i++) {
        const struct json_value *value = mcp_argument(call, simulate_arguments[i].key);
        if (value != NULL)
            members[count++] = (struct json_member){text_from(simulate_arguments[i].key), *value};
    }
    *item = json_object(members, count);
    *cases = (struct json_member){TEXT("cases"), json_array(item, 1)};
    *document = json_object(cases, 1);
    if (!case_file_read(call->arena, document, file, &faults))
        return mcp_fail(call, "out of memory");
    for (size_t i = 0; i < faults.count; i++) /* arguments are not in a file of cases */
        faults.items[i].pointer = text_slice(faults.items[i].pointer, sizeof CASE_POINTER - 1, SIZE_MAX);
    return faults.count == 0 || mcp_fail_faults(call, &faults);
}

static void write_parts(struct json_writer *json, const struct simulation *simulation)
{
    json_key(json, "actions");
    json_begin_array(json);
    for (uint32_t i = 0; i < simulation->actions.count; i++) {
        const struct simulated_action *item = &simulation->actions.items[i];
        struct run_action action;
        run_action_at(simulation->run, i, &action);
        json_begin_object(json);
        json_member_text(json, "id", action.id);
        json_member_text(json, "name", action.name);
        json_member_text(json, "type", action.type);
        json_member_string(json, "state", action_state_name(action.state));
        json_member_integer(json, "attempts", item->attempts);
        if (item->config.data != NULL)
            json_member_raw(json, "config", item->config);
        if (action.result.size > 0)
            json_member_raw(json, "result", action.result);
        if (action.failure.size > 0)
            json_member_text(json, "failure", action.failure);
        json_end_object(json);
    }
    json_end_array(json);
    json_key(json, "warnings");
    json_begin_array(json);
    for (size_t i = 0; i < simulation->actions.warning_count; i++) {
        const struct simulation_warning *warning = &simulation->actions.warnings[i];
        struct run_action action;
        run_action_at(simulation->run, warning->action, &action);
        json_begin_object(json);
        json_member_text(json, "action", action.name);
        json_member_text(json, "message", warning->text);
        json_end_object(json);
    }
    json_end_array(json);
}

static bool write_simulation(struct mcp_call *call, const struct simulation *simulation, const struct json_value *input)
{
    struct json_writer json = {&call->result};
    struct edge_coverage edges;
    struct json_value ran, labels = json_array(NULL, 0);
    struct error error = ERROR_IN(call->arena);
    enum status status = edge_coverage_read(call->arena, input, &edges, &error);
    if (status == STATUS_OK)
        status = edge_coverage_add(&edges, simulation->run, call->arena, &error);
    if (!case_ran(simulation, call->arena, &ran) || (status == STATUS_OK && !case_edges(&edges, call->arena, &labels)))
        return mcp_fail(call, "out of memory");
    json_begin_object(&json);
    json_member_string(&json, "status", case_status_name(simulation->close));
    json_member_text_or_null(&json, "error", simulation->failure);
    json_member_value(&json, "ran", &ran);
    json_member_value(&json, "edges", &labels);
    json_member_integer(&json, "milliseconds", (simulation->now_us - simulation->options.start_us) / 1000);
    write_parts(&json, simulation);
    json_end_object(&json);
    return true;
}

static bool simulate_rule(void *userdata, struct mcp_call *call)
{
    (void)userdata;
    struct json_value rule, input;
    struct case_file file;
    if (!mcp_check_arguments(call, simulate_arguments, SIMULATE_ARGUMENTS) ||
        !mcp_read_json(call, "rule", "file", &rule) || !read_case(call, &file) || !check_flow(call, &rule))
        return false;
    struct simulation simulation;
    struct error error = ERROR_IN(call->arena);
    enum status status =
        rule_case_play(call->arena, &action_catalog_all, &rule, &file.cases[0], &input, &simulation, &error);
    if (text_starts(error.where, TEXT(CASE_POINTER)))
        error.where = text_slice(error.where, sizeof CASE_POINTER - 1, SIZE_MAX);
    bool good = status == STATUS_OK ? write_simulation(call, &simulation, &input) : mcp_fail_error(call, &error);
    simulation_end(&simulation);
    return good;
}

/* ---- test ---- */

static bool write_report(struct mcp_call *call, struct json_writer *json, const char *file, struct test_totals *totals)
{
    struct rule_test test;
    const char *rule_file;
    struct error error = ERROR_IN(call->arena);
    if (rule_test_file(call->arena, file, is_forced(call), &rule_file, &test, &error) != STATUS_OK)
        return mcp_fail_error(call, &error);
    test_totals_add(totals, &test);
    test_report_write_json(json, file, rule_file, &test);
    return true;
}

/* Tests files. */
static bool test_path(struct mcp_call *call, const char *path, struct json_writer *json, struct test_totals *totals)
{
    struct test_files files = {0};
    struct error error = ERROR_IN(call->arena);
    if (test_files_add(call->arena, path, &files, &error) != STATUS_OK)
        return mcp_fail_error(call, &error);
    for (size_t i = 0; i < files.case_count; i++)
        if (!write_report(call, json, files.cases[i], totals))
            return false;
    return files.case_count > 0 || mcp_fail(call, "%s: no file NAME" CASES_SUFFIX " is there", path);
}

/* Tests a rule with cases that are arguments. */
static bool test_arguments(struct mcp_call *call, struct json_writer *json, struct test_totals *totals)
{
    struct rule_test test = {.faults = {.arena = call->arena}};
    struct json_value rule;
    struct json_member *member = ARENA_NEW(call->arena, struct json_member);
    struct json_value *document = ARENA_NEW(call->arena, struct json_value);
    struct error error = ERROR_IN(call->arena);
    const struct json_value *cases = mcp_argument(call, "cases");
    if (cases == NULL)
        return mcp_fail(call, "either 'path', or a rule and 'cases' are needed");
    if (!mcp_read_json(call, "rule", "file", &rule))
        return false;
    if (member == NULL || document == NULL)
        return mcp_fail(call, "out of memory");
    *member = (struct json_member){TEXT("cases"), *cases};
    *document = json_object(member, 1);
    if (!case_file_read(call->arena, document, &test.file, &test.faults))
        return mcp_fail(call, "out of memory");
    if (test.faults.count == 0 &&
        rule_test_run(call->arena, &action_catalog_all, &rule, is_forced(call), &test, &error) != STATUS_OK)
        return mcp_fail_error(call, &error);
    if (test.faults.count > 0)
        return mcp_fail_faults(call, &test.faults);
    test_totals_add(totals, &test);
    test_report_write_json(json, "arguments", "arguments", &test);
    return true;
}

static bool test_rules(void *userdata, struct mcp_call *call)
{
    static const struct mcp_argument known[] = {{"path", JSON_STRING},
                                                {"force", JSON_BOOLEAN},
                                                {"rule", JSON_OBJECT},
                                                {"file", JSON_STRING},
                                                {"cases", JSON_ARRAY}};
    (void)userdata;
    if (!mcp_check_arguments(call, known, sizeof known / sizeof known[0]))
        return false;
    const char *path = mcp_argument_text(call, "path");
    if (path != NULL && call->arguments->object.count > (mcp_argument(call, "force") != NULL ? 2 : 1))
        return mcp_fail(call, "either 'path', or a rule and 'cases' are needed");
    struct test_totals totals = {0};
    struct json_writer json = {&call->result};
    json_begin_object(&json);
    json_key(&json, "results");
    json_begin_array(&json);
    if (path != NULL ? !test_path(call, path, &json, &totals) : !test_arguments(call, &json, &totals))
        return false;
    json_end_array(&json);
    test_totals_write_json(&json, &totals);
    json_end_object(&json);
    return true;
}

/* ---- what agents see ---- */

#define FORCE                                                                                                          \
    ",\"force\":{\"type\":\"boolean\",\"description\":\"Play a rule in spite of errors that validate_rule finds in "   \
    "its "                                                                                                             \
    "flow of data\"}"

const struct mcp_tool mcp_validate_rule = {
    .name = "validate_rule",
    .title = "Validate a rule",
    .description =
        "Reports every fault of a rule at once, each with a JSON pointer. An error cannot work; a warning may "
        "not. Nothing runs.",
    .input_schema = "{\"type\":\"object\",\"properties\":{" MCP_RULE_SOURCE "},\"additionalProperties\":false}",
    .output_schema =
        "{\"type\":\"object\",\"required\":[\"good\",\"faults\"],\"properties\":{\"good\":{\"type\":\"boolean\"},"
        "\"actions\":{\"type\":\"integer\"},\"edges\":{\"type\":\"integer\"},\"faults\":{\"type\":\"array\",\"items\":"
        "{\"type\":\"object\",\"required\":[\"severity\",\"pointer\",\"message\"],\"properties\":{\"severity\":{"
        "\"type\":\"string\"},\"code\":{\"type\":\"string\"},\"column\":{\"type\":\"integer\"},\"pointer\":{\"type\":"
        "\"string\"},\"message\":{\"type\":\"string\"}}}}}}",
    .call = validate_rule,
};

const struct mcp_tool mcp_simulate_rule = {
    .name = "simulate_rule",
    .title = "Simulate a rule",
    .description = "Plays a rule offline, without effects, and shows its path and each action's config with the "
                   "templates filled in. Actions without effects are performed; others end with their first output, "
                   "unless `outcomes` says otherwise. Delays, retries and answers take no time.",
    .input_schema =
        "{\"type\":\"object\",\"properties\":{" MCP_RULE_SOURCE FORCE
        ",\"trigger_data\":{\"type\":\"object\",\"description\":"
        "\"The event, in place of the rule's\"},\"trigger_changes\":{\"type\":\"object\",\"description\":\"Fields of "
        "the event that differ from the rule's\"},\"clock\":{\"type\":\"string\",\"description\":\"When the run "
        "starts, "
        "RFC 3339\"},\"outcomes\":{\"type\":\"object\",\"description\":\"By name or id of an action a list, one entry "
        "an "
        "attempt, the last one repeats: {result}, {error, retryable} or {timeout: true}, each with `after` such as "
        "2h\"}},\"additionalProperties\":false}",
    .output_schema =
        "{\"type\":\"object\",\"required\":[\"status\",\"ran\",\"edges\",\"actions\"],\"properties\":{\"status\":{"
        "\"type\":\"string\"},\"error\":{\"type\":[\"string\",\"null\"]},\"ran\":{\"type\":\"array\",\"items\":{"
        "\"type\":\"string\"}},\"edges\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"milliseconds\":{"
        "\"type\":\"integer\"},\"actions\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"warnings\":{\"type\":"
        "\"array\",\"items\":{\"type\":\"object\"}}}}",
    .call = simulate_rule,
};

const struct mcp_tool mcp_test_rules = {
    .name = "test_rules",
    .title = "Test rules",
    .description =
        "Plays test cases of rules and says which fail and why, and which edges no case takes. Cases come from "
        "files (`path`: a file NAME.test.json, its rule NAME.json, or a folder), or from `cases`.",
    .input_schema =
        "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}," MCP_RULE_SOURCE FORCE
        ",\"cases\":{\"type\":"
        "\"array\",\"items\":{\"type\":\"object\"},\"description\":\"As in a file of cases: {name, trigger_changes, "
        "clock, outcomes, expect: {status, error, ran, not_run, edges, configs, results, attempts, lasts}}\"}},"
        "\"additionalProperties\":false}",
    .output_schema =
        "{\"type\":\"object\",\"required\":[\"results\",\"cases\",\"passed\",\"failed\"],\"properties\":{\"results\":{"
        "\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"files\":{\"type\":\"integer\"},\"cases\":{\"type\":"
        "\"integer\"},\"passed\":{\"type\":\"integer\"},\"failed\":{\"type\":\"integer\"},\"faulty\":{\"type\":"
        "\"integer\"},\"edges\":{\"type\":\"integer\"},\"untaken\":{\"type\":\"integer\"}}}",
    .call = test_rules,
};
