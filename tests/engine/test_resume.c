/* A closed run is resumed by another run. */
#include <string.h>

#include "tests/engine/suite.h"

TestSuite(resume, SCENE_ACTIVITIES);

#define CHAIN                                                                                                          \
    RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{\"text\":\"{{A.count}}\"}") "," ACTION(C, "call", "{}"),      \
         START(A) "," EDGE(A, B, "sequence") "," EDGE(B, C, "sequence"))
#define BY_HAND ((struct event_start){.workflow_id = TEXT("by-hand"), .first_run_id = TEXT(RUN_1)})
#define RUN_1   "e1000000-0000-4000-8000-000000000001"
#define RUN_2   "e1000000-0000-4000-8000-000000000002"

static void fail(const char *id)
{
    int64_t scheduled = scene_scheduled(&scene, id);
    scene_event(&scene,
                (struct event){.kind = EVENT_ACTIVITY_FAILED, .scheduled_id = scheduled, .failure = TEXT("no")});
    scene_task(&scene);
}

static void finish(const char *id, const char *output)
{
    scene_done(&scene, scene_scheduled(&scene, id), output);
    scene_task(&scene);
}

static void close_as(enum run_close close)
{
    scene_event(&scene, (struct event){.kind = EVENT_CLOSED, .close = close});
}

/* B of the chain fails, and the run with it. */
static void fail_b(void)
{
    scene_start(&scene, CHAIN);
    scene_task(&scene);
    finish(ID_A, "{\"result\":{\"count\":3}}");
    expect_commands(&scene, "schedule B");
    fail(ID_B);
    expect_commands(&scene, "fail execute action B (" ID_B "): no");
    close_as(CLOSE_FAILED);
}

static const char *input_of(const struct run_resumption *resumption)
{
    static char text[65536];
    struct text input = run_resumed_input(scene.run, resumption, scene.arena);
    cr_assert(input.size > 0 && input.size < sizeof text);
    memcpy(text, input.data, input.size);
    text[input.size] = '\0';
    return text;
}

/* Makes the scene the run that resumes. */
static void begin(const char *input, struct event_start start)
{
    scene_begin_another(input, start.workflow_id.size > 0 ? &start : NULL);
    scene_task(&scene);
}

static void resume_with(struct run_resumption resumption)
{
    resumption.run_id = TEXT(RUN_1);
    begin(input_of(&resumption), (struct event_start){0});
}

static void resume(void)
{
    resume_with((struct run_resumption){0});
}

static bool asks_for(const char *part)
{
    cr_assert_gt(scene.commands.count, 0);
    return text_find(scene.commands.items[0].payload, text_from(part)) != SIZE_MAX;
}

Test(resume, begins_with_what_is_done)
{
    fail_b();
    cr_expect_not(run_is_resumed(scene.run));
    resume();
    cr_expect(run_is_resumed(scene.run));
    expect_commands(&scene, "schedule B");
    cr_expect(asks_for("\"A.count\":3"), "it reads the result of the closed run");
    cr_expect_str_eq(scene_state(&scene, "A"), "finished");
    finish(ID_B, "{\"result\":{}}");
    finish(ID_C, "{\"result\":{}}");
    expect_commands(&scene, "complete");
}

Test(resume, of_a_resumed_run)
{
    fail_b();
    resume();
    fail(ID_B);
    close_as(CLOSE_FAILED);
    resume();
    expect_commands(&scene, "schedule B");
    cr_expect(asks_for("\"A.count\":3"));
}

Test(resume, performs_again_what_was_in_flight)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}"), START(A) "," START(B)));
    scene_task(&scene);
    (void)scene_scheduled(&scene, ID_A);
    finish(ID_B, "{\"result\":{}}");
    close_as(CLOSE_TERMINATED);
    resume();
    expect_commands(&scene, "schedule A");
}

Test(resume, keeps_a_failure_whose_edges_were_followed)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{\"text\":\"{{A.error.message}}\"}"),
                             START(A) "," EDGE(A, B, "on_error")));
    scene_task(&scene);
    fail(ID_A);
    fail(ID_B);
    close_as(CLOSE_FAILED);
    resume();
    expect_commands(&scene, "schedule B");
    cr_expect(asks_for("\"message\":\"no\""));
}

Test(resume, performs_again_what_was_held)
{
    scene_start(&scene,
                "{\"on_failure\":\"hold\",\"rule_id\":\"11111111-1111-4111-8111-111111111111\",\"execution_id\":"
                "\"22222222-2222-4222-8222-222222222222\",\"graph\":{\"actions\":[" ACTION(
                    A, "call", "{}") "],\"edges\":[" START(A) "]}}");
    scene_task(&scene);
    fail(ID_A);
    cr_expect_str_eq(scene_state(&scene, "A"), "held");
    close_as(CLOSE_TERMINATED);
    resume();
    expect_commands(&scene, "schedule A");
    fail(ID_A);
    cr_expect_str_eq(scene_state(&scene, "A"), "held", "on_failure is passed on");
}

/* For an operator who has changed the setting after the failure. */
Test(resume, takes_the_setting_of_its_worker_where_the_input_says_nothing)
{
    fail_b();
    const struct run_resumption resumption = {.run_id = TEXT(RUN_1)};
    cr_expect_null(strstr(input_of(&resumption), "on_failure"));
}

Test(resume, with_a_corrected_config)
{
    fail_b();
    cr_assert_eq(run_set_config(scene.run, 1, TEXT("{\"text\":\"corrected\"}"), &scene.error), STATUS_OK);
    resume();
    expect_commands(&scene, "schedule B");
    cr_expect(asks_for("\"config\":{\"text\":\"corrected\"}"));
}

Test(resume, with_a_corrected_rule)
{
    fail_b();
    resume_with((struct run_resumption){
        .graph = TEXT("{\"actions\":[" ACTION(D, "call", "{\"text\":\"{{A.count}}\"}") "," ACTION(
            A, "call", "{}") "],\"edges\":[" START(A) "," EDGE(A, D, "sequence") "]}")});
    expect_commands(&scene, "schedule D");
    cr_expect(asks_for("\"A.count\":3"));
    finish(ID_D, "{\"result\":{}}");
    expect_commands(&scene, "complete");
}

Test(resume, from_an_action)
{
    fail_b();
    static const bool again[] = {true, true, true};
    resume_with((struct run_resumption){.again = again});
    expect_commands(&scene, "schedule A");
}

Test(resume, of_an_input_that_was_refused)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}"), EDGE(A, A, "sequence")));
    scene_task(&scene);
    close_as(CLOSE_FAILED);
    resume_with(
        (struct run_resumption){.graph = TEXT("{\"actions\":[" ACTION(A, "call", "{}") "],\"edges\":[" START(A) "]}")});
    expect_commands(&scene, "schedule A");
}

Test(resume, keeps_what_effects_belong_to)
{
    begin(CHAIN, BY_HAND);
    static char first[64];
    struct text id = run_effect_id(scene.run);
    memcpy(first, id.data, id.size);
    close_as(CLOSE_TERMINATED);
    struct event_start next = BY_HAND;
    next.first_run_id = TEXT(RUN_2);
    const struct run_resumption resumption = {.run_id = TEXT(RUN_1)};
    begin(input_of(&resumption), next);
    cr_expect(text_is(run_effect_id(scene.run), first));
}

/* The Go worker would perform the run from its start, and no ledger has what the actions did there. It fails an input
   at once that it cannot decode, and it expects this member to be an object. */
Test(resume, is_nothing_that_the_go_worker_takes)
{
    fail_b();
    cr_expect_not_null(strstr(input_of(&(struct run_resumption){.run_id = TEXT(RUN_1)}), "\"continuation_state\":\""));
}

/* The run that continues it is not another resumption: its execution is already marked as running. */
Test(resume, of_a_run_that_continues_as_new)
{
    fail_b();
    resume();
    scene_done(&scene, scene_scheduled(&scene, ID_B), "{\"result\":{}}");
    scene_event(&scene, (struct event){.kind = EVENT_TASK_STARTED, .suggest_continue = true});
    run_task_end(scene.run);
    scene_decide(&scene);
    expect_commands(&scene, "continue as new");
    static char input[65536];
    memcpy(input, scene.commands.items[0].payload.data, scene.commands.items[0].payload.size);
    begin(input, (struct event_start){0});
    expect_commands(&scene, "schedule C");
    cr_expect_not(run_is_resumed(scene.run));
    close_as(CLOSE_TERMINATED);
    resume();
    expect_commands(&scene, "schedule C");
}
