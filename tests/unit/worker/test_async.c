/* Asynchronous actions: their slot is given back, they are performed on a pool of their own. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "tests/unit/worker/server.h"

TestSuite(async, .init = server_set_up, .fini = server_tear_down, .timeout = 60);

static char story[4096]; /* tokens of the answers, each with a mark: + completed, - failed, x canceled */
static unsigned answers, expected_answers;
static const struct call *last;

static void add_to_story(const char *mark, struct text token)
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
    add_to_story(call->kind == CALL_COMPLETE ? "+" : call->kind == CALL_FAIL ? "-" : "x", call->token);
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

Test(async, async_type_in_a_plain_activity_runs_in_its_slot)
{
    server_give_activity(activity("one", "later"));
    run_until(1);
    cr_assert_eq(last->kind, CALL_COMPLETE);
}

Test(async, frees_its_slot)
{
    server.options.activities = 1;
    server.on_call = open_after_far;
    server_give_activity(async("hold", "hold"));
    server_give_activity(activity("far", "far"));
    run_until(2);
    cr_assert_str_eq(story, "far+hold+");
}

Test(async, queues_when_all_threads_are_busy)
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

/* ---- behind the full queue ---- */

static unsigned beats;
static enum activity_demand demand;
static int heartbeat_code;

/* The one that waits sends heartbeats; others that come stay where they are. */
static void watch_the_waiting_one(const struct call *call)
{
    note_answer(call);
    if (call->kind != CALL_HEARTBEAT)
        return;
    cr_assert(text_is(call->token, "waiting"));
    if (++beats <= 5) /* later there is room in the queue, and it may send heartbeats from there */
        cr_assert_eq(server.activity_polls, 0, "its slot is not free");
    if (beats < 5)
        return;
    if (demand != ACTIVITY_CONTINUE || heartbeat_code != RPC_OK)
        server.reply = (struct reply){.demand = demand, .code = heartbeat_code};
    else
        gate_open();
}

/* One thread that is busy, a full queue behind it, one that waits in the only slot, and one that nobody polls yet. */
static void fill_the_queue(void)
{
    server.options.activities = 1;
    server.options.async_threads = 1;
    server.on_call = watch_the_waiting_one;
    server_give_activity(async("h", "hold"));
    for (int i = 0; i < LIMIT_ASYNC_QUEUE; i++)
        server_give_activity(async("q", "later"));
    struct activity_task *waiting = async("waiting", "later");
    waiting->heartbeat_ms = 5;
    server_give_activity(waiting);
}

Test(async, keeps_its_slot_when_the_queue_is_full)
{
    fill_the_queue();
    server_give_activity(activity("far", "far"));
    run_until(LIMIT_ASYNC_QUEUE + 3);
    cr_assert_geq(beats, 5);
    cr_assert_eq(text_find(text_from(story), TEXT("h+")), 0, "%s", story);
    cr_assert(text_find(text_from(story), TEXT("waiting+")) != SIZE_MAX);
    cr_assert(text_find(text_from(story), TEXT("far+")) != SIZE_MAX);
}

static void watch_until_far(const struct call *call)
{
    watch_the_waiting_one(call);
    if (call->kind == CALL_COMPLETE && text_is(call->token, "far"))
        gate_open();
}

Test(async, canceled_while_waiting_is_not_started)
{
    fill_the_queue();
    demand = ACTIVITY_CANCEL;
    server.on_call = watch_until_far;
    server_give_activity(activity("far", "far"));
    run_until(LIMIT_ASYNC_QUEUE + 3);
    cr_assert_eq(text_find(text_from(story), TEXT("waitingxfar+")), 0, "%s", story);
}

Test(async, dropped_while_waiting_when_its_run_is_over)
{
    fill_the_queue();
    heartbeat_code = RPC_NOT_FOUND;
    server.on_call = watch_until_far;
    server_give_activity(activity("far", "far"));
    run_until(LIMIT_ASYNC_QUEUE + 2);
    cr_assert_eq(text_find(text_from(story), TEXT("far+")), 0, "%s", story);
    cr_assert_eq(text_find(text_from(story), TEXT("waiting")), SIZE_MAX);
}

/* ---- too late ---- */

static void open_the_gate(void *context)
{
    (void)context;
    gate_open();
}

/* When far is fetched, those before it are in the queue; a little later one of them has timed out. */
static void open_a_little_after_far(const struct call *call)
{
    note_answer(call);
    if (call->kind == CALL_COMPLETE && text_is(call->token, "far"))
        (void)channel_after(server_channel(), 2, open_the_gate, NULL);
}

Test(async, timed_out_in_the_queue_is_not_started)
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

/* When it is fetched, those before it are in the queue. */
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

Test(async, queued_actions_finish_before_the_worker_ends)
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

Test(async, queued_actions_are_not_started_after_the_stop_timeout)
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

Test(async, handler_that_does_not_give_up_is_abandoned)
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
