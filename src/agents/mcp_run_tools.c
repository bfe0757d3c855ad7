/* Tools about runs: explain one, make a test case of one. */
#include "agents/mcp_tools.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "console/input_file.h"
#include "rule/case_record.h"
#include "runs/replay.h"
#include "runs/server_history.h"

bool mcp_read_history(const struct mcp_context *context, struct mcp_call *call, struct history_json *history)
{
    const char *file = mcp_argument_text(call, "file"), *id = mcp_argument_text(call, "workflow_id");
    const struct json_value *given = mcp_argument(call, "history");
    struct error error = ERROR_IN(call->arena);
    struct text document = TEXT_NONE;
    if ((file != NULL) + (id != NULL) + (given != NULL) != 1)
        return mcp_fail(call, "one of 'file', 'history' and 'workflow_id' is needed");
    if (id != NULL && server_history_read(context->command, call->arena, id, NULL, history) == CLI_SUCCESS)
        return true;
    if (id != NULL)
        return mcp_fail(call, "the history of %s cannot be read: the reason is on the standard error of this server",
                        id);
    if (given != NULL)
        document = json_to_text(call->arena, given);
    else if (input_file_read(call->arena, file, LIMIT_JSON_BYTES, &document, &error) != STATUS_OK)
        return mcp_fail_error(call, &error);
    return history_json_read(call->arena, document, history, &error) == STATUS_OK || mcp_fail_error(call, &error);
}

/* ---- explain ---- */

/* What to do about an action in that state; NULL: nothing. */
static const char *advice_for(const struct run_action *action)
{
    const struct action_type *type = action_catalog_find(&action_catalog_all, action->type);
    bool waits = action->state == ACTION_STATE_SCHEDULED && type != NULL && type->mode == ACTION_MODE_HUMAN;
    if (waits)
        return "It waits for an answer. The ERP gives it, or `workflow-worker complete WORKFLOW-ID ACTION --output "
               "OUTPUT`.";
    if (action->state == ACTION_STATE_SCHEDULED)
        return "It is running, or is tried again: the worker's log and `temporal workflow describe` show its last "
               "failure.";
    if (action->state == ACTION_STATE_HELD)
        return "It is on hold: `workflow-worker retry WORKFLOW-ID --action ACTION`, with `--config FILE` if the "
               "config is wrong, tries it again; `skip` goes on behind it; `fail` fails it.";
    if (action->state != ACTION_STATE_FAILED)
        return NULL;
    if (type == NULL)
        return "No worker performs this type: correct action_type, or start a worker that knows it.";
    return "describe_action lists the errors of this type and what they mean. If the config or the rule is "
           "wrong, correct it, prove it with simulate_rule, and `workflow-worker resume WORKFLOW-ID --config "
           "ACTION=FILE` or `--rule FILE` takes the run up again. If the cause is gone, `workflow-worker resume "
           "WORKFLOW-ID` does. What was done is not repeated.";
}

static void write_action(struct json_writer *json, const struct run_action *action)
{
    const char *advice = advice_for(action);
    json_begin_object(json);
    run_action_write_json(json, action);
    json_member_integer(json, "attempts", action->attempts);
    if (action->result.size > 0)
        json_member_raw(json, "result", action->result);
    if (action->failure.size > 0)
        json_member_text(json, "failure", action->failure);
    if (advice != NULL)
        json_member_string(json, "advice", advice);
    json_end_object(json);
}

static void write_actions(struct json_writer *json, const char *key, const struct run_summary *summary, bool failed)
{
    json_key(json, key);
    json_begin_array(json);
    for (size_t i = 0; i < summary->action_count; i++)
        if (!failed || summary->actions[i].state == ACTION_STATE_FAILED ||
            summary->actions[i].state == ACTION_STATE_HELD)
            write_action(json, &summary->actions[i]);
    json_end_array(json);
}

static bool explain_run(void *userdata, struct mcp_call *call)
{
    static const struct mcp_argument known[] = {
        {"file", JSON_STRING}, {"history", JSON_OBJECT}, {"workflow_id", JSON_STRING}};
    struct history_json history;
    if (!mcp_check_arguments(call, known, 3) || !mcp_read_history(userdata, call, &history))
        return false;
    struct replay replay;
    replay_fold(call->arena, TEXT("history"), &history, &replay);
    if (replay.status != STATUS_OK)
        return mcp_fail_error(call, &replay.fault);
    struct json_writer json = {&call->result};
    json_begin_object(&json);
    json_member_text_or_null(&json, "rule", replay.rule_name);
    json_member_string(&json, "status", run_close_name(replay.summary.close));
    json_member_text_or_null(&json, "failure", replay.summary.failure);
    json_member_integer(&json, "events", (int64_t)replay.summary.event_count);
    json_member_integer(&json, "milliseconds", (replay.summary.ended_us - replay.summary.started_us) / 1000);
    write_actions(&json, "failed", &replay.summary, true);
    write_actions(&json, "actions", &replay.summary, false);
    json_key(&json, "next");
    json_begin_array(&json);
    for (size_t i = 0; i < replay.next_count; i++)
        json_put_text(&json, replay.next[i]);
    json_end_array(&json);
    json_end_object(&json);
    return true;
}

/* ---- record ---- */

static bool record_case(void *userdata, struct mcp_call *call)
{
    static const struct mcp_argument known[] = {
        {"file", JSON_STRING}, {"history", JSON_OBJECT}, {"workflow_id", JSON_STRING}, {"rule_file", JSON_STRING}};
    struct history_json history;
    struct json_value rule, document;
    struct error error = ERROR_IN(call->arena);
    if (!mcp_check_arguments(call, known, 4) || !mcp_read_history(userdata, call, &history))
        return false;
    const char *rule_file = mcp_argument_text(call, "rule_file");
    if (rule_file != NULL && input_file_read_json(call->arena, rule_file, &rule, &error) != STATUS_OK)
        return mcp_fail_error(call, &error);
    if (case_record(call->arena, &action_catalog_all, history.events, history.count, rule_file != NULL ? &rule : NULL,
                    text_from(rule_file), &document, &error) != STATUS_OK)
        return mcp_fail_error(call, &error);
    struct json_writer json = {&call->result};
    json_begin_object(&json);
    json_member_value(&json, "cases_file", &document);
    json_end_object(&json);
    return true;
}

/* ---- what agents see ---- */

const struct mcp_tool mcp_explain_run = {
    .name = "explain_run",
    .title = "Explain a run",
    .description = "Reads the history of a run: how it ended, what failed and where, what each action returned, what "
                   "happens next, and what to do.",
    .input_schema = "{\"type\":\"object\",\"properties\":{" MCP_RUN_SOURCE "},\"additionalProperties\":false}",
    .output_schema =
        "{\"type\":\"object\",\"required\":[\"status\",\"failed\",\"actions\",\"next\"],\"properties\":{\"rule\":{"
        "\"type\":[\"string\",\"null\"]},\"status\":{\"type\":\"string\"},\"failure\":{\"type\":[\"string\",\"null\"]},"
        "\"events\":{\"type\":\"integer\"},\"milliseconds\":{\"type\":\"integer\"},\"failed\":{\"type\":\"array\","
        "\"items\":{\"type\":\"object\"}},\"actions\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"next\":{"
        "\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}",
    .open_world = true,
    .call = explain_run,
};

const struct mcp_tool mcp_record_case = {
    .name = "record_case",
    .title = "Make a test case of a run",
    .description =
        "Turns the history of a run into a file of test cases, which passes at once and fails when a change of "
        "the rule makes such a run go another way. Save `cases_file` as NAME.test.json.",
    .input_schema = "{\"type\":\"object\",\"properties\":{" MCP_RUN_SOURCE ",\"rule_file\":{\"type\":\"string\","
                    "\"description\":\"The rule to test; without it, that of the history\"}},"
                    "\"additionalProperties\":false}",
    .output_schema = "{\"type\":\"object\",\"required\":[\"cases_file\"],\"properties\":{\"cases_file\":{\"type\":"
                     "\"object\"}}}",
    .open_world = true,
    .call = record_case,
};
