/* Actions that wait for a signal: which signal ends which action, and which signals a run keeps. */
#include "base/limits.h"
#include "tests/engine/suite.h"

TestSuite(wait, SCENE_LOCAL);

#define ANSWER(source, target, output)                                                                                 \
    "{\"source_action_id\":\"" ID_##source "\",\"target_action_id\":\"" ID_##target "\",\"edge_type\":\"sequence\","   \
                                                                                    "\"source_output\":\"" output      \
                                                                                    "\"}"
#define WAITING(config)                                                                                                \
    RULE(ACTION(A, "wait_for", config) "," ACTION(B, "call", "{\"text\":\"{{A.payload}}\"}") "," ACTION(C, "call",     \
                                                                                                        "{}"),         \
         START(A) "," ANSWER(A, B, "received") "," ANSWER(A, C, "timed_out"))
#define ABOVE_TEN                                                                                                      \
    "{\"signal\":\"paid\",\"timeout\":\"2h\",\"conditions\":[{\"field_name\":\"amount\",\"operator\":"                 \
    "\"greater_than\",\"value\":10}]}"

static void send_signal(const char *name, const char *payload)
{
    scene_event(&scene, (struct event){
                            .kind = EVENT_SIGNALED, .activity_type = text_from(name), .payload = text_from(payload)});
}

/* Starts the rule, whose wait begins. Returns the event of its timer. */
static int64_t wait_for(const char *rule)
{
    scene_start(&scene, rule);
    scene_task(&scene);
    expect_commands(&scene, "record A; start timer A");
    scene_event(&scene, (struct event){.kind = EVENT_RESULT_RECORDED,
                                       .activity_id = scene.commands.items[0].activity_id,
                                       .payload = scene.commands.items[0].payload});
    return scene_event(&scene, (struct event){.kind = EVENT_TIMER_STARTED,
                                              .activity_id = TEXT(ID_A),
                                              .duration_ms = scene.commands.items[1].duration_ms});
}

static void expect_result(const char *expected)
{
    struct run_action action;
    run_action_at(scene.run, 0, &action);
    cr_expect(text_is(action.result, expected), "%.*s", TEXT_ARG(action.result));
}

Test(wait, a_signal_that_matches_ends_it)
{
    (void)wait_for(WAITING(ABOVE_TEN));
    cr_expect_eq(scene.commands.items[1].duration_ms, 7200000);
    cr_expect(text_is(scene.commands.items[0].activity_id, ID_A "/waits"));
    send_signal("paid", "{\"amount\":9}");
    send_signal("sent", "{\"amount\":90}");
    scene_task(&scene);
    expect_commands(&scene, "");
    send_signal("paid", "{\"amount\":11,\"output\":\"timed_out\"}");
    scene_task(&scene);
    expect_commands(&scene, "record A; cancel timer A; schedule B");
    expect_result("{\"output\":\"received\",\"payload\":{\"amount\":11,\"output\":\"timed_out\"}}");
}

Test(wait, a_signal_that_came_before_it_began_counts)
{
    scene_start(&scene, WAITING(ABOVE_TEN));
    send_signal("paid", "{\"amount\":1}");
    send_signal("paid", "{\"amount\":12}");
    scene_task(&scene);
    expect_commands(&scene, "schedule B; record A");
}

Test(wait, a_signal_ends_one_wait)
{
    static const char rule[] = RULE(ACTION(A, "wait_for", "{\"signal\":\"go\",\"timeout\":\"1h\"}") "," ACTION(
                                        B, "wait_for", "{\"signal\":\"go\",\"timeout\":\"1h\"}"),
                                    START(A) "," EDGE(A, B, "sequence"));
    (void)wait_for(rule);
    send_signal("go", "");
    scene_task(&scene);
    expect_commands(&scene, "record A; cancel timer A; record B; start timer B");
    expect_result("{\"output\":\"received\",\"payload\":{}}");
}

Test(wait, a_payload_that_is_no_object_has_a_value)
{
    (void)wait_for(WAITING("{\"signal\":\"paid\",\"timeout\":\"1h\",\"conditions\":[{\"field_name\":\"value\","
                           "\"operator\":\"equals\",\"value\":7}]}"));
    send_signal("paid", "6");
    send_signal("paid", "7");
    scene_task(&scene);
    expect_result("{\"output\":\"received\",\"payload\":{\"value\":7}}");
}

Test(wait, one_condition_of_two_is_enough_with_or)
{
    (void)wait_for(WAITING("{\"signal\":\"paid\",\"timeout\":\"1h\",\"logic_type\":\"or\",\"conditions\":["
                           "{\"field_name\":\"a\",\"operator\":\"equals\",\"value\":1},"
                           "{\"field_name\":\"b\",\"operator\":\"is_not_null\"}]}"));
    send_signal("paid", "{\"a\":2}");
    scene_task(&scene);
    expect_commands(&scene, "");
    send_signal("paid", "{\"a\":2,\"b\":0}");
    scene_task(&scene);
    expect_commands(&scene, "record A; cancel timer A; schedule B");
}

Test(wait, without_a_signal_its_time_is_up)
{
    int64_t timer = wait_for(WAITING(ABOVE_TEN));
    send_signal("paid", "{\"amount\":1}");
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_FIRED, .scheduled_id = timer});
    send_signal("paid", "{\"amount\":100}");
    scene_task(&scene);
    expect_commands(&scene, "record A; schedule C");
    expect_result("{\"output\":\"timed_out\",\"payload\":{}}");
}

Test(wait, a_signal_before_the_end_of_its_time_counts)
{
    int64_t timer = wait_for(WAITING(ABOVE_TEN));
    send_signal("paid", "{\"amount\":100}");
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_FIRED, .scheduled_id = timer});
    scene_task(&scene);
    expect_commands(&scene, "record A; schedule B");
}

Test(wait, without_an_edge_for_it_the_end_of_the_time_fails)
{
    int64_t timer = wait_for(RULE(ACTION(A, "wait_for", "{\"signal\":\"paid\",\"timeout\":\"1h\"}"), START(A)));
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_FIRED, .scheduled_id = timer});
    scene_task(&scene);
    expect_commands(&scene, "record A; fail execute action A (" ID_A "): action A (" ID_A
                            "): no matching signal paid came in time");
}

Test(wait, a_config_that_cannot_be_read_fails)
{
    scene_start(&scene, RULE(ACTION(A, "wait_for", "{\"signal\":\"paid\",\"timeout\":\"soon\"}"), START(A)));
    scene_task(&scene);
    expect_commands(&scene, "record A; fail execute action A (" ID_A "): action A (" ID_A
                            "): timeout must be a duration such as 90s, 2h or 7d");
}

Test(wait, a_canceled_run_cancels_its_timer)
{
    (void)wait_for(WAITING(ABOVE_TEN));
    scene_event(&scene, (struct event){.kind = EVENT_CANCEL_REQUESTED});
    scene_task(&scene);
    expect_commands(&scene, "cancel timer A; cancel");
}

Test(wait, a_timer_that_has_fired_is_not_canceled)
{
    int64_t timer = wait_for(WAITING(ABOVE_TEN));
    scene_event(&scene, (struct event){.kind = EVENT_CANCEL_REQUESTED});
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_FIRED, .scheduled_id = timer});
    scene_task(&scene);
    expect_commands(&scene, "cancel");
}

Test(wait, the_latest_signals_are_kept)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "wait_for",
                                                                "{\"signal\":\"paid\",\"timeout\":"
                                                                "\"1h\"}"),
                             START(A) "," EDGE(A, B, "sequence")));
    int64_t id = scene_scheduled(&scene, ID_A);
    for (unsigned i = 0; i < LIMIT_SIGNALS + 50; i++)
        send_signal("paid", arena_print(scene.arena, "{\"n\":%u}", i).data);
    size_t bytes = run_bytes(scene.run);
    for (unsigned i = 0; i < 4 * LIMIT_SIGNALS; i++)
        send_signal("paid", "{\"n\":1000000}");
    cr_expect_lt(run_bytes(scene.run), 4 * bytes, "%zu after %zu", run_bytes(scene.run), bytes);
    struct text large = arena_print(scene.arena, "{\"n\":\"%0600000d\"}", 0);
    send_signal("paid", large.data);
    scene_done(&scene, id, "{\"result\":{}}");
    scene_task(&scene);
    struct run_action action;
    run_action_at(scene.run, 1, &action);
    cr_expect(text_is(action.result, "{\"output\":\"received\",\"payload\":{\"n\":1000000}}"), "%.*s",
              TEXT_ARG(action.result));
}

/* ---- the run that continues this one ---- */

Test(wait, the_next_run_waits_for_the_rest_with_the_signals_kept)
{
    static struct run_policy policy;
    policy = scene_activities;
    policy.continue_after = 8;
    scene_end();
    scene_open(&scene, &policy);
    scene_start(&scene, WAITING(ABOVE_TEN));
    scene_task(&scene);
    expect_commands(&scene, "record A; start timer A");
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_STARTED,
                                       .activity_id = TEXT(ID_A),
                                       .time_us = INT64_C(1000000000),
                                       .duration_ms = 7200000});
    for (unsigned i = 0; i < 6; i++)
        send_signal("paid", arena_print(scene.arena, "{\"amount\":%u}", i).data);
    scene_task(&scene);
    expect_commands(&scene, "continue as new");
    struct text input = arena_copy(scene.arena, scene.commands.items[0].payload);
    cr_expect_neq(text_find(input, TEXT("\"waits\":{\"" ID_A "\":8200000000}")), SIZE_MAX, "%.*s", TEXT_ARG(input));
    cr_expect_neq(text_find(input, TEXT("{\"name\":\"paid\",\"payload\":{\"amount\":5}}]")), SIZE_MAX);

    struct scene next;
    scene_open(&next, &scene_activities);
    scene_event(&next, (struct event){.kind = EVENT_STARTED,
                                      .activity_type = TEXT("ExecuteGraphWorkflow"),
                                      .time_us = INT64_C(2000000000),
                                      .payload = input});
    scene_task(&next);
    expect_commands(&next, "record A; start timer A");
    cr_expect_eq(next.commands.items[1].duration_ms, 6200000);
    scene_close(&next);
}
