/* Decides what a run does now. */
#include <string.h>

#include "base/limits.h"
#include "engine/description.h"
#include "engine/names.h"
#include "engine/run_internal.h"

#define NO_FAILURE ((struct failure){0})

static enum status record_result(struct run *run, uint32_t action, struct command_list *commands, struct error *error)
{
    struct command *command = run_add_for_action(run, commands, COMMAND_RECORD_RESULT, action, error);
    if (command == NULL)
        return STATUS_BUDGET;
    command->payload = run->nodes[action].routed ? TEXT_NONE : run->nodes[action].result;
    command_set_failure(command, run->nodes[action].failure);
    const struct task_note *note = run_note(run, action);
    if (note == NULL)
        return error_budget(error);
    size_t bytes = command->payload.size + command->failure.size + COMMAND_BYTES;
    if (run_answer_has_room(run, bytes + note->input.size))
        command->input = note->input; /* for display only */
    command->stored_result = note->stored_result;
    run->handed_bytes += command->payload.size + command->failure.size;
    run->answer_bytes += bytes + command->input.size;
    run->nodes[action].recorded = true;
    return run_wait_recorded(run, action, commands, error);
}

/* Results that the answer has no room for stay for the next task. */
static enum status record_results(struct run *run, struct command_list *commands, struct error *error)
{
    enum status status = STATUS_OK;
    uint32_t done = 0;
    for (; done < run->unrecorded_count && status == STATUS_OK; done++) {
        const struct node *node = &run->nodes[run->unrecorded[done]];
        if (!run_answer_has_room(run, node->result.size + node->failure.text.size + COMMAND_BYTES))
            break;
        status = record_result(run, run->unrecorded[done], commands, error);
    }
    run->unrecorded_count -= done;
    run->answer_full = run->unrecorded_count > 0;
    memmove(run->unrecorded, run->unrecorded + done, run->unrecorded_count * sizeof *run->unrecorded);
    return status;
}

/* Whether the action is tried locally first. An action that may be tried only once is not, since an activity would try
   it again. */
static bool is_local(const struct run *run, uint32_t action, const struct action_type *type)
{
    return run->policy->local && type != NULL && type->dispatch == DISPATCH_LOCAL && type->mode == ACTION_MODE_SYNC &&
           !run->nodes[action].handed_over &&
           (type->effects == EFFECTS_PURE || run_timing_of(run, action, type).retry_attempts != 1);
}

static enum status perform_action(struct run *run, uint32_t action, const struct action_type *type,
                                  struct command_list *commands, struct error *error)
{
    struct command *command = run_add_for_action(run, commands, COMMAND_PERFORM, action, error);
    if (command == NULL)
        return STATUS_BUDGET;
    command->type = type;
    enum status status = run_make_request(run, action, type, &command->request, &command->input, error);
    if (status != STATUS_OK)
        return status;
    /* The history has inputs for display only, so one that is too large is left out. */
    struct task_note *note = run_note(run, action);
    if (note == NULL)
        return error_budget(error);
    note->input = command->input.size <= LIMIT_PAYLOAD_BYTES ? command->input : TEXT_NONE;
    run->handed_out++;
    run->handed_bytes += command->input.size;
    run_move(run, action, ACTION_STATE_PERFORMING);
    return STATUS_OK;
}

static enum status schedule_action(struct run *run, uint32_t action, const struct action_type *type,
                                   struct command_list *commands, struct error *error)
{
    struct action_request request;
    struct text payload;
    enum status status = run_make_request(run, action, type, &request, &payload, error);
    if (status != STATUS_OK)
        return status;
    if (payload.size > LIMIT_PAYLOAD_BYTES)
        return run_refuse_large(run, action, payload.size, error);
    struct command *command = run_add_for_action(run, commands, COMMAND_SCHEDULE_ACTIVITY, action, error);
    if (command == NULL)
        return STATUS_BUDGET;
    command->type = type;
    command->activity_type =
        type != NULL && type->mode != ACTION_MODE_SYNC ? TEXT(ACTIVITY_ASYNC) : TEXT(ACTIVITY_SYNC);
    command->payload = payload;
    run->handed_bytes += payload.size;
    run->answer_bytes += payload.size + COMMAND_BYTES;
    command->timing = run_timing_of(run, action, type);
    if (type != NULL && type->mode == ACTION_MODE_HUMAN && run->graph.actions[action].policy.timeout_ms == 0)
        command->timing.start_to_close_ms = human_timeout_ms(type, &request.config);
    /* The local attempt counts: the policy's number of attempts is never exceeded. */
    if (run->nodes[action].handed_over && command->timing.retry_attempts > 1)
        command->timing.retry_attempts--;
    run->nodes[action].executor = EXECUTOR_ACTIVITY;
    run->nodes[action].started_us = run->clock_us; /* approximate, until the event is in the history */
    run_move(run, action, ACTION_STATE_SCHEDULED);
    return STATUS_OK;
}

static bool has_template(const struct json_value *config)
{
    const struct json_value *value = json_get_lenient(config, TEXT("duration"));
    return value != NULL && value->type == JSON_STRING && text_find(value->string, TEXT("{{")) != SIZE_MAX;
}

/* Templates of a delay are expanded when it starts. A template that cannot be expanded stays as written, so that its
   duration cannot be read. */
static enum status expand_delay(struct run *run, uint32_t action, const struct action_type *type,
                                struct json_value *config, struct error *error)
{
    const struct action_environment environment = {.catalog = run->policy->catalog};
    struct action_request request;
    struct text payload;
    struct json_value expanded;
    enum status status = run_make_request(run, action, type, &request, &payload, error);
    if (status == STATUS_OK &&
        action_expand(&environment, run->task_arena, &request, type, &expanded, NULL, NULL) == STATUS_OK)
        *config = expanded;
    return status;
}

/* A delay with an invalid config fails without an activity: only this worker knows the type. */
static enum status start_timer(struct run *run, uint32_t action, const struct action_type *type,
                               struct command_list *commands, struct error *error)
{
    const struct graph_action *described = &run->graph.actions[action];
    struct json_value config;
    int64_t duration_ms;
    struct text written;
    struct error fault = ERROR_IN(run->task_arena);
    enum status status = json_read(run->task_arena, described->config, &config, error);
    if (status == STATUS_OK && type != NULL && has_template(&config))
        status = expand_delay(run, action, type, &config, error);
    if (status != STATUS_OK)
        return status;
    if (delay_read(run->task_arena, described->name, &config, &duration_ms, &written, &fault) != STATUS_OK)
        return run_refuse_action(run, action, error_failure(&fault), error);
    struct command *command = run_add_for_action(run, commands, COMMAND_START_TIMER, action, error);
    if (command == NULL)
        return STATUS_BUDGET;
    command->duration_ms = duration_ms;
    command->request.config = config;
    run->nodes[action].executor = EXECUTOR_TIMER;
    run->nodes[action].started_us = run->clock_us;
    run_move(run, action, ACTION_STATE_SCHEDULED);
    return STATUS_OK;
}

/* How many more activities may be pending. */
static uint32_t activity_room(const struct run *run)
{
    uint32_t max = run->policy->pending_max > 0 ? run->policy->pending_max : LIMIT_PENDING_ACTIVITIES;
    uint32_t pending = run->activities + run->asks_open;
    return pending < max ? max - pending : 0;
}

static bool task_has_room(const struct run *run)
{
    return run->handed_bytes < LIMIT_TASK_BYTES && !run->answer_full;
}

bool run_is_full(const struct run *run)
{
    uint32_t max = run->policy->local_max > 0 ? run->policy->local_max : LIMIT_LOCAL_MARKERS;
    return run->handed_out >= max || !task_has_room(run);
}

/* One call of start_ready. */
struct starting {
    struct run *run;
    bool perform;
    struct command_list *commands;
    uint32_t room; /* for activities */
    uint32_t next; /* in run->ready */
};

static bool has_room(const struct starting *starting, enum backlog_kind kind)
{
    if (kind == BACKLOG_LOCAL)
        return starting->perform && !run_is_full(starting->run);
    return starting->room > 0 && task_has_room(starting->run);
}

/* The next action to start, in order: from run.ready, or from a backlog that has room now. UINT32_MAX: none is left. */
static uint32_t take_next(struct starting *starting)
{
    struct run *run = starting->run;
    uint32_t best = starting->next < run->ready_count ? run->ready[starting->next] : UINT32_MAX;
    enum backlog_kind from = BACKLOG_KINDS;
    for (enum backlog_kind kind = BACKLOG_LOCAL; kind < BACKLOG_KINDS; kind++) {
        uint32_t first = run_backlog_first(run, kind);
        if (first != UINT32_MAX && has_room(starting, kind) &&
            (best == UINT32_MAX || run_order(run, first, best) < 0)) {
            best = first;
            from = kind;
        }
    }
    if (from < BACKLOG_KINDS)
        run_backlog_take(run, from);
    else if (best != UINT32_MAX)
        run->nodes[run->ready[starting->next++]].listed = false;
    return best;
}

static enum status start_action(struct starting *starting, uint32_t action, struct error *error)
{
    struct run *run = starting->run;
    const struct action_type *type = action_catalog_find(run->policy->catalog, run->graph.actions[action].type);
    enum backlog_kind kind = is_local(run, action, type) ? BACKLOG_LOCAL : BACKLOG_ACTIVITY;
    if (!run->graph.actions[action].active) { /* it became ready when another action ended without being started */
        run_skip(run, action);
        return STATUS_OK;
    }
    if (text_is(run->graph.actions[action].type, DELAY_TYPE))
        return start_timer(run, action, type, starting->commands, error);
    if (run->nodes[action].wait != NULL)
        return run_wait_start(run, action, starting->commands, error);
    if (!has_room(starting, kind))
        return run_backlog_add(run, kind, action, error);
    if (type != NULL && type->mode == ACTION_MODE_HUMAN) {
        bool several;
        enum status status = run_ask_start(run, action, type, starting->commands, &several, error);
        if (status != STATUS_OK || several)
            return status;
    }
    if (kind == BACKLOG_LOCAL)
        return perform_action(run, action, type, starting->commands, error);
    enum status status = schedule_action(run, action, type, starting->commands, error);
    starting->room -= run->nodes[action].state == ACTION_STATE_SCHEDULED ? 1 : 0;
    return status;
}

/* Starts the ready actions in order. Actions without room go to the backlogs. */
static enum status start_ready(struct run *run, bool perform, struct command_list *commands, struct error *error)
{
    struct starting starting = {.run = run, .perform = perform, .commands = commands, .room = activity_room(run)};
    enum status status = STATUS_OK;
    uint32_t action;
    run_sort_ready(run);
    while (status == STATUS_OK && (action = take_next(&starting)) != UINT32_MAX)
        if (run->nodes[action].state == ACTION_STATE_READY)
            status = start_action(&starting, action, error);
    run->ready_count -= starting.next;
    memmove(run->ready, run->ready + starting.next, run->ready_count * sizeof *run->ready);
    run->wants_task = run_backlog_first(run, BACKLOG_LOCAL) != UINT32_MAX ||
                      (starting.room > 0 && run_backlog_first(run, BACKLOG_ACTIVITY) != UINT32_MAX);
    return status;
}

static enum status close_run(struct run *run, struct command_list *commands, enum command_kind kind,
                             struct text payload, struct failure failure, struct error *error)
{
    struct command *command = run_add_command(commands, kind, error);
    if (command == NULL)
        return STATUS_BUDGET;
    command->payload = payload;
    command_set_failure(command, failure);
    if (kind == COMMAND_FAIL)
        command->cron_run_id = run->cron_run_id;
    run->phase = PHASE_OVER;
    return STATUS_OK;
}

/* The result of a branch has the results of its actions, for its parent; that of a run is for people. */
static enum status complete(struct run *run, struct command_list *commands, struct error *error)
{
    struct text output = run->is_branch ? branch_output(run, run->task_arena) : run_outcome(run, run->task_arena);
    return output.data != NULL ? close_run(run, commands, COMMAND_COMPLETE, output, NO_FAILURE, error)
                               : error_budget(error);
}

/* The failures of all failed actions, in the order of the document. */
static struct failure failure_of_all(struct run *run)
{
    struct buffer buffer = buffer_in(run->task_arena, LIMIT_ANSWER_BYTES);
    struct failure all = {0};
    bool all_public = true;
    for (uint32_t i = 0; i < run->graph.action_count; i++) {
        if (run->nodes[i].state != ACTION_STATE_FAILED)
            continue;
        const struct graph_action *action = &run->graph.actions[i];
        const struct failure *failure = &run->nodes[i].failure;
        if (buffer.size > 0)
            buffer_add(&buffer, TEXT("; "));
        buffer_print(&buffer, "execute action %.*s (%.*s): ", TEXT_ARG(action->name), TEXT_ARG(action->id));
        if (all_public)
            all.head = buffer.size + failure->head;
        all_public = all_public && failure->head + failure->tail >= failure->text.size;
        all.tail = failure->tail;
        buffer_add(&buffer, failure->text);
    }
    all.text = buffer_text(&buffer);
    return all_public ? failure_public(all.text) : all;
}

/* Branches of the Go worker need no command: the policy they were started with says whether the server ends them. */
static enum status cancel_action(struct run *run, uint32_t action, struct command_list *commands, struct error *error)
{
    const struct node *node = &run->nodes[action];
    if (node->executor == EXECUTOR_BRANCH)
        return STATUS_OK;
    if (node->wait != NULL && !run_wait_has_timer(run, action))
        return STATUS_OK;
    if (node->one_by_one)
        return run_ask_cancel(run, action, commands, error);
    enum command_kind kind = node->executor == EXECUTOR_TIMER ? COMMAND_CANCEL_TIMER : COMMAND_CANCEL_ACTIVITY;
    struct command *command = run_add_for_action(run, commands, kind, action, error);
    if (command == NULL)
        return STATUS_BUDGET;
    command->scheduled_id = node->scheduled_id;
    return STATUS_OK;
}

static enum status cancel_all(struct run *run, struct command_list *commands, struct error *error)
{
    if (run->performing > 0)
        return STATUS_OK;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < run->graph.action_count && run->in_flight > 0 && status == STATUS_OK; i++) {
        if (run->nodes[i].state != ACTION_STATE_SCHEDULED)
            continue;
        status = cancel_action(run, i, commands, error);
        run_move(run, i, ACTION_STATE_CANCELED);
    }
    run_cancel_held(run);
    return status == STATUS_OK ? close_run(run, commands, COMMAND_CANCEL, TEXT_NONE, NO_FAILURE, error) : status;
}

/* When the input of the next run would be too large, this run stays open instead: a graph small enough to be the input
   of a run cannot reach the server's limit on the history. */
static enum status continue_as_new(struct run *run, struct command_list *commands, struct error *error)
{
    struct text input = run_continuation_input(run, run->task_arena);
    if (input.data == NULL)
        return error_budget(error);
    run->cannot_continue = input.size > LIMIT_PAYLOAD_BYTES;
    if (run->cannot_continue)
        return STATUS_OK;
    struct command *command = run_add_command(commands, COMMAND_CONTINUE_AS_NEW, error);
    if (command == NULL)
        return STATUS_BUDGET;
    command->payload = input;
    command->settings = run->settings;
    run->phase = PHASE_OVER;
    return STATUS_OK;
}

static bool wants_continue(const struct run *run)
{
    int64_t max = run->policy->continue_after > 0 ? run->policy->continue_after : LIMIT_HISTORY_EVENTS;
    /* The parent of a branch waits for this run's own result, and knows only the Go worker's input of a branch. */
    if (run->cannot_continue || run->is_branch)
        return false;
    return run->suggest_continue || run->history_length > max;
}

/* Whether an action in flight may take days. The run then starts its other actions instead of waiting to continue as
   new. A graph that is small enough to be the input of a run does not reach the server's limit on the history. */
static bool waits_for_long(const struct run *run)
{
    for (uint32_t i = 0; run->in_flight > 0 && i < run->graph.action_count; i++) {
        if (run->nodes[i].state != ACTION_STATE_SCHEDULED)
            continue;
        const struct action_type *type = action_catalog_find(run->policy->catalog, run->graph.actions[i].type);
        if (run->nodes[i].wait != NULL)
            continue; /* the next run waits for the remaining time */
        if (run->nodes[i].executor != EXECUTOR_ACTIVITY || (type != NULL && type->mode == ACTION_MODE_HUMAN))
            return true;
    }
    return false;
}

/* No action has failed before the first task, so it is not too late to decide. */
static void take_policy(struct run *run)
{
    if (!run->task_completed && run->hold == HOLD_UNDECIDED && run->policy->hold && !run->is_branch)
        run->hold = HOLD_BY_POLICY;
}

/* Ends the actions that signals and answers have ended, and records their results. */
static enum status end_waits(struct run *run, struct command_list *commands, struct error *error)
{
    enum status status = run_match_signals(run, error);
    if (status == STATUS_OK)
        status = record_results(run, commands, error);
    run_skip_inactive(run);
    return status == STATUS_OK ? run_ask_close(run, commands, error) : status;
}

static enum status decide_running(struct run *run, bool perform, struct command_list *commands, struct error *error)
{
    run->wants_task = false;
    take_policy(run);
    enum status status = record_results(run, commands, error);
    if (status != STATUS_OK)
        return status;
    if (run->cancel_requested)
        return cancel_all(run, commands, error);
    status = end_waits(run, commands, error);
    if (status != STATUS_OK)
        return status;
    if (wants_continue(run) && run->ready_nodes + run->waiting > 0 && !waits_for_long(run)) {
        run->wants_task = run->answer_full;
        if (run->in_flight - run->waiting + run->performing > 0 || run->answer_full)
            return STATUS_OK;
        status = continue_as_new(run, commands, error);
        if (status != STATUS_OK || run->phase == PHASE_OVER)
            return status;
    }
    status = start_ready(run, perform, commands, error);
    if (status == STATUS_OK)
        status = run_ask_open(run, activity_room(run), commands, error);
    if (status == STATUS_OK)
        status = record_results(run, commands, error); /* of actions that could not be started */
    run->wants_task = run->wants_task || run->answer_full;
    if (status != STATUS_OK || run->in_flight + run->performing + run->on_hold > 0 || run->ready_nodes > 0 ||
        run->answer_full)
        return status;
    if (run->failed == 0)
        return complete(run, commands, error);
    struct failure failure = failure_of_all(run);
    return failure.text.data != NULL ? close_run(run, commands, COMMAND_FAIL, TEXT_NONE, failure, error)
                                     : error_budget(error);
}

enum status run_give_up(struct run *run, struct failure failure, struct command_list *commands, struct error *error)
{
    commands->count = 0;
    run->wants_task = false;
    return close_run(run, commands, COMMAND_FAIL, TEXT_NONE, failure, error);
}

enum status run_decide(struct run *run, bool perform, struct command_list *commands, struct error *error)
{
    if (run->phase == PHASE_NEW)
        return error_set(error, STATUS_INVALID, TEXT("event 1"),
                         "history does not begin with WorkflowExecutionStarted");
    if (run->phase == PHASE_OVER)
        return STATUS_OK;
    if (run->phase == PHASE_REFUSED)
        return close_run(run, commands, COMMAND_FAIL, TEXT_NONE, run->refusal, error);
    enum status status = run_task_begin(run, commands->arena, error);
    return status == STATUS_OK ? decide_running(run, perform, commands, error) : status;
}

bool run_wants_task(const struct run *run)
{
    return run->phase == PHASE_RUNNING && run->wants_task;
}
