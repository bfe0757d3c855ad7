/* retry, skip, fail: what is to be done about an action on hold. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_writer.h"
#include "cli/commands.h"
#include "console/input_file.h"
#include "engine/names.h"
#include "runs/blocking_client.h"
#include "runs/run_reference.h"

/* The update has the name of its command. */
struct correction {
    const struct cli_command *command;
    struct arena *arena;
    const char *word, *action, *reason, *file;
    const char *key; /* of the document in the input; NULL: the command takes none */
    struct settings settings;
    struct blocking_client temporal;
};

/* The document of --config or --result, as JSON. */
static enum cli_exit read_document(const struct correction *correction, struct text *document)
{
    struct error error = ERROR_IN(correction->arena);
    struct json_value value;
    enum status status = input_file_read(correction->arena, correction->file, LIMIT_JSON_BYTES, document, &error);
    if (status == STATUS_OK)
        status = json_read(correction->arena, *document, &value, &error);
    if (status == STATUS_OK && value.type != JSON_OBJECT)
        return cli_fail(correction->command, "%s: expected an object, found %s", correction->file,
                        json_type_name(value.type));
    if (status == STATUS_OK)
        *document = json_to_text(correction->arena, &value);
    if (status != STATUS_OK)
        return cli_fail(correction->command, "%s: %.*s", correction->file, TEXT_ARG(error.message));
    return CLI_SUCCESS;
}

static enum cli_exit write_input(const struct correction *correction, struct text *input)
{
    struct text document = TEXT_NONE;
    enum cli_exit code = correction->file != NULL ? read_document(correction, &document) : CLI_SUCCESS;
    if (code != CLI_SUCCESS)
        return code;
    struct buffer buffer = buffer_in(correction->arena, LIMIT_PAYLOAD_BYTES);
    struct json_writer json = {&buffer};
    json_begin_object(&json);
    json_member_text(&json, "action", text_from(correction->action));
    if (document.size > 0)
        json_member_raw(&json, correction->key, document);
    if (correction->reason != NULL)
        json_member_text(&json, "reason", text_from(correction->reason));
    json_end_object(&json);
    *input = buffer_text(&buffer);
    return input->data != NULL ? CLI_SUCCESS
                               : cli_fail(correction->command, "the update is larger than Temporal takes");
}

static enum cli_exit print_accepted(const struct correction *correction)
{
    printf("%s: %s accepted\n", correction->action, correction->command->name);
    return cli_finish(correction->command, CLI_SUCCESS);
}

static enum cli_exit send(struct correction *correction)
{
    struct text input;
    enum cli_exit code = write_input(correction, &input);
    if (code != CLI_SUCCESS)
        return code;
    code = CLI_FAILURE;
    const struct described_run *run;
    struct blocking_client *temporal = &correction->temporal;
    if (blocking_client_open(temporal, correction->command, correction->arena, &correction->settings))
        code = run_reference_find(temporal, &correction->settings, correction->word, &run);
    if (code == CLI_SUCCESS) {
        const struct workflow_update_request request = {.workflow_id = run->run.workflow_id,
                                                        .name = text_from(correction->command->name),
                                                        .input = input,
                                                        .identity = blocking_client_sender(correction->arena)};
        client_update_workflow(temporal->client, &request, correction->arena, blocking_client_done, temporal);
        code = blocking_client_wait(temporal, "%s", correction->word) ? print_accepted(correction) : CLI_FAILURE;
    }
    blocking_client_close(temporal);
    return code;
}

/* `document` stands for the option that takes one, and has its name. */
#define OPTIONS_WITH(document)                                                                                         \
    {                                                                                                                  \
        {"action", required_argument, NULL, 'a'}, {"reason", required_argument, NULL, 'r'},                            \
            {"help", no_argument, NULL, 'h'}, {document, required_argument, NULL, 'f'}, {NULL, 0, NULL, 0},            \
    }
static const struct option retry_options[] = OPTIONS_WITH("config");
static const struct option skip_options[] = OPTIONS_WITH("result");
static const struct option fail_options[] = OPTIONS_WITH(NULL);

static enum cli_exit correct(const struct cli_command *command, struct arena *arena, int argc, char **argv,
                             const char *key)
{
    struct correction correction = {.command = command, .arena = arena, .key = key};
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'a': correction.action = optarg; break;
        case 'r': correction.reason = optarg; break;
        case 'f': correction.file = optarg; break;
        default: return cli_option_end(command, option);
        }
    }
    if (argc - optind != 1)
        return cli_usage_error(command, optind == argc ? "which run?" : "one run at a time");
    correction.word = argv[optind];
    if (correction.action == NULL)
        return cli_usage_error(command, "--action is required: its id or name");
    if (!connection_settings_read(command, arena, &correction.settings, &correction.temporal.connection))
        return CLI_USAGE;
    return send(&correction);
}

static enum cli_exit run_retry(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    return correct(command, arena, argc, argv, "config");
}

static enum cli_exit run_skip(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    return correct(command, arena, argc, argv, "result");
}

static enum cli_exit run_fail(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    return correct(command, arena, argc, argv, NULL);
}

#define OPTIONS                                                                                                        \
    RUN_REFERENCE_HELP                                                                                                 \
    "\n"                                                                                                               \
    "Options:\n"                                                                                                       \
    "  --action ACTION   its id or name\n"
#define REASON                                                                                                         \
    "  --reason TEXT     why; the history of the run keeps it, with user and host\n"                                   \
    "\n"
#define EXIT_CODE "\nExit code: 0 accepted, 1 refused or not sent.\n"

const struct cli_command command_retry = {
    .name = UPDATE_RETRY,
    .synopsis = "ID --action ACTION [--config FILE] [--reason TEXT]",
    .summary = "Try an action on hold again",
    .help =
        "The action has failed and its run waits, see ICHOR_WORKER_ON_FAILURE.\n" OPTIONS
        "  --config FILE     its corrected action_config, in JSON; - is stdin\n" REASON "Example:\n"
        "  " PROGRAM " retry workflow-1 --action reserve --config reserve.json --reason 'wrong location'\n" EXIT_CODE,
    .settings = SETTINGS_TEMPORAL | SETTINGS_LOG,
    .arena_bytes = MIB(64),
    .options = retry_options,
    .run = run_retry,
};

const struct cli_command command_skip = {
    .name = UPDATE_SKIP,
    .synopsis = "ID --action ACTION [--result FILE] [--reason TEXT]",
    .summary = "Go on behind an action on hold",
    .help = "The action counts as done. It has failed and its run waits, see ICHOR_WORKER_ON_FAILURE.\n" OPTIONS
            "  --result FILE     its result, in JSON; - is stdin. Without it the result is empty\n" REASON "Example:\n"
            "  " PROGRAM " skip workflow-1 --action send_mail --reason 'sent by hand'\n" EXIT_CODE,
    .settings = SETTINGS_TEMPORAL | SETTINGS_LOG,
    .arena_bytes = MIB(64),
    .options = skip_options,
    .run = run_skip,
};

const struct cli_command command_fail = {
    .name = UPDATE_FAIL,
    .synopsis = "ID --action ACTION [--reason TEXT]",
    .summary = "Let an action on hold fail",
    .help = "The run fails when the rest of it has ended. The action has failed and its run waits, see\n"
            "ICHOR_WORKER_ON_FAILURE.\n" OPTIONS REASON "Example:\n"
            "  " PROGRAM " fail workflow-1 --action reserve --reason 'the order is void'\n" EXIT_CODE,
    .settings = SETTINGS_TEMPORAL | SETTINGS_LOG,
    .arena_bytes = MIB(64),
    .options = fail_options,
    .run = run_fail,
};
