/* Actions that wait for a person: how long they wait, and how they end without an answer. */
#include "base/limits.h"
#include "tests/engine/suite.h"

TestSuite(human, SCENE_LOCAL);

#define HOUR_MS INT64_C(3600000)
#define ANSWER(source, target, output)                                                                                 \
    "{\"source_action_id\":\"" ID_##source "\",\"target_action_id\":\"" ID_##target "\",\"edge_type\":\"sequence\","   \
                                                                                    "\"source_output\":\"" output      \
                                                                                    "\"}"
#define WHO "\"who\":[\"ana\",\"marco\"]"

/* A asks; B runs when approved, C when rejected. */
#define ASKING(config, more_actions, more_edges)                                                                       \
    RULE(ACTION(A, "ask", config) "," ACTION(B, "call", "{\"text\":\"{{A.output}}\"}") "," ACTION(C, "call", "{}")     \
             more_actions,                                                                                             \
         START(A) "," ANSWER(A, B, "approved") "," ANSWER(A, C, "rejected") more_edges)
/* D runs when nobody answers. */
#define MINDED                                                                                                         \
    ASKING("{\"hours\":24," WHO "}", "," ACTION(D, "call", "{\"text\":\"{{A.output}}\"}"),                             \
           "," ANSWER(A, D, "timed_out"))
#define UNMINDED ASKING("{\"hours\":24," WHO "}", "", "")

static int64_t timeout_of(const char *config)
{
    struct scene one;
    scene_open(&one, &scene_local);
    struct text action = arena_print(scene.arena,
                                     "{\"id\":\"" ID_A "\",\"name\":\"A\",\"action_type\":\"ask\",\"is_active\":true,"
                                     "\"action_config\":%s}",
                                     config);
    struct text input = arena_print(scene.arena, RULE("%s", START(A)), action.data);
    cr_assert_not_null(input.data);
    scene_start(&one, input.data);
    scene_task(&one);
    cr_assert_eq(one.commands.count, 1);
    const struct command *command = &one.commands.items[0];
    cr_assert_eq(command->kind, COMMAND_SCHEDULE_ACTIVITY);
    cr_assert(text_is(command->activity_type, "ExecuteAsyncActionActivity"));
    cr_assert_eq(command->timing.retry_attempts, 1);
    int64_t timeout = command->timing.start_to_close_ms;
    scene_close(&one);
    return timeout;
}

Test(human, waits_as_long_as_its_config_says)
{
    cr_expect_eq(timeout_of("{\"hours\":5}"), 5 * HOUR_MS);
    cr_expect_eq(timeout_of("{\"Hours\":1e1}"), 10 * HOUR_MS, "as configs are read");
}

Test(human, waits_for_the_default_without_a_config)
{
    static const char *const configs[] = {"null",
                                          "{}",
                                          "{\"hours\":0}",
                                          "{\"hours\":-3}",
                                          "{\"hours\":null}",
                                          "{\"hours\":1.5}",
                                          "{\"hours\":\"9\"}",
                                          "{\"hours\":[]}"};
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++)
        cr_expect_eq(timeout_of(configs[i]), 168 * HOUR_MS, "%s", configs[i]);
}

Test(human, waits_for_ten_years_at_most)
{
    cr_expect_eq(timeout_of("{\"hours\":87599}"), 87599 * HOUR_MS);
    cr_expect_eq(timeout_of("{\"hours\":87601}"), LIMIT_ANSWER_TIME_MS);
    cr_expect_eq(timeout_of("{\"hours\":9223372036854775807}"), LIMIT_ANSWER_TIME_MS);
}

static void ask(const char *input)
{
    scene_start(&scene, input);
    scene_task(&scene);
    expect_commands(&scene, "schedule A");
}

static void time_out(int64_t scheduled_id)
{
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_TIMED_OUT,
                                       .scheduled_id = scheduled_id,
                                       .failure = TEXT("activity StartToClose timeout")});
    scene_task(&scene);
}

static int64_t scheduled_for(int64_t duration_ms)
{
    return scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_SCHEDULED,
                                              .activity_id = TEXT(ID_A),
                                              .activity_type = TEXT("ExecuteAsyncActionActivity"),
                                              .duration_ms = duration_ms});
}

Test(human, an_answer_takes_its_edge)
{
    ask(MINDED);
    scene_done(&scene, scheduled_for(24 * HOUR_MS),
               "{\"action_id\":\"00000000-0000-0000-0000-000000000000\",\"action_name\":\"A\",\"success\":true,"
               "\"result\":{\"output\":\"rejected\",\"resolved_by\":\"ana\"}}");
    scene_task(&scene);
    expect_commands(&scene, "schedule C");
    cr_expect_str_eq(scene_state(&scene, "D"), "dead");
}

Test(human, no_answer_takes_the_timed_out_edge)
{
    ask(MINDED);
    time_out(scheduled_for(24 * HOUR_MS));
    expect_commands(&scene, "schedule D");
    struct text payload = scene.commands.items[0].payload;
    cr_expect_neq(text_find(payload, TEXT("\"A.output\":\"timed_out\"")), SIZE_MAX, "%.*s", TEXT_ARG(payload));
    cr_expect_str_eq(scene_state(&scene, "A"), "finished");
    cr_expect_str_eq(scene_state(&scene, "B"), "dead");
    cr_expect_str_eq(scene_state(&scene, "C"), "dead");
    struct run_action action;
    run_action_at(scene.run, 0, &action);
    cr_expect(text_is(action.result, "{\"output\":\"timed_out\"}"), "%.*s", TEXT_ARG(action.result));

    scene_done(&scene, scene_scheduled(&scene, ID_D), "{\"result\":{}}");
    scene_task(&scene);
    expect_commands(&scene, "complete");
}

Test(human, no_answer_fails_without_a_timed_out_edge)
{
    ask(UNMINDED);
    time_out(scheduled_for(24 * HOUR_MS));
    expect_commands(&scene, "fail execute action A (" ID_A "): nobody answered within 24 h; asked: ana, marco");
    cr_expect_str_eq(scene_state(&scene, "A"), "failed");
    cr_expect_str_eq(scene_state(&scene, "B"), "dead");
}

Test(human, failure_has_the_duration_of_the_history)
{
    ask(UNMINDED);
    time_out(scheduled_for(168 * HOUR_MS));
    expect_commands(&scene, "fail execute action A (" ID_A "): nobody answered within 168 h; asked: ana, marco");
}

Test(human, failure_has_the_duration_of_the_config)
{
    ask(UNMINDED);
    time_out(scheduled_for(0));
    expect_commands(&scene, "fail execute action A (" ID_A "): nobody answered within 24 h; asked: ana, marco");
}

Test(human, failure_has_a_duration_in_any_unit)
{
    ask(UNMINDED);
    time_out(scheduled_for(5400000));
    expect_commands(&scene, "fail execute action A (" ID_A "): nobody answered within 1h30m; asked: ana, marco");
}

Test(human, failure_without_a_list_of_people)
{
    ask(ASKING("{\"hours\":1,\"who\":[5,null]}", "", ""));
    time_out(scheduled_for(HOUR_MS));
    expect_commands(&scene, "fail execute action A (" ID_A "): nobody answered within 1 h");
}

Test(human, a_failed_activity_is_not_a_timeout)
{
    ask(MINDED);
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_FAILED,
                                       .scheduled_id = scheduled_for(24 * HOUR_MS),
                                       .failure = TEXT("no such table")});
    scene_task(&scene);
    expect_commands(&scene, "fail execute action A (" ID_A "): no such table");
    cr_expect_str_eq(scene_state(&scene, "D"), "dead");
}

Test(human, other_actions_that_time_out_fail_despite_their_edges)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{" WHO "}") "," ACTION(B, "call", "{}"),
                             START(A) "," ANSWER(A, B, "timed_out")));
    scene_task(&scene);
    time_out(scene_scheduled(&scene, ID_A));
    expect_commands(&scene, "fail execute action A (" ID_A "): activity StartToClose timeout");
}

/* The Go worker numbers its activities and waits for a week. */
Test(human, an_action_that_the_go_worker_scheduled)
{
    scene_start(&scene, MINDED);
    scene_event(&scene, (struct event){.kind = EVENT_OTHER});
    int64_t id = scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_SCHEDULED,
                                                    .activity_id = TEXT("13"),
                                                    .activity_type = TEXT("ExecuteAsyncActionActivity"),
                                                    .duration_ms = 168 * HOUR_MS,
                                                    .payload = TEXT("{\"action_id\":\"" ID_A "\"}")});
    scene_task(&scene);
    expect_commands(&scene, "");
    time_out(id);
    expect_commands(&scene, "schedule D");
}

Test(human, other_actions_run_meanwhile)
{
    scene_start(&scene,
                RULE(ACTION(A, "ask", "{\"hours\":24," WHO "}") "," ACTION(B, "call", "{}") "," ACTION(C, "call", "{}"),
                     START(A) "," START(B) "," EDGE(B, C, "sequence")));
    scene_task(&scene);
    expect_commands(&scene, "schedule A; schedule B");
    int64_t a = scheduled_for(24 * HOUR_MS);
    scene_done(&scene, scene_scheduled(&scene, ID_B), "{\"result\":{}}");
    scene_task(&scene);
    expect_commands(&scene, "schedule C");
    time_out(a);
    expect_commands(&scene, "");
    scene_done(&scene, scene_scheduled(&scene, ID_C), "{\"result\":{}}");
    scene_task(&scene);
    expect_commands(&scene, "fail execute action A (" ID_A "): nobody answered within 24 h; asked: ana, marco");
}
