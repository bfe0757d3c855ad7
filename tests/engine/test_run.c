/* Decisions of a run: local actions, activities, timers, cancellation, inputs and views. */
#include "tests/engine/suite.h"

TestSuite(local, SCENE_LOCAL);
TestSuite(activities, SCENE_ACTIVITIES);

Test(local, chain_of_pure_actions_ends_in_one_task)
{
    scene_start(&scene, RULE(ACTION(A, "pure", "{}") "," ACTION(B, "pure", "{\"text\":\"{{A.n}}\"}"),
                             START(A) "," EDGE(A, B, "sequence")));
    scene_task(&scene);
    expect_commands(&scene, "perform A");
    cr_expect(run_is_performing(scene.run));
    scene_perform(&scene, "A", "{\"n\":1}");
    scene_decide(&scene);
    expect_commands(&scene, "record A; perform B");
    cr_expect(text_is(scene.commands.items[0].payload, "{\"n\":1}"));
    int64_t seen = 0;
    cr_expect(json_to_int64(json_get(&scene.commands.items[1].request.context, TEXT("A.n")), &seen));
    cr_expect_eq(seen, 1);
    scene_perform(&scene, "B", "{}");
    scene_decide(&scene);
    expect_commands(&scene, "record B; complete");
    cr_expect(run_is_over(scene.run));
}

Test(local, a_name_with_an_index_brings_the_field_that_it_walks_into)
{
    scene_start(&scene, RULE(ACTION(A, "pure", "{}") "," ACTION(B, "pure",
                                                                "{\"text\":\"{{A.rows[1].k[0]}}{{A.rows[7]}}{{A[0]}}"
                                                                "{{total[0]}}{{expr: A.n[0] * total}}\"}"),
                             START(A) "," EDGE(A, B, "sequence")));
    scene_task(&scene);
    scene_perform(&scene, "A", "{\"n\":[1],\"rows\":[0,{\"k\":[2]}],\"other\":3}");
    scene_decide(&scene);
    expect_commands(&scene, "record A; perform B");
    const struct json_value *context = &scene.commands.items[1].request.context;
    cr_expect_not_null(json_get(context, TEXT("A.rows")));
    cr_expect_not_null(json_get(context, TEXT("A.n")));
    cr_expect_not_null(json_get(context, TEXT("total")));
    cr_expect_null(json_get(context, TEXT("A")));
    cr_expect_null(json_get(context, TEXT("A.other")));
}

Test(local, an_activity_after_local_work)
{
    scene_start(&scene, RULE(ACTION(A, "pure", "{}") "," ACTION(B, "call", "{}"), START(A) "," EDGE(A, B, "sequence")));
    scene_task(&scene);
    scene_perform(&scene, "A", "{}");
    scene_decide(&scene);
    expect_commands(&scene, "record A; schedule B");
    int64_t b = scene_scheduled(&scene, ID_B);
    scene_done(&scene, b, "{\"result\":{\"x\":1}}");
    scene_task(&scene);
    expect_commands(&scene, "complete");
}

Test(local, without_perform_local_work_is_left_to_the_next_task)
{
    scene_start(&scene, RULE(ACTION(A, "pure", "{}") "," ACTION(B, "call", "{}"), START(A) "," START(B)));
    scene_event(&scene, (struct event){.kind = EVENT_TASK_STARTED});
    scene.commands = (struct command_list){.arena = scene.arena};
    cr_assert_eq(run_decide(scene.run, false, &scene.commands, &scene.error), STATUS_OK);
    expect_commands(&scene, "schedule B");
    cr_expect(run_wants_task(scene.run));
    scene_scheduled(&scene, ID_B);
    scene_task(&scene);
    expect_commands(&scene, "perform A");
}

Test(local, a_retry_hands_over_to_an_activity)
{
    scene_start(&scene, RULE(ACTION(A, "pure", "{}"), START(A)));
    scene_task(&scene);
    struct action_report report = {.outcome = ACTION_OUTCOME_RETRY, .failure = TEXT("away")};
    cr_assert_eq(run_perform_done(scene.run, 0, &report, &scene.error), STATUS_OK);
    scene_decide(&scene);
    expect_commands(&scene, "schedule A");
}

Test(local, a_stored_result_is_recorded_as_such)
{
    scene_start(&scene, RULE(ACTION(A, "pure", "{}") "," ACTION(B, "pure", "{}"), START(A) "," EDGE(A, B, "sequence")));
    scene_task(&scene);
    struct action_report report = {
        .outcome = ACTION_OUTCOME_DONE, .result = json_object(NULL, 0), .stored_result = true};
    cr_assert_eq(run_perform_done(scene.run, 0, &report, &scene.error), STATUS_OK);
    scene_decide(&scene);
    expect_commands(&scene, "record A; perform B");
    cr_expect(scene.commands.items[0].stored_result);
    scene_perform(&scene, "B", "{}");
    scene_decide(&scene);
    expect_commands(&scene, "record B; complete");
    cr_expect_not(scene.commands.items[0].stored_result);
}

Test(local, refusal_is_recorded_and_fails_the_run)
{
    scene_start(&scene, RULE(ACTION(A, "pure", "{}") "," ACTION(B, "pure", "{}"), START(A) "," EDGE(A, B, "sequence")));
    scene_task(&scene);
    struct action_report report = {.outcome = ACTION_OUTCOME_REFUSED,
                                   .failure = TEXT("action A (" ID_A "): execute: no")};
    cr_assert_eq(run_perform_done(scene.run, 0, &report, &scene.error), STATUS_OK);
    scene_decide(&scene);
    expect_commands(&scene, "record A; fail execute action A (" ID_A "): action A (" ID_A "): execute: no");
    cr_expect_str_eq(scene_state(&scene, "B"), "dead");
}

Test(local, a_local_action_cannot_be_pending)
{
    scene_start(&scene, RULE(ACTION(A, "pure", "{}"), START(A)));
    scene_task(&scene);
    struct action_report report = {.outcome = ACTION_OUTCOME_PENDING};
    cr_expect_eq(run_perform_done(scene.run, 0, &report, &scene.error), STATUS_INTERNAL);
    report.outcome = ACTION_OUTCOME_DONE;
    cr_expect_eq(run_perform_done(scene.run, 7, &report, &scene.error), STATUS_INTERNAL);
}

Test(activities, a_failure_in_one_branch_lets_the_others_end)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}") "," ACTION(C, "call", "{}") "," ACTION(
                                 D, "call", "{}"),
                             START(A) "," START(B) "," EDGE(A, C, "sequence") "," EDGE(B, D, "sequence")));
    scene_task(&scene);
    expect_commands(&scene, "schedule A; schedule B");
    int64_t a = scene_scheduled(&scene, ID_A), b = scene_scheduled(&scene, ID_B);
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_FAILED, .scheduled_id = a, .failure = TEXT("boom")});
    scene_task(&scene);
    expect_commands(&scene, "");
    scene_done(&scene, b, "{\"result\":null}");
    scene_task(&scene);
    expect_commands(&scene, "schedule D");
    int64_t d = scene_scheduled(&scene, ID_D);
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_TIMED_OUT, .scheduled_id = d, .failure = TEXT("late")});
    scene_task(&scene);
    expect_commands(&scene, "fail execute action A (" ID_A "): boom; execute action D (" ID_D "): late");
}

Test(activities, unknown_and_human_types_are_activities)
{
    scene_start(&scene, RULE(ACTION(A, "nobody", "{}") "," ACTION(B, "ask", "{}"), START(A) "," START(B)));
    scene_task(&scene);
    expect_commands(&scene, "schedule A; schedule B");
    const struct command *unknown = &scene.commands.items[0], *human = &scene.commands.items[1];
    cr_expect(text_is(unknown->activity_type, "ExecuteActionActivity"));
    cr_expect_eq(unknown->timing.retry_attempts, 3);
    cr_expect_neq(text_find(unknown->payload, TEXT("\"total\":1500")), SIZE_MAX, "an unknown type sees everything");
    cr_expect(text_is(human->activity_type, "ExecuteAsyncActionActivity"));
    cr_expect_eq(human->timing.start_to_close_ms, 604800000);
    cr_expect_eq(text_find(human->payload, TEXT("total")), SIZE_MAX, "a known type sees what it asks for");
}

Test(activities, inactive_actions_are_skipped)
{
    scene_start(&scene, RULE(INACTIVE(A, "call") "," ACTION(B, "call", "{}") "," ACTION(C, "call", "{}"),
                             START(A) "," EDGE(A, B, "sequence") "," EDGE(A, C, "true_branch")));
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
    cr_expect_str_eq(scene_state(&scene, "A"), "skipped");
    cr_expect_str_eq(scene_state(&scene, "C"), "dead");
}

Test(activities, a_rule_of_inactive_actions_completes)
{
    scene_start(&scene, RULE(INACTIVE(A, "call"), START(A)));
    scene_task(&scene);
    expect_commands(&scene, "complete");
}

Test(activities, cancel_ends_what_is_in_flight)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "delay",
                                                                "{\"duration\":\"1h\"}") "," ACTION(C, "call", "{}"),
                             START(A) "," START(B) "," EDGE(A, C, "sequence")));
    scene_task(&scene);
    expect_commands(&scene, "schedule A; start timer B");
    int64_t a = scene_scheduled(&scene, ID_A);
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_STARTED, .activity_id = TEXT(ID_B)});
    scene_event(&scene, (struct event){.kind = EVENT_CANCEL_REQUESTED});
    scene_task(&scene);
    expect_commands(&scene, "cancel activity A; cancel timer B; cancel");
    cr_expect_eq(scene.commands.items[0].scheduled_id, a);
}

Test(activities, cancel_before_the_first_task)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}"), START(A)));
    scene_event(&scene, (struct event){.kind = EVENT_CANCEL_REQUESTED});
    scene_task(&scene);
    expect_commands(&scene, "cancel");
}

Test(activities, delays_are_timers)
{
    scene_start(&scene, RULE(ACTION(A, "delay", "{\"duration\":\"90m\"}") "," ACTION(B, "see_all", "{}"),
                             START(A) "," EDGE(A, B, "sequence")));
    scene_task(&scene);
    expect_commands(&scene, "start timer A");
    cr_expect_eq(scene.commands.items[0].duration_ms, 5400000);
    int64_t timer = scene_event(&scene, (struct event){.kind = EVENT_TIMER_STARTED, .activity_id = TEXT(ID_A)});
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_FIRED, .scheduled_id = timer});
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
    cr_expect_neq(text_find(scene.commands.items[0].payload, TEXT("\"duration\":\"1h30m0s\"")), SIZE_MAX, "%.*s",
                  TEXT_ARG(scene.commands.items[0].payload));
}

Test(activities, a_delay_may_have_a_template)
{
    scene_start(&scene, RULE(ACTION(A, "delay", "{\"duration\":\"{{total}}500ms\"}") "," ACTION(B, "see_all", "{}"),
                             START(A) "," EDGE(A, B, "sequence")));
    scene_task(&scene);
    expect_commands(&scene, "start timer A");
    cr_expect_eq(scene.commands.items[0].duration_ms, 1500500);
    int64_t timer = scene_event(
        &scene, (struct event){.kind = EVENT_TIMER_STARTED, .activity_id = TEXT(ID_A), .duration_ms = 2500});
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_FIRED, .scheduled_id = timer});
    scene_task(&scene);
    expect_commands(&scene, "schedule B");
    cr_expect_neq(text_find(scene.commands.items[0].payload, TEXT("\"duration\":\"2.5s\"")), SIZE_MAX, "%.*s",
                  TEXT_ARG(scene.commands.items[0].payload));
}

static void expect_delay_fault(const char *config, const char *expected)
{
    struct scene own;
    scene_open(&own, &scene_activities);
    struct text rule =
        arena_print(own.arena,
                    RULE("{\"id\":\"" ID_A "\",\"name\":\"A\",\"action_type\":\"delay\",\"is_active\":true,"
                         "\"action_config\":%s}",
                         START(A)),
                    config);
    scene_start(&own, rule.data);
    scene_task(&own);
    struct text wanted =
        arena_print(own.arena, "record A; fail execute action A (" ID_A "): delay action A: %s", expected);
    expect_commands(&own, wanted.data);
    scene_close(&own);
}

Test(delay, wrong_durations_fail_at_once)
{
    expect_delay_fault("{}", "delay duration is required");
    expect_delay_fault("null", "delay duration is required");
    expect_delay_fault("{\"duration\":\"\"}", "delay duration is required");
    expect_delay_fault("[]", "invalid delay config: expected object, found array");
    expect_delay_fault("{\"duration\":5}", "invalid delay config: duration: expected string, found number");
    expect_delay_fault(
        "{\"duration\":\"5\"}",
        "invalid delay duration \"5\": expected a number with a unit (ns, us, ms, s, m, h, d), such as 1h30m");
    expect_delay_fault("{\"duration\":\"{{missing}}\"}", "delay duration is required");
    expect_delay_fault(
        "{\"duration\":\"{{\"}",
        "invalid delay duration \"{{\": expected a number with a unit (ns, us, ms, s, m, h, d), such as 1h30m");
    expect_delay_fault("{\"duration\":\"-5s\"}", "delay duration must be positive, got -5s");
    expect_delay_fault("{\"duration\":\"0\"}", "delay duration must be positive, got 0");
    expect_delay_fault("{\"duration\":\"99999999999h\"}", "invalid delay duration \"99999999999h\": expected a number "
                                                          "with a unit (ns, us, ms, s, m, h, d), such as 1h30m");
}

static void expect_duration(const char *written, int64_t duration_ms)
{
    struct scene own;
    scene_open(&own, &scene_activities);
    struct text rule =
        arena_print(own.arena,
                    RULE("{\"id\":\"" ID_A "\",\"name\":\"A\",\"action_type\":\"delay\",\"is_active\":true,"
                         "\"action_config\":{\"duration\":\"%s\"}}",
                         START(A)),
                    written);
    scene_start(&own, rule.data);
    scene_task(&own);
    cr_assert_eq(own.commands.count, 1);
    cr_expect_eq(own.commands.items[0].duration_ms, duration_ms, "%s: %lld ms", written,
                 (long long)own.commands.items[0].duration_ms);
    scene_close(&own);
}

Test(delay, durations_as_go_writes_them)
{
    expect_duration("1h30m", 5400000);
    expect_duration("1.5s", 1500);
    expect_duration(".5s", 500);
    expect_duration("250ms", 250);
    expect_duration("1us", 1);
    expect_duration("1\xc2\xb5s", 1);
    expect_duration("+2m0.25s", 120250);
    expect_duration("720h", INT64_C(2592000000));
}

Test(delay, days_are_allowed_and_a_run_sleeps_longer_than_a_rule_may)
{
    expect_duration("7d", INT64_C(604800000));
    expect_duration("1d12h", INT64_C(129600000));
    expect_duration("721h", INT64_C(2595600000));
}

Test(activities, invalid_inputs_fail_the_run_before_any_action)
{
    static const struct {
        const char *input, *failure;
    } cases[] = {
        {"", "fail unable to decode the workflow function input payload with error: "},
        {"[]", "fail unable to decode the workflow function input payload with error: expected object, found array, "
               "function name: ExecuteGraphWorkflow"},
        {"{\"trigger_data\":5}", "fail unable to decode the workflow function input payload with error: /trigger_data: "
                                 "expected object, found number, function name: ExecuteGraphWorkflow"},
        {"{}", "fail validate workflow input: rule_id is required"},
        {"{\"rule_id\":\"00000000-0000-0000-0000-000000000000\"}", "fail validate workflow input: rule_id is required"},
        {"{\"rule_id\":\"11111111-1111-4111-8111-111111111111\"}",
         "fail validate workflow input: execution_id is required"},
        {RULE("", ""), "fail validate workflow input: graph must contain at least one action; graph must contain at "
                       "least one start edge"},
        {RULE(ACTION(A, "call", "{}"), ""), "fail validate workflow input: graph must contain at least one start edge"},
        {RULE(ACTION(A, "call", "{}"), START(A) "," EDGE(A, B, "sequence")),
         "fail validate workflow input: /graph/edges/1/target_action_id: unknown action " ID_B},
        {RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}"),
              START(A) "," EDGE(A, B, "sequence") "," EDGE(B, A, "sequence")),
         "fail validate workflow input: cycle in graph: A -> B -> A"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene own;
        scene_open(&own, &scene_activities);
        scene_start(&own, cases[i].input);
        scene_task(&own);
        const char *found = scene_commands(&own);
        cr_expect(text_starts(text_from(found), text_from(cases[i].failure)), "found    %s\nexpected %s", found,
                  cases[i].failure);
        cr_expect(run_is_over(own.run));
        scene_close(&own);
    }
}

Test(activities, a_result_that_cannot_be_read_fails_its_action)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}"), START(A)));
    scene_task(&scene);
    int64_t a = scene_scheduled(&scene, ID_A);
    scene_done(&scene, a, "{\"result\":5}");
    scene_task(&scene);
    expect_commands(&scene, "fail execute action A (" ID_A "): its result cannot be read: it is not a JSON object");
}

Test(activities, an_input_past_the_limit_is_refused_before_it_is_sent)
{
    struct buffer big = buffer_in(scene.arena, (size_t)16 << 20);
    for (int i = 0; i < 300000; i++)
        buffer_add(&big, TEXT("12345678"));
    struct text rule =
        arena_print(scene.arena,
                    RULE("{\"id\":\"" ID_A "\",\"name\":\"A\",\"action_type\":\"call\",\"is_active\":true,"
                         "\"action_config\":{\"text\":\"%.*s\"}}",
                         START(A)),
                    TEXT_ARG(buffer_text(&big)));
    scene_start(&scene, rule.data);
    scene_task(&scene);
    const char *found = scene_commands(&scene);
    cr_expect(text_find(text_from(found), TEXT("is larger than the 2096128 that Temporal takes")) != SIZE_MAX, "%.200s",
              found);
    cr_expect_eq(scene.commands.items[0].kind, COMMAND_RECORD_RESULT, "the history records it");
}

Test(activities, history_must_start_with_its_start_event)
{
    struct event event = {.kind = EVENT_ACTIVITY_SCHEDULED, .id = 5};
    cr_expect_eq(run_apply(scene.run, &event, &scene.error), STATUS_INVALID);
    cr_expect(text_is(scene.error.where, "event 5"));
    struct command_list none = {.arena = scene.arena};
    cr_expect_eq(run_decide(scene.run, true, &none, &scene.error), STATUS_INVALID);
    scene_start(&scene, RULE(ACTION(A, "call", "{}"), START(A)));
    event = (struct event){.kind = EVENT_STARTED, .id = 9, .payload = TEXT("{}")};
    cr_expect_eq(run_apply(scene.run, &event, &scene.error), STATUS_INVALID);
}

Test(activities, empty_events_of_every_kind_at_any_time)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}"), START(A)));
    for (int kind = EVENT_TASK_STARTED; kind <= EVENT_OTHER; kind++) {
        if (kind == EVENT_RESULT_RECORDED || kind == EVENT_CANCEL_REQUESTED || kind == EVENT_CLOSED)
            continue;
        scene_event(&scene, (struct event){.kind = (enum event_kind)kind});
        scene_event(&scene, (struct event){.kind = (enum event_kind)kind,
                                           .payload = TEXT("garbage"),
                                           .scheduled_id = 99,
                                           .activity_id = TEXT("nobody")});
    }
    scene_task(&scene);
    expect_commands(&scene, "schedule A");
    struct event event = {.kind = EVENT_RESULT_RECORDED, .id = 50, .activity_id = TEXT("nobody")};
    cr_expect_eq(run_apply(scene.run, &event, &scene.error), STATUS_INVALID);
}

Test(activities, graph_state_has_every_action)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}"), START(A) "," EDGE(A, B, "sequence")));
    scene_task(&scene);
    int64_t a = scene_event(
        &scene, (struct event){.kind = EVENT_ACTIVITY_SCHEDULED, .activity_id = text_from(ID_A), .time_us = 1500});
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_STARTED, .scheduled_id = a, .attempt = 2});
    scene_event(&scene, (struct event){.kind = EVENT_ACTIVITY_COMPLETED,
                                       .scheduled_id = a,
                                       .payload = TEXT("{\"result\":{\"n\":1}}"),
                                       .time_us = 1700});
    struct text state = run_graph_state(scene.run, scene.arena);
    cr_expect_str_eq(state.data, "{\"status\":\"running\",\"rule_name\":\"Rule\",\"actions\":["
                                 "{\"id\":\"" ID_A "\",\"name\":\"A\",\"type\":\"call\",\"state\":\"finished\","
                                 "\"how\":\"activity\",\"attempts\":2,\"result\":{\"n\":1},"
                                 "\"scheduled_at_us\":1500,\"ended_at_us\":1700},"
                                 "{\"id\":\"" ID_B "\",\"name\":\"B\",\"type\":\"call\",\"state\":\"ready\"}]}");
}

Test(activities, a_started_action_has_a_time_before_its_event)
{
    scene_event(&scene, (struct event){.kind = EVENT_STARTED,
                                       .activity_type = TEXT("ExecuteGraphWorkflow"),
                                       .time_us = 40,
                                       .payload = TEXT(RULE(ACTION(A, "call", "{}"), START(A)))});
    scene_task(&scene);
    struct run_action action;
    run_action_at(scene.run, 0, &action);
    cr_expect_eq(action.state, ACTION_STATE_SCHEDULED);
    cr_expect_eq(action.started_us, 40);
}

Test(activities, graph_state_leaves_out_results_that_are_too_large_together)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}"), START(A) "," START(B)));
    scene_task(&scene);
    struct buffer output = buffer_in(scene.arena, (size_t)4 << 20);
    buffer_add(&output, TEXT("{\"result\":{\"text\":\""));
    for (size_t i = 0; i < ((size_t)1 << 20); i++)
        buffer_add_byte(&output, 'x');
    buffer_add(&output, TEXT("\"}}"));
    struct text large = buffer_text(&output);
    int64_t a = scene_scheduled(&scene, ID_A), b = scene_scheduled(&scene, ID_B);
    scene_done(&scene, a, large.data);
    cr_expect_eq(text_find(run_graph_state(scene.run, scene.arena), TEXT("results_omitted")), SIZE_MAX);
    scene_done(&scene, b, large.data);
    struct text state = run_graph_state(scene.run, scene.arena);
    cr_expect(state.size < 1000);
    cr_expect_neq(text_find(state, TEXT("\"state\":\"finished\"")), SIZE_MAX);
    cr_expect(text_ends(state, TEXT("],\"results_omitted\":true}")));
}

/* The result is the same when the run is canceled and when it is read from the history. */
Test(activities, actions_canceled_with_their_run_have_not_failed)
{
    scene_start(&scene,
                RULE(ACTION(A, "call", "{}") "," ACTION(B, "delay", "{\"duration\":\"1h\"}"), START(A) "," START(B)));
    scene_task(&scene);
    scene_scheduled(&scene, ID_A);
    int64_t b = scene_event(&scene, (struct event){.kind = EVENT_TIMER_STARTED, .activity_id = TEXT(ID_B)});
    scene_event(&scene, (struct event){.kind = EVENT_CANCEL_REQUESTED});
    scene_event(&scene, (struct event){.kind = EVENT_TIMER_CANCELED, .scheduled_id = b, .activity_id = TEXT(ID_B)});
    cr_expect_str_eq(scene_state(&scene, "A"), "running");
    cr_expect_str_eq(scene_state(&scene, "B"), "canceled");
    scene_event(&scene, (struct event){.kind = EVENT_CLOSED, .close = CLOSE_CANCELED});
    cr_expect_str_eq(scene_state(&scene, "A"), "canceled");
    cr_expect_str_eq(scene_state(&scene, "B"), "canceled");
    cr_expect(run_is_over(scene.run));
}

/* ---- continuing as new, and what must not wait for it ---- */

static void suggest_continuing(void)
{
    run_task_end(scene.run);
    scene_event(&scene, (struct event){.kind = EVENT_TASK_STARTED, .suggest_continue = true});
    scene_decide(&scene);
}

Test(activities, what_waits_for_a_person_or_a_timer_holds_up_nothing)
{
    static const char *const waiting[] = {ACTION(C, "ask", "{}"), ACTION(C, "delay", "{\"duration\":\"72h\"}")};
    static const char *const commands[] = {"schedule A; schedule C", "schedule A; start timer C"};
    for (size_t i = 0; i < 2; i++) {
        scene_end();
        scene_begin_activities();
        struct text rule = arena_print(scene.arena,
                                       RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}") ",%s",
                                            START(A) "," EDGE(A, B, "sequence") "," START(C)),
                                       waiting[i]);
        scene_start(&scene, rule.data);
        scene_task(&scene);
        expect_commands(&scene, commands[i]);
        int64_t a = scene_scheduled(&scene, ID_A);
        scene_event(&scene, (struct event){.kind = i == 0 ? EVENT_ACTIVITY_SCHEDULED : EVENT_TIMER_STARTED,
                                           .activity_id = TEXT(ID_C)});
        scene_done(&scene, a, "{\"result\":{}}");
        suggest_continuing();
        expect_commands(&scene, "schedule B");
    }
}

Test(activities, what_ends_soon_is_waited_for_before_continuing)
{
    scene_start(&scene, RULE(ACTION(A, "call", "{}") "," ACTION(B, "call", "{}") "," ACTION(C, "call", "{}"),
                             START(A) "," EDGE(A, B, "sequence") "," START(C)));
    scene_task(&scene);
    int64_t a = scene_scheduled(&scene, ID_A), c = scene_scheduled(&scene, ID_C);
    scene_done(&scene, a, "{\"result\":{}}");
    suggest_continuing();
    expect_commands(&scene, "");
    scene_done(&scene, c, "{\"result\":{}}");
    suggest_continuing();
    expect_commands(&scene, "continue as new");
}

Test(activities, settings_go_on_to_the_next_run)
{
    const struct event_start start = {.settings = TEXT("opaque")};
    scene_event(&scene, (struct event){.kind = EVENT_STARTED,
                                       .activity_type = TEXT("ExecuteGraphWorkflow"),
                                       .payload = TEXT(RULE(ACTION(A, "call", "{}"), START(A))),
                                       .start = &start});
    suggest_continuing();
    expect_commands(&scene, "continue as new");
    cr_expect(text_is(scene.commands.items[0].settings, "opaque"));
}

/* ---- bounds ---- */

Test(activities, the_faults_of_a_graph_are_bounded)
{
    struct buffer edges = buffer_in(scene.arena, (size_t)8 << 20);
    for (unsigned i = 0; i < 5000; i++)
        buffer_print(&edges,
                     ",{\"source_action_id\":\"" ID_A "\",\"target_action_id\":\"%08x-0000-4000-8000-000000000000\","
                     "\"edge_type\":\"always\"}",
                     i);
    struct text more = buffer_text(&edges);
    struct text rule = arena_print(scene.arena, RULE(ACTION(A, "call", "{}"), START(A) "%.*s"), TEXT_ARG(more));
    scene_start(&scene, rule.data);
    scene_task(&scene);
    cr_assert_eq(scene.commands.count, 1);
    struct text failure = scene.commands.items[0].failure;
    cr_expect_lt(failure.size, 20000);
    cr_expect(text_ends(failure, TEXT("; and 4900 more, see 'validate'")), "%.*s", TEXT_ARG(failure));
}

Test(activities, a_delay_has_a_longest_duration)
{
    scene_start(&scene, RULE(ACTION(A, "delay", "{\"duration\":\"9223372036854775807ns\"}"), START(A)));
    scene_task(&scene);
    expect_commands(&scene,
                    "record A; fail execute action A (" ID_A "): delay action A: delay duration must be at most "
                    "ten years, got 9223372036854775807ns");
}
