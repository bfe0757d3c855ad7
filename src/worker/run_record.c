/* Finds what of a decided workflow task must be recorded in the ERP. */
#include "worker/run_record.h"

#include "engine/names.h"

/* ---- approval requests ---- */

static bool asks_people(const struct run_task *task, struct text action_type)
{
    const struct action_type *type = action_catalog_find(task->catalog, action_type);
    return type != NULL && type->mode == ACTION_MODE_HUMAN;
}

static bool is_new_timeout(const struct run_task *task, const struct event *event)
{
    return event->kind == EVENT_ACTIVITY_TIMED_OUT && event->id > task->task->previous_started_id;
}

static bool has_new_timeout(const struct run_task *task)
{
    for (size_t i = 0; i < task->task->event_count; i++) {
        if (is_new_timeout(task, &task->task->events[i]))
            return true;
    }
    return false;
}

static bool has_timed_out(const struct run_task *task, const struct run_action *action)
{
    for (size_t i = 0; i < task->task->event_count; i++) {
        const struct event *event = &task->task->events[i];
        if (is_new_timeout(task, event) && event->scheduled_id == action->scheduled_id)
            return true;
    }
    return false;
}

static void find_timed_out(const struct run_task *task, struct arena *arena, struct approval_end *end)
{
    if (!has_new_timeout(task))
        return;
    size_t count = run_action_count(task->run);
    struct text *ids = ARENA_ARRAY(arena, count, struct text);
    for (size_t i = 0; ids != NULL && i < count; i++) {
        struct run_action action;
        run_action_at(task->run, i, &action);
        if (action.scheduled_id != 0 && asks_people(task, action.type) && has_timed_out(task, &action))
            ids[end->action_count++] = action.id;
    }
    end->action_ids = ids;
}

static void find_canceled(const struct run_task *task, struct arena *arena, struct approval_end *end)
{
    struct text *ids = ARENA_ARRAY(arena, task->commands->count, struct text);
    for (size_t i = 0; ids != NULL && i < task->commands->count; i++) {
        const struct command *command = &task->commands->items[i];
        if (command->kind == COMMAND_CANCEL_ACTIVITY && asks_people(task, command->action_type))
            ids[end->action_count++] = command->action_id;
    }
    end->action_ids = ids;
}

bool run_record_approvals(const struct run_task *task, struct arena *arena, struct approval_end *timed_out,
                          struct approval_end *canceled)
{
    *timed_out = (struct approval_end){.effect_id = run_effect_id(task->run)};
    *canceled = (struct approval_end){.effect_id = run_effect_id(task->run), .canceled = true};
    find_timed_out(task, arena, timed_out);
    find_canceled(task, arena, canceled);
    return timed_out->action_count + canceled->action_count > 0;
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
    *change = (struct execution_change){.status = EXECUTION_RUNNING, .execution_id = run_execution_id(task->run)};
    if (change->execution_id.size == 0 || !text_is(task->task->workflow_type, WORKFLOW_TYPE))
        return false;
    return find_end(task->commands, change) || task->task->previous_started_id == 0;
}
