/* How a call ends without a server: its faults, its retries, its cancellation. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/limits.h"
#include "fake_channel.h"
#include "temporal/client.h"
#include "temporal/proto.h"

static struct client *client;
static struct arena *arena;
static struct client_result result;
static unsigned answered;

static void on_answered(void *userdata, const struct client_result *got, const struct workflow_task *next,
                        const struct activity_task *activities, size_t activity_count)
{
    (void)userdata;
    cr_assert_null(next);
    (void)activities;
    cr_assert_eq(activity_count, 0);
    result = *got;
    answered++;
}

static void on_plain(void *userdata, const struct client_result *got)
{
    (void)userdata;
    result = *got;
    answered++;
}

static void set_up(void)
{
    arena = arena_new(MIB(64), 0);
    client = client_new(
        &(struct client_options){.target = TEXT("nowhere:1"), .namespace_ = TEXT("n"), .identity = TEXT("i")});
    cr_assert(arena != NULL && client != NULL);
    answered = 0;
}

static void tear_down(void)
{
    client_free(client);
    arena_free(arena);
}

static struct client_poll *poll;
static bool is_scaled;
static int delta;

static void on_workflow_task(void *userdata, const struct workflow_task *task, const struct client_result *got)
{
    (void)userdata;
    cr_assert_null(task);
    result = *got;
    answered++;
    is_scaled = client_poll_scaling(poll, &delta);
}

static void on_activity_task(void *userdata, const struct activity_task *task, const struct client_result *got)
{
    (void)userdata;
    cr_assert_null(task);
    result = *got;
    answered++;
    is_scaled = client_poll_scaling(poll, &delta);
}

TestSuite(client, .init = set_up, .fini = tear_down);

static void answer_task(const struct command *commands, size_t count, struct arena *in)
{
    struct workflow_answer answer = {.token = TEXT("token"), .commands = commands, .command_count = count};
    client_answer_workflow_task(client, &answer, in, on_answered, NULL);
    channel_run(client_channel(client), true);
    cr_assert_eq(answered, 1);
}

static void expect(int code, enum client_fault fault, unsigned calls)
{
    cr_expect_eq(result.code, code, "%d", result.code);
    cr_expect_eq(result.fault, fault, "%d", (int)result.fault);
    cr_expect_eq(fake.calls, calls, "%u", fake.calls);
}

Test(client, none_of_a_call_that_succeeds)
{
    answer_task(NULL, 0, arena);
    expect(RPC_OK, CLIENT_FAULT_NONE, 1);
}

Test(client, throttled_ten_times_is_not_too_large)
{
    fake.answer = (struct rpc_answer){.code = RPC_RESOURCE_EXHAUSTED, .message = TEXT("namespace rate limit exceeded")};
    answer_task(NULL, 0, arena);
    expect(RPC_RESOURCE_EXHAUSTED, CLIENT_FAULT_RPC, 10);
    cr_expect_geq(fake.waited_ms, 20000, "throttling backs off from a second");
    cr_expect(text_is(result.message, "namespace rate limit exceeded"));
}

Test(client, a_request_over_the_bound_of_the_server_is_sent_once)
{
    fake.answer = (struct rpc_answer){.code = RPC_RESOURCE_EXHAUSTED,
                                      .message = TEXT("grpc: received message larger than max (5 vs. 4)")};
    answer_task(NULL, 0, arena);
    expect(RPC_RESOURCE_EXHAUSTED, CLIENT_FAULT_MESSAGE_TOO_LARGE, 1);
}

Test(client, a_response_over_our_bound_is_a_budget_fault)
{
    fake.answer = (struct rpc_answer){.code = RPC_RESOURCE_EXHAUSTED,
                                      .message = TEXT("Received message larger than max (5 vs. 4)")};
    answer_task(NULL, 0, arena);
    expect(RPC_RESOURCE_EXHAUSTED, CLIENT_FAULT_BUDGET, 1);
}

Test(client, a_payload_over_the_bound_is_not_sent)
{
    struct text large = {.data = arena_alloc(arena, LIMIT_PAYLOAD_BYTES + 1, 1), .size = LIMIT_PAYLOAD_BYTES + 1};
    answer_task(&(struct command){.kind = COMMAND_COMPLETE, .payload = large}, 1, arena);
    expect(RPC_RESOURCE_EXHAUSTED, CLIENT_FAULT_PAYLOAD_TOO_LARGE, 0);
    client_complete_activity(client, TEXT("token"), large, arena, on_plain, NULL);
    channel_run(client_channel(client), true);
    expect(RPC_RESOURCE_EXHAUSTED, CLIENT_FAULT_PAYLOAD_TOO_LARGE, 0);
    client_start_workflow(client, &(struct workflow_start){.input = large}, arena, on_plain, NULL);
    channel_run(client_channel(client), true);
    expect(RPC_RESOURCE_EXHAUSTED, CLIENT_FAULT_PAYLOAD_TOO_LARGE, 0);
}

Test(client, commands_that_are_too_large_together_are_not_sent)
{
    struct text half = {.data = arena_alloc(arena, LIMIT_PAYLOAD_BYTES, 1), .size = LIMIT_PAYLOAD_BYTES};
    struct command commands[3];
    for (size_t i = 0; i < 3; i++)
        commands[i] = (struct command){.kind = COMMAND_SCHEDULE_ACTIVITY, .action_name = TEXT("a"), .payload = half};
    answer_task(commands, 3, arena);
    expect(RPC_RESOURCE_EXHAUSTED, CLIENT_FAULT_MESSAGE_TOO_LARGE, 0);
    cr_expect_neq(text_find(result.message, TEXT("largest: activity of action a")), SIZE_MAX);
}

/* Many small texts that are no payloads: only the packed request shows its size. */
Test(client, a_packed_request_that_is_too_large_is_not_sent)
{
    enum { COUNT = 64 };
    struct text name = {.data = memset(arena_alloc(arena, KIB(64), 1), 'x', KIB(64)), .size = KIB(64)};
    struct command *commands = ARENA_ARRAY(arena, COUNT, struct command);
    for (size_t i = 0; i < COUNT; i++)
        commands[i] = (struct command){.kind = COMMAND_SCHEDULE_ACTIVITY, .action_id = name, .payload = TEXT("{}")};
    answer_task(commands, COUNT, arena);
    expect(RPC_RESOURCE_EXHAUSTED, CLIENT_FAULT_MESSAGE_TOO_LARGE, 0);
    cr_expect(text_starts(result.message, TEXT("request of ")), "%.*s", TEXT_ARG(result.message));
}

Test(client, a_full_arena_is_a_budget_fault)
{
    struct arena *small = arena_new(KIB(4), KIB(4));
    cr_assert_not_null(small);
    struct text payload = {.data = arena_alloc(arena, KIB(64), 1), .size = KIB(64)};
    answer_task(&(struct command){.kind = COMMAND_COMPLETE, .payload = payload}, 1, small);
    expect(RPC_RESOURCE_EXHAUSTED, CLIENT_FAULT_BUDGET, 0);
    arena_free(small);
}

Test(client, a_response_that_is_no_protobuf_is_a_fault_of_the_call)
{
    fake.answer = (struct rpc_answer){.code = RPC_OK, .bytes = TEXT("\xff\xff")};
    answer_task(NULL, 0, arena);
    expect(RPC_INTERNAL, CLIENT_FAULT_UNREADABLE, 1);
}

/* ---- cancellation ---- */

static void on_polled(void *userdata, const struct workflow_task *task, const struct client_result *got)
{
    (void)userdata;
    cr_assert_null(task);
    result = *got;
    answered++;
}

static struct client_poll *poll_workflows(void)
{
    return client_poll_workflow_task(client, TEXT("q"), TEXT_NONE, arena, on_polled, NULL);
}

Test(client, a_poll_that_is_canceled_under_way_ends_once)
{
    client_cancel_poll(poll_workflows());
    cr_assert_eq(answered, 0, "done never runs inside a call");
    channel_run(client_channel(client), true);
    cr_assert_eq(answered, 1);
    expect(RPC_CANCELED, CLIENT_FAULT_RPC, 1);
}

static struct client_poll *waiting;

static void cancel_and_stop(void *userdata)
{
    cr_expect_eq(fake.calls, 1);
    client_cancel_poll(waiting);
    client_cancel_poll(waiting);
    channel_stop(userdata);
}

Test(client, a_poll_that_is_canceled_in_its_backoff_ends_once)
{
    struct channel *channel = client_channel(client);
    fake.answer = (struct rpc_answer){.code = RPC_UNAVAILABLE};
    waiting = poll_workflows();
    channel_post(channel, cancel_and_stop, channel); /* behind the failed try, before the next one */
    channel_run(channel, false);
    cr_assert_eq(answered, 0);
    channel_run(channel, true);
    cr_assert_eq(answered, 1);
    expect(RPC_CANCELED, CLIENT_FAULT_RPC, 1);
}

Test(client, a_poll_that_outlasts_its_deadline_is_empty)
{
    fake.answer = (struct rpc_answer){.code = RPC_DEADLINE_EXCEEDED};
    (void)poll_workflows();
    channel_run(client_channel(client), true);
    cr_assert_eq(answered, 1);
    expect(RPC_OK, CLIENT_FAULT_NONE, 1);
}

Test(client, a_client_that_is_freed_ends_its_calls)
{
    fake.answer = (struct rpc_answer){.code = RPC_UNAVAILABLE};
    (void)poll_workflows();
    client_free(client);
    cr_assert_eq(answered, 1);
    expect(RPC_CANCELED, CLIENT_FAULT_RPC, 1);
    client = NULL;
}

/* ---- what the server suggests about polls ---- */

static int suggested(int32_t sent, bool of_activities)
{
    Api__PollerScalingDecision decision = API__POLLER_SCALING_DECISION__INIT;
    Api__PollWorkflowTaskQueueResponse workflow = API__POLL_WORKFLOW_TASK_QUEUE_RESPONSE__INIT;
    Api__PollActivityTaskQueueResponse activity = API__POLL_ACTIVITY_TASK_QUEUE_RESPONSE__INIT;
    decision.poll_request_delta_suggestion = sent;
    workflow.poller_scaling_decision = activity.poller_scaling_decision = &decision;
    fake.answer = (struct rpc_answer){.bytes = proto_pack(of_activities ? &activity.base : &workflow.base, arena)};
    poll = of_activities ? client_poll_activity_task(client, TEXT("queue"), arena, on_activity_task, NULL)
                         : client_poll_workflow_task(client, TEXT("queue"), TEXT_NONE, arena, on_workflow_task, NULL);
    channel_run(client_channel(client), true);
    cr_assert_eq(result.code, RPC_OK);
    cr_assert(is_scaled);
    return delta;
}

Test(client, suggestions_about_polls_are_read_within_bounds)
{
    for (int of_activities = 0; of_activities <= 1; of_activities++) {
        cr_expect_eq(suggested(3, of_activities), 3);
        cr_expect_eq(suggested(-1, of_activities), -1);
        cr_expect_eq(suggested(0, of_activities), 0);
        cr_expect_eq(suggested(INT32_MAX, of_activities), LIMIT_POLLS);
        cr_expect_eq(suggested(INT32_MIN, of_activities), -LIMIT_POLLS);
    }
    cr_expect_eq(answered, 10);
}

Test(client, a_poll_without_a_suggestion_says_so)
{
    poll = client_poll_activity_task(client, TEXT("queue"), arena, on_activity_task, NULL);
    channel_run(client_channel(client), true);
    cr_assert_eq(answered, 1);
    cr_assert(!is_scaled);
}
