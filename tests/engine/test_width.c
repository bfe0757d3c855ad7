/* Graphs that are too wide, or results too large, for one workflow task or for the server. */
#include "base/limits.h"
#include "tests/engine/suite.h"

TestSuite(local_width, SCENE_LOCAL);
TestSuite(activity_width, SCENE_ACTIVITIES);

static const char *wide_id(unsigned index)
{
    return arena_print(scene.arena, "b0000000-0000-4000-8000-%012u", index).data;
}

/* Starts a rule of `width` parallel actions, each with `bytes` of config. */
static void start_wide(const char *type, unsigned width, size_t bytes)
{
    struct buffer actions = buffer_in(scene.arena, MIB(8)), edges = buffer_in(scene.arena, MIB(8));
    struct buffer text = buffer_in(scene.arena, MIB(8));
    for (size_t i = 0; i < bytes; i++)
        buffer_add_byte(&text, 'x');
    for (unsigned i = 0; i < width; i++) {
        buffer_print(&actions,
                     "%s{\"id\":\"%s\",\"name\":\"a%u\",\"action_type\":\"%s\",\"is_active\":true,"
                     "\"action_config\":{\"text\":\"",
                     i > 0 ? "," : "", wide_id(i), i, type);
        buffer_add(&actions, buffer_text(&text));
        buffer_add(&actions, TEXT("\"}}"));
        buffer_print(&edges,
                     "%s{\"source_action_id\":null,\"target_action_id\":\"%s\",\"edge_type\":\"start\","
                     "\"sort_order\":%u}",
                     i > 0 ? "," : "", wide_id(i), i);
    }
    struct text rule =
        arena_print(scene.arena, RULE("%.*s", "%.*s"), TEXT_ARG(buffer_text(&actions)), TEXT_ARG(buffer_text(&edges)));
    scene_start(&scene, rule.data);
}

static unsigned count_commands(enum command_kind kind)
{
    unsigned count = 0;
    for (size_t i = 0; i < scene.commands.count; i++)
        count += scene.commands.items[i].kind == kind ? 1 : 0;
    return count;
}

/* Plays a task in which every PERFORM is performed and its result recorded. Returns their number. */
static unsigned perform_task(void)
{
    scene_task(&scene);
    unsigned count = count_commands(COMMAND_PERFORM);
    struct action_report report = {.outcome = ACTION_OUTCOME_DONE, .result = json_object(NULL, 0)};
    for (size_t i = 0; i < scene.commands.count; i++)
        if (scene.commands.items[i].kind == COMMAND_PERFORM)
            cr_assert_eq(run_perform_done(scene.run, scene.commands.items[i].action, &report, &scene.error), STATUS_OK);
    scene_decide(&scene);
    cr_expect_eq(count_commands(COMMAND_RECORD_RESULT), count);
    return count;
}

Test(local_width, a_task_has_a_limit_of_local_actions)
{
    start_wide("pure", 2500, 0);
    cr_expect_eq(perform_task(), LIMIT_LOCAL_MARKERS);
    cr_expect(run_is_full(scene.run));
    cr_expect(run_wants_task(scene.run));
    cr_expect_eq(count_commands(COMMAND_PERFORM), 0);
    cr_expect_eq(perform_task(), LIMIT_LOCAL_MARKERS);
    cr_expect(run_wants_task(scene.run));
    cr_expect_eq(perform_task(), 500);
    cr_expect_not(run_wants_task(scene.run));
    cr_expect_eq(count_commands(COMMAND_COMPLETE), 1);
    cr_expect_eq(count_commands(COMMAND_SCHEDULE_ACTIVITY), 0);
}

Test(local_width, a_task_has_a_limit_of_bytes)
{
    start_wide("pure", 5, KIB(300));
    cr_expect_eq(perform_task(), 4);
    cr_expect(run_wants_task(scene.run));
    cr_expect_eq(perform_task(), 1);
    cr_expect_eq(count_commands(COMMAND_COMPLETE), 1);
}

Test(local_width, an_input_too_large_for_the_history_is_left_out_of_it)
{
    start_wide("pure", 1, MIB(3));
    cr_expect_eq(perform_task(), 1);
    cr_expect_eq(scene.commands.items[0].input.size, 0);
    cr_expect_eq(count_commands(COMMAND_COMPLETE), 1);
}

Test(activity_width, pending_activities_are_limited)
{
    start_wide("call", LIMIT_PENDING_ACTIVITIES + 20, 0);
    scene_task(&scene);
    cr_expect_eq(count_commands(COMMAND_SCHEDULE_ACTIVITY), LIMIT_PENDING_ACTIVITIES);
    cr_expect_not(run_wants_task(scene.run), "there is no room before one of them ends");
    for (unsigned i = 0; i < LIMIT_PENDING_ACTIVITIES; i++)
        scene_scheduled(&scene, wide_id(i));
    scene_task(&scene);
    expect_commands(&scene, "");
    int64_t last = scene.event_id;
    scene_event(&scene,
                (struct event){.kind = EVENT_ACTIVITY_FAILED, .scheduled_id = last - 100, .failure = TEXT("boom")});
    scene_done(&scene, last - 99, "{}");
    scene_task(&scene);
    expect_commands(&scene, "schedule a1990; schedule a1991");
    cr_expect_not(run_wants_task(scene.run));
}

Test(activity_width, scheduled_bytes_are_limited)
{
    start_wide("call", 5, KIB(300));
    scene_task(&scene);
    expect_commands(&scene, "schedule a0; schedule a1; schedule a2; schedule a3");
    cr_expect(run_wants_task(scene.run));
    scene_task(&scene);
    expect_commands(&scene, "schedule a4");
    cr_expect_not(run_wants_task(scene.run));
}

Test(activity_width, timers_do_not_count_as_activities)
{
    struct run_policy policy = scene_activities;
    policy.pending_max = 1;
    scene_close(&scene);
    scene_open(&scene, &policy);
    scene_start(&scene, RULE(ACTION(A, "delay", "{\"duration\":\"1h\"}") "," ACTION(B, "call", "{}") "," ACTION(
                                 C, "delay", "{\"duration\":\"2h\"}") "," ACTION(D, "call", "{}"),
                             START(A) "," START(B) "," START(C) "," START(D)));
    scene_task(&scene);
    expect_commands(&scene, "start timer A; schedule B; start timer C");
    cr_expect_not(run_wants_task(scene.run));
}

/* Actions that wait for room keep the order of all ready actions, including those that became ready later. A run that
   is rebuilt from its history decides the same. */
Test(activity_width, room_goes_to_the_first_in_order)
{
    struct run_policy policy = scene_activities;
    policy.pending_max = 1;
    scene_close(&scene);
    scene_open(&scene, &policy);
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}") "," ACTION(C, "call", "{}") "," ACTION(
                                 D, "call", "{}"),
                             START(B) "," START(C) "," START(D) "," EDGE(B, A, "sequence")));
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
    scene_done(&scene, scene_scheduled(&scene, ID_B), "{}");
    scene_task(&scene);
    expect_commands(&scene, "schedule A");
    scene_done(&scene, scene_scheduled(&scene, ID_A), "{}");
    scene_task(&scene);
    expect_commands(&scene, "schedule C");
    scene_done(&scene, scene_scheduled(&scene, ID_C), "{}");
    scene_done(&scene, scene_scheduled(&scene, ID_D), "{}"); /* by another worker */
    scene_task(&scene);
    expect_commands(&scene, "complete");
}

Test(local_width, a_branch_of_the_Go_worker_may_have_done_what_waits_for_room)
{
    struct run_policy policy = scene_local;
    policy.local_max = 1;
    scene_close(&scene);
    scene_open(&scene, &policy);
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "pure", "{}") "," ACTION(C, "pure", "{}"),
                             START(A) "," START(B) "," START(C)));
    int64_t branch = scene_event(&scene, (struct event){.kind = EVENT_CHILD_INITIATED,
                                                        .payload = TEXT("{\"start_action\":{\"id\":\"" ID_A "\"}}")});
    scene_task(&scene);
    expect_commands(&scene, "perform B");
    scene_perform(&scene, "B", "{}");
    scene_decide(&scene);
    scene_event(&scene, (struct event){.kind = EVENT_CHILD_COMPLETED,
                                       .scheduled_id = branch,
                                       .payload = TEXT("{\"action_results\":{\"A\":{},\"C\":{}}}")});
    cr_expect_str_eq(scene_state(&scene, "C"), "finished");
}

/* ---- continuing as new ---- */

static void run_past(const char *result, const char *expected)
{
    struct run_policy policy = scene_activities;
    policy.continue_after = 5;
    scene_close(&scene);
    scene_open(&scene, &policy);
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}"), START(A) "," EDGE(A, B, "sequence")));
    scene_task(&scene);
    scene_done(&scene, scene_scheduled(&scene, ID_A), result);
    scene_task(&scene);
    expect_commands(&scene, expected);
}

Test(activity_width, a_run_that_fits_into_an_input_continues_as_new)
{
    run_past("{\"result\":{\"text\":\"short\"}}", "continue as new");
}

Test(activity_width, a_run_that_does_not_fit_into_an_input_stays)
{
    struct buffer result = buffer_in(scene.arena, MIB(8));
    buffer_add(&result, TEXT("{\"result\":{\"text\":\""));
    for (size_t i = 0; i < LIMIT_PAYLOAD_BYTES; i++)
        buffer_add_byte(&result, 'x');
    buffer_add(&result, TEXT("\"}}"));
    char *text = strdup(buffer_text(&result).data);
    run_past(text, "schedule B");
    free(text);
}
