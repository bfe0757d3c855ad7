/* show: a run, its actions and what it waits for. */
#include <getopt.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "console/terminal.h"
#include "runs/run_reading.h"
#include "runs/run_report.h"

struct request {
    const struct cli_command *command;
    struct arena *arena;
    const char *word;
    bool json;
    struct settings settings;
    struct blocking_client temporal;
    struct run_reading read;
};

static enum cli_exit print(const struct request *request, const struct run_report *report)
{
    struct buffer output = buffer_in(request->arena, LIMIT_PICTURE_BYTES);
    struct error error = ERROR_IN(request->arena);
    enum status status;
    if (request->json) {
        status = run_report_write_json(report, &output, &error);
    } else {
        run_report_write_head(report, &output);
        status = run_report_write_tree(report, terminal_is_coloured(), &output, &error);
        run_report_write_details(report, &output);
    }
    if (status != STATUS_OK)
        return cli_fail(request->command, "%.*s", TEXT_ARG(error.message));
    return cli_finish_output(request->command, &output, CLI_SUCCESS);
}

static enum cli_exit show(struct request *request)
{
    struct run_reading *read = &request->read;
    if (!blocking_client_open(&request->temporal, request->command, request->arena, &request->settings))
        return CLI_FAILURE;
    enum cli_exit code = run_reading_open(read, &request->temporal, &request->settings, request->word);
    if (code != CLI_SUCCESS)
        return code;
    const struct run_report report = {.workflow_id = read->description->run.workflow_id,
                                      .run_id = read->description->run.run_id,
                                      .task_queue = read->description->run.task_queue,
                                      .run = &read->picture,
                                      .waits = read->waits,
                                      .task_attempt = read->description->task_attempt,
                                      .now_us = clock_utc_us()};
    return print(request, &report);
}

static const struct option options[] = {
    {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct request request = {.command = command, .arena = arena};
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'j': request.json = true; break;
        default: return cli_option_end(command, option);
        }
    }
    if (argc - optind != 1)
        return cli_usage_error(command, optind == argc ? "which run?" : "one run at a time");
    request.word = argv[optind];
    if (!connection_settings_read(command, arena, &request.settings, &request.temporal.connection))
        return CLI_USAGE;
    enum cli_exit code = show(&request);
    run_reading_close(&request.read);
    blocking_client_close(&request.temporal);
    return code;
}

const struct cli_command command_show = {
    .name = "show",
    .synopsis = "ID [--json]",
    .summary = "Show a run: its actions, what failed, and what it waits for",
    .help = RUN_REFERENCE_HELP
    "The tree has the state of each action, who has executed it, how long it took and its output. Below it stand\n"
    "failures, and the actions that are open: those that wait for people, for a decision about a failure, for a\n"
    "time or for their next attempt, with the latest failure.\n"
    "\n"
    "Options:\n"
    "  --json     print an object\n"
    "\n"
    "Examples:\n"
    "  " PROGRAM " show 65ae2ffd\n"
    "  " PROGRAM " show workflow-... --json | jq '.actions[] | select(.waits_for != null)'\n"
    "\n"
    "Exit code: 0 shown, however the run has ended, 1 not shown, 2 wrong usage or settings.\n",
    .settings = SETTINGS_TEMPORAL | SETTINGS_LOG,
    .arena_bytes = MIB(1024),
    .options = options,
    .run = run,
};
