/* /debug of a worker with much to do: everything is counted, and listed up to a bound. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "tests/unit/worker/server.h"
#include "worker/debug.h"

TestSuite(worker_debug, .init = server_set_up, .fini = server_tear_down, .timeout = 60);

#define BEYOND 3

/* Asked until it says `awaited`, then the worker is stopped. */
static struct {
    const char *awaited;
    pthread_t thread;
    struct buffer page;
} debug;

static bool is_told(void)
{
    debug.page.size = 0;
    return worker_debug(server.worker, &debug.page) &&
           text_find(buffer_text(&debug.page), text_from(debug.awaited)) != SIZE_MAX;
}

static void *ask(void *argument)
{
    (void)argument;
    while (!is_told())
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    gate_open();
    worker_stop(server.worker);
    return NULL;
}

static void ask_when_ready(bool ready)
{
    if (ready)
        cr_assert_eq(pthread_create(&debug.thread, NULL, ask, NULL), 0);
}

static struct json_value page_when(const char *awaited)
{
    struct arena *arena = arena_new(MIB(8), 0);
    debug.awaited = awaited;
    debug.page = buffer_in(arena, MIB(4));
    server.on_ready = ask_when_ready;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_eq(pthread_join(debug.thread, NULL), 0);
    struct json_value page;
    struct error error = ERROR_IN(server.arena);
    cr_assert_eq(json_read(server.arena, arena_copy(server.arena, buffer_text(&debug.page)), &page, &error), STATUS_OK,
                 "%.*s", TEXT_ARG(error.message));
    arena_free(arena);
    return page;
}

/* Lives as long as the test. */
static const char *number(size_t value)
{
    return arena_print(server.arena, "n-%03zu", value).data;
}

Test(worker_debug, runs_are_listed_up_to_a_bound)
{
    char awaited[64];
    for (unsigned i = 0; i < LIMIT_DEBUG_RUNS + BEYOND; i++)
        server_give_task(first_task(number(i), rule("far", ">0")), false);
    (void)snprintf(awaited, sizeof(awaited), "\"cache\":{\"runs\":%u,", LIMIT_DEBUG_RUNS + BEYOND);
    struct json_value page = page_when(awaited);
    const struct json_value *runs = json_get(&page, TEXT("runs"));
    cr_assert_eq(runs->array.count, LIMIT_DEBUG_RUNS);
    for (size_t i = 0; i < runs->array.count; i++) {
        const char *run = number(i);
        cr_expect(text_is(json_get_text(&runs->array.items[i], TEXT("run_id")), run), "the oldest first: %s", run);
    }
}

Test(worker_debug, activities_are_listed_up_to_a_bound)
{
    char awaited[64];
    server.options.activities = LIMIT_DEBUG_TASKS + BEYOND;
    for (unsigned i = 0; i < LIMIT_DEBUG_TASKS + BEYOND; i++)
        server_give_activity(activity(number(i), "stubborn"));
    (void)snprintf(awaited, sizeof(awaited), "\"activities\":{\"used\":%u,", LIMIT_DEBUG_TASKS + BEYOND);
    struct json_value page = page_when(awaited);
    const struct json_value *activities = json_get(&page, TEXT("activities"));
    cr_assert_eq(activities->array.count, LIMIT_DEBUG_TASKS);
    cr_expect(text_is(json_get_text(&activities->array.items[0], TEXT("run_id")), "run"));
}

/* ---- the watchdog ---- */

static struct {
    int times;
    int64_t due_us;
} watched;

static void note_due(void *userdata, int64_t due_us)
{
    (void)userdata;
    cr_expect_gt(due_us, clock_monotonic_us());
    cr_expect_gt(due_us, watched.due_us);
    watched.due_us = due_us;
    if (++watched.times == 3)
        worker_stop(server.worker);
}

Test(worker_debug, the_loop_says_when_it_turns_next)
{
    server.options.due_changed = note_due;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_geq(watched.times, 3);
}
