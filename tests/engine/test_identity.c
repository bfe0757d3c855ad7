/* The identity to which the effects of a run belong: its execution, or one start of its input. */
#include "tests/engine/suite.h"

#define EXECUTION "22222222-2222-4222-8222-222222222222"
#define RUN_1     "e1000000-0000-4000-8000-000000000001"
#define RUN_2     "e1000000-0000-4000-8000-000000000002"
#define TWO_CALLS RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}"), START(A) "," EDGE(A, B, "sequence"))
/* A rule of one action whose input has this member, or no member, in place of the execution id. */
#define WITHOUT_ID(member)                                                                                             \
    "{\"rule_id\":\"11111111-1111-4111-8111-111111111111\",\"rule_name\":\"Rule\"," member                             \
    "\"graph\":{\"actions\":[" ACTION(A, "call", "{}") "],\"edges\":[" START(A) "]},\"trigger_data\":{}}"
#define REQUIRED "fail validate workflow input: execution_id is required"

TestSuite(identity, SCENE_ACTIVITIES);

static void begin(const char *input, struct event_start start)
{
    scene_begin_another(input, &start);
}

static struct event_start start_as(const char *workflow_id)
{
    return (struct event_start){
        .workflow_id = text_from(workflow_id), .run_id = TEXT(RUN_1), .first_run_id = TEXT(RUN_1)};
}

static struct event_start by_schedule(void)
{
    struct event_start start = start_as("nightly-2026-06-17T02:00:00Z");
    start.scheduled = true;
    return start;
}

static struct event_start by_cron(const char *run_id)
{
    struct event_start start = start_as("nightly");
    start.cron = true;
    start.run_id = text_from(run_id);
    return start;
}

/* The identity of a run that was started in this way. Each test uses it a few times. */
static struct text identity(const char *input, struct event_start start)
{
    begin(input, start);
    static char ids[32][UUID_TEXT_SIZE];
    static size_t count;
    struct text id = run_effect_id(scene.run);
    cr_assert_eq(id.size, UUID_TEXT_SIZE);
    cr_assert_lt(count, 32);
    return (struct text){.data = memcpy(ids[count++], id.data, id.size), .size = id.size};
}

/* A member of the input of the activity that the first command schedules. */
static struct text input_member(const char *name)
{
    struct json_value input;
    cr_assert_gt(scene.commands.count, 0);
    cr_assert_eq(json_read(scene.arena, scene.commands.items[0].payload, &input, &scene.error), STATUS_OK);
    return json_get_text(&input, text_from(name));
}

/* The input of the run that continues this one, whose action A has ended. `input` is that of A's activity. */
static const char *continued_after(struct text input)
{
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_SCHEDULED, .activity_id = TEXT(ID_A), .payload = input});
    scene_done(&scene, scene.event_id, "{\"result\":{}}");
    scene_event(&scene, (struct event){.kind = EVENT_TASK_STARTED, .suggest_continue = true});
    run_task_end(scene.run);
    scene_decide(&scene);
    expect_commands(&scene, "continue as new");
    static char text[65536];
    struct text payload = scene.commands.items[0].payload;
    cr_assert_lt(payload.size, sizeof text);
    memcpy(text, payload.data, payload.size);
    text[payload.size] = '\0';
    return text;
}

static const char *continued(void)
{
    scene_task(&scene);
    return continued_after(scene.commands.items[0].payload);
}

Test(identity, of_a_start_by_the_erp_is_its_execution)
{
    cr_expect(text_is(identity(TWO_CALLS, start_as("workflow-rule-entity-" EXECUTION)), EXECUTION));
    scene_task(&scene);
    cr_expect(text_is(input_member("execution_id"), EXECUTION));
    cr_expect(text_is(input_member("effect_id"), ""), "inputs stay as they were");
    begin(TWO_CALLS, start_as("workflow-rule-entity-" EXECUTION));
    cr_expect_null(strstr(continued(), "effect_id"));

    begin("{\"rule_id\":\"11111111-1111-4111-8111-111111111111\",\"execution_id\":\"ABCDEFAB-2222-4222-8222-"
          "222222222222\","
          "\"graph\":{\"actions\":[],\"edges\":[]}}",
          start_as("workflow-ABCDEFAB-2222-4222-8222-222222222222"));
    cr_expect(text_is(run_effect_id(scene.run), "abcdefab-2222-4222-8222-222222222222"));
}

Test(identity, of_a_history_that_does_not_tell_is_its_execution)
{
    scene_start(&scene, TWO_CALLS);
    cr_expect(text_is(run_effect_id(scene.run), EXECUTION));
    struct event_start unknown = {0};
    cr_expect(text_is(identity(TWO_CALLS, unknown), EXECUTION));
}

Test(identity, of_another_start_is_its_own)
{
    struct event_start start = start_as("by-hand");
    struct text first = identity(TWO_CALLS, start);
    cr_expect_eq(first.size, UUID_TEXT_SIZE);
    scene_task(&scene);
    cr_expect(text_is(input_member("execution_id"), EXECUTION));
    cr_expect(text_equal(input_member("effect_id"), first));

    struct event_start retry = start;
    retry.run_id = TEXT(RUN_2);
    cr_expect(text_equal(identity(TWO_CALLS, retry), first), "a retry is the same execution");
    struct event_start again = retry;
    again.first_run_id = TEXT(RUN_2);
    cr_expect_not(text_equal(identity(TWO_CALLS, again), first));
    cr_expect_not(text_equal(identity(TWO_CALLS, start_as("by-hand-2")), first));
    cr_expect_not(text_equal(identity(TWO_CALLS, start_as(EXECUTION "-2026-06-17T02:00:00Z")), first));
}

Test(identity, of_a_schedule_needs_no_execution_id)
{
    static const char *const inputs[] = {WITHOUT_ID(""), WITHOUT_ID("\"execution_id\":null,"),
                                         WITHOUT_ID("\"execution_id\":\"\","),
                                         WITHOUT_ID("\"execution_id\":\"00000000-0000-0000-0000-000000000000\",")};
    struct text first = identity(inputs[0], by_schedule());
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        cr_expect(text_equal(identity(inputs[i], by_schedule()), first));
        scene_task(&scene);
        expect_commands(&scene, "schedule A");
        cr_expect(text_equal(input_member("execution_id"), first));
        cr_expect(text_is(input_member("effect_id"), ""));
        cr_expect(text_equal(run_execution_id(scene.run), first));

        begin(inputs[i], start_as("by-hand"));
        scene_task(&scene);
        expect_commands(&scene, REQUIRED);
    }
    begin(WITHOUT_ID("\"execution_id\":\"nightly\","), by_schedule());
    scene_task(&scene);
    expect_commands(&scene, REQUIRED);
}

Test(identity, of_a_cron_run_is_its_own_each_time)
{
    struct text first = identity(TWO_CALLS, by_cron(RUN_1));
    cr_expect(text_equal(identity(TWO_CALLS, by_cron(RUN_1)), first), "a retry, which has this run id");
    cr_expect_not(text_equal(identity(TWO_CALLS, by_cron(RUN_2)), first));
    struct event_start named = by_cron(RUN_1);
    named.workflow_id = TEXT("workflow-" EXECUTION);
    cr_expect_not(text_is(identity(TWO_CALLS, named), EXECUTION));
    cr_expect_eq(identity(WITHOUT_ID(""), by_cron(RUN_1)).size, UUID_TEXT_SIZE);

    begin(TWO_CALLS, by_cron(RUN_1));
    scene_task(&scene);
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_FAILED,
                                       .scheduled_id = scene_scheduled(&scene, ID_A),
                                       .failure = TEXT("no")});
    scene_task(&scene);
    expect_commands(&scene, "fail execute action A (" ID_A "): no");
    cr_expect(text_is(scene.commands.items[0].cron_run_id, RUN_1), "for a retry");
}

Test(identity, survives_continuing_as_new)
{
    struct event_start starts[] = {start_as("by-hand"), by_schedule(), by_cron(RUN_1)};
    for (size_t i = 0; i < 3; i++) {
        struct text first = identity(TWO_CALLS, starts[i]);
        const char *input = continued();
        struct event_start next = starts[i];
        next.run_id = TEXT(RUN_2);
        begin(input, next);
        cr_expect(text_equal(run_effect_id(scene.run), first));
        scene_task(&scene);
        expect_commands(&scene, "schedule B");
        cr_expect(text_equal(input_member("effect_id"), first));
        cr_expect(text_is(input_member("execution_id"), EXECUTION));
    }
}

Test(identity, without_execution_id_survives_continuing_as_new)
{
    static const char input[] = "{\"rule_id\":\"11111111-1111-4111-8111-111111111111\",\"graph\":{\"actions\":[" ACTION(
        A, "call", "{}") "," ACTION(B, "call",
                                    "{}") "],\"edges\":[" START(A) "," EDGE(A, B, "sequence") "]},\"trigger_data\":{}}";
    struct text first = identity(input, by_schedule());
    const char *next = continued();
    cr_expect_null(strstr(next, "execution_id"));
    begin(next, start_as("nightly-2026-06-17T02:00:00Z"));
    cr_expect(text_equal(run_effect_id(scene.run), first));
    cr_expect(text_equal(run_execution_id(scene.run), first));
}

/* The server starts the next run of a cron schedule with the input of the previous one, even if that had continued. */
Test(identity, a_cron_schedule_begins_anew_after_a_continued_run)
{
    struct text first = identity(TWO_CALLS, by_cron(RUN_1));
    const char *input = continued();
    struct event_start again = by_cron(RUN_2);
    again.cron_again = true;
    begin(input, again);
    cr_expect_not(text_equal(run_effect_id(scene.run), first));
    scene_task(&scene);
    expect_commands(&scene, "schedule A");
}

/* The worker of that run knew no identities: effects belonged to the execution id. */
Test(identity, a_run_keeps_the_one_it_began_with)
{
    struct text own = identity(TWO_CALLS, start_as("by-hand"));
    scene_task(&scene);
    int64_t a = scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_SCHEDULED,
                                                   .activity_id = TEXT(ID_A),
                                                   .payload = TEXT("{\"action_id\":\"" ID_A "\"}")});
    cr_expect(text_is(run_effect_id(scene.run), EXECUTION));
    scene_done(&scene, a, "{\"result\":{}}");
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
    cr_expect(text_is(input_member("effect_id"), ""));

    begin(TWO_CALLS, start_as("by-hand"));
    begin(continued(), start_as("by-hand"));
    cr_expect(text_equal(run_effect_id(scene.run), own));
}

Test(identity, of_an_old_run_survives_continuing_as_new)
{
    begin(TWO_CALLS, start_as("by-hand"));
    scene_task(&scene);
    begin(continued_after(TEXT("{\"action_id\":\"" ID_A "\"}")), start_as("by-hand"));
    cr_expect(text_is(run_effect_id(scene.run), EXECUTION));
}

Test(identity, of_a_branch_is_the_execution_of_its_parent)
{
    struct event_start start = start_as("by-hand-branch-0-" ID_A);
    scene_event(
        &scene,
        (struct event){
            .kind = EVENT_STARTED,
            .activity_type = TEXT("ExecuteBranchUntilConvergence"),
            .payload =
                TEXT("{\"start_action\":{\"id\":\"" ID_A "\"},\"convergence_point\":\"" ID_B
                     "\",\"rule_id\":\"11111111-1111-4111-8111-111111111111\","
                     "\"execution_id\":\"" EXECUTION "\",\"graph\":{\"actions\":[" ACTION(A, "call", "{}") "," ACTION(
                         B, "call", "{}") "],\"edges\":[" EDGE(A, B, "sequence") "]},\"initial_context\":{}}"),
            .start = &start});
    cr_expect(text_is(run_effect_id(scene.run), EXECUTION));
}
