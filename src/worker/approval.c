/* Has it written down that nobody can answer a request any more: before the workflow task is answered in which its time is
   up or its run ends canceled. As well as may be: no run waits for it longer than a moment. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "worker/workflow_task.h"

/* Lives in its arena. */
struct end_job {
    struct pool_job job;
    struct open_task *task;
    struct arena *arena;
    struct approval_end timed_out, canceled; /* their texts live in the run */
    enum status status;
    struct error error;
};

static enum status mark(struct end_job *ending, const struct approval_end *end)
{
    const struct worker_options *options = &ending->task->worker->options;
    if (end->action_count == 0)
        return STATUS_OK;
    return options->approvals_ended(options->hook, end, ending->arena, &ending->error);
}

/* On a thread of the pool. */
static void tell(struct pool_job *job)
{
    struct end_job *ending = (struct end_job *)job;
    ending->error = ERROR_IN(ending->arena);
    const struct log_context *before = log_set_context(&ending->task->log);
    ending->status = mark(ending, &ending->timed_out);
    if (ending->status == STATUS_OK)
        ending->status = mark(ending, &ending->canceled);
    (void)log_set_context(before);
}

static void told(struct pool_job *job)
{
    struct end_job *ending = (struct end_job *)job;
    struct open_task *task = ending->task;
    const struct log_context *before = log_set_context(&task->log);
    if (ending->status != STATUS_OK)
        log_line(LOG_WARN, "Failed to mark approval requests that nobody can answer any more",
                 LOG_FAILURE("error", ending->error.message));
    (void)log_set_context(before);
    arena_give(&task->worker->small_arenas, ending->arena);
    task->under_way--;
    workflow_task_approvals_told(task);
}

static bool asks_people(const struct open_task *task, struct text action_type)
{
    const struct action_type *type = action_catalog_find(task->worker->options.catalog, action_type);
    return type != NULL && type->mode == ACTION_MODE_HUMAN;
}

/* Did its activity time out in this very task? */
static bool has_timed_out(const struct open_task *task, const struct run_action *action)
{
    for (size_t i = 0; i < task->task.event_count; i++) {
        const struct event *event = &task->task.events[i];
        if (event->kind == EVENT_ACTIVITY_TIMED_OUT && event->id > task->task.previous_started_id &&
            event->scheduled_id == action->scheduled_id)
            return true;
    }
    return false;
}

static bool has_event(const struct open_task *task, enum event_kind kind)
{
    for (size_t i = 0; i < task->task.event_count; i++)
        if (task->task.events[i].kind == kind && task->task.events[i].id > task->task.previous_started_id)
            return true;
    return false;
}

/* False: there is none. */
static bool find_timed_out(const struct open_task *task, struct arena *arena, struct approval_end *end)
{
    if (!has_event(task, EVENT_ACTIVITY_TIMED_OUT))
        return false;
    size_t count = run_action_count(task->entry->run);
    struct text *ids = ARENA_ARRAY(arena, count, struct text);
    for (size_t i = 0; ids != NULL && i < count; i++) {
        struct run_action action;
        run_action_at(task->entry->run, i, &action);
        if (action.scheduled_id != 0 && asks_people(task, action.type) && has_timed_out(task, &action))
            ids[end->action_count++] = action.id;
    }
    end->action_ids = ids;
    return end->action_count > 0;
}

static bool find_canceled(const struct open_task *task, struct arena *arena, struct approval_end *end)
{
    struct text *ids = ARENA_ARRAY(arena, task->commands.count, struct text);
    for (size_t i = 0; ids != NULL && i < task->commands.count; i++) {
        const struct command *command = &task->commands.items[i];
        if (command->kind == COMMAND_CANCEL_ACTIVITY && asks_people(task, command->action_type))
            ids[end->action_count++] = command->action_id;
    }
    end->action_ids = ids;
    return end->action_count > 0;
}

bool approvals_tell(struct open_task *task)
{
    struct worker *worker = task->worker;
    if (worker->options.approvals_ended == NULL)
        return false;
    const struct approval_end none = {
        .execution_id = run_execution_id(task->entry->run),
        .deadline_us = clock_monotonic_us() + LIMIT_TELL_BEGIN_MS * INT64_C(1000),
    };
    struct approval_end timed_out = none, canceled = none;
    canceled.canceled = true;
    bool some = find_timed_out(task, task->arena, &timed_out);
    some = find_canceled(task, task->arena, &canceled) || some;
    if (!some)
        return false;
    struct arena *arena = arena_take(&worker->small_arenas);
    struct end_job *ending = ARENA_NEW(arena, struct end_job);
    if (ending == NULL)
        abort();
    *ending = (struct end_job){.job = {.work = tell, .done = told},
                               .task = task,
                               .arena = arena,
                               .timed_out = timed_out,
                               .canceled = canceled};
    task->under_way++;
    pool_submit(worker->pool, &ending->job, true);
    return true;
}
