/* How many polls there are follows demand. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/worker/server.h"

TestSuite(polls, .init = server_set_up, .fini = server_tear_down, .timeout = 60);

/* What a test does, one step after another: each begins when so many polls of each kind are under way and so many
   tasks are answered. */
struct step {
    unsigned workflow, sticky, activity;
    void (*act)(void);
    unsigned answered;
};

static const struct step *next;

static void look(void *context)
{
    (void)context;
    if (server.workflow_polls != next->workflow || server.sticky_polls != next->sticky ||
        server.activity_polls != next->activity ||
        server.calls[CALL_COMPLETE] + server.calls[CALL_ANSWER] < next->answered) {
        channel_after(server_channel(), 1, look, NULL);
        return;
    }
    (next++)->act();
    if (next->act != NULL)
        channel_post(server_channel(), look, NULL);
}

static void begin(bool ready)
{
    static bool begun;
    if (ready && !begun)
        look(NULL);
    begun = true;
}

/* The last step stops the worker. */
static void run_steps(const struct step *steps)
{
    next = steps;
    server.on_ready = begin;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_null(next->act, "every step was taken");
    cr_assert_eq(server.workflow_polls + server.sticky_polls + server.activity_polls, 0);
}

static void stop(void)
{
    worker_stop(server.worker);
}

static const char *name(const char *what)
{
    static unsigned count;
    char text[32];
    (void)snprintf(text, sizeof text, "%s %u", what, ++count);
    return arena_copy(server.arena, text_from(text)).data;
}

static void give_activities(void)
{
    for (int i = 0; i < 40; i++)
        server_give_activity(activity(name("activity"), "far"));
}

static void give_activity(void)
{
    server_give_activity(activity(name("activity"), "far"));
}

static void give_runs(void)
{
    for (int i = 0; i < 60; i++)
        server_give_task(first_task(name("run"), rule("pure", ">0")), false);
}

static void give_sticky_tasks(void)
{
    for (int i = 0; i < 40; i++)
        server_give_task(first_task(name("run"), rule("pure", ">0")), true);
}

static void end_all(void)
{
    server_end_polls(100, RPC_OK);
}

static void end_one(void)
{
    server_end_polls(1, RPC_OK);
}

Test(polls, activity_polls_grow_to_the_most_and_shrink_to_two)
{
    server.options.activities = 100;
    run_steps((struct step[]){
        {2, 2, 2, give_activities}, {2, 2, 8, end_one}, {2, 2, 7, end_one}, {2, 2, 6, end_all}, {2, 2, 2, stop}, {0}});
    cr_assert_eq(server.polls_most, 8);
}

Test(polls, each_kind_follows_its_own_demand)
{
    run_steps((struct step[]){{2, 2, 2, give_runs},
                              {8, 2, 2, give_sticky_tasks},
                              {8, 8, 2, end_all},
                              {2, 2, 2, give_sticky_tasks},
                              {2, 8, 2, stop},
                              {0}});
    cr_assert_eq(server.polls_most, 8);
}

Test(polls, two_is_the_most_by_setting)
{
    server.options.polls_max = 2;
    server.options.activity_polls_max = 2;
    server.options.activities = 100;
    run_steps((struct step[]){
        {2, 2, 2, give_activities}, {2, 2, 2, give_runs, 40}, {2, 2, 2, end_all, 100}, {2, 2, 2, stop}, {0}});
    cr_assert_eq(server.polls_most, 2);
}

Test(polls, half_of_the_slots_are_for_tasks)
{
    server.options.polls_max = 50;
    server.options.activity_polls_max = 50;
    server.options.activities = 10;
    run_steps((struct step[]){{2, 2, 2, give_activities}, {2, 2, 5, end_all}, {2, 2, 2, stop}, {0}});
    cr_assert_eq(server.polls_most, 5);
}

/* Workflow and sticky polls share the slots: neither keeps the other from its two. */
Test(polls, the_least_polls_have_a_slot_of_the_shared_half)
{
    server.options.polls_max = 1000;
    run_steps((struct step[]){
        {2, 2, 2, give_runs}, {48, 2, 2, give_sticky_tasks}, {48, 2, 2, end_all, 100}, {2, 2, 2, stop}, {0}});
}

Test(polls, one_slot_is_one_poll)
{
    server.options.activities = 1;
    run_steps((struct step[]){{2, 2, 1, give_activities}, {2, 2, 1, end_all, 40}, {2, 2, 1, stop}, {0}});
}

/* ---- new runs wait ---- */

static void give_late_sticky_task(void)
{
    struct workflow_task *task = first_task(name("run"), rule("pure", ">0"));
    task->waited_us = 2000000;
    server_give_task(task, true);
}

static void do_nothing(void)
{
}

/* One poll of the normal queue at a time, until a second has passed. */
Test(polls, new_runs_wait_while_sticky_tasks_are_late)
{
    run_steps((struct step[]){{2, 2, 2, give_late_sticky_task},
                              {2, 3, 2, end_all, 1},
                              {0, 2, 2, do_nothing},
                              {1, 2, 2, do_nothing},
                              {2, 2, 2, stop},
                              {0}});
}

/* ---- what the server suggests ---- */

static const int five_more = 5, far_more = 1000, far_less = -1000, as_many = 0;

static void suggest_five_more(void)
{
    server.scale_delta = &five_more;
    give_activity();
}

static void suggest_far_more(void)
{
    server.scale_delta = &far_more;
    give_activity();
}

static void suggest_far_less(void)
{
    server.scale_delta = &far_less;
    end_all();
}

static void suggest_nothing_new(void)
{
    server.scale_delta = &as_many;
    give_activities();
    end_all();
}

Test(polls, the_server_knows_better)
{
    server.options.activities = 100;
    run_steps((struct step[]){{2, 2, 2, suggest_five_more},
                              {2, 2, 7, suggest_nothing_new},
                              {2, 2, 7, suggest_far_more, 41},
                              {2, 2, 8, suggest_far_less},
                              {2, 2, 2, stop},
                              {0}});
    cr_assert_eq(server.polls_most, 8);
}

/* ---- failures and the end ---- */

static unsigned started;

static void fail_all(void)
{
    started = server.activity_polled;
    server_end_polls(100, RPC_UNAVAILABLE);
}

static void stop_after_failure(void)
{
    cr_assert_eq(server.activity_polled, started + 2, "%u polls", server.activity_polled - started);
    stop();
}

Test(polls, polls_that_fail_are_two_again)
{
    server.options.activities = 100;
    run_steps((struct step[]){
        {2, 2, 2, give_activities}, {2, 2, 8, fail_all}, {0, 0, 0, end_one}, {2, 2, 2, stop_after_failure}, {0}});
    cr_assert_eq(server.calls[CALL_NAMESPACE], 2);
}

static unsigned answers;

static void note_answer(const struct call *call)
{
    answers += call->kind == CALL_ANSWER;
    if (call->kind == CALL_SHUTDOWN)
        cr_assert_eq(answers, 100, "the sticky queue is emptied first: %u", answers);
}

static void stop_and_give_sticky_tasks(void)
{
    stop();
    give_sticky_tasks();
}

Test(polls, a_worker_drains_with_many_polls)
{
    server.options.activities = 100;
    server.on_call = note_answer;
    run_steps(
        (struct step[]){{2, 2, 2, give_activities}, {2, 2, 8, give_runs}, {8, 2, 8, stop_and_give_sticky_tasks}, {0}});
    cr_assert_eq(answers, 100);
    cr_assert_eq(server.calls[CALL_COMPLETE], 40);
}
