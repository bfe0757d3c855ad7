/* What the worker counts, under the names that dashboards of Temporal's SDKs know, and a few of its own. */
#ifndef WORKER_WORKER_METRICS_H
#define WORKER_WORKER_METRICS_H

#include "action/perform.h"
#include "base/metrics.h"

enum worker_metric {
    /* counters */
    METRIC_WORKFLOW_POLL_SUCCEED,
    METRIC_WORKFLOW_POLL_EMPTY,
    METRIC_ACTIVITY_POLL_EMPTY,
    METRIC_WORKFLOW_COMPLETED,
    METRIC_WORKFLOW_FAILED,
    METRIC_WORKFLOW_CANCELED,
    METRIC_WORKFLOW_CONTINUED,
    METRIC_TASK_FAILED_NON_DETERMINISM,
    METRIC_TASK_FAILED_WORKFLOW,
    METRIC_TASK_FAILED_TOO_LARGE,
    METRIC_TASK_ANSWERED,
    METRIC_ACTIVITY_RECEIVED,
    METRIC_ACTIVITY_FAILED,
    METRIC_ACTIVITY_CANCELED,
    METRIC_ACTIVITY_UNREGISTERED,
    METRIC_LOCAL_TOTAL,
    METRIC_LOCAL_FAILED,
    METRIC_STICKY_HIT,
    METRIC_STICKY_MISS,
    METRIC_STICKY_EVICTED,
    METRIC_HEARTBEATS,
    METRIC_WORKER_START,
    /* gauges */
    METRIC_CACHE_SIZE,
    METRIC_CACHE_BYTES,
    METRIC_TASK_SLOTS_AVAILABLE,
    METRIC_TASK_SLOTS_USED,
    METRIC_ACTIVITY_SLOTS_AVAILABLE,
    METRIC_ACTIVITY_SLOTS_USED,
    METRIC_ASYNC_USED,
    METRIC_POLLERS_WORKFLOW,
    METRIC_POLLERS_STICKY,
    METRIC_POLLERS_ACTIVITY,
    /* histograms */
    METRIC_WORKFLOW_ENDTOEND,
    METRIC_TASK_WAIT,
    METRIC_TASK_EXECUTION,
    METRIC_TASK_REPLAY,
    METRIC_ACTIVITY_WAIT,
    METRIC_ACTIVITY_EXECUTION,
    METRIC_ACTIVITY_ENDTOEND,
    METRIC_LOCAL_EXECUTION,
    METRIC_LOCAL_ENDTOEND,
    METRIC_COUNT,
};

extern struct metric worker_metric[METRIC_COUNT];

/* Counts of actions, one set per action type. */
struct worker_metrics;

/* Registers everything; once in a process. NULL when out of memory. Lives as long as the process, since the registry
   keeps what is registered. Every metric of the process is labelled with namespace and queues. */
struct worker_metrics *worker_metrics_register(const struct action_catalog *catalog, struct text namespace_,
                                               const struct text *queues, size_t queue_count) MUST_CHECK;

/* type NULL: one that nobody registered. */
void worker_metrics_action(struct worker_metrics *metrics, const struct action_type *type, bool local,
                           enum action_outcome outcome);

#endif
