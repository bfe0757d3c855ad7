/* One workflow task, door to door: events in, decisions, local actions, one answer out. While its task is open a run
   belongs to the task alone. */
#include "worker/workflow_task.h"

#include <stdlib.h>

#include "base/clock.h"
#include "temporal/trace.h"

/* The server gives a sticky task to somebody else when it has not been polled for so long (engine.md A.11). */
#define STICKY_TIMEOUT_MS 5000

static void step(struct open_task *task);
static void decide_from_start(struct open_task *task);

static void show_tasks(const struct worker *worker)
{
    worker_metrics_share(METRIC_TASK_SLOTS_AVAILABLE, (int64_t)LIMIT_OPEN_TASKS - (int64_t)worker->task_count);
    metric_set(worker_metric(METRIC_CACHE_SIZE, OF_THE_WORKER), (int64_t)run_cache_count(worker->cache));
    metric_set(worker_metric(METRIC_CACHE_BYTES, OF_THE_WORKER), (int64_t)run_cache_bytes(worker->cache));
}

/* ---- the end ---- */

/* Frees the task and what it performed. A task of the same run that came meanwhile is its turn now. */
static void close_task(struct open_task *task)
{
    struct worker *worker = task->worker;
    struct open_task *next = task->next;
    worker_count(METRIC_TASK_SLOTS_USED, task->place, -1);
    run_entry_free(task->entry);
    local_actions_free(task);
    LIST_REMOVE(task, link);
    worker->task_count--;
    arena_give(&worker->task_arenas, task->arena);
    if (next != NULL)
        decide_from_start(next);
    show_tasks(worker);
    worker_ended_something(worker);
}

/* The run is given up at once; the task waits for what still uses its memory. */
static void close_when_idle(struct open_task *task)
{
    if (task->calls == 0 && task->under_way == 0)
        close_task(task);
}

static void failure_sent(void *context, const struct client_result *result)
{
    struct open_task *task = context;
    const struct log_context *before = log_set_context(&task->log);
    if (result->code != RPC_OK)
        log_line(LOG_DEBUG, "The failure of a workflow task was not taken",
                 LOG_STRING("code", rpc_code_name(result->code)), LOG_TEXT("error", result->message));
    (void)log_set_context(before);
    task->calls--;
    close_when_idle(task);
}

static void fail_task(struct open_task *task, enum task_failure_cause cause, struct text message)
{
    static const enum worker_metric counts[] = {
        [TASK_FAILURE_UNHANDLED] = METRIC_TASK_FAILED_WORKFLOW,
        [TASK_FAILURE_NON_DETERMINISTIC] = METRIC_TASK_FAILED_NON_DETERMINISM,
        [TASK_FAILURE_PAYLOADS_TOO_LARGE] = METRIC_TASK_FAILED_TOO_LARGE,
        [TASK_FAILURE_MESSAGE_TOO_LARGE] = METRIC_TASK_FAILED_TOO_LARGE,
    };
    task->failed = true;
    worker_count(counts[cause], task->place, 1);
    bool first = task->task.attempt <= 1;
    const struct log_context *before = log_set_context(&task->log);
    log_line(first ? LOG_ERROR : LOG_DEBUG, "Workflow task failed", LOG_INTEGER("attempt", task->task.attempt),
             LOG_FAILURE("error", message));
    /* The server hands out a failed task again at once, so what fails again is left to its timeout, as SDKs do. */
    if (first) {
        task->calls++;
        client_fail_workflow_task(task->worker->client, task->task.token, cause, message, task->arena, failure_sent,
                                  task);
    }
    (void)log_set_context(before); /* which is gone with the task */
    if (!first)
        close_when_idle(task);
}

static void fail_by_error(struct open_task *task, enum status status)
{
    struct text message = task->error.message;
    if (task->error.where.size > 0)
        message = arena_print(task->arena, "%.*s: %.*s", TEXT_ARG(task->error.where), TEXT_ARG(task->error.message));
    fail_task(task, status == STATUS_INVALID ? TASK_FAILURE_NON_DETERMINISTIC : TASK_FAILURE_UNHANDLED, message);
}

/* ---- the answer ---- */

/* The run, with what it now knows, goes on to the task that waits for it, or into the cache. */
static void keep_run(struct open_task *task)
{
    struct worker *worker = task->worker;
    run_task_end(task->entry->run);
    task->entry->last_event_id = task->task.started_id;
    if (run_is_over(task->entry->run))
        return;
    if (task->next != NULL)
        task->next->entry = task->entry;
    else if (task->sticky)
        worker_count(METRIC_STICKY_EVICTED, task->place, (int64_t)run_cache_put(worker->cache, task->entry));
    else
        return;
    task->entry = NULL;
}

static void count_end(const struct open_task *task)
{
    worker_observe(METRIC_WORKFLOW_ENDTOEND, task->place,
                   task->server_us - task->entry->started_us + clock_monotonic_us() - task->begun_us);
}

static void count_close(const struct open_task *task)
{
    for (size_t i = 0; i < task->commands.count; i++) {
        switch (task->commands.items[i].kind) {
        case COMMAND_COMPLETE: worker_count(METRIC_WORKFLOW_COMPLETED, task->place, 1); break;
        case COMMAND_FAIL: worker_count(METRIC_WORKFLOW_FAILED, task->place, 1); break;
        case COMMAND_CANCEL: worker_count(METRIC_WORKFLOW_CANCELED, task->place, 1); break;
        case COMMAND_CONTINUE_AS_NEW: worker_count(METRIC_WORKFLOW_CONTINUED, task->place, 1); break;
        default: continue;
        }
        count_end(task);
    }
}

static void log_close(const struct open_task *task)
{
    const struct log_context *before = log_set_context(&task->log);
    for (size_t i = 0; i < task->commands.count; i++) {
        const struct command *command = &task->commands.items[i];
        switch (command->kind) {
        case COMMAND_COMPLETE: log_line(LOG_DEBUG, "Workflow completed"); break;
        case COMMAND_FAIL: log_line(LOG_WARN, "Workflow failed", LOG_FAILURE("error", command->failure)); break;
        case COMMAND_CANCEL: log_line(LOG_INFO, "Workflow canceled"); break;
        case COMMAND_CONTINUE_AS_NEW:
            log_line(LOG_INFO, "History threshold exceeded, continuing as new workflow",
                     LOG_INTEGER("history_length", task->task.started_id));
            break;
        default: break;
        }
    }
    (void)log_set_context(before);
}

/* Would every other try of this answer end the same way? Then the task fails, for this cause. */
static bool is_own_fault(enum client_fault fault, enum task_failure_cause *cause)
{
    switch (fault) {
    case CLIENT_FAULT_NONE:
    case CLIENT_FAULT_RPC: return false;
    case CLIENT_FAULT_PAYLOAD_TOO_LARGE: *cause = TASK_FAILURE_PAYLOADS_TOO_LARGE; return true;
    case CLIENT_FAULT_MESSAGE_TOO_LARGE: *cause = TASK_FAILURE_MESSAGE_TOO_LARGE; return true;
    case CLIENT_FAULT_BUDGET: *cause = TASK_FAILURE_UNHANDLED; return true;
    }
    return false;
}

static void answered(void *context, const struct client_result *result, const struct workflow_task *next,
                     const struct activity_task *activities, size_t activity_count)
{
    struct open_task *task = context;
    struct worker *worker = task->worker;
    struct arena *answer_arena = task->answer_arena;
    task->answer_arena = NULL;
    task->calls--;
    worker->eager_reserved -= task->eager;
    for (size_t i = 0; i < activity_count; i++)
        activity_begin_copy(worker, task->queue, &activities[i]);

    if (result->code == RPC_OK) {
        worker_count(METRIC_TASK_ANSWERED, task->place, 1);
        count_close(task);
        log_close(task);
        if (next != NULL)
            workflow_task_begin(worker, task->queue, answer_arena, next); /* it waits behind this one */
        else
            arena_give(&worker->task_arenas, answer_arena);
        keep_run(task);
        close_task(task);
        return;
    }
    enum task_failure_cause cause;
    if (is_own_fault(result->fault, &cause)) {
        struct text message = arena_copy(task->arena, result->message);
        arena_give(&worker->task_arenas, answer_arena);
        fail_task(task, cause, message);
        return;
    }
    const struct log_context *before = log_set_context(&task->log);
    log_line(LOG_WARN, "The answer to a workflow task was not taken", LOG_STRING("code", rpc_code_name(result->code)),
             LOG_TEXT("error", result->message));
    (void)log_set_context(before);
    arena_give(&worker->task_arenas, answer_arena); /* not before: the message lives there */
    close_task(task);
}

static const struct query_answer *answer_queries(struct open_task *task)
{
    struct query_answer *answers = ARENA_ARRAY(task->arena, task->task.query_count, struct query_answer);
    for (size_t i = 0; answers != NULL && i < task->task.query_count; i++)
        answers[i] = query_answer(task->arena, task->entry->run, &task->task.queries[i]);
    return answers;
}

/* Takes the PERFORMs, which have been carried out, from among the commands. */
static bool leave_only_commands(struct command_list *commands)
{
    size_t kept = 0;
    bool schedules = false;
    for (size_t i = 0; i < commands->count; i++) {
        if (commands->items[i].kind == COMMAND_PERFORM)
            continue;
        schedules = schedules || commands->items[i].kind == COMMAND_SCHEDULE_ACTIVITY;
        commands->items[kept++] = commands->items[i];
    }
    commands->count = kept;
    return schedules;
}

/* Whoever reads a large input is slow, and every one of them lies in the history (contract engine D.4). */
static void warn_of_large_inputs(const struct open_task *task)
{
    const struct log_context *before = log_set_context(&task->log);
    for (size_t i = 0; i < task->commands.count; i++) {
        const struct command *command = &task->commands.items[i];
        size_t bytes = command->kind == COMMAND_SCHEDULE_ACTIVITY ? command->payload.size : command->input.size;
        if (bytes <= WARN_CONTEXT_BYTES)
            continue;
        log_line(LOG_WARN, "The input of an action is large", LOG_TEXT("action_id", command->action_id),
                 LOG_TEXT("action_name", command->action_name), LOG_TEXT("action_type", command->action_type),
                 LOG_INTEGER("bytes", bytes));
    }
    (void)log_set_context(before);
}

static void answer(struct open_task *task)
{
    struct worker *worker = task->worker;
    bool working = worker->phase == WORKER_WORKING;
    task->eager = 0;
    if (leave_only_commands(&task->commands) && working) {
        unsigned room = activity_slots_free(worker);
        task->eager = room < LIMIT_EAGER_ACTIVITIES ? room : LIMIT_EAGER_ACTIVITIES;
    }
    warn_of_large_inputs(task);
    worker_observe(METRIC_TASK_EXECUTION, task->place, clock_monotonic_us() - task->begun_us);
    worker->eager_reserved += task->eager;
    task->sticky = working && task->queue->sticky_name.size > 0;
    task->calls++;
    task->answering = true;
    task->answer_arena = arena_take(&worker->task_arenas);
    struct workflow_answer message = {
        .token = task->task.token,
        .commands = task->commands.items,
        .command_count = task->commands.count,
        .task_queue = task->queue->name,
        .trace = task->entry->trace,
        .sticky_queue = task->sticky ? task->queue->sticky_name : TEXT_NONE,
        .sticky_timeout_ms = STICKY_TIMEOUT_MS,
        .force_new_task = run_wants_task(task->entry->run),
        .eager_activities = task->eager,
        .query_answers = answer_queries(task),
        .query_answer_count = task->task.query_count,
    };
    const struct log_context *before = log_set_context(&task->log);
    client_answer_workflow_task(worker->client, &message, task->answer_arena, answered, task);
    (void)log_set_context(before);
}

/* ---- deciding ---- */

static bool is_spent(const struct open_task *task)
{
    return run_is_full(task->entry->run) || clock_monotonic_us() >= task->local_until_us;
}

static void step(struct open_task *task)
{
    for (;;) {
        bool spent = is_spent(task);
        if (spent && task->under_way > 0)
            return;
        size_t before = task->commands.count;
        enum status status = run_decide(task->entry->run, !spent, &task->commands, &task->error);
        if (status != STATUS_OK) {
            fail_by_error(task, status);
            return;
        }
        size_t performed = 0;
        status = local_actions_perform(task, before, &performed);
        if (status != STATUS_OK) {
            fail_by_error(task, status);
            return;
        }
        if (performed > 0)
            continue;
        if (task->under_way == 0 && !approvals_tell(task))
            workflow_task_approvals_told(task);
        return;
    }
}

void workflow_task_approvals_told(struct open_task *task)
{
    if (!execution_tell(task))
        answer(task);
}

void workflow_task_told(struct open_task *task, struct text why)
{
    if (why.size > 0)
        fail_task(task, TASK_FAILURE_UNHANDLED, why);
    else
        answer(task);
}

void workflow_task_local_done(struct open_task *task, uint32_t action, const struct action_report *report)
{
    if (task->failed) {
        close_when_idle(task);
        return;
    }
    enum status status = run_perform_done(task->entry->run, action, report, &task->error);
    if (status != STATUS_OK)
        fail_by_error(task, status);
    else
        step(task);
}

/* ---- the beginning ---- */

/* What lines of the log tell once the run is known. */
static void know_run(struct open_task *task)
{
    const struct run *run = task->entry->run;
    task->log.rule_id = run_rule_id(run);
    task->log.rule_name = run_rule_name(run);
    task->log.execution_id = run_execution_id(run);
    task->log.trace_id = trace_id(task->arena, task->entry->trace);
    if (task->task.previous_started_id > 0)
        return;
    const struct log_context *before = log_set_context(&task->log);
    log_line(LOG_DEBUG, "Starting graph workflow");
    (void)log_set_context(before);
}

static void apply_and_step(struct open_task *task)
{
    int64_t began_us = clock_monotonic_us();
    struct history_summary seen;
    enum status status = run_fold(task->entry->run, task->task.events, task->task.event_count, &seen, &task->error);
    if (task->task.first_event_id == 1) {
        task->entry->started_us = seen.started_us;
        run_entry_set_trace(task->entry, seen.trace);
    }
    task->server_us = seen.ended_us;
    if (task->replays)
        worker_observe(METRIC_TASK_REPLAY, task->place, clock_monotonic_us() - began_us);
    know_run(task);
    if (status != STATUS_OK)
        fail_by_error(task, status);
    else
        step(task);
}

static void begin_afresh(struct open_task *task)
{
    struct run *run = run_new(&task->worker->policy);
    task->entry = run != NULL ? run_entry_new(task->task.workflow_id, task->task.run_id, run) : NULL;
    if (task->entry == NULL)
        abort();
    apply_and_step(task);
}

static void history_fetched(void *context, const struct workflow_task *fetched, const struct client_result *result)
{
    struct open_task *task = context;
    task->calls--;
    if (fetched == NULL || fetched->first_event_id != 1) {
        fail_task(task, TASK_FAILURE_UNHANDLED,
                  arena_print(task->arena, "cannot read the history: %.*s", TEXT_ARG(result->message)));
        return;
    }
    task->task = *fetched;
    begin_afresh(task);
}

/* Finds the run, or makes it from its history. */
static void decide_from_start(struct open_task *task)
{
    struct worker *worker = task->worker;
    if (task->entry == NULL)
        task->entry = run_cache_take(worker->cache, task->task.run_id);
    if (task->entry != NULL && task->entry->last_event_id + 1 == task->task.first_event_id) {
        worker_count(METRIC_STICKY_HIT, task->place, 1);
        apply_and_step(task);
        return;
    }
    run_entry_free(task->entry);
    task->entry = NULL;
    task->replays = task->task.previous_started_id > 0;
    if (task->replays)
        worker_count(METRIC_STICKY_MISS, task->place, 1);
    if (task->task.first_event_id == 1) {
        begin_afresh(task);
    } else {
        task->calls++;
        const struct log_context *before = log_set_context(&task->log);
        client_fetch_history(worker->client, &task->task, task->arena, history_fetched, task);
        (void)log_set_context(before);
    }
}

/* The server may hand out a run's next task before we have seen that it took our last answer: then that task's run
   is not in the cache yet, but soon. */
static struct open_task *find_answering(const struct worker *worker, struct text run_id)
{
    struct open_task *task;
    LIST_FOREACH(task, &worker->tasks, link)
    {
        if (task->answering && task->next == NULL && text_equal(task->task.run_id, run_id))
            return task;
    }
    return NULL;
}

void workflow_task_begin(struct worker *worker, struct queue *queue, struct arena *arena,
                         const struct workflow_task *received)
{
    if (received->legacy_query) {
        legacy_query_begin(worker, arena, received);
        return;
    }
    struct open_task *task = ARENA_NEW(arena, struct open_task);
    if (task == NULL)
        abort();
    task->worker = worker;
    task->queue = queue;
    task->place = metric_place(queue->place.queue, received->workflow_type, TEXT(ACTIVITY_SYNC));
    task->arena = arena;
    task->task = *received;
    task->commands.arena = arena;
    task->error = ERROR_IN(arena);
    task->log = (struct log_context){.workflow_id = received->workflow_id, .run_id = received->run_id};
    task->begun_us = clock_monotonic_us();
    task->local_until_us = task->begun_us + LIMIT_LOCAL_TIME_MS * INT64_C(1000);
    struct open_task *before = find_answering(worker, received->run_id);
    LIST_INSERT_HEAD(&worker->tasks, task, link);
    worker->task_count++;
    worker_count(METRIC_TASK_SLOTS_USED, task->place, 1);
    show_tasks(worker);
    if (received->waited_us >= 0)
        worker_observe(METRIC_TASK_WAIT, task->place, received->waited_us);

    if (!is_known_workflow_type(received->workflow_type))
        fail_task(task, TASK_FAILURE_UNHANDLED, unknown_workflow_type(arena, received->workflow_type));
    else if (before != NULL)
        before->next = task;
    else
        decide_from_start(task);
}
