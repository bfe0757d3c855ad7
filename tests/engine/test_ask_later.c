/* People who do not answer: reminders, and other people who are asked too. */
#include <stdio.h>
#include <string.h>

#include "tests/engine/suite.h"

TestSuite(ask_later, SCENE_LOCAL);

#define ANSWER(target, output)                                                                                         \
    "{\"source_action_id\":\"" ID_A "\",\"target_action_id\":\"" ID_##target "\",\"edge_type\":\"sequence\","          \
                                                                             "\"source_output\":\"" output "\"}"
/* A asks; B runs when approved, C when rejected, D when the time is up. */
#define ASKING(config)                                                                                                 \
    RULE(ACTION(A, "ask", "{\"hours\":24,\"who\":[\"ana\",\"marco\"]," config "}") "," ACTION(                         \
             B, "call", "{}") "," ACTION(C, "call", "{}") "," ACTION(D, "call", "{}"),                                 \
         START(A) "," ANSWER(B, "approved") "," ANSWER(C, "rejected") "," ANSWER(D, "timed_out"))
#define REMINDING  "\"approval_type\":\"any\",\"remind_after\":\"4h\""
#define ESCALATING "\"escalate_after\":\"1h\",\"escalate_to\":[\"lea\",\"ANA\",\"tom\"]"

static int64_t asked[16], reminded[16], timers[2]; /* timers of reminders and of the escalation */
static unsigned reminder_count;

static bool is_reminder(const struct command *command)
{
    return text_is(command->activity_type, "RemindApproversActivity");
}

/* Writes the events for the latest commands into the history. */
static void write_asked(void)
{
    for (size_t i = 0; i < scene.commands.count; i++) {
        const struct command *command = &scene.commands.items[i];
        struct event event = {.activity_id = command->activity_id,
                              .activity_type = command->activity_type,
                              .payload = command->payload,
                              .duration_ms = command->kind == COMMAND_SCHEDULE_ACTIVITY
                                                 ? command->timing.start_to_close_ms
                                                 : command->duration_ms};
        bool escalates = text_find(command->activity_id, TEXT("/escalate")) != SIZE_MAX;
        if (command->kind == COMMAND_RECORD_RESULT)
            event.kind = EVENT_RESULT_RECORDED;
        else if (command->kind == COMMAND_SCHEDULE_ACTIVITY && command->activity_id.size > 0)
            event.kind = EVENT_ACTIVITY_SCHEDULED;
        else if (command->kind == COMMAND_START_TIMER)
            event.kind = EVENT_TIMER_STARTED;
        else
            continue;
        int64_t id = scene_event(&scene, event);
        if (event.kind == EVENT_TIMER_STARTED)
            timers[escalates] = id;
        else if (is_reminder(command))
            reminded[++reminder_count] = id;
        else if (command->ask > 0)
            asked[command->ask] = id;
    }
}

static void task(const char *commands)
{
    scene_task(&scene);
    expect_commands(&scene, commands);
    write_asked();
}

static void ask(const char *rule, const char *commands)
{
    scene_start(&scene, rule);
    task(commands);
}

static void fire(bool escalates)
{
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_FIRED, .scheduled_id = timers[escalates]});
}

static void answer(unsigned number, const char *output)
{
    scene_done(&scene, asked[number], arena_print(scene.arena, "{\"result\":{\"output\":\"%s\"}}", output).data);
}

static void reminder_is_sent(void)
{
    scene_done(&scene, reminded[reminder_count], "{\"result\":{\"output\":\"success\"}}");
}

static void time_out(unsigned number)
{
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_TIMED_OUT, .scheduled_id = asked[number]});
}

static void expect_payload(size_t index, const char *part, bool is_there)
{
    struct text payload = scene.commands.items[index].payload;
    cr_expect_eq(text_find(payload, text_from(part)) != SIZE_MAX, is_there, "%s in %.*s", part, TEXT_ARG(payload));
}

#define ASKS_TWO    "record A; schedule A; schedule A; start timer A"
#define ASKS_ALL_OF "record A; schedule A; schedule A; start timer A; start timer A"

Test(ask_later, silent_people_are_reminded)
{
    ask(ASKING("\"approval_type\":\"all\",\"remind_after\":\"4h\""), ASKS_TWO);
    cr_expect(text_is(scene.commands.items[3].activity_id, ID_A "/remind"));
    cr_expect_eq(scene.commands.items[3].duration_ms, 4 * INT64_C(3600000));
    answer(1, "approved");
    task("");
    fire(false);
    task("start timer A; schedule A");
    const struct command *reminder = &scene.commands.items[1];
    cr_expect(text_is(reminder->activity_id, ID_A "/remind/1"));
    cr_expect(is_reminder(reminder));
    cr_expect_eq(reminder->ask, 0);
    expect_payload(1, "\"who\":[\"marco\"]", true);
    expect_payload(1, "\"reminder\":1", true);
    expect_payload(1, "remind_after", false);
    answer(2, "approved");
    task("cancel timer A; cancel activity A; schedule B");
    cr_expect_eq(scene.commands.items[1].scheduled_id, reminded[1]);
}

Test(ask_later, five_reminders_are_enough)
{
    ask(ASKING(REMINDING), ASKS_TWO);
    for (unsigned i = 1; i <= 5; i++) {
        fire(false);
        task(i < 5 ? "start timer A; schedule A" : "schedule A");
        reminder_is_sent();
        task("");
    }
    time_out(1);
    time_out(2);
    task("schedule D");
}

/* The next reminder says the same. */
Test(ask_later, a_reminder_that_is_still_on_its_way_is_not_doubled)
{
    ask(ASKING(REMINDING), ASKS_TWO);
    fire(false);
    task("start timer A; schedule A");
    fire(false);
    task("start timer A");
    reminder_is_sent();
    fire(false);
    task("start timer A; schedule A");
    cr_expect(text_is(scene.commands.items[1].activity_id, ID_A "/remind/2"));
}

Test(ask_later, a_reminder_that_fails_changes_nothing)
{
    ask(ASKING(REMINDING), ASKS_TWO);
    fire(false);
    task("start timer A; schedule A");
    scene_event(
        &scene,
        (struct event){.kind = EVENT_ACTIVITY_FAILED, .scheduled_id = reminded[1], .failure = TEXT("no such user")});
    task("");
    answer(1, "approved");
    task("cancel activity A; cancel timer A; schedule B");
}

Test(ask_later, of_any_the_first_answer_decides)
{
    ask(ASKING(REMINDING), ASKS_TWO);
    expect_payload(1, "\"who\":[\"ana\"]", true);
    expect_payload(1, "remind_after", true);
    answer(2, "rejected");
    task("cancel activity A; cancel timer A; schedule C");
}

Test(ask_later, others_are_asked_too)
{
    ask(ASKING("\"approval_type\":\"any\"," ESCALATING), ASKS_TWO);
    cr_expect(text_is(scene.commands.items[3].activity_id, ID_A "/escalate"));
    fire(true);
    task("schedule A; schedule A");
    cr_expect(text_is(scene.commands.items[0].activity_id, ID_A "/3"));
    cr_expect_eq(scene.commands.items[0].ask, 3);
    cr_expect_eq(scene.commands.items[0].timing.start_to_close_ms, 23 * INT64_C(3600000), "the rest of the time");
    expect_payload(0, "\"who\":[\"lea\"]", true);
    expect_payload(1, "\"who\":[\"tom\"]", true);
    expect_payload(1, "escalate_to", false);
    answer(3, "approved");
    task("cancel activity A; cancel activity A; cancel activity A; schedule B");
}

Test(ask_later, who_is_asked_later_stands_in_for_others)
{
    ask(ASKING("\"approval_type\":\"all\"," ESCALATING), ASKS_TWO);
    answer(1, "approved");
    fire(true);
    task("schedule A; schedule A");
    struct run_action action;
    run_action_at(scene.run, 0, &action);
    cr_expect_eq(action.people.asked, 4);
    cr_expect_eq(action.people.required, 2);
    answer(4, "approved");
    task("cancel activity A; cancel activity A; schedule B");
}

Test(ask_later, of_all_a_rejection_by_others_decides_too)
{
    ask(ASKING("\"approval_type\":\"all\"," ESCALATING), ASKS_TWO);
    fire(true);
    task("schedule A; schedule A");
    answer(4, "rejected");
    task("cancel activity A; cancel activity A; cancel activity A; schedule C");
}

Test(ask_later, an_answer_in_time_asks_nobody_else)
{
    ask(ASKING("\"approval_type\":\"any\"," ESCALATING), ASKS_TWO);
    answer(1, "approved");
    task("cancel activity A; cancel timer A; schedule B");
}

Test(ask_later, others_are_reminded_as_well)
{
    ask(ASKING(REMINDING "," ESCALATING), ASKS_ALL_OF);
    fire(true);
    task("schedule A; schedule A");
    fire(false);
    task("start timer A; schedule A");
    expect_payload(1, "\"who\":[\"ana\",\"marco\",\"lea\",\"tom\"]", true);
}

/* The failure names the whole time of the action, not the remaining time that these people had. */
Test(ask_later, a_timeout_of_all_names_the_whole_time)
{
    ask(RULE(ACTION(A, "ask", "{\"hours\":24,\"who\":[\"ana\"]," ESCALATING "}"), START(A)),
        "record A; schedule A; start timer A");
    fire(true);
    task("schedule A; schedule A");
    time_out(1);
    time_out(2);
    task("");
    time_out(3);
    task("fail execute action A (" ID_A "): only 0 of 1 required approvals came within 24 h; asked: ana");
}

Test(ask_later, one_person_is_enough)
{
    ask(RULE(ACTION(A, "ask", "{\"approval_type\":\"any\",\"who\":[\"ana\"],\"remind_after\":\"1d\"}"), START(A)),
        "record A; schedule A; start timer A");
    answer(1, "approved");
    task("cancel timer A; complete");
}

Test(ask_later, a_canceled_run_cancels_the_timers)
{
    ask(ASKING(REMINDING "," ESCALATING), ASKS_ALL_OF);
    scene_event(&scene, (struct event){.kind = EVENT_CANCEL_REQUESTED});
    task("cancel activity A; cancel activity A; cancel timer A; cancel timer A; cancel");
}

/* Neither the timers of the failed attempt nor the numbers of its reminders count. */
Test(ask_later, an_action_that_is_tried_again_begins_anew)
{
    ask("{\"on_failure\":\"hold\",\"rule_id\":\"11111111-1111-4111-8111-111111111111\","
        "\"execution_id\":\"22222222-2222-4222-8222-222222222222\",\"graph\":{\"actions\":[" ACTION(
            A, "ask", "{\"who\":[\"ana\",\"marco\"]," REMINDING "}") "],\"edges\":[" START(A) "]}}",
        ASKS_TWO);
    fire(false);
    task("start timer A; schedule A");
    scene_event(&scene, (struct event){
                            .kind = EVENT_ACTIVITY_FAILED, .scheduled_id = asked[2], .failure = TEXT("no such user")});
    task("cancel activity A; cancel timer A; cancel activity A");
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_CANCELED, .scheduled_id = timers[0]});
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_CANCELED, .scheduled_id = reminded[1]});
    const struct run_update update = {.id = TEXT("u"), .name = TEXT("retry"), .input = TEXT("{\"action\":\"A\"}")};
    cr_assert_eq(run_accept(scene.run, &update, &scene.error), STATUS_OK);
    task(ASKS_TWO);
    fire(false);
    task("start timer A; schedule A");
    cr_expect(text_is(scene.commands.items[1].activity_id, ID_A "/remind/2"));
    expect_payload(1, "\"who\":[\"ana\",\"marco\"]", true);
}

#define WITH_CONFIG                                                                                                    \
    "{\"rule_id\":\"11111111-1111-4111-8111-111111111111\",\"execution_id\":\"22222222-2222-4222-8222-222222222222\"," \
    "\"graph\":{\"actions\":[" ACTION(A, "ask", "{\"who\":[\"ana\"],%s}") "],\"edges\":[" START(A) "]}}"

static void expect_refused(const char *config, const char *why)
{
    char text[8192];
    scene_close(&scene);
    scene_open(&scene, &scene_local);
    (void)snprintf(text, sizeof text, WITH_CONFIG, config);
    scene_start(&scene, text);
    scene_task(&scene);
    (void)snprintf(text, sizeof text, "record A; fail execute action A (" ID_A "): action A (" ID_A "): %s", why);
    expect_commands(&scene, text);
}

#define NO_DURATION(key) key " must be a duration of a second or more, such as 90s, 2h or 7d"

Test(ask_later, times_that_are_none_are_refused)
{
    expect_refused("\"remind_after\":\"soon\"", NO_DURATION("remind_after"));
    expect_refused("\"remind_after\":\"10ms\"", NO_DURATION("remind_after"));
    expect_refused("\"remind_after\":90", NO_DURATION("remind_after"));
    expect_refused("\"escalate_after\":\"-1h\",\"escalate_to\":[\"lea\"]", NO_DURATION("escalate_after"));
}

Test(ask_later, escalation_needs_a_time_and_people)
{
    expect_refused("\"escalate_after\":\"1h\"", "escalate_after needs escalate_to");
    expect_refused("\"escalate_after\":\"1h\",\"escalate_to\":[]", "escalate_after needs escalate_to");
    expect_refused("\"escalate_to\":[\"lea\"]", "escalate_to needs escalate_after");
    expect_refused("\"escalate_after\":\"1h\",\"escalate_to\":\"lea\"", "escalate_to must be a list of users");
    expect_refused("\"escalate_after\":\"1h\",\"escalate_to\":[\"ANA\",\"ana\"]",
                   "escalate_to names only people who are approvers already");
    expect_refused("\"escalate_after\":\"1h\",\"escalate_to\":[1]", "escalate_to must be a list of users");
}

Test(ask_later, too_many_are_refused)
{
    char config[4096] = "\"escalate_after\":\"1h\",\"escalate_to\":[\"ana\"";
    size_t size = strlen(config);
    for (unsigned i = 0; i < 100; i++)
        size += (size_t)snprintf(config + size, sizeof config - size, ",\"user %u\"", i);
    (void)snprintf(config + size, sizeof config - size, "]");
    expect_refused(config, "more than 100 people are asked");
}
