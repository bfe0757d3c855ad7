/* Asynchronous actions: their slot is given back, they are performed on a pool of their own. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "tests/unit/worker/server.h"

TestSuite(async, .init = server_set_up, .fini = server_tear_down, .timeout = 60);

static char story[4096]; /* tokens of the answers, each with a mark: + completed, - failed, x canceled */
static unsigned answers, expected_answers;
static const struct call *last;

static void tell(const char *mark, struct text token)
{
    size_t end = text_from(story).size;
    cr_assert_lt(end + token.size + 2, sizeof(story));
    for (size_t i = 0; i < token.size; i++)
        story[end++] = token.data[i];
    story[end] = mark[0];
}

static void note_answer(const struct call *call)
{
    if (call->kind != CALL_COMPLETE && call->kind != CALL_FAIL && call->kind != CALL_CANCELED)
        return;
    last = call;
    answers++;
    tell(call->kind == CALL_COMPLETE ? "+" : call->kind == CALL_FAIL ? "-" : "x", call->token);
    if (answers == expected_answers)
        worker_stop(server.worker);
}

static struct activity_task *async(const char *id, const char *action_type)
{
    struct activity_task *task = activity(id, action_type);
    task->activity_type = TEXT("ExecuteAsyncActionActivity");
    return task;
}

/* Works until there were so many answers. */
static void run_until(unsigned count)
{
    expected_answers = count;
    if (server.on_call == NULL)
        server.on_call = note_answer;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_eq(answers, count);
}

static void open_after_far(const struct call *call)
{
    note_answer(call);
    if (call->kind == CALL_COMPLETE && text_is(call->token, "far"))
        gate_open();
}

Test(async, is_performed_and_completed_by_its_token)
{
    server_give_activity(async("one", "later"));
    run_until(1);
    cr_assert_eq(last->kind, CALL_COMPLETE);
    cr_assert(text_is(last->token, "one"));
    cr_assert(text_is(last->text, "{\"action_id\":\"a0000000-0000-4000-8000-000000000007\",\"action_name\":\"one\","
                                  "\"result\":{\"output\":\"true\"},\"success\":true}"),
              "%.*s", TEXT_ARG(last->text));
}

Test(async, type_asked_for_as_a_plain_one_is_performed_in_its_slot)
{
    server_give_activity(activity("one", "later"));
    run_until(1);
    cr_assert_eq(last->kind, CALL_COMPLETE);
}

Test(async, leaves_its_slot_to_others)
{
    server.options.activities = 1;
    server.on_call = open_after_far;
    server_give_activity(async("hold", "hold"));
    server_give_activity(activity("far", "far"));
    run_until(2);
    cr_assert_str_eq(story, "far+hold+");
}

Test(async, stands_in_line_when_all_threads_are_busy)
{
    server.options.activities = 1;
    server.options.async_threads = 1;
    server.on_call = open_after_far;
    server_give_activity(async("1", "hold"));
    server_give_activity(async("2", "later"));
    server_give_activity(async("3", "later"));
    server_give_activity(activity("far", "far"));
    run_until(4);
    cr_assert_str_eq(story, "far+1+2+3+");
}

/* ---- past the line ---- */

static unsigned beats;
static bool cancel_it;
static int heartbeat_code;

/* The one outside of the line beats; others that come stay where they are. */
static void watch_the_one_outside(const struct call *call)
{
    note_answer(call);
    if (call->kind != CALL_HEARTBEAT)
        return;
    cr_assert(text_is(call->token, "outside"));
    if (++beats <= 5) /* later there is room in the line, and it may beat from there */
        cr_assert_eq(server.activity_polls, 0, "its slot is not free");
    if (beats < 5)
        return;
    if (cancel_it || heartbeat_code != RPC_OK)
        server.reply = (struct reply){.cancel_requested = cancel_it, .code = heartbeat_code};
    else
        gate_open();
}

/* One thread that is busy, a full line behind it, one outside in the only slot, and one that nobody fetches yet. */
static void fill_the_line(void)
{
    server.options.activities = 1;
    server.options.async_threads = 1;
    server.on_call = watch_the_one_outside;
    server_give_activity(async("h", "hold"));
    for (int i = 0; i < LIMIT_ASYNC_QUEUE; i++)
        server_give_activity(async("q", "later"));
    struct activity_task *outside = async("outside", "later");
    outside->heartbeat_ms = 5;
    server_give_activity(outside);
}

Test(async, past_the_line_keeps_its_slot)
{
    fill_the_line();
    server_give_activity(activity("far", "far"));
    run_until(LIMIT_ASYNC_QUEUE + 3);
    cr_assert_geq(beats, 5);
    cr_assert_eq(text_find(text_from(story), TEXT("h+")), 0, "%s", story);
    cr_assert(text_find(text_from(story), TEXT("outside+")) != SIZE_MAX);
    cr_assert(text_find(text_from(story), TEXT("far+")) != SIZE_MAX);
}

static void watch_until_far(const struct call *call)
{
    watch_the_one_outside(call);
    if (call->kind == CALL_COMPLETE && text_is(call->token, "far"))
        gate_open();
}

Test(async, outside_the_line_that_is_canceled_is_not_begun)
{
    fill_the_line();
    cancel_it = true;
    server.on_call = watch_until_far;
    server_give_activity(activity("far", "far"));
    run_until(LIMIT_ASYNC_QUEUE + 3);
    cr_assert_eq(text_find(text_from(story), TEXT("outsidexfar+")), 0, "%s", story);
}

Test(async, outside_the_line_that_nobody_waits_for_is_forgotten)
{
    fill_the_line();
    heartbeat_code = RPC_NOT_FOUND;
    server.on_call = watch_until_far;
    server_give_activity(activity("far", "far"));
    run_until(LIMIT_ASYNC_QUEUE + 2);
    cr_assert_eq(text_find(text_from(story), TEXT("far+")), 0, "%s", story);
    cr_assert_eq(text_find(text_from(story), TEXT("outside")), SIZE_MAX);
}

/* ---- too late ---- */

static void open_the_gate(void *context)
{
    (void)context;
    gate_open();
}

/* When far is fetched, those before it are in line; by then and a little more the time of one is over. */
static void open_a_little_after_far(const struct call *call)
{
    note_answer(call);
    if (call->kind == CALL_COMPLETE && text_is(call->token, "far"))
        (void)channel_after(server_channel(), 2, open_the_gate, NULL);
}

Test(async, past_its_time_is_not_begun)
{
    server.options.activities = 1;
    server.options.async_threads = 1;
    server.on_call = open_a_little_after_far;
    server_give_activity(async("1", "hold"));
    struct activity_task *late = async("late", "later");
    late->close_in_ms = 1;
    server_give_activity(late);
    server_give_activity(async("2", "later"));
    server_give_activity(activity("far", "far"));
    run_until(3);
    cr_assert_str_eq(story, "far+1+2+");
}

/* ---- stop ---- */

static void stop_in_the_middle(void *context)
{
    (void)context;
    gate_await();
    worker_stop(server.worker);
    channel_post(server_channel(), open_the_gate, NULL);
}

/* When it is fetched, those before it are in line. */
static void stop_at_far(const struct call *call)
{
    note_answer(call);
    if (call->kind == CALL_COMPLETE && text_is(call->token, "far"))
        channel_post(server_channel(), stop_in_the_middle, NULL);
}

static void give_two_and_far(void)
{
    server.options.activities = 1;
    server.options.async_threads = 1;
    server.on_call = stop_at_far;
    server_give_activity(async("1", "hold"));
    server_give_activity(async("2", "later"));
    server_give_activity(activity("far", "far"));
}

Test(async, what_was_taken_is_done_before_the_end)
{
    give_two_and_far();
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_str_eq(story, "far+1+2+");
}

static void stop_without_opening(void *context)
{
    (void)context;
    gate_await();
    worker_stop(server.worker);
}

static void stop_and_open_late(const struct call *call)
{
    note_answer(call);
    if (call->kind == CALL_COMPLETE && text_is(call->token, "far"))
        channel_post(server_channel(), stop_without_opening, NULL);
    if (call->kind == CALL_SHUTDOWN)
        (void)channel_after(server_channel(), 100, open_the_gate, NULL);
}

Test(async, what_still_stands_in_line_when_time_is_up_is_left_to_others)
{
    give_two_and_far();
    server.options.stop_timeout_ms = 1;
    server.on_call = stop_and_open_late;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_str_eq(story, "far+1+2-");
    cr_assert(last->retryable);
    cr_assert(text_is(last->text, "async action 2 (a0000000-0000-4000-8000-000000000007): start: canceled before it "
                                  "began"),
              "%.*s", TEXT_ARG(last->text));
}

Test(async, what_does_not_give_up_is_left_behind)
{
    server.options.activities = 1;
    server.options.stop_timeout_ms = 1;
    server_give_activity(async("1", "hold"));
    server_give_activity(activity("far", "far"));
    expected_answers = 1;
    server.on_call = note_answer;
    cr_assert_eq(server_run(), WORKER_ABANDONED);
    cr_assert_str_eq(story, "far+");
}
