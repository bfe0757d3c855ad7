/* The status of an execution is recorded before the workflow task is answered. */
#include <criterion/criterion.h>
#include <pthread.h>

#include "tests/unit/worker/server.h"
#include "worker/activity_kind.h"

#define EXECUTION "c0000000-0000-4000-8000-000000000001"

static struct execution_change records[8];
static unsigned record_count;
static enum status answer_of[8]; /* to each of them */
static unsigned recorded_before_answer;
static const struct call *last;

/* On a thread of the pool, one at a time in these tests. */
static enum status note_change(void *userdata, const struct execution_change *change, struct arena *arena,
                               struct error *error)
{
    (void)userdata;
    cr_assert_not_null(arena);
    records[record_count] = *change;
    records[record_count].execution_id = arena_copy(server.notes, change->execution_id);
    records[record_count].failure = arena_copy(server.notes, change->failure);
    enum status status = answer_of[record_count++];
    return status == STATUS_OK ? status : error_set(error, status, TEXT_NONE, "as scripted");
}

static bool is_end(const struct call *call)
{
    enum command_kind kind = call->command_count > 0 ? call->commands[call->command_count - 1].kind : COMMAND_PERFORM;
    return kind == COMMAND_COMPLETE || kind == COMMAND_FAIL || kind == COMMAND_CANCEL ||
           kind == COMMAND_CONTINUE_AS_NEW;
}

/* Stops when a run has ended or a task failed. */
static void stop_at_the_end(const struct call *call)
{
    if (call->kind != CALL_ANSWER && call->kind != CALL_FAIL_TASK)
        return;
    last = call;
    recorded_before_answer = record_count;
    if (call->kind == CALL_FAIL_TASK || is_end(call))
        worker_stop(server.worker);
}

static void set_up(void)
{
    server_set_up();
    server.options.execution_changed = note_change;
    server.on_call = stop_at_the_end;
}

TestSuite(execution, .init = set_up, .fini = server_tear_down, .timeout = 60);

static void run(const struct workflow_task *task)
{
    server_give_task(task, false);
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_not_null(last);
}

static void assert_told(unsigned index, enum execution_status status, const char *failure)
{
    cr_assert_lt(index, record_count);
    cr_assert_eq(records[index].status, status);
    cr_assert(text_is(records[index].execution_id, EXECUTION), "%.*s", TEXT_ARG(records[index].execution_id));
    cr_assert_neq(text_find(records[index].failure, text_from(failure)), SIZE_MAX, "%.*s",
                  TEXT_ARG(records[index].failure));
    cr_assert_gt(records[index].limit.deadline_us, 0);
}

/* A first task in which something else happened too, before its start. */
static struct workflow_task *first_task_with(struct text input, struct event event)
{
    struct workflow_task *task = first_task("run", input);
    struct event *events = ARENA_ARRAY(server.arena, 4, struct event);
    for (size_t i = 0; i < 2; i++)
        events[i] = task->events[i];
    events[2] = event;
    events[2].id = 3;
    events[3] = (struct event){.kind = EVENT_TASK_STARTED, .id = 4};
    task->events = events;
    task->event_count = 4;
    task->started_id = 4;
    return task;
}

/* ---- ends ---- */

Test(execution, run_that_completes_at_once_is_recorded_as_completed_only)
{
    run(first_task("run", rule("pure write", ">0 0>1")));
    cr_assert_eq(last->kind, CALL_ANSWER);
    cr_assert_eq(record_count, 1);
    cr_assert_eq(recorded_before_answer, 1);
    assert_told(0, EXECUTION_COMPLETED, "");
    cr_assert_eq(records[0].failure.size, 0);
}

Test(execution, failed_run_is_recorded_with_its_failure)
{
    run(first_task("run", rule("refuse", ">0")));
    cr_assert_eq(record_count, 1);
    assert_told(0, EXECUTION_FAILED, "execute: it may not be");
    cr_assert(text_equal(records[0].failure, last->commands[last->command_count - 1].failure));
}

Test(execution, refused_run_is_recorded_as_failed)
{
    run(first_task("run", rule("pure", "0>0")));
    cr_assert_eq(record_count, 1);
    assert_told(0, EXECUTION_FAILED, "validate workflow input: ");
}

Test(execution, canceled_run_is_recorded)
{
    run(first_task_with(rule("far", ">0"), (struct event){.kind = EVENT_CANCEL_REQUESTED}));
    cr_assert_eq(last->commands[last->command_count - 1].kind, COMMAND_CANCEL);
    cr_assert_eq(record_count, 1);
    assert_told(0, EXECUTION_CANCELED, "");
}

/* ---- starts ---- */

static struct workflow_task *second;

static void go_on(const struct call *call)
{
    if (call->kind == CALL_ANSWER && !is_end(call))
        server_give_task(second, true);
    stop_at_the_end(call);
}

/* A rule that waits for an activity, which ends in its second task. */
static struct workflow_task *two_tasks_of(struct text input)
{
    const struct event events[] = {
        {.kind = EVENT_OTHER},
        {.kind = EVENT_ACTIVITY_SCHEDULED, .activity_id = action_id(0), .activity_type = TEXT("ExecuteActionActivity")},
        {.kind = EVENT_OTHER},
        {.kind = EVENT_ACTIVITY_COMPLETED, .scheduled_id = 5, .payload = TEXT("{\"result\":{},\"success\":true}")},
    };
    struct workflow_task *first = first_task("run", input);
    second = later_task(first, 4, events, 4);
    server.on_call = go_on;
    return first;
}

static struct workflow_task *two_tasks(void)
{
    return two_tasks_of(rule("far", ">0"));
}

Test(execution, run_of_several_tasks_is_recorded_as_running_first)
{
    run(two_tasks());
    cr_assert_eq(server.calls[CALL_ANSWER], 2);
    cr_assert_eq(record_count, 2);
    assert_told(0, EXECUTION_RUNNING, "");
    assert_told(1, EXECUTION_COMPLETED, "");
}

Test(execution, resumed_run_is_recorded_as_running_again)
{
    run(two_tasks_of(arena_print(server.arena, "{\"resume\":{\"run_id\":\"r\",\"actions\":{}},%.*s",
                                 TEXT_ARG(text_slice(rule("far", ">0"), 1, SIZE_MAX)))));
    cr_assert_eq(record_count, 2);
    assert_told(0, EXECUTION_RUNNING, "");
    cr_assert(records[0].resumed);
    assert_told(1, EXECUTION_COMPLETED, "");
}

Test(execution, failure_to_record_the_start_does_not_delay_the_run)
{
    log_capture();
    answer_of[0] = STATUS_UNAVAILABLE;
    run(two_tasks());
    cr_assert_eq(server.calls[CALL_ANSWER], 2);
    cr_assert_eq(server.calls[CALL_FAIL_TASK], 0);
    cr_assert_eq(record_count, 2);
    assert_told(1, EXECUTION_COMPLETED, "");
    struct text log = log_captured();
    cr_assert_eq(log_times(log, "Failed to mark execution"), 1, "%.*s", TEXT_ARG(log));
    cr_assert_eq(log_times(log, "\"execution_id\":\"" EXECUTION "\",\"status\":\"running\",\"error\":\"as scripted\""),
                 1, "%.*s", TEXT_ARG(log));
}

/* ---- when it cannot be recorded ---- */

static void try_again(const struct call *call)
{
    if (call->kind == CALL_FAIL_TASK) {
        last = call;
        server_give_task(second, false);
    } else {
        stop_at_the_end(call);
    }
}

Test(execution, task_fails_while_its_end_cannot_be_recorded)
{
    answer_of[0] = STATUS_UNAVAILABLE;
    run(first_task("run", rule("pure", ">0")));
    cr_assert_eq(last->kind, CALL_FAIL_TASK);
    cr_assert_eq(last->cause, TASK_FAILURE_UNHANDLED);
    cr_assert(text_is(last->text, "mark execution completed: as scripted"), "%.*s", TEXT_ARG(last->text));
    cr_assert_eq(server.calls[CALL_ANSWER], 0);
}

Test(execution, next_attempt_records_the_end_again)
{
    answer_of[0] = STATUS_UNAVAILABLE;
    server.on_call = try_again;
    second = first_task("run", rule("refuse", ">0"));
    second->attempt = 2;
    run(first_task("run", rule("refuse", ">0")));
    cr_assert_eq(last->kind, CALL_ANSWER);
    cr_assert_eq(server.calls[CALL_FAIL_TASK], 1);
    cr_assert_eq(record_count, 2);
    assert_told(0, EXECUTION_FAILED, "it may not be");
    assert_told(1, EXECUTION_FAILED, "it may not be");
}

Test(execution, end_that_is_refused_does_not_keep_the_run_open)
{
    log_capture();
    answer_of[0] = STATUS_INVALID;
    run(first_task("run", rule("pure", ">0")));
    cr_assert_eq(last->kind, CALL_ANSWER);
    cr_assert_eq(last->commands[last->command_count - 1].kind, COMMAND_COMPLETE);
    struct text log = log_captured();
    cr_assert_eq(log_times(log, "Failed to mark execution"), 1, "%.*s", TEXT_ARG(log));
    cr_assert_eq(log_times(log, "\"level\":\"ERROR\""), 1, "%.*s", TEXT_ARG(log));
}

/* ---- what is not recorded ---- */

Test(execution, nothing_is_recorded_without_a_callback)
{
    server.options.execution_changed = NULL;
    run(two_tasks());
    cr_assert_eq(server.calls[CALL_ANSWER], 2);
    cr_assert_eq(record_count, 0);
}

Test(execution, branch_records_nothing)
{
    struct text input = arena_print(
        server.arena,
        "{\"start_action\":{\"id\":\"%.*s\"},\"convergence_point\":\"00000000-0000-0000-0000-000000000000\",%.*s",
        TEXT_ARG(action_id(0)), TEXT_ARG(text_slice(rule("pure", ">0"), 1, SIZE_MAX)));
    struct workflow_task *task = first_task("run", input);
    struct event *events = ARENA_ARRAY(server.arena, 3, struct event);
    for (size_t i = 0; i < 3; i++)
        events[i] = task->events[i];
    events[0].activity_type = TEXT("ExecuteBranchUntilConvergence");
    task->events = events;
    task->workflow_type = TEXT("ExecuteBranchUntilConvergence");
    run(task);
    cr_assert_eq(last->kind, CALL_ANSWER);
    cr_assert_eq(last->commands[last->command_count - 1].kind, COMMAND_COMPLETE);
    cr_assert_eq(record_count, 0);
}

Test(execution, continue_as_new_is_not_an_end)
{
    struct workflow_task *task = first_task("run", rule("pure", ">0"));
    struct event *events = ARENA_ARRAY(server.arena, 3, struct event);
    for (size_t i = 0; i < 3; i++)
        events[i] = task->events[i];
    events[2].suggest_continue = true;
    task->events = events;
    run(task);
    cr_assert_eq(last->commands[last->command_count - 1].kind, COMMAND_CONTINUE_AS_NEW);
    cr_assert_eq(record_count, 1);
    assert_told(0, EXECUTION_RUNNING, "");
}

Test(execution, run_without_an_execution_records_nothing)
{
    run(first_task("run", TEXT("{\"rule_id\":\"b0000000-0000-4000-8000-000000000001\"}")));
    cr_assert_eq(last->kind, CALL_ANSWER);
    cr_assert_eq(last->commands[0].kind, COMMAND_FAIL);
    cr_assert_eq(record_count, 0);
}

/* ---- stopping ---- */

static enum status note_at_the_gate(void *userdata, const struct execution_change *change, struct arena *arena,
                                    struct error *error)
{
    gate_pass();
    return note_change(userdata, change, arena, error);
}

static void *stop_then_open(void *unused)
{
    (void)unused;
    gate_await();
    worker_stop(server.worker);
    gate_open();
    return NULL;
}

Test(execution, records_under_way_finish_before_the_worker_ends)
{
    server.options.execution_changed = note_at_the_gate;
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, stop_then_open, NULL), 0);
    run(first_task("run", rule("pure", ">0")));
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_eq(last->kind, CALL_ANSWER);
    cr_assert_eq(record_count, 1);
    assert_told(0, EXECUTION_COMPLETED, "");
}

/* ---- activities of the Go worker ---- */

static void stop_at_the_activity_answer(const struct call *call)
{
    if (call->kind != CALL_COMPLETE && call->kind != CALL_FAIL)
        return;
    last = call;
    worker_stop(server.worker);
}

static void run_mark(const char *type, struct text input)
{
    struct activity_task *task = activity("mark", "");
    task->activity_type = text_from(type);
    task->input = input;
    task->close_in_ms = 30000;
    server.on_call = stop_at_the_activity_answer;
    server_give_activity(task);
    cr_assert_eq(server_run(), WORKER_DRAINED);
    cr_assert_not_null(last);
}

static void assert_completed(void)
{
    cr_assert_eq(last->kind, CALL_COMPLETE, "%.*s", TEXT_ARG(last->text));
    cr_assert(text_is(last->token, "mark"));
    cr_assert_eq(last->text.size, 0, "no result");
}

static void assert_failed(const char *message, const char *type, bool retryable)
{
    cr_assert_eq(last->kind, CALL_FAIL);
    cr_assert(text_is(last->text, message), "%.*s", TEXT_ARG(last->text));
    cr_assert(text_is(last->type, type), "%.*s", TEXT_ARG(last->type));
    cr_assert_eq(last->retryable, retryable);
}

Test(execution, activity_marks_as_running)
{
    run_mark("MarkExecutionRunning", TEXT("\"" EXECUTION "\""));
    assert_completed();
    cr_assert_eq(record_count, 1);
    assert_told(0, EXECUTION_RUNNING, "");
}

Test(execution, activity_marks_as_completed)
{
    run_mark("MarkExecutionCompleted", TEXT("\"urn:uuid:C0000000-0000-4000-8000-000000000001\""));
    assert_completed();
    cr_assert_eq(record_count, 1);
    assert_told(0, EXECUTION_COMPLETED, "");
}

Test(execution, activity_marks_as_failed)
{
    run_mark("MarkExecutionFailed", TEXT("{\"ExecutionID\":\"" EXECUTION "\",\"ErrorMessage\":\"execute action A\"}"));
    assert_completed();
    cr_assert_eq(record_count, 1);
    assert_told(0, EXECUTION_FAILED, "execute action A");
    cr_assert_eq(records[0].failure.size, sizeof("execute action A") - 1);
}

Test(execution, activities_do_nothing_without_a_callback)
{
    server.options.execution_changed = NULL;
    run_mark("MarkExecutionFailed", TEXT("{\"ExecutionID\":\"" EXECUTION "\",\"ErrorMessage\":\"why\"}"));
    assert_completed();
    cr_assert_eq(record_count, 0);
}

Test(execution, activity_is_retried_while_it_cannot_record)
{
    log_capture();
    answer_of[0] = STATUS_UNAVAILABLE;
    run_mark("MarkExecutionRunning", TEXT("\"" EXECUTION "\""));
    assert_failed("as scripted", "", true);
    struct text log = log_captured();
    cr_assert_eq(log_times(log, "\"execution_id\":\"" EXECUTION "\",\"status\":\"running\""), 1, "%.*s", TEXT_ARG(log));
}

Test(execution, activity_whose_record_is_refused_fails_without_retry)
{
    answer_of[0] = STATUS_INVALID;
    run_mark("MarkExecutionCompleted", TEXT("\"" EXECUTION "\""));
    assert_failed("as scripted", "", false);
}

#define CANNOT_DECODE "unable to decode the activity function input payload with error: "

Test(execution, activity_with_invalid_input_fails_with_retry)
{
    static const struct {
        const char *type, *input, *message;
    } rows[] = {
        {"MarkExecutionRunning", "\"no id\"",
         "execution id: expected a UUID, found 'no id' for function name: MarkExecutionRunning"},
        {"MarkExecutionRunning", "null",
         "execution id: expected a UUID, found '' for function name: MarkExecutionRunning"},
        {"MarkExecutionCompleted", "{}",
         "execution id: expected string, found object for function name: MarkExecutionCompleted"},
        {"MarkExecutionFailed", "\"" EXECUTION "\"",
         "expected object, found string for function name: MarkExecutionFailed"},
        {"MarkExecutionFailed", "{\"ErrorMessage\":\"why\"}",
         "execution id: expected a UUID, found '' for function name: MarkExecutionFailed"},
        {"MarkExecutionFailed", "{\"ExecutionID\":\"" EXECUTION "\",\"ErrorMessage\":1}",
         "ErrorMessage: expected string, found number for function name: MarkExecutionFailed"},
    };
    enum { COUNT = sizeof(rows) / sizeof(rows[0]) };
    for (size_t i = 0; i < COUNT; i++) {
        struct error error = ERROR_IN(server.arena);
        struct activity activity = {
            .arena = server.arena,
            .task = {.activity_type = text_from(rows[i].type), .input = text_from(rows[i].input)}};
        const struct activity_kind *kind = activity_kind_find(&activity);
        cr_assert_not_null(kind);
        cr_assert_eq(kind->read(&activity, &error), STATUS_INVALID);
        cr_assert(text_starts(text_from(rows[i].message), error.message), "%.*s", TEXT_ARG(error.message));
    }
    run_mark(rows[0].type, text_from(rows[0].input));
    assert_failed(arena_print(server.arena, CANNOT_DECODE "%s", rows[0].message).data, "wrapError", true);
    cr_assert_eq(record_count, 0);
}
