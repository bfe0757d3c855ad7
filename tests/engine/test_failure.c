/* Actions that fail and have edges that follow a failure. */
#include "tests/engine/suite.h"

TestSuite(failure, SCENE_LOCAL);

#define OUTPUT(source, target, output)                                                                                 \
    "{\"source_action_id\":\"" ID_##source "\",\"target_action_id\":\"" ID_##target "\",\"edge_type\":\"sequence\","   \
                                                                                    "\"source_output\":\"" output      \
                                                                                    "\"}"
#define REPORT "{\"text\":\"{{A.error.message}} {{A.output}}\"}"

/* A, then B, or C if A has failed. */
#define GUARDED(type, edge)                                                                                            \
    RULE(ACTION(A, type, "{}") "," ACTION(B, "call", "{}") "," ACTION(C, "call", REPORT),                              \
         START(A) "," EDGE(A, B, "sequence") "," edge)

static void fail_activity(int64_t scheduled_id, bool permanent)
{
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_STARTED, .scheduled_id = scheduled_id, .attempt = 3});
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_FAILED,
                                       .scheduled_id = scheduled_id,
                                       .failure = TEXT("action A (" ID_A "): execute: out of stock"),
                                       .permanent = permanent});
    scene_task(&scene);
}

static void fail_guarded(const char *rule, bool permanent)
{
    scene_start(&scene, rule);
    scene_task(&scene);
    expect_commands(&scene, "schedule A");
    fail_activity(scene_scheduled(&scene, ID_A), permanent);
}

static struct run_action action_at(size_t index)
{
    struct run_action action;
    run_action_at(scene.run, index, &action);
    return action;
}

static void expect_result(size_t index, const char *result)
{
    struct run_action action = action_at(index);
    cr_expect(text_is(action.result, result), "found    %.*s\nexpected %s", TEXT_ARG(action.result), result);
}

Test(failure, its_edge_is_followed_and_no_other)
{
    fail_guarded(GUARDED("call", OUTPUT(A, C, "failure")), false);
    expect_commands(&scene, "schedule C");
    cr_expect_str_eq(scene_state(&scene, "A"), "finished");
    cr_expect_str_eq(scene_state(&scene, "B"), "dead");
    expect_result(0, "{\"error\":{\"attempts\":3,\"message\":\"out of stock\",\"permanent\":false,\"type\":\"failed\"},"
                     "\"output\":\"failure\"}");
    cr_expect(text_is(action_at(0).failure, "action A (" ID_A "): execute: out of stock"));
}

Test(failure, its_message_can_be_read_behind_the_edge)
{
    fail_guarded(GUARDED("call", OUTPUT(A, C, "failure")), true);
    struct text payload = scene.commands.items[0].payload;
    cr_expect_neq(text_find(payload, TEXT("\"message\":\"out of stock\",\"permanent\":true")), SIZE_MAX, "%.*s",
                  TEXT_ARG(payload));
    scene_done(&scene, scene_scheduled(&scene, ID_C), "{\"result\":{}}");
    scene_task(&scene);
    expect_commands(&scene, "complete");
}

Test(failure, an_edge_on_error_is_one_of_a_failure)
{
    fail_guarded(GUARDED("call", EDGE(A, C, "on_error")), false);
    expect_commands(&scene, "schedule C");
}

Test(failure, without_an_edge_the_run_fails)
{
    fail_guarded(GUARDED("call", OUTPUT(A, C, "other")), false);
    expect_commands(&scene, "fail execute action A (" ID_A "): action A (" ID_A "): execute: out of stock");
    cr_expect_str_eq(scene_state(&scene, "A"), "failed");
}

Test(failure, what_has_not_failed_leaves_its_failure_edge_alone)
{
    scene_start(&scene, GUARDED("call", OUTPUT(A, C, "failure")));
    scene_task(&scene);
    scene_done(&scene, scene_scheduled(&scene, ID_A), "{\"result\":{}}");
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
    cr_expect_str_eq(scene_state(&scene, "C"), "dead");
}

Test(failure, an_output_named_failure_follows_edges_as_any_output)
{
    scene_start(&scene, GUARDED("call", OUTPUT(A, C, "failure")));
    scene_task(&scene);
    scene_done(&scene, scene_scheduled(&scene, ID_A), "{\"result\":{\"output\":\"failure\",\"error\":\"none left\"}}");
    scene_task(&scene);
    expect_commands(&scene, "schedule B; schedule C");
}

Test(failure, of_a_local_action_is_recorded_and_followed)
{
    scene_start(&scene, GUARDED("pure", OUTPUT(A, C, "failure")));
    scene_task(&scene);
    expect_commands(&scene, "perform A");
    struct action_report report = {.outcome = ACTION_OUTCOME_REFUSED,
                                   .failure = TEXT("action A (" ID_A "): execute: no such row")};
    cr_assert_eq(run_perform_done(scene.run, 0, &report, &scene.error), STATUS_OK);
    scene_decide(&scene);
    expect_commands(&scene, "record A; schedule C");
    const struct command *marker = &scene.commands.items[0];
    cr_expect(text_equal(marker->failure, report.failure));
    cr_expect_eq(marker->payload.size, 0, "a marker has a result or a failure");
    expect_result(0, "{\"error\":{\"attempts\":1,\"message\":\"no such row\",\"permanent\":true,\"type\":\"failed\"},"
                     "\"output\":\"failure\"}");
}

Test(failure, a_join_behind_it_runs_once)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}") "," ACTION(C, "call", "{}") "," ACTION(
                                 D, "call", "{}"),
                             START(A) "," EDGE(A, B, "sequence") "," EDGE(A, C, "on_error") "," EDGE(
                                 B, D, "sequence") "," EDGE(C, D, "sequence")));
    scene_task(&scene);
    fail_activity(scene_scheduled(&scene, ID_A), false);
    scene_done(&scene, scene_scheduled(&scene, ID_C), "{\"result\":{}}");
    scene_task(&scene);
    expect_commands(&scene, "schedule D");
}

Test(failure, of_a_timeout_says_so)
{
    scene_start(&scene, GUARDED("call", OUTPUT(A, C, "failure")));
    scene_task(&scene);
    int64_t a = scene_scheduled(&scene, ID_A);
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_TIMED_OUT,
                                       .scheduled_id = a,
                                       .failure = TEXT("activity StartToClose timeout")});
    scene_task(&scene);
    expect_commands(&scene, "schedule C");
    expect_result(0, "{\"error\":{\"message\":\"activity StartToClose timeout\",\"permanent\":false,"
                     "\"type\":\"timed_out\"},\"output\":\"failure\"}");
}

Test(failure, of_a_person_who_does_not_answer_is_followed)
{
    scene_start(&scene, GUARDED("ask", OUTPUT(A, C, "failure")));
    scene_task(&scene);
    int64_t a = scene_scheduled(&scene, ID_A);
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_TIMED_OUT, .scheduled_id = a});
    scene_task(&scene);
    expect_commands(&scene, "schedule C");
    expect_result(0, "{\"error\":{\"message\":\"nobody answered within 168 h\",\"permanent\":false,"
                     "\"type\":\"timed_out\"},\"output\":\"failure\"}");
}

Test(failure, a_long_message_is_cut_and_the_same_from_a_cut_history)
{
    struct buffer long_text = buffer_in(scene.arena, 65536);
    buffer_add(&long_text, TEXT("action A (" ID_A "): execute: "));
    while (long_text.size < 40000)
        buffer_add(&long_text, TEXT("no "));
    struct text whole = buffer_text(&long_text), results[2];
    for (size_t i = 0; i < 2; i++) {
        struct scene one;
        scene_open(&one, &scene_activities);
        scene_start(&one, GUARDED("call", OUTPUT(A, C, "failure")));
        int64_t a = scene_scheduled(&one, ID_A);
        scene_event(&one, (struct event){.kind = EVENT_ACTIVITY_FAILED,
                                         .scheduled_id = a,
                                         .failure = i == 0 ? whole : text_slice(whole, 0, 32768)});
        struct run_action action;
        run_action_at(one.run, 0, &action);
        results[i] = arena_copy(scene.arena, action.result);
        scene_close(&one);
    }
    cr_expect(text_equal(results[0], results[1]));
    cr_expect(results[0].size > 4096 && results[0].size < 4300, "%zu", results[0].size);
}

/* The next run has A in the state in which it ended in this run. */
Test(failure, a_run_that_continues_follows_it_too)
{
    fail_guarded(GUARDED("call", OUTPUT(A, C, "failure")), true);
    run_task_end(scene.run);
    scene_done(&scene, scene_scheduled(&scene, ID_C), "{\"result\":{}}");
    struct run_action first = action_at(0);
    struct text result = arena_copy(scene.arena, first.result), why = arena_copy(scene.arena, first.failure);
    struct text input = arena_print(scene.arena, "{\"actions\":{\"" ID_A "\":{\"result\":%.*s,\"failure\":\"%.*s\"}}}",
                                    TEXT_ARG(result), TEXT_ARG(why));
    struct text rule = TEXT(GUARDED("call", OUTPUT(A, C, "failure")));
    struct text next =
        arena_print(scene.arena, "%.*s,\"resume\":%.*s}", (int)rule.size - 1, rule.data, TEXT_ARG(input));
    struct scene one;
    scene_open(&one, &scene_activities);
    scene_start(&one, next.data);
    scene_task(&one);
    expect_commands(&one, "schedule C");
    cr_expect_str_eq(scene_state(&one, "B"), "dead", "the plain edge is not followed");
    struct run_action action;
    run_action_at(one.run, 0, &action);
    cr_expect(text_equal(action.result, result));
    cr_expect(text_equal(action.failure, why));
    scene_close(&one);
}

/* ---- what a rule says of the attempts ---- */

static const struct command *scheduled_with(const char *type, const char *policy)
{
    scene_end();
    scene_begin_local();
    struct text rule = arena_print(scene.arena,
                                   RULE("{\"id\":\"" ID_A "\",\"name\":\"A\",\"action_type\":\"%s\",\"is_active\":true,"
                                        "\"action_config\":{}%s}",
                                        START(A)),
                                   type, policy);
    scene_start(&scene, rule.data);
    scene_task(&scene);
    cr_assert_eq(scene.commands.count, 1);
    return &scene.commands.items[0];
}

Test(failure, a_rule_says_how_often_and_how_long_an_action_is_tried)
{
    const struct command *command =
        scheduled_with("unknown", ",\"retry\":{\"attempts\":7,\"first\":\"2s\",\"most\":\"1m\"},\"timeout\":\"90s\"");
    cr_expect_eq(command->timing.retry_attempts, 7);
    cr_expect_eq(command->timing.retry_initial_ms, 2000);
    cr_expect_eq(command->timing.retry_maximum_ms, 60000);
    cr_expect_eq(command->timing.start_to_close_ms, 90000);
    command = scheduled_with("unknown", ",\"retry\":{\"attempts\":2}");
    cr_expect_eq(command->timing.retry_initial_ms, 1000, "what the rule leaves out is as its type says");
    cr_expect_eq(command->timing.start_to_close_ms, 300000);
    command = scheduled_with("unknown", ",\"retry\":{\"first\":\"5m\"}");
    cr_expect_eq(command->timing.retry_maximum_ms, 300000, "not less than the first delay");
    command = scheduled_with("ask", ",\"timeout\":\"2h\"");
    cr_expect_eq(command->timing.start_to_close_ms, 7200000);
}

Test(failure, what_may_be_tried_once_is_not_tried_here_first)
{
    cr_expect_eq(scheduled_with("write", "")->kind, COMMAND_PERFORM);
    cr_expect_eq(scheduled_with("write", ",\"retry\":{\"attempts\":2}")->kind, COMMAND_PERFORM);
    const struct command *command = scheduled_with("write", ",\"retry\":{\"attempts\":1}");
    cr_expect_eq(command->kind, COMMAND_SCHEDULE_ACTIVITY);
    cr_expect_eq(command->timing.retry_attempts, 1);
}
