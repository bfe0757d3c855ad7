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

static void note(void *context, const struct rpc_answer *answer)
{
    struct outcome *outcome = context;
    outcome->code = answer->code;
    outcome->calls++;
}

Test(channel, a_call_fails_fast_when_nobody_is_there)
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

static void call_once_more(void *context, const struct rpc_answer *answer)
{
    struct outcome *outcome = context;
    note(context, answer);
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

static void write_letter(void *context)
{
    written = arena_print(arena, "%.*s%s", TEXT_ARG(written), (const char *)context);
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

static void stop_loop(void *context)
{
    (*(unsigned *)context)++;
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

/* A timer that is always due must not keep calls from being heard. */
struct restless {
    struct outcome outcome;
    unsigned turns;
};

static void turn(void *context)
{
    struct restless *restless = context;
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

#define POSTERS 4
#define POSTS   5000

struct poster {
    unsigned number, heard;
};

struct letter {
    struct poster *poster;
    unsigned number;
};

static struct letter letters[POSTERS][POSTS];
static atomic_uint out_of_order;
static unsigned heard;

static void hear(void *context)
{
    const struct letter *letter = context;
    if (letter->poster->heard++ != letter->number)
        atomic_fetch_add(&out_of_order, 1);
    if (++heard == POSTERS * POSTS)
        channel_stop(channel);
}

static void *post_all(void *context)
{
    struct poster *poster = context;
    for (unsigned i = 0; i < POSTS; i++) {
        letters[poster->number][i] = (struct letter){.poster = poster, .number = i};
        channel_post(channel, hear, &letters[poster->number][i]);
    }
    return NULL;
}

Test(channel, other_threads_post_in_order)
{
    struct poster posters[POSTERS];
    pthread_t threads[POSTERS];
    for (unsigned i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){.number = i};
        cr_assert_eq(pthread_create(&threads[i], NULL, post_all, &posters[i]), 0);
    }
    channel_run(channel, false);
    for (unsigned i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(heard, POSTERS * POSTS);
    cr_expect_eq(out_of_order, 0);
}

static void count(void *context)
{
    (*(unsigned *)context)++;
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

Test(channel, free_accepts_nothing)
{
    channel_free(NULL);
}
