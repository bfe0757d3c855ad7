/* Log lines about a run and its actions. */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "tests/unit/worker/server.h"

TestSuite(worker_log, .init = server_set_up, .fini = server_tear_down, .timeout = 60);

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"

static void stop_at_the_answer(const struct call *call)
{
    if (call->kind == CALL_ANSWER || call->kind == CALL_FAIL_TASK || call->kind == CALL_FAIL ||
        call->kind == CALL_COMPLETE)
        worker_stop(server.worker);
}

static void take_no_answer(const struct call *call)
{
    if (call->kind != CALL_ANSWER)
        return;
    server.reply.code = RPC_NOT_FOUND;
    worker_stop(server.worker);
}

static struct text logged(enum log_level level)
{
    log_capture();
    log_set_level(level);
    if (server.on_call == NULL)
        server.on_call = stop_at_the_answer;
    cr_assert_eq(server_run(), WORKER_DRAINED);
    log_set_level(LOG_INFO);
    return log_captured();
}

/* The only line of that message, in which no key is twice. */
static struct json_value line_of(struct text log, const char *message)
{
    struct json_value found = json_null();
    struct text all = log;
    while (log.size > 0) {
        struct json_value line;
        struct error error = ERROR_IN(server.arena);
        cr_assert_eq(json_read(server.arena, text_split(&log, '\n'), &line, &error), STATUS_OK, "%.*s",
                     TEXT_ARG(error.message));
        if (!text_is(json_get_text(&line, TEXT("msg")), message))
            continue;
        cr_assert_eq(found.type, JSON_NULL, "%s: twice", message);
        found = line;
    }
    cr_assert_eq(found.type, JSON_OBJECT, "%s: %.*s", message, TEXT_ARG(all));
    return found;
}

static void expect(const struct json_value *line, const char *key, const char *value)
{
    struct text found = json_get_text(line, text_from(key));
    cr_expect(text_is(found, value), "%s: %.*s", key, TEXT_ARG(found));
}

static struct json_value line_of_run(struct text log, const char *message, const char *level)
{
    struct json_value line = line_of(log, message);
    expect(&line, "level", level);
    expect(&line, "workflow_id", "workflow-run");
    expect(&line, "run_id", "run");
    expect(&line, "rule_id", "b0000000-0000-4000-8000-000000000001");
    expect(&line, "rule_name", "test");
    expect(&line, "execution_id", "c0000000-0000-4000-8000-000000000001");
    expect(&line, "trace_id", TRACE);
    return line;
}

static struct workflow_task *traced_task(struct text input)
{
    struct workflow_task *task = first_task("run", input);
    struct event *events = (struct event *)task->events;
    cr_assert_eq(events[0].kind, EVENT_STARTED);
    events[0].trace = TEXT("{\"traceparent\":\"00-" TRACE "-00f067aa0ba902b7-01\"}");
    return task;
}

Test(worker_log, a_failed_run_and_its_action)
{
    server_give_task(traced_task(rule("pure refuse", ">0 0>1")), false);
    struct text log = logged(LOG_INFO);
    struct json_value line = line_of_run(log, "Action failed", "WARN");
    expect(&line, "action_id", "a0000000-0000-4000-8000-000000000001");
    expect(&line, "action_name", "a1");
    expect(&line, "action_type", "refuse");
    expect(&line, "error", "action a1 (a0000000-0000-4000-8000-000000000001): execute: it may not be");
    line = line_of_run(log, "Workflow failed", "WARN");
    cr_expect_null(json_get(&line, TEXT("action_id")));
    cr_expect_neq(text_find(json_get_text(&line, TEXT("error")), TEXT("it may not be")), SIZE_MAX);
    cr_expect_eq(log_times(log, "Action completed"), 0);
}

Test(worker_log, completed_run_is_logged_at_debug)
{
    server_give_task(traced_task(rule("pure write", ">0 0>1")), false);
    struct text log = logged(LOG_DEBUG);
    (void)line_of_run(log, "Starting graph workflow", "DEBUG");
    (void)line_of_run(log, "Workflow completed", "DEBUG");
    cr_expect_eq(log_times(log, "Action completed"), 2);
    cr_expect_eq(log_times(log, "Workflow failed"), 0);
}

Test(worker_log, a_canceled_run)
{
    struct workflow_task *task = traced_task(rule("far", ">0"));
    ((struct event *)task->events)[1].kind = EVENT_CANCEL_REQUESTED;
    server_give_task(task, false);
    (void)line_of_run(logged(LOG_INFO), "Workflow canceled", "INFO");
}

Test(worker_log, running_and_completed_runs_log_nothing_at_info)
{
    server_give_task(traced_task(rule("far", ">0")), false);
    struct text log = logged(LOG_INFO);
    cr_expect_eq(log_times(log, "Workflow "), 0, "%.*s", TEXT_ARG(log));
    cr_expect_eq(log_times(log, "\"run_id\""), 0, "%.*s", TEXT_ARG(log));
}

Test(worker_log, action_that_continues_as_an_activity)
{
    server_give_task(traced_task(rule("flaky", ">0")), false);
    struct json_value line = line_of_run(logged(LOG_INFO), "Action continues as an activity", "INFO");
    expect(&line, "action_name", "a0");
}

Test(worker_log, end_that_the_server_rejects_is_not_logged)
{
    server.on_call = take_no_answer;
    server_give_task(traced_task(rule("refuse", ">0")), false);
    struct text log = logged(LOG_INFO);
    (void)line_of_run(log, "Failed to complete workflow task", "WARN");
    cr_expect_eq(log_times(log, "Workflow failed"), 0, "%.*s", TEXT_ARG(log));
}

Test(worker_log, task_of_an_unknown_run)
{
    struct workflow_task *task = first_task("run", rule("pure", ">0"));
    task->workflow_type = TEXT("SomethingElse");
    server_give_task(task, false);
    struct json_value line = line_of(logged(LOG_INFO), "Workflow task failed");
    expect(&line, "level", "ERROR");
    expect(&line, "workflow_id", "workflow-run");
    expect(&line, "run_id", "run");
    cr_expect_null(json_get(&line, TEXT("rule_id")));
}

Test(worker_log, an_impossible_history_has_the_code_of_temporal)
{
    struct workflow_task *task = first_task("run", rule("pure", ">0"));
    struct event *events = ARENA_ARRAY(server.arena, 3, struct event);
    memcpy(events, task->events, 3 * sizeof *events);
    events[0] = (struct event){.kind = EVENT_RESULT_RECORDED, .id = 1, .activity_id = action_id(0)};
    task->events = events;
    server_give_task(task, false);
    struct json_value line = line_of(logged(LOG_INFO), "Workflow task failed");
    cr_expect(text_starts(json_get_text(&line, TEXT("error")), TEXT("[TMPRL1100] event 1: ")));
}

static size_t slow_lines(int64_t age_us)
{
    struct workflow_task *task = first_task("run", rule("pure", ">0"));
    task->received_us = clock_monotonic_us() - age_us;
    server_give_task(task, false);
    return log_times(logged(LOG_INFO), "[TMPRL1104] A workflow task took longer than 5 seconds");
}

Test(worker_log, a_slow_workflow_task)
{
    cr_expect_eq(slow_lines((WARN_TASK_MS + 1000) * INT64_C(1000)), 1);
}

Test(worker_log, a_workflow_task_that_is_not_slow)
{
    cr_expect_eq(slow_lines(0), 0);
}

Test(worker_log, an_activity_that_fails)
{
    struct activity_task *task = activity("one", "refuse");
    task->trace = TEXT("{\"traceparent\":\"00-" TRACE "-00f067aa0ba902b7-01\"}");
    server_give_activity(task);
    struct json_value line = line_of(logged(LOG_INFO), "Action execution failed");
    expect(&line, "level", "WARN");
    expect(&line, "workflow_id", task->workflow_id.data);
    expect(&line, "run_id", task->run_id.data);
    expect(&line, "action_id", "a0000000-0000-4000-8000-000000000007");
    expect(&line, "action_name", "one");
    expect(&line, "action_type", "refuse");
    expect(&line, "trace_id", TRACE);
    cr_expect_eq(json_get(&line, TEXT("retryable"))->boolean, false);
}

Test(worker_log, completed_activity_is_logged_at_debug)
{
    server_give_activity(activity("one", "far"));
    struct text log = logged(LOG_DEBUG);
    struct json_value line = line_of(log, "Executing action activity");
    expect(&line, "action_name", "one");
    line = line_of(log, "Action execution succeeded");
    expect(&line, "action_name", "one");
}
