/* What the server is told of the worker itself. */
#include <stdio.h>
#include <unistd.h>

#include "temporal/operation.h"
#include "temporal_api_enums.h"

static const struct operation_kind report_kind = {
    .method = SERVICE "RecordWorkerHeartbeat",
    .response = &api__record_worker_heartbeat_response__descriptor,
    .retry = &retry_never,
    .deadline_ms = 5000,
    .counts = OPERATION_COUNTS,
};

static int32_t small(int64_t number)
{
    return number > INT32_MAX ? INT32_MAX : (int32_t)number;
}

static Api__Timestamp timestamp(int64_t wall_us)
{
    Api__Timestamp made = API__TIMESTAMP__INIT;
    made.seconds = wall_us / 1000000;
    made.nanos = (int32_t)(wall_us % 1000000) * 1000;
    return made;
}

static Api__WorkerSlotsInfo slots_of(const struct worker_slots *slots)
{
    Api__WorkerSlotsInfo made = API__WORKER_SLOTS_INFO__INIT;
    made.current_available_slots = small(slots->available);
    made.current_used_slots = small(slots->used);
    made.slot_supplier_kind = proto_bytes(TEXT("Fixed"));
    made.total_processed_tasks = small(slots->done);
    made.total_failed_tasks = small(slots->failed);
    return made;
}

/* `at` must outlive the message. */
static Api__WorkerPollerInfo polls_of(const struct worker_polls *polls, Api__Timestamp *at)
{
    Api__WorkerPollerInfo made = API__WORKER_POLLER_INFO__INIT;
    made.current_pollers = small(polls->count);
    *at = timestamp(polls->succeeded_us);
    if (polls->succeeded_us != 0)
        made.last_successful_poll_time = at;
    return made;
}

struct report_parts {
    Api__WorkerHeartbeat heartbeat;
    Api__WorkerHostInfo host;
    Api__WorkerDeploymentVersion version;
    Api__Timestamp started, now, polled[3];
    Api__WorkerSlotsInfo slots[3];
    Api__WorkerPollerInfo polls[3];
};

static void fill_host(struct report_parts *parts, const struct worker_report *report, struct arena *arena)
{
    parts->host = (Api__WorkerHostInfo)API__WORKER_HOST_INFO__INIT;
    parts->host.host_name = proto_bytes(report->host);
    parts->host.process_id = proto_bytes(arena_print(arena, "%ld", (long)getpid()));
    parts->heartbeat.host_info = &parts->host;
}

static void fill_numbers(struct report_parts *parts, const struct worker_report *report)
{
    Api__WorkerHeartbeat *heartbeat = &parts->heartbeat;
    parts->slots[0] = slots_of(&report->workflow_tasks);
    parts->slots[1] = slots_of(&report->activities);
    parts->slots[2] = slots_of(&report->local_actions);
    parts->polls[0] = polls_of(&report->workflow_polls, &parts->polled[0]);
    parts->polls[1] = polls_of(&report->sticky_polls, &parts->polled[1]);
    parts->polls[2] = polls_of(&report->activity_polls, &parts->polled[2]);
    heartbeat->workflow_task_slots_info = &parts->slots[0];
    heartbeat->activity_task_slots_info = &parts->slots[1];
    heartbeat->local_activity_slots_info = &parts->slots[2];
    heartbeat->workflow_poller_info = &parts->polls[0];
    heartbeat->workflow_sticky_poller_info = &parts->polls[1];
    heartbeat->activity_poller_info = &parts->polls[2];
    heartbeat->total_sticky_cache_hit = small(report->cache_hits);
    heartbeat->total_sticky_cache_miss = small(report->cache_misses);
    heartbeat->current_sticky_cache_size = small(report->cached_runs);
}

static void fill(struct report_parts *parts, struct client *client, const struct worker_report *report,
                 struct arena *arena)
{
    Api__WorkerHeartbeat *heartbeat = &parts->heartbeat;
    *heartbeat = (Api__WorkerHeartbeat)API__WORKER_HEARTBEAT__INIT;
    heartbeat->worker_instance_key = proto_bytes(report->instance);
    heartbeat->worker_identity = proto_bytes(client_identity(client));
    heartbeat->task_queue = proto_bytes(report->task_queue);
    heartbeat->sdk_name = proto_bytes(TEXT("workflow-worker"));
    heartbeat->sdk_version = proto_bytes(TEXT(WORKER_VERSION));
    heartbeat->status = report->stops ? API_WORKER_STATUS_SHUTTING_DOWN : API_WORKER_STATUS_RUNNING;
    parts->started = timestamp(report->started_us);
    parts->now = timestamp(report->now_us);
    heartbeat->start_time = &parts->started;
    heartbeat->heartbeat_time = &parts->now;
    fill_host(parts, report, arena);
    fill_numbers(parts, report);
    const Api__WorkerDeploymentOptions *deployment = client_deployment_options(client);
    if (deployment == NULL)
        return;
    parts->version = (Api__WorkerDeploymentVersion)API__WORKER_DEPLOYMENT_VERSION__INIT;
    parts->version.deployment_name = deployment->deployment_name;
    parts->version.build_id = deployment->build_id;
    heartbeat->deployment_version = &parts->version;
}

void client_report_worker(struct client *client, const struct worker_report *report, struct arena *arena,
                          client_done *done, void *context)
{
    struct report_parts parts;
    fill(&parts, client, report, arena);
    Api__WorkerHeartbeat *heartbeats[] = {&parts.heartbeat};
    Api__RecordWorkerHeartbeatRequest request = API__RECORD_WORKER_HEARTBEAT_REQUEST__INIT;
    request.namespace_ = proto_bytes(client_namespace(client));
    request.identity = proto_bytes(client_identity(client));
    request.worker_heartbeat = heartbeats;
    request.n_worker_heartbeat = 1;
    struct operation *operation = operation_begin(client, arena, context);
    operation->done.plain = done;
    operation_send(operation, &report_kind, &request.base, operation_finish_plain);
}
