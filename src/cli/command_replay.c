/* replay: applies histories to the engine, offline, and shows the result. */
#include <getopt.h>

#include "base/limits.h"
#include "cli/commands.h"
#include "console/input_file.h"
#include "rule/case_record.h"
#include "rule/pretty_json.h"
#include "runs/replay.h"
#include "runs/server_history.h"

#define ARENA_BYTES  MIB(4096)
#define OUTPUT_BYTES MIB(512)

struct request {
    const struct cli_command *command;
    const char *workflow_id; /* NULL: the histories are files */
    const char *rule;        /* of a case; NULL: the one in the history */
    bool json, as_test;
};

/* Reads a history from a file, or from the server. */
static enum cli_exit read_history(const struct request *request, struct arena *arena, const char *name,
                                  struct history_json *history)
{
    if (request->workflow_id != NULL)
        return server_history_read(request->command, arena, name, NULL, history);
    struct error error = ERROR_IN(arena);
    struct text document;
    if (input_file_read(arena, name, LIMIT_JSON_BYTES, &document, &error) != STATUS_OK)
        return cli_fail(request->command, "%.*s", TEXT_ARG(error.message));
    if (history_json_read(arena, document, history, &error) == STATUS_OK)
        return CLI_SUCCESS;
    return cli_fail(request->command, "%s: %.*s: %.*s", input_file_name(name), TEXT_ARG(error.where),
                    TEXT_ARG(error.message));
}

/* ---- as a test case ---- */

static enum cli_exit print_case(const struct request *request, struct arena *arena, const char *name)
{
    struct history_json history;
    struct json_value rule, document;
    struct error error = ERROR_IN(arena);
    if (request->rule != NULL && input_file_read_json(arena, request->rule, &rule, &error) != STATUS_OK)
        return cli_fail(request->command, "%.*s", TEXT_ARG(error.message));
    enum cli_exit code = read_history(request, arena, name, &history);
    if (code != CLI_SUCCESS)
        return code;
    enum status status = case_record(arena, &action_catalog_all, history.events, history.count,
                                     request->rule != NULL ? &rule : NULL, text_from(request->rule), &document, &error);
    if (status != STATUS_OK)
        return cli_fail(request->command, "%s: %.*s%s%.*s", input_file_name(name), TEXT_ARG(error.where),
                        error.where.size > 0 ? ": " : "", TEXT_ARG(error.message));
    struct buffer output = buffer_in(arena, OUTPUT_BYTES);
    pretty_json_write(&output, &document);
    struct text text = buffer_text(&output);
    if (text.data == NULL)
        return cli_fail(request->command, "%s: the output does not fit in memory", name);
    cli_print(text);
    return CLI_SUCCESS;
}

static enum cli_exit print_as_test(const struct request *request, const char *name)
{
    struct arena *arena = arena_new(ARENA_BYTES, 0);
    if (arena == NULL)
        return cli_out_of_memory(request->command);
    enum cli_exit code = print_case(request, arena, name);
    arena_free(arena);
    return cli_finish(request->command, code);
}

/* ---- the states of its actions ---- */

/* False: it cannot be read; reported on stderr. */
static bool replay_one(const struct request *request, struct arena *arena, const char *name, struct replay *replay)
{
    struct error error = ERROR_IN(arena);
    struct history_json history;
    struct text document;
    if (request->workflow_id != NULL) {
        if (read_history(request, arena, name, &history) != CLI_SUCCESS)
            return false;
        replay_fold(arena, text_from(name), &history, replay);
        return true;
    }
    if (input_file_read(arena, name, LIMIT_JSON_BYTES, &document, &error) != STATUS_OK) {
        cli_fail(request->command, "%.*s", TEXT_ARG(error.message));
        return false;
    }
    replay_read(arena, text_from(name), document, replay);
    return true;
}

/* False: the history cannot be read or replayed; reported on stderr. */
static bool print_one(const struct request *request, struct arena *arena, const char *name, size_t *printed)
{
    struct replay replay;
    if (!replay_one(request, arena, name, &replay))
        return false;
    bool good = replay.status == STATUS_OK;
    struct buffer output = buffer_in(arena, OUTPUT_BYTES);
    if (request->json || good)
        buffer_add(&output, *printed == 0 ? TEXT("") : request->json ? TEXT(",\n ") : TEXT("\n"));
    if (request->json)
        replay_write_json(&output, &replay);
    else if (good)
        replay_write(&output, &replay);
    else
        cli_fail(request->command, "%s: %.*s: %.*s", name, TEXT_ARG(replay.fault.where),
                 TEXT_ARG(replay.fault.message));
    struct text text = buffer_text(&output);
    if (text.data == NULL) {
        cli_fail(request->command, "%s: the output does not fit in memory", name);
        return false;
    }
    cli_print(text);
    *printed += request->json || good;
    return good;
}

static enum cli_exit print_states(const struct request *request, char **names)
{
    enum cli_exit code = CLI_SUCCESS;
    size_t printed = 0;
    cli_print(request->json ? TEXT("[") : TEXT(""));
    for (char **name = names; *name != NULL; name++) {
        struct arena *arena = arena_new(ARENA_BYTES, 0);
        if (arena == NULL)
            return cli_out_of_memory(request->command);
        if (!print_one(request, arena, *name, &printed))
            code = CLI_FAILURE;
        arena_free(arena);
    }
    cli_print(request->json ? TEXT("]\n") : TEXT(""));
    return cli_finish(request->command, code);
}

static const struct option options[] = {{"json", no_argument, NULL, 'j'},       {"as-test", no_argument, NULL, 't'},
                                        {"rule", required_argument, NULL, 'r'}, {"id", required_argument, NULL, 'i'},
                                        {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *unused, int argc, char **argv)
{
    (void)unused; /* each history has an arena of its own */
    struct request request = {.command = command};
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'j': request.json = true; break;
        case 't': request.as_test = true; break;
        case 'r': request.rule = optarg; break;
        case 'i': request.workflow_id = optarg; break;
        default: return cli_option_end(command, option);
        }
    }
    char *one[] = {(char *)request.workflow_id, NULL};
    char **names = request.workflow_id != NULL ? one : argv + optind;
    if (request.workflow_id != NULL && optind < argc)
        return cli_usage_error(command, "a file or --id, not both");
    if (names[0] == NULL)
        return cli_usage_error(command, "which history?");
    if (request.rule != NULL && !request.as_test)
        return cli_usage_error(command, "--rule goes with --as-test");
    if (!request.as_test)
        return print_states(&request, names);
    if (names[1] != NULL)
        return cli_usage_error(command, "--as-test: one history at a time");
    return print_as_test(&request, names[0]);
}

const struct cli_command command_replay = {
    .name = "replay",
    .synopsis = "HISTORY...|--id ID [--json] [--as-test [--rule FILE]]",
    .summary = "Show the actions of a run from its history, and what would happen next",
    .help =
        "HISTORY is the output of `temporal workflow show --output json`; - is stdin. Reads runs that the Go worker\n"
        "started, and its branches, too. Needs no server, unless --id is given, and performs nothing.\n"
        "\n"
        "HOW: by an activity, inside a workflow task (local), by a timer, by a branch of the Go worker, or in the\n"
        "earlier run that this one continues.\n"
        "\n"
        "Options:\n"
        "  --id ID        read the newest run of the workflow with this id from Temporal\n"
        "  --json         a JSON array, for each history: file, fault, type, rule, events, status, failure, actions,\n"
        "                 next\n"
        "  --as-test      print the run as a file of test cases for '" PROGRAM " test': its trigger data, what its\n"
        "                 actions returned, and the path, configs and end to expect. Data of the run are in it.\n"
        "  --rule FILE    with --as-test: the rule to test, as the file of cases shall name it; without it, the rule\n"
        "                 of the history becomes part of that file\n"
        "\n"
        "Examples:\n"
        "  temporal workflow show --workflow-id ID --output json | " PROGRAM " replay -\n"
        "  " PROGRAM " replay --as-test history.json > cases.test.json && " PROGRAM " test cases.test.json\n"
        "\n"
        "The settings of Temporal are read only with --id.\n"
        "\n"
        "Exit code: 0 every history can be replayed, 1 one cannot; the message names the event.\n",
    .settings = SETTINGS_TEMPORAL | SETTINGS_LOG,
    .arena_bytes = MIB(1),
    .options = options,
    .run = run,
};
