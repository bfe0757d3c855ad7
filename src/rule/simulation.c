/* Plays a run offline. */
#include "rule/simulation.h"

#include <assert.h>
#include <string.h>

#include "action/suggestion.h"
#include "base/date.h"
#include "base/limits.h"
#include "engine/names.h"

#define MICROSECONDS_PER_MILLISECOND 1000

static enum status apply(struct simulation *simulation, struct event event, struct error *error)
{
    event.id = ++simulation->events;
    event.time_us = simulation->now_us;
    return run_apply(simulation->run, &event, error);
}

/* ---- the plan ---- */

static struct text name_at(const void *run, size_t index)
{
    struct run_action action;
    run_action_at(run, index, &action);
    return action.name;
}

static enum status unknown_action(const struct simulation *simulation, const struct planned_action *plan,
                                  struct error *error)
{
    struct text nearest = suggest_nearest(plan->key, name_at, simulation->run, simulation->actions.count);
    if (nearest.size > 0)
        return error_set(error, STATUS_INVALID, plan->pointer, "the rule has no action '%.*s'; did you mean '%.*s'?",
                         TEXT_ARG(plan->key), TEXT_ARG(nearest));
    return error_set(error, STATUS_INVALID, plan->pointer, "the rule has no action with the name or id '%.*s'",
                     TEXT_ARG(plan->key));
}

/* Gives each action its plan; a plan for its id takes precedence over one for its name. */
static enum status assign_plan(struct simulation *simulation, struct error *error)
{
    const struct outcome_plan *plan = simulation->options.plan;
    if (plan == NULL || simulation->actions.count == 0)
        return STATUS_OK;
    bool *used = ARENA_ARRAY(simulation->arena, plan->count, bool);
    if (used == NULL)
        return error_budget(error);
    for (uint32_t i = 0; i < simulation->actions.count; i++) {
        struct run_action action;
        run_action_at(simulation->run, i, &action);
        const struct planned_action *by_id = outcome_plan_find(plan, action.id);
        const struct planned_action *planned = by_id != NULL ? by_id : outcome_plan_find(plan, action.name);
        if (planned == NULL)
            continue;
        const struct action_type *type = action_catalog_find(simulation->options.catalog, action.type);
        if (type != NULL && type->dispatch == DISPATCH_ENGINE && type->output_count < 2)
            return error_set(error, STATUS_INVALID, planned->pointer,
                             "'%.*s' is a %s: it ends when its time is up, so it takes no outcome",
                             TEXT_ARG(action.name), type->name);
        used[planned - plan->actions] = true;
        simulation->actions.items[i].plan = planned;
    }
    for (size_t i = 0; i < plan->count; i++)
        if (!used[i])
            return unknown_action(simulation, &plan->actions[i], error);
    return STATUS_OK;
}

/* ---- actions ---- */

static void note_started(struct simulation *simulation, uint32_t index)
{
    assert(index < simulation->actions.count && simulation->started <= simulation->actions.count);
    struct simulated_action *action = &simulation->actions.items[index];
    if (!action->started)
        simulation->order[simulation->started++] = index;
    action->started = true;
}

static enum status perform(struct simulation *simulation, const struct command *command, struct arena *arena,
                           struct error *error)
{
    note_started(simulation, command->action);
    struct simulated_action *action = &simulation->actions.items[command->action];
    struct action_report report = {.outcome = ACTION_OUTCOME_RETRY, .failure_type = ""};
    const struct planned_outcome *planned = simulated_next_planned(action);
    /* An outcome that takes time, or never comes, needs an activity. */
    if (planned != NULL && (planned->after_ms > 0 || planned->kind == PLANNED_TIMEOUT))
        return run_perform_done(simulation->run, command->action, &report, error);
    struct attempt_outcome outcome;
    enum status status = simulated_attempt(&simulation->actions, command->action, command->type, &command->request,
                                           simulation->now_us, arena, &outcome, error);
    if (status != STATUS_OK)
        return status;
    assert(outcome.end != ATTEMPT_TIMED_OUT);
    report.outcome = outcome.end == ATTEMPT_DONE    ? ACTION_OUTCOME_DONE
                     : outcome.end == ATTEMPT_RETRY ? ACTION_OUTCOME_RETRY
                                                    : ACTION_OUTCOME_REFUSED;
    report.result = outcome.result;
    report.failure = outcome.failure;
    return run_perform_done(simulation->run, command->action, &report, error);
}

/* A due time, limited to the years that RFC 3339 can write. */
static int64_t due_after(const struct simulation *simulation, int64_t milliseconds)
{
    int64_t left = (DATE_US_MAX - simulation->now_us) / MICROSECONDS_PER_MILLISECOND;
    return simulation->now_us + (milliseconds < left ? milliseconds : left) * MICROSECONDS_PER_MILLISECOND;
}

/* Adds a due event. The queue can outgrow the number of actions, since an action that asks several people has an
   activity for each of them. */
static enum status add_pending(struct simulation *simulation, const struct due_event *due, struct error *error)
{
    struct event_queue *pending = &simulation->pending;
    size_t capacity = pending->capacity;
    struct due_event *items =
        arena_reserve(simulation->arena, pending->items, pending->count, &capacity, sizeof *items);
    if (items == NULL || capacity > UINT32_MAX)
        return error_budget(error);
    pending->items = items;
    pending->capacity = (uint32_t)capacity;
    event_queue_add(pending, due);
    return STATUS_OK;
}

/* How an activity ends: its duration and its outcome. */
struct activity_end {
    int64_t after_ms;
    struct attempt_outcome outcome;
};

static int64_t backoff_ms(const struct action_timing *timing, int32_t attempt, int64_t asked_ms)
{
    if (asked_ms > 0)
        return asked_ms;
    double wait = (double)timing->retry_initial_ms;
    for (int32_t i = 1; i < attempt && wait < (double)timing->retry_maximum_ms; i++)
        wait *= timing->retry_coefficient;
    bool is_longest = timing->retry_maximum_ms > 0 && wait > (double)timing->retry_maximum_ms;
    return is_longest ? timing->retry_maximum_ms : (int64_t)wait;
}

/* Makes all attempts of an activity. The history gets one event for them, since it does not have failed attempts. */
static enum status make_attempts(struct simulation *simulation, const struct command *command,
                                 const struct action_request *request, struct activity_end *end, struct error *error)
{
    const struct action_timing *timing = &command->timing;
    int64_t limit_ms = timing->start_to_close_ms > 0 ? timing->start_to_close_ms : LIMIT_ANSWER_TIME_MS;
    bool is_human = command->type != NULL && command->type->mode == ACTION_MODE_HUMAN;
    *end = (struct activity_end){0};
    for (int32_t attempt = 1;; attempt++) {
        struct attempt_outcome *outcome = &end->outcome;
        enum status status =
            simulated_attempt(&simulation->actions, command->action, command->type, request,
                              due_after(simulation, end->after_ms), simulation->scratch, outcome, error);
        if (status != STATUS_OK)
            return status;
        if (outcome->end == ATTEMPT_TIMED_OUT || outcome->after_ms > limit_ms) {
            outcome->end = ATTEMPT_TIMED_OUT;
            outcome->after_ms = limit_ms;
        }
        end->after_ms += outcome->after_ms;
        bool fails = outcome->end == ATTEMPT_RETRY || outcome->end == ATTEMPT_TIMED_OUT;
        int64_t pause_ms = backoff_ms(timing, attempt, outcome->retry_delay_ms);
        /* All attempts to ask people share one time limit. */
        if (is_human && fails && end->after_ms + pause_ms >= limit_ms) {
            outcome->end = ATTEMPT_TIMED_OUT;
            end->after_ms = limit_ms;
            return STATUS_OK;
        }
        if (!fails || attempt >= timing->retry_attempts)
            return STATUS_OK;
        end->after_ms += pause_ms;
    }
}

static enum status write_end(struct simulation *simulation, const struct attempt_outcome *outcome,
                             struct due_event *event, struct error *error)
{
    switch (outcome->end) {
    case ATTEMPT_TIMED_OUT: event->kind = EVENT_ACTIVITY_TIMED_OUT; return STATUS_OK;
    case ATTEMPT_RETRY:
    case ATTEMPT_REFUSED:
        event->kind = EVENT_ACTIVITY_FAILED;
        event->failure = arena_copy(simulation->arena, outcome->failure);
        return event->failure.data != NULL ? STATUS_OK : error_budget(error);
    case ATTEMPT_DONE: break;
    }
    const struct json_member output = {TEXT("result"), outcome->result};
    const struct json_value value = json_object(&output, 1);
    event->kind = EVENT_ACTIVITY_COMPLETED;
    event->payload = json_to_text(simulation->arena, &value);
    return event->payload.data != NULL ? STATUS_OK : error_budget(error);
}

static enum status start_activity(struct simulation *simulation, const struct command *command, struct error *error)
{
    struct event event = {.kind = EVENT_ACTIVITY_SCHEDULED,
                          .activity_id = command_part_id(command),
                          .activity_type = command->activity_type,
                          .duration_ms = command->timing.start_to_close_ms,
                          .payload = command->payload};
    struct due_event due = {.scheduled_id = simulation->events + 1};
    struct action_request request;
    struct activity_end end;
    enum status status = apply(simulation, event, error);
    note_started(simulation, command->action);
    arena_reset(simulation->scratch);
    if (status == STATUS_OK)
        status = action_request_read(simulation->scratch, command->payload, &request, error);
    if (status == STATUS_OK && request.reminder > 0)
        end = (struct activity_end){.outcome = {.end = ATTEMPT_DONE, .result = json_object(NULL, 0)}};
    else if (status == STATUS_OK)
        status = make_attempts(simulation, command, &request, &end, error);
    if (status == STATUS_OK)
        status = write_end(simulation, &end.outcome, &due, error);
    if (status != STATUS_OK)
        return status;
    due.due_us = due_after(simulation, end.after_ms);
    return add_pending(simulation, &due, error);
}

/* The result of a wait. Its output is the first of its type if the plan names none. */
static enum status wait_result(const struct json_value *planned, struct arena *arena, struct text *payload,
                               struct error *error)
{
    size_t count = planned != NULL && planned->type == JSON_OBJECT ? planned->object.count : 0;
    struct json_member *members = ARENA_ARRAY(arena, count + 2, struct json_member);
    if (members == NULL)
        return error_budget(error);
    if (count > 0)
        memcpy(members, planned->object.members, count * sizeof *members);
    if (json_get(planned, TEXT("output")) == NULL)
        members[count++] = (struct json_member){TEXT("output"), json_string(TEXT("received"))};
    if (json_get(planned, TEXT("payload")) == NULL && planned == NULL)
        members[count++] = (struct json_member){TEXT("payload"), json_object(NULL, 0)};
    const struct json_value result = json_object(members, count);
    *payload = json_to_text(arena, &result);
    return payload->data != NULL ? STATUS_OK : error_budget(error);
}

/* Plans the end of a wait: at once, or as planned. */
static enum status plan_wait(struct simulation *simulation, const struct command *command, struct due_event *due,
                             struct error *error)
{
    struct simulated_action *action = &simulation->actions.items[command->action];
    const struct planned_outcome *planned =
        action->plan != NULL && action->plan->count > 0 ? action->plan->outcomes : NULL;
    int64_t after_ms = planned != NULL ? planned->after_ms : 0;
    if (planned != NULL && (planned->kind == PLANNED_TIMEOUT || after_ms > command->duration_ms))
        return STATUS_OK;
    due->kind = EVENT_RESULT_RECORDED;
    due->due_us = due_after(simulation, after_ms);
    due->activity_id = arena_copy(simulation->arena, command->action_id);
    if (due->activity_id.data == NULL)
        return error_budget(error);
    if (planned == NULL || planned->kind == PLANNED_RESULT)
        return wait_result(planned != NULL ? &planned->result : NULL, simulation->arena, &due->payload, error);
    due->failure = arena_copy(simulation->arena, planned->failure);
    return due->failure.data != NULL ? STATUS_OK : error_budget(error);
}

/* Starts a timer after which people are reminded, or others are asked. */
static enum status start_ask_timer(struct simulation *simulation, const struct command *command, struct error *error)
{
    const struct event event = {
        .kind = EVENT_TIMER_STARTED, .activity_id = command->activity_id, .duration_ms = command->duration_ms};
    struct due_event due = {.kind = EVENT_TIMER_FIRED,
                            .scheduled_id = simulation->events + 1,
                            .due_us = due_after(simulation, command->duration_ms),
                            .activity_id = arena_copy(simulation->arena, command->activity_id)};
    if (due.activity_id.data == NULL)
        return error_budget(error);
    enum status status = apply(simulation, event, error);
    return status == STATUS_OK ? add_pending(simulation, &due, error) : status;
}

static enum status start_timer(struct simulation *simulation, const struct command *command, struct error *error)
{
    if (command->activity_id.size > 0)
        return start_ask_timer(simulation, command, error);
    struct event event = {
        .kind = EVENT_TIMER_STARTED, .activity_id = command->action_id, .duration_ms = command->duration_ms};
    enum status status = apply(simulation, event, error);
    note_started(simulation, command->action);
    simulation->actions.items[command->action].attempts++;
    struct due_event due = {.kind = EVENT_TIMER_FIRED,
                            .scheduled_id = simulation->events,
                            .due_us = due_after(simulation, command->duration_ms)};
    const struct action_type *type = action_catalog_find(simulation->options.catalog, command->action_type);
    if (status == STATUS_OK && type != NULL && type->output_count > 1)
        status = plan_wait(simulation, command, &due, error);
    if (status == STATUS_OK)
        status = add_pending(simulation, &due, error);
    return status == STATUS_OK
               ? simulated_config(&simulation->actions, command->action, &command->request.config, error)
               : status;
}

static enum status finish(struct simulation *simulation, const struct due_event *due, struct error *error)
{
    if (due->kind != EVENT_TIMER_FIRED && due->kind != EVENT_RESULT_RECORDED)
        (void)apply(simulation, (struct event){.kind = EVENT_OTHER}, NULL); /* started */
    return apply(simulation,
                 (struct event){.kind = due->kind,
                                .scheduled_id = due->scheduled_id,
                                .activity_id = due->activity_id,
                                .payload = due->payload,
                                .failure = due->failure},
                 error);
}

/* ---- workflow tasks ---- */

static enum status continue_run(struct simulation *simulation, const struct command *command, struct error *error)
{
    simulation->continuation = arena_copy(simulation->arena, command->payload);
    if (simulation->continuation.data == NULL)
        return error_budget(error);
    simulation->close = CLOSE_CONTINUED;
    return STATUS_OK;
}

static enum status apply_command(struct simulation *simulation, const struct command *command, struct error *error)
{
    simulation->commands += command->kind != COMMAND_PERFORM;
    switch (command->kind) {
    case COMMAND_PERFORM: return STATUS_OK;
    case COMMAND_RECORD_RESULT:
        return apply(simulation,
                     (struct event){.kind = EVENT_RESULT_RECORDED,
                                    .activity_id = command_part_id(command),
                                    .payload = command->payload,
                                    .failure = command->failure},
                     error);
    case COMMAND_SCHEDULE_ACTIVITY: return start_activity(simulation, command, error);
    case COMMAND_START_TIMER: return start_timer(simulation, command, error);
    case COMMAND_CANCEL_ACTIVITY: return STATUS_OK;
    case COMMAND_CANCEL_TIMER: event_queue_drop_timer(&simulation->pending, command_part_id(command)); return STATUS_OK;
    case COMMAND_COMPLETE: simulation->close = CLOSE_COMPLETED; return STATUS_OK;
    case COMMAND_CANCEL: simulation->close = CLOSE_CANCELED; return STATUS_OK;
    case COMMAND_FAIL:
        simulation->close = CLOSE_FAILED;
        simulation->failure = arena_copy(simulation->arena, command->failure);
        return simulation->failure.data != NULL ? STATUS_OK : error_budget(error);
    case COMMAND_CONTINUE_AS_NEW: return continue_run(simulation, command, error);
    }
    return STATUS_OK;
}

/* Decides and performs until no local action is left, or the task is full. */
static enum status decide(struct simulation *simulation, struct command_list *commands, struct error *error)
{
    size_t next = 0;
    enum status status;
    bool performed;
    do {
        status = run_decide(simulation->run, true, commands, error);
        performed = false;
        for (; next < commands->count && status == STATUS_OK; next++) {
            if (commands->items[next].kind != COMMAND_PERFORM)
                continue;
            /* Copied, because performing may move the list. */
            struct command command = commands->items[next];
            status = perform(simulation, &command, commands->arena, error);
            performed = true;
        }
    } while (status == STATUS_OK && performed);
    return status;
}

static enum status do_task(struct simulation *simulation, struct error *error)
{
    struct arena *arena = arena_new(LIMIT_RUN_ARENA, 0);
    if (arena == NULL)
        return error_budget(error);
    simulation->workflow_tasks++;
    struct command_list commands = {.arena = arena};
    enum status status = apply(simulation, (struct event){.kind = EVENT_OTHER}, error); /* scheduled */
    if (status == STATUS_OK)
        status = apply(simulation, (struct event){.kind = EVENT_TASK_STARTED}, error);
    if (status == STATUS_OK)
        status = decide(simulation, &commands, error);
    run_task_end(simulation->run);
    simulation->events++; /* completed */
    for (size_t i = 0; i < commands.count && status == STATUS_OK; i++)
        status = apply_command(simulation, &commands.items[i], error);
    arena_free(arena);
    return status;
}

static enum status start(struct simulation *simulation, struct text input, struct error *error)
{
    run_free(simulation->run);
    simulation->run = run_new(&simulation->policy);
    if (simulation->run == NULL)
        return error_budget(error);
    simulation->close = CLOSE_NONE;
    simulation->events = 0;
    simulation->pending.count = 0;
    enum status status =
        apply(simulation, (struct event){.kind = EVENT_STARTED, .activity_type = TEXT(WORKFLOW_TYPE), .payload = input},
              error);
    /* The next task starts at history_length; the event before that one schedules it. */
    if (simulation->options.history_length > simulation->events + 2)
        simulation->events = simulation->options.history_length - 2;
    return status;
}

/* Events that are due at the same time become known to the same workflow task. */
static enum status finish_due(struct simulation *simulation, struct error *error)
{
    struct event_queue *pending = &simulation->pending;
    enum status status = STATUS_OK;
    if (pending->count > 0)
        simulation->now_us = pending->items[0].due_us;
    while (status == STATUS_OK && pending->count > 0 && pending->items[0].due_us == simulation->now_us) {
        const struct due_event due = event_queue_take(pending);
        status = finish(simulation, &due, error);
    }
    return status;
}

static enum status play_run(struct simulation *simulation, struct error *error)
{
    enum status status = do_task(simulation, error);
    simulation->events++; /* the memo */
    while (status == STATUS_OK && simulation->close == CLOSE_NONE) {
        if (simulation->pending.count == 0 && !run_wants_task(simulation->run))
            return error_set(error, STATUS_INTERNAL, TEXT_NONE, "the run is open, and nothing is left to wait for");
        status = finish_due(simulation, error);
        if (status == STATUS_OK)
            status = do_task(simulation, error);
    }
    simulation->events++; /* the closing event */
    return status;
}

static enum status prepare(struct simulation *simulation, struct error *error)
{
    uint32_t count = (uint32_t)run_action_count(simulation->run);
    simulation->actions =
        (struct simulated_actions){.arena = simulation->arena, .catalog = simulation->options.catalog, .count = count};
    simulation->actions.items = ARENA_ARRAY(simulation->arena, count, struct simulated_action);
    simulation->order = ARENA_ARRAY(simulation->arena, count, uint32_t);
    simulation->pending.items = ARENA_ARRAY(simulation->arena, count, struct due_event);
    simulation->pending.capacity = count;
    simulation->scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (simulation->actions.items == NULL || simulation->order == NULL || simulation->pending.items == NULL ||
        simulation->scratch == NULL)
        return error_budget(error);
    return assign_plan(simulation, error);
}

enum status simulation_play(struct simulation *simulation, struct arena *arena, struct text input,
                            const struct simulation_options *options, struct error *error)
{
    assert(options->start_us >= DATE_US_MIN && options->start_us <= DATE_US_MAX);
    *simulation = (struct simulation){.options = *options, .arena = arena, .now_us = options->start_us};
    simulation->policy = (struct run_policy){.catalog = options->catalog, .local = options->local};
    enum status status = start(simulation, input, error);
    if (status == STATUS_OK)
        status = prepare(simulation, error);
    if (status == STATUS_OK)
        status = play_run(simulation, error);
    while (status == STATUS_OK && simulation->close == CLOSE_CONTINUED && options->history_length == 0) {
        status = start(simulation, simulation->continuation, error);
        if (status == STATUS_OK)
            status = play_run(simulation, error);
    }
    return status;
}

void simulation_end(struct simulation *simulation)
{
    run_free(simulation->run);
    simulation->run = NULL;
    arena_free(simulation->scratch);
    simulation->scratch = NULL;
}
