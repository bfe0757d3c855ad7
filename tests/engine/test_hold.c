/* Actions on hold, and the updates that decide about them. */
#include <string.h>

#include "tests/engine/suite.h"

TestSuite(hold, SCENE_ACTIVITIES);

#define HOLDING(actions, edges) "{\"on_failure\":\"hold\"," RULE_MEMBERS(actions, edges)
#define RULE_MEMBERS(actions, edges)                                                                                   \
    "\"rule_id\":\"11111111-1111-4111-8111-111111111111\",\"execution_id\":\"22222222-2222-4222-8222-222222222222\","  \
    "\"graph\":{\"actions\":[" actions "],\"edges\":[" edges "]}}"
#define CHAIN HOLDING(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}"), START(A) "," EDGE(A, B, "sequence"))

static int64_t fail_a(void)
{
    int64_t a = scene_scheduled(&scene, ID_A);
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_FAILED, .scheduled_id = a, .failure = TEXT("no")});
    scene_task(&scene);
    return a;
}

static void hold_a(const char *rule)
{
    scene_start(&scene, rule);
    scene_task(&scene);
    expect_commands(&scene, "schedule A");
    (void)fail_a();
    expect_commands(&scene, "");
    cr_assert_str_eq(scene_state(&scene, "A"), "held");
}

static enum status update(const char *id, const char *name, const char *input)
{
    const struct run_update asked = {.id = text_from(id), .name = text_from(name), .input = text_from(input)};
    return run_accept(scene.run, &asked, &scene.error);
}

static void expect_refused(const char *name, const char *input, const char *why)
{
    cr_expect_eq(update("u", name, input), STATUS_INVALID);
    cr_expect(text_is(scene.error.message, why), "found    %.*s\nexpected %s", TEXT_ARG(scene.error.message), why);
    cr_expect_str_eq(scene_state(&scene, "A"), "held");
}

Test(hold, a_retry_runs_it_again_with_its_new_config)
{
    hold_a(CHAIN);
    cr_assert_eq(update("u", "retry", "{\"action\":\"A\",\"config\":{\"text\":\"now\"},\"reason\":\"typo\"}"),
                 STATUS_OK);
    scene_decide(&scene);
    expect_commands(&scene, "schedule A");
    cr_expect_neq(text_find(scene.commands.items[0].payload, TEXT("\"config\":{\"text\":\"now\"}")), SIZE_MAX);
}

Test(hold, an_update_that_comes_with_the_history_again_changes_nothing)
{
    hold_a(CHAIN);
    cr_assert_eq(update("u", "retry", "{\"action\":\"A\"}"), STATUS_OK);
    scene_decide(&scene);
    const struct event accepted = {.kind = EVENT_UPDATE_ACCEPTED,
                                   .activity_id = TEXT("u"),
                                   .activity_type = TEXT("retry"),
                                   .payload = TEXT("{\"action\":\"A\"}")};
    scene_event(&scene, accepted);
    (void)fail_a();
    cr_expect_str_eq(scene_state(&scene, "A"), "held", "it has failed again");
    expect_commands(&scene, "");
}

Test(hold, an_update_in_the_history_is_applied_by_another_worker)
{
    scene_start(&scene, CHAIN);
    (void)fail_a();
    scene_event(&scene, (struct event){.kind = EVENT_UPDATE_ACCEPTED,
                                       .activity_id = TEXT("u"),
                                       .activity_type = TEXT("skip"),
                                       .payload = TEXT("{\"action\":\"A\"}")});
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
    cr_expect_str_eq(scene_state(&scene, "A"), "finished");
}

Test(hold, a_skipped_action_has_the_result_that_was_given)
{
    hold_a(HOLDING(ACTION(A, "call", "{}") "," ACTION(B, "call", "{\"text\":\"{{A.count}}\"}"),
                   START(A) "," EDGE(A, B, "sequence")));
    cr_assert_eq(update("u", "skip", "{\"action\":\"" ID_A "\",\"result\":{\"count\":3}}"), STATUS_OK);
    scene_decide(&scene);
    expect_commands(&scene, "schedule B");
    cr_expect_neq(text_find(scene.commands.items[0].payload, TEXT("\"A.count\":3")), SIZE_MAX);
}

Test(hold, one_that_fails_after_all_fails_the_run)
{
    hold_a(CHAIN);
    cr_assert_eq(update("u", "fail", "{\"action\":\"A\"}"), STATUS_OK);
    scene_decide(&scene);
    expect_commands(&scene, "fail execute action A (" ID_A "): no");
    cr_expect_str_eq(scene_state(&scene, "B"), "dead");
}

Test(hold, what_cannot_be_done_is_refused)
{
    hold_a(CHAIN);
    expect_refused("mend", "{}", "unknown update \"mend\"; the updates are fail, retry, skip");
    expect_refused("retry", "[]", "expected an object with the key action, found array");
    expect_refused("retry", "{}", "/action: expected the id or name of an action on hold");
    expect_refused("retry", "{\"action\":\"B\"}", "/action: no action on hold has the id or name \"B\"");
    expect_refused("retry", "{\"action\":\"" ID_B "\"}", "/action: action " ID_B " is waiting, not held");
    expect_refused("retry", "{\"action\":\"A\",\"when\":1}", "/when: unknown key; retry takes action, config, reason");
    expect_refused("skip", "{\"action\":\"A\",\"result\":7}", "/result: expected an object, found number");
    cr_expect_eq(update("u", "retry", "{"), STATUS_INVALID);
}

Test(hold, a_failure_edge_comes_before_a_hold)
{
    scene_start(&scene,
                HOLDING(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}"), START(A) "," EDGE(A, B, "on_error")));
    scene_task(&scene);
    (void)fail_a();
    expect_commands(&scene, "schedule B");
}

Test(hold, a_canceled_run_ends_with_what_it_holds)
{
    hold_a(CHAIN);
    scene_event(&scene, (struct event){.kind = EVENT_CANCEL_REQUESTED});
    cr_expect_eq(update("u", "retry", "{\"action\":\"A\"}"), STATUS_INVALID);
    scene_task(&scene);
    expect_commands(&scene, "cancel");
    cr_expect_str_eq(scene_state(&scene, "A"), "canceled");
}

Test(hold, on_failure_is_hold_or_fail)
{
    scene_start(&scene, "{\"on_failure\":\"wait\"," RULE_MEMBERS(ACTION(A, "call", "{}"), START(A)));
    scene_task(&scene);
    expect_commands(&scene, "fail validate workflow input: on_failure must be hold or fail");
}

/* ---- the setting of the worker ---- */

static void begin(bool holds, const char *rule)
{
    static struct run_policy policy;
    policy = scene_activities;
    policy.hold = holds;
    scene_end();
    scene_open(&scene, &policy);
    scene_start(&scene, rule);
    scene_task(&scene);
}

Test(hold, a_run_keeps_the_setting_with_which_it_began)
{
    begin(true, RULE(ACTION(A, "call", "{}"), START(A)));
    cr_expect(run_must_tell_hold(scene.run));
    scene_event(&scene, (struct event){.kind = EVENT_TASK_COMPLETED, .holds = true});
    cr_expect_not(run_must_tell_hold(scene.run), "the history has it");
    (void)fail_a();
    cr_expect_str_eq(scene_state(&scene, "A"), "held");

    begin(false, RULE(ACTION(A, "call", "{}"), START(A)));
    cr_expect_not(run_must_tell_hold(scene.run));
    (void)fail_a();
    cr_expect_str_eq(scene_state(&scene, "A"), "failed");
}

/* The first run began without the setting; a worker with the setting performs the run that continues it. */
Test(hold, a_run_that_continues_keeps_it_too)
{
    begin(false, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}"), START(A) "," EDGE(A, B, "sequence")));
    scene_done(&scene, scene_scheduled(&scene, ID_A), "{\"result\":{}}");
    scene_event(&scene, (struct event){.kind = EVENT_TASK_STARTED, .suggest_continue = true});
    run_task_end(scene.run);
    scene_decide(&scene);
    expect_commands(&scene, "continue as new");
    static char input[65536];
    memcpy(input, scene.commands.items[0].payload.data, scene.commands.items[0].payload.size);
    begin(true, input);
    cr_expect_not(run_must_tell_hold(scene.run));
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_FAILED,
                                       .scheduled_id = scene_scheduled(&scene, ID_B),
                                       .failure = TEXT("no")});
    cr_expect_str_eq(scene_state(&scene, "B"), "failed");
}

Test(hold, the_rule_decides_against_the_setting)
{
    begin(true, "{\"on_failure\":\"fail\"," RULE_MEMBERS(ACTION(A, "call", "{}"), START(A)));
    cr_expect_not(run_must_tell_hold(scene.run));
    (void)fail_a();
    cr_expect_str_eq(scene_state(&scene, "A"), "failed");
}
