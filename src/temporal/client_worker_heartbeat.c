/* RecordWorkerHeartbeat: the worker's state for `temporal worker list`. */
#include <stdio.h>
#include <unistd.h>

#include "temporal/client_internal.h"
#include "temporal/operation.h"
#include "temporal_api_enums.h"

static const struct operation_kind record_kind = {
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

static Api__WorkerSlotsInfo slots_of(const struct client_worker_slots *slots)
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
static Api__WorkerPollerInfo polls_of(const struct client_worker_polls *polls, Api__Timestamp *at)
{
    Api__WorkerPollerInfo made = API__WORKER_POLLER_INFO__INIT;
    made.current_pollers = small(polls->count);
    *at = proto_timestamp(polls->succeeded_us);
    if (polls->succeeded_us != 0)
        made.last_successful_poll_time = at;
    return made;
}

struct heartbeat_parts {
    Api__WorkerHeartbeat heartbeat;
    Api__WorkerHostInfo host;
    Api__WorkerDeploymentVersion version;
    Api__Timestamp started, now, polled[3];
    Api__WorkerSlotsInfo slots[3];
    Api__WorkerPollerInfo polls[3];
};

static void fill_host(struct heartbeat_parts *parts, const struct client_worker_heartbeat *worker, struct arena *arena)
{
    parts->host = (Api__WorkerHostInfo)API__WORKER_HOST_INFO__INIT;
    parts->host.host_name = proto_bytes(worker->host);
    parts->host.process_id = proto_bytes(arena_print(arena, "%ld", (long)getpid()));
    parts->heartbeat.host_info = &parts->host;
}

static void fill_numbers(struct heartbeat_parts *parts, const struct client_worker_heartbeat *worker)
{
    Api__WorkerHeartbeat *heartbeat = &parts->heartbeat;
    parts->slots[0] = slots_of(&worker->workflow_tasks);
    parts->slots[1] = slots_of(&worker->activities);
    parts->slots[2] = slots_of(&worker->local_actions);
    parts->polls[0] = polls_of(&worker->workflow_polls, &parts->polled[0]);
    parts->polls[1] = polls_of(&worker->sticky_polls, &parts->polled[1]);
    parts->polls[2] = polls_of(&worker->activity_polls, &parts->polled[2]);
    heartbeat->workflow_task_slots_info = &parts->slots[0];
    heartbeat->activity_task_slots_info = &parts->slots[1];
    heartbeat->local_activity_slots_info = &parts->slots[2];
    heartbeat->workflow_poller_info = &parts->polls[0];
    heartbeat->workflow_sticky_poller_info = &parts->polls[1];
    heartbeat->activity_poller_info = &parts->polls[2];
    heartbeat->total_sticky_cache_hit = small(worker->cache_hits);
    heartbeat->total_sticky_cache_miss = small(worker->cache_misses);
    heartbeat->current_sticky_cache_size = small(worker->cached_runs);
}

static void fill(struct heartbeat_parts *parts, struct client *client, const struct client_worker_heartbeat *worker,
                 struct arena *arena)
{
    Api__WorkerHeartbeat *heartbeat = &parts->heartbeat;
    *heartbeat = (Api__WorkerHeartbeat)API__WORKER_HEARTBEAT__INIT;
    heartbeat->worker_instance_key = proto_bytes(worker->instance);
    heartbeat->worker_identity = proto_bytes(client->identity);
    heartbeat->task_queue = proto_bytes(worker->task_queue);
    heartbeat->sdk_name = proto_bytes(TEXT("workflow-worker"));
    heartbeat->sdk_version = proto_bytes(TEXT(WORKER_VERSION));
    heartbeat->status = worker->stops ? API_WORKER_STATUS_SHUTTING_DOWN : API_WORKER_STATUS_RUNNING;
    parts->started = proto_timestamp(worker->started_us);
    parts->now = proto_timestamp(worker->now_us);
    heartbeat->start_time = &parts->started;
    heartbeat->heartbeat_time = &parts->now;
    fill_host(parts, worker, arena);
    fill_numbers(parts, worker);
    const Api__WorkerDeploymentOptions *deployment = client_deployment_options(client);
    if (deployment == NULL)
        return;
    parts->version = (Api__WorkerDeploymentVersion)API__WORKER_DEPLOYMENT_VERSION__INIT;
    parts->version.deployment_name = deployment->deployment_name;
    parts->version.build_id = deployment->build_id;
    heartbeat->deployment_version = &parts->version;
}

void client_record_worker_heartbeat(struct client *client, const struct client_worker_heartbeat *worker,
                                    struct arena *arena, client_done *done, void *userdata)
{
    struct heartbeat_parts parts;
    fill(&parts, client, worker, arena);
    Api__WorkerHeartbeat *heartbeats[] = {&parts.heartbeat};
    Api__RecordWorkerHeartbeatRequest request = API__RECORD_WORKER_HEARTBEAT_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.identity = proto_bytes(client->identity);
    request.worker_heartbeat = heartbeats;
    request.n_worker_heartbeat = 1;
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.plain = done;
    operation_send(operation, &record_kind, &request.base, operation_finish_plain);
}
