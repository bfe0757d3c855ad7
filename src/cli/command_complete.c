/* complete: completes an asynchronous action or answers an approval. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "action/perform.h"
#include "action/suggestion.h"
#include "cli/commands.h"
#include "engine/names.h"
#include "erp/approval_requests.h"
#include "runs/blocking_client.h"
#include "runs/open_request.h"
#include "runs/optional_database.h"
#include "runs/run_reference.h"
#include "runs/run_summary.h"

struct completion {
    const struct cli_command *command;
    struct arena *arena;
    const char *word; /* names the run */
    struct text workflow_id, action_name;
    struct approval_answer answer;
    struct text on_behalf_of; /* whose request is answered; empty: that of who answers */
    struct settings settings;
    struct blocking_client temporal;
    struct database *database; /* NULL when no database is configured */
    /* From the history: */
    struct run_action action;
    const struct action_type *type; /* NULL when unknown */
    struct text activity_id, execution_id, effect_id;
    uint32_t ask; /* which of the people that the action asks one by one; 0: it does not */
    struct approval approval;
};

/* ---- finding the action ---- */

static bool is_named(const struct completion *completion, const struct run_action *action)
{
    return text_equal(action->id, completion->action_name) || text_equal(action->name, completion->action_name);
}

static struct text name_at(const void *names, size_t index)
{
    const struct run_summary *summary = names;
    return summary->actions[index].name;
}

static enum cli_exit no_such_action(const struct completion *completion, const struct run_summary *summary)
{
    struct text nearest = suggest_nearest(completion->action_name, name_at, summary, summary->action_count);
    if (nearest.size > 0)
        return cli_fail(completion->command, "workflow %.*s has no action '%.*s'; did you mean '%.*s'?",
                        TEXT_ARG(completion->workflow_id), TEXT_ARG(completion->action_name), TEXT_ARG(nearest));
    return cli_fail(completion->command, "workflow %.*s has no action '%.*s'", TEXT_ARG(completion->workflow_id),
                    TEXT_ARG(completion->action_name));
}

/* Of actions that share a name, takes the one that waits. */
static enum cli_exit choose_action(struct completion *completion, const struct run_summary *summary)
{
    const struct run_action *found = NULL;
    size_t waiting = 0;
    for (size_t i = 0; i < summary->action_count; i++) {
        const struct run_action *action = &summary->actions[i];
        if (!is_named(completion, action))
            continue;
        bool waits = action->state == ACTION_STATE_SCHEDULED;
        if (found == NULL || waits)
            found = action;
        waiting += waits;
    }
    if (found == NULL)
        return no_such_action(completion, summary);
    completion->action = *found;
    if (waiting > 1)
        return cli_fail(completion->command, "%zu actions named '%.*s' wait; use the id", waiting,
                        TEXT_ARG(found->name));
    if (summary->close != CLOSE_NONE)
        return cli_fail(completion->command, "the run is over: %s", run_close_name(summary->close));
    if (waiting == 0)
        return cli_fail(completion->command, "action %.*s does not wait for an answer: it is %s", TEXT_ARG(found->name),
                        action_state_name(found->state));
    return CLI_SUCCESS;
}

/* Where the history has it. */
static struct text input_member(struct arena *arena, struct text payload, struct text key)
{
    struct json_value input;
    return json_read(arena, payload, &input, NULL) == STATUS_OK ? json_get_text(&input, key) : TEXT_NONE;
}

static void take_activity(struct completion *completion, struct text activity_id, struct text payload)
{
    completion->activity_id = activity_id;
    completion->execution_id = input_member(completion->arena, payload, TEXT("execution_id"));
    completion->effect_id = input_member(completion->arena, payload, TEXT("effect_id"));
    if (completion->effect_id.size == 0)
        completion->effect_id = completion->execution_id;
}

/* ---- people who are asked one by one ---- */

/* The person's own request, by the id of the user, or by the username where there is a database. */
static const struct open_request *find_request_of(struct completion *completion, const struct open_requests *requests,
                                                  struct text person)
{
    const struct open_request *found = person.size > 0 ? open_request_of(requests, person) : NULL;
    struct text id;
    if (found == NULL && person.size > 0 && completion->database != NULL &&
        approval_user_id(completion->database, completion->arena, person, &id, NULL) == STATUS_OK)
        found = open_request_of(requests, id);
    return found;
}

/* Of several requests, that of who answers, or whose is named; of the last one, anybody's answer will do. */
static enum cli_exit choose_request(struct completion *completion, const struct open_requests *requests)
{
    bool named = completion->on_behalf_of.size > 0;
    struct text person = named ? completion->on_behalf_of : completion->answer.by;
    const struct open_request *found = find_request_of(completion, requests, person);
    if (found == NULL && !named && requests->count == 1)
        found = &requests->items[0];
    if (found == NULL)
        return cli_fail(completion->command, "action %.*s waits for %.*s; say with --for whose request is answered",
                        TEXT_ARG(completion->action.name),
                        TEXT_ARG(open_requests_approvers(requests, completion->arena)));
    take_activity(completion, found->activity_id, found->payload);
    completion->ask = found->number;
    return CLI_SUCCESS;
}

/* ---- its activity ---- */

/* Finds its activity, whose id is not the action's when the Go worker scheduled it. */
static bool find_activity(struct completion *completion, const struct workflow_task *history)
{
    for (size_t i = 0; i < history->event_count; i++) {
        const struct event *event = &history->events[i];
        if (event->id != completion->action.scheduled_id || event->kind != EVENT_ACTIVITY_SCHEDULED)
            continue;
        take_activity(completion, event->activity_id, event->payload);
        return text_is(event->activity_type, ACTIVITY_ASYNC);
    }
    return false;
}

static enum cli_exit check_output(const struct completion *completion)
{
    const struct action_type *type = completion->type;
    if (type == NULL)
        return CLI_SUCCESS;
    struct text all = TEXT_NONE;
    for (size_t i = 0; i < type->output_count; i++) {
        if (text_is(completion->answer.output, type->outputs[i]))
            return CLI_SUCCESS;
        all = arena_print(completion->arena, "%.*s%s%s", TEXT_ARG(all), i > 0 ? ", " : "", type->outputs[i]);
    }
    return cli_fail(completion->command, "action %.*s has no output '%.*s'; there are %.*s",
                    TEXT_ARG(completion->action.name), TEXT_ARG(completion->answer.output), TEXT_ARG(all));
}

static enum cli_exit find_action(struct completion *completion)
{
    struct blocking_client *temporal = &completion->temporal;
    client_read_workflow(temporal->client, completion->workflow_id, TEXT_NONE, false, completion->arena,
                         blocking_client_history_done, temporal);
    if (!blocking_client_wait(temporal, "workflow %.*s", TEXT_ARG(completion->workflow_id)))
        return CLI_FAILURE;
    struct run_summary summary;
    if (temporal->history == NULL ||
        !run_summary_read(completion->arena, temporal->history->events, temporal->history->event_count, &summary))
        return cli_out_of_memory(completion->command);
    enum cli_exit code = choose_action(completion, &summary);
    if (code != CLI_SUCCESS)
        return code;
    struct open_requests requests;
    if (open_requests_find(completion->arena, temporal->history->events, temporal->history->event_count,
                           completion->action.id, &requests) != STATUS_OK)
        return cli_out_of_memory(completion->command);
    if (requests.count > 0)
        code = choose_request(completion, &requests);
    else if (completion->on_behalf_of.size > 0)
        return cli_fail(completion->command, "action %.*s does not ask people one by one: leave out --for",
                        TEXT_ARG(completion->action.name));
    else if (!find_activity(completion, temporal->history))
        return cli_fail(completion->command, "action %.*s (%.*s) is not answered from outside",
                        TEXT_ARG(completion->action.name), TEXT_ARG(completion->action.type));
    completion->type = action_catalog_find(&action_catalog_all, completion->action.type);
    return code == CLI_SUCCESS ? check_output(completion) : code;
}

/* ---- the answer ---- */

static bool is_human(const struct completion *completion)
{
    return completion->type != NULL && completion->type->mode == ACTION_MODE_HUMAN;
}

/* The id of the request when our worker scheduled the activity: then the activity id is the action's. */
static struct text request_id(const struct completion *completion)
{
    struct uuid effect_id, action;
    bool ours = completion->ask > 0 || text_equal(completion->activity_id, completion->action.id);
    if (!ours || !uuid_parse(completion->effect_id, &effect_id) || !uuid_parse(completion->action.id, &action))
        return TEXT_NONE;
    return uuid_text(completion->arena, approval_request_id(effect_id, action, completion->ask));
}

static enum cli_exit answer_row(struct completion *completion)
{
    struct approval_lookup lookup = {
        .execution_id = completion->execution_id,
        .action_name = completion->action.name,
        .request_id = request_id(completion),
    };
    completion->approval = (struct approval){
        .id = lookup.request_id, .resolved_by = completion->answer.by, .reason = completion->answer.reason};
    if (completion->database == NULL || !is_human(completion))
        return CLI_SUCCESS;
    if (lookup.request_id.size == 0)
        lookup.request_id = TEXT("00000000-0000-0000-0000-000000000000");
    struct approval answered;
    struct error error = ERROR_IN(completion->arena);
    enum status status = approval_request_answer(completion->database, completion->arena, &lookup, &completion->answer,
                                                 &answered, &error);
    if (status == STATUS_NOT_FOUND) {
        fprintf(stderr, PROGRAM " complete: only the run is answered: %.*s\n", TEXT_ARG(error.message));
        completion->approval.id = TEXT_NONE;
        return CLI_SUCCESS;
    }
    completion->approval = answered;
    return status == STATUS_OK ? CLI_SUCCESS : cli_fail(completion->command, "%.*s", TEXT_ARG(error.message));
}

static struct json_value text_value(struct text text)
{
    return json_string(text.data != NULL ? text : TEXT(""));
}

/* The same keys as in the ERP's answer. */
static struct text output_of(struct completion *completion)
{
    const struct approval *approval = &completion->approval;
    struct json_member members[] = {
        {TEXT("output"), text_value(completion->answer.output)},
        {TEXT("resolved_by"), text_value(approval->resolved_by)},
        {TEXT("resolved_by_name"), text_value(approval->resolved_by_name)},
        {TEXT("reason"), text_value(approval->reason)},
        {TEXT("approval_id"), text_value(approval->id)},
    };
    const struct action_report report = {.result = json_object(members, is_human(completion) ? 5 : 4)};
    const struct action_request request = {.action_id = completion->action.id, .action_name = completion->action.name};
    struct buffer output = buffer_in(completion->arena, LIMIT_PAYLOAD_BYTES);
    action_output_write(&output, &request, &report);
    return buffer_text(&output);
}

static enum cli_exit answer_run(struct completion *completion)
{
    struct text output = output_of(completion);
    if (output.data == NULL)
        return cli_fail(completion->command, "the answer is larger than Temporal takes");
    client_complete_activity_by_id(completion->temporal.client, completion->workflow_id, completion->activity_id,
                                   output, completion->arena, blocking_client_done, &completion->temporal);
    if (!blocking_client_wait(&completion->temporal, "action %.*s was not completed",
                              TEXT_ARG(completion->action.name)))
        return CLI_FAILURE;
    printf("completed %.*s of %.*s: %.*s\n", TEXT_ARG(completion->action.name), TEXT_ARG(completion->workflow_id),
           TEXT_ARG(completion->answer.output));
    struct error error = ERROR_IN(completion->arena);
    if (completion->database != NULL && is_human(completion) && completion->approval.id.size > 0 &&
        approval_request_forget_token(completion->database, completion->arena, completion->approval.id, &error) !=
            STATUS_OK)
        fprintf(stderr, PROGRAM " complete: the token was not cleared: %.*s\n", TEXT_ARG(error.message));
    return cli_finish(completion->command, CLI_SUCCESS);
}

static enum cli_exit complete(struct completion *completion)
{
    enum cli_exit code = CLI_FAILURE;
    const struct described_run *run;
    if (blocking_client_open(&completion->temporal, completion->command, completion->arena, &completion->settings))
        code = run_reference_find(&completion->temporal, &completion->settings, completion->word, &run);
    if (code == CLI_SUCCESS) {
        completion->workflow_id = run->run.workflow_id;
        code = find_action(completion);
    }
    if (code == CLI_SUCCESS)
        code = answer_row(completion);
    if (code == CLI_SUCCESS)
        code = answer_run(completion);
    blocking_client_close(&completion->temporal);
    return code;
}

/* ---- the command ---- */

static const struct option options[] = {
    {"output", required_argument, NULL, 'o'}, {"by", required_argument, NULL, 'b'},
    {"for", required_argument, NULL, 'f'},    {"reason", required_argument, NULL, 'r'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct completion completion = {.command = command, .arena = arena};
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'o': completion.answer.output = text_from(optarg); break;
        case 'b': completion.answer.by = text_from(optarg); break;
        case 'f': completion.on_behalf_of = text_from(optarg); break;
        case 'r': completion.answer.reason = text_from(optarg); break;
        default: return cli_option_end(command, option);
        }
    }
    if (argc - optind != 2)
        return cli_usage_error(command, "which workflow, and which of its actions?");
    if (completion.answer.output.size == 0)
        return cli_usage_error(command, "--output is missing");
    if (!text_is_utf8(completion.answer.output) || !text_is_utf8(completion.answer.by) ||
        !text_is_utf8(completion.answer.reason) || !text_is_utf8(completion.on_behalf_of))
        return cli_usage_error(command, "the answer is not valid UTF-8");
    completion.word = argv[optind];
    completion.action_name = text_from(argv[optind + 1]);
    enum cli_exit code = optional_database_open(command, arena, &completion.settings, &completion.temporal.connection,
                                                &completion.database)
                             ? complete(&completion)
                             : CLI_USAGE;
    database_free(completion.database);
    return code;
}

const struct cli_command command_complete = {
    .name = "complete",
    .synopsis = "ID ACTION --output OUTPUT [--by USER] [--for USER] [--reason TEXT]",
    .summary = "Answer an action that waits for a person",
    .help = RUN_REFERENCE_HELP
    "ACTION is the name or the id of one of its actions that waits for an answer from\n"
    "outside: one that asks people (seek_approval), or an asynchronous one. With the settings of a database\n"
    "it also answers the request in workflow.approval_requests, as the ERP does; a request that already has\n"
    "another answer is an error.\n"
    "\n"
    "An action that asks several people, each by a request of their own, counts the answers. Then the request\n"
    "of who answers is meant, or the one of --for.\n"
    "\n"
    "Options:\n"
    "  --output OUTPUT    the output that the action ends with, such as approved or rejected\n"
    "  --by USER          who answers: a user's id, with a database also the username\n"
    "  --for USER         whose request is answered, where each approver has one; otherwise that of --by\n"
    "  --reason TEXT      why\n"
    "\n"
    "Examples:\n"
    "  " PROGRAM " complete workflow-... ask_finance --output approved --by ana.kovac\n"
    "  " PROGRAM " complete workflow-... ask_finance --output rejected --reason 'Over the limit'\n"
    "\n" OPTIONAL_DATABASE_HELP "\n"
    "Exit code: 0 completed, 1 not completed, 2 wrong usage or settings.\n",
    .settings = SETTINGS_TEMPORAL | SETTINGS_DATABASE | SETTINGS_LOG,
    .arena_bytes = MIB(1024),
    .options = options,
    .run = run,
};
