/* The state machine of an activity. */
#include "worker/activity.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "temporal/refusal.h"
#include "temporal/trace.h"
#include "worker/activity_kind.h"
#include "worker/activity_release.h"

static const char *const names[ACTIVITY_STATES] = {"running", "waiting_async", "async", "answering", "closed"};
static const bool may_move[ACTIVITY_STATES][ACTIVITY_STATES] = {
    [ACTIVITY_STATE_RUNNING] =
        {[ACTIVITY_STATE_WAITING_ASYNC] = true, [ACTIVITY_STATE_ASYNC] = true, [ACTIVITY_STATE_ANSWERING] = true},
    [ACTIVITY_STATE_WAITING_ASYNC] = {[ACTIVITY_STATE_ASYNC] = true, [ACTIVITY_STATE_ANSWERING] = true},
    [ACTIVITY_STATE_ASYNC] = {[ACTIVITY_STATE_ANSWERING] = true},
    [ACTIVITY_STATE_ANSWERING] = {[ACTIVITY_STATE_CLOSED] = true},
};
const struct state_machine activity_states = {"activity", names, ACTIVITY_STATES, &may_move[0][0]};

static const struct slots *slots_of(const struct activity *activity)
{
    return &activity->activities->resources->slots;
}

static void check_invariants(const struct activity *activity)
{
    bool answering = activity->state == ACTIVITY_STATE_ANSWERING, closed = activity->state == ACTIVITY_STATE_CLOSED;
    assert(closed == (activity->slot.pool == NULL));
    assert(activity->slot.pool != &slots_of(activity)->async || activity->state == ACTIVITY_STATE_ASYNC || answering);
    assert(activity->state != ACTIVITY_STATE_ASYNC || activity->slot.pool == &slots_of(activity)->async);
    assert(!activity->answer_sent || answering);
    assert(!closed || activity_heartbeat_is_idle(&activity->heartbeat));
    (void)answering;
    (void)closed;
}

static void move(struct activity *activity, enum activity_state state)
{
    state_move(&activity_states, activity->state, state);
    activity->state = state;
    check_invariants(activity);
}

/* ---- answering ---- */

static void close_when_idle(struct activity *activity)
{
    if (activity->state != ACTIVITY_STATE_ANSWERING || activity->answer_sent ||
        !activity_heartbeat_is_idle(&activity->heartbeat))
        return;
    struct resources *resources = activity->activities->resources;
    slot_give(&activity->slot);
    move(activity, ACTIVITY_STATE_CLOSED);
    if (activity->waits)
        activity_release(resources, &activity->task);
    arena_give(&resources->activity_arenas, activity->arena);
}

static void fail_refused(struct activity *activity, const struct client_result *result);

static void answer_ended(void *userdata, const struct client_result *result)
{
    struct activity *activity = userdata;
    if (refusal_of(result) == REFUSAL_FINAL && !activity->gives_up) {
        fail_refused(activity, result);
        return;
    }
    if (result->code != RPC_OK) {
        LOG_SCOPE(&activity->log);
        log_line(LOG_WARN, "Failed to report the outcome of an activity",
                 LOG_TEXT("activity_id", activity->task.activity_id), LOG_STRING("code", rpc_code_name(result->code)),
                 LOG_TEXT("error", result->message));
    } else if (activity->output.data != NULL && !activity->gives_up) {
        run_cache_note_due(activity->activities->resources->cache, activity->task.run_id, clock_monotonic_us());
    }
    assert(activity->answer_sent);
    activity->answer_sent = false;
    close_when_idle(activity);
}

static int64_t count_execution(const struct activity *activity)
{
    int64_t took_us = clock_monotonic_us() - activity->started_us;
    worker_observe(METRIC_ACTIVITY_EXECUTION, activity->labels, took_us);
    return took_us;
}

/* retry_delay_ms: as in struct action_report. */
static void send_failure(struct activity *activity, struct failure failure, const char *type, bool may_retry,
                         int64_t retry_delay_ms)
{
    bool retryable = may_retry && !activity->task.last_attempt;
    worker_count(METRIC_ACTIVITY_FAILED, activity->labels, 1);
    (void)count_execution(activity);
    if (activity->kind != NULL)
        activity->kind->log_failure(activity, failure, retryable);
    const struct activity_failure sent = {
        .message = failure.text, .type = type, .retryable = may_retry, .retry_delay_ms = retry_delay_ms};
    client_fail_activity(activity->activities->resources->client, &activity->task, &sent, activity->arena, answer_ended,
                         activity);
}

/* The outcome is refused permanently. Without another one the activity would time out and be performed again. */
static void fail_refused(struct activity *activity, const struct client_result *result)
{
    LOG_SCOPE(&activity->log);
    activity->gives_up = true;
    struct failure failure =
        failure_print(activity->arena, PUBLIC("activity %.*s: Temporal permanently refuses its outcome: ") "%.*s",
                      TEXT_ARG(activity->task.activity_id), TEXT_ARG(result->message));
    if (failure.text.data == NULL)
        failure = FAILURE_TEXT("Temporal permanently refuses the outcome of the activity");
    send_failure(activity, failure, "", false, 0);
}

static void send_output(struct activity *activity)
{
    if (activity->output.data != NULL && activity->output.size <= LIMIT_PAYLOAD_BYTES) {
        worker_observe(METRIC_ACTIVITY_ENDTOEND, activity->labels, activity->task.age_us + count_execution(activity));
        client_complete_activity(activity->activities->resources->client, activity->task.token, activity->output,
                                 activity->arena, answer_ended, activity);
        return;
    }
    struct failure failure =
        failure_print(activity->arena,
                      PUBLIC("action %.*s (%.*s): its result of %zu bytes is larger than the %zu that Temporal takes"),
                      TEXT_ARG(activity->request.action_name), TEXT_ARG(activity->request.action_id),
                      activity->output.size, LIMIT_PAYLOAD_BYTES);
    send_failure(activity, failure, "", false, 0);
}

static void send_canceled(struct activity *activity)
{
    worker_count(METRIC_ACTIVITY_CANCELED, activity->labels, 1);
    (void)count_execution(activity);
    client_cancel_activity(activity->activities->resources->client, activity->task.token, activity->arena, answer_ended,
                           activity);
}

/* The server does not start the next attempt until the activity is unpaused. */
static void send_stopped(struct activity *activity)
{
    const struct activity_failure sent = {
        .message = TEXT("the activity was paused or reset"), .type = "Stopped", .retryable = true, .excused = true};
    log_line(LOG_INFO, "Attempt stopped: the activity was paused or reset",
             LOG_TEXT("activity_id", activity->task.activity_id), LOG_INTEGER("attempt", activity->task.attempt));
    worker_count(METRIC_ACTIVITY_CANCELED, activity->labels, 1);
    (void)count_execution(activity);
    client_fail_activity(activity->activities->resources->client, &activity->task, &sent, activity->arena, answer_ended,
                         activity);
}

static bool drop(const struct activity *activity, const char *why)
{
    log_line(LOG_INFO, why, LOG_TEXT("activity_id", activity->task.activity_id),
             LOG_INTEGER("attempt", activity->task.attempt));
    return false;
}

/* False: nothing is sent, as nobody waits for the outcome, or the handler's work is completed later by its token. */
static bool send(struct activity *activity)
{
    const struct action_report *report = &activity->report;
    if (activity->unwanted)
        return drop(activity, "Outcome dropped: the run no longer waits for this activity");
    if (activity_is_late(activity))
        return drop(activity, "Outcome dropped: the activity has timed out");
    activity->waits = activity->fault.text.size == 0 && report->outcome == ACTION_OUTCOME_PENDING;
    if (activity->waits)
        return false;
    if (activity->fault.text.size > 0)
        send_failure(activity, activity->fault, activity->fault_type, true, 0);
    else if (report->outcome == ACTION_OUTCOME_DONE)
        send_output(activity);
    else if (activity->canceled)
        send_canceled(activity);
    else if (report->outcome == ACTION_OUTCOME_RETRY && activity_is_stopped(activity))
        send_stopped(activity);
    else
        send_failure(activity, action_report_failure(report), report->failure_type,
                     report->outcome == ACTION_OUTCOME_RETRY, report->retry_delay_ms);
    return true;
}

/* The activity may be gone when this returns. */
static void answer(struct activity *activity)
{
    activity_heartbeat_stop(&activity->heartbeat);
    move(activity, ACTIVITY_STATE_ANSWERING);
    {
        LOG_SCOPE(&activity->log); /* lives in the activity */
        activity->answer_sent = send(activity);
    }
    close_when_idle(activity);
}

/* ---- on a thread, and back ---- */

static void perform(struct pool_job *job)
{
    activity_perform((struct activity *)job);
}

static void finish(struct activity *activity)
{
    if (activity->fault.text.size == 0)
        activity->kind->count(activity);
    answer(activity);
}

static void start_async(struct activity *activity);

/* Queues the activity after those that already wait. */
static void enter_async(struct activity *activity)
{
    struct activities *activities = activity->activities;
    if (TAILQ_EMPTY(&activities->waiting) && slots_free(&slots_of(activity)->async) > 0) {
        start_async(activity);
        return;
    }
    move(activity, ACTIVITY_STATE_WAITING_ASYNC);
    TAILQ_INSERT_TAIL(&activities->waiting, activity, waiting);
}

static void performed(struct pool_job *job)
{
    struct activity *activity = (struct activity *)job;
    if (activity->is_async && activity->state == ACTIVITY_STATE_RUNNING)
        enter_async(activity);
    else
        finish(activity);
}

/* Gives back the activity slot. */
static void start_async(struct activity *activity)
{
    struct resources *resources = activity->activities->resources;
    size_t queue = activity->slot.queue;
    slot_give(&activity->slot);
    slot_take(&activity->slot, &resources->slots.async, SLOT_TAKEN, queue);
    move(activity, ACTIVITY_STATE_ASYNC);
    activity->job = (struct pool_job){.work = perform, .done = performed};
    pool_submit(resources->async_pool, &activity->job, false);
}

void activities_start_waiting(struct activities *activities)
{
    const struct slot_pool *async = &activities->resources->slots.async;
    while (!TAILQ_EMPTY(&activities->waiting) && slots_free(async) > 0) {
        struct activity *activity = TAILQ_FIRST(&activities->waiting);
        TAILQ_REMOVE(&activities->waiting, activity, waiting);
        start_async(activity);
    }
}

/* ---- giving up ---- */

/* The activity may be gone when this returns. */
static void end_waiting(struct activity *activity)
{
    TAILQ_REMOVE(&activity->activities->waiting, activity, waiting);
    activity_not_started(activity);
    finish(activity);
}

/* Asks the handler to give up. A waiting activity has not started, so it ends here and may be gone when this
   returns. */
static void give_up(struct activity *activity)
{
    atomic_store_explicit(&activity->give_up, true, memory_order_relaxed);
    if (activity->state == ACTIVITY_STATE_WAITING_ASYNC)
        end_waiting(activity);
}

/* The same for a pause or a reset. */
static void stop(struct activity *activity)
{
    atomic_store_explicit(&activity->stop, true, memory_order_relaxed);
    if (activity->state == ACTIVITY_STATE_WAITING_ASYNC && activity_is_stopped(activity))
        end_waiting(activity);
}

static void heartbeat_ended(void *userdata, enum heartbeat_result result)
{
    struct activity *activity = userdata;
    if (activity->state == ACTIVITY_STATE_ANSWERING) {
        activity->waits = activity->waits && result != HEARTBEAT_GONE;
        close_when_idle(activity);
        return;
    }
    activity->canceled = activity->canceled || result == HEARTBEAT_CANCEL;
    activity->unwanted = activity->unwanted || result == HEARTBEAT_GONE;
    if (activity->canceled || activity->unwanted)
        give_up(activity);
    else if (result == HEARTBEAT_PAUSE || result == HEARTBEAT_RESET)
        stop(activity);
}

static void give_up_all(struct slot_pool *pool)
{
    struct slot *next;
    for (struct slot *slot = LIST_FIRST(&pool->lists[SLOT_TAKEN].slots); slot != NULL; slot = next) {
        next = LIST_NEXT(slot, link);
        give_up(SLOT_OWNER(slot, struct activity));
    }
}

void activities_give_up(struct activities *activities)
{
    give_up_all(&activities->resources->slots.activities);
    give_up_all(&activities->resources->slots.async);
}

/* ---- the beginning ---- */

void activities_init(struct activities *activities, struct resources *resources)
{
    activities->resources = resources;
    TAILQ_INIT(&activities->waiting);
}

static void start(struct activity *activity)
{
    struct resources *resources = activity->activities->resources;
    activity_heartbeat_start(&activity->heartbeat, resources, &activity->task,
                             worker_metric(METRIC_HEARTBEATS, activity->labels), heartbeat_ended, activity);
    activity->job = (struct pool_job){.work = perform, .done = performed};
    pool_submit(resources->pool, &activity->job, false);
}

static void refuse_type(struct activity *activity)
{
    worker_count(METRIC_ACTIVITY_UNREGISTERED, activity->labels, 1);
    activity->fault_type = "ActivityNotRegisteredError";
    activity->fault = failure_public(activity_kind_unknown(activity->arena, activity->task.activity_type));
    answer(activity);
}

/* Leaves the task to another worker, which may be able to read it. */
static void leave(struct activity *activity)
{
    const struct activity_task *task = &activity->task;
    {
        LOG_SCOPE(&activity->log);
        log_line(task->attempt <= 1 ? LOG_WARN : LOG_DEBUG, "Activity is left to another worker",
                 LOG_TEXT("activity_id", task->activity_id), LOG_FAILURE("error", failure_public(task->unreadable)));
    }
    activity->fault_type = "PayloadNotReadable";
    activity->fault = failure_public(task->unreadable);
    answer(activity);
}

void activity_begin(struct activities *activities, const struct queue *queue, struct arena *arena,
                    const struct activity_task *task)
{
    struct activity *activity = ARENA_MUST_NEW(arena, struct activity);
    activity->activities = activities;
    activity->arena = arena;
    activity->task = *task;
    activity->labels = metric_labels(queue->index, task->workflow_type, task->activity_type);
    activity->started_us = clock_monotonic_us();
    if (task->close_in_ms > 0 && task->close_in_ms <= LIMIT_ANSWER_TIME_MS)
        activity->deadline_us = activity->started_us + task->close_in_ms * 1000;
    activity->log = (struct log_context){
        .workflow_id = task->workflow_id, .run_id = task->run_id, .trace_id = trace_id(arena, task->trace)};
    slot_take(&activity->slot, &activities->resources->slots.activities, SLOT_TAKEN, queue->index);
    check_invariants(activity);
    worker_count(METRIC_ACTIVITY_RECEIVED, activity->labels, 1);
    worker_observe(METRIC_ACTIVITY_WAIT, activity->labels, task->waited_us);
    if (task->unreadable.size == 0)
        activity->kind = activity_kind_find(activity);
    if (activity->kind != NULL)
        start(activity);
    else if (task->unreadable.size > 0)
        leave(activity);
    else
        refuse_type(activity);
}

/* There is no memory for the activity now: the server hands it out again after its heartbeat timeout. */
static void drop_eager(struct activities *activities, struct arena *arena, const struct activity_task *task)
{
    log_line(LOG_WARN, "Activity is left to another worker", LOG_TEXT("workflow_id", task->workflow_id),
             LOG_TEXT("run_id", task->run_id), LOG_TEXT("activity_id", task->activity_id),
             LOG_STRING("error", "out of the memory budget of this task"));
    arena_give(&activities->resources->activity_arenas, arena);
}

void activity_begin_copy(struct activities *activities, const struct queue *queue, const struct activity_task *task)
{
    struct arena *arena = arena_take(&activities->resources->activity_arenas);
    struct activity_task copy = *task;
    struct text *const texts[] = {&copy.token,         &copy.workflow_id,   &copy.run_id, &copy.activity_id,
                                  &copy.activity_type, &copy.workflow_type, &copy.input,  &copy.trace};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_copy(arena, *texts[i]);
        if (texts[i]->data == NULL) {
            drop_eager(activities, arena, task);
            return;
        }
    }
    activity_begin(activities, queue, arena, &copy);
}

/* ---- for operators ---- */

static void write_list(const struct slot_pool *pool, const char *place, unsigned *left, struct json_writer *json)
{
    const struct slot *slot;
    LIST_FOREACH(slot, &pool->lists[SLOT_TAKEN].slots, link)
    {
        const struct activity *activity = SLOT_OWNER(slot, const struct activity);
        if (*left == 0)
            return;
        --*left;
        json_begin_object(json);
        json_member_text(json, "workflow_id", activity->task.workflow_id);
        json_member_text(json, "run_id", activity->task.run_id);
        json_member_text(json, "activity_id", activity->task.activity_id);
        json_member_integer(json, "attempt", activity->task.attempt);
        json_member_integer(json, "age_ms", (clock_monotonic_us() - activity->started_us) / 1000);
        json_member_string(json, "place", activity->state == ACTIVITY_STATE_WAITING_ASYNC ? "waiting" : place);
        json_end_object(json);
    }
}

void activities_write_json(const struct activities *activities, struct json_writer *json)
{
    const struct slots *slots = &activities->resources->slots;
    unsigned left = LIMIT_DEBUG_TASKS;
    write_list(&slots->activities, "slot", &left, json);
    write_list(&slots->async, "async", &left, json);
}
