/* Runs that the Go worker began, event by event as contract engine A.8 and A.12 work them out. */
#include "tests/engine/scene.h"

static struct scene scene;

static void open_scene(void)
{
    scene_open(&scene, &scene_local);
}

static void close_scene(void)
{
    scene_close(&scene);
}

TestSuite(takeover, .init = open_scene, .fini = close_scene);

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

/* The Go worker's activity: its id is the event's, the action is named in the input. */
static int64_t go_activity(const char *type, const char *action_id)
{
    struct text id = arena_print(scene.arena, "%lld", (long long)scene.event_id + 1);
    struct text input =
        arena_print(scene.arena, "{\"action_id\":\"%s\",\"action_name\":\"x\",\"context\":{}}", action_id);
    return scene_event(
        &scene,
        (struct event){.kind = EVENT_SCHEDULED, .activity_id = id, .activity_type = text_from(type), .payload = input});
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
Test(takeover, version_2_chain_goes_on_after_a)
{
    scene_start(&scene, CHAIN);
    task();
    version_marker(2);
    int64_t mark = scene_event(&scene, (struct event){.kind = EVENT_SCHEDULED,
                                                      .activity_id = TEXT("7"),
                                                      .activity_type = TEXT("MarkExecutionRunning"),
                                                      .payload = TEXT("\"22222222-2222-4222-8222-222222222222\"")});
    cr_assert_eq(mark, 7);
    other(1);
    scene_event(&scene, (struct event){.kind = EVENT_DONE, .scheduled_id = mark});
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
        close_scene();
        open_scene();
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
    scene_event(&scene, (struct event){.kind = EVENT_CHILD_DONE,
                                       .scheduled_id = b,
                                       .payload = TEXT("{\"action_results\":{\"A\":{},\"B\":{\"n\":2}}}")});
    scene_task(&scene);
    expect_commands(&scene, "");
    scene_event(&scene, (struct event){.kind = EVENT_CHILD_DONE,
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
    scene_event(&scene, (struct event){.kind = EVENT_CHILD_DONE,
                                       .scheduled_id = c,
                                       .payload = TEXT("{\"action_results\":{\"C\":{}}}")});
    scene_task(&scene);
    expect_commands(&scene, "fail execute action B (" ID_B "): execute action B: boom");
}

/* What a branch has left out stays to be done, and what it has done is not done again. */
Test(takeover, a_branch_that_did_only_part)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}") "," ACTION(C, "call", "{}"),
                             START(A) "," EDGE(A, B, "sequence") "," EDGE(A, C, "sequence")));
    task();
    int64_t a = child(ID_A, "w-branch-0-A");
    other(2);
    scene_event(&scene, (struct event){.kind = EVENT_CHILD_DONE,
                                       .scheduled_id = a,
                                       .payload = TEXT("{\"action_results\":{\"A\":{},\"B\":{}}}")});
    scene_task(&scene);
    expect_commands(&scene, "schedule C");
}

Test(takeover, a_branch_that_began_at_its_convergence_point)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}"), START(A)));
    task();
    int64_t a = child(ID_A, "w-branch-0-A");
    scene_event(&scene, (struct event){
                            .kind = EVENT_CHILD_DONE, .scheduled_id = a, .payload = TEXT("{\"action_results\":{}}")});
    scene_task(&scene);
    expect_commands(&scene, "schedule A");
}

/* Delay at event 13: its timer is numbered, not named. */
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

#define BRANCH(start, convergence, context)                                                                                                                                                   \
    "{\"start_action\":" ACTION(                                                                                                                                                              \
        start, "call",                                                                                                                                                                        \
        "{}") ",\"convergence_point\":\"" convergence                                                                                                                                         \
              "\",\"graph\":{\"actions\":[" ACTION(A, "call", "{}") "," ACTION(B, "see_all", "{}") "," ACTION(C, "call", "{}") "," ACTION(                                                    \
                  D, "call",                                                                                                                                                                  \
                  "{}") "],\"edges\":[" START(A) "," EDGE(A, B,                                                                                                                               \
                                                          "sequence") "," EDGE(A, C,                                                                                                          \
                                                                               "sequence") "," EDGE(B, C,                                                                                     \
                                                                                                    "sequence") "," EDGE(C,                                                                   \
                                                                                                                         D,                                                                   \
                                                                                                                         "sequence") "]},"                                                    \
                                                                                                                                     "\"initial_context\":" context                           \
                                                                                                                                     ",\"rule_id\":\"11111111-1111-4111-8111-111111111111\"," \
                                                                                                                                     "\"execution_id\":\"22222222-2222-4222-8222-222222222222\",\"rule_name\":\"Rule\"}"

static void start_branch(const char *input)
{
    scene_event(&scene, (struct event){.kind = EVENT_STARTED,
                                       .activity_type = TEXT("ExecuteBranchUntilConvergence"),
                                       .payload = text_from(input)});
}

/* A child that a Go parent started: B, then C, then it ends before D with all results that it knows. */
Test(takeover, as_the_child)
{
    start_branch(BRANCH(B, ID_D,
                        "{\"trigger_data\":{\"total\":1},\"action_results\":{\"A\":{\"n\":1}},"
                        "\"flattened\":{\"total\":1,\"A\":{\"n\":1},\"A.n\":1}}"));
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
    start_branch(BRANCH(C, ID_C, "{\"trigger_data\":null,\"action_results\":{\"A\":{}},\"flattened\":{}}"));
    scene_task(&scene);
    expect_commands(&scene, "complete");
    cr_expect_str_eq(scene.commands.items[0].payload.data, "{\"action_results\":{\"A\":{}}}");
}

Test(takeover, as_a_child_without_context)
{
    start_branch(BRANCH(D, "00000000-0000-0000-0000-000000000000", "null"));
    scene_task(&scene);
    expect_commands(&scene, "schedule D");
}
