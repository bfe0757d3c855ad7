/* start: starts a rule as the ERP does; with --wait reports how the run ended. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "console/input_file.h"
#include "engine/names.h"
#include "erp/execution.h"
#include "postgres/database.h"
#include "rule/rule_document.h"
#include "runs/blocking_client.h"
#include "runs/optional_database.h"
#include "runs/run_summary.h"

struct start {
    const struct cli_command *command;
    struct arena *arena;
    const char *file, *id;
    bool wait, json, force;
    struct settings settings;
    struct rule_document document;
    struct blocking_client temporal;
    struct database *database; /* NULL when no database is configured */
    struct text workflow_id, run_id, input;
};

/* ---- the document ---- */

/* The id in the canonical form; nil when the rule has no id. */
static struct text canonical(struct arena *arena, struct text written)
{
    struct uuid uuid = {{0}};
    (void)(written.size > 0 && uuid_parse(written, &uuid));
    return uuid_text(arena, uuid);
}

/* A rule without an execution id gets a new one. */
static bool complete_input(struct start *start)
{
    struct rule_document *document = &start->document;
    if (document->execution_id.size == 0) {
        document->execution_id = uuid_text(start->arena, uuid_random());
        size_t count = document->value.object.count;
        struct json_member *members = ARENA_ARRAY(start->arena, count + 1, struct json_member);
        if (members == NULL || document->execution_id.data == NULL)
            return false;
        for (size_t i = 0; i < count; i++)
            members[i] = document->value.object.members[i];
        members[count] =
            (struct json_member){.key = TEXT("execution_id"), .value = json_string(document->execution_id)};
        document->value = json_object(members, count + 1);
    }
    start->input = json_to_text(start->arena, &document->value);
    return start->input.data != NULL;
}

static bool choose_id(struct start *start)
{
    const struct rule_document *document = &start->document;
    struct text rule = canonical(start->arena, document->rule_id);
    struct text entity = canonical(start->arena, document->entity_id);
    struct text execution = canonical(start->arena, document->execution_id);
    start->workflow_id = start->id != NULL ? text_from(start->id)
                                           : arena_print(start->arena, "workflow-%.*s-%.*s-%.*s", TEXT_ARG(rule),
                                                         TEXT_ARG(entity), TEXT_ARG(execution));
    return start->workflow_id.data != NULL;
}

/* Refuses what the worker would refuse, and what it would do wrong without a word; reports actions that would fail, as
   their run does too. */
static enum cli_exit read_document(struct start *start)
{
    struct error error = ERROR_IN(start->arena);
    struct text content;
    enum status status = input_file_read(start->arena, start->file, LIMIT_JSON_BYTES, &content, &error);
    struct rule_document *document = &start->document;
    if (status == STATUS_OK)
        status = rule_document_read(start->arena, content, &action_catalog_all, document, &error);
    if (status != STATUS_OK)
        return cli_fail(start->command, "%.*s", TEXT_ARG(error.message));
    struct buffer lines = buffer_in(start->arena, MIB(16));
    rule_document_write_faults(document, start->file, RULE_FAULT_CONFIG, &lines);
    struct text text = buffer_text(&lines);
    fwrite(text.data, 1, text.size, stderr);
    if (document->count[RULE_FAULT_FATAL] > 0)
        return cli_fail(start->command, "%s is not good: nothing was started", start->file);
    if (document->count[RULE_FAULT_FLOW] > 0 && !start->force)
        return cli_fail(start->command, "%s is not good: nothing was started; --force starts it as the ERP would",
                        start->file);
    if (document->bare_graph)
        return cli_fail(start->command,
                        "%s is a bare graph; a WorkflowInput with rule_id, graph and trigger_data "
                        "is needed: nothing was started",
                        start->file);
    if (!complete_input(start) || !choose_id(start))
        return cli_out_of_memory(start->command);
    return CLI_SUCCESS;
}

/* ---- the ERP's row of the execution ---- */

/* Inserts the row, which actions that ask people refer to. Executions whose id is no UUID have none. */
static bool note_execution(struct start *start, bool *noted)
{
    const struct rule_document *document = &start->document;
    const struct json_value *trigger = json_get_lenient(&document->value, TEXT("trigger_data"));
    struct uuid execution, rule;
    *noted = false;
    if (start->database == NULL || !uuid_parse(document->execution_id, &execution))
        return true;
    const struct execution_start row = {
        .execution_id = document->execution_id,
        .rule_id = uuid_parse(document->rule_id, &rule) ? document->rule_id : TEXT_NONE,
        .entity = json_get_text(trigger, TEXT("entity_name")),
        .trigger = trigger != NULL ? json_to_text(start->arena, trigger) : TEXT_NONE,
    };
    struct error error = ERROR_IN(start->arena);
    enum status status = execution_note(start->database, &row, start->arena, noted, &error);
    if (status == STATUS_NOT_FOUND)
        fprintf(stderr, PROGRAM " start: the execution is not noted: the database has no table of executions\n");
    else if (status != STATUS_OK)
        cli_fail(start->command, "the execution was not noted, and nothing was started: %.*s", TEXT_ARG(error.message));
    return status == STATUS_OK || status == STATUS_NOT_FOUND;
}

/* Of a start that the server has refused; of any other one the run may exist. */
static void forget_execution(const struct start *start)
{
    struct error error = ERROR_IN(start->arena);
    int code = start->temporal.result.code;
    bool refused = code == RPC_INVALID_ARGUMENT || code == RPC_NOT_FOUND || code == RPC_PERMISSION_DENIED ||
                   code == RPC_UNAUTHENTICATED || start->temporal.result.fault == CLIENT_FAULT_PAYLOAD_TOO_LARGE ||
                   start->temporal.result.fault == CLIENT_FAULT_MESSAGE_TOO_LARGE;
    if (refused && execution_forget(start->database, start->document.execution_id, start->arena, &error) != STATUS_OK)
        fprintf(stderr, PROGRAM " start: its execution stays noted as pending: %.*s\n", TEXT_ARG(error.message));
}

/* ---- the server ---- */

static bool start_workflow(struct start *start)
{
    bool noted;
    if (!blocking_client_open(&start->temporal, start->command, start->arena, &start->settings))
        return false;
    if (!note_execution(start, &noted))
        return false;
    const struct workflow_start request = {
        .workflow_id = start->workflow_id,
        .workflow_type = TEXT(WORKFLOW_TYPE),
        .task_queue = start->settings.task_queues.items[0],
        .input = start->input,
    };
    client_start_workflow(start->temporal.client, &request, start->arena, blocking_client_done, &start->temporal);
    if (!blocking_client_wait(&start->temporal, "workflow %.*s was not started", TEXT_ARG(start->workflow_id))) {
        if (noted)
            forget_execution(start);
        return false;
    }
    start->run_id = start->temporal.result.message;
    return true;
}

/* Reads the histories of the run and of those that continue it, to the end. */
static bool wait_for_end(struct start *start, struct run_summary *summary)
{
    struct blocking_client *temporal = &start->temporal;
    struct text run_id = start->run_id;
    do {
        client_read_workflow(temporal->client, start->workflow_id, run_id, true, start->arena,
                             blocking_client_history_done, temporal);
        if (!blocking_client_wait(temporal, "cannot read the history"))
            return false;
        if (temporal->history == NULL ||
            !run_summary_read(start->arena, temporal->history->events, temporal->history->event_count, summary)) {
            cli_out_of_memory(start->command);
            return false;
        }
        run_id = TEXT_NONE;
    } while (summary->close == CLOSE_CONTINUED);
    return true;
}

static void print_start(const struct start *start)
{
    if (start->json)
        return;
    printf("workflow  %.*s\nrun       %.*s\n", TEXT_ARG(start->workflow_id), TEXT_ARG(start->run_id));
    fflush(stdout);
}

static enum cli_exit print_end(const struct start *start, const struct run_summary *summary)
{
    struct buffer output = buffer_in(start->arena, MIB(128));
    if (start->json)
        run_summary_write_json(&output, start->workflow_id, start->run_id, summary);
    else if (summary != NULL)
        run_summary_write(&output, summary);
    struct text text = buffer_text(&output);
    if (text.data == NULL)
        return cli_fail(start->command, "the summary does not fit in memory");
    cli_print(text);
    bool good = summary == NULL || summary->close == CLOSE_COMPLETED;
    return cli_finish(start->command, good ? CLI_SUCCESS : CLI_FAILURE);
}

static enum cli_exit run_start(struct start *start)
{
    enum cli_exit code = read_document(start);
    if (code != CLI_SUCCESS)
        return code;
    struct run_summary summary;
    code = CLI_FAILURE;
    if (start_workflow(start)) {
        print_start(start);
        if (!start->wait)
            code = print_end(start, NULL);
        else if (wait_for_end(start, &summary))
            code = print_end(start, &summary);
    }
    blocking_client_close(&start->temporal);
    return code;
}

static const struct option options[] = {{"wait", no_argument, NULL, 'w'},  {"json", no_argument, NULL, 'j'},
                                        {"force", no_argument, NULL, 'f'}, {"id", required_argument, NULL, 'i'},
                                        {"help", no_argument, NULL, 'h'},  {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct start start = {.command = command, .arena = arena};
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'w': start.wait = true; break;
        case 'j': start.json = true; break;
        case 'f': start.force = true; break;
        case 'i': start.id = optarg; break;
        default: return cli_option_end(command, option);
        }
    }
    if (argc - optind != 1)
        return cli_usage_error(command, optind == argc ? "which file?" : "one file at a time");
    if (start.id != NULL && (start.id[0] == '\0' || text_from(start.id).size > LIMIT_WORKFLOW_ID))
        return cli_usage_error(command, "--id must be 1 to %d bytes long", LIMIT_WORKFLOW_ID);
    start.file = argv[optind];
    enum cli_exit code = CLI_USAGE;
    if (optional_database_open(command, arena, &start.settings, &start.temporal.connection, &start.database))
        code = run_start(&start);
    database_free(start.database);
    return code;
}

const struct cli_command command_start = {
    .name = "start",
    .synopsis = "FILE [--wait] [--json] [--id ID] [--force]",
    .summary = "Start a rule as the ERP does",
    .help = "FILE is a WorkflowInput in JSON; - is stdin. A file without execution_id gets a new one, so it can be\n"
            "started again and again. One with execution_id is that execution: started again, it repeats no effects,\n"
            "unless it gets another workflow id with --id. Faults are reported as by 'validate'. A rule that would do\n"
            "something wrong without a word, such as writing an unknown variable, is not started.\n"
            "\n"
            "With the settings of a database it first inserts the row of the execution into\n"
            "workflow.automation_executions, as the ERP does: actions that ask people need it.\n"
            "\n"
            "Options:\n"
            "  --wait     wait until the run has ended; then print how each action ended\n"
            "  --json     print JSON\n"
            "  --force    start a rule in spite of errors of templates, conditions and edges, as the ERP would\n"
            "  --id ID    workflow id, instead of workflow-{rule_id}-{entity_id}-{execution_id}\n"
            "\n"
            "Examples:\n"
            "  " PROGRAM " start examples/expedite-large-order.json --wait\n"
            "  " PROGRAM " start rule.json --wait --json | jq .status\n"
            "\n" OPTIONAL_DATABASE_HELP "\n"
            "Exit code: 0 started (with --wait: completed), 1 not started or not completed.\n",
    .settings = SETTINGS_TEMPORAL | SETTINGS_DATABASE | SETTINGS_RULES | SETTINGS_LOG,
    .arena_bytes = MIB(1024),
    .options = options,
    .run = run,
};
