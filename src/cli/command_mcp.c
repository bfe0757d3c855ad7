/* mcp: offers rules, their tests and their runs to agents. */
#include <getopt.h>
#include <stdio.h>

#include "agents/mcp_tools.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "mcp/mcp_stream.h"

static enum cli_exit serve(const struct cli_command *command)
{
    const struct mcp_tool tools[] = {mcp_list_actions, mcp_describe_action, mcp_validate_rule, mcp_simulate_rule,
                                     mcp_test_rules,   mcp_explain_run,     mcp_record_case,   mcp_draw_rule,
                                     mcp_draw_run,     mcp_rule_schema};
    struct mcp_context context = {.command = command};
    struct mcp_server server = {
        .name = PROGRAM,
        .version = WORKER_VERSION,
        .instructions =
            "Automation rules of the Ichor ERP: graphs of actions. Write a rule, validate_rule it, see what it "
            "does with simulate_rule, then keep that with test_rules. No tool changes anything.",
        .tools = tools,
        .tool_count = sizeof tools / sizeof tools[0],
        .userdata = &context,
    };
    return mcp_serve(&server, stdin, stdout) ? CLI_SUCCESS : cli_fail(command, "an answer could not be written");
}

static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    int option = cli_option(command, argc, argv);
    if (option != -1)
        return cli_option_end(command, option);
    if (optind < argc)
        return cli_usage_error(command, "no argument is known");
    struct cli_command rules = *command;
    struct settings settings;
    rules.settings = SETTINGS_RULES;
    if (!cli_read_settings(&rules, arena, &settings))
        return CLI_USAGE;
    return serve(command);
}

const struct cli_command command_mcp = {
    .name = "mcp",
    .synopsis = "",
    .summary = "Serve agents by the Model Context Protocol, on stdin and stdout",
    .help =
        "An agent starts this command and gets tools to write rules and to prove them: list_actions, describe_action,\n"
        "rule_schema, validate_rule, simulate_rule, test_rules, draw_rule, explain_run, draw_run, record_case. No "
        "tool\n"
        "changes anything. They read files that the user of this process can read. docs/agents.md says how to connect\n"
        "an agent.\n"
        "\n"
        "Example:\n"
        "  {\"mcpServers\": {\"rules\": {\"command\": \"" PROGRAM "\", \"args\": [\"mcp\"]}}}\n"
        "\n"
        "The settings of Temporal are read when a tool gets a workflow id.\n"
        "\n"
        "Exit code: 0 when the input ends, 1 when an answer cannot be written.\n",
    .settings = SETTINGS_RULES | SETTINGS_TEMPORAL | SETTINGS_LOG,
    .arena_bytes = MIB(16),
    .options = options,
    .run = run,
};
