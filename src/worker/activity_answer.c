/* The end of an activity task: what the server is told of it. */
#include "base/clock.h"
#include "worker/activity_task.h"

void activity_end_when_idle(struct activity *activity)
{
    struct worker *worker = activity->worker;
    if (!activity->answered || !activity_heartbeat_is_idle(&activity->heartbeat))
        return;
    LIST_REMOVE(activity, link);
    activity_leave(activity);
    arena_give(&worker->activity_arenas, activity->arena);
    worker_ended_something(worker);
}

static void answer_ended(void *context, const struct client_result *result)
{
    struct activity *activity = context;
    const struct log_context *before = log_set_context(&activity->log);
    if (result->code != RPC_OK)
        log_line(LOG_WARN, "The outcome of an activity was not taken",
                 LOG_TEXT("activity_id", activity->task.activity_id), LOG_STRING("code", rpc_code_name(result->code)),
                 LOG_TEXT("error", result->message));
    (void)log_set_context(before);
    activity->answered = true;
    activity_end_when_idle(activity);
}

static void log_failure(const struct activity *activity, struct text failure, bool retryable)
{
    if (activity->marks)
        log_line(LOG_WARN, "Failed to mark execution",
                 LOG_STRING("status", execution_status_name(activity->change.status)),
                 LOG_INTEGER("attempt", activity->task.attempt), LOG_BOOLEAN("retryable", retryable),
                 LOG_FAILURE("error", failure));
    else
        log_line(LOG_WARN, "Action execution failed", LOG_INTEGER("attempt", activity->task.attempt),
                 LOG_BOOLEAN("retryable", retryable), LOG_FAILURE("error", failure));
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
    if (activity->gone)
        return drop(activity, "Outcome dropped: the run no longer waits for this activity");
    if (activity_is_late(activity))
        return drop(activity, "Outcome dropped: the activity has timed out");
    if (activity->fault.size > 0)
        fail(activity, activity->fault, activity->fault_type, true);
    else if (report->outcome == ACTION_OUTCOME_DONE)
        complete(activity);
    else if (report->outcome == ACTION_OUTCOME_PENDING)
        return false;
    else if (activity->cancel_requested)
        cancel(activity);
    else
        fail(activity, report->failure, report->failure_type, report->outcome == ACTION_OUTCOME_RETRY);
    return true;
}

void activity_answer(struct activity *activity)
{
    const struct log_context *before = log_set_context(&activity->log);
    bool sent = send(activity);
    (void)log_set_context(before); /* which is gone with the activity */
    if (sent)
        return;
    activity->answered = true;
    activity_end_when_idle(activity);
}
