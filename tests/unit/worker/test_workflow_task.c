/* Workflow tasks from the poll to the answer. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/worker/server.h"

TestSuite(workflow_task, .init = server_set_up, .fini = server_tear_down, .timeout = 60);

static const struct call *last; /* the newest answer, failure or query answer */
static const struct call *answers[8];
static unsigned answer_count;

static void note(const struct call *call)
{
    last = call;
    if (call->kind == CALL_ANSWER)
        answers[answer_count++] = call;
}

/* Notes what is answered and stops once a run is closed, a task failed or a query answered. */
static void stop_at_the_end(const struct call *call)
{
    if (call->kind != CALL_ANSWER && call->kind != CALL_FAIL_TASK && call->kind != CALL_QUERY)
        return;
    note(call);
    enum command_kind end = call->command_count > 0 ? call->commands[call->command_count - 1].kind : COMMAND_PERFORM;
    if (call->kind != CALL_ANSWER || end == COMMAND_COMPLETE || end == COMMAND_FAIL)
        worker_stop(server.worker);
}

static void run_to_the_end(void)
{
    if (server.on_call == NULL)
        server.on_call = stop_at_the_end;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_not_null(last);
}

static unsigned count_of(const struct call *call, enum command_kind kind)
{
    unsigned count = 0;
    for (size_t i = 0; i < call->command_count; i++)
        count += call->commands[i].kind == kind;
    return count;
}

/* ---- local actions ---- */

Test(workflow_task, a_chain_of_pure_actions_is_one_answer)
{
    server_give_task(first_task("run", rule("pure pure pure", ">0 0>1 1>2")), false);
    run_to_the_end();
    cr_assert_eq(last->kind, CALL_ANSWER);
    cr_assert_eq(server.calls[CALL_ANSWER], 1);
    cr_assert_eq(last->command_count, 4);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(last->commands[i].kind, COMMAND_RECORD_RESULT);
        cr_assert(text_equal(last->commands[i].action_id, action_id((unsigned)i)));
        cr_assert(text_is(last->commands[i].payload, "{\"output\":\"true\"}"), "%.*s",
                  TEXT_ARG(last->commands[i].payload));
    }
    cr_assert_eq(last->commands[3].kind, COMMAND_COMPLETE);
    cr_assert(text_is(last->token, "run-3"));
    cr_assert(text_is(last->task_queue, "rules"));
    cr_assert_gt(last->sticky_queue.size, 0);
    cr_assert_not(last->force_new_task);
    cr_assert_eq(last->eager_activities, 0, "nothing is scheduled");
}

Test(workflow_task, independent_local_actions_run_at_the_same_time)
{
    server_give_task(first_task("run", rule("pure meet meet pure", ">0 0>1 0>2 1>3 2>3")), false);
    run_to_the_end();
    cr_assert_eq(server.calls[CALL_ANSWER], 1);
    cr_assert_eq(count_of(last, COMMAND_RECORD_RESULT), 4);
    cr_assert_eq(count_of(last, COMMAND_COMPLETE), 1);
}

Test(workflow_task, no_more_local_actions_run_at_a_time_than_have_a_connection)
{
    cr_assert_eq(server.options.local_threads, 4);
    server_give_task(
        first_task("run", rule("crowd crowd crowd crowd crowd crowd crowd crowd", ">0 >1 >2 >3 >4 >5 >6 >7")), false);
    run_to_the_end();
    cr_assert_eq(server.calls[CALL_ANSWER], 1);
    cr_assert_eq(count_of(last, COMMAND_RECORD_RESULT), 8);
    cr_assert_eq(crowd_most(), 4);
}

Test(workflow_task, a_local_action_that_is_refused_fails_the_run)
{
    server_give_task(first_task("run", rule("refuse", ">0")), false);
    run_to_the_end();
    cr_assert_eq(last->command_count, 2);
    cr_assert_eq(last->commands[0].kind, COMMAND_RECORD_RESULT);
    cr_assert_eq(last->commands[1].kind, COMMAND_FAIL);
    cr_assert_neq(text_find(last->commands[1].failure, TEXT("execute: it may not be")), SIZE_MAX, "%.*s",
                  TEXT_ARG(last->commands[1].failure));
}

/* ---- actions that continue as activities ---- */

static struct activity_task *eager;

static void answer_with_eager_activity(const struct call *call)
{
    if (call->kind == CALL_ANSWER) {
        note(call);
        server.reply.activities = eager;
        server.reply.activity_count = 1;
    } else if (call->kind == CALL_COMPLETE) {
        last = call;
        worker_stop(server.worker);
    }
}

Test(workflow_task, action_to_retry_continues_as_an_eager_activity)
{
    server.on_call = answer_with_eager_activity;
    eager = activity("eager", "flaky");
    server_give_task(first_task("run", rule("flaky", ">0")), false);
    run_to_the_end();
    cr_assert_eq(answers[0]->command_count, 1);
    cr_assert_eq(answers[0]->commands[0].kind, COMMAND_SCHEDULE_ACTIVITY);
    cr_assert(text_is(answers[0]->commands[0].activity_type, "ExecuteActionActivity"));
    cr_assert_eq(answers[0]->eager_activities, 1);
    cr_assert_eq(last->kind, CALL_COMPLETE);
    cr_assert(text_is(last->token, "eager"));
    cr_assert_neq(text_find(last->text, TEXT("\"result\":{\"output\":\"true\"},\"success\":true")), SIZE_MAX, "%.*s",
                  TEXT_ARG(last->text));
}

Test(workflow_task, an_eager_activity_too_large_for_its_arena_is_left_to_another_worker)
{
    server.on_call = answer_with_eager_activity;
    char *input = malloc(LIMIT_ACTIVITY_ARENA + 1);
    cr_assert_not_null(input);
    (void)memset(input, ' ', LIMIT_ACTIVITY_ARENA + 1);
    eager = activity("large", "flaky");
    eager->input = (struct text){input, LIMIT_ACTIVITY_ARENA + 1};
    server_give_task(first_task("run", rule("flaky", ">0")), false);
    server_give_activity(activity("next", "flaky"));
    log_capture();
    run_to_the_end();
    free(input);
    cr_assert_eq(log_times(log_captured(), "Activity is left to another worker"), 1);
    cr_assert_eq(answers[0]->eager_activities, 1);
    cr_assert(text_is(last->token, "next"));
    cr_assert_eq(server.calls[CALL_COMPLETE], 1);
    cr_assert_eq(server.calls[CALL_FAIL], 0);
}

static void stop_at_first_answer(const struct call *call)
{
    if (call->kind != CALL_ANSWER)
        return;
    note(call);
    worker_stop(server.worker);
}

Test(workflow_task, without_local_actions_all_are_activities)
{
    server.options.local = false;
    server.on_call = stop_at_first_answer;
    server_give_task(first_task("run", rule("pure write", ">0 >1")), false);
    run_to_the_end();
    cr_assert_eq(last->command_count, 2);
    cr_assert_eq(count_of(last, COMMAND_SCHEDULE_ACTIVITY), 2);
}

Test(workflow_task, eager_activities_need_free_slots)
{
    /* Two slots, and both are taken by polls. */
    server.options.activities = 2;
    server.on_call = stop_at_first_answer;
    server_give_task(first_task("run", rule("far far", ">0 >1")), false);
    run_to_the_end();
    cr_assert_eq(count_of(last, COMMAND_SCHEDULE_ACTIVITY), 2);
    cr_assert_eq(last->eager_activities, 0);
}

/* ---- the budget ---- */

/* 1,200 actions, in a chain or side by side. */
static struct text large_rule(const char *type, bool chain)
{
    struct buffer types = buffer_in(server.arena, 1 << 20), edges = buffer_in(server.arena, 1 << 20);
    buffer_print(&types, "%s", type);
    buffer_print(&edges, ">0");
    for (unsigned i = 1; i < 1200; i++) {
        buffer_print(&types, " %s", type);
        if (chain)
            buffer_print(&edges, " %u>%u", i - 1, i);
        else
            buffer_print(&edges, " >%u", i);
    }
    return rule(buffer_text(&types).data, buffer_text(&edges).data);
}

static struct workflow_task *next;

static void answer_with_next_task(const struct call *call)
{
    if (call->kind == CALL_ANSWER && call->force_new_task)
        server.reply.task = next;
    stop_at_the_end(call);
}

static void expect_two_inline_tasks(bool chain)
{
    server.on_call = answer_with_next_task;
    struct workflow_task *first = first_task("run", large_rule("pure", chain));
    next = later_task(first, 4, (const struct event[]){{.kind = EVENT_OTHER}}, 1);
    server_give_task(first, false);
    run_to_the_end();
    cr_assert_eq(answer_count, 2);
    cr_assert_eq(count_of(answers[0], COMMAND_RECORD_RESULT), 1000);
    cr_assert(answers[0]->force_new_task);
    cr_assert(text_equal(answers[1]->token, next->token));
    cr_assert_eq(count_of(answers[1], COMMAND_RECORD_RESULT), 200);
    cr_assert_eq(count_of(answers[1], COMMAND_COMPLETE), 1);
    cr_assert_eq(server.calls[CALL_FETCH_HISTORY], 0);
}

Test(workflow_task, full_task_continues_in_an_inline_task)
{
    expect_two_inline_tasks(true);
}

Test(workflow_task, wide_graph_stays_local)
{
    expect_two_inline_tasks(false);
    cr_assert_eq(count_of(answers[0], COMMAND_SCHEDULE_ACTIVITY), 0);
}

Test(workflow_task, inline_task_finds_its_run_without_a_cache)
{
    server.options.cache_bytes = 0;
    server.on_call = answer_with_next_task;
    struct workflow_task *first = first_task("run", large_rule("pure", true));
    next = later_task(first, 4, (const struct event[]){{.kind = EVENT_OTHER}}, 1);
    server_give_task(first, false);
    run_to_the_end();
    cr_assert_eq(answers[0]->sticky_queue.size, 0);
    cr_assert_eq(server.sticky_polled, 0);
    cr_assert_eq(server.calls[CALL_FETCH_HISTORY], 0);
    cr_assert_eq(count_of(answers[1], COMMAND_COMPLETE), 1);
}

/* ---- the cache ---- */

static struct workflow_task *second, *whole;
static int first_code;

/* The activity's result comes as a sticky task after the first answer. */
static void continue_sticky(const struct call *call)
{
    if (call->kind == CALL_FETCH_HISTORY)
        server.reply.task = whole;
    if (call->kind == CALL_ANSWER && answer_count == 0) {
        server.reply.code = first_code;
        server_give_task(second, true);
    }
    stop_at_the_end(call);
}

static struct workflow_task *two_tasks(void)
{
    server.on_call = continue_sticky;
    struct workflow_task *first = first_task("run", rule("far pure", ">0 0>1"));
    const struct event events[] = {
        {.kind = EVENT_OTHER},
        {.kind = EVENT_ACTIVITY_SCHEDULED, .activity_id = action_id(0), .activity_type = TEXT("ExecuteActionActivity")},
        {.kind = EVENT_OTHER},
        {.kind = EVENT_ACTIVITY_COMPLETED, .scheduled_id = 5, .payload = TEXT("{\"result\":{\"output\":\"success\"}}")},
    };
    second = later_task(first, 4, events, 4);
    struct event *all = ARENA_ARRAY(server.arena, 8, struct event);
    for (size_t i = 0; i < 8; i++)
        all[i] = i < 3 ? first->events[i] : second->events[i - 3];
    whole = ARENA_NEW(server.arena, struct workflow_task);
    *whole = *second;
    whole->events = all;
    whole->event_count = 8;
    whole->first_event_id = 1;
    server_give_task(first, false);
    return first;
}

static void assert_second_answer(void)
{
    cr_assert_eq(answer_count, 2);
    cr_assert(text_equal(answers[1]->token, second->token));
    cr_assert_eq(count_of(answers[1], COMMAND_RECORD_RESULT), 1);
    cr_assert_eq(count_of(answers[1], COMMAND_COMPLETE), 1);
}

Test(workflow_task, sticky_task_continues_the_cached_run)
{
    two_tasks();
    run_to_the_end();
    assert_second_answer();
    cr_assert_eq(server.calls[CALL_FETCH_HISTORY], 0);
}

Test(workflow_task, run_of_a_lost_answer_is_replayed)
{
    first_code = RPC_NOT_FOUND;
    two_tasks();
    run_to_the_end();
    assert_second_answer();
    cr_assert_eq(server.calls[CALL_FETCH_HISTORY], 1);
}

Test(workflow_task, gap_in_the_events_is_filled_from_the_history)
{
    two_tasks();
    second->first_event_id = 5;
    second->events++;
    second->event_count--;
    run_to_the_end();
    assert_second_answer();
    cr_assert_eq(server.calls[CALL_FETCH_HISTORY], 1);
}

static void refuse_history(const struct call *call)
{
    continue_sticky(call);
    if (call->kind == CALL_FETCH_HISTORY)
        server.reply = (struct reply){.code = RPC_NOT_FOUND, .message = "no such run"};
}

Test(workflow_task, without_a_history_the_task_fails)
{
    first_code = RPC_NOT_FOUND;
    two_tasks();
    server.on_call = refuse_history;
    run_to_the_end();
    cr_assert_eq(last->kind, CALL_FAIL_TASK);
    cr_assert(text_is(last->text, "cannot read the history: no such run"), "%.*s", TEXT_ARG(last->text));
}

static void continue_too_early(const struct call *call)
{
    if (call->kind == CALL_ANSWER && answer_count == 0) {
        server.reply.held = true;
        server_give_task(second, true);
        note(call);
        return;
    }
    stop_at_the_end(call);
}

/* The sticky task has come when there is a third sticky poll: then the first answer arrives. */
static void release_when_taken(void *context)
{
    if (server.sticky_polled < 3)
        channel_after(server_channel(), 1, release_when_taken, context);
    else
        server_release();
}

static void continue_too_early_and_release(const struct call *call)
{
    continue_too_early(call);
    if (server.reply.held)
        channel_after(server_channel(), 0, release_when_taken, NULL);
}

Test(workflow_task, a_task_that_comes_before_the_answer_is_acknowledged_waits_for_it)
{
    two_tasks();
    server.on_call = continue_too_early_and_release;
    run_to_the_end();
    assert_second_answer();
    cr_assert_eq(server.calls[CALL_FETCH_HISTORY], 0);
}

/* ---- failures ---- */

Test(workflow_task, an_unknown_workflow_type_fails_the_task)
{
    struct workflow_task *task = first_task("run", rule("pure", ">0"));
    task->workflow_type = TEXT("Other");
    server_give_task(task, false);
    run_to_the_end();
    cr_assert_eq(last->kind, CALL_FAIL_TASK);
    cr_assert_eq(last->cause, TASK_FAILURE_UNHANDLED);
    cr_assert(text_is(last->text, "unable to find workflow type: Other. Supported types: [ExecuteGraphWorkflow, "
                                  "ExecuteBranchUntilConvergence]"),
              "%.*s", TEXT_ARG(last->text));
}

Test(workflow_task, an_impossible_history_is_non_deterministic)
{
    struct workflow_task *task = first_task("run", rule("pure", ">0"));
    struct event *events = ARENA_ARRAY(server.arena, 3, struct event);
    memcpy(events, task->events, 3 * sizeof *events);
    events[0] = (struct event){.kind = EVENT_RESULT_RECORDED, .id = 1, .activity_id = action_id(0)};
    task->events = events;
    server_give_task(task, false);
    run_to_the_end();
    cr_assert_eq(last->kind, CALL_FAIL_TASK);
    cr_assert_eq(last->cause, TASK_FAILURE_NON_DETERMINISTIC);
    cr_assert(text_starts(last->text, TEXT("[TMPRL1100] event 1: ")), "%.*s", TEXT_ARG(last->text));
}

static void expect_refused_history(struct workflow_task *task, const char *why)
{
    server_give_task(task, false);
    run_to_the_end();
    cr_assert_eq(last->kind, CALL_FAIL_TASK);
    cr_assert_eq(last->cause, TASK_FAILURE_UNHANDLED);
    cr_assert(text_is(last->text, why), "%.*s", TEXT_ARG(last->text));
}

Test(workflow_task, a_history_that_was_cut_short_decides_nothing)
{
    struct workflow_task *task = first_task("run", rule("pure", ">0"));
    task->event_count = 2;
    expect_refused_history(task, "the history ends with event 2, the task began with event 3");
}

Test(workflow_task, a_history_with_a_gap_decides_nothing)
{
    struct workflow_task *task = first_task("run", rule("pure", ">0"));
    struct event *events = ARENA_ARRAY(server.arena, 2, struct event);
    events[0] = task->events[0];
    events[1] = task->events[2];
    task->events = events;
    task->event_count = 2;
    expect_refused_history(task, "the history has event 3 where event 2 is due");
}

Test(workflow_task, second_failure_is_not_reported)
{
    struct workflow_task *task = first_task("again", rule("pure", ">0"));
    task->workflow_type = TEXT("Other");
    task->attempt = 2;
    server_give_task(task, false);
    server_give_task(first_task("run", rule("pure", ">0")), false);
    run_to_the_end();
    cr_assert_eq(server.calls[CALL_FAIL_TASK], 0);
    cr_assert_eq(last->kind, CALL_ANSWER);
}

static struct reply refusal;
static unsigned refusals;

/* Of as many answers as `refusals`. */
static void refuse_answers(const struct call *call)
{
    if (call->kind == CALL_ANSWER && refusals > 0) {
        refusals--;
        server.reply = refusal;
    } else if (call->kind == CALL_ANSWER || call->kind == CALL_FAIL_TASK) {
        stop_at_the_end(call);
    }
}

static void refuse(unsigned times, struct reply reply)
{
    refusal = reply;
    refusals = times;
    server.on_call = refuse_answers;
    server_give_task(first_task("run", rule("pure", ">0")), false);
    run_to_the_end();
}

static struct reply too_large(enum client_fault fault)
{
    return (struct reply){.code = RPC_RESOURCE_EXHAUSTED, .fault = fault, .message = "result of action a0: too large"};
}

static void expect_failed_run(const char *text)
{
    cr_assert_eq(last->kind, CALL_ANSWER);
    cr_assert_eq(server.calls[CALL_ANSWER], 2);
    cr_assert_eq(server.calls[CALL_FAIL_TASK], 0);
    cr_assert_eq(last->command_count, 1);
    cr_assert_eq(last->commands[0].kind, COMMAND_FAIL);
    cr_assert(text_is(last->commands[0].failure, text), "%.*s", TEXT_ARG(last->commands[0].failure));
}

#define LARGE                                                                                                          \
    "Temporal permanently refuses the next commands of the run: [TMPRL1103] result of action a0: too large; let "      \
    "actions "                                                                                                         \
    "read and return less"

Test(workflow_task, an_answer_with_a_payload_that_is_too_large_fails_the_run)
{
    refuse(1, too_large(CLIENT_FAULT_PAYLOAD_TOO_LARGE));
    expect_failed_run(LARGE);
}

Test(workflow_task, an_answer_that_is_too_large_as_a_whole_fails_the_run)
{
    refuse(1, too_large(CLIENT_FAULT_MESSAGE_TOO_LARGE));
    expect_failed_run(LARGE);
}

Test(workflow_task, an_answer_that_the_server_refuses_fails_the_run)
{
    refuse(1, (struct reply){.code = RPC_INVALID_ARGUMENT, .message = "BadStartTimerAttributes: too long"});
    expect_failed_run("Temporal permanently refuses the next commands of the run: BadStartTimerAttributes: too long");
}

Test(workflow_task, a_failure_of_the_run_that_is_refused_fails_the_task)
{
    refuse(2, too_large(CLIENT_FAULT_MESSAGE_TOO_LARGE));
    cr_assert_eq(last->kind, CALL_FAIL_TASK);
    cr_assert_eq(last->cause, TASK_FAILURE_MESSAGE_TOO_LARGE);
    cr_assert(text_is(last->text, "[TMPRL1103] result of action a0: too large"), "%.*s", TEXT_ARG(last->text));
}

Test(workflow_task, an_answer_that_does_not_fit_the_budget_fails_the_task)
{
    refuse(1, too_large(CLIENT_FAULT_BUDGET));
    cr_assert_eq(last->kind, CALL_FAIL_TASK);
    cr_assert_eq(last->cause, TASK_FAILURE_UNHANDLED);
    cr_assert(text_is(last->text, "result of action a0: too large"), "%.*s", TEXT_ARG(last->text));
}

/* The server fails the task by itself when it refuses attributes, and hands it out again. */
static void refuse_and_hand_out_again(const struct call *call)
{
    static unsigned count;
    if (call->kind != CALL_ANSWER)
        return;
    count++;
    if (count == 1) {
        server.reply = (struct reply){.code = RPC_INVALID_ARGUMENT, .message = "BadStartTimerAttributes"};
    } else if (count == 2) {
        server.reply = (struct reply){.code = RPC_NOT_FOUND, .message = "Workflow task not found."};
        struct workflow_task *again = first_task("run", rule("pure", ">0"));
        again->attempt = 2;
        server_give_task(again, false);
    } else {
        stop_at_the_end(call);
    }
}

Test(workflow_task, the_task_after_a_refusal_fails_the_run)
{
    server.on_call = refuse_and_hand_out_again;
    server_give_task(first_task("run", rule("pure", ">0")), false);
    run_to_the_end();
    cr_assert_eq(server.calls[CALL_ANSWER], 3);
    cr_assert_eq(server.calls[CALL_FAIL_TASK], 0);
    cr_assert_eq(last->command_count, 1);
    cr_assert_eq(last->commands[0].kind, COMMAND_FAIL);
}

Test(workflow_task, a_task_that_cannot_be_read_fails_and_its_run_does_not)
{
    struct workflow_task *task = first_task("locked", rule("pure", ">0"));
    task->unreadable = TEXT("a payload is encrypted with key 'old', which is not here");
    task->event_count = 0;
    server.on_call = stop_at_the_end;
    server_give_task(task, false);
    run_to_the_end();
    cr_assert_eq(server.calls[CALL_ANSWER], 0);
    cr_assert_eq(last->kind, CALL_FAIL_TASK);
    cr_assert(text_is(last->text, "a payload is encrypted with key 'old', which is not here"));
}

static unsigned answers_sent;

static void throttle_first_answer(const struct call *call)
{
    if (call->kind != CALL_ANSWER)
        return;
    if (answers_sent++ == 0)
        server.reply = (struct reply){.code = RPC_RESOURCE_EXHAUSTED, .message = "namespace rate limit exceeded"};
    else
        stop_at_the_end(call);
}

Test(workflow_task, a_throttled_answer_does_not_fail_the_task)
{
    server.on_call = throttle_first_answer;
    server_give_task(first_task("run", rule("pure", ">0")), false);
    server_give_task(first_task("other", rule("pure", ">0")), false);
    run_to_the_end();
    cr_assert_eq(server.calls[CALL_FAIL_TASK], 0);
    cr_assert_eq(answers_sent, 2);
}

/* ---- queries ---- */

static struct workflow_task *query_task(const struct workflow_task *of, const char *type, bool with_history)
{
    struct workflow_query *query = ARENA_NEW(server.arena, struct workflow_query);
    *query = (struct workflow_query){.type = text_from(type)};
    struct workflow_task *task = ARENA_NEW(server.arena, struct workflow_task);
    *task = *of;
    task->token = TEXT("query");
    task->queries = query;
    task->query_count = 1;
    task->legacy_query = true;
    if (!with_history) {
        task->events = NULL;
        task->event_count = 0;
        task->first_event_id = 0;
    }
    return task;
}

static struct workflow_task *query;

static void ask_when_kept(const struct call *call)
{
    if (call->kind == CALL_FETCH_HISTORY)
        server.reply.task = query;
    if (call->kind == CALL_ANSWER) {
        note(call);
        server_give_task(query, true);
    } else {
        stop_at_the_end(call);
    }
}

Test(workflow_task, query_of_a_cached_run_needs_no_history)
{
    server.on_call = ask_when_kept;
    struct workflow_task *first = first_task("run", rule("far", ">0"));
    query = query_task(first, "graph_state", false);
    server_give_task(first, false);
    run_to_the_end();
    cr_assert_eq(last->kind, CALL_QUERY);
    cr_assert_eq(server.calls[CALL_FETCH_HISTORY], 0);
    cr_assert_neq(text_find(last->queries[0].result, TEXT("\"name\":\"a0\"")), SIZE_MAX, "%.*s",
                  TEXT_ARG(last->queries[0].result));
}

Test(workflow_task, query_of_another_run_is_answered_from_its_history)
{
    query = query_task(first_task("run", rule("far", ">0")), "graph_state", true);
    struct workflow_task *bare = query_task(query, "graph_state", false);
    server.on_call = ask_when_kept;
    server_give_task(bare, true);
    run_to_the_end();
    cr_assert_eq(last->kind, CALL_QUERY);
    cr_assert_eq(server.calls[CALL_FETCH_HISTORY], 1);
    cr_assert_neq(text_find(last->queries[0].result, TEXT("\"name\":\"a0\"")), SIZE_MAX);
}

Test(workflow_task, known_queries_are_answered)
{
    struct workflow_task *first = first_task("run", rule("far pure", ">0 >1"));
    server_give_task(query_task(first, "__stack_trace", true), false);
    run_to_the_end();
    cr_assert(text_is(last->queries[0].result, "\"a0 (far) ready\\na1 (pure) ready\\n\""), "%.*s",
              TEXT_ARG(last->queries[0].result));
}

Test(workflow_task, unknown_query_names_the_known_ones)
{
    server_give_task(query_task(first_task("run", rule("far", ">0")), "mood", true), false);
    run_to_the_end();
    cr_assert_eq(last->queries[0].result.size, 0);
    cr_assert(text_is(last->queries[0].failure, "unknown queryType mood. KnownQueryTypes=[graph_state __stack_trace "
                                                "__temporal_workflow_metadata]"));
}

Test(workflow_task, queries_that_come_with_a_task_are_answered_with_it)
{
    struct workflow_task *first = first_task("run", rule("pure", ">0"));
    const struct workflow_query queries[] = {{.id = TEXT("q1"), .type = TEXT("__temporal_workflow_metadata")},
                                             {.id = TEXT("q2"), .type = TEXT("graph_state")}};
    first->queries = queries;
    first->query_count = 2;
    server_give_task(first, false);
    run_to_the_end();
    cr_assert_eq(last->query_count, 2);
    cr_assert(text_is(last->queries[0].id, "q1"));
    cr_assert_neq(text_find(last->queries[0].result, TEXT("\"type\":\"ExecuteGraphWorkflow\"")), SIZE_MAX);
    cr_assert(text_is(last->queries[1].id, "q2"));
    cr_assert_neq(text_find(last->queries[1].result, TEXT("\"state\":\"finished\"")), SIZE_MAX);
}
