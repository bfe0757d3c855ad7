/* Restores after each turn of the loop what must hold between two turns. */
#include "worker/janitor.h"

#include "base/clock.h"

static void show(enum worker_metric metric, size_t queue, int64_t value)
{
    metric_set(worker_metric(metric, (struct metric_labels){.queue = (uint8_t)queue}), value);
}

static void show_queue(const struct janitor *janitor, const struct queue *queue)
{
    const struct slots *slots = &janitor->resources->slots;
    size_t i = queue->index;
    show(METRIC_TASK_SLOTS_USED, i, slots->workflow_tasks.lists[SLOT_TAKEN].by_queue[i]);
    show(METRIC_TASK_SLOTS_AVAILABLE, i, (int64_t)LIMIT_OPEN_TASKS - slots_count(&slots->workflow_tasks, SLOT_TAKEN));
    show(METRIC_ACTIVITY_SLOTS_USED, i, slots->activities.lists[SLOT_TAKEN].by_queue[i]);
    show(METRIC_ACTIVITY_SLOTS_AVAILABLE, i,
         (int64_t)janitor->resources->options.activities - slots_count(&slots->activities, SLOT_TAKEN));
    show(METRIC_POLLERS_WORKFLOW, i, pollers_count(janitor->pollers, POLLER_WORKFLOW, queue));
    show(METRIC_POLLERS_STICKY, i, pollers_count(janitor->pollers, POLLER_STICKY, queue));
    show(METRIC_POLLERS_ACTIVITY, i, pollers_count(janitor->pollers, POLLER_ACTIVITY, queue));
}

static void set_gauges(const struct janitor *janitor)
{
    const struct resources *resources = janitor->resources;
    for (size_t i = 0; i < resources->options.queue_count; i++)
        show_queue(janitor, &janitor->queues[i]);
    show(METRIC_ASYNC_USED, 0, slots_count(&resources->slots.async, SLOT_TAKEN));
    show(METRIC_CACHE_SIZE, 0, (int64_t)run_cache_count(resources->cache));
    show(METRIC_CACHE_BYTES, 0, (int64_t)run_cache_bytes(resources->cache));
}

void janitor_run(struct janitor *janitor)
{
    activities_start_waiting(janitor->activities);
    pollers_fill(janitor->pollers);
    if (janitor->drain->phase != WORKER_STARTING)
        set_gauges(janitor);
    memory_trim_run(&janitor->trim, clock_monotonic_us());
    drain_end_if_empty(janitor->drain);
}
