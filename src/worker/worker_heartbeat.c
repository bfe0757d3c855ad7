/* Tells the server every minute how the worker is, so that `temporal worker list` shows it. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "worker/parts.h"

#define REPORT_EVERY_MS 60000

static void report(void *context);

static struct client_worker_polls polls_of(const struct worker *worker, enum poller_kind kind)
{
    return (struct client_worker_polls){.count = worker->polls[kind], .succeeded_us = worker->polled_us[kind]};
}

static void fill(struct client_worker_heartbeat *told, const struct worker *worker, const struct queue *queue)
{
    unsigned activities = worker->options.activities;
    size_t number = queue->place.queue;
    *told = (struct client_worker_heartbeat){
        .instance = queue->instance,
        .task_queue = queue->name,
        .host = worker->host,
        .stops = worker->phase != WORKER_WORKING,
        .started_us = worker->started_us,
        .now_us = clock_utc_us(),
        .workflow_tasks = {.used = worker->task_count,
                           .available = LIMIT_OPEN_TASKS - worker->task_count,
                           .done = worker_metrics_sum(METRIC_TASK_ANSWERED, number),
                           .failed = worker_metrics_sum(METRIC_TASK_FAILED_WORKFLOW, number) +
                                     worker_metrics_sum(METRIC_TASK_FAILED_NON_DETERMINISM, number) +
                                     worker_metrics_sum(METRIC_TASK_FAILED_TOO_LARGE, number)},
        .activities = {.used = worker->activity_count,
                       .available = activities > worker->activity_count ? activities - worker->activity_count : 0,
                       .done = worker_metrics_sum(METRIC_ACTIVITY_RECEIVED, number),
                       .failed = worker_metrics_sum(METRIC_ACTIVITY_FAILED, number)},
        .local_actions = {.available = worker->options.local_threads,
                          .done = worker_metrics_sum(METRIC_LOCAL_TOTAL, number),
                          .failed = worker_metrics_sum(METRIC_LOCAL_FAILED, number)},
        .workflow_polls = polls_of(worker, POLLER_WORKFLOW),
        .sticky_polls = polls_of(worker, POLLER_STICKY),
        .activity_polls = polls_of(worker, POLLER_ACTIVITY),
        .cache_hits = worker_metrics_sum(METRIC_STICKY_HIT, number),
        .cache_misses = worker_metrics_sum(METRIC_STICKY_MISS, number),
        .cached_runs = (int64_t)run_cache_count(worker->cache),
    };
}

struct report_call {
    struct worker *worker;
    struct arena *arena;
};

static void reported(void *context, const struct client_result *result)
{
    struct report_call *call = context;
    struct worker *worker = call->worker;
    if (result->code != RPC_OK)
        log_line(LOG_DEBUG, "The report of the worker was not taken", LOG_STRING("code", rpc_code_name(result->code)),
                 LOG_TEXT("error", result->message));
    arena_give(&worker->small_arenas, call->arena);
    worker->calls--;
    worker_ended_something(worker);
}

static void report_queue(struct worker *worker, const struct queue *queue)
{
    struct arena *arena = arena_take(&worker->small_arenas);
    struct report_call *call = ARENA_NEW(arena, struct report_call);
    if (call == NULL)
        abort();
    *call = (struct report_call){worker, arena};
    struct client_worker_heartbeat told;
    fill(&told, worker, queue);
    worker->calls++;
    client_record_worker_heartbeat(worker->client, &told, arena, reported, call);
}

static void report_all(struct worker *worker)
{
    for (size_t i = 0; i < worker->options.queue_count; i++)
        report_queue(worker, &worker->queues[i]);
}

static void report(void *context)
{
    struct worker *worker = context;
    worker->report_timer = channel_after(worker->channel, REPORT_EVERY_MS, report, worker);
    report_all(worker);
}

void worker_heartbeat_start(struct worker *worker)
{
    worker->started_us = clock_utc_us();
    if (client_wants_worker_heartbeats(worker->client))
        report(worker);
}

void worker_heartbeat_stop(struct worker *worker)
{
    if (worker->report_timer == NULL)
        return;
    channel_timer_cancel(worker->report_timer);
    worker->report_timer = NULL;
    report_all(worker);
}

void worker_heartbeat_polled(struct worker *worker, unsigned kind)
{
    worker->polled_us[kind] = clock_utc_us();
}
