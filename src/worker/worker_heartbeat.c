/* Fills in and sends RecordWorkerHeartbeat. */
#include "worker/worker_heartbeat.h"

#include "base/clock.h"
#include "base/log.h"

#define HEARTBEAT_EVERY_MS 60000

static struct client_worker_polls polls_of(const struct worker_heartbeat *heartbeat, enum poller_kind kind)
{
    return (struct client_worker_polls){.count = pollers_count(heartbeat->pollers, kind, NULL),
                                        .succeeded_us = heartbeat->pollers->succeeded_us[kind]};
}

static struct client_worker_slots slots_of(const struct slot_pool *pool, unsigned limit)
{
    unsigned used = slots_count(pool, SLOT_TAKEN);
    return (struct client_worker_slots){.used = used, .available = limit > used ? limit - used : 0};
}

static void fill(struct client_worker_heartbeat *report, const struct worker_heartbeat *heartbeat,
                 const struct queue *queue)
{
    const struct resources *resources = heartbeat->resources;
    size_t index = queue->index;
    *report = (struct client_worker_heartbeat){
        .instance = queue->instance,
        .task_queue = queue->name,
        .host = heartbeat->host,
        .stops = heartbeat->pollers->polling != POLLING_EVERYTHING,
        .started_us = heartbeat->started_us,
        .now_us = clock_utc_us(),
        .workflow_tasks = slots_of(&resources->slots.workflow_tasks, LIMIT_OPEN_TASKS),
        .activities = slots_of(&resources->slots.activities, resources->options.activities),
        .local_actions = {.available = resources->options.local_threads,
                          .done = worker_metrics_sum(METRIC_LOCAL_TOTAL, index),
                          .failed = worker_metrics_sum(METRIC_LOCAL_FAILED, index)},
        .workflow_polls = polls_of(heartbeat, POLLER_WORKFLOW),
        .sticky_polls = polls_of(heartbeat, POLLER_STICKY),
        .activity_polls = polls_of(heartbeat, POLLER_ACTIVITY),
        .cache_hits = worker_metrics_sum(METRIC_STICKY_HIT, index),
        .cache_misses = worker_metrics_sum(METRIC_STICKY_MISS, index),
        .cached_runs = (int64_t)run_cache_count(resources->cache),
    };
    report->workflow_tasks.done = worker_metrics_sum(METRIC_TASK_ANSWERED, index);
    report->workflow_tasks.failed = worker_metrics_sum(METRIC_TASK_FAILED_WORKFLOW, index) +
                                    worker_metrics_sum(METRIC_TASK_FAILED_NON_DETERMINISM, index) +
                                    worker_metrics_sum(METRIC_TASK_FAILED_TOO_LARGE, index);
    report->activities.done = worker_metrics_sum(METRIC_ACTIVITY_RECEIVED, index);
    report->activities.failed = worker_metrics_sum(METRIC_ACTIVITY_FAILED, index);
}

static void recorded(void *userdata, const struct client_result *result)
{
    if (result->code != RPC_OK)
        log_line(LOG_DEBUG, "Failed to record a worker heartbeat", LOG_STRING("code", rpc_code_name(result->code)),
                 LOG_TEXT("error", result->message));
    (void)worker_call_end(userdata);
}

static void record_all(struct worker_heartbeat *heartbeat)
{
    struct resources *resources = heartbeat->resources;
    for (size_t i = 0; i < resources->options.queue_count; i++) {
        struct worker_call *call = worker_call_begin(&resources->calls, heartbeat);
        struct client_worker_heartbeat report;
        fill(&report, heartbeat, &heartbeat->queues[i]);
        client_record_worker_heartbeat(resources->client, &report, call->arena, recorded, call);
    }
}

static void record(void *userdata)
{
    struct worker_heartbeat *heartbeat = userdata;
    heartbeat->timer = channel_after(heartbeat->resources->channel, HEARTBEAT_EVERY_MS, record, heartbeat);
    record_all(heartbeat);
}

void worker_heartbeat_start(struct worker_heartbeat *heartbeat)
{
    heartbeat->started_us = clock_utc_us();
    if (client_wants_worker_heartbeats(heartbeat->resources->client))
        record(heartbeat);
}

void worker_heartbeat_stop(struct worker_heartbeat *heartbeat)
{
    if (heartbeat->timer == NULL)
        return;
    channel_timer_cancel(heartbeat->timer);
    heartbeat->timer = NULL;
    record_all(heartbeat);
}
