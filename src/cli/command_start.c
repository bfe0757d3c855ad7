/* start: starts a rule as the ERP does, and with --wait tells how it ended. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/document.h"
#include "cli/outcome.h"
#include "cli/talk.h"

#define NIL_UUID "00000000-0000-0000-0000-000000000000"

struct starting {
    const struct cli_command *command;
    struct arena *arena;
    const char *file, *id;
    bool wait, json;
    struct settings settings;
    struct document document;
    struct talk talk;
    struct text workflow_id, run_id, input;
};

/* ---- the document ---- */

static void canonical(struct text written, char out[UUID_TEXT_SIZE + 1])
{
    struct uuid uuid = {{0}};
    (void)(written.size > 0 && uuid_parse(written, &uuid));
    uuid_format(uuid, out);
}

/* A rule that names no execution gets a new one. */
static bool complete_input(struct starting *starting)
{
    struct document *document = &starting->document;
    if (document->execution_id.size == 0) {
        char fresh[UUID_TEXT_SIZE + 1];
        uuid_format(uuid_random(), fresh);
        document->execution_id = arena_copy(starting->arena, text_from(fresh));
        size_t count = document->value.object.count;
        struct json_member *members = ARENA_ARRAY(starting->arena, count + 1, struct json_member);
        if (members == NULL || document->execution_id.data == NULL)
            return false;
        for (size_t i = 0; i < count; i++)
            members[i] = document->value.object.members[i];
        members[count] =
            (struct json_member){.key = TEXT("execution_id"), .value = json_string(document->execution_id)};
        document->value = json_object(members, count + 1);
    }
    starting->input = json_to_text(starting->arena, &document->value);
    return starting->input.data != NULL;
}

static bool choose_id(struct starting *starting)
{
    char rule[UUID_TEXT_SIZE + 1], entity[UUID_TEXT_SIZE + 1], execution[UUID_TEXT_SIZE + 1];
    canonical(starting->document.rule_id, rule);
    canonical(starting->document.entity_id, entity);
    canonical(starting->document.execution_id, execution);
    starting->workflow_id = starting->id != NULL
                                ? text_from(starting->id)
                                : arena_print(starting->arena, "workflow-%s-%s-%s", rule, entity, execution);
    return starting->workflow_id.data != NULL;
}

/* Nothing is started that the worker would refuse; an action that will fail is told of. */
static enum cli_exit read_document(struct starting *starting)
{
    struct error error = ERROR_IN(starting->arena);
    struct text content;
    enum status status = cli_read_file(starting->arena, starting->file, LIMIT_JSON_BYTES, &content, &error);
    struct document *document = &starting->document;
    if (status == STATUS_OK)
        status = document_read(starting->arena, content, &action_catalog_all, document, &error);
    if (status != STATUS_OK)
        return cli_fail(starting->command, "%.*s", TEXT_ARG(error.message));
    struct buffer lines = buffer_in(starting->arena, MIB(16));
    document_print_faults(document, starting->file, FAULT_CONFIG, &lines);
    struct text told = buffer_text(&lines);
    fwrite(told.data, 1, told.size, stderr);
    if (document->count[FAULT_RULE] > 0)
        return cli_fail(starting->command, "%s is not good: nothing was started", starting->file);
    if (document->bare_graph)
        return cli_fail(starting->command,
                        "%s is a bare graph; a WorkflowInput with rule_id, graph and trigger_data "
                        "is needed: nothing was started",
                        starting->file);
    if (!complete_input(starting) || !choose_id(starting))
        return cli_fail(starting->command, "out of memory");
    return CLI_GOOD;
}

/* ---- the server ---- */

static bool start(struct starting *starting)
{
    if (!talk_open(&starting->talk, starting->command, starting->arena, &starting->settings))
        return false;
    const struct workflow_start request = {
        .workflow_id = starting->workflow_id,
        .workflow_type = TEXT("ExecuteGraphWorkflow"),
        .task_queue = starting->settings.task_queues.items[0],
        .input = starting->input,
    };
    client_start_workflow(starting->talk.client, &request, starting->arena, talk_done, &starting->talk);
    if (!talk_wait(&starting->talk, "workflow %.*s was not started", TEXT_ARG(starting->workflow_id)))
        return false;
    starting->run_id = starting->talk.result.message;
    return true;
}

/* Reads the history to its end, and those of the runs that continue it. */
static bool wait_for_end(struct starting *starting, struct outcome *outcome)
{
    struct talk *talk = &starting->talk;
    struct text run_id = starting->run_id;
    do {
        client_read_workflow(talk->client, starting->workflow_id, run_id, true, starting->arena, talk_history_came,
                             talk);
        if (!talk_wait(talk, "cannot read the history"))
            return false;
        if (talk->history == NULL || !outcome_read(starting->arena, talk->history, outcome)) {
            cli_fail(starting->command, "out of memory");
            return false;
        }
        run_id = TEXT_NONE;
    } while (outcome->close == CLOSE_CONTINUED);
    return true;
}

static void print_start(const struct starting *starting)
{
    if (starting->json)
        return;
    printf("workflow  %.*s\nrun       %.*s\n", TEXT_ARG(starting->workflow_id), TEXT_ARG(starting->run_id));
    fflush(stdout);
}

static enum cli_exit print_end(const struct starting *starting, const struct outcome *outcome)
{
    struct buffer output = buffer_in(starting->arena, MIB(128));
    if (starting->json)
        outcome_write_json(&output, starting->workflow_id, starting->run_id, outcome);
    else if (outcome != NULL)
        outcome_write(&output, outcome);
    struct text text = buffer_text(&output);
    if (text.data == NULL)
        return cli_fail(starting->command, "the outcome does not fit in memory");
    cli_print(text);
    bool good = outcome == NULL || outcome->close == CLOSE_COMPLETED;
    return cli_end(starting->command, good ? CLI_GOOD : CLI_BAD);
}

static enum cli_exit start_and_tell(struct starting *starting)
{
    enum cli_exit code = read_document(starting);
    if (code != CLI_GOOD)
        return code;
    struct outcome outcome;
    code = CLI_BAD;
    if (start(starting)) {
        print_start(starting);
        if (!starting->wait)
            code = print_end(starting, NULL);
        else if (wait_for_end(starting, &outcome))
            code = print_end(starting, &outcome);
    }
    talk_close(&starting->talk);
    return code;
}

static enum cli_exit run(const struct cli_command *command, int argc, char **argv)
{
    static const struct option options[] = {{"wait", no_argument, NULL, 'w'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"id", required_argument, NULL, 'i'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct starting starting = {.command = command};
    int option;
    while ((option = cli_option(command, argc, argv, options)) != -1) {
        switch (option) {
        case 'w': starting.wait = true; break;
        case 'j': starting.json = true; break;
        case 'i': starting.id = optarg; break;
        default: return cli_option_end(command, option);
        }
    }
    if (argc - optind != 1)
        return cli_usage(command, optind == argc ? "which file?" : "one file at a time");
    if (starting.id != NULL && (starting.id[0] == '\0' || text_from(starting.id).size > LIMIT_WORKFLOW_ID))
        return cli_usage(command, "--id must be 1 to %d bytes long", LIMIT_WORKFLOW_ID);
    starting.file = argv[optind];
    starting.arena = arena_new(MIB(1024), 0);
    if (starting.arena == NULL)
        return cli_fail(command, "out of memory");
    enum cli_exit code = CLI_USAGE;
    if (connect_settings(command, starting.arena, &starting.settings, &starting.talk.connect))
        code = start_and_tell(&starting);
    arena_free(starting.arena);
    return code;
}

const struct cli_command command_start = {
    .name = "start",
    .synopsis = "FILE [--wait] [--json] [--id ID]",
    .summary = "Start a rule as the ERP does",
    .help = "FILE is a WorkflowInput in JSON; - is stdin. A file without execution_id gets a new one, so it can be\n"
            "started again and again. A rule that is not good is told of and not started.\n"
            "\n"
            "Options:\n"
            "  --wait     until the run has ended; then tell what became of each action\n"
            "  --json     tell it as JSON\n"
            "  --id ID    workflow id, instead of workflow-{rule_id}-{entity_id}-{execution_id}\n"
            "\n"
            "Examples:\n"
            "  " PROGRAM " start examples/expedite-large-order.json --wait\n"
            "  " PROGRAM " start rule.json --wait --json | jq .status\n"
            "\n"
            "Exit code: 0 started (with --wait: completed), 1 not started or not completed.\n",
    .settings = SETTINGS_TEMPORAL | SETTINGS_LOG,
    .run = run,
};
