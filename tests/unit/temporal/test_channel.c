/* The loop itself, without a server: nothing listens on port 1. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/limits.h"
#include "temporal/channel.h"

#define METHOD "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo"

static struct channel *channel;
static struct arena *arena;

static void open_channel(void)
{
    arena = arena_new(MIB(1), 0);
    channel = channel_new(&(struct channel_options){
        .target = TEXT("127.0.0.1:1"), .client_name = "workflow-worker", .client_version = "0.0.0"});
    cr_assert_not_null(channel);
}

static void close_channel(void)
{
    channel_free(channel);
    arena_free(arena);
}

TestSuite(channel, .init = open_channel, .fini = close_channel);

struct outcome {
    int code;
    unsigned calls;
};

static void note(void *userdata, const struct rpc_answer *answer)
{
    struct outcome *outcome = userdata;
    outcome->code = answer->code;
    outcome->calls++;
}

Test(channel, a_call_fails_at_once_without_a_server)
{
    struct outcome outcome = {.code = -1};
    (void)channel_call(channel, METHOD, TEXT_NONE, arena, 60000, false, note, &outcome);
    cr_expect_eq(outcome.calls, 0, "never inside channel_call");
    channel_run(channel, true);
    cr_expect_eq(outcome.calls, 1);
    cr_expect_eq(outcome.code, RPC_UNAVAILABLE);
}

Test(channel, a_call_that_waits_ends_at_its_deadline)
{
    struct outcome outcome = {.code = -1};
    (void)channel_call(channel, METHOD, TEXT_NONE, arena, 50, true, note, &outcome);
    channel_run(channel, true);
    cr_expect_eq(outcome.code, RPC_DEADLINE_EXCEEDED);
}

Test(channel, a_call_can_be_canceled)
{
    struct outcome outcome = {.code = -1};
    struct channel_call *call = channel_call(channel, METHOD, TEXT_NONE, arena, 60000, true, note, &outcome);
    channel_cancel(call);
    cr_expect_eq(outcome.calls, 0, "never inside channel_cancel");
    channel_run(channel, true);
    cr_expect_eq(outcome.code, RPC_CANCELED);
    cr_expect_eq(outcome.calls, 1);
}

static void call_once_more(void *userdata, const struct rpc_answer *answer)
{
    struct outcome *outcome = userdata;
    note(userdata, answer);
    if (outcome->calls < 3)
        (void)channel_call(channel, METHOD, TEXT_NONE, arena, 60000, true, call_once_more, outcome);
}

Test(channel, freeing_cancels_calls_and_those_that_they_begin)
{
    struct outcome outcomes[50] = {0};
    for (size_t i = 0; i < 50; i++)
        (void)channel_call(channel, METHOD, TEXT_NONE, arena, 60000, true, call_once_more, &outcomes[i]);
    channel_free(channel);
    channel = NULL;
    for (size_t i = 0; i < 50; i++) {
        cr_expect_eq(outcomes[i].calls, 3);
        cr_expect_eq(outcomes[i].code, RPC_CANCELED);
    }
}

/* ---- timers ---- */

static struct text written;

static void write_letter(void *userdata)
{
    written = arena_print(arena, "%.*s%s", TEXT_ARG(written), (const char *)userdata);
}

Test(channel, timers_run_in_the_order_of_their_time)
{
    written = TEXT("");
    (void)channel_after(channel, 30, write_letter, (void *)(uintptr_t) "d");
    (void)channel_after(channel, 1, write_letter, (void *)(uintptr_t) "b");
    struct channel_timer *gone = channel_after(channel, 5, write_letter, (void *)(uintptr_t) "x");
    (void)channel_after(channel, 20, write_letter, (void *)(uintptr_t) "c");
    (void)channel_after(channel, 0, write_letter, (void *)(uintptr_t) "a");
    struct channel_timer *first = channel_after(channel, 0, write_letter, (void *)(uintptr_t) "y");
    struct channel_timer *last = channel_after(channel, 3600000, write_letter, (void *)(uintptr_t) "z");
    channel_timer_cancel(gone);
    channel_timer_cancel(first);
    channel_timer_cancel(last);
    channel_run(channel, true);
    cr_expect(text_is(written, "abcd"), "%.*s", TEXT_ARG(written));
}

static void stop_loop(void *userdata)
{
    (*(unsigned *)userdata)++;
    channel_stop(channel);
}

Test(channel, stopping_leaves_the_rest_for_the_next_run)
{
    unsigned runs = 0;
    (void)channel_after(channel, 0, stop_loop, &runs);
    (void)channel_after(channel, 0, stop_loop, &runs);
    channel_run(channel, false);
    cr_expect_eq(runs, 1);
    channel_run(channel, false);
    cr_expect_eq(runs, 2);
}

/* A timer that is always due must not keep calls from completing. */
struct restless {
    struct outcome outcome;
    unsigned turns;
};

static void turn(void *userdata)
{
    struct restless *restless = userdata;
    restless->turns++;
    if (restless->outcome.calls == 0)
        (void)channel_after(channel, 0, turn, restless);
}

Test(channel, timers_do_not_starve_calls)
{
    struct restless restless = {0};
    (void)channel_after(channel, 0, turn, &restless);
    (void)channel_call(channel, METHOD, TEXT_NONE, arena, 60000, false, note, &restless.outcome);
    channel_run(channel, true);
    cr_expect_eq(restless.outcome.calls, 1);
}

/* ---- posts ---- */

#define SENDERS 4
#define POSTS   5000

struct sender {
    unsigned number, received;
};

struct message {
    struct sender *sender;
    unsigned number;
};

static struct message messages[SENDERS][POSTS];
static atomic_uint out_of_order;
static unsigned received;

static void receive(void *userdata)
{
    const struct message *message = userdata;
    if (message->sender->received++ != message->number)
        atomic_fetch_add(&out_of_order, 1);
    if (++received == SENDERS * POSTS)
        channel_stop(channel);
}

static void *post_all(void *userdata)
{
    struct sender *sender = userdata;
    for (unsigned i = 0; i < POSTS; i++) {
        messages[sender->number][i] = (struct message){.sender = sender, .number = i};
        channel_post(channel, receive, &messages[sender->number][i]);
    }
    return NULL;
}

Test(channel, other_threads_post_in_order)
{
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.number = i};
        cr_assert_eq(pthread_create(&threads[i], NULL, post_all, &senders[i]), 0);
    }
    channel_run(channel, false);
    for (unsigned i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(received, SENDERS * POSTS);
    cr_expect_eq(out_of_order, 0);
}

static void count(void *userdata)
{
    (*(unsigned *)userdata)++;
}

Test(channel, freeing_runs_what_was_posted_and_drops_timers)
{
    unsigned posted = 0, timed = 0;
    channel_post(channel, count, &posted);
    channel_post(channel, count, &posted);
    (void)channel_after(channel, 0, count, &timed);
    channel_free(channel);
    channel = NULL;
    cr_expect_eq(posted, 2);
    cr_expect_eq(timed, 0);
}

static unsigned turns, posts_run;

static void end_turn(void *userdata)
{
    cr_assert_eq(userdata, &turns);
    turns++;
    cr_assert_geq(posts_run, 1, "after what the turn ran");
}

static void count_post(void *userdata)
{
    (void)userdata;
    cr_assert_eq(turns, posts_run, "never inside another function of the loop");
    if (++posts_run < 3)
        channel_post(channel, count_post, NULL);
}

Test(channel, a_function_runs_after_each_turn)
{
    channel_each_turn(channel, end_turn, &turns);
    channel_post(channel, count_post, NULL);
    channel_run(channel, true);
    cr_expect_eq(posts_run, 3);
    cr_expect_eq(turns, 3);
}

Test(channel, free_accepts_nothing)
{
    channel_free(NULL);
}
