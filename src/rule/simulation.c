/* Plays a run offline. */
#include "rule/simulation.h"

#include <assert.h>

#include "base/limits.h"
#include "engine/names.h"

/* An activity or timer that has not ended. */
struct pending_event {
    uint32_t action;
    int64_t event_id;
    bool is_timer;
    int32_t attempts_left;
    struct text input; /* of an activity that is performed; empty for others */
};

/* The outcome of one attempt of an action. */
struct attempt_outcome {
    bool fails;
    struct text error;
    struct json_value result;
};

/* Finds the planned outcome of this attempt; the last one repeats. False: the plan does not name the action. */
static bool planned_outcome(const struct simulation *simulation, struct text name, unsigned attempt,
                            struct attempt_outcome *outcome)
{
    const struct json_value *list = json_get(simulation->options.results, name);
    if (list == NULL || list->array.count == 0)
        return false;
    size_t index = attempt - 1 < list->array.count ? attempt - 1 : list->array.count - 1;
    const struct json_value *entry = &list->array.items[index];
    const struct json_value *error = json_get(entry, TEXT("error"));
    *outcome = (struct attempt_outcome){.fails = error != NULL, .result = *entry};
    if (outcome->fails)
        outcome->error = error->string;
    return true;
}

static enum status check_results(const struct json_value *results, struct arena *arena, struct error *error)
{
    if (results == NULL)
        return STATUS_OK;
    if (results->type != JSON_OBJECT)
        return error_set(error, STATUS_INVALID, TEXT("/"), "expected an object of lists by action name, found %s",
                         json_type_name(results->type));
    for (size_t i = 0; i < results->object.count; i++) {
        const struct json_member *member = &results->object.members[i];
        struct text where = arena_print(arena, "/%.*s", TEXT_ARG(member->key));
        if (member->value.type != JSON_ARRAY)
            return error_set(error, STATUS_INVALID, where, "expected a list of results, one an attempt, found %s",
                             json_type_name(member->value.type));
        for (size_t k = 0; k < member->value.array.count; k++) {
            const struct json_value *entry = &member->value.array.items[k];
            const struct json_value *failure = json_get(entry, TEXT("error"));
            if (entry->type != JSON_OBJECT || (failure != NULL && failure->type != JSON_STRING))
                return error_set(error, STATUS_INVALID, arena_print(arena, "%.*s/%zu", TEXT_ARG(where), k),
                                 "expected a result object or {\"error\": \"text\"}");
        }
    }
    return STATUS_OK;
}

static enum status apply(struct simulation *simulation, struct event event, struct error *error)
{
    event.id = ++simulation->events;
    return run_apply(simulation->run, &event, error);
}

static void note_started(struct simulation *simulation, uint32_t action)
{
    assert(action < simulation->action_count && simulation->started <= simulation->action_count);
    if (!simulation->was_started[action])
        simulation->order[simulation->started++] = action;
    simulation->was_started[action] = true;
}

/* ---- actions ---- */

/* Actions without effects are performed. */
static bool is_performed(const struct action_type *type)
{
    return type != NULL && type->effects == EFFECTS_PURE && type->mode == ACTION_MODE_SYNC;
}

static void perform_action(const struct simulation *simulation, const struct action_request *request, bool local,
                           struct arena *arena, struct action_report *report)
{
    struct action_environment environment = {.catalog = simulation->options.catalog, .attempt = 1, .local = local};
    action_perform(&environment, arena, request, report);
}

/* Keeps the warnings of an action's templates. */
static enum status keep_warnings(struct simulation *simulation, uint32_t action, const struct template_notes *notes,
                                 struct error *error)
{
    for (size_t i = 0; i < notes->warning_count; i++) {
        if (simulation->warning_count == simulation->warning_capacity) {
            size_t capacity = simulation->warning_capacity == 0 ? 8 : simulation->warning_capacity * 2;
            struct simulation_warning *grown =
                arena_grow(simulation->arena, simulation->warnings, simulation->warning_capacity * sizeof *grown,
                           capacity * sizeof *grown);
            if (grown == NULL)
                return error_budget(error);
            simulation->warnings = grown;
            simulation->warning_capacity = capacity;
        }
        struct text text = arena_copy(simulation->arena, notes->warnings[i].text);
        if (text.data == NULL)
            return error_budget(error);
        simulation->warnings[simulation->warning_count++] = (struct simulation_warning){action, text};
    }
    return STATUS_OK;
}

static enum status perform(struct simulation *simulation, const struct command *command, struct arena *arena,
                           struct error *error)
{
    struct action_report report = {.outcome = ACTION_OUTCOME_DONE, .result = json_object(NULL, 0), .failure_type = ""};
    struct attempt_outcome outcome;
    note_started(simulation, command->action);
    if (planned_outcome(simulation, command->action_name, ++simulation->attempts[command->action], &outcome)) {
        report.outcome = outcome.fails ? ACTION_OUTCOME_RETRY : ACTION_OUTCOME_DONE;
        report.failure = outcome.error;
        report.result = outcome.result;
    } else if (is_performed(command->type)) {
        perform_action(simulation, &command->request, true, arena, &report);
        enum status status = keep_warnings(simulation, command->action, &report.notes, error);
        if (status != STATUS_OK)
            return status;
    }
    return run_perform_done(simulation->run, command->action, &report, error);
}

static enum status start_event(struct simulation *simulation, const struct command *command, bool is_timer,
                               struct error *error)
{
    struct event event = {.kind = is_timer ? EVENT_TIMER_STARTED : EVENT_ACTIVITY_SCHEDULED,
                          .activity_id = command->action_id,
                          .activity_type = command->activity_type,
                          .duration_ms = command->duration_ms,
                          .payload = command->payload};
    enum status status = apply(simulation, event, error);
    note_started(simulation, command->action);
    struct text input = is_performed(command->type) ? command->payload : TEXT_NONE;
    struct pending_event pending = {.action = command->action,
                                    .event_id = simulation->events,
                                    .is_timer = is_timer,
                                    .attempts_left = command->timing.retry_attempts,
                                    .input = arena_copy(simulation->arena, input)};
    assert(simulation->pending_count < simulation->action_count);
    simulation->pending[simulation->pending_count++] = pending;
    return pending.input.data != NULL ? status : error_budget(error);
}

static struct text failure_of_unknown(struct simulation *simulation, const struct run_action *action)
{
    return arena_print(simulation->arena, "action %.*s (%.*s): no handler registered for type %.*s",
                       TEXT_ARG(action->name), TEXT_ARG(action->id), TEXT_ARG(action->type));
}

static enum status perform_activity(struct simulation *simulation, const struct pending_event *pending,
                                    struct attempt_outcome *outcome, struct error *error)
{
    struct action_request request;
    enum status status = action_request_read(simulation->arena, pending->input, &request, error);
    if (status != STATUS_OK)
        return status;
    struct action_report report;
    perform_action(simulation, &request, false, simulation->arena, &report);
    *outcome = (struct attempt_outcome){
        .fails = report.outcome != ACTION_OUTCOME_DONE, .error = report.failure, .result = report.result};
    return keep_warnings(simulation, pending->action, &report.notes, error);
}

/* Plays all attempts of an activity or timer; the history gets one event, as failed attempts are not in it. */
static enum status finish_event(struct simulation *simulation, const struct pending_event *pending, struct error *error)
{
    struct run_action action;
    run_action_at(simulation->run, pending->action, &action);
    struct event event = {.kind = EVENT_ACTIVITY_COMPLETED, .scheduled_id = pending->event_id};
    unsigned *attempts = &simulation->attempts[pending->action];
    if (pending->is_timer) {
        ++*attempts;
        event.kind = EVENT_TIMER_FIRED;
        return apply(simulation, event, error);
    }
    (void)apply(simulation, (struct event){.kind = EVENT_OTHER}, NULL); /* started */
    struct attempt_outcome outcome = {.result = json_object(NULL, 0)};
    bool known = action_catalog_find(simulation->options.catalog, action.type) != NULL;
    int32_t left = pending->attempts_left;
    bool planned;
    do {
        planned = planned_outcome(simulation, action.name, ++*attempts, &outcome);
    } while (planned && outcome.fails && --left > 0);
    if (!planned && !known)
        outcome = (struct attempt_outcome){.fails = true, .error = failure_of_unknown(simulation, &action)};
    enum status status =
        !planned && pending->input.size > 0 ? perform_activity(simulation, pending, &outcome, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    if (outcome.fails) {
        event.kind = EVENT_ACTIVITY_FAILED;
        event.failure = outcome.error;
    } else {
        struct json_member *output = ARENA_NEW(simulation->arena, struct json_member);
        if (output == NULL)
            return error_budget(error);
        *output = (struct json_member){.key = TEXT("result"), .value = outcome.result};
        struct json_value value = json_object(output, 1);
        event.payload = json_to_text(simulation->arena, &value);
    }
    return apply(simulation, event, error);
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
                                    .activity_id = command->action_id,
                                    .payload = command->payload,
                                    .failure = command->failure},
                     error);
    case COMMAND_SCHEDULE_ACTIVITY: return start_event(simulation, command, false, error);
    case COMMAND_START_TIMER: return start_event(simulation, command, true, error);
    case COMMAND_CANCEL_ACTIVITY:
    case COMMAND_CANCEL_TIMER: return STATUS_OK;
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
    simulation->pending_count = 0;
    enum status status =
        apply(simulation, (struct event){.kind = EVENT_STARTED, .activity_type = TEXT(WORKFLOW_TYPE), .payload = input},
              error);
    /* The next task starts at history_length; the event before that one schedules it. */
    if (simulation->options.history_length > simulation->events + 2)
        simulation->events = simulation->options.history_length - 2;
    return status;
}

static enum status play_run(struct simulation *simulation, struct error *error)
{
    enum status status = do_task(simulation, error);
    while (status == STATUS_OK && simulation->close == CLOSE_NONE) {
        uint32_t count = simulation->pending_count;
        simulation->pending_count = 0;
        for (uint32_t i = 0; i < count && status == STATUS_OK; i++)
            status = finish_event(simulation, &simulation->pending[i], error);
        if (status == STATUS_OK)
            status = do_task(simulation, error);
    }
    simulation->events++; /* the closing event */
    return status;
}

enum status simulation_play(struct simulation *simulation, struct arena *arena, struct text input,
                            const struct simulation_options *options, struct error *error)
{
    *simulation = (struct simulation){.options = *options, .arena = arena};
    simulation->policy = (struct run_policy){.catalog = options->catalog, .local = options->local};
    enum status status = check_results(options->results, arena, error);
    if (status == STATUS_OK)
        status = start(simulation, input, error);
    if (status != STATUS_OK)
        return status;
    simulation->action_count = (uint32_t)run_action_count(simulation->run);
    simulation->attempts = ARENA_ARRAY(arena, simulation->action_count, unsigned);
    simulation->order = ARENA_ARRAY(arena, simulation->action_count, uint32_t);
    simulation->pending = ARENA_ARRAY(arena, simulation->action_count, struct pending_event);
    simulation->was_started = ARENA_ARRAY(arena, simulation->action_count, bool);
    if (simulation->attempts == NULL || simulation->order == NULL || simulation->pending == NULL ||
        simulation->was_started == NULL)
        return error_budget(error);
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
}
