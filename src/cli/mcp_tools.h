/* The tools that `mcp` offers to agents. Each reads its arguments, writes its result, and has a schema for both. */
#ifndef CLI_MCP_TOOLS_H
#define CLI_MCP_TOOLS_H

#include "cli/command.h"
#include "mcp/mcp_server.h"
#include "rule/case_faults.h"

/* The userdata of the tools. */
struct mcp_context {
    const struct cli_command *command;
};

extern const struct mcp_tool mcp_list_actions, mcp_describe_action;
extern const struct mcp_tool mcp_validate_rule, mcp_simulate_rule, mcp_test_rules;
extern const struct mcp_tool mcp_explain_run, mcp_record_case;

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

bool mcp_fail(struct mcp_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
bool mcp_fail_error(struct mcp_call *call, const struct error *error); /* its place and its message */
/* All faults in one text. */
bool mcp_fail_faults(struct mcp_call *call, const struct case_faults *faults);

#endif
