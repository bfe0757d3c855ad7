/* Activity tasks from the poll to their answer. */
#include <criterion/criterion.h>

#include "tests/unit/worker/server.h"

TestSuite(activity_task, .init = server_set_up, .fini = server_tear_down, .timeout = 60);

static const struct call *last;

static bool is_answer(const struct call *call)
{
    return call->kind == CALL_COMPLETE || call->kind == CALL_FAIL || call->kind == CALL_CANCELED;
}

static void stop_at_the_answer(const struct call *call)
{
    if (!is_answer(call))
        return;
    last = call;
    worker_stop(server.worker);
}

static void run_one(const struct activity_task *task)
{
    if (server.on_call == NULL)
        server.on_call = stop_at_the_answer;
    server_give_activity(task);
    cr_assert_eq(server_run(), WORKER_DRAINED);
}

static void assert_failure(const char *message, const char *type, bool retryable)
{
    cr_assert_not_null(last);
    cr_assert_eq(last->kind, CALL_FAIL);
    cr_assert(text_is(last->text, message), "%.*s", TEXT_ARG(last->text));
    cr_assert(text_is(last->type, type), "%.*s", TEXT_ARG(last->type));
    cr_assert_eq(last->retryable, retryable);
}

Test(activity_task, is_performed_and_completed)
{
    run_one(activity("one", "far"));
    cr_assert_eq(last->kind, CALL_COMPLETE);
    cr_assert(text_is(last->token, "one"));
    cr_assert(text_is(last->text, "{\"action_id\":\"a0000000-0000-4000-8000-000000000007\",\"action_name\":\"one\","
                                  "\"result\":{\"output\":\"true\"},\"success\":true}"),
              "%.*s", TEXT_ARG(last->text));
}

Test(activity_task, runs_a_local_action_too)
{
    run_one(activity("one", "flaky"));
    cr_assert_eq(last->kind, CALL_COMPLETE);
}

static void refuse_the_outcome(const struct call *call)
{
    if (call->kind == CALL_COMPLETE)
        server.reply = (struct reply){.code = RPC_INVALID_ARGUMENT, .message = "no such thing"};
    else
        stop_at_the_answer(call);
}

Test(activity_task, an_outcome_that_is_refused_for_good_fails_it)
{
    server.on_call = refuse_the_outcome;
    run_one(activity("one", "far"));
    cr_assert_eq(server.calls[CALL_COMPLETE], 1);
    assert_failure("activity one: Temporal permanently refuses its outcome: no such thing", "", false);
}

Test(activity_task, one_that_cannot_be_read_is_left_to_another_worker)
{
    struct activity_task *task = activity("one", "far");
    task->unreadable = TEXT("a payload is encrypted with key 'old', which is not here");
    run_one(task);
    assert_failure("a payload is encrypted with key 'old', which is not here", "PayloadNotReadable", true);
}

Test(activity_task, unknown_type_fails_with_retry)
{
    struct activity_task *task = activity("one", "far");
    task->activity_type = TEXT("MarkExecutionPaused");
    run_one(task);
    assert_failure("unable to find activityType=MarkExecutionPaused. Supported types: [ExecuteActionActivity, "
                   "ExecuteAsyncActionActivity, AskApproverActivity, RemindApproversActivity, MarkExecutionCompleted, "
                   "MarkExecutionFailed, "
                   "MarkExecutionRunning]",
                   "ActivityNotRegisteredError", true);
}

Test(activity_task, input_that_is_not_json_fails_with_retry)
{
    struct activity_task *task = activity("one", "far");
    task->input = TEXT("[1]");
    run_one(task);
    assert_failure("unable to decode the activity function input payload with error: expected object, found array for "
                   "function name: ExecuteActionActivity",
                   "wrapError", true);
}

Test(activity_task, input_with_another_encoding_fails_with_retry)
{
    struct activity_task *task = activity("one", "far");
    task->input_foreign = true;
    run_one(task);
    assert_failure(
        "unable to decode the activity function input payload with error: payload encoding is not json/plain "
        "for function name: ExecuteActionActivity",
        "wrapError", true);
}

/* "far" must not run twice, "flaky" may. */
Test(activity_task, is_not_repeated_when_its_worker_was_lost)
{
    struct activity_task *task = activity("one", "far");
    task->attempt = 3;
    task->failures = 1;
    task->counts_failures = true;
    run_one(task);
    assert_failure("action one (a0000000-0000-4000-8000-000000000007): it may have been performed by a worker that was "
                   "lost, and must not run twice",
                   "", false);
}

Test(activity_task, is_repeated_when_it_may_be_or_has_failed)
{
    struct activity_task *task = activity("one", "flaky");
    task->attempt = 3;
    task->failures = 1;
    run_one(task);
    cr_assert_eq(last->kind, CALL_COMPLETE);
    task = activity("two", "far");
    task->attempt = 3;
    task->failures = 2;
    run_one(task);
    cr_assert_eq(last->kind, CALL_COMPLETE);
}

/* A timeout would not count as a failure of the action. */
Test(activity_task, fails_before_its_timeout)
{
    struct activity_task *task = activity("one", "slow");
    task->close_in_ms = 500;
    run_one(task);
    assert_failure("action one (a0000000-0000-4000-8000-000000000007): execute: no time left", "wrapError", true);
}

Test(activity_task, delay_before_the_next_attempt_is_passed_on)
{
    run_one(activity("one", "busy"));
    assert_failure("action one (a0000000-0000-4000-8000-000000000007): execute: come back later", "wrapError", true);
    cr_assert_eq(last->retry_delay_ms, 90000);
    run_one(activity("two", "refuse"));
    cr_assert_eq(last->retry_delay_ms, 0);
}

Test(activity_task, refused_action_fails_without_retry)
{
    run_one(activity("one", "refuse"));
    assert_failure("action one (a0000000-0000-4000-8000-000000000007): execute: it may not be", "wrapError", false);
}

Test(activity_task, type_without_async_mode_fails_without_retry)
{
    struct activity_task *task = activity("one", "far");
    task->activity_type = TEXT("ExecuteAsyncActionActivity");
    run_one(task);
    cr_assert_eq(last->kind, CALL_FAIL);
    cr_assert(text_is(last->text, "async action one (a0000000-0000-4000-8000-000000000007): no handler registered for "
                                  "type far"),
              "%.*s", TEXT_ARG(last->text));
    cr_assert_not(last->retryable);
}

Test(activity_task, result_that_is_too_large_fails_without_retry)
{
    run_one(activity("one", "large"));
    cr_assert_eq(last->kind, CALL_FAIL);
    cr_assert_neq(text_find(last->text, TEXT("larger")), SIZE_MAX, "%.*s", TEXT_ARG(last->text));
    cr_assert_not(last->retryable);
}

/* ---- heartbeats and cancellation ---- */

static struct reply heartbeat_reply;

static void answer_heartbeat(const struct call *call)
{
    if (call->kind == CALL_HEARTBEAT && server.calls[CALL_HEARTBEAT] >= 3)
        server.reply = heartbeat_reply;
    stop_at_the_answer(call);
}

static struct activity_task *patient_activity(void)
{
    struct activity_task *task = activity("one", "patient");
    task->heartbeat_ms = 5;
    server.on_call = answer_heartbeat;
    return task;
}

Test(activity_task, sends_heartbeats_until_it_is_canceled)
{
    heartbeat_reply.demand = ACTIVITY_CANCEL;
    run_one(patient_activity());
    cr_assert_geq(server.calls[CALL_HEARTBEAT], 3);
    cr_assert_not_null(last);
    cr_assert_eq(last->kind, CALL_CANCELED);
    cr_assert(text_is(last->token, "one"));
}

static void stop_when_free(void *context)
{
    (void)context;
    worker_stop(server.worker);
}

static void answer_heartbeat_and_stop(const struct call *call)
{
    answer_heartbeat(call);
    if (call->kind == CALL_HEARTBEAT && server.reply.code == RPC_NOT_FOUND)
        channel_post(server_channel(), stop_when_free, NULL);
}

Test(activity_task, is_not_answered_when_its_run_is_over)
{
    heartbeat_reply.code = RPC_NOT_FOUND;
    struct activity_task *task = patient_activity();
    server.on_call = answer_heartbeat_and_stop;
    run_one(task);
    cr_assert_null(last);
}

Test(activity_task, heartbeats_continue_after_a_lost_one)
{
    heartbeat_reply.demand = ACTIVITY_CANCEL;
    struct activity_task *task = patient_activity();
    server.on_call = answer_heartbeat;
    run_one(task);
    cr_assert_eq(last->kind, CALL_CANCELED);
}

static void expect_stopped(void)
{
    struct activity_task *task = patient_activity();
    task->counts_failures = task->last_attempt = true;
    run_one(task);
    assert_failure("the activity was paused or reset", "Stopped", true);
    cr_assert(last->excused);
}

Test(activity_task, stops_when_it_is_paused)
{
    heartbeat_reply.demand = ACTIVITY_PAUSE;
    expect_stopped();
}

Test(activity_task, stops_when_it_is_reset)
{
    heartbeat_reply.demand = ACTIVITY_RESET;
    expect_stopped();
}

static void pause_then_cancel(const struct call *call)
{
    if (call->kind == CALL_HEARTBEAT)
        server.reply.demand = server.calls[CALL_HEARTBEAT] < 6 ? ACTIVITY_PAUSE : ACTIVITY_CANCEL;
    stop_at_the_answer(call);
}

Test(activity_task, is_not_stopped_when_it_must_not_run_twice)
{
    struct activity_task *task = activity("one", "once");
    task->heartbeat_ms = 5;
    server.on_call = pause_then_cancel;
    run_one(task);
    cr_assert_eq(last->kind, CALL_CANCELED);
    cr_assert_geq(server.calls[CALL_HEARTBEAT], 6);
}

Test(activity_task, no_heartbeats_without_a_heartbeat_timeout)
{
    run_one(activity("one", "far"));
    cr_assert_eq(server.calls[CALL_HEARTBEAT], 0);
}

Test(activity_task, is_not_answered_after_its_timeout)
{
    struct activity_task *late = activity("late", "patient");
    late->close_in_ms = 1;
    late->heartbeat_ms = 10;
    heartbeat_reply.demand = ACTIVITY_CANCEL;
    server.on_call = answer_heartbeat;
    server_give_activity(late);
    struct activity_task *other = activity("other", "patient");
    other->heartbeat_ms = 20;
    run_one(other);
    cr_assert_eq(last->kind, CALL_CANCELED);
    cr_assert(text_is(last->token, "other"));
    cr_assert_eq(server.calls[CALL_CANCELED], 1);
}

/* ---- slots ---- */

static unsigned completed, most_polls;

static void count_polls(const struct call *call)
{
    most_polls = server.activity_polls > most_polls ? server.activity_polls : most_polls;
    if (call->kind == CALL_COMPLETE && ++completed == 5)
        worker_stop(server.worker);
}

Test(activity_task, one_slot_means_one_at_a_time)
{
    server.options.activities = 1;
    server.on_call = count_polls;
    for (int i = 0; i < 4; i++)
        server_give_activity(activity("one", "far"));
    run_one(activity("last", "far"));
    cr_assert_eq(completed, 5);
    cr_assert_eq(most_polls, 0, "no poll while the only slot is taken");
}
