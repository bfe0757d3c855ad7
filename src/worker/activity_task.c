/* One activity task from the poll to its answer. */
#include <stdatomic.h>
#include <stdlib.h>

#include "action/perform.h"
#include "base/clock.h"
#include "base/log.h"
#include "temporal/trace.h"
#include "worker/heartbeat.h"
#include "worker/parts.h"

/* Where an activity is performed. */
enum place {
    PLACE_SLOT,    /* in its slot, on the pool of all activities */
    PLACE_WAITING, /* still in its slot: an asynchronous action for which there is no room yet */
    PLACE_ASYNC,   /* on the pool of asynchronous actions, or in its queue; the slot is free */
};

/* Lives in its arena. */
struct activity {
    struct pool_job job;
    struct worker *worker;
    struct arena *arena;
    struct activity_task task;
    struct metric_place counts; /* where it counts */
    struct heartbeat heartbeat;
    enum place place;
    bool is_async;         /* its action is: it belongs on the other pool */
    atomic_bool give_up;   /* the handler's outcome is of no use any more, or the worker stops */
    bool cancel_requested; /* by the server */
    bool gone;             /* the server no longer wants an answer */
    bool answered;         /* the answer has been sent and acknowledged, or is not wanted */
    int64_t begun_us, deadline_us;
    bool marks;                     /* is no action, but tells what has become of an execution: */
    struct execution_change change; /* this */
    struct action_request request;
    struct action_report report;
    struct log_context log;          /* its texts live in the arena */
    struct text output, input_fault; /* JSON when done; why the input cannot be read */
    LIST_ENTRY(activity) link;
    TAILQ_ENTRY(activity) turn; /* while PLACE_WAITING */
};

/* taken: by the activity now; -1: given back. */
static void show_slots(const struct activity *activity, int taken)
{
    const struct worker *worker = activity->worker;
    worker_count(METRIC_ACTIVITY_SLOTS_USED, activity->counts, taken);
    worker_metrics_share(METRIC_ACTIVITY_SLOTS_AVAILABLE,
                         (int64_t)worker->options.activities - (int64_t)worker->activity_count);
    metric_set(worker_metric(METRIC_ASYNC_USED, OF_THE_WORKER), worker->async_count);
}

/* ---- asynchronous actions ---- */

static void perform(struct pool_job *job);
static void performed(struct pool_job *job);

static bool has_room(const struct worker *worker)
{
    return worker->async_count < worker->options.async_threads + LIMIT_ASYNC_QUEUE;
}

static void go_async(struct activity *activity)
{
    struct worker *worker = activity->worker;
    activity->place = PLACE_ASYNC;
    worker->activity_count--;
    worker->async_count++;
    show_slots(activity, -1);
    activity->job = (struct pool_job){.work = perform, .done = performed};
    pool_submit(worker->async_pool, &activity->job, false);
}

static void enter_async(struct activity *activity)
{
    struct worker *worker = activity->worker;
    if (has_room(worker)) {
        go_async(activity);
        worker_ended_something(worker);
        return;
    }
    activity->place = PLACE_WAITING;
    TAILQ_INSERT_TAIL(&worker->async_waiting, activity, turn);
}

static void leave_async(struct worker *worker)
{
    worker->async_count--;
    struct activity *next = TAILQ_FIRST(&worker->async_waiting);
    if (next == NULL)
        return;
    TAILQ_REMOVE(&worker->async_waiting, next, turn);
    go_async(next);
}

/* ---- the end ---- */

/* Both the answer and the last heartbeat must be back before the arena may go. */
static void end_when_idle(struct activity *activity)
{
    struct worker *worker = activity->worker;
    if (!activity->answered || !heartbeat_is_idle(&activity->heartbeat))
        return;
    LIST_REMOVE(activity, link);
    bool held = activity->place != PLACE_ASYNC;
    if (held)
        worker->activity_count--;
    else
        leave_async(worker);
    show_slots(activity, held ? -1 : 0);
    arena_give(&worker->activity_arenas, activity->arena);
    worker_ended_something(worker);
}

static void answer_ended(void *context, const struct client_result *result)
{
    struct activity *activity = context;
    const struct log_context *before = log_set_context(&activity->log);
    if (result->code != RPC_OK)
        log_line(LOG_WARN, "The outcome of an activity was not taken",
                 LOG_TEXT("activity_id", activity->task.activity_id), LOG_INTEGER("code", result->code),
                 LOG_TEXT("error", result->message));
    (void)log_set_context(before);
    activity->answered = true;
    end_when_idle(activity);
}

static void log_failure(const struct activity *activity, struct text failure, bool retryable)
{
    const struct log_context *before = log_set_context(&activity->log);
    if (activity->marks)
        log_line(LOG_WARN, "Failed to mark execution",
                 LOG_STRING("status", execution_status_name(activity->change.status)),
                 LOG_INTEGER("attempt", activity->task.attempt), LOG_BOOLEAN("retryable", retryable),
                 LOG_FAILURE("error", failure));
    else
        log_line(LOG_WARN, "Action execution failed", LOG_INTEGER("attempt", activity->task.attempt),
                 LOG_BOOLEAN("retryable", retryable), LOG_FAILURE("error", failure));
    (void)log_set_context(before);
}

static int64_t count_execution(const struct activity *activity)
{
    int64_t took_us = clock_monotonic_us() - activity->begun_us;
    worker_observe(METRIC_ACTIVITY_EXECUTION, activity->counts, took_us);
    return took_us;
}

static void fail(struct activity *activity, struct text failure, const char *type, bool retryable)
{
    worker_count(METRIC_ACTIVITY_FAILED, activity->counts, 1);
    (void)count_execution(activity);
    log_failure(activity, failure, retryable);
    client_fail_activity(activity->worker->client, activity->task.token, failure, type, retryable, activity->arena,
                         answer_ended, activity);
}

static void complete(struct activity *activity)
{
    if (activity->output.data != NULL && activity->output.size <= LIMIT_PAYLOAD_BYTES) {
        worker_observe(METRIC_ACTIVITY_ENDTOEND, activity->counts, activity->task.age_us + count_execution(activity));
        client_complete_activity(activity->worker->client, activity->task.token, activity->output, activity->arena,
                                 answer_ended, activity);
        return;
    }
    fail(activity,
         arena_print(activity->arena,
                     "action %.*s (%.*s): its result of %zu bytes is larger than the %zu that Temporal takes",
                     TEXT_ARG(activity->request.action_name), TEXT_ARG(activity->request.action_id),
                     activity->output.size, LIMIT_PAYLOAD_BYTES),
         "", false);
}

static void cancel(struct activity *activity)
{
    worker_count(METRIC_ACTIVITY_CANCELED, activity->counts, 1);
    (void)count_execution(activity);
    client_cancel_activity(activity->worker->client, activity->task.token, activity->arena, answer_ended, activity);
}

/* Nothing is sent: nobody waits for the outcome, or the handler's work is completed later by its token. */
static void end_unanswered(struct activity *activity)
{
    activity->answered = true;
    end_when_idle(activity);
}

static void drop(struct activity *activity, const char *why)
{
    const struct log_context *before = log_set_context(&activity->log);
    log_line(LOG_INFO, why, LOG_TEXT("activity_id", activity->task.activity_id),
             LOG_INTEGER("attempt", activity->task.attempt));
    (void)log_set_context(before);
    end_unanswered(activity);
}

static bool is_late(const struct activity *activity)
{
    return activity->deadline_us != 0 && clock_monotonic_us() > activity->deadline_us;
}

static void answer(struct activity *activity)
{
    const struct action_report *report = &activity->report;
    if (activity->gone)
        drop(activity, "Outcome dropped: the run no longer waits for this activity");
    else if (is_late(activity))
        drop(activity, "Outcome dropped: the activity has timed out");
    else if (activity->input_fault.size > 0)
        fail(activity, activity->input_fault, "wrapError", true);
    else if (report->outcome == ACTION_DONE)
        complete(activity);
    else if (report->outcome == ACTION_PENDING)
        end_unanswered(activity);
    else if (activity->cancel_requested)
        cancel(activity);
    else
        fail(activity, report->failure, report->failure_type, report->outcome == ACTION_RETRY);
}

/* ---- performing ---- */

static bool is_canceled(void *hook)
{
    const struct activity *activity = hook;
    return atomic_load_explicit(&activity->give_up, memory_order_relaxed);
}

static void write_output(struct activity *activity)
{
    struct buffer output = buffer_in(activity->arena, LIMIT_ACTIVITY_ARENA);
    action_output_write(&output, &activity->request, &activity->report.result);
    activity->output = buffer_text(&output);
}

/* False: then input_fault says why it cannot be read. */
static bool read_input(struct activity *activity)
{
    struct error error = ERROR_IN(activity->arena);
    const struct activity_task *task = &activity->task;
    enum status status;
    if (task->input_foreign)
        status = error_set(&error, STATUS_INVALID, TEXT_NONE, "payload encoding is not json/plain");
    else if (activity->marks)
        status = execution_mark_read(activity->arena, task->input, &activity->change, &error);
    else
        status = action_request_read(activity->arena, task->input, &activity->request, &error);
    activity->log = action_log_context(&activity->log, &activity->request);
    if (status == STATUS_OK && activity->marks)
        activity->log.execution_id = activity->change.execution_id;
    if (status == STATUS_OK)
        return true;
    activity->input_fault =
        arena_print(activity->arena,
                    "unable to decode the activity function input payload with error: %.*s for function name: %.*s",
                    TEXT_ARG(error.message), TEXT_ARG(task->activity_type));
    if (activity->input_fault.data == NULL)
        activity->input_fault = TEXT("unable to decode the activity function input payload");
    return false;
}

static bool asked_as_async(const struct activity *activity)
{
    return text_is(activity->task.activity_type, ACTIVITY_ASYNC);
}

static const struct action_type *type_of(const struct activity *activity)
{
    return action_catalog_find(activity->worker->options.catalog, activity->request.action_type);
}

static void perform_action(struct activity *activity)
{
    struct action_environment environment = {
        .catalog = activity->worker->options.catalog,
        .services = activity->worker->options.services,
        .attempt = activity->task.attempt,
        .last_attempt = activity->task.last_attempt,
        .async = asked_as_async(activity),
        .task_token = activity->task.token,
        .now = wall_clock(activity->arena),
        .deadline_us = activity->deadline_us,
        .is_canceled = is_canceled,
        .hook = activity,
    };
    log_line(LOG_DEBUG, "Executing action activity", LOG_TEXT("activity_id", activity->task.activity_id),
             LOG_INTEGER("attempt", activity->task.attempt));
    action_perform(&environment, activity->arena, &activity->request, &activity->report);
    if (activity->report.outcome != ACTION_DONE)
        return;
    log_line(LOG_DEBUG, "Action execution succeeded");
    write_output(activity);
}

static void not_begun(struct activity *activity)
{
    activity->report = (struct action_report){.outcome = ACTION_RETRY, .failure_type = ""};
    activity->report.failure =
        arena_print(activity->arena, "async action %.*s (%.*s): start: canceled before it began",
                    TEXT_ARG(activity->request.action_name), TEXT_ARG(activity->request.action_id));
    if (activity->report.failure.data == NULL)
        activity->report.failure = TEXT("async action: canceled before it began");
}

/* On a thread of a pool: of that of all activities at first, where an asynchronous action is found to be one. */
static void perform_here(struct activity *activity)
{
    if (activity->place == PLACE_ASYNC) {
        /* It may have stood in line for long: what nobody waits for any more is not begun. */
        if (is_canceled(activity) || is_late(activity))
            not_begun(activity);
        else
            perform_action(activity);
        return;
    }
    if (!read_input(activity))
        return;
    const struct action_type *type = type_of(activity);
    activity->is_async = asked_as_async(activity) && type != NULL && type->mode == ACTION_ASYNC;
    if (!activity->is_async)
        perform_action(activity);
}

static void perform(struct pool_job *job)
{
    struct activity *activity = (struct activity *)job;
    const struct log_context *before = log_set_context(&activity->log);
    perform_here(activity);
    (void)log_set_context(before);
}

static void finish(struct activity *activity)
{
    heartbeat_stop(&activity->heartbeat);
    if (activity->input_fault.size == 0)
        metric_add(worker_metric_action(activity->counts, type_of(activity), false, activity->report.outcome), 1);
    answer(activity);
}

static void performed(struct pool_job *job)
{
    struct activity *activity = (struct activity *)job;
    if (activity->is_async && activity->place == PLACE_SLOT)
        enter_async(activity);
    else
        finish(activity);
}

/* ---- marking ---- */

static enum action_outcome outcome_of(enum status status)
{
    if (status == STATUS_OK)
        return ACTION_DONE;
    return status == STATUS_UNAVAILABLE ? ACTION_RETRY : ACTION_REFUSED;
}

/* On a thread of the pool. */
static void mark(struct pool_job *job)
{
    struct activity *activity = (struct activity *)job;
    const struct worker_options *options = &activity->worker->options;
    if (!read_input(activity))
        return;
    activity->change.deadline_us = activity->deadline_us;
    activity->change.is_canceled = is_canceled;
    activity->change.hook = activity;
    struct error error = ERROR_IN(activity->arena);
    enum status status = STATUS_OK;
    const struct log_context *before = log_set_context(&activity->log);
    if (options->execution_changed != NULL)
        status = options->execution_changed(options->hook, &activity->change, activity->arena, &error);
    (void)log_set_context(before);
    activity->report =
        (struct action_report){.outcome = outcome_of(status), .failure = error.message, .failure_type = ""};
    activity->output = TEXT(""); /* no result */
}

static void marked(struct pool_job *job)
{
    struct activity *activity = (struct activity *)job;
    heartbeat_stop(&activity->heartbeat);
    answer(activity);
}

/* ---- the beginning ---- */

/* Asks the handler to. One that stands in line outside has nothing to give up but its place: that is its end, and true,
   as the activity may be gone then. */
static bool give_up(struct activity *activity)
{
    atomic_store_explicit(&activity->give_up, true, memory_order_relaxed);
    if (activity->place != PLACE_WAITING)
        return false;
    TAILQ_REMOVE(&activity->worker->async_waiting, activity, turn);
    activity->place = PLACE_SLOT;
    not_begun(activity);
    finish(activity);
    return true;
}

static void beaten(void *context, enum heartbeat_answer answer)
{
    struct activity *activity = context;
    if (answer == HEARTBEAT_CANCEL || answer == HEARTBEAT_GONE) {
        activity->cancel_requested = activity->cancel_requested || answer == HEARTBEAT_CANCEL;
        activity->gone = activity->gone || answer == HEARTBEAT_GONE;
        if (give_up(activity))
            return;
    }
    end_when_idle(activity);
}

static void refuse_type(struct activity *activity)
{
    worker_count(METRIC_ACTIVITY_UNREGISTERED, activity->counts, 1);
    struct text failure = arena_print(activity->arena,
                                      "unable to find activityType=%.*s. Supported types: [" ACTIVITY_SYNC
                                      ", " ACTIVITY_ASYNC ", " MARK_TYPES "]",
                                      TEXT_ARG(activity->task.activity_type));
    fail(activity, failure, "ActivityNotRegisteredError", true);
}

void activity_begin(struct worker *worker, const struct queue *queue, struct arena *arena,
                    const struct activity_task *task)
{
    struct activity *activity = ARENA_NEW(arena, struct activity);
    if (activity == NULL)
        abort();
    activity->job = (struct pool_job){.work = perform, .done = performed};
    activity->worker = worker;
    activity->arena = arena;
    activity->task = *task;
    activity->counts = metric_place(queue->place.queue, task->workflow_type, task->activity_type);
    activity->begun_us = clock_monotonic_us();
    activity->deadline_us = task->close_in_ms > 0 ? activity->begun_us + task->close_in_ms * 1000 : 0;
    LIST_INSERT_HEAD(&worker->activities, activity, link);
    worker->activity_count++;
    show_slots(activity, 1);
    worker_count(METRIC_ACTIVITY_RECEIVED, activity->counts, 1);
    worker_observe(METRIC_ACTIVITY_WAIT, activity->counts, task->waited_us);
    activity->log = (struct log_context){
        .workflow_id = task->workflow_id, .run_id = task->run_id, .trace_id = trace_id(arena, task->trace)};

    activity->marks = execution_mark_type(task->activity_type, &activity->change.status);
    if (activity->marks) {
        activity->job = (struct pool_job){.work = mark, .done = marked};
    } else if (!text_is(task->activity_type, ACTIVITY_SYNC) && !text_is(task->activity_type, ACTIVITY_ASYNC)) {
        refuse_type(activity);
        return;
    }
    heartbeat_start(&activity->heartbeat, worker, task, worker_metric(METRIC_HEARTBEATS, activity->counts), beaten,
                    activity);
    pool_submit(worker->pool, &activity->job, false);
}

void activity_begin_copy(struct worker *worker, const struct queue *queue, const struct activity_task *task)
{
    struct arena *arena = arena_take(&worker->activity_arenas);
    struct activity_task copy = *task;
    struct text *const texts[] = {&copy.token,         &copy.workflow_id,   &copy.run_id, &copy.activity_id,
                                  &copy.activity_type, &copy.workflow_type, &copy.input,  &copy.trace};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_copy(arena, *texts[i]);
        if (texts[i]->data == NULL)
            abort(); /* the server's own limit on a message is far below an arena's cap */
    }
    activity_begin(worker, queue, arena, &copy);
}

void activities_tell(struct buffer *json, const struct worker *worker)
{
    static const char *const places[] = {"slot", "waiting", "async"};
    const struct activity *activity;
    unsigned told = 0;
    LIST_FOREACH(activity, &worker->activities, link)
    {
        if (told == LIMIT_DEBUG_TASKS)
            break;
        buffer_add(json, told++ > 0 ? TEXT(",{\"workflow_id\":") : TEXT("{\"workflow_id\":"));
        json_write_string(json, activity->task.workflow_id);
        buffer_add(json, TEXT(",\"activity_id\":"));
        json_write_string(json, activity->task.activity_id);
        buffer_print(json, ",\"attempt\":%u,\"age_ms\":%lld,\"place\":\"%s\"}", activity->task.attempt,
                     (long long)(clock_monotonic_us() - activity->begun_us) / 1000, places[activity->place]);
    }
}

void activities_cancel(struct worker *worker)
{
    struct activity *next;
    for (struct activity *activity = LIST_FIRST(&worker->activities); activity != NULL; activity = next) {
        next = LIST_NEXT(activity, link);
        (void)give_up(activity);
    }
}
