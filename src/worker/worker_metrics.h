/* The metrics of the worker, under the names and labels that dashboards of Temporal's SDKs know, and a few of its
   own. For the loop thread. */
#ifndef WORKER_WORKER_METRICS_H
#define WORKER_WORKER_METRICS_H

#include "action/perform.h"
#include "base/metrics.h"

/* Grouped by the labels that each has besides the namespace. */
enum worker_metric {
    /* no other label: of the worker as a whole */
    METRIC_READY,
    METRIC_CACHE_SIZE,
    METRIC_CACHE_BYTES,
    METRIC_ASYNC_USED,
    METRIC_LOOP_LATENESS,
    METRIC_APPROVALS_PENDING,
    METRIC_APPROVAL_HEARTBEATS,
    /* task_queue */
    METRIC_WORKER_START,
    METRIC_WORKFLOW_POLL_SUCCEED,
    METRIC_WORKFLOW_POLL_EMPTY,
    METRIC_ACTIVITY_POLL_EMPTY,
    METRIC_STICKY_EVICTED,
    METRIC_TASK_SLOTS_AVAILABLE,
    METRIC_ACTIVITY_SLOTS_AVAILABLE,
    METRIC_TASK_SLOTS_USED,
    METRIC_ACTIVITY_SLOTS_USED,
    METRIC_POLLERS_WORKFLOW,
    METRIC_POLLERS_STICKY,
    METRIC_POLLERS_ACTIVITY,
    /* task_queue, workflow_type */
    METRIC_WORKFLOW_COMPLETED,
    METRIC_WORKFLOW_FAILED,
    METRIC_WORKFLOW_CANCELED,
    METRIC_WORKFLOW_CONTINUED,
    METRIC_WORKFLOW_ENDTOEND,
    METRIC_TASK_ANSWERED,
    METRIC_TASK_FAILED_NON_DETERMINISM,
    METRIC_TASK_FAILED_WORKFLOW,
    METRIC_TASK_FAILED_TOO_LARGE,
    METRIC_TASK_WAIT,
    METRIC_TASK_EXECUTION,
    METRIC_TASK_REPLAY,
    METRIC_STICKY_HIT,
    METRIC_STICKY_MISS,
    METRIC_ACTIVITY_UNREGISTERED,
    /* task_queue, workflow_type, activity_type */
    METRIC_ACTIVITY_RECEIVED,
    METRIC_ACTIVITY_FAILED,
    METRIC_ACTIVITY_CANCELED,
    METRIC_ACTIVITY_WAIT,
    METRIC_ACTIVITY_EXECUTION,
    METRIC_ACTIVITY_ENDTOEND,
    METRIC_HEARTBEATS,
    METRIC_LOCAL_TOTAL,
    METRIC_LOCAL_FAILED,
    METRIC_LOCAL_EXECUTION,
    METRIC_LOCAL_ENDTOEND,
    METRIC_COUNT,
};

/* The values of the labels of a series. */
struct metric_labels {
    uint8_t queue, workflow, activity;
};
/* For metrics of the worker as a whole. */
#define OF_THE_WORKER ((struct metric_labels){0})

/* Creates the series that a worker has from its start, at 0. Must be called before anything else here. The catalog
   lives as long as the process; queues: LIMIT_TASK_QUEUES at most. Later workers of the process share the series of the
   first: they have the same catalog and queues. Aborts when the system has no memory, as gRPC does. */
void worker_metrics_start(const struct action_catalog *catalog, struct text namespace_, const struct text *queues,
                          size_t queue_count);

/* queue: index of a queue given at the start. Types unknown to this worker share the label "other"; TEXT_NONE: there is
   no type. */
struct metric_labels metric_labels(size_t queue, struct text workflow_type, struct text activity_type);

/* The series of a metric with these labels, created if it does not exist. */
struct metric *worker_metric(enum worker_metric metric, struct metric_labels labels);
/* The series that counts actions performed. type NULL: an unknown type. */
struct metric *worker_metric_action(struct metric_labels labels, const struct action_type *type, bool local,
                                    enum action_outcome outcome);

void worker_count(enum worker_metric metric, struct metric_labels labels, int64_t amount);
void worker_observe(enum worker_metric metric, struct metric_labels labels, int64_t microseconds);

/* Sets the series of every queue to a value that the queues share. */
void worker_metrics_share(enum worker_metric metric, int64_t value);
/* The sum over all types, for one queue. */
int64_t worker_metrics_sum(enum worker_metric metric, size_t queue);

#endif
