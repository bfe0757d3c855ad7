/* complete: answers an action that waits to be completed from outside. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "action/perform.h"
#include "cli/cli.h"
#include "cli/outcome.h"
#include "cli/talk.h"
#include "erp/approval_requests.h"

struct completing {
    const struct cli_command *command;
    struct arena *arena;
    struct text workflow_id, action_named;
    struct approval_answer answer;
    struct settings settings;
    struct talk talk;
    struct database *database; /* NULL: its settings are not given */
    /* What is found of it in the history. */
    struct run_action action;
    const struct action_type *type; /* NULL: none that we know */
    struct text activity_id, execution_id;
    struct approval approval;
};

/* ---- which action ---- */

static bool is_named(const struct completing *completing, const struct run_action *action)
{
    return text_equal(action->id, completing->action_named) || text_equal(action->name, completing->action_named);
}

static struct text name_at(const void *names, size_t index)
{
    const struct outcome *outcome = names;
    return outcome->actions[index].name;
}

static enum cli_exit no_such_action(const struct completing *completing, const struct outcome *outcome)
{
    struct text nearest = cli_nearest(completing->action_named, name_at, outcome, outcome->action_count);
    if (nearest.size > 0)
        return cli_fail(completing->command, "workflow %.*s has no action '%.*s'; did you mean '%.*s'?",
                        TEXT_ARG(completing->workflow_id), TEXT_ARG(completing->action_named), TEXT_ARG(nearest));
    return cli_fail(completing->command, "workflow %.*s has no action '%.*s'", TEXT_ARG(completing->workflow_id),
                    TEXT_ARG(completing->action_named));
}

/* Of actions that share a name it is the one that waits. */
static enum cli_exit choose_action(struct completing *completing, const struct outcome *outcome)
{
    const struct run_action *found = NULL;
    size_t waiting = 0;
    for (size_t i = 0; i < outcome->action_count; i++) {
        const struct run_action *action = &outcome->actions[i];
        if (!is_named(completing, action))
            continue;
        bool waits = action->state == ACTION_STATE_SCHEDULED;
        if (found == NULL || waits)
            found = action;
        waiting += waits;
    }
    if (found == NULL)
        return no_such_action(completing, outcome);
    completing->action = *found;
    if (waiting > 1)
        return cli_fail(completing->command, "%zu actions named '%.*s' wait; say which by its id", waiting,
                        TEXT_ARG(found->name));
    if (outcome->close != CLOSE_NONE)
        return cli_fail(completing->command, "the run is over: %s", outcome_close_name(outcome->close));
    if (waiting == 0)
        return cli_fail(completing->command, "action %.*s does not wait for an answer: it is %s", TEXT_ARG(found->name),
                        action_state_name(found->state));
    return CLI_GOOD;
}

/* Its activity, which whoever began it may have numbered in his own way. */
static bool find_activity(struct completing *completing, const struct workflow_task *history)
{
    for (size_t i = 0; i < history->event_count; i++) {
        const struct event *event = &history->events[i];
        if (event->id != completing->action.scheduled_id || event->kind != EVENT_ACTIVITY_SCHEDULED)
            continue;
        completing->activity_id = event->activity_id;
        return text_is(event->activity_type, "ExecuteAsyncActionActivity");
    }
    return false;
}

static enum cli_exit check_output(const struct completing *completing)
{
    const struct action_type *type = completing->type;
    if (type == NULL)
        return CLI_GOOD;
    struct text all = TEXT_NONE;
    for (size_t i = 0; i < type->output_count; i++) {
        if (text_is(completing->answer.output, type->outputs[i]))
            return CLI_GOOD;
        all = arena_print(completing->arena, "%.*s%s%s", TEXT_ARG(all), i > 0 ? ", " : "", type->outputs[i]);
    }
    return cli_fail(completing->command, "action %.*s has no output '%.*s'; there are %.*s",
                    TEXT_ARG(completing->action.name), TEXT_ARG(completing->answer.output), TEXT_ARG(all));
}

static struct text execution_of(struct arena *arena, const struct workflow_task *history)
{
    struct json_value input;
    if (history->event_count == 0 || json_read(arena, history->events[0].payload, &input, NULL) != STATUS_OK)
        return TEXT_NONE;
    return json_get_text(&input, TEXT("execution_id"));
}

static enum cli_exit find_action(struct completing *completing)
{
    struct talk *talk = &completing->talk;
    client_read_workflow(talk->client, completing->workflow_id, TEXT_NONE, false, completing->arena, talk_history_came,
                         talk);
    if (!talk_wait(talk, "workflow %.*s", TEXT_ARG(completing->workflow_id)))
        return CLI_BAD;
    struct outcome outcome;
    if (talk->history == NULL || !outcome_read(completing->arena, talk->history, &outcome))
        return cli_fail(completing->command, "out of memory");
    enum cli_exit code = choose_action(completing, &outcome);
    if (code != CLI_GOOD)
        return code;
    if (!find_activity(completing, talk->history))
        return cli_fail(completing->command, "action %.*s (%.*s) is not answered from outside",
                        TEXT_ARG(completing->action.name), TEXT_ARG(completing->action.type));
    completing->execution_id = execution_of(completing->arena, talk->history);
    completing->type = action_catalog_find(&action_catalog_all, completing->action.type);
    return check_output(completing);
}

/* ---- the answer ---- */

static bool is_human(const struct completing *completing)
{
    return completing->type != NULL && completing->type->mode == ACTION_MODE_HUMAN;
}

/* The id that our worker gives the request, whose activities bear the action's id. */
static struct text request_id(const struct completing *completing)
{
    struct uuid execution, action;
    if (!text_equal(completing->activity_id, completing->action.id) ||
        !uuid_parse(completing->execution_id, &execution) || !uuid_parse(completing->action.id, &action))
        return TEXT_NONE;
    char id[UUID_TEXT_SIZE + 1];
    uuid_format(approval_request_id(execution, action), id);
    return arena_copy(completing->arena, text_from(id));
}

static enum cli_exit answer_row(struct completing *completing)
{
    struct approval_lookup lookup = {
        .execution_id = completing->execution_id,
        .action_name = completing->action.name,
        .request_id = request_id(completing),
    };
    completing->approval = (struct approval){
        .id = lookup.request_id, .resolved_by = completing->answer.by, .reason = completing->answer.reason};
    if (completing->database == NULL || !is_human(completing))
        return CLI_GOOD;
    if (lookup.request_id.size == 0)
        lookup.request_id = TEXT("00000000-0000-0000-0000-000000000000");
    struct approval answered;
    struct error error = ERROR_IN(completing->arena);
    enum status status = approval_request_answer(completing->database, completing->arena, &lookup, &completing->answer,
                                                 &answered, &error);
    if (status == STATUS_NOT_FOUND) {
        fprintf(stderr, PROGRAM " complete: only the run is told: %.*s\n", TEXT_ARG(error.message));
        completing->approval.id = TEXT_NONE;
        return CLI_GOOD;
    }
    completing->approval = answered;
    return status == STATUS_OK ? CLI_GOOD : cli_fail(completing->command, "%.*s", TEXT_ARG(error.message));
}

static struct json_value text_value(struct text text)
{
    return json_string(text.data != NULL ? text : TEXT(""));
}

/* The keys that the ERP's answer has. */
static struct text output_of(struct completing *completing)
{
    const struct approval *approval = &completing->approval;
    struct json_member members[] = {
        {TEXT("output"), text_value(completing->answer.output)},
        {TEXT("resolved_by"), text_value(approval->resolved_by)},
        {TEXT("resolved_by_name"), text_value(approval->resolved_by_name)},
        {TEXT("reason"), text_value(approval->reason)},
        {TEXT("approval_id"), text_value(approval->id)},
    };
    const struct json_value result = json_object(members, is_human(completing) ? 5 : 4);
    const struct action_request request = {.action_id = completing->action.id, .action_name = completing->action.name};
    struct buffer output = buffer_in(completing->arena, LIMIT_PAYLOAD_BYTES);
    action_output_write(&output, &request, &result);
    return buffer_text(&output);
}

static enum cli_exit answer_run(struct completing *completing)
{
    struct text output = output_of(completing);
    if (output.data == NULL)
        return cli_fail(completing->command, "the answer is larger than Temporal takes");
    client_complete_activity_by_id(completing->talk.client, completing->workflow_id, completing->activity_id, output,
                                   completing->arena, talk_done, &completing->talk);
    if (!talk_wait(&completing->talk, "action %.*s was not completed", TEXT_ARG(completing->action.name)))
        return CLI_BAD;
    printf("completed %.*s of %.*s: %.*s\n", TEXT_ARG(completing->action.name), TEXT_ARG(completing->workflow_id),
           TEXT_ARG(completing->answer.output));
    struct error error = ERROR_IN(completing->arena);
    if (completing->database != NULL && is_human(completing) && completing->approval.id.size > 0 &&
        approval_request_forget_token(completing->database, completing->arena, completing->approval.id, &error) !=
            STATUS_OK)
        fprintf(stderr, PROGRAM " complete: the token was not cleared: %.*s\n", TEXT_ARG(error.message));
    return cli_end(completing->command, CLI_GOOD);
}

static enum cli_exit complete(struct completing *completing)
{
    enum cli_exit code = CLI_BAD;
    if (talk_open(&completing->talk, completing->command, completing->arena, &completing->settings))
        code = find_action(completing);
    if (code == CLI_GOOD)
        code = answer_row(completing);
    if (code == CLI_GOOD)
        code = answer_run(completing);
    talk_close(&completing->talk);
    return code;
}

/* ---- the command ---- */

static bool open_settings(struct completing *completing)
{
    const char *host = getenv("ICHOR_DB_HOST");
    bool with_database = host != NULL && host[0] != '\0';
    struct cli_command command = *completing->command;
    command.settings = SETTINGS_TEMPORAL | SETTINGS_LOG | (with_database ? SETTINGS_DATABASE : 0u);
    if (!connect_settings(&command, completing->arena, &completing->settings, &completing->talk.connect))
        return false;
    struct error error = ERROR_IN(completing->arena);
    if (!with_database || database_start(&completing->settings, &completing->database, &error) == STATUS_OK)
        return true;
    cli_fail(&command, "%.*s", TEXT_ARG(error.message));
    return false;
}

static enum cli_exit run(const struct cli_command *command, int argc, char **argv)
{
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"by", required_argument, NULL, 'b'},
                                            {"reason", required_argument, NULL, 'r'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct completing completing = {.command = command};
    int option;
    while ((option = cli_option(command, argc, argv, options)) != -1) {
        switch (option) {
        case 'o': completing.answer.output = text_from(optarg); break;
        case 'b': completing.answer.by = text_from(optarg); break;
        case 'r': completing.answer.reason = text_from(optarg); break;
        default: return cli_option_end(command, option);
        }
    }
    if (argc - optind != 2)
        return cli_usage(command, "which workflow, and which of its actions?");
    if (completing.answer.output.size == 0)
        return cli_usage(command, "--output is missing");
    if (!text_is_utf8(completing.answer.output) || !text_is_utf8(completing.answer.by) ||
        !text_is_utf8(completing.answer.reason))
        return cli_usage(command, "the answer is no UTF-8");
    completing.workflow_id = text_from(argv[optind]);
    completing.action_named = text_from(argv[optind + 1]);
    completing.arena = arena_new(MIB(1024), 0);
    if (completing.arena == NULL)
        return cli_fail(command, "out of memory");
    enum cli_exit code = open_settings(&completing) ? complete(&completing) : CLI_USAGE;
    database_free(completing.database);
    arena_free(completing.arena);
    return code;
}

const struct cli_command command_complete = {
    .name = "complete",
    .synopsis = "ID ACTION --output OUTPUT [--by USER] [--reason TEXT]",
    .summary = "Answer an action that waits for somebody",
    .help = "ID is the workflow's; ACTION is the name or the id of an action of it that waits to be completed from\n"
            "outside: one that asks people (seek_approval), or an asynchronous one. With the settings of a database\n"
            "the approval request in workflow.approval_requests is answered too, as the ERP does it: one that was\n"
            "answered otherwise is left so, and told.\n"
            "\n"
            "Options:\n"
            "  --output OUTPUT    which of the action's outputs it ends with, such as approved or rejected\n"
            "  --by USER          who says so: a user's id, with a database also the username\n"
            "  --reason TEXT      why\n"
            "\n"
            "Examples:\n"
            "  " PROGRAM " complete workflow-... ask_finance --output approved --by ana.kovac\n"
            "  " PROGRAM " complete workflow-... ask_finance --output rejected --reason 'Over the limit'\n"
            "\n"
            "The settings of the database count only where ICHOR_DB_HOST is set.\n"
            "\n"
            "Exit code: 0 completed, 1 not, 2 wrong usage or settings.\n",
    .settings = SETTINGS_TEMPORAL | SETTINGS_DATABASE | SETTINGS_LOG,
    .run = run,
};
