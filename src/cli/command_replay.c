/* replay: applies histories to the engine, offline, and shows the result. */
#include <getopt.h>

#include "base/limits.h"
#include "cli/commands.h"
#include "cli/input_file.h"
#include "cli/replay.h"

#define ARENA_BYTES  MIB(4096)
#define OUTPUT_BYTES MIB(512)

static bool replay_file(const struct cli_command *command, struct arena *arena, const char *file, struct replay *replay)
{
    struct error error = ERROR_IN(arena);
    struct text document;
    if (input_file_read(arena, file, LIMIT_JSON_BYTES, &document, &error) != STATUS_OK) {
        cli_fail(command, "%.*s", TEXT_ARG(error.message));
        return false;
    }
    replay_read(arena, text_from(file), document, replay);
    return true;
}

/* False: the file cannot be read or replayed; reported on stderr. */
static bool print_one(const struct cli_command *command, struct arena *arena, const char *file, bool json,
                      size_t *printed)
{
    struct replay replay;
    if (!replay_file(command, arena, file, &replay))
        return false;
    bool good = replay.status == STATUS_OK;
    struct buffer output = buffer_in(arena, OUTPUT_BYTES);
    if (json || good)
        buffer_add(&output, *printed == 0 ? TEXT("") : json ? TEXT(",\n ") : TEXT("\n"));
    if (json)
        replay_write_json(&output, &replay);
    else if (good)
        replay_write(&output, &replay);
    else
        cli_fail(command, "%s: %.*s: %.*s", file, TEXT_ARG(replay.fault.where), TEXT_ARG(replay.fault.message));
    struct text text = buffer_text(&output);
    if (text.data == NULL) {
        cli_fail(command, "%s: the output does not fit in memory", file);
        return false;
    }
    cli_print(text);
    *printed += json || good;
    return good;
}

static enum cli_exit run(const struct cli_command *command, struct arena *unused, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    (void)unused; /* each history has an arena of its own */
    bool json = false;
    int option;
    while ((option = cli_option(command, argc, argv, options)) != -1) {
        if (option != 'j')
            return cli_option_end(command, option);
        json = true;
    }
    if (optind == argc)
        return cli_usage_error(command, "which history?");
    enum cli_exit code = CLI_SUCCESS;
    size_t printed = 0;
    cli_print(json ? TEXT("[") : TEXT(""));
    for (char **file = argv + optind; *file != NULL; file++) {
        struct arena *arena = arena_new(ARENA_BYTES, 0);
        if (arena == NULL)
            return cli_out_of_memory(command);
        if (!print_one(command, arena, *file, json, &printed))
            code = CLI_FAILURE;
        arena_free(arena);
    }
    cli_print(json ? TEXT("]\n") : TEXT(""));
    return cli_finish(command, code);
}

const struct cli_command command_replay = {
    .name = "replay",
    .synopsis = "HISTORY... [--json]",
    .summary = "Show the actions of a run from its history, and what would happen next",
    .help =
        "HISTORY is the output of `temporal workflow show --output json`; - is stdin. Reads runs that the Go worker\n"
        "started, and its branches, too. Needs no server and performs nothing.\n"
        "\n"
        "HOW: by an activity, inside a workflow task (local), by a timer, by a branch of the Go worker, or in the\n"
        "earlier run that this one continues.\n"
        "\n"
        "Options:\n"
        "  --json    a JSON array, for each history: file, fault, type, rule, events, status, failure, actions, next\n"
        "\n"
        "Example:\n"
        "  temporal workflow show --workflow-id ID --output json | " PROGRAM " replay -\n"
        "\n"
        "Exit code: 0 every history can be replayed, 1 one cannot; the message names the event.\n",
    .arena_bytes = MIB(1),
    .run = run,
};
