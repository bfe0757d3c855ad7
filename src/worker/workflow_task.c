/* The state machine of a workflow task: the only file that knows the order of its stages. While a task is open, its run
   belongs to that task alone. */
#include "worker/workflow_task.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/names.h"
#include "temporal/refusal.h"
#include "temporal/trace.h"
#include "worker/local_action.h"
#include "worker/query.h"
#include "worker/task_job.h"
#include "worker/task_record.h"
#include "worker/task_report.h"
#include "worker/update.h"

/* Lives in its arena. */
struct open_task {
    struct slot slot; /* SLOT_TAKEN */
    struct workflow_tasks *tasks;
    const struct queue *queue;
    struct metric_labels labels;
    enum workflow_task_state state;
    struct arena *arena;
    struct arena *answer_arena; /* of the RPC; NULL except in ANSWERING */
    struct workflow_task task;
    struct run_entry *entry; /* NULL before DECIDING, and once the run is kept for the next task */
    struct command_list commands;
    struct update_answer *update_answers; /* as many as the task has updates, from DECIDING on */
    struct error error;
    struct log_context log; /* its texts live in the run and the arena */
    int64_t started_us;     /* monotonic clock, when the worker received the task */
    int64_t server_us;      /* that time on the server's wall clock */
    struct local_actions local;
    struct task_jobs jobs; /* their results must live as long as the run refers to them: until the end of the task */
    bool calling;          /* an RPC of the task is under way: at most one at a time */
    bool sticky, replays;
    bool gives_up; /* the server permanently refuses what the run decided: the commands fail the run */
    unsigned eager_count;
    struct slot eager[LIMIT_EAGER_ACTIVITIES]; /* SLOT_RESERVED for the answer */
    struct open_task *next;                    /* the next task of the run, in WAITING; NULL: none has come */
};

/* ---- states ---- */

#define STATE(name_) WORKFLOW_TASK_##name_

static const char *const names[WORKFLOW_TASK_STATES] = {"waiting",   "fetching",  "deciding", "performing",
                                                        "recording", "answering", "failing",  "closed"};
static const bool may_move[WORKFLOW_TASK_STATES][WORKFLOW_TASK_STATES] = {
    [STATE(WAITING)] = {[STATE(FETCHING)] = true, [STATE(DECIDING)] = true, [STATE(FAILING)] = true},
    [STATE(FETCHING)] = {[STATE(DECIDING)] = true, [STATE(FAILING)] = true},
    [STATE(DECIDING)] = {[STATE(PERFORMING)] = true, [STATE(RECORDING)] = true, [STATE(FAILING)] = true},
    [STATE(PERFORMING)] = {[STATE(DECIDING)] = true},
    [STATE(RECORDING)] = {[STATE(ANSWERING)] = true, [STATE(FAILING)] = true},
    [STATE(ANSWERING)] = {[STATE(RECORDING)] = true, [STATE(CLOSED)] = true, [STATE(FAILING)] = true},
    [STATE(FAILING)] = {[STATE(CLOSED)] = true},
};
const struct state_machine workflow_task_states = {"workflow task", names, WORKFLOW_TASK_STATES, &may_move[0][0]};

static void check_invariants(const struct open_task *task)
{
    enum workflow_task_state state = task->state;
    assert((state == STATE(ANSWERING)) == (task->answer_arena != NULL));
    assert(state == STATE(ANSWERING) || task->eager_count == 0);
    assert(state >= STATE(RECORDING) || task->next == NULL);
    assert(state < STATE(DECIDING) || state > STATE(ANSWERING) || task->entry != NULL);
    assert(!task_jobs_run(&task->jobs) || state == STATE(DECIDING) || state == STATE(PERFORMING) ||
           state == STATE(FAILING));
    assert(!task->calling);
    assert(state != STATE(CLOSED) || !task_jobs_run(&task->jobs));
    (void)state;
}

/* Call this before the work of the new state begins: no RPC is under way at a move. */
static void task_move(struct open_task *task, enum workflow_task_state state)
{
    state_move(&workflow_task_states, task->state, state);
    task->state = state;
    check_invariants(task);
}

static void task_start(struct open_task *task);

/* ---- CLOSED ---- */

/* Frees the task and the results of its jobs, and starts the task that waits for it. */
static void close_task(struct open_task *task)
{
    struct resources *resources = task->tasks->resources;
    struct open_task *next = task->next;
    task->next = NULL;
    task_move(task, STATE(CLOSED));
    run_entry_free(task->entry);
    task_jobs_free(&task->jobs);
    slot_give(&task->slot);
    arena_give(&resources->task_arenas, task->arena);
    if (next != NULL)
        task_start(next);
}

/* ---- FAILING ---- */

static void close_when_idle(struct open_task *task)
{
    assert(task->state == STATE(FAILING));
    if (!task->calling && !task_jobs_run(&task->jobs))
        close_task(task);
}

static void failure_sent(void *userdata, const struct client_result *result)
{
    struct open_task *task = userdata;
    if (result->code != RPC_OK) {
        LOG_SCOPE(&task->log);
        log_line(LOG_DEBUG, "Failed to report a failed workflow task", LOG_STRING("code", rpc_code_name(result->code)),
                 LOG_TEXT("error", result->message));
    }
    task->calling = false;
    close_when_idle(task);
}

static void fail_task(struct open_task *task, enum task_failure_cause cause, struct failure failure)
{
    static const enum worker_metric counts[] = {
        [TASK_FAILURE_UNHANDLED] = METRIC_TASK_FAILED_WORKFLOW,
        [TASK_FAILURE_NON_DETERMINISTIC] = METRIC_TASK_FAILED_NON_DETERMINISM,
        [TASK_FAILURE_PAYLOADS_TOO_LARGE] = METRIC_TASK_FAILED_TOO_LARGE,
        [TASK_FAILURE_MESSAGE_TOO_LARGE] = METRIC_TASK_FAILED_TOO_LARGE,
    };
    task_move(task, STATE(FAILING));
    worker_count(counts[cause], task->labels, 1);
    LOG_SCOPE(&task->log);
    failure = task_report_failure(cause, failure, task->task.attempt, task->arena);
    /* The server hands out a failed task again at once, so a second failure is left to the timeout, as SDKs do. */
    if (task->task.attempt > 1) {
        close_when_idle(task);
        return;
    }
    task->calling = true;
    client_fail_workflow_task(task->tasks->resources->client, task->task.token, cause, failure.text, task->arena,
                              failure_sent, task);
}

static void fail_by_error(struct open_task *task, enum status status)
{
    if (task->error.where.size > 0)
        (void)error_prefix(&task->error, PUBLIC("%.*s"), TEXT_ARG(task->error.where));
    fail_task(task, status == STATUS_INVALID ? TASK_FAILURE_NON_DETERMINISTIC : TASK_FAILURE_UNHANDLED,
              error_failure(&task->error));
}

/* ---- ANSWERING: its end ---- */

/* The run, with what it now knows, goes to the task that waits for it, or into the cache. */
static void keep_run(struct open_task *task)
{
    run_task_end(task->entry->run);
    task->entry->last_event_id = task->task.started_id;
    task->entry->used_us = clock_monotonic_us();
    if (run_is_over(task->entry->run))
        return;
    if (task->next != NULL)
        task->next->entry = task->entry;
    else if (task->sticky)
        worker_count(METRIC_STICKY_EVICTED, task->labels,
                     (int64_t)run_cache_put(task->tasks->resources->cache, task->entry));
    else
        return;
    task->entry = NULL;
}

static void report_end(const struct open_task *task)
{
    static const enum worker_metric counts[] = {
        [COMMAND_COMPLETE] = METRIC_WORKFLOW_COMPLETED,
        [COMMAND_FAIL] = METRIC_WORKFLOW_FAILED,
        [COMMAND_CANCEL] = METRIC_WORKFLOW_CANCELED,
        [COMMAND_CONTINUE_AS_NEW] = METRIC_WORKFLOW_CONTINUED,
    };
    LOG_SCOPE(&task->log);
    const struct command *end = task_report_end(&task->commands, task->task.started_id);
    if (end == NULL)
        return;
    worker_count(counts[end->kind], task->labels, 1);
    worker_observe(METRIC_WORKFLOW_ENDTOEND, task->labels,
                   task->server_us - task->entry->started_us + clock_monotonic_us() - task->started_us);
}

/* next: the next task of the run, in the arena of the answer; NULL: none came with the response. */
static void answer_accepted(struct open_task *task, const struct workflow_task *next)
{
    struct arena *arena = task->answer_arena;
    worker_count(METRIC_TASK_ANSWERED, task->labels, 1);
    refused_runs_remove(&task->tasks->refused, task->task.run_id);
    report_end(task);
    if (next != NULL)
        workflow_task_begin(task->tasks, task->queue, arena, next); /* it waits for the current task */
    else
        arena_give(&task->tasks->resources->task_arenas, arena);
    task->answer_arena = NULL;
    keep_run(task);
    close_task(task);
}

static void drop_answer(struct open_task *task)
{
    arena_give(&task->tasks->resources->task_arenas, task->answer_arena);
    task->answer_arena = NULL;
}

static void answer_lost(struct open_task *task, const struct client_result *result)
{
    {
        LOG_SCOPE(&task->log);
        log_line(LOG_WARN, "Failed to complete workflow task", LOG_STRING("code", rpc_code_name(result->code)),
                 LOG_TEXT("error", result->message));
    }
    drop_answer(task); /* not before: the message lives there */
    close_task(task);
}

/* The message lives in the arena of the answer. */
static void answer_failed(struct open_task *task, const struct client_result *result)
{
    enum task_failure_cause cause = TASK_FAILURE_UNHANDLED;
    if (result->fault == CLIENT_FAULT_PAYLOAD_TOO_LARGE)
        cause = TASK_FAILURE_PAYLOADS_TOO_LARGE;
    else if (result->fault == CLIENT_FAULT_MESSAGE_TOO_LARGE)
        cause = TASK_FAILURE_MESSAGE_TOO_LARGE;
    struct text message = arena_copy(task->arena, result->message);
    drop_answer(task);
    fail_task(task, cause, failure_public(message));
}

static void record_and_answer(struct open_task *task);

/* The run fails, since every answer like the last one would be refused. */
static void give_up(struct open_task *task, struct text why)
{
    task->gives_up = true;
    struct failure failure = failure_print(
        task->arena, PUBLIC("Temporal permanently refuses the next commands of the run: ") "%.*s", TEXT_ARG(why));
    if (failure.text.data == NULL)
        failure = FAILURE_TEXT("Temporal permanently refuses the next commands of the run");
    if (run_give_up(task->entry->run, failure, &task->commands, &task->error) == STATUS_OK)
        record_and_answer(task);
    else
        fail_task(task, TASK_FAILURE_UNHANDLED, error_failure(&task->error));
}

/* When the server itself has failed the task, this answer comes too late, and the next task of the run gives up. */
static void answer_refused(struct open_task *task, const struct client_result *result)
{
    if (task->gives_up) {
        answer_failed(task, result);
        return;
    }
    bool large = result->fault != CLIENT_FAULT_RPC;
    struct text why = arena_print(task->arena, "%s%.*s%s", large ? "[TMPRL1103] " : "", TEXT_ARG(result->message),
                                  large ? "; let actions read and return less" : "");
    drop_answer(task);
    refused_runs_add(&task->tasks->refused, task->task.run_id, why);
    give_up(task, why);
}

/* The next attempt of the task sets no search attributes. */
static void answer_without_attributes(struct open_task *task, const struct client_result *result)
{
    client_forget_attributes(task->tasks->resources->client);
    answer_lost(task, result);
}

static void answered(void *userdata, const struct client_result *result, const struct workflow_task *next,
                     const struct activity_task *activities, size_t activity_count)
{
    struct open_task *task = userdata;
    assert(task->calling && task->state == STATE(ANSWERING));
    task->calling = false;
    while (task->eager_count > 0)
        slot_give(&task->eager[--task->eager_count]);
    for (size_t i = 0; i < activity_count; i++)
        activity_begin_copy(task->tasks->activities, task->queue, &activities[i]);

    if (result->code == RPC_OK)
        answer_accepted(task, next);
    else if (refusal_of(result) == REFUSAL_FINAL)
        answer_refused(task, result);
    else if (refusal_of(result) == REFUSAL_ATTRIBUTES)
        answer_without_attributes(task, result);
    else if (result->fault == CLIENT_FAULT_BUDGET)
        answer_failed(task, result);
    else
        answer_lost(task, result);
}

/* ---- ANSWERING: its beginning ---- */

static const struct query_answer *answer_queries(const struct open_task *task)
{
    struct query_answer *answers = ARENA_ARRAY(task->arena, task->task.query_count, struct query_answer);
    for (size_t i = 0; answers != NULL && i < task->task.query_count; i++)
        answers[i] = query_answer(task->arena, task->entry->run, task->tasks->resources->options.catalog,
                                  &task->task.queries[i]);
    return answers;
}

/* Removes the COMMAND_PERFORMs, which are done. Returns how many activities are scheduled. */
static size_t remove_performed(struct command_list *commands)
{
    size_t kept = 0, scheduled = 0;
    for (size_t i = 0; i < commands->count; i++) {
        if (commands->items[i].kind == COMMAND_PERFORM)
            continue;
        scheduled += commands->items[i].kind == COMMAND_SCHEDULE_ACTIVITY;
        commands->items[kept++] = commands->items[i];
    }
    commands->count = kept;
    return scheduled;
}

static void reserve_eager(struct open_task *task, size_t scheduled)
{
    struct slot_pool *slots = &task->tasks->resources->slots.activities;
    while (task->eager_count < LIMIT_EAGER_ACTIVITIES && task->eager_count < scheduled && slots_free(slots) > 0)
        slot_take(&task->eager[task->eager_count++], slots, SLOT_RESERVED, task->queue->index);
}

/* Adds what people find the run by. A run that cannot be described because memory is short continues without it. */
static void describe(const struct open_task *task, struct workflow_answer *answer)
{
    const struct run *run = task->entry->run;
    if (!task->tasks->resources->options.describe)
        return;
    answer->sets_failed_action = !run_failed_action_is_known(run);
    answer->failed_action = run_failed_action(run);
    struct run_description *description =
        run_must_describe(run) ? ARENA_NEW(task->arena, struct run_description) : NULL;
    if (description != NULL && run_describe(run, task->arena, description, NULL) == STATUS_OK)
        answer->description = description;
}

static void answer(struct open_task *task)
{
    struct resources *resources = task->tasks->resources;
    LOG_SCOPE(&task->log);
    bool stopping = task->tasks->stopping;
    size_t scheduled = remove_performed(&task->commands);
    task_report_commands(&task->commands);
    int64_t duration_us = clock_monotonic_us() - task->started_us;
    task_report_slow(duration_us, task->task.attempt);
    worker_observe(METRIC_TASK_EXECUTION, task->labels, duration_us);
    bool forgotten = updates_are_all_refused(task->update_answers, task->task.update_count, task->commands.count);
    task->sticky = !stopping && !forgotten && task->queue->sticky_name.size > 0;
    task->answer_arena = arena_take(&resources->task_arenas);
    task_move(task, STATE(ANSWERING));
    if (!stopping)
        reserve_eager(task, scheduled);
    struct workflow_answer message = {
        .token = task->task.token,
        .commands = task->commands.items,
        .command_count = task->commands.count,
        .task_queue = task->queue->name,
        .trace = task->entry->trace,
        .sticky_queue = task->sticky ? task->queue->sticky_name : TEXT_NONE,
        .sticky_timeout_ms = STICKY_TIMEOUT_MS,
        .force_new_task = run_wants_task(task->entry->run),
        .eager_activities = task->eager_count,
        .query_answers = answer_queries(task),
        .query_answer_count = task->task.query_count,
        .update_answers = task->update_answers,
        .update_answer_count = task->task.update_count,
        .tells_hold = run_must_tell_hold(task->entry->run),
    };
    describe(task, &message);
    task->calling = true;
    client_answer_workflow_task(resources->client, &message, task->answer_arena, answered, task);
}

/* ---- RECORDING ---- */

/* An end that cannot be recorded now is left to the task's next try. An end that is refused permanently must not keep
   the run from ending, and the run must not wait for the record of its start either. */
static void recorded(void *userdata, const struct task_record *record)
{
    struct open_task *task = userdata;
    if (record->status == STATUS_UNAVAILABLE && record->change.status != EXECUTION_RUNNING) {
        fail_task(task, TASK_FAILURE_UNHANDLED, task_record_failure(record, task->arena));
        return;
    }
    if (record->status != STATUS_OK) {
        LOG_SCOPE(&task->log);
        task_record_log(record);
    }
    answer(task);
}

static void record_and_answer(struct open_task *task)
{
    struct resources *resources = task->tasks->resources;
    const struct run_task decided = {.run = task->entry->run,
                                     .task = &task->task,
                                     .commands = &task->commands,
                                     .catalog = resources->options.catalog};
    task_move(task, STATE(RECORDING));
    if (!task_record_start(&decided, &resources->options, &task->jobs, &resources->small_arenas, task->arena,
                           task->local.until_us, recorded))
        answer(task);
}

/* ---- DECIDING and PERFORMING ---- */

static bool is_spent(const struct open_task *task)
{
    return run_is_full(task->entry->run) || clock_monotonic_us() >= task->local.until_us;
}

/* Appends commands and begins to perform the local actions among them. *performed: how many are already done. */
static enum status decide_once(struct open_task *task, bool spent, size_t *performed)
{
    size_t before = task->commands.count;
    enum status status = run_decide(task->entry->run, !spent, &task->commands, &task->error);
    if (status != STATUS_OK)
        return status;
    return local_actions_perform(&task->local, task->entry->run, task->arena, task->commands.items + before,
                                 task->commands.count - before, performed, &task->error);
}

static void decide(struct open_task *task)
{
    size_t performed = 1;
    while (performed > 0) {
        bool spent = is_spent(task);
        if (spent && task_jobs_run(&task->jobs))
            break;
        performed = 0;
        enum status status = decide_once(task, spent, &performed);
        if (status != STATUS_OK) {
            fail_by_error(task, status);
            return;
        }
    }
    if (task_jobs_run(&task->jobs))
        task_move(task, STATE(PERFORMING));
    else
        record_and_answer(task);
}

static void local_done(void *userdata, uint32_t action, const struct action_report *report)
{
    struct open_task *task = userdata;
    if (task->state == STATE(FAILING)) {
        close_when_idle(task);
        return;
    }
    task_move(task, STATE(DECIDING));
    enum status status = run_perform_done(task->entry->run, action, report, &task->error);
    if (status != STATUS_OK)
        fail_by_error(task, status);
    else
        decide(task);
}

/* ---- WAITING and FETCHING ---- */

/* Sets the fields of log lines once the run is known. */
static void set_log_context(struct open_task *task)
{
    const struct run *run = task->entry->run;
    task->log.rule_id = run_rule_id(run);
    task->log.rule_name = run_rule_name(run);
    task->log.execution_id = run_execution_id(run);
    task->log.trace_id = trace_id(task->arena, task->entry->trace);
    if (task->task.previous_started_id > 0)
        return;
    LOG_SCOPE(&task->log);
    log_line(LOG_DEBUG, "Starting graph workflow");
}

static enum status apply_updates(struct open_task *task)
{
    LOG_SCOPE(&task->log);
    return updates_apply(task->entry->run, &task->task, task->arena, &task->update_answers, &task->error);
}

static void report_signals(const struct open_task *task)
{
    LOG_SCOPE(&task->log);
    task_report_signals(task->entry->run, &task->task);
}

static void apply_and_decide(struct open_task *task)
{
    task_move(task, STATE(DECIDING));
    struct failure gap = task_history_gap(&task->task, task->arena);
    if (gap.text.size > 0) {
        fail_task(task, TASK_FAILURE_UNHANDLED, gap);
        return;
    }
    int64_t started_us = clock_monotonic_us();
    struct history_summary seen;
    enum status status = run_fold(task->entry->run, task->task.events, task->task.event_count, &seen, &task->error);
    if (task->task.first_event_id == 1) {
        task->entry->started_us = seen.started_us;
        run_entry_set_trace(task->entry, seen.trace);
    }
    task->server_us = seen.ended_us;
    if (task->replays)
        worker_observe(METRIC_TASK_REPLAY, task->labels, clock_monotonic_us() - started_us);
    set_log_context(task);
    report_signals(task);
    if (status == STATUS_OK)
        status = apply_updates(task);
    struct text refused = refused_runs_find(&task->tasks->refused, task->task.run_id);
    if (status != STATUS_OK)
        fail_by_error(task, status);
    else if (refused.size > 0 && !run_is_over(task->entry->run))
        give_up(task, refused);
    else
        decide(task);
}

static void replay(struct open_task *task)
{
    assert(task->entry == NULL && task->task.first_event_id == 1);
    struct run *run = run_new(&task->tasks->resources->policy);
    task->entry = run != NULL ? run_entry_new(task->task.workflow_id, task->task.run_id, run) : NULL;
    if (task->entry == NULL)
        abort();
    apply_and_decide(task);
}

static void history_fetched(void *userdata, const struct workflow_task *fetched, const struct client_result *result)
{
    struct open_task *task = userdata;
    assert(task->state == STATE(FETCHING) && task->calling);
    task->calling = false;
    if (fetched == NULL || fetched->first_event_id != 1) {
        fail_task(task, TASK_FAILURE_UNHANDLED,
                  failure_print(task->arena, "cannot read the history: %.*s", TEXT_ARG(result->message)));
        return;
    }
    task->task = *fetched;
    replay(task);
}

/* Finds the run in the cache, or builds it from its history. */
static void task_start(struct open_task *task)
{
    struct resources *resources = task->tasks->resources;
    assert(task->state == STATE(WAITING));
    if (task->entry == NULL)
        task->entry = run_cache_take(resources->cache, task->task.run_id);
    if (task->entry != NULL && task->entry->last_event_id + 1 == task->task.first_event_id) {
        worker_count(METRIC_STICKY_HIT, task->labels, 1);
        apply_and_decide(task);
        return;
    }
    run_entry_free(task->entry);
    task->entry = NULL;
    task->replays = task->task.previous_started_id > 0;
    if (task->replays)
        worker_count(METRIC_STICKY_MISS, task->labels, 1);
    if (task->task.first_event_id == 1) {
        replay(task);
        return;
    }
    task_move(task, STATE(FETCHING));
    LOG_SCOPE(&task->log);
    task->calling = true;
    client_fetch_history(resources->client, &task->task, task->arena, history_fetched, task);
}

/* The server may hand out a run's next task before this worker has seen that its last answer was accepted. The run is
   then not in the cache yet, but soon will be. */
static struct open_task *find_answering(const struct workflow_tasks *tasks, struct text run_id)
{
    struct slot *slot;
    LIST_FOREACH(slot, &tasks->resources->slots.workflow_tasks.lists[SLOT_TAKEN].slots, link)
    {
        struct open_task *task = SLOT_OWNER(slot, struct open_task);
        if (task->state == STATE(ANSWERING) && task->next == NULL && text_equal(task->task.run_id, run_id))
            return task;
    }
    return NULL;
}

static struct open_task *open_task(struct workflow_tasks *tasks, const struct queue *queue, struct arena *arena,
                                   const struct workflow_task *received)
{
    struct resources *resources = tasks->resources;
    struct open_task *task = ARENA_MUST_NEW(arena, struct open_task);
    task->tasks = tasks;
    task->queue = queue;
    task->labels = metric_labels(queue->index, received->workflow_type, TEXT(ACTIVITY_SYNC));
    task->arena = arena;
    task->task = *received;
    task->commands.arena = arena;
    task->error = ERROR_IN(arena);
    task->log = (struct log_context){.workflow_id = received->workflow_id, .run_id = received->run_id};
    /* The task's timeout in the server runs while further pages of its history are read. */
    task->started_us = received->received_us > 0 ? received->received_us : clock_monotonic_us();
    task->jobs = (struct task_jobs){.pool = resources->pool, .log = &task->log, .task = task};
    task->local = (struct local_actions){.resources = resources,
                                         .arenas = &resources->activity_arenas,
                                         .jobs = &task->jobs,
                                         .labels = task->labels,
                                         .attempt = received->attempt,
                                         .turns = &resources->local_turns,
                                         .until_us = task->started_us + LIMIT_LOCAL_TIME_MS * INT64_C(1000),
                                         .done = local_done};
    slot_take(&task->slot, &resources->slots.workflow_tasks, SLOT_TAKEN, queue->index);
    check_invariants(task);
    return task;
}

void workflow_task_begin(struct workflow_tasks *tasks, const struct queue *queue, struct arena *arena,
                         const struct workflow_task *received)
{
    if (received->legacy_query) {
        legacy_query_begin(tasks->resources, arena, received);
        return;
    }
    struct open_task *before = find_answering(tasks, received->run_id);
    struct open_task *task = open_task(tasks, queue, arena, received);
    if (received->waited_us >= 0)
        worker_observe(METRIC_TASK_WAIT, task->labels, received->waited_us);
    if (received->unreadable.size > 0)
        fail_task(task, TASK_FAILURE_UNHANDLED, failure_public(received->unreadable));
    else if (!is_known_workflow_type(received->workflow_type))
        fail_task(task, TASK_FAILURE_UNHANDLED, failure_public(unknown_workflow_type(arena, received->workflow_type)));
    else if (before != NULL)
        before->next = task;
    else
        task_start(task);
}

/* ---- for operators ---- */

void workflow_tasks_write_json(const struct workflow_tasks *tasks, struct json_writer *json)
{
    const struct slot *slot;
    unsigned left = LIMIT_DEBUG_TASKS;
    LIST_FOREACH(slot, &tasks->resources->slots.workflow_tasks.lists[SLOT_TAKEN].slots, link)
    {
        const struct open_task *task = SLOT_OWNER(slot, const struct open_task);
        if (left-- == 0)
            break;
        json_begin_object(json);
        json_member_text(json, "workflow_id", task->task.workflow_id);
        json_member_text(json, "run_id", task->task.run_id);
        json_member_integer(json, "attempt", task->task.attempt);
        json_member_integer(json, "age_ms", (clock_monotonic_us() - task->started_us) / 1000);
        json_member_integer(json, "local_actions", task->jobs.running_count);
        json_member_boolean(json, "answering", task->state == STATE(ANSWERING));
        json_end_object(json);
    }
}
