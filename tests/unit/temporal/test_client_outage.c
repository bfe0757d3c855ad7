/* A server that dies and comes back. A program of its own, since it stops its server. */
#include <criterion/criterion.h>

#include "wire.h"

Test(poll, survives_that_the_server_dies_and_comes_back)
{
    struct wire wire;
    wire_open(&wire);
    struct wire activities = {.arena = wire.arena, .client = wire.client, .waiting = true};
    client_ping(wire.client, wire.arena, wire_plain, &wire);
    wire_wait(&wire);
    cr_assert_eq(wire.result.code, RPC_OK);
    (void)client_poll_workflow_task(wire.client, wire.queue, TEXT_NONE, wire.arena, wire_task, &wire);
    (void)client_poll_activity_task(wire.client, wire.queue, wire.arena, wire_activity, &activities);
    wire_control("stop");
    struct wire waiter = {.arena = wire.arena, .client = wire.client};
    client_ping(wire.client, wire.arena, wire_plain, &waiter);
    wire_wait(&waiter);
    cr_expect_eq(waiter.result.code, RPC_UNAVAILABLE);
    wire_control("start");

    struct workflow_start start = {.workflow_id = wire_id(&wire, "outage"),
                                   .workflow_type = TEXT("ExecuteGraphWorkflow"),
                                   .task_queue = wire.queue};
    client_start_workflow(wire.client, &start, wire.arena, wire_plain, &waiter);
    wire_wait(&waiter);
    cr_assert_eq(waiter.result.code, RPC_OK);
    while (wire.task == NULL)
        channel_run(client_channel(wire.client), false);
    cr_expect(text_equal(wire.task->workflow_id, start.workflow_id));
    cr_expect_geq(wire_counted(&wire, "temporal_long_request_total{operation=\"PollWorkflowTaskQueue\"}"), 2);
    cr_expect_eq(wire_counted(&wire, "temporal_request_failure_total{operation=\"GetSystemInfo\","
                                     "status_code=\"UNAVAILABLE\"}"),
                 1);
    struct command command = wire_activity_command("a-1", "{}");
    wire_answer(&wire, wire.task, &command, 1);
    while (activities.activity_count == 0)
        channel_run(client_channel(wire.client), false);
    cr_expect(text_equal(activities.activities[0].workflow_id, start.workflow_id));
    wire_close(&wire);
}
