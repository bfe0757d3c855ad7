/* Actions performed inside a workflow task: tried once; what fails for now, or would make the task too long, goes on as
   an ordinary activity. */
#include <stdlib.h>

#include "base/clock.h"
#include "worker/logged_action.h"
#include "worker/workflow_task.h"

#define NOT_PERFORMED INT64_C(-1)

/* Lives in its arena. */
struct local_job {
    struct pool_job job;
    struct open_task *task;
    struct arena *arena;
    uint32_t action;
    const struct action_type *type;
    struct action_request request; /* its texts live in the task's arena */
    struct action_report report;
    int64_t took_us; /* NOT_PERFORMED: it was not even tried */
    struct local_job *next;
};

/* How long it took. */
static int64_t perform(const struct open_task *task, struct arena *arena, const struct action_request *request,
                       struct action_report *report)
{
    int64_t began_us = clock_monotonic_us();
    struct action_environment environment = {
        .catalog = task->worker->options.catalog,
        .services = task->worker->options.services,
        .attempt = 1,
        .local = true,
        .now = wall_clock(arena),
        .deadline_us = task->local_until_us,
    };
    logged_action_perform(&environment, arena, request, report);
    return clock_monotonic_us() - began_us;
}

static void hand_over(struct action_report *report)
{
    *report = (struct action_report){.outcome = ACTION_OUTCOME_RETRY, .failure = TEXT("goes on as an activity")};
}

static void count(const struct open_task *task, const struct action_type *type, enum action_outcome outcome,
                  int64_t took_us)
{
    metric_add(worker_metric_action(task->place, type, true, outcome), 1);
    worker_count(METRIC_LOCAL_TOTAL, task->place, 1);
    if (outcome != ACTION_OUTCOME_DONE)
        worker_count(METRIC_LOCAL_FAILED, task->place, 1);
    else
        worker_observe(METRIC_LOCAL_ENDTOEND, task->place, took_us);
    if (took_us != NOT_PERFORMED)
        worker_observe(METRIC_LOCAL_EXECUTION, task->place, took_us);
}

static void tell(const struct open_task *task, const struct action_request *request, const struct action_report *report)
{
    const struct log_context context = action_log_context(&task->log, request), *before = log_set_context(&context);
    if (report->outcome == ACTION_OUTCOME_DONE)
        log_line(LOG_DEBUG, "Action completed");
    else if (report->outcome == ACTION_OUTCOME_RETRY)
        log_line(LOG_INFO, "Action goes on as an activity", LOG_FAILURE("error", report->failure));
    else
        log_line(LOG_WARN, "Action failed", LOG_FAILURE("error", report->failure));
    (void)log_set_context(before);
}

static void note(const struct open_task *task, const struct action_request *request, const struct action_type *type,
                 struct action_report *report, int64_t took_us)
{
    if (report->outcome == ACTION_OUTCOME_PENDING)
        hand_over(report);
    count(task, type, report->outcome, took_us);
    tell(task, request, report);
}

static enum status perform_at_once(struct open_task *task, const struct command *command)
{
    struct action_report report;
    int64_t took_us = NOT_PERFORMED;
    const struct log_context *before = log_set_context(&task->log);
    if (clock_monotonic_us() >= task->local_until_us)
        hand_over(&report);
    else
        took_us = perform(task, task->arena, &command->request, &report);
    (void)log_set_context(before);
    note(task, &command->request, command->type, &report, took_us);
    return run_perform_done(task->entry->run, command->action, &report, &task->error);
}

/* On a thread of the pool. */
static void work(struct pool_job *job)
{
    struct local_job *local = (struct local_job *)job;
    const struct log_context *before = log_set_context(&local->task->log);
    if (clock_monotonic_us() >= local->task->local_until_us)
        hand_over(&local->report);
    else
        local->took_us = perform(local->task, local->arena, &local->request, &local->report);
    (void)log_set_context(before);
}

static void worked(struct pool_job *job)
{
    struct local_job *local = (struct local_job *)job;
    note(local->task, &local->request, local->type, &local->report, local->took_us);
    local->task->under_way--;
    workflow_task_local_done(local->task, local->action, &local->report);
}

static void perform_on_thread(struct open_task *task, const struct command *command)
{
    struct arena *arena = arena_take(&task->worker->activity_arenas);
    struct local_job *local = ARENA_NEW(arena, struct local_job);
    if (local == NULL)
        abort();
    local->job = (struct pool_job){.work = work, .done = worked};
    local->task = task;
    local->arena = arena;
    local->action = command->action;
    local->type = command->type;
    local->request = command->request;
    local->took_us = NOT_PERFORMED;
    local->next = task->jobs;
    task->jobs = local;
    task->under_way++;
    pool_submit(task->worker->pool, &local->job, true);
}

enum status local_actions_perform(struct open_task *task, size_t from, size_t *performed)
{
    enum status status = STATUS_OK;
    for (size_t i = from; i < task->commands.count && status == STATUS_OK; i++) {
        const struct command *command = &task->commands.items[i];
        if (command->kind != COMMAND_PERFORM)
            continue;
        if (command->type->effects == EFFECTS_PURE) {
            status = perform_at_once(task, command);
            ++*performed;
        } else {
            perform_on_thread(task, command);
        }
    }
    return status;
}

void local_actions_free(struct open_task *task)
{
    while (task->jobs != NULL) {
        struct local_job *local = task->jobs;
        task->jobs = local->next;
        arena_give(&task->worker->activity_arenas, local->arena);
    }
}
