/* Runs that the Go worker started, event by event. */
#include "tests/engine/suite.h"

TestSuite(takeover, SCENE_LOCAL);

static void other(int count)
{
    for (int i = 0; i < count; i++)
        scene_event(&scene, (struct event){.kind = EVENT_OTHER});
}

static void task(void)
{
    other(1);
    scene_event(&scene, (struct event){.kind = EVENT_TASK_STARTED});
    other(1);
}

/* An activity of the Go worker: its id is that of the event, and its input names the action. */
static int64_t go_activity(const char *type, const char *action_id)
{
    struct text id = arena_print(scene.arena, "%lld", (long long)scene.event_id + 1);
    struct text input =
        arena_print(scene.arena, "{\"action_id\":\"%s\",\"action_name\":\"x\",\"context\":{}}", action_id);
    return scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_SCHEDULED,
                                              .activity_id = id,
                                              .activity_type = text_from(type),
                                              .payload = input});
}

static void version_marker(int version)
{
    scene_event(&scene, (struct event){.kind = EVENT_VERSION, .version = version});
    other(1);
}

#define CHAIN RULE(ACTION(A, "pure", "{}") "," ACTION(B, "call", "{}"), START(A) "," EDGE(A, B, "sequence"))
#define DIAMOND                                                                                                        \
    RULE(ACTION(A, "pure", "{}") "," ACTION(B, "call", "{}") "," ACTION(C, "call", "{}") "," ACTION(D, "call", "{}"),  \
         START(A) "," EDGE(A, B, "sequence") "," EDGE(A, C, "sequence") "," EDGE(B, D, "sequence") "," EDGE(           \
             C, D, "sequence"))

/* Linear A -> B at version 2: A's activity is event 13, B's 19. */
Test(takeover, version_2_chain_continues_after_a)
{
    scene_start(&scene, CHAIN);
    task();
    version_marker(2);
    int64_t mark = scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_SCHEDULED,
                                                      .activity_id = TEXT("7"),
                                                      .activity_type = TEXT("MarkExecutionRunning"),
                                                      .payload = TEXT("\"22222222-2222-4222-8222-222222222222\"")});
    cr_assert_eq(mark, 7);
    other(1);
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_COMPLETED, .scheduled_id = mark});
    task();
    int64_t a = go_activity("ExecuteActionActivity", ID_A);
    cr_assert_eq(a, 13);
    other(1);
    scene_done(&scene, a, "{\"action_id\":\"" ID_A "\",\"result\":{\"n\":1},\"success\":true}");
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
}

Test(takeover, version_1_and_none)
{
    for (int version = 0; version < 2; version++) {
        scene_end();
        scene_begin_local();
        scene_start(&scene, CHAIN);
        task();
        if (version == 1)
            version_marker(1);
        int64_t a = go_activity("ExecuteActionActivity", ID_A);
        cr_assert_eq(a, version == 1 ? 7 : 5);
        other(1);
        scene_task(&scene);
        expect_commands(&scene, "");
        scene_done(&scene, a, "{\"action_id\":\"00000000-0000-0000-0000-000000000000\",\"result\":{\"n\":1}}");
        scene_task(&scene);
        expect_commands(&scene, "schedule B");
    }
}

static int64_t child(const char *action_id, const char *workflow_id)
{
    struct text input =
        arena_print(scene.arena, "{\"start_action\":{\"id\":\"%s\"},\"convergence_point\":\"" ID_D "\"}", action_id);
    return scene_event(
        &scene, (struct event){.kind = EVENT_CHILD_INITIATED, .activity_id = text_from(workflow_id), .payload = input});
}

static void diamond_forked(int64_t *b, int64_t *c)
{
    scene_start(&scene, DIAMOND);
    task();
    version_marker(1);
    int64_t a = go_activity("ExecuteActionActivity", ID_A);
    other(1);
    scene_done(&scene, a, "{\"result\":{}}");
    task();
    *b = child(ID_B, "w-branch-0-B");
    *c = child(ID_C, "w-branch-1-C");
    cr_assert_eq(*b, 13);
    other(3);
}

/* Fork A -> {B, C} -> D: the parent waits for both children, then runs D. */
Test(takeover, converging_branches)
{
    int64_t b, c;
    diamond_forked(&b, &c);
    scene_task(&scene);
    expect_commands(&scene, "");
    scene_event(&scene, (struct event){.kind = EVENT_CHILD_COMPLETED,
                                       .scheduled_id = b,
                                       .payload = TEXT("{\"action_results\":{\"A\":{},\"B\":{\"n\":2}}}")});
    scene_task(&scene);
    expect_commands(&scene, "");
    scene_event(&scene, (struct event){.kind = EVENT_CHILD_COMPLETED,
                                       .scheduled_id = c,
                                       .payload = TEXT("{\"action_results\":{\"A\":{},\"C\":{\"n\":3}}}")});
    scene_task(&scene);
    expect_commands(&scene, "schedule D");
}

Test(takeover, a_failed_branch_fails_the_run_after_the_other_has_ended)
{
    int64_t b, c;
    diamond_forked(&b, &c);
    scene_event(&scene, (struct event){
                            .kind = EVENT_CHILD_FAILED, .scheduled_id = b, .failure = TEXT("execute action B: boom")});
    scene_task(&scene);
    expect_commands(&scene, "");
    scene_event(&scene, (struct event){.kind = EVENT_CHILD_COMPLETED,
                                       .scheduled_id = c,
                                       .payload = TEXT("{\"action_results\":{\"C\":{}}}")});
    scene_task(&scene);
    expect_commands(&scene, "fail execute action B (" ID_B "): execute action B: boom");
}

/* What a branch has left out runs, and what it has executed does not run again. */
Test(takeover, a_branch_that_did_only_part)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}") "," ACTION(C, "call", "{}"),
                             START(A) "," EDGE(A, B, "sequence") "," EDGE(A, C, "sequence")));
    task();
    int64_t a = child(ID_A, "w-branch-0-A");
    other(2);
    scene_event(&scene, (struct event){.kind = EVENT_CHILD_COMPLETED,
                                       .scheduled_id = a,
                                       .payload = TEXT("{\"action_results\":{\"A\":{},\"B\":{}}}")});
    scene_task(&scene);
    expect_commands(&scene, "schedule C");
}

Test(takeover, a_branch_that_started_at_its_convergence_point)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}"), START(A)));
    task();
    int64_t a = child(ID_A, "w-branch-0-A");
    scene_event(
        &scene,
        (struct event){.kind = EVENT_CHILD_COMPLETED, .scheduled_id = a, .payload = TEXT("{\"action_results\":{}}")});
    scene_task(&scene);
    expect_commands(&scene, "schedule A");
}

/* A delay at event 13: its timer has a number instead of a name. */
Test(takeover, a_timer_by_number)
{
    scene_start(&scene, RULE(ACTION(A, "delay", "{\"duration\":\"1h\"}") "," ACTION(B, "call", "{}"),
                             START(A) "," EDGE(A, B, "sequence")));
    task();
    version_marker(1);
    int64_t timer = scene_event(&scene, (struct event){.kind = EVENT_TIMER_STARTED, .activity_id = TEXT("7")});
    scene_task(&scene);
    expect_commands(&scene, "");
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_FIRED, .scheduled_id = timer, .activity_id = TEXT("7")});
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
}

Test(takeover, cancel_leaves_branches_to_the_server)
{
    int64_t b, c;
    diamond_forked(&b, &c);
    scene_event(&scene, (struct event){.kind = EVENT_CANCEL_REQUESTED});
    scene_task(&scene);
    expect_commands(&scene, "cancel");
}

#define ID_NONE              "00000000-0000-0000-0000-000000000000"
#define CALL(letter)         ACTION(letter, "call", "{}")
#define NEXT(source, target) EDGE(source, target, "sequence")

static struct text branch(const char *start, const char *convergence, const char *context, const char *actions,
                          const char *edges)
{
    return arena_print(scene.arena,
                       "{\"start_action\":%s,\"convergence_point\":\"%s\",\"graph\":{\"actions\":[%s],\"edges\":[%s]},"
                       "\"initial_context\":%s,\"rule_id\":\"11111111-1111-4111-8111-111111111111\","
                       "\"execution_id\":\"22222222-2222-4222-8222-222222222222\",\"rule_name\":\"Rule\"}",
                       start, convergence, actions, edges, context);
}

static void start_branch(struct text input)
{
    scene_event(&scene, (struct event){.kind = EVENT_STARTED,
                                       .activity_type = TEXT("ExecuteBranchUntilConvergence"),
                                       .payload = input});
}

/* A -> {B, D}, B -> C -> D. */
static void start_child(const char *start, const char *convergence, const char *context)
{
    start_branch(branch(start, convergence, context, CALL(A) "," ACTION(B, "see_all", "{}") "," CALL(C) "," CALL(D),
                        START(A) "," NEXT(A, B) "," NEXT(A, D) "," NEXT(B, C) "," NEXT(C, D)));
}

/* The next run would know no branches, and the parent waits for the result of this run. */
Test(takeover, a_child_never_continues_as_new)
{
    start_child(CALL(B), ID_D, "{\"trigger_data\":{},\"action_results\":{},\"flattened\":{}}");
    scene_event(&scene, (struct event){.kind = EVENT_TASK_STARTED, .suggest_continue = true});
    scene_decide(&scene);
    expect_commands(&scene, "schedule B");
}

/* A child that a Go parent started runs B, then C, and ends before D with all of its results. */
Test(takeover, as_the_child)
{
    start_child(CALL(B), ID_D,
                "{\"trigger_data\":{\"total\":1},\"action_results\":{\"A\":{\"n\":1}},"
                "\"flattened\":{\"total\":1,\"A\":{\"n\":1},\"A.n\":1}}");
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
    cr_expect_neq(text_find(scene.commands.items[0].payload, TEXT("\"A.n\":1")), SIZE_MAX, "%.*s",
                  TEXT_ARG(scene.commands.items[0].payload));
    int64_t b = scene_scheduled(&scene, ID_B);
    scene_done(&scene, b, "{\"result\":{\"n\":2}}");
    scene_task(&scene);
    expect_commands(&scene, "schedule C");
    int64_t c = scene_scheduled(&scene, ID_C);
    scene_done(&scene, c, "{\"result\":{}}");
    scene_task(&scene);
    expect_commands(&scene, "complete");
    cr_expect_str_eq(scene.commands.items[0].payload.data,
                     "{\"action_results\":{\"A\":{\"n\":1},\"B\":{\"n\":2},\"C\":{}}}");
}

Test(takeover, as_an_empty_child)
{
    start_child(CALL(C), ID_C, "{\"trigger_data\":null,\"action_results\":{\"A\":{}},\"flattened\":{}}");
    scene_task(&scene);
    expect_commands(&scene, "complete");
    cr_expect_str_eq(scene.commands.items[0].payload.data, "{\"action_results\":{\"A\":{}}}");
}

Test(takeover, as_a_child_without_context)
{
    start_child(CALL(D), ID_NONE, "null");
    scene_task(&scene);
    expect_commands(&scene, "schedule D");
}

#define TWO_JOINS  START(A) "," START(B) "," NEXT(A, C) "," NEXT(A, D) "," NEXT(B, C) "," NEXT(B, D)
#define FOUR_CALLS CALL(A) "," CALL(B) "," CALL(C) "," CALL(D)

/* Both branches lead to D, besides C where they end. Each of them would run D, so their parent does. */
Test(takeover, a_child_leaves_joins_of_branches_to_its_parent)
{
    start_branch(branch(CALL(A), ID_C, "null", FOUR_CALLS, TWO_JOINS));
    scene_task(&scene);
    scene_done(&scene, scene_scheduled(&scene, ID_A), "{\"result\":{}}");
    scene_task(&scene);
    expect_commands(&scene, "complete");
}

Test(takeover, a_child_that_nobody_waits_for_leaves_nothing)
{
    start_branch(branch(CALL(A), ID_NONE, "null", FOUR_CALLS, TWO_JOINS));
    scene_task(&scene);
    scene_done(&scene, scene_scheduled(&scene, ID_A), "{\"result\":{}}");
    scene_task(&scene);
    expect_commands(&scene, "schedule C; schedule D");
}

/* A -> {B, C}, B -> C: the branch that starts in C has nothing to do, and C still waits for B. */
Test(takeover, an_empty_branch_does_not_start_the_join)
{
    scene_start(&scene, RULE(CALL(A) "," CALL(B) "," CALL(C), START(A) "," NEXT(A, B) "," NEXT(A, C) "," NEXT(B, C)));
    task();
    scene_done(&scene, go_activity("ExecuteActionActivity", ID_A), "{\"result\":{}}");
    task();
    int64_t b = child(ID_B, "w-branch-0-B");
    int64_t c = child(ID_C, "w-branch-1-C");
    scene_event(&scene, (struct event){.kind = EVENT_CHILD_COMPLETED,
                                       .scheduled_id = c,
                                       .payload = TEXT("{\"action_results\":{\"A\":{}}}")});
    scene_task(&scene);
    expect_commands(&scene, "");
    scene_event(&scene, (struct event){.kind = EVENT_CHILD_COMPLETED,
                                       .scheduled_id = b,
                                       .payload = TEXT("{\"action_results\":{\"A\":{},\"B\":{}}}")});
    scene_task(&scene);
    expect_commands(&scene, "schedule C");
}

/* Two edges from A to B make two branches that start in B, where both end at once. */
Test(takeover, two_empty_branches_of_one_action_run_it_once)
{
    scene_start(&scene, RULE(CALL(A) "," CALL(B), START(A) "," NEXT(A, B) "," EDGE(A, B, "always")));
    task();
    scene_done(&scene, go_activity("ExecuteActionActivity", ID_A), "{\"result\":{}}");
    task();
    int64_t branches[] = {child(ID_B, "w-branch-0-B"), child(ID_B, "w-branch-1-B")};
    scene_event(&scene, (struct event){.kind = EVENT_CHILD_COMPLETED,
                                       .scheduled_id = branches[1],
                                       .payload = TEXT("{\"action_results\":{\"A\":{}}}")});
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
    scene_scheduled(&scene, ID_B);
    scene_event(&scene, (struct event){.kind = EVENT_CHILD_COMPLETED,
                                       .scheduled_id = branches[0],
                                       .payload = TEXT("{\"action_results\":{\"A\":{}}}")});
    scene_task(&scene);
    expect_commands(&scene, "");
    cr_expect_str_eq(scene_state(&scene, "B"), "running");
}

#define WITH_INACTIVE RULE(CALL(A) "," INACTIVE(B, "call") "," CALL(C), START(A) "," NEXT(A, B) "," NEXT(B, C))

/* Version 1 runs inactive actions: one that it has started is waited for. */
Test(takeover, an_inactive_action_that_has_started)
{
    scene_start(&scene, WITH_INACTIVE);
    task();
    scene_done(&scene, go_activity("ExecuteActionActivity", ID_A), "{\"result\":{}}");
    task();
    int64_t b = go_activity("ExecuteActionActivity", ID_B);
    scene_task(&scene);
    expect_commands(&scene, "");
    scene_done(&scene, b, "{\"result\":{\"n\":2}}");
    scene_task(&scene);
    expect_commands(&scene, "schedule C");
    cr_expect_str_eq(scene_state(&scene, "B"), "finished");
}

Test(takeover, an_inactive_action_that_has_not_started)
{
    scene_start(&scene, WITH_INACTIVE);
    task();
    scene_done(&scene, go_activity("ExecuteActionActivity", ID_A), "{\"result\":{}}");
    scene_task(&scene);
    expect_commands(&scene, "schedule C");
    cr_expect_str_eq(scene_state(&scene, "B"), "skipped");
}

/* This worker's child has skipped B; the Go worker's child has run it. */
Test(takeover, a_branch_with_an_inactive_action)
{
    static const char *const outputs[] = {"{\"action_results\":{\"A\":{},\"C\":{}}}",
                                          "{\"action_results\":{\"A\":{},\"B\":{},\"C\":{}}}"};
    static const char *const states[] = {"skipped", "finished"};
    for (int i = 0; i < 2; i++) {
        scene_end();
        scene_begin_local();
        scene_start(&scene, WITH_INACTIVE);
        task();
        int64_t a = child(ID_A, "w-branch-0-A");
        scene_event(&scene,
                    (struct event){.kind = EVENT_CHILD_COMPLETED, .scheduled_id = a, .payload = text_from(outputs[i])});
        scene_task(&scene);
        expect_commands(&scene, "complete");
        cr_expect_str_eq(scene_state(&scene, "B"), states[i]);
    }
}

#define DELAY(letter, duration) ACTION(letter, "delay", "{\"duration\":\"" duration "\"}")

/* The timer comes after an inactive action, which the Go worker has skipped. */
Test(takeover, a_timer_after_an_inactive_action)
{
    scene_start(&scene, RULE(INACTIVE(A, "call") "," DELAY(B, "1h"), START(A) "," NEXT(A, B)));
    task();
    int64_t timer = scene_event(
        &scene, (struct event){.kind = EVENT_TIMER_STARTED, .activity_id = TEXT("7"), .duration_ms = 3600000});
    scene_task(&scene);
    expect_commands(&scene, "");
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_FIRED, .scheduled_id = timer, .activity_id = TEXT("7")});
    scene_task(&scene);
    expect_commands(&scene, "complete");
}

#define CONTINUED(actions, edges, results)                                                                             \
    "{\"rule_id\":\"11111111-1111-4111-8111-111111111111\","                                                           \
    "\"execution_id\":\"22222222-2222-4222-8222-222222222222\",\"graph\":{\"actions\":[" actions "],\"edges\":[" edges \
    "]},\"trigger_data\":{},\"continuation_state\":{\"trigger_data\":{},\"action_results\":" results                   \
    ",\"flattened\":{}}}"

/* The Go worker passes on results and starts the graph again; this worker continues where the run was. */
Test(takeover, a_run_that_the_go_worker_has_continued)
{
    scene_start(&scene, CONTINUED(CALL(A) "," CALL(B) "," CALL(C), START(A) "," NEXT(A, B) "," NEXT(B, C),
                                  "{\"A\":{\"n\":1},\"B\":{}}"));
    scene_task(&scene);
    expect_commands(&scene, "schedule C");
}

/* The Go worker runs A again: this changes nothing, and its timer is not mistaken for another delay. */
Test(takeover, what_a_continued_run_repeats_is_ignored)
{
    scene_start(&scene, CONTINUED(DELAY(A, "1m") "," CALL(B) "," DELAY(C, "1h"), START(A) "," NEXT(A, B) "," NEXT(B, C),
                                  "{\"A\":{\"n\":1},\"B\":{}}"));
    task();
    int64_t timer = scene_event(
        &scene, (struct event){.kind = EVENT_TIMER_STARTED, .activity_id = TEXT("7"), .duration_ms = 60000});
    scene_task(&scene);
    expect_commands(&scene, "start timer C");
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_STARTED, .activity_id = TEXT(ID_C), .duration_ms = 3600000});
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_FIRED, .scheduled_id = timer, .activity_id = TEXT("7")});
    scene_task(&scene);
    expect_commands(&scene, "");
    cr_expect_str_eq(scene_state(&scene, "C"), "running");
}

/* Both actions are named A, so it is unknown to which of them the result belongs. */
Test(takeover, a_continued_run_with_equal_names)
{
    const char *twin = "{\"id\":\"" ID_B "\",\"name\":\"A\",\"action_type\":\"call\",\"is_active\":true}";
    const char *input =
        arena_print(scene.arena, CONTINUED(CALL(A) ",%s", START(A) "," NEXT(A, B), "{\"A\":{}}"), twin).data;
    scene_start(&scene, input);
    scene_task(&scene);
    expect_commands(&scene, "schedule A");
    cr_expect(text_is(scene.commands.items[0].action_id, ID_A));
}
