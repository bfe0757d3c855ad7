/* What people see of a run: the texts by which it is found, and its result. */
#include "engine/description.h"
#include "tests/engine/suite.h"

TestSuite(description, SCENE_ACTIVITIES);

static void expect_outcome(const char *wanted)
{
    cr_assert_eq(scene.commands.count, 1);
    cr_assert_eq(scene.commands.items[0].kind, COMMAND_COMPLETE);
    struct text found = scene.commands.items[0].payload;
    cr_expect(text_is(found, wanted), "found    %.*s\nexpected %s", TEXT_ARG(found), wanted);
}

static void finish(const char *id, const char *output)
{
    scene_done(&scene, scene_scheduled(&scene, id), output);
    scene_task(&scene);
}

Test(description, the_result_names_the_ends_of_the_path)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}") "," ACTION(C, "call", "{}"),
                             START(A) "," EDGE(A, B, "true_branch") "," EDGE(A, C, "false_branch")));
    scene_task(&scene);
    finish(ID_A, "{\"result\":{\"branch_taken\":\"true_branch\"}}");
    finish(ID_B, "{\"result\":{\"output\":\"sent\",\"total\":3}}");
    expect_outcome("{\"done\":2,\"not_run\":1,\"ends\":[{\"action\":\"B\",\"output\":\"sent\"}]}");
}

Test(description, the_result_names_failures_that_were_followed)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}"), START(A) "," EDGE(A, B, "on_error")));
    int64_t a = scene_scheduled(&scene, ID_A);
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_FAILED, .scheduled_id = a, .failure = TEXT("no stock")});
    scene_task(&scene);
    finish(ID_B, "{}");
    expect_outcome("{\"done\":2,\"not_run\":0,\"ends\":[{\"action\":\"B\"}],"
                   "\"failures\":[{\"action\":\"A\",\"message\":\"no stock\"}]}");
}

Test(description, a_run_without_active_actions_has_no_ends)
{
    scene_start(&scene, RULE(INACTIVE(A, "call"), START(A)));
    scene_task(&scene);
    expect_outcome("{\"done\":0,\"not_run\":1,\"ends\":[]}");
}

static struct run_description description(void)
{
    struct run_description found;
    cr_assert_eq(run_describe(scene.run, scene.arena, &found, NULL), STATUS_OK);
    return found;
}

#define WITH_TRIGGER(trigger)                                                                                          \
    "{\"rule_id\":\"11111111-1111-4111-8111-111111111111\",\"rule_name\":\"Large orders\","                            \
    "\"execution_id\":\"22222222-2222-4222-8222-222222222222\",\"graph\":{\"actions\":[" ACTION(                       \
        A, "call", "{}") "],\"edges\":[" START(A) "]},\"trigger_data\":" trigger "}"

Test(description, is_that_of_rule_and_trigger)
{
    scene_start(&scene, WITH_TRIGGER("{\"event_type\":\"on_create\",\"entity_name\":\"orders\",\"entity_id\":\"e-1\","
                                     "\"number\":\"SO-1\"}"));
    scene_task(&scene);
    struct run_description found = description();
    cr_expect(text_is(found.rule, "Large orders"));
    cr_expect(text_is(found.trigger, "on_create"));
    cr_expect(text_is(found.entity, "orders"));
    cr_expect(text_is(found.entity_id, "e-1"));
    cr_expect(text_is(found.entity_number, "SO-1"));
}

Test(description, leaves_out_what_a_store_cannot_have)
{
    scene_start(&scene, WITH_TRIGGER("{\"event_type\":7,\"entity_name\":\"a\\u0000b\",\"number\":null}"));
    struct run_description found = description();
    cr_expect_eq(found.trigger.size + found.entity.size + found.entity_id.size + found.entity_number.size, 0);
    scene_close(&scene);
    scene_open(&scene, &scene_activities);
    scene_start(&scene, WITH_TRIGGER("null"));
    cr_expect_eq(description().entity.size, 0);
}

Test(description, is_given_until_a_task_is_completed)
{
    scene_start(&scene, WITH_TRIGGER("{}"));
    scene_task(&scene);
    cr_expect(run_must_describe(scene.run), "the answer may be lost");
    scene_event(&scene, (struct event){.kind = EVENT_TASK_COMPLETED});
    cr_expect_not(run_must_describe(scene.run));
}

Test(description, the_failed_action_is_told_until_the_history_has_it)
{
    scene_start(&scene, WITH_TRIGGER("{}"));
    cr_expect(run_failed_action_is_known(scene.run));
    int64_t a = scene_scheduled(&scene, ID_A);
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_FAILED, .scheduled_id = a, .failure = TEXT("no")});
    cr_expect_not(run_failed_action_is_known(scene.run));
    cr_expect(text_is(run_failed_action(scene.run), "A"));
    scene_event(&scene, (struct event){.kind = EVENT_FAILED_ACTION, .activity_id = TEXT("A")});
    cr_expect(run_failed_action_is_known(scene.run));
    scene_event(&scene, (struct event){.kind = EVENT_FAILED_ACTION});
    cr_expect_not(run_failed_action_is_known(scene.run), "somebody has removed it");
}
