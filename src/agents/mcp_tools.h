/* The tools that `mcp` offers to agents. Each reads its arguments, writes its result, and has a schema for both. */
#ifndef AGENTS_MCP_TOOLS_H
#define AGENTS_MCP_TOOLS_H

#include "console/command.h"
#include "mcp/mcp_server.h"
#include "rule/case_faults.h"
#include "temporal/history_json.h"

/* The userdata of the tools. */
struct mcp_context {
    const struct cli_command *command;
};

extern const struct mcp_tool mcp_list_actions, mcp_describe_action, mcp_rule_schema;
extern const struct mcp_tool mcp_validate_rule, mcp_simulate_rule, mcp_test_rules;
extern const struct mcp_tool mcp_explain_run, mcp_record_case;
extern const struct mcp_tool mcp_draw_rule, mcp_draw_run;

/* ---- arguments ---- */

/* In all of these, false means that call->failure says why. */

/* Refuses arguments that are not among these keys; `type_of` gives the type of each. */
struct mcp_argument {
    const char *key;
    enum json_type type;
};
bool mcp_check_arguments(struct mcp_call *call, const struct mcp_argument *known, size_t count);
/* NULL when it is absent. */
const struct json_value *mcp_argument(const struct mcp_call *call, const char *key);
/* The argument as a string, NUL-terminated; NULL when it is absent. */
const char *mcp_argument_text(const struct mcp_call *call, const char *key);
/* The JSON of argument `value`, or in the file that argument `file` names; one of them is needed. */
bool mcp_read_json(struct mcp_call *call, const char *value, const char *file, struct json_value *document);

/* The history that `file`, `history` or `workflow_id` names; one of them is needed. */
bool mcp_read_history(const struct mcp_context *context, struct mcp_call *call, struct history_json *history);

bool mcp_fail(struct mcp_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
bool mcp_fail_error(struct mcp_call *call, const struct error *error); /* its place and its message */
/* All faults in one text. */
bool mcp_fail_faults(struct mcp_call *call, const struct case_faults *faults);

/* The properties of input schemas for the arguments of mcp_read_json and mcp_read_history. */
#define MCP_RULE_SOURCE                                                                                                \
    "\"rule\":{\"type\":\"object\",\"description\":\"A WorkflowInput ({rule_id, rule_name, graph, trigger_data}) or "  \
    "a "                                                                                                               \
    "bare graph ({actions, edges})\"},\"file\":{\"type\":\"string\",\"description\":\"The path of a file with the "    \
    "rule, instead of `rule`\"}"
#define MCP_RUN_SOURCE                                                                                                 \
    "\"file\":{\"type\":\"string\",\"description\":\"The path of a history, as `temporal workflow show --output "      \
    "json` "                                                                                                           \
    "prints it\"},\"history\":{\"type\":\"object\",\"description\":\"The history itself\"},\"workflow_id\":{\"type\":" \
    "\"string\",\"description\":\"Read its newest run from Temporal; the server must be started with the settings of " \
    "Temporal\"}"

#endif
