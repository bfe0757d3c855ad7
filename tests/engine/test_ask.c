/* Actions that ask several people, each with a separate activity: how the answers are counted. */
#include "tests/engine/suite.h"

TestSuite(ask, SCENE_LOCAL);

#define ANSWER(source, target, output)                                                                                 \
    "{\"source_action_id\":\"" ID_##source "\",\"target_action_id\":\"" ID_##target "\",\"edge_type\":\"sequence\","   \
                                                                                    "\"source_output\":\"" output      \
                                                                                    "\"}"
/* A asks; B runs when approved, C when rejected, D when the time is up. */
#define ASKING(config)                                                                                                 \
    RULE(ACTION(A, "ask", "{\"hours\":24," config "}") "," ACTION(                                                     \
             B, "call",                                                                                                \
             "{\"text\":\"{{A.approvals}}\"}") "," ACTION(C, "call",                                                   \
                                                          "{\"text\":\"{{A.rejections}}\"}") "," ACTION(D, "call",     \
                                                                                                        "{}"),         \
         START(A) "," ANSWER(A, B, "approved") "," ANSWER(A, C, "rejected") "," ANSWER(A, D, "timed_out"))
#define THREE "\"who\":[\"ana\",\"marco\",\"lea\"]"

static int64_t asked[8];

static struct event scheduled(unsigned number)
{
    return (struct event){.kind = EVENT_ACTIVITY_SCHEDULED,
                          .activity_id = arena_print(scene.arena, ID_A "/%u", number),
                          .activity_type = TEXT("AskApproverActivity"),
                          .payload = TEXT("{\"action_id\":\"" ID_A "\"}"),
                          .duration_ms = 24 * INT64_C(3600000)};
}

/* Writes the events for the latest commands into the history. */
static void write_asked(void)
{
    for (size_t i = 0; i < scene.commands.count; i++) {
        const struct command *command = &scene.commands.items[i];
        if (command->kind == COMMAND_RECORD_RESULT)
            scene_event(&scene, (struct event){.kind = EVENT_RESULT_RECORDED,
                                               .activity_id = command->activity_id,
                                               .payload = command->payload});
        else if (command->ask > 0)
            asked[command->ask] = scene_event(&scene, scheduled(command->ask));
    }
}

static void ask(const char *rule, const char *commands)
{
    scene_start(&scene, rule);
    scene_task(&scene);
    expect_commands(&scene, commands);
    write_asked();
}

static void answer(unsigned number, const char *output)
{
    struct text payload =
        arena_print(scene.arena, "{\"result\":{\"output\":\"%s\",\"resolved_by\":\"user %u\"}}", output, number);
    scene_done(&scene, asked[number], payload.data);
}

static void time_out(unsigned number)
{
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_TIMED_OUT, .scheduled_id = asked[number]});
}

static void expect_people(unsigned required, unsigned approved, unsigned rejected)
{
    struct run_action action;
    run_action_at(scene.run, 0, &action);
    cr_expect_eq(action.people.required, required);
    cr_expect_eq(action.people.approved, approved);
    cr_expect_eq(action.people.rejected, rejected);
}

static void expect_result(const char *part)
{
    struct run_action action;
    run_action_at(scene.run, 0, &action);
    cr_expect_neq(text_find(action.result, text_from(part)), SIZE_MAX, "%.*s", TEXT_ARG(action.result));
}

#define ASKS_THREE "record A; schedule A; schedule A; schedule A"

Test(ask, each_person_has_an_activity)
{
    ask(ASKING("\"approval_type\":\"all\"," THREE), ASKS_THREE);
    const struct command *note = &scene.commands.items[0], *second = &scene.commands.items[2];
    cr_expect(text_is(note->activity_id, ID_A "/asked"));
    cr_expect(text_is(note->payload, "{\"asked\":3,\"required\":3}"), "%.*s", TEXT_ARG(note->payload));
    cr_expect(text_is(second->activity_id, ID_A "/2"));
    cr_expect(text_is(second->activity_type, "AskApproverActivity"));
    cr_expect_neq(text_find(second->payload, TEXT("\"who\":[\"marco\"]")), SIZE_MAX, "%.*s", TEXT_ARG(second->payload));
    cr_expect_neq(text_find(second->payload, TEXT("\"ask\":2")), SIZE_MAX);
    cr_expect_eq(second->timing.start_to_close_ms, 24 * INT64_C(3600000));
}

Test(ask, all_must_approve)
{
    ask(ASKING("\"approval_type\":\"all\"," THREE), ASKS_THREE);
    answer(3, "approved");
    answer(1, "approved");
    scene_task(&scene);
    expect_commands(&scene, "");
    expect_people(3, 2, 0);
    answer(2, "approved");
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
    cr_expect_neq(text_find(scene.commands.items[0].payload, TEXT("\"A.approvals\":3")), SIZE_MAX);
    expect_result("\"output\":\"approved\"");
    expect_result("\"resolved_by\":\"user 2\"}");
    expect_result("\"answers\":[{\"approver\":\"ana\",\"output\":\"approved\",\"resolved_by\":\"user 1\"},");
}

Test(ask, of_all_one_rejection_decides)
{
    ask(ASKING("\"approval_type\":\"all\"," THREE), ASKS_THREE);
    answer(2, "rejected");
    scene_task(&scene);
    expect_commands(&scene, "cancel activity A; cancel activity A; schedule C");
    cr_expect_eq(scene.commands.items[0].scheduled_id, asked[1]);
    cr_expect_eq(scene.commands.items[1].scheduled_id, asked[3]);
    expect_people(3, 0, 1);
}

Test(ask, a_majority_decides)
{
    ask(ASKING("\"approval_type\":\"majority\"," THREE), ASKS_THREE);
    answer(1, "rejected");
    answer(2, "approved");
    scene_task(&scene);
    expect_commands(&scene, "");
    answer(3, "approved");
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
    expect_people(2, 2, 1);
}

Test(ask, a_number_that_cannot_be_reached_is_a_rejection)
{
    ask(ASKING("\"approval_type\":\"any\",\"required\":2," THREE), ASKS_THREE);
    answer(1, "rejected");
    scene_task(&scene);
    expect_commands(&scene, "");
    answer(3, "rejected");
    scene_task(&scene);
    expect_commands(&scene, "cancel activity A; schedule C");
}

Test(ask, silence_that_decides_is_a_timeout)
{
    ask(ASKING("\"approval_type\":\"majority\"," THREE), ASKS_THREE);
    answer(1, "approved");
    time_out(2);
    scene_task(&scene);
    expect_commands(&scene, "");
    time_out(3);
    scene_task(&scene);
    expect_commands(&scene, "schedule D");
    expect_result("\"approvals\":1,\"asked\":3,\"output\":\"timed_out\",\"rejections\":0,\"required\":2}");
}

Test(ask, without_an_edge_a_timeout_fails)
{
    ask(RULE(ACTION(A, "ask", "{\"hours\":24,\"approval_type\":\"all\",\"who\":[\"ana\",\"marco\"]}"), START(A)),
        "record A; schedule A; schedule A");
    answer(1, "approved");
    time_out(2);
    scene_task(&scene);
    expect_commands(&scene, "fail execute action A (" ID_A
                            "): only 1 of 2 required approvals came within 24 h; asked: ana, marco");
}

Test(ask, an_answer_that_comes_late_changes_nothing)
{
    ask(ASKING("\"required\":1," THREE), ASKS_THREE);
    answer(2, "approved");
    scene_task(&scene);
    expect_commands(&scene, "cancel activity A; cancel activity A; schedule B");
    for (size_t i = 0; i < 2; i++)
        scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_CANCEL_REQUESTED,
                                           .scheduled_id = scene.commands.items[i].scheduled_id});
    answer(1, "rejected");
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_CANCELED, .scheduled_id = asked[3]});
    scene_task(&scene);
    expect_commands(&scene, "");
    expect_people(1, 1, 0);
}

Test(ask, a_person_who_is_named_twice_is_asked_once)
{
    ask(ASKING("\"approval_type\":\"all\",\"who\":[\"ana\",\"marco\",\"ANA\"]"), "record A; schedule A; schedule A");
}

Test(ask, one_request_is_enough_where_one_answer_decides)
{
    ask(ASKING("\"approval_type\":\"any\"," THREE), "schedule A");
    cr_expect_eq(scene.commands.items[0].activity_id.size, 0);
    cr_expect_eq(scene.commands.items[0].ask, 0);
}

Test(ask, one_person_needs_no_counting)
{
    ask(ASKING("\"approval_type\":\"all\",\"who\":[\"ana\"]"), "schedule A");
}

Test(ask, more_than_are_asked_cannot_approve)
{
    scene_start(&scene, ASKING("\"required\":4," THREE));
    scene_task(&scene);
    expect_commands(&scene, "record A; fail execute action A (" ID_A "): action A (" ID_A
                            "): required is 4, but 3 people are asked");
}

Test(ask, a_request_that_fails_fails_the_action)
{
    ask(ASKING("\"approval_type\":\"all\"," THREE), ASKS_THREE);
    scene_event(&scene, (struct event){
                            .kind = EVENT_ACTIVITY_FAILED, .scheduled_id = asked[2], .failure = TEXT("no such user")});
    scene_task(&scene);
    expect_commands(&scene, "cancel activity A; cancel activity A; fail execute action A (" ID_A "): no such user");
}

Test(ask, a_canceled_run_cancels_every_request)
{
    ask(ASKING("\"approval_type\":\"all\"," THREE), ASKS_THREE);
    answer(1, "approved");
    scene_event(&scene, (struct event){.kind = EVENT_CANCEL_REQUESTED});
    scene_task(&scene);
    expect_commands(&scene, "cancel activity A; cancel activity A; cancel");
}

/* In versions without counting, one activity asked all people. */
Test(ask, a_run_that_asked_by_one_activity_keeps_that)
{
    scene_start(&scene, ASKING("\"approval_type\":\"all\"," THREE));
    int64_t id = scene_scheduled(&scene, ID_A);
    scene_done(&scene, id, "{\"result\":{\"output\":\"approved\"}}");
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
}

Test(ask, an_action_that_is_tried_again_asks_everybody_again)
{
    scene_start(&scene, "{\"on_failure\":\"hold\",\"rule_id\":\"11111111-1111-4111-8111-111111111111\","
                        "\"execution_id\":\"22222222-2222-4222-8222-222222222222\",\"graph\":{\"actions\":[" ACTION(
                            A, "ask", "{\"approval_type\":\"all\"," THREE "}") "],\"edges\":[" START(A) "]}}");
    scene_task(&scene);
    write_asked();
    scene_event(&scene, (struct event){
                            .kind = EVENT_ACTIVITY_FAILED, .scheduled_id = asked[2], .failure = TEXT("no such user")});
    scene_task(&scene);
    expect_commands(&scene, "cancel activity A; cancel activity A");
    const struct run_update update = {.id = TEXT("u"), .name = TEXT("retry"), .input = TEXT("{\"action\":\"A\"}")};
    cr_assert_eq(run_accept(scene.run, &update, &scene.error), STATUS_OK);
    scene_task(&scene);
    expect_commands(&scene, ASKS_THREE);
    cr_expect(text_is(scene.commands.items[1].activity_id, ID_A "/4"));
    write_asked();
    for (unsigned i = 4; i <= 6; i++)
        answer(i, "approved");
    scene_task(&scene);
    expect_commands(&scene, "complete");
}
