/* Start, outage, stop. */
#include <criterion/criterion.h>
#include <stdatomic.h>

#include "tests/unit/worker/server.h"

TestSuite(lifecycle, .init = server_set_up, .fini = server_tear_down, .timeout = 60);

static char ready_story[64]; /* a character for each change: R, n */

static void note_ready(bool ready)
{
    size_t end = text_from(ready_story).size;
    cr_assert_lt(end, sizeof(ready_story) - 1);
    ready_story[end] = ready ? 'R' : 'n';
}

static void note_ready_and_stop(bool ready)
{
    note_ready(ready);
    if (ready)
        worker_stop(server.worker);
}

static void assert_ready_story(const char *story)
{
    cr_assert_str_eq(ready_story, story);
}

/* ---- start ---- */

Test(lifecycle, is_ready_when_the_server_answers)
{
    server.on_ready = note_ready_and_stop;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    assert_ready_story("Rn");
    cr_assert_eq(server.calls[CALL_PING], 1);
    cr_assert_eq(server.calls[CALL_NAMESPACE], 1);
    cr_assert_eq(server.calls[CALL_SHUTDOWN], 1);
    cr_assert_eq(server.workflow_polled, 2);
    cr_assert_eq(server.sticky_polled, 2);
    cr_assert_eq(server.activity_polled, 2);
}

static void be_away_at_first(const struct call *call)
{
    if (call->kind == CALL_PING && server.calls[CALL_PING] == 1)
        server.reply = (struct reply){.code = RPC_UNAVAILABLE, .message = "nobody there"};
    if (call->kind == CALL_NAMESPACE && server.calls[CALL_NAMESPACE] == 1)
        server.reply = (struct reply){.code = RPC_NOT_FOUND, .message = "no such namespace"};
    if (call->kind <= CALL_NAMESPACE)
        cr_assert_eq(server.workflow_polled, 0, "nothing is polled before everything is there");
}

Test(lifecycle, waits_for_the_server_and_for_its_namespace)
{
    server.on_call = be_away_at_first;
    server.on_ready = note_ready_and_stop;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    assert_ready_story("Rn");
    cr_assert_eq(server.calls[CALL_PING], 3);
    cr_assert_eq(server.calls[CALL_NAMESPACE], 2);
}

static atomic_uint asked;

static enum status services_later(void *userdata, struct error *error)
{
    (void)userdata;
    if (atomic_fetch_add(&asked, 1) == 0)
        return error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "no database");
    return STATUS_OK;
}

Test(lifecycle, waits_for_the_services)
{
    server.options.services_ping = services_later;
    server.on_ready = note_ready_and_stop;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    assert_ready_story("Rn");
    cr_assert_eq(atomic_load(&asked), 2);
}

static enum status services_never(void *userdata, struct error *error)
{
    (void)userdata;
    atomic_fetch_add(&asked, 1);
    worker_stop(server.worker);
    return error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "no database");
}

Test(lifecycle, stops_while_it_waits)
{
    server.options.services_ping = services_never;
    server.on_ready = note_ready;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    assert_ready_story("");
    cr_assert_eq(atomic_load(&asked), 1);
    cr_assert_eq(server.workflow_polled, 0);
    cr_assert_eq(server.calls[CALL_SHUTDOWN], 0, "there are no polls to end");
}

/* ---- outage ---- */

static void fail_a_poll(bool ready)
{
    note_ready(ready);
    size_t changes = text_from(ready_story).size;
    if (changes == 3)
        worker_stop(server.worker);
}

Test(lifecycle, is_not_ready_while_polls_fail)
{
    server.poll_failure = RPC_UNAVAILABLE;
    server.on_ready = fail_a_poll;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    assert_ready_story("RnRn");
    cr_assert_eq(server.calls[CALL_NAMESPACE], 2, "the server may be another one now: %u",
                 server.calls[CALL_NAMESPACE]);
}

static void fail_polls_for_a_while(bool ready)
{
    server.polls_failing = ready ? RPC_NOT_FOUND : RPC_OK;
    fail_a_poll(ready);
}

Test(lifecycle, is_not_ready_while_the_server_answers_all_but_polls)
{
    log_capture();
    server.on_ready = fail_polls_for_a_while;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    assert_ready_story("RnRn");
    struct text log = log_captured();
    cr_expect_eq(log_times(log, "\"msg\":\"Polls are failing, retrying\""), 1, "%.*s", TEXT_ARG(log));
    cr_expect_eq(log_times(log, "\"code\":\"NOT_FOUND\""), 1, "%.*s", TEXT_ARG(log));
    cr_expect_eq(log_times(log, "\"msg\":\"Connected to Temporal\""), 2, "%.*s", TEXT_ARG(log));
}

/* ---- stop ---- */

static const struct call *last;
static unsigned answers;

static void note_answer(const struct call *call)
{
    if (call->kind != CALL_COMPLETE && call->kind != CALL_FAIL && call->kind != CALL_ANSWER)
        return;
    last = call;
    answers++;
}

static void open_the_gate(void *context)
{
    (void)context;
    gate_open();
}

/* Once the handler runs: the drain begins first, then the handler ends. */
static void stop_in_the_middle(void *context)
{
    (void)context;
    gate_await();
    worker_stop(server.worker);
    channel_post(server_channel(), open_the_gate, NULL);
}

/* Polls are sent at the end of this turn: their task is there in the next one. */
static void stop_after_the_next_turn(void *context)
{
    channel_post(server_channel(), stop_in_the_middle, context);
}

static void begin_in_the_middle(bool ready)
{
    note_ready(ready);
    if (ready)
        channel_post(server_channel(), stop_after_the_next_turn, NULL);
}

Test(lifecycle, open_tasks_are_answered_before_the_end)
{
    server.on_call = note_answer;
    server.on_ready = begin_in_the_middle;
    server_give_activity(activity("one", "stubborn"));
    cr_assert_eq(server_run(), WORKER_DRAINED);
    assert_ready_story("Rn");
    cr_assert_eq(answers, 1);
    cr_assert_eq(last->kind, CALL_COMPLETE);
    cr_assert_eq(server.activity_polls + server.workflow_polls + server.sticky_polls, 0);
}

static void stop_at_once(void *context)
{
    (void)context;
    worker_stop(server.worker);
}

static void stop_when_polled(bool ready)
{
    note_ready(ready);
    if (ready)
        channel_after(server_channel(), 1, stop_at_once, NULL);
}

Test(lifecycle, handlers_give_up_after_the_stop_timeout)
{
    server.options.stop_timeout_ms = 1;
    server.on_call = note_answer;
    server.on_ready = stop_when_polled;
    server_give_activity(activity("one", "patient"));
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_eq(answers, 1);
    cr_assert_eq(last->kind, CALL_FAIL);
    cr_assert(last->retryable, "the next worker does it again");
}

Test(lifecycle, handler_that_does_not_give_up_is_abandoned)
{
    server.options.stop_timeout_ms = 1;
    server.on_call = note_answer;
    server.on_ready = stop_when_polled;
    server_give_activity(activity("one", "stubborn"));
    cr_assert_eq(server_run(), WORKER_ABANDONED);
    cr_assert_eq(answers, 0);
}

static void give_a_task_while_stopping(const struct call *call)
{
    note_answer(call);
    if (call->kind == CALL_SHUTDOWN)
        server_give_task(first_task("run", rule("pure far", ">0 0>1")), true);
}

Test(lifecycle, late_task_is_answered_and_its_run_not_cached)
{
    server.on_call = give_a_task_while_stopping;
    server.on_ready = note_ready_and_stop;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_eq(answers, 1);
    cr_assert_eq(last->kind, CALL_ANSWER);
    cr_assert_eq(last->command_count, 2);
    cr_assert_eq(last->sticky_queue.size, 0);
    cr_assert_eq(last->eager_activities, 0);
}

static void note_shutdown(const struct call *call)
{
    note_answer(call);
    if (call->kind == CALL_SHUTDOWN)
        cr_assert_eq(answers, 3, "the sticky queue is emptied first");
}

static void give_tasks_and_stop(bool ready)
{
    note_ready_and_stop(ready);
    for (int i = 0; ready && i < 3; i++)
        server_give_task(first_task("run", rule("pure far", ">0 0>1")), true);
}

Test(lifecycle, sticky_queue_is_emptied_before_shutdown_worker)
{
    server.on_call = note_shutdown;
    server.on_ready = give_tasks_and_stop;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_eq(server.calls[CALL_SHUTDOWN], 1);
    cr_assert_eq(answers, 3);
    cr_assert_eq(last->sticky_queue.size, 0);
}

static void refuse_shutdown(const struct call *call)
{
    if (call->kind == CALL_SHUTDOWN)
        server.reply.code = RPC_UNIMPLEMENTED;
}

Test(lifecycle, sticky_polls_are_canceled_when_the_server_does_not_end_them)
{
    server.on_call = refuse_shutdown;
    server.on_ready = note_ready_and_stop;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_eq(server.sticky_polls, 0);
}

Test(lifecycle, two_queues_are_polled_each_with_its_own_sticky_queue)
{
    static const struct text queues[] = {{"one", 3}, {"two", 3}};
    server.options.queues = queues;
    server.options.queue_count = 2;
    server.on_ready = note_ready_and_stop;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_eq(server.workflow_polled, 4);
    cr_assert_eq(server.sticky_polled, 4);
    cr_assert_eq(server.calls[CALL_SHUTDOWN], 2);
}

Test(lifecycle, without_a_cache_there_are_no_sticky_polls)
{
    server.options.cache_bytes = 0;
    server.on_ready = note_ready_and_stop;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_eq(server.sticky_polled, 0);
    cr_assert_eq(server.calls[CALL_SHUTDOWN], 0);
}
