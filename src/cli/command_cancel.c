/* cancel: asks a run to stop, and says what stays of it. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "runs/run_reading.h"
#include "runs/run_summary.h"

struct cancellation {
    const struct cli_command *command;
    struct arena *arena;
    const char *word, *reason;
    bool dry_run, json;
    struct settings settings;
    struct blocking_client temporal;
    struct run_reading read;
};

/* What a cancel means for an action. */
enum fate {
    FATE_STAYS,   /* what it has done is not undone */
    FATE_STOPS,   /* it has begun */
    FATE_OMITTED, /* it has not */
    FATE_NONE,    /* nothing: it has ended without effects, or cannot be reached */
};

static enum fate fate_of(const struct run_action *action)
{
    const struct action_type *type = action_catalog_find(&action_catalog_all, action->type);
    bool effects = type == NULL || type->effects == EFFECTS_WRITE || type->effects == EFFECTS_EXTERNAL;
    switch (action->state) {
    case ACTION_STATE_FINISHED: return effects ? FATE_STAYS : FATE_NONE;
    case ACTION_STATE_PERFORMING:
    case ACTION_STATE_SCHEDULED:
    case ACTION_STATE_HELD: return FATE_STOPS;
    case ACTION_STATE_WAITING:
    case ACTION_STATE_READY: return FATE_OMITTED;
    default: return FATE_NONE;
    }
}

/* ---- printing ---- */

static void write_fate(const struct cancellation *cancellation, enum fate fate, const char *title,
                       struct buffer *output)
{
    const struct run *run = cancellation->read.picture.run;
    bool begun = false;
    for (size_t i = 0; i < run_action_count(run); i++) {
        struct run_action action;
        run_action_at(run, i, &action);
        if (fate_of(&action) != fate)
            continue;
        buffer_print(output, "%s  %.*s (%.*s)\n", begun ? "" : title, TEXT_ARG(action.name), TEXT_ARG(action.type));
        begun = true;
    }
}

static void write_text(const struct cancellation *cancellation, struct buffer *output)
{
    buffer_print(output, "%s %.*s\n", cancellation->dry_run ? "would cancel" : "asked to cancel:",
                 TEXT_ARG(cancellation->read.description->run.workflow_id));
    write_fate(cancellation, FATE_STAYS, "done, and not undone\n", output);
    write_fate(cancellation, FATE_STOPS, "open, and stopped; what they have written stays\n", output);
    write_fate(cancellation, FATE_OMITTED, "not started, and left out\n", output);
}

static void write_json_fate(const struct cancellation *cancellation, enum fate fate, const char *key,
                            struct json_writer *json)
{
    const struct run *run = cancellation->read.picture.run;
    json_key(json, key);
    json_begin_array(json);
    for (size_t i = 0; i < run_action_count(run); i++) {
        struct run_action action;
        run_action_at(run, i, &action);
        if (fate_of(&action) != fate)
            continue;
        json_begin_object(json);
        run_action_write_json(json, &action);
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_json(const struct cancellation *cancellation, struct buffer *output)
{
    struct json_writer json = {output};
    json_begin_object(&json);
    json_member_text(&json, "workflow_id", cancellation->read.description->run.workflow_id);
    json_member_text(&json, "run_id", cancellation->read.description->run.run_id);
    json_member_boolean(&json, "requested", !cancellation->dry_run);
    write_json_fate(cancellation, FATE_STAYS, "stays", &json);
    write_json_fate(cancellation, FATE_STOPS, "stops", &json);
    write_json_fate(cancellation, FATE_OMITTED, "left_out", &json);
    json_end_object(&json);
    buffer_add_byte(output, '\n');
}

static enum cli_exit print(const struct cancellation *cancellation)
{
    struct buffer output = buffer_in(cancellation->arena, MIB(64));
    if (cancellation->json)
        write_json(cancellation, &output);
    else
        write_text(cancellation, &output);
    return cli_finish_output(cancellation->command, &output, CLI_SUCCESS);
}

/* ---- the server ---- */

static enum cli_exit cancel(struct cancellation *cancellation)
{
    struct blocking_client *temporal = &cancellation->temporal;
    if (!blocking_client_open(temporal, cancellation->command, cancellation->arena, &cancellation->settings))
        return CLI_FAILURE;
    enum cli_exit code = run_reading_open(&cancellation->read, temporal, &cancellation->settings, cancellation->word);
    if (code != CLI_SUCCESS)
        return code;
    const struct run_info *run = &cancellation->read.description->run;
    if (run->close != CLOSE_NONE)
        return cli_fail(cancellation->command, "the run is over: %s", run_close_name(run->close));
    if (!cancellation->dry_run) {
        const struct run_cancel request = {.workflow_id = run->workflow_id,
                                           .run_id = run->run_id,
                                           .reason = text_from(cancellation->reason),
                                           .identity = blocking_client_sender(cancellation->arena)};
        client_cancel_run(temporal->client, &request, cancellation->arena, blocking_client_done, temporal);
        if (!blocking_client_wait(temporal, "cannot cancel %.*s", TEXT_ARG(run->workflow_id)))
            return CLI_FAILURE;
    }
    return print(cancellation);
}

/* ---- the command ---- */

static const struct option options[] = {{"reason", required_argument, NULL, 'r'},
                                        {"dry-run", no_argument, NULL, 'd'},
                                        {"json", no_argument, NULL, 'j'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct cancellation cancellation = {.command = command, .arena = arena};
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'r': cancellation.reason = optarg; break;
        case 'd': cancellation.dry_run = true; break;
        case 'j': cancellation.json = true; break;
        default: return cli_option_end(command, option);
        }
    }
    if (argc - optind != 1)
        return cli_usage_error(command, optind == argc ? "which run?" : "one run at a time");
    cancellation.word = argv[optind];
    if (!connection_settings_read(command, arena, &cancellation.settings, &cancellation.temporal.connection))
        return CLI_USAGE;
    enum cli_exit code = cancel(&cancellation);
    run_reading_close(&cancellation.read);
    blocking_client_close(&cancellation.temporal);
    return code;
}

const struct cli_command command_cancel = {
    .name = "cancel",
    .synopsis = "ID [--reason TEXT] [--dry-run] [--json]",
    .summary = "Cancel a run, and say what stays of it",
    .help = RUN_REFERENCE_HELP
    "No action starts any more, those that are open are stopped, and their requests for approval expire. What is\n"
    "done is not undone: the actions with effects are listed. A worker carries the cancel out; 'watch' shows when.\n"
    "\n"
    "Options:\n"
    "  --reason TEXT   why; the history of the run keeps it, with user and host\n"
    "  --dry-run       say what a cancel means, and ask for none\n"
    "  --json          print an object\n"
    "\n"
    "Examples:\n"
    "  " PROGRAM " cancel 65ae2ffd --dry-run\n"
    "  " PROGRAM " cancel workflow-... --reason 'the order is void'\n"
    "\n"
    "Exit code: 0 asked for, 1 not asked for, also when the run is over, 2 wrong usage or settings.\n",
    .settings = SETTINGS_TEMPORAL | SETTINGS_LOG,
    .arena_bytes = MIB(1024),
    .options = options,
    .run = run,
};
