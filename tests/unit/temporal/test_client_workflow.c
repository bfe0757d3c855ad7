/* Workflow tasks against a real server. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/limits.h"
#include "wire.h"

#define EXPECT_TEXT(got_, wanted_)                                                                                     \
    do {                                                                                                               \
        struct text got__ = (got_);                                                                                    \
        cr_expect(text_is(got__, (wanted_)), "got '%.*s', expected '%s'", TEXT_ARG(got__), (wanted_));                 \
    } while (0)

static void expect_ok(struct wire *wire)
{
    wire_wait(wire);
    cr_assert_eq(wire->result.code, RPC_OK, "%.*s", TEXT_ARG(wire->result.message));
}

static struct command marker(const char *action_id, const char *result, const char *failure)
{
    return (struct command){.kind = COMMAND_RECORD_RESULT,
                            .action_id = text_from(action_id),
                            .action_name = TEXT("Check"),
                            .action_type = TEXT("evaluate_condition"),
                            .payload = text_from(result),
                            .input = TEXT("{\"config\":{}}"),
                            .failure = text_from(failure)};
}

static const struct json_value *detail(const struct json_value *marker_event, const char *key)
{
    char path[100];
    (void)snprintf(path, sizeof path, "markerRecordedEventAttributes.details.%s.payloads.0", key);
    return wire_at(marker_event, path);
}

Test(client, pings_the_server)
{
    struct wire wire;
    wire_open(&wire);
    client_ping(wire.client, wire.arena, wire_plain, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.code, RPC_OK);
    client_check_namespace(wire.client, wire.arena, wire_plain, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.code, RPC_OK);
    wire_close(&wire);
}

Test(client, counts_requests_and_long_polls)
{
    struct wire wire;
    wire_open(&wire);
    cr_expect_eq(wire_counted(&wire, "temporal_request_total{operation=\"RespondWorkflowTaskCompleted\"}"), 0);
    struct command command = wire_command(COMMAND_COMPLETE);
    wire_answer(&wire, wire_begin(&wire, "counted", "{}"), &command, 1);
    cr_assert_eq(wire.result.code, RPC_OK);
    cr_expect_eq(wire_counted(&wire, "temporal_request_total{operation=\"StartWorkflowExecution\"}"), 1);
    cr_expect_eq(wire_counted(&wire, "temporal_request_total{operation=\"RespondWorkflowTaskCompleted\"}"), 1);
    cr_expect_eq(wire_counted(&wire, "temporal_long_request_total{operation=\"PollWorkflowTaskQueue\"}"), 1);
    (void)wire_read(&wire, "counted", true);
    (void)wire_read(&wire, "counted", false);
    cr_expect_eq(wire_counted(&wire, "temporal_long_request_total{operation=\"GetWorkflowExecutionHistory\"}"), 1);
    cr_expect_eq(wire_counted(&wire, "temporal_request_total{operation=\"GetWorkflowExecutionHistory\"}"), 1);
    wire_close(&wire);
}

Test(client, counts_failures_by_code)
{
    struct wire wire;
    wire_open(&wire);
    for (int i = 0; i < 2; i++) {
        client_complete_activity(wire.client, TEXT("no token"), TEXT("{}"), wire.arena, wire_plain, &wire);
        wire_wait(&wire);
        cr_assert_eq(wire.result.code, RPC_INVALID_ARGUMENT);
    }
    cr_expect_eq(wire_counted(&wire, "temporal_request_total{operation=\"RespondActivityTaskCompleted\"}"), 2);
    cr_expect_eq(wire_counted(&wire, "temporal_request_failure_total{operation=\"RespondActivityTaskCompleted\","
                                     "status_code=\"INVALID_ARGUMENT\"}"),
                 2);
    wire_close(&wire);
}

Test(client, does_not_count_a_canceled_poll_as_failed)
{
    struct wire wire;
    wire_open(&wire);
    struct client_poll *poll =
        client_poll_workflow_task(wire.client, wire.queue, TEXT_NONE, wire.arena, wire_task, &wire);
    client_cancel_poll(poll);
    wire_wait(&wire);
    cr_assert_eq(wire.result.code, RPC_CANCELED);
    cr_expect_eq(wire_counted(&wire, "temporal_long_request_total{operation=\"PollWorkflowTaskQueue\"}"), 1);
    cr_expect_eq(wire_counted(&wire, "temporal_long_request_failure_total"), 0);
    wire_close(&wire);
}

Test(client, knows_an_unknown_namespace)
{
    struct wire wire;
    wire_open(&wire);
    struct text address = arena_copy(wire.arena, text_from(getenv("TEMPORAL_ADDRESS")));
    struct wire other;
    wire_open_at(&other, address, TEXT("nowhere"));
    client_check_namespace(other.client, other.arena, wire_plain, &other);
    wire_wait(&other);
    cr_expect_eq(other.result.code, RPC_NOT_FOUND);
    cr_expect_neq(text_find(other.result.message, TEXT("nowhere")), SIZE_MAX);
    wire_close(&other);
    wire_close(&wire);
}

Test(client, does_not_wait_for_a_server_that_is_not_there)
{
    struct wire wire;
    wire_open_at(&wire, TEXT("127.0.0.1:1"), TEXT("default"));
    client_ping(wire.client, wire.arena, wire_plain, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.code, RPC_UNAVAILABLE);
    wire_close(&wire);
}

Test(client, starts_a_workflow_once)
{
    struct wire wire;
    wire_open(&wire);
    const struct workflow_task *task = wire_begin(&wire, "starts-once", "{\"rule_id\":1}");
    cr_expect(task->token.size > 0);
    cr_expect(text_equal(task->workflow_id, wire_id(&wire, "starts-once")));
    EXPECT_TEXT(task->workflow_type, "ExecuteGraphWorkflow");
    cr_expect_eq(task->run_id.size, 36);
    cr_expect_eq(task->attempt, 1);
    cr_expect_eq(task->previous_started_id, 0);
    cr_expect_eq(task->started_id, 3);
    cr_expect_eq(task->first_event_id, 1);
    cr_expect_eq(task->event_count, 3);
    cr_expect_eq(task->query_count, 0);
    cr_expect_not(task->legacy_query);
    cr_expect_eq(task->events[0].kind, EVENT_STARTED);
    cr_expect_gt(task->events[0].time_us, 1700000000000000);
    EXPECT_TEXT(task->events[0].payload, "{\"rule_id\":1}");
    cr_expect_eq(task->events[1].kind, EVENT_OTHER);
    cr_expect_eq(task->events[2].kind, EVENT_TASK_STARTED);
    cr_expect_gt(task->events[2].history_size, 0);

    struct workflow_start again = {.workflow_id = wire_id(&wire, "starts-once"),
                                   .workflow_type = TEXT("ExecuteGraphWorkflow"),
                                   .task_queue = wire.queue};
    client_start_workflow(wire.client, &again, wire.arena, wire_plain, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.code, RPC_ALREADY_EXISTS);
    wire_answer(&wire, task, &(struct command){.kind = COMMAND_COMPLETE}, 1);
    client_start_workflow(wire.client, &again, wire.arena, wire_plain, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.code, RPC_ALREADY_EXISTS, "also when it is over");
    wire_close(&wire);
}

/* Fails the run whose task this is, and returns its id. */
static struct text fail_run(struct wire *wire, const struct workflow_task *task)
{
    struct text run_id = arena_copy(wire->arena, task->run_id);
    struct command fail = {.kind = COMMAND_FAIL, .failure = TEXT("planned")};
    wire_answer(wire, task, &fail, 1);
    cr_assert_eq(wire->result.code, RPC_OK);
    return run_id;
}

/* The id of the run that resumes this one; empty when the server refuses. */
static struct text resume(struct wire *wire, const struct workflow_task *closed, struct text run_id)
{
    const struct workflow_start start = {.workflow_id = wire_id(wire, "resumed"),
                                         .workflow_type = TEXT("ExecuteGraphWorkflow"),
                                         .task_queue = wire->queue,
                                         .input = TEXT("{\"again\":true}"),
                                         .resumes = run_id,
                                         .settings = closed->events[0].start->settings};
    client_start_workflow(wire->client, &start, wire->arena, wire_plain, wire);
    wire_wait(wire);
    cr_assert(wire->result.code == RPC_OK || wire->result.code == RPC_ALREADY_EXISTS, "%d", wire->result.code);
    return wire->result.code == RPC_OK ? arena_copy(wire->arena, wire->result.message) : TEXT_NONE;
}

Test(client, resumes_a_run_once)
{
    struct wire wire;
    wire_open(&wire);
    const struct workflow_task *closed = wire_begin(&wire, "resumed", "{}");
    cr_expect_eq(resume(&wire, closed, closed->run_id).size, 0, "it is open");
    struct text first = fail_run(&wire, closed);
    struct text second = resume(&wire, closed, first);
    cr_assert_gt(second.size, 0);
    cr_expect(text_equal(resume(&wire, closed, first), second), "while the new run is open");
    const struct workflow_task *task = wire_poll(&wire);
    cr_assert(text_equal(task->run_id, second));
    cr_expect(text_equal(resume(&wire, closed, first), second), "also in its first task");
    (void)fail_run(&wire, task);
    cr_expect(text_equal(resume(&wire, closed, first), second), "also when it has failed");

    struct text third = resume(&wire, closed, second);
    cr_expect_gt(third.size, 0);
    cr_expect_not(text_equal(third, second));
    cr_expect_eq(resume(&wire, closed, first).size, 0, "a newer run is open");
    wire_answer(&wire, wire_poll(&wire), &(struct command){.kind = COMMAND_COMPLETE}, 1);
    cr_expect_eq(resume(&wire, closed, third).size, 0, "it is completed");
    wire_close(&wire);
}

Test(client, records_results_as_markers)
{
    struct wire wire;
    wire_open(&wire);
    const struct workflow_task *task = wire_begin(&wire, "markers", "{}");
    struct command commands[] = {
        marker("a-1", "{\"output\":\"true\"}", ""),
        marker("a-2", "", "action Check (a-2): execute: no"),
        wire_command(COMMAND_COMPLETE),
    };
    wire_answer(&wire, task, commands, 3);
    cr_expect_null(wire.task);
    cr_expect_eq(wire.activity_count, 0);

    struct json_value events = wire_show(&wire, "markers");
    const struct json_value *first = wire_shown(&events, "EVENT_TYPE_MARKER_RECORDED", NULL);
    cr_assert_not_null(first);
    EXPECT_TEXT(wire_at(first, "markerRecordedEventAttributes.markerName")->string, "LocalActivity");
    struct json_value data;
    cr_assert_eq(json_read(wire.arena, wire_payload(&wire, detail(first, "data")), &data, NULL), STATUS_OK);
    EXPECT_TEXT(json_get_text(&data, TEXT("ActivityID")), "a-1");
    EXPECT_TEXT(json_get_text(&data, TEXT("ActivityType")), "evaluate_condition • Check");
    EXPECT_TEXT(wire_payload(&wire, detail(first, "result")), "{\"output\":\"true\"}");
    EXPECT_TEXT(wire_payload(&wire, detail(first, "input")), "{\"config\":{}}");
    EXPECT_TEXT(wire_payload(&wire, wire_at(first, "userMetadata.summary")), "\"Check\"");
    const struct json_value *second = wire_shown(&events, "EVENT_TYPE_MARKER_RECORDED", first);
    cr_assert_not_null(second);
    cr_expect_null(detail(second, "result"));
    EXPECT_TEXT(wire_at(second, "markerRecordedEventAttributes.failure.message")->string,
                "action Check (a-2): execute: no");
    cr_expect_not_null(wire_shown(&events, "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED", second));

    const struct workflow_task *whole = wire_read(&wire, "markers", true);
    cr_assert_eq(whole->event_count, 7);
    cr_expect_eq(whole->events[4].kind, EVENT_RESULT_RECORDED);
    EXPECT_TEXT(whole->events[4].activity_id, "a-1");
    EXPECT_TEXT(whole->events[4].payload, "{\"output\":\"true\"}");
    cr_expect_eq(whole->events[4].failure.size, 0);
    EXPECT_TEXT(whole->events[5].failure, "action Check (a-2): execute: no");
    cr_expect_eq(whole->events[6].kind, EVENT_CLOSED);
    cr_expect_eq(whole->events[6].close, CLOSE_COMPLETED);
    wire_close(&wire);
}

Test(client, fails_and_cancels_a_workflow)
{
    struct wire wire;
    wire_open(&wire);
    struct command fail = {.kind = COMMAND_FAIL, .failure = TEXT("bad \xff text")};
    wire_answer(&wire, wire_begin(&wire, "fails", "{}"), &fail, 1);
    const struct event *closed = wire_event(wire_read(&wire, "fails", false), EVENT_CLOSED);
    cr_expect_eq(closed->close, CLOSE_FAILED);
    EXPECT_TEXT(closed->failure, "bad ? text");

    const struct workflow_task *task = wire_begin(&wire, "cancels", "{}");
    wire_answer(&wire, task, NULL, 0);
    (void)wire_tool(&wire, "workflow cancel", "cancels");
    task = wire_poll(&wire);
    (void)wire_event(task, EVENT_CANCEL_REQUESTED);
    wire_answer(&wire, task, &(struct command){.kind = COMMAND_CANCEL}, 1);
    closed = wire_event(wire_read(&wire, "cancels", true), EVENT_CLOSED);
    cr_expect_eq(closed->close, CLOSE_CANCELED);
    wire_close(&wire);
}

Test(client, completes_a_branch_with_its_output)
{
    struct wire wire;
    wire_open(&wire);
    struct command complete = {.kind = COMMAND_COMPLETE, .payload = TEXT("{\"action_results\":{}}")};
    wire_answer(&wire, wire_begin(&wire, "branch", "{}"), &complete, 1);
    EXPECT_TEXT(wire_event(wire_read(&wire, "branch", true), EVENT_CLOSED)->payload, "{\"action_results\":{}}");
    wire_close(&wire);
}

Test(client, continues_as_new)
{
    struct wire wire;
    wire_open(&wire);
    struct command next = {.kind = COMMAND_CONTINUE_AS_NEW, .payload = TEXT("{\"resume\":true}")};
    const struct workflow_task *task = wire_begin(&wire, "continues", "{}");
    struct text first_run = task->run_id;
    wire_answer(&wire, task, &next, 1);
    task = wire_poll(&wire);
    cr_expect_not(text_equal(task->run_id, first_run));
    EXPECT_TEXT(task->workflow_type, "ExecuteGraphWorkflow");
    EXPECT_TEXT(wire_event(task, EVENT_STARTED)->payload, "{\"resume\":true}");
    wire_answer(&wire, task, &(struct command){.kind = COMMAND_COMPLETE}, 1);
    client_read_workflow(wire.client, wire_id(&wire, "continues"), first_run, true, wire.arena, wire_task, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire_event(wire.task, EVENT_CLOSED)->close, CLOSE_CONTINUED);
    wire_close(&wire);
}

Test(client, runs_timers)
{
    struct wire wire;
    wire_open(&wire);
    struct command commands[] = {
        {.kind = COMMAND_START_TIMER, .action_id = TEXT("soon"), .duration_ms = 1},
        {.kind = COMMAND_START_TIMER, .action_id = TEXT("later"), .duration_ms = 3600000},
    };
    wire_answer(&wire, wire_begin(&wire, "timers", "{}"), commands, 2);
    const struct workflow_task *task = wire_poll(&wire);
    EXPECT_TEXT(wire_event(task, EVENT_TIMER_STARTED)->activity_id, "soon");
    EXPECT_TEXT(wire_event(task, EVENT_TIMER_FIRED)->activity_id, "soon");
    struct command end[] = {{.kind = COMMAND_CANCEL_TIMER, .action_id = TEXT("later")}, {.kind = COMMAND_COMPLETE}};
    wire_answer(&wire, task, end, 2);
    task = wire_read(&wire, "timers", true);
    EXPECT_TEXT(wire_event(task, EVENT_TIMER_CANCELED)->activity_id, "later");
    wire_close(&wire);
}

Test(client, hands_out_a_failed_task_again)
{
    struct wire wire;
    wire_open(&wire);
    const struct workflow_task *task = wire_begin(&wire, "task-fails", "{}");
    client_fail_workflow_task(wire.client, task->token, TASK_FAILURE_NON_DETERMINISTIC, TEXT("[TMPRL1100] other"),
                              wire.arena, wire_plain, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.code, RPC_OK);
    task = wire_poll(&wire);
    cr_expect_eq(task->attempt, 2);
    struct json_value events = wire_show(&wire, "task-fails");
    const struct json_value *failed = wire_shown(&events, "EVENT_TYPE_WORKFLOW_TASK_FAILED", NULL);
    EXPECT_TEXT(wire_at(failed, "workflowTaskFailedEventAttributes.cause")->string,
                "WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR");
    EXPECT_TEXT(wire_at(failed, "workflowTaskFailedEventAttributes.failure.message")->string, "[TMPRL1100] other");
    wire_close(&wire);
}

static struct workflow_answer keep(const struct wire *wire, const struct workflow_task *task)
{
    return (struct workflow_answer){.token = task->token,
                                    .task_queue = wire->queue,
                                    .sticky_queue = wire->sticky_queue,
                                    .sticky_timeout_ms = 10000};
}

/* Gets a task of the run by the sticky queue. The server uses that queue only when it was polled within the last
   seconds: a task that comes by the normal queue is answered, and the run is signaled again. */
static const struct workflow_task *poke(struct wire *wire, const char *workflow)
{
    struct wire sticky = {.client = wire->client, .arena = wire->arena, .waiting = true};
    (void)client_poll_workflow_task(wire->client, wire->sticky_queue, wire->queue, wire->arena, wire_task, &sticky);
    for (;;) {
        struct wire normal = {.client = wire->client, .arena = wire->arena, .waiting = true};
        struct client_poll *poll =
            client_poll_workflow_task(wire->client, wire->queue, TEXT_NONE, wire->arena, wire_task, &normal);
        (void)wire_tool(wire, "workflow signal --name poke", workflow);
        while (sticky.waiting && normal.waiting)
            channel_run(client_channel(wire->client), false);
        if (!sticky.waiting) {
            client_cancel_poll(poll);
            wire_wait(&normal);
            return sticky.task;
        }
        struct workflow_answer answer = keep(wire, normal.task);
        client_answer_workflow_task(wire->client, &answer, wire->arena, wire_answered, wire);
        expect_ok(wire);
    }
}

Test(client, keeps_a_run_on_its_sticky_queue)
{
    struct wire wire;
    wire_open(&wire);
    struct workflow_answer answer = keep(&wire, wire_begin(&wire, "sticky", "{}"));
    client_answer_workflow_task(wire.client, &answer, wire.arena, wire_answered, &wire);
    expect_ok(&wire);
    const struct workflow_task *task = poke(&wire, "sticky");
    cr_expect_gt(task->previous_started_id, 0);
    cr_expect_eq(task->first_event_id, task->previous_started_id + 1, "only what is new");
    (void)wire_event(task, EVENT_SIGNALED);

    client_fetch_history(wire.client, task, wire.arena, wire_task, &wire);
    expect_ok(&wire);
    cr_expect_eq(wire.task->first_event_id, 1);
    cr_expect_eq(wire.task->event_count, (size_t)task->started_id);
    cr_expect(text_equal(wire.task->token, task->token));
    wire_answer(&wire, wire.task, &(struct command){.kind = COMMAND_COMPLETE}, 1);
    wire_close(&wire);
}

static FILE *ask(struct wire *wire, const char *workflow)
{
    struct text line =
        arena_print(wire->arena,
                    "'%s' workflow query --workflow-id %.*s --type graph_state --input '{\"deep\":true}' "
                    "--address '%s' --color never --output json 2>&1",
                    getenv("TEMPORAL_TOOL"), TEXT_ARG(wire_id(wire, workflow)), getenv("TEMPORAL_ADDRESS"));
    FILE *asker = popen(line.data, "re");
    cr_assert_not_null(asker);
    return asker;
}

static struct text answer_of(struct wire *wire, FILE *asker, bool good)
{
    char output[1000];
    size_t size = fread(output, 1, sizeof output, asker);
    cr_expect_eq(pclose(asker) == 0, good);
    return arena_copy(wire->arena, (struct text){.data = output, .size = size});
}

Test(client, answers_a_query)
{
    struct wire wire;
    wire_open(&wire);
    struct workflow_answer answer = keep(&wire, wire_begin(&wire, "query", "{}"));
    client_answer_workflow_task(wire.client, &answer, wire.arena, wire_answered, &wire);
    expect_ok(&wire);
    answer = keep(&wire, poke(&wire, "query"));
    client_answer_workflow_task(wire.client, &answer, wire.arena, wire_answered, &wire);
    expect_ok(&wire);

    FILE *asker = ask(&wire, "query");
    const struct workflow_task *task = wire_poll_sticky(&wire);
    cr_assert(task->legacy_query);
    cr_assert_eq(task->query_count, 1);
    EXPECT_TEXT(task->queries[0].type, "graph_state");
    EXPECT_TEXT(task->queries[0].arguments, "{\"deep\":true}");
    cr_expect_eq(task->event_count, 0, "a query on the sticky queue comes without history");
    struct query_answer said = {.result = TEXT("{\"status\":\"running\"}")};
    client_answer_legacy_query(wire.client, task->token, &said, wire.arena, wire_plain, &wire);
    expect_ok(&wire);
    struct text output = answer_of(&wire, asker, true);
    cr_expect_neq(text_find(output, TEXT("running")), SIZE_MAX, "%.*s", TEXT_ARG(output));

    asker = ask(&wire, "query");
    task = wire_poll_sticky(&wire);
    said = (struct query_answer){.failure = TEXT("unknown query")};
    client_answer_legacy_query(wire.client, task->token, &said, wire.arena, wire_plain, &wire);
    expect_ok(&wire);
    output = answer_of(&wire, asker, false);
    cr_expect_neq(text_find(output, TEXT("unknown query")), SIZE_MAX, "%.*s", TEXT_ARG(output));
    wire_close(&wire);
}

Test(client, reads_a_history_of_many_pages)
{
    struct wire wire;
    wire_open(&wire);
    const struct workflow_task *task = wire_begin(&wire, "pages", "{}");
    struct command *commands = calloc(700, sizeof *commands);
    for (size_t i = 0; i < 700; i++) {
        char id[20];
        (void)snprintf(id, sizeof id, "m-%zu", i);
        commands[i] = marker(arena_copy(wire.arena, text_from(id)).data, "{}", "");
    }
    struct workflow_answer answer = {.token = task->token,
                                     .commands = commands,
                                     .command_count = 700,
                                     .task_queue = wire.queue,
                                     .force_new_task = true};
    client_answer_workflow_task(wire.client, &answer, wire.arena, wire_answered, &wire);
    expect_ok(&wire);
    free(commands);
    task = wire.task;
    cr_assert_not_null(task, "the next task comes inline");
    cr_expect_eq(task->first_event_id, 4, "an inline task holds only what is new");
    cr_expect_eq(task->event_count, 703);
    cr_expect_eq(task->events[702].kind, EVENT_TASK_STARTED);
    client_fetch_history(wire.client, task, wire.arena, wire_task, &wire);
    expect_ok(&wire);
    task = wire.task;
    cr_expect_eq(task->event_count, 706);
    for (size_t i = 0; i < task->event_count; i++)
        cr_assert_eq(task->events[i].id, (int64_t)i + 1);
    EXPECT_TEXT(task->events[4].activity_id, "m-0");
    EXPECT_TEXT(task->events[703].activity_id, "m-699");
    wire_answer(&wire, task, &(struct command){.kind = COMMAND_COMPLETE}, 1);
    cr_expect_eq(wire_read(&wire, "pages", true)->event_count, 708);
    wire_close(&wire);
}

Test(client, refuses_an_answer_that_is_too_large_before_sending)
{
    struct wire wire;
    wire_open(&wire);
    char *large = malloc(LIMIT_PAYLOAD_BYTES + 1);
    memset(large, '1', LIMIT_PAYLOAD_BYTES + 1);
    struct command commands[] = {wire_activity_command("a-1", ""), wire_activity_command("a-2", ""),
                                 wire_activity_command("a-3", "")};
    const struct workflow_task *task = wire_begin(&wire, "large", "{}");
    struct workflow_answer answer = {
        .token = task->token, .commands = commands, .command_count = 3, .task_queue = wire.queue};
    commands[1].payload = (struct text){.data = large, .size = LIMIT_PAYLOAD_BYTES + 1};
    client_answer_workflow_task(wire.client, &answer, wire.arena, wire_answered, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.fault, CLIENT_FAULT_PAYLOAD_TOO_LARGE);
    EXPECT_TEXT(wire.result.message,
                "activity of action Mail the \"boss\" (a-2): 2096129 bytes, at most 2096128 are accepted");

    commands[0].payload = commands[1].payload = commands[2].payload =
        (struct text){.data = large, .size = LIMIT_PAYLOAD_BYTES};
    client_answer_workflow_task(wire.client, &answer, wire.arena, wire_answered, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.fault, CLIENT_FAULT_MESSAGE_TOO_LARGE);
    cr_expect_neq(text_find(wire.result.message, TEXT("largest: activity of action")), SIZE_MAX, "%.*s",
                  TEXT_ARG(wire.result.message));

    commands[0].payload = commands[2].payload = TEXT_NONE;
    client_answer_workflow_task(wire.client, &answer, wire.arena, wire_answered, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.code, RPC_OK, "at the limit the server takes it: %.*s", TEXT_ARG(wire.result.message));
    free(large);
    wire_close(&wire);
}

Test(client, reports_a_task_that_is_gone)
{
    struct wire wire;
    wire_open(&wire);
    const struct workflow_task *task = wire_begin(&wire, "gone", "{}");
    (void)wire_tool(&wire, "workflow terminate --reason 'no more'", "gone");
    struct workflow_answer answer = {.token = task->token, .task_queue = wire.queue};
    client_answer_workflow_task(wire.client, &answer, wire.arena, wire_answered, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.code, RPC_NOT_FOUND);
    const struct event *closed = wire_event(wire_read(&wire, "gone", true), EVENT_CLOSED);
    cr_expect_eq(closed->close, CLOSE_TERMINATED);
    EXPECT_TEXT(closed->failure, "no more");
    wire_close(&wire);
}
