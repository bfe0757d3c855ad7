/* Activity tasks, polls and outages against a real server. */
#include <criterion/criterion.h>

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

/* Starts a workflow that schedules one activity; eager or not. */
static void schedule(struct wire *wire, const char *workflow, unsigned eager)
{
    struct command command = wire_activity_command("a-1", "{\"action_id\":\"a-1\"}");
    struct workflow_answer answer = {.token = wire_begin(wire, workflow, "{}")->token,
                                     .commands = &command,
                                     .command_count = 1,
                                     .task_queue = wire->queue,
                                     .eager_activities = eager};
    client_answer_workflow_task(wire->client, &answer, wire->arena, wire_answered, wire);
    expect_ok(wire);
}

Test(activity, comes_with_the_answer_when_eager)
{
    struct wire wire;
    wire_open(&wire);
    schedule(&wire, "eager", 3);
    cr_assert_eq(wire.activity_count, 1);
    const struct activity_task *task = wire.activities;
    EXPECT_TEXT(task->activity_id, "a-1");
    EXPECT_TEXT(task->activity_type, "ExecuteActionActivity");
    cr_expect(text_equal(task->workflow_id, wire_id(&wire, "eager")));
    EXPECT_TEXT(task->input, "{\"action_id\":\"a-1\"}");
    cr_expect_not(task->input_foreign);
    cr_expect_eq(task->attempt, 1);
    cr_expect_not(task->last_attempt);
    cr_expect_eq(task->heartbeat_ms, HEARTBEAT_TIMEOUT_MS);
    cr_expect_eq(task->close_in_ms, 300000);
    cr_expect_gt(task->scheduled_us, 1700000000000000);

    client_heartbeat(wire.client, task, wire.arena, wire_heartbeat, &wire);
    expect_ok(&wire);
    cr_expect_eq(wire.demand, ACTIVITY_CONTINUE);
    client_complete_activity(wire.client, task->token, TEXT("{\"success\":true}"), wire.arena, wire_plain, &wire);
    expect_ok(&wire);
    const struct workflow_task *next = wire_poll(&wire);
    const struct event *scheduled = wire_event(next, EVENT_ACTIVITY_SCHEDULED);
    EXPECT_TEXT(scheduled->activity_id, "a-1");
    EXPECT_TEXT(scheduled->activity_type, "ExecuteActionActivity");
    EXPECT_TEXT(scheduled->payload, "{\"action_id\":\"a-1\"}");
    const struct event *done = wire_event(next, EVENT_ACTIVITY_COMPLETED);
    cr_expect_eq(done->scheduled_id, scheduled->id);
    EXPECT_TEXT(done->payload, "{\"success\":true}");
    wire_answer(&wire, next, &(struct command){.kind = COMMAND_COMPLETE}, 1);

    struct json_value events = wire_show(&wire, "eager");
    const struct json_value *shown = wire_shown(&events, "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED", NULL);
    EXPECT_TEXT(wire_payload(&wire, wire_at(shown, "userMetadata.summary")), "\"Mail the \\\"boss\\\"\"");
    EXPECT_TEXT(wire_at(shown, "activityTaskScheduledEventAttributes.heartbeatTimeout")->string, "20s");
    EXPECT_TEXT(wire_at(shown, "activityTaskScheduledEventAttributes.startToCloseTimeout")->string, "300s");
    EXPECT_TEXT(wire_at(shown, "activityTaskScheduledEventAttributes.retryPolicy.maximumInterval")->string, "60s");
    wire_close(&wire);
}

static const struct activity_failure away = {
    .message = {.data = "away", .size = 4}, .type = "wrapError", .retryable = true};

Test(activity, knows_its_last_attempt)
{
    struct wire wire;
    wire_open(&wire);
    schedule(&wire, "last-attempt", 0);
    for (unsigned attempt = 1; attempt <= 3; attempt++) {
        const struct activity_task *task = wire_poll_activity(&wire);
        cr_expect_eq(task->attempt, attempt);
        cr_expect_eq(task->last_attempt, attempt == 3);
        client_fail_activity(wire.client, task, &away, wire.arena, wire_plain, &wire);
        expect_ok(&wire);
    }
    EXPECT_TEXT(wire_event(wire_poll(&wire), EVENT_ACTIVITY_FAILED)->failure, "away");
    wire_close(&wire);
}

/* Fails, and waits until the server has it. */
static void fail(struct wire *wire, const struct activity_task *task)
{
    client_fail_activity(wire->client, task, &away, wire->arena, wire_plain, wire);
    expect_ok(wire);
}

/* Attempts that are lost with their worker time out. */
Test(activity, counts_failures_and_not_lost_attempts)
{
    struct wire wire;
    wire_open(&wire);
    struct command command = wire_activity_command("a-1", "{\"action_id\":\"a-1\"}");
    command.timing.start_to_close_ms = 1000;
    wire_answer(&wire, wire_begin(&wire, "lost-attempts", "{}"), &command, 1);
    static const unsigned failures[] = {0, 0, 1, 1, 2};
    for (unsigned attempt = 1; attempt <= 5; attempt++) {
        const struct activity_task *task = wire_poll_activity(&wire);
        cr_assert_eq(task->attempt, attempt);
        cr_expect(task->counts_failures);
        cr_expect_eq(task->failures, failures[attempt - 1], "attempt %u", attempt);
        cr_expect_eq(task->last_attempt, attempt == 5);
        client_heartbeat(wire.client, task, wire.arena, wire_heartbeat, &wire); /* keeps the count */
        expect_ok(&wire);
        if (attempt % 2 == 0 || attempt == 5)
            fail(&wire, task);
    }
    EXPECT_TEXT(wire_event(wire_poll(&wire), EVENT_ACTIVITY_FAILED)->failure, "away");
    wire_close(&wire);
}

/* The policy's first interval is a second. */
Test(activity, is_retried_after_the_delay_that_its_failure_names)
{
    struct wire wire;
    wire_open(&wire);
    schedule(&wire, "delayed-retry", 0);
    const struct activity_task *task = wire_poll_activity(&wire);
    struct activity_failure later = away;
    later.retry_delay_ms = 1234500;
    client_fail_activity(wire.client, task, &later, wire.arena, wire_plain, &wire);
    expect_ok(&wire);
    struct json_value described;
    struct error error = ERROR_IN(wire.arena);
    struct text text = wire_tool(&wire, "workflow describe --output json", "delayed-retry");
    cr_assert_eq(json_read(wire.arena, text, &described, &error), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    const struct json_value *pending = json_get(&described, TEXT("pendingActivities"));
    cr_assert(pending != NULL && pending->array.count == 1, "%.*s", TEXT_ARG(text));
    struct text interval = json_get_text(&pending->array.items[0], TEXT("currentRetryInterval"));
    cr_expect(text_starts(interval, TEXT("1234.5")), "%.*s", TEXT_ARG(interval));
    wire_close(&wire);
}

Test(activity, is_retried_until_it_must_not)
{
    struct wire wire;
    wire_open(&wire);
    schedule(&wire, "fails-activity", 0);
    cr_assert_eq(wire.activity_count, 0);
    const struct activity_task *task = wire_poll_activity(&wire);
    const struct activity_failure first = {.message = TEXT("first"), .type = "wrapError", .retryable = true};
    client_fail_activity(wire.client, task, &first, wire.arena, wire_plain, &wire);
    expect_ok(&wire);
    task = wire_poll_activity(&wire);
    cr_expect_eq(task->attempt, 2);
    const struct activity_failure second = {.message = TEXT("action Mail (a-1): execute: second"), .type = "wrapError"};
    client_fail_activity(wire.client, task, &second, wire.arena, wire_plain, &wire);
    expect_ok(&wire);
    const struct workflow_task *next = wire_poll(&wire);
    EXPECT_TEXT(wire_event(next, EVENT_ACTIVITY_FAILED)->failure, "action Mail (a-1): execute: second");
    cr_expect_eq(wire_event(next, EVENT_ACTIVITY_FAILED)->scheduled_id, wire_event(next, EVENT_ACTIVITY_SCHEDULED)->id);
    wire_answer(&wire, next, &(struct command){.kind = COMMAND_COMPLETE}, 1);
    wire_close(&wire);
}

Test(activity, learns_of_its_cancellation_by_heartbeat)
{
    struct wire wire;
    wire_open(&wire);
    schedule(&wire, "cancels-activity", 1);
    struct text token = wire.activities[0].token;
    (void)wire_tool(&wire, "workflow cancel", "cancels-activity");
    const struct workflow_task *task = wire_poll(&wire);
    struct command cancel = {.kind = COMMAND_CANCEL_ACTIVITY,
                             .scheduled_id = wire_event(task, EVENT_ACTIVITY_SCHEDULED)->id};
    wire_answer(&wire, task, &cancel, 1);
    client_heartbeat(wire.client, &(struct activity_task){.token = token}, wire.arena, wire_heartbeat, &wire);
    expect_ok(&wire);
    cr_expect_eq(wire.demand, ACTIVITY_CANCEL);
    client_cancel_activity(wire.client, token, wire.arena, wire_plain, &wire);
    expect_ok(&wire);
    task = wire_poll(&wire);
    cr_expect_eq(wire_event(task, EVENT_ACTIVITY_CANCELED)->scheduled_id, cancel.scheduled_id);
    wire_answer(&wire, task, &(struct command){.kind = COMMAND_CANCEL}, 1);
    client_heartbeat(wire.client, &(struct activity_task){.token = token}, wire.arena, wire_heartbeat, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.code, RPC_NOT_FOUND, "the activity is over");
    wire_close(&wire);
}

static int set_timeout(struct wire *wire, const struct client_activity *activity, int64_t timeout_ms)
{
    client_set_heartbeat_timeout(wire->client, activity, timeout_ms, wire->arena, wire_plain, wire);
    wire_wait(wire);
    return wire->result.code;
}

Test(activity, loses_its_heartbeat_timeout_and_keeps_its_token)
{
    struct wire wire;
    wire_open(&wire);
    client_check_namespace(wire.client, wire.arena, wire_plain, &wire);
    expect_ok(&wire);
    cr_expect(client_sets_heartbeat_timeouts(wire.client));
    schedule(&wire, "released", 1);
    struct text token = wire.activities[0].token;
    const struct client_activity activity = {.workflow_id = wire.activities[0].workflow_id,
                                             .run_id = wire.activities[0].run_id,
                                             .activity_id = wire.activities[0].activity_id};
    cr_assert_eq(set_timeout(&wire, &activity, 0), RPC_OK);
    struct text shown = wire_tool(&wire, "workflow describe -o json", "released");
    cr_expect_neq(text_find(shown, TEXT("\"attempt\"")), SIZE_MAX);
    cr_expect_eq(text_find(shown, TEXT("\"heartbeatTimeout\": \"20s\"")), SIZE_MAX, "%.*s", TEXT_ARG(shown));
    client_complete_activity(wire.client, token, TEXT("{}"), wire.arena, wire_plain, &wire);
    expect_ok(&wire);
    cr_expect_eq(set_timeout(&wire, &activity, 1000), RPC_NOT_FOUND);
    wire_close(&wire);
}

Test(activity, is_completed_by_its_id)
{
    struct wire wire;
    wire_open(&wire);
    schedule(&wire, "by-id", 1);
    cr_assert_eq(wire.activity_count, 1);
    client_complete_activity_by_id(wire.client, wire_id(&wire, "by-id"), TEXT("a-2"), TEXT("{}"), wire.arena,
                                   wire_plain, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.code, RPC_NOT_FOUND, "there is no such activity");
    client_complete_activity_by_id(wire.client, wire_id(&wire, "by-id"), TEXT("a-1"), TEXT("{\"success\":true}"),
                                   wire.arena, wire_plain, &wire);
    expect_ok(&wire);
    const struct workflow_task *next = wire_poll(&wire);
    EXPECT_TEXT(wire_event(next, EVENT_ACTIVITY_COMPLETED)->payload, "{\"success\":true}");
    cr_expect_eq(wire_event(next, EVENT_ACTIVITY_SCHEDULED)->duration_ms, 300000);
    wire_answer(&wire, next, &(struct command){.kind = COMMAND_COMPLETE}, 1);
    wire_close(&wire);
}

Test(activity, an_output_that_is_too_large_is_not_sent)
{
    struct wire wire;
    wire_open(&wire);
    struct text output = {.data = arena_alloc(wire.arena, LIMIT_PAYLOAD_BYTES + 1, 1), .size = LIMIT_PAYLOAD_BYTES + 1};
    client_complete_activity(wire.client, TEXT("token"), output, wire.arena, wire_plain, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.fault, CLIENT_FAULT_PAYLOAD_TOO_LARGE);
    EXPECT_TEXT(wire.result.message, "output of the activity: 2096129 bytes, at most 2096128 are accepted");
    client_complete_activity_by_id(wire.client, TEXT("w"), TEXT("a"), output, wire.arena, wire_plain, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.fault, CLIENT_FAULT_PAYLOAD_TOO_LARGE);
    wire_close(&wire);
}

/* ---- polls ---- */

Test(poll, ends_when_it_is_canceled)
{
    struct wire wire;
    wire_open(&wire);
    struct client_poll *poll = client_poll_activity_task(wire.client, wire.queue, wire.arena, wire_activity, &wire);
    client_cancel_poll(poll);
    wire_wait(&wire);
    cr_expect_eq(wire.result.code, RPC_CANCELED);
    cr_expect_eq(wire.activity_count, 0);
    wire_close(&wire);
}

static void stop_the_loop(void *channel)
{
    channel_stop(channel);
}

static void work_for(struct wire *wire, int64_t milliseconds)
{
    struct channel *channel = client_channel(wire->client);
    (void)channel_after(channel, milliseconds, stop_the_loop, channel);
    channel_run(channel, false);
}

Test(poll, that_is_refused_again_and_again_is_failing)
{
    struct wire wire;
    wire_open(&wire);
    struct wire good = {.arena = wire.arena, .client = wire.client, .waiting = true}, refused = good;
    struct client_poll *taken =
        client_poll_workflow_task(wire.client, wire.queue, TEXT_NONE, wire.arena, wire_task, &good);
    struct client_poll *failing =
        client_poll_activity_task(wire.client, TEXT("/_sys/reserved"), wire.arena, wire_activity, &refused);
    cr_expect_eq(client_poll_failing(failing), RPC_OK, "not yet");
    while (client_poll_failing(failing) == RPC_OK)
        work_for(&wire, 50);
    cr_expect_eq(client_poll_failing(failing), RPC_INVALID_ARGUMENT);
    cr_expect_eq(client_poll_failing(taken), RPC_OK);
    cr_expect(good.waiting && refused.waiting);
    wire_close(&wire);
}

/* Ends the sticky polls, again and again until the poll has ended: it may not have reached the server yet. */
static void shut_down(void *userdata)
{
    struct wire *wire = userdata;
    if (!wire->waiting)
        return;
    (void)channel_after(client_channel(wire->client), 100, shut_down, wire);
    client_shutdown_worker(wire->client, wire->queue, wire->sticky_queue, TEXT("test"), wire->arena, wire_ignored,
                           wire);
}

Test(poll, sticky_one_ends_when_the_worker_shuts_down)
{
    struct wire wire;
    wire_open(&wire);
    (void)client_poll_workflow_task(wire.client, wire.sticky_queue, wire.queue, wire.arena, wire_task, &wire);
    (void)channel_after(client_channel(wire.client), 0, shut_down, &wire);
    wire_wait(&wire);
    cr_expect(wire.result.code == RPC_OK || wire.result.code == RPC_CANCELED, "%d", wire.result.code);
    cr_expect_null(wire.task);
    wire_close(&wire);
}

Test(poll, is_canceled_when_the_client_is_freed)
{
    struct wire wire;
    wire_open(&wire);
    wire.waiting = true;
    (void)client_poll_workflow_task(wire.client, wire.queue, TEXT_NONE, wire.arena, wire_task, &wire);
    client_ping(wire.client, wire.arena, wire_plain, &wire);
    wire_wait(&wire);
    cr_expect_eq(wire.result.code, RPC_OK);
    wire.result.code = RPC_OK;
    client_free(wire.client);
    cr_expect_eq(wire.result.code, RPC_CANCELED);
    arena_free(wire.arena);
}
