/* Finds what must be recorded in the ERP about a decided workflow task. */
#include "worker/run_record.h"

#include "engine/names.h"

/* ---- approval requests ---- */

static bool asks_people(const struct run_task *task, struct text action_type)
{
    const struct action_type *type = action_catalog_find(task->catalog, action_type);
    return type != NULL && type->mode == ACTION_MODE_HUMAN;
}

static bool is_end(enum event_kind kind)
{
    return kind == EVENT_ACTIVITY_COMPLETED || kind == EVENT_ACTIVITY_FAILED || kind == EVENT_ACTIVITY_TIMED_OUT ||
           kind == EVENT_ACTIVITY_CANCELED;
}

/* The event by which an activity has ended since the previous task; NULL if no activity has ended. scheduled_id 0: of
   any activity. */
static const struct event *find_new_end(const struct run_task *task, int64_t scheduled_id)
{
    for (size_t i = 0; i < task->task->event_count; i++) {
        const struct event *event = &task->task->events[i];
        if (is_end(event->kind) && event->id > task->task->previous_started_id &&
            (scheduled_id == 0 || event->scheduled_id == scheduled_id))
            return event;
    }
    return NULL;
}

static enum approval_ending ending_of_answer(const struct run_action *action, struct arena *arena)
{
    struct json_value result;
    if (action->state != ACTION_STATE_FINISHED || json_read(arena, action->result, &result, NULL) != STATUS_OK)
        return APPROVAL_EXPIRED;
    struct text output = json_get_text(&result, TEXT("output"));
    for (enum approval_ending ending = 0; ending < APPROVAL_EXPIRED; ending++)
        if (text_is(output, approval_ending_name(ending)))
            return ending;
    return APPROVAL_EXPIRED;
}

static enum approval_ending ending_of(const struct event *event, const struct run_action *action, struct arena *arena)
{
    switch (event->kind) {
    case EVENT_ACTIVITY_COMPLETED: return ending_of_answer(action, arena);
    case EVENT_ACTIVITY_TIMED_OUT: return APPROVAL_TIMED_OUT;
    default: return APPROVAL_EXPIRED;
    }
}

static void add(struct approval_end *end, struct arena *arena, size_t most, struct text action_id, uint32_t ask)
{
    if (end->requests == NULL)
        end->requests = ARENA_ARRAY(arena, most, struct approval_key);
    if (end->requests != NULL)
        end->requests[end->request_count++] = (struct approval_key){.action_id = action_id, .ask = ask};
}

static void find_ended(const struct run_task *task, struct arena *arena, struct approval_end *ends, size_t most)
{
    if (find_new_end(task, 0) == NULL)
        return;
    for (size_t i = 0; i < run_action_count(task->run); i++) {
        struct run_action action;
        run_action_at(task->run, i, &action);
        if (action.scheduled_id == 0 || !asks_people(task, action.type))
            continue;
        const struct event *end = find_new_end(task, action.scheduled_id);
        if (end != NULL && action.people.asked == 0)
            add(&ends[ending_of(end, &action, arena)], arena, most, action.id, 0);
    }
}

static enum approval_ending ending_of_ask(const struct event *event, const struct run_ask *ask)
{
    if (event->kind == EVENT_ACTIVITY_TIMED_OUT)
        return APPROVAL_TIMED_OUT;
    for (enum approval_ending ending = 0; ending < APPROVAL_EXPIRED; ending++)
        if (text_is(ask->output, approval_ending_name(ending)))
            return ending;
    return APPROVAL_EXPIRED;
}

/* Finds the ended requests to people who are asked one by one. */
static void find_ended_asks(const struct run_task *task, struct arena *arena, struct approval_end *ends, size_t most)
{
    for (size_t i = 0; i < task->task->event_count; i++) {
        const struct event *event = &task->task->events[i];
        struct run_ask ask;
        if (is_end(event->kind) && event->id > task->task->previous_started_id &&
            run_ask_of(task->run, event->scheduled_id, &ask))
            add(&ends[ending_of_ask(event, &ask)], arena, most, ask.action_id, ask.number);
    }
}

static void find_canceled(const struct run_task *task, struct arena *arena, struct approval_end *ends, size_t most)
{
    for (size_t i = 0; i < task->commands->count; i++) {
        const struct command *command = &task->commands->items[i];
        if (command->kind == COMMAND_CANCEL_ACTIVITY && asks_people(task, command->action_type))
            add(&ends[APPROVAL_EXPIRED], arena, most, command->action_id, command->ask);
    }
}

bool run_record_approvals(const struct run_task *task, struct arena *arena, struct approval_end ends[APPROVAL_ENDINGS])
{
    size_t count = 0, most = run_action_count(task->run) + task->task->event_count + task->commands->count;
    for (enum approval_ending ending = 0; ending < APPROVAL_ENDINGS; ending++)
        ends[ending] = (struct approval_end){.effect_id = run_effect_id(task->run), .ending = ending};
    find_ended(task, arena, ends, most);
    find_ended_asks(task, arena, ends, most);
    find_canceled(task, arena, ends, most);
    for (size_t i = 0; i < APPROVAL_ENDINGS; i++)
        count += ends[i].request_count;
    return count > 0;
}

/* ---- the execution ---- */

/* False when the commands do not end the execution: a run that continues as new continues it too. */
static bool find_end(const struct command_list *commands, struct execution_change *change)
{
    for (size_t i = 0; i < commands->count; i++) {
        switch (commands->items[i].kind) {
        case COMMAND_COMPLETE: change->status = EXECUTION_COMPLETED; return true;
        case COMMAND_CANCEL: change->status = EXECUTION_CANCELED; return true;
        case COMMAND_FAIL:
            change->status = EXECUTION_FAILED;
            change->failure = commands->items[i].failure;
            return true;
        default: break;
        }
    }
    return false;
}

bool run_record_status(const struct run_task *task, struct execution_change *change)
{
    *change = (struct execution_change){
        .status = EXECUTION_RUNNING, .execution_id = run_execution_id(task->run), .resumed = run_is_resumed(task->run)};
    if (change->execution_id.size == 0 || !text_is(task->task->workflow_type, WORKFLOW_TYPE))
        return false;
    return find_end(task->commands, change) || task->task->previous_started_id == 0;
}
