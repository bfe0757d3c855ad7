/* Approval requests that nobody can answer any more are recorded before the workflow task is answered. */
#include <criterion/criterion.h>

#include "tests/unit/worker/server.h"

static struct approval_end records[4];
static unsigned record_count, recorded_before_answer;
static enum status status_to_give;
static const struct call *last;

/* On a thread of the pool, one at a time. */
static enum status note_end(void *userdata, const struct approval_end *end, struct arena *arena, struct error *error)
{
    (void)userdata;
    cr_assert_not_null(arena);
    struct approval_end *noted = &records[record_count++];
    *noted = *end;
    noted->requests = ARENA_ARRAY(server.notes, end->request_count, struct approval_key);
    for (size_t i = 0; i < end->request_count; i++)
        noted->requests[i] = (struct approval_key){.action_id = arena_copy(server.notes, end->requests[i].action_id),
                                                   .ask = end->requests[i].ask};
    noted->effect_id = arena_copy(server.notes, end->effect_id);
    return status_to_give == STATUS_OK ? STATUS_OK : error_set(error, status_to_give, TEXT_NONE, "as scripted");
}

static const struct workflow_task *second;

static void go_on(const struct call *call)
{
    if (call->kind != CALL_ANSWER && call->kind != CALL_FAIL_TASK)
        return;
    last = call;
    recorded_before_answer = record_count;
    if (second != NULL) {
        server_give_task(second, true);
        second = NULL;
    } else {
        worker_stop(server.worker);
    }
}

static void set_up(void)
{
    server_set_up();
    server.options.approvals_ended = note_end;
    server.on_call = go_on;
}

TestSuite(approval, .init = set_up, .fini = server_tear_down, .timeout = 60);

static void run(const struct workflow_task *task)
{
    server_give_task(task, false);
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_not_null(last);
    cr_assert_eq(last->kind, CALL_ANSWER);
}

static void assert_told(unsigned index, enum approval_ending ending, unsigned action)
{
    cr_assert_lt(index, record_count);
    cr_assert_eq(records[index].ending, ending);
    cr_assert(text_is(records[index].effect_id, "c0000000-0000-4000-8000-000000000001"));
    cr_assert_eq(records[index].request_count, 1);
    cr_assert(text_equal(records[index].requests[0].action_id, action_id(action)));
    cr_assert_gt(records[index].limit.deadline_us, 0);
}

static struct event scheduled(unsigned action)
{
    return (struct event){.kind = EVENT_ACTIVITY_SCHEDULED,
                          .activity_id = action_id(action),
                          .activity_type = TEXT("ExecuteAsyncActionActivity")};
}

/* Both have started, as events 5 and 6; then this happens, as event 8. */
static struct workflow_task *two_that_ask(const char *types, struct event event)
{
    const struct event events[] = {
        {.kind = EVENT_OTHER}, scheduled(0), scheduled(1), {.kind = EVENT_OTHER}, event,
    };
    struct workflow_task *first = first_task("run", rule(types, ">0 >1"));
    second = later_task(first, 4, events, 5);
    return first;
}

Test(approval, timed_out_request_is_recorded)
{
    run(two_that_ask("ask ask", (struct event){.kind = EVENT_ACTIVITY_TIMED_OUT, .scheduled_id = 6}));
    cr_assert_eq(server.calls[CALL_ANSWER], 2);
    cr_assert_eq(recorded_before_answer, 1);
    cr_assert_eq(record_count, 1);
    assert_told(0, APPROVAL_TIMED_OUT, 1);
}

Test(approval, request_of_a_canceled_run_is_recorded)
{
    run(two_that_ask("ask far", (struct event){.kind = EVENT_CANCEL_REQUESTED}));
    cr_assert_eq(last->commands[last->command_count - 1].kind, COMMAND_CANCEL);
    cr_assert_eq(recorded_before_answer, 1);
    cr_assert_eq(record_count, 1);
    assert_told(0, APPROVAL_EXPIRED, 0);
}

Test(approval, failure_to_record_does_not_delay_the_run)
{
    log_capture();
    status_to_give = STATUS_UNAVAILABLE;
    run(two_that_ask("ask ask", (struct event){.kind = EVENT_ACTIVITY_TIMED_OUT, .scheduled_id = 5}));
    cr_assert_eq(server.calls[CALL_ANSWER], 2);
    cr_assert_eq(server.calls[CALL_FAIL_TASK], 0);
    struct text log = log_captured();
    cr_assert_eq(log_times(log, "nobody can answer any more"), 1, "%.*s", TEXT_ARG(log));
    cr_assert_eq(log_times(log, "as scripted"), 1, "%.*s", TEXT_ARG(log));
}

Test(approval, timeout_of_another_action_is_not_recorded)
{
    run(two_that_ask("far far", (struct event){.kind = EVENT_ACTIVITY_TIMED_OUT, .scheduled_id = 6}));
    cr_assert_eq(record_count, 0);
}

static void assert_answer(const char *output, enum approval_ending ending)
{
    run(two_that_ask(
        "ask ask", (struct event){.kind = EVENT_ACTIVITY_COMPLETED, .scheduled_id = 6, .payload = text_from(output)}));
    cr_assert_eq(record_count, 1);
    assert_told(0, ending, 1);
}

Test(approval, answer_is_recorded)
{
    assert_answer("{\"result\":{\"output\":\"rejected\"},\"success\":true}", APPROVAL_REJECTED);
}

/* The action fails, so nobody can answer the request any more. */
Test(approval, what_is_no_answer_ends_the_request)
{
    assert_answer("{\"result\":{\"output\":\"granted\"}}", APPROVAL_EXPIRED);
}

Test(approval, failure_of_the_activity_ends_the_request)
{
    run(two_that_ask("ask far", (struct event){.kind = EVENT_ACTIVITY_FAILED, .scheduled_id = 5}));
    cr_assert_eq(record_count, 1);
    assert_told(0, APPROVAL_EXPIRED, 0);
}

Test(approval, nothing_is_recorded_without_a_callback)
{
    server.options.approvals_ended = NULL;
    run(two_that_ask("ask ask", (struct event){.kind = EVENT_ACTIVITY_TIMED_OUT, .scheduled_id = 6}));
    cr_assert_eq(server.calls[CALL_ANSWER], 2);
    cr_assert_eq(record_count, 0);
}

/* A worker that has not seen the run before replays it: an old timeout was recorded by the task that saw it. */
Test(approval, old_timeout_is_not_recorded_again)
{
    const struct event events[] = {
        {.kind = EVENT_OTHER}, scheduled(0),
        scheduled(1),          {.kind = EVENT_ACTIVITY_TIMED_OUT, .scheduled_id = 6},
        {.kind = EVENT_OTHER}, {.kind = EVENT_TASK_STARTED},
        {.kind = EVENT_OTHER}, {.kind = EVENT_ACTIVITY_TIMED_OUT, .scheduled_id = 5},
    };
    struct workflow_task *first = first_task("run", rule("ask ask", ">0 >1"));
    struct workflow_task *later = later_task(first, 4, events, 8);
    struct event *all = ARENA_ARRAY(server.arena, first->event_count + later->event_count, struct event);
    for (size_t i = 0; i < first->event_count; i++)
        all[i] = first->events[i];
    for (size_t i = 0; i < later->event_count; i++)
        all[first->event_count + i] = later->events[i];
    later->events = all;
    later->event_count += first->event_count;
    later->first_event_id = 1;
    later->previous_started_id = 9;
    run(later);
    cr_assert_eq(record_count, 1);
    assert_told(0, APPROVAL_TIMED_OUT, 0);
}
