#include "worker/worker_metrics.h"

#include <stdlib.h>

#include "base/limits.h"

#define COUNTER(name_, labels_, help_)                                                                                 \
    {                                                                                                                  \
        .name = (name_), .labels = (labels_), .help = (help_), .kind = METRIC_COUNTER                                  \
    }
#define GAUGE(name_, labels_, help_)                                                                                   \
    {                                                                                                                  \
        .name = (name_), .labels = (labels_), .help = (help_), .kind = METRIC_GAUGE                                    \
    }

#define HISTOGRAM(name_, bounds_, help_)                                                                               \
    {                                                                                                                  \
        .name = (name_), .labels = "", .help = (help_), .kind = METRIC_HISTOGRAM, .bounds = (bounds_)                  \
    }

#define TASK_FAILED      "temporal_workflow_task_execution_failed"
#define TASK_FAILED_HELP "Workflow tasks that were answered as failed"
#define AVAILABLE        "temporal_worker_task_slots_available"
#define AVAILABLE_HELP   "Tasks that may still be taken"
#define USED             "temporal_worker_task_slots_used"
#define USED_HELP        "Tasks under way"
#define POLLERS          "temporal_num_pollers"
#define POLLERS_HELP     "Polls under way"

struct metric worker_metric[METRIC_COUNT] = {
    [METRIC_WORKFLOW_POLL_SUCCEED] =
        COUNTER("temporal_workflow_task_queue_poll_succeed", "", "Polls that brought a workflow task"),
    [METRIC_WORKFLOW_POLL_EMPTY] =
        COUNTER("temporal_workflow_task_queue_poll_empty", "", "Polls for workflow tasks that ended without one"),
    [METRIC_ACTIVITY_POLL_EMPTY] =
        COUNTER("temporal_activity_poll_no_task", "", "Polls for activity tasks that ended without one"),
    [METRIC_WORKFLOW_COMPLETED] = COUNTER("temporal_workflow_completed", "", "Runs that completed"),
    [METRIC_WORKFLOW_FAILED] = COUNTER("temporal_workflow_failed", "", "Runs that failed"),
    [METRIC_WORKFLOW_CANCELED] = COUNTER("temporal_workflow_canceled", "", "Runs that were canceled"),
    [METRIC_WORKFLOW_CONTINUED] = COUNTER("temporal_workflow_continue_as_new", "", "Runs that continued as new"),
    [METRIC_TASK_FAILED_NON_DETERMINISM] =
        COUNTER(TASK_FAILED, "failure_reason=\"NonDeterminismError\"", TASK_FAILED_HELP),
    [METRIC_TASK_FAILED_WORKFLOW] = COUNTER(TASK_FAILED, "failure_reason=\"WorkflowError\"", TASK_FAILED_HELP),
    [METRIC_TASK_FAILED_TOO_LARGE] = COUNTER(TASK_FAILED, "failure_reason=\"GrpcMessageTooLarge\"", TASK_FAILED_HELP),
    [METRIC_TASK_ANSWERED] = COUNTER("workflow_worker_workflow_tasks_answered", "", "Workflow tasks answered"),
    [METRIC_ACTIVITY_RECEIVED] = COUNTER("temporal_activity_task_received", "", "Activity tasks taken"),
    [METRIC_ACTIVITY_FAILED] = COUNTER("temporal_activity_execution_failed", "", "Activity tasks answered as failed"),
    [METRIC_ACTIVITY_CANCELED] =
        COUNTER("temporal_activity_execution_cancelled", "", "Activity tasks answered as canceled"),
    [METRIC_ACTIVITY_UNREGISTERED] =
        COUNTER("temporal_unregistered_activity_invocation", "", "Activity tasks of a type that is not ours"),
    [METRIC_LOCAL_TOTAL] = COUNTER("temporal_local_activity_total", "", "Actions performed inside a workflow task"),
    [METRIC_LOCAL_FAILED] = COUNTER("temporal_local_activity_execution_failed", "",
                                    "Actions that failed inside a workflow task, for good or to go on as activities"),
    [METRIC_STICKY_HIT] = COUNTER("temporal_sticky_cache_hit", "", "Workflow tasks whose run was in the cache"),
    [METRIC_STICKY_MISS] = COUNTER("temporal_sticky_cache_miss", "", "Workflow tasks whose run had to be replayed"),
    [METRIC_STICKY_EVICTED] =
        COUNTER("temporal_sticky_cache_total_forced_eviction", "", "Runs given up for want of memory"),
    [METRIC_HEARTBEATS] = COUNTER("workflow_worker_heartbeats", "", "Heartbeats of activities sent"),
    [METRIC_WORKER_START] = COUNTER("temporal_worker_start", "", "Starts of the worker"),
    [METRIC_CACHE_SIZE] = GAUGE("temporal_sticky_cache_size", "", "Runs in the cache"),
    [METRIC_CACHE_BYTES] = GAUGE("workflow_worker_cache_bytes", "", "Memory of the runs in the cache"),
    [METRIC_TASK_SLOTS_AVAILABLE] = GAUGE(AVAILABLE, "worker_type=\"WorkflowWorker\"", AVAILABLE_HELP),
    [METRIC_ACTIVITY_SLOTS_AVAILABLE] = GAUGE(AVAILABLE, "worker_type=\"ActivityWorker\"", AVAILABLE_HELP),
    [METRIC_TASK_SLOTS_USED] = GAUGE(USED, "worker_type=\"WorkflowWorker\"", USED_HELP),
    [METRIC_ACTIVITY_SLOTS_USED] = GAUGE(USED, "worker_type=\"ActivityWorker\"", USED_HELP),
    [METRIC_ASYNC_USED] =
        GAUGE("workflow_worker_async_actions", "", "Asynchronous actions taken, performed now or in line for it"),
    [METRIC_POLLERS_WORKFLOW] = GAUGE(POLLERS, "poller_type=\"workflow_task\"", POLLERS_HELP),
    [METRIC_POLLERS_STICKY] = GAUGE(POLLERS, "poller_type=\"workflow_sticky_task\"", POLLERS_HELP),
    [METRIC_POLLERS_ACTIVITY] = GAUGE(POLLERS, "poller_type=\"activity_task\"", POLLERS_HELP),
    [METRIC_WORKFLOW_ENDTOEND] = HISTOGRAM("temporal_workflow_endtoend_latency_seconds", metric_long_times,
                                           "From the start of a run to its end, or to where it continues as new"),
    [METRIC_TASK_WAIT] = HISTOGRAM("temporal_workflow_task_schedule_to_start_latency_seconds", metric_long_times,
                                   "How long workflow tasks waited for a worker"),
    [METRIC_TASK_EXECUTION] = HISTOGRAM("temporal_workflow_task_execution_latency_seconds", metric_short_times,
                                        "From a workflow task to its answer, local actions included"),
    [METRIC_TASK_REPLAY] = HISTOGRAM("temporal_workflow_task_replay_latency_seconds", metric_short_times,
                                     "How long it took to make a run again from its history"),
    [METRIC_ACTIVITY_WAIT] = HISTOGRAM("temporal_activity_schedule_to_start_latency_seconds", metric_long_times,
                                       "How long activity tasks waited for a worker"),
    [METRIC_ACTIVITY_EXECUTION] = HISTOGRAM("temporal_activity_execution_latency_seconds", metric_short_times,
                                            "From an activity task to its answer"),
    [METRIC_ACTIVITY_ENDTOEND] = HISTOGRAM("temporal_activity_succeed_endtoend_latency_seconds", metric_long_times,
                                           "From when an activity was scheduled to when it was done, all attempts"),
    [METRIC_LOCAL_EXECUTION] = HISTOGRAM("temporal_local_activity_execution_latency_seconds", metric_short_times,
                                         "How long actions inside a workflow task took"),
    [METRIC_LOCAL_ENDTOEND] = HISTOGRAM("temporal_local_activity_succeed_endtoend_latency_seconds", metric_short_times,
                                        "Likewise, those that were done"),
};

enum { DISPATCHES = 2, OUTCOMES = ACTION_PENDING + 1 };

struct worker_metrics {
    const struct action_catalog *catalog;
    struct arena *arena;                            /* of the labels */
    struct metric (*actions)[DISPATCHES][OUTCOMES]; /* by type; the last set is of unknown types */
};

static bool register_actions(struct worker_metrics *metrics)
{
    static const char *const dispatches[DISPATCHES] = {"activity", "local"};
    static const char *const outcomes[OUTCOMES] = {
        [ACTION_DONE] = "done", [ACTION_RETRY] = "retry", [ACTION_REFUSED] = "refused", [ACTION_PENDING] = "pending"};
    for (size_t type = 0; type <= metrics->catalog->count; type++) {
        const char *name = type < metrics->catalog->count ? metrics->catalog->types[type].name : "unknown";
        for (size_t dispatch = 0; dispatch < DISPATCHES; dispatch++) {
            for (size_t outcome = 0; outcome < OUTCOMES; outcome++) {
                struct text labels = arena_print(metrics->arena, "action_type=\"%s\",dispatch=\"%s\",outcome=\"%s\"",
                                                 name, dispatches[dispatch], outcomes[outcome]);
                if (labels.data == NULL)
                    return false;
                struct metric *metric = &metrics->actions[type][dispatch][outcome];
                *metric = (struct metric)COUNTER("workflow_worker_actions", labels.data, "Actions performed");
                metrics_register(metric);
            }
        }
    }
    return true;
}

/* In quotes, as the page of metrics wants it. */
static void add_value(struct buffer *labels, struct text value)
{
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] == '"' || value.data[i] == '\\')
            buffer_add_byte(labels, '\\');
        buffer_add_byte(labels, value.data[i] == '\n' ? ' ' : value.data[i]);
    }
}

static bool set_labels(struct arena *arena, struct text namespace_, const struct text *queues, size_t queue_count)
{
    struct buffer labels = buffer_in(arena, KIB(64));
    buffer_add(&labels, TEXT("namespace=\""));
    add_value(&labels, namespace_);
    buffer_add(&labels, TEXT("\",task_queue=\""));
    for (size_t i = 0; i < queue_count; i++) {
        buffer_add(&labels, i > 0 ? TEXT(",") : TEXT_NONE);
        add_value(&labels, queues[i]);
    }
    buffer_add(&labels, TEXT("\""));
    struct text rendered = buffer_text(&labels);
    if (rendered.data != NULL)
        metrics_set_labels(rendered.data);
    return rendered.data != NULL;
}

struct worker_metrics *worker_metrics_register(const struct action_catalog *catalog, struct text namespace_,
                                               const struct text *queues, size_t queue_count)
{
    static struct worker_metrics metrics; /* reachable for ever, as the registry is */
    metrics.catalog = catalog;
    metrics.arena = arena_new(MIB(16), 0);
    metrics.actions = calloc(catalog->count + 1, sizeof(*metrics.actions));
    if (metrics.arena == NULL || metrics.actions == NULL || !register_actions(&metrics) ||
        !set_labels(metrics.arena, namespace_, queues, queue_count))
        return NULL;
    for (size_t i = 0; i < METRIC_COUNT; i++)
        metrics_register(&worker_metric[i]);
    return &metrics;
}

void worker_metrics_action(struct worker_metrics *metrics, const struct action_type *type, bool local,
                           enum action_outcome outcome)
{
    size_t index = type != NULL ? (size_t)(type - metrics->catalog->types) : metrics->catalog->count;
    metric_add(&metrics->actions[index][local][outcome], 1);
}
