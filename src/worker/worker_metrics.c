/* The table of metrics, and their series by labels. */
#include "worker/worker_metrics.h"

#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "engine/names.h"

/* The number of unknown types is unbounded, but the number of labels must be bounded. */
#define OTHER "other"

static const char *const workflow_types[] = {WORKFLOW_TYPE, BRANCH_TYPE, OTHER};
static const char *const activity_types[] = {ACTIVITY_SYNC, ACTIVITY_ASYNC, ACTIVITY_ASK, ACTIVITY_REMIND,
                                             MARK_RUNNING,  MARK_COMPLETED, MARK_FAILED,  OTHER};
static const char *const dispatches[] = {"activity", "local"};
static const char *const outcomes[] = {[ACTION_OUTCOME_DONE] = "done",
                                       [ACTION_OUTCOME_RETRY] = "retry",
                                       [ACTION_OUTCOME_REFUSED] = "refused",
                                       [ACTION_OUTCOME_PENDING] = "pending"};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
enum {
    WORKFLOWS = COUNT_OF(workflow_types),
    ACTIVITIES = COUNT_OF(activity_types),
    DISPATCHES = COUNT_OF(dispatches),
    OUTCOMES = COUNT_OF(outcomes),
};

/* ---- the families ---- */

#define FAMILY(name_, help_, ...)                                                                                      \
    {                                                                                                                  \
        .name = (name_), .help = (help_), __VA_ARGS__                                                                  \
    }
#define COUNTER(name, help)    FAMILY(name, help, .kind = METRIC_COUNTER)
#define GAUGE(name, help)      FAMILY(name, help, .kind = METRIC_GAUGE)
#define LONG_TIMES(name, help) FAMILY(name, help, .kind = METRIC_HISTOGRAM, .bounds = metric_long_times)
#define TIMES(name, help)      FAMILY(name, help, .kind = METRIC_HISTOGRAM, .bounds = metric_short_times)

static struct metric_family task_failed =
    COUNTER("temporal_workflow_task_execution_failed_total", "Workflow tasks that were answered as failed");
static struct metric_family slots_available =
    GAUGE("temporal_worker_task_slots_available", "Tasks that may still be taken; the queues of a worker share them");
static struct metric_family slots_used = GAUGE("temporal_worker_task_slots_used", "Tasks under way");
static struct metric_family pollers = GAUGE("temporal_num_pollers", "Polls under way");
static struct metric_family actions = COUNTER("workflow_worker_actions_total", "Actions performed");

/* The labels of a metric: this one and all those before it. */
enum labels { LABELS_NONE, LABELS_QUEUE, LABELS_WORKFLOW, LABELS_ACTIVITY };

struct kind {
    struct metric_family *family;
    enum labels labels;
    const char *fixed; /* one more label, rendered */
};

#define OWN(labels_, ...)                                                                                              \
    {                                                                                                                  \
        .family = &(struct metric_family)__VA_ARGS__, .labels = (labels_)                                              \
    }
#define SHARED(labels_, family_, fixed_)                                                                               \
    {                                                                                                                  \
        .family = &(family_), .labels = (labels_), .fixed = (fixed_)                                                   \
    }
#define BY_NONE(...)     OWN(LABELS_NONE, __VA_ARGS__)
#define BY_QUEUE(...)    OWN(LABELS_QUEUE, __VA_ARGS__)
#define BY_WORKFLOW(...) OWN(LABELS_WORKFLOW, __VA_ARGS__)
#define BY_ACTIVITY(...) OWN(LABELS_ACTIVITY, __VA_ARGS__)

static const struct kind kinds[METRIC_COUNT] = {
    [METRIC_READY] = BY_NONE(GAUGE("workflow_worker_ready", "1 while the worker polls and Temporal answers, else 0")),
    [METRIC_CACHE_SIZE] = BY_NONE(GAUGE("temporal_sticky_cache_size", "Runs in the cache")),
    [METRIC_CACHE_BYTES] = BY_NONE(GAUGE("workflow_worker_cache_bytes", "Memory of the runs in the cache")),
    [METRIC_ASYNC_USED] =
        BY_NONE(GAUGE("workflow_worker_async_actions", "Asynchronous actions taken, performed now or in line for it")),
    [METRIC_LOOP_LATENESS] = BY_NONE(
        TIMES("workflow_worker_loop_lateness_seconds", "How late each turn of the event loop was, twice a second")),
    [METRIC_APPROVALS_PENDING] = BY_NONE(
        GAUGE("workflow_worker_approvals_pending", "Approval requests that waited in the latest round of this worker")),
    [METRIC_APPROVAL_HEARTBEATS] =
        BY_NONE(COUNTER("workflow_worker_approval_heartbeats_total", "Heartbeats of approval requests that wait")),

    [METRIC_WORKER_START] = BY_QUEUE(COUNTER("temporal_worker_start_total", "Starts of the worker")),
    [METRIC_WORKFLOW_POLL_SUCCEED] =
        BY_QUEUE(COUNTER("temporal_workflow_task_queue_poll_succeed_total", "Polls that brought a workflow task")),
    [METRIC_WORKFLOW_POLL_EMPTY] = BY_QUEUE(
        COUNTER("temporal_workflow_task_queue_poll_empty_total", "Polls for workflow tasks that ended without one")),
    [METRIC_ACTIVITY_POLL_EMPTY] =
        BY_QUEUE(COUNTER("temporal_activity_poll_no_task_total", "Polls for activity tasks that ended without one")),
    [METRIC_STICKY_EVICTED] = BY_QUEUE(COUNTER("temporal_sticky_cache_total_forced_eviction_total",
                                               "Runs given up for want of memory, by the queue that needed it")),
    [METRIC_TASK_SLOTS_AVAILABLE] = SHARED(LABELS_QUEUE, slots_available, "worker_type=\"WorkflowWorker\""),
    [METRIC_ACTIVITY_SLOTS_AVAILABLE] = SHARED(LABELS_QUEUE, slots_available, "worker_type=\"ActivityWorker\""),
    [METRIC_TASK_SLOTS_USED] = SHARED(LABELS_QUEUE, slots_used, "worker_type=\"WorkflowWorker\""),
    [METRIC_ACTIVITY_SLOTS_USED] = SHARED(LABELS_QUEUE, slots_used, "worker_type=\"ActivityWorker\""),
    [METRIC_POLLERS_WORKFLOW] = SHARED(LABELS_QUEUE, pollers, "poller_type=\"workflow_task\""),
    [METRIC_POLLERS_STICKY] = SHARED(LABELS_QUEUE, pollers, "poller_type=\"workflow_sticky_task\""),
    [METRIC_POLLERS_ACTIVITY] = SHARED(LABELS_QUEUE, pollers, "poller_type=\"activity_task\""),

    [METRIC_WORKFLOW_COMPLETED] = BY_WORKFLOW(COUNTER("temporal_workflow_completed_total", "Runs that completed")),
    [METRIC_WORKFLOW_FAILED] = BY_WORKFLOW(COUNTER("temporal_workflow_failed_total", "Runs that failed")),
    [METRIC_WORKFLOW_CANCELED] = BY_WORKFLOW(COUNTER("temporal_workflow_canceled_total", "Runs that were canceled")),
    [METRIC_WORKFLOW_CONTINUED] =
        BY_WORKFLOW(COUNTER("temporal_workflow_continue_as_new_total", "Runs that continued as new")),
    [METRIC_WORKFLOW_ENDTOEND] = BY_WORKFLOW(LONG_TIMES("temporal_workflow_endtoend_latency_seconds",
                                                        "From the start of a run to its end, or to where it "
                                                        "continues as new")),
    [METRIC_TASK_ANSWERED] =
        BY_WORKFLOW(COUNTER("workflow_worker_workflow_tasks_answered_total", "Workflow tasks answered")),
    [METRIC_TASK_FAILED_NON_DETERMINISM] =
        SHARED(LABELS_WORKFLOW, task_failed, "failure_reason=\"NonDeterminismError\""),
    [METRIC_TASK_FAILED_WORKFLOW] = SHARED(LABELS_WORKFLOW, task_failed, "failure_reason=\"WorkflowError\""),
    [METRIC_TASK_FAILED_TOO_LARGE] = SHARED(LABELS_WORKFLOW, task_failed, "failure_reason=\"GrpcMessageTooLarge\""),
    [METRIC_TASK_WAIT] = BY_WORKFLOW(LONG_TIMES("temporal_workflow_task_schedule_to_start_latency_seconds",
                                                "How long workflow tasks waited for a worker")),
    [METRIC_TASK_EXECUTION] = BY_WORKFLOW(TIMES("temporal_workflow_task_execution_latency_seconds",
                                                "From a workflow task to its answer, local actions included")),
    [METRIC_TASK_REPLAY] = BY_WORKFLOW(TIMES("temporal_workflow_task_replay_latency_seconds",
                                             "How long it took to make a run again from its history")),
    [METRIC_STICKY_HIT] =
        BY_WORKFLOW(COUNTER("temporal_sticky_cache_hit_total", "Workflow tasks whose run was in the cache")),
    [METRIC_STICKY_MISS] =
        BY_WORKFLOW(COUNTER("temporal_sticky_cache_miss_total", "Workflow tasks whose run had to be replayed")),
    [METRIC_ACTIVITY_UNREGISTERED] = {.family = &(struct metric_family)COUNTER(
                                          "temporal_unregistered_activity_invocation_total",
                                          "Activity tasks of a type that is not ours"),
                                      .labels = LABELS_WORKFLOW,
                                      .fixed = "activity_type=\"" OTHER "\""},

    [METRIC_ACTIVITY_RECEIVED] = BY_ACTIVITY(COUNTER("temporal_activity_task_received_total", "Activity tasks taken")),
    [METRIC_ACTIVITY_FAILED] =
        BY_ACTIVITY(COUNTER("temporal_activity_execution_failed_total", "Activity tasks answered as failed")),
    [METRIC_ACTIVITY_CANCELED] =
        BY_ACTIVITY(COUNTER("temporal_activity_execution_cancelled_total", "Activity tasks answered as canceled")),
    [METRIC_ACTIVITY_WAIT] = BY_ACTIVITY(LONG_TIMES("temporal_activity_schedule_to_start_latency_seconds",
                                                    "How long activity tasks waited for a worker")),
    [METRIC_ACTIVITY_EXECUTION] =
        BY_ACTIVITY(TIMES("temporal_activity_execution_latency_seconds", "From an activity task to its answer")),
    [METRIC_ACTIVITY_ENDTOEND] =
        BY_ACTIVITY(LONG_TIMES("temporal_activity_succeed_endtoend_latency_seconds",
                               "From when an activity was scheduled to when it was done, all attempts")),
    [METRIC_HEARTBEATS] = BY_ACTIVITY(COUNTER("workflow_worker_heartbeats_total", "Heartbeats of activities sent")),
    [METRIC_LOCAL_TOTAL] =
        BY_ACTIVITY(COUNTER("temporal_local_activity_total", "Actions performed inside a workflow task")),
    [METRIC_LOCAL_FAILED] =
        BY_ACTIVITY(COUNTER("temporal_local_activity_execution_failed_total",
                            "Actions that failed inside a workflow task, for good or to go on as activities")),
    [METRIC_LOCAL_EXECUTION] = BY_ACTIVITY(
        TIMES("temporal_local_activity_execution_latency_seconds", "How long actions inside a workflow task took")),
    [METRIC_LOCAL_ENDTOEND] = BY_ACTIVITY(
        TIMES("temporal_local_activity_succeed_endtoend_latency_seconds", "Likewise, those that were done")),
};

/* ---- the series ---- */

/* Lives as long as the process, as the registry does. */
static struct {
    const struct action_catalog *catalog;
    struct arena *arena; /* of the texts below */
    size_t queue_count;
    const char *queues[LIMIT_TASK_QUEUES]; /* as values of labels */
    struct metric *series[LIMIT_TASK_QUEUES][METRIC_COUNT][WORKFLOWS][ACTIVITIES];
    struct metric *(*actions[LIMIT_TASK_QUEUES])[DISPATCHES][OUTCOMES]; /* by type; the last set is for unknown types */
} all;

static uint8_t find(const char *const *types, size_t count, struct text type)
{
    size_t i = 0;
    while (i + 1 < count && !text_is(type, types[i]))
        i++;
    return (uint8_t)i;
}

struct metric_labels metric_labels(size_t queue, struct text workflow_type, struct text activity_type)
{
    return (struct metric_labels){
        .queue = (uint8_t)queue,
        .workflow = find(workflow_types, WORKFLOWS, workflow_type),
        .activity = find(activity_types, ACTIVITIES, activity_type),
    };
}

static struct metric *make(const struct kind *kind, struct metric_labels labels)
{
    const char *queue = all.queues[labels.queue], *workflow = workflow_types[labels.workflow];
    const char *fixed = kind->fixed != NULL ? kind->fixed : "", *comma = kind->fixed != NULL ? "," : "";
    switch (kind->labels) {
    case LABELS_QUEUE: return metric_get(kind->family, "task_queue=\"%s\"%s%s", queue, comma, fixed);
    case LABELS_WORKFLOW:
        return metric_get(kind->family, "task_queue=\"%s\",workflow_type=\"%s\"%s%s", queue, workflow, comma, fixed);
    case LABELS_ACTIVITY:
        return metric_get(kind->family, "task_queue=\"%s\",workflow_type=\"%s\",activity_type=\"%s\"%s%s", queue,
                          workflow, activity_types[labels.activity], comma, fixed);
    case LABELS_NONE: break;
    }
    return metric_get(kind->family, "%s", fixed);
}

struct metric *worker_metric(enum worker_metric metric, struct metric_labels labels)
{
    const struct kind *kind = &kinds[metric];
    struct metric **series = &all.series[kind->labels >= LABELS_QUEUE ? labels.queue : 0][metric]
                                        [kind->labels >= LABELS_WORKFLOW ? labels.workflow : 0]
                                        [kind->labels >= LABELS_ACTIVITY ? labels.activity : 0];
    if (*series == NULL)
        *series = make(kind, labels);
    return *series;
}

struct metric *worker_metric_action(struct metric_labels labels, const struct action_type *type, bool local,
                                    enum action_outcome outcome)
{
    size_t index = type != NULL ? (size_t)(type - all.catalog->types) : all.catalog->count;
    return all.actions[labels.queue][index][local][outcome];
}

void worker_count(enum worker_metric metric, struct metric_labels labels, int64_t amount)
{
    metric_add(worker_metric(metric, labels), amount);
}

void worker_observe(enum worker_metric metric, struct metric_labels labels, int64_t microseconds)
{
    metric_observe(worker_metric(metric, labels), microseconds);
}

void worker_metrics_share(enum worker_metric metric, int64_t value)
{
    for (size_t queue = 0; queue < all.queue_count; queue++)
        metric_set(worker_metric(metric, metric_labels(queue, TEXT_NONE, TEXT_NONE)), value);
}

int64_t worker_metrics_sum(enum worker_metric metric, size_t queue)
{
    int64_t sum = 0;
    for (size_t workflow = 0; workflow < WORKFLOWS; workflow++) {
        for (size_t activity = 0; activity < ACTIVITIES; activity++) {
            const struct metric *series = all.series[queue][metric][workflow][activity];
            sum += series != NULL ? metric_value(series) : 0;
        }
    }
    return sum;
}

/* ---- the start ---- */

static void make_actions(size_t queue)
{
    size_t count = all.catalog->count;
    all.actions[queue] = calloc(count + 1, sizeof(*all.actions[queue]));
    if (all.actions[queue] == NULL)
        abort();
    for (size_t type = 0; type <= count; type++) {
        const char *name = type < count ? all.catalog->types[type].name : OTHER;
        for (size_t dispatch = 0; dispatch < DISPATCHES; dispatch++) {
            for (size_t outcome = 0; outcome < OUTCOMES; outcome++)
                all.actions[queue][type][dispatch][outcome] =
                    metric_get(&actions, "task_queue=\"%s\",action_type=\"%s\",dispatch=\"%s\",outcome=\"%s\"",
                               all.queues[queue], name, dispatches[dispatch], outcomes[outcome]);
        }
    }
}

/* Escaped for the quotes of a label. */
static const char *label_value(struct text value)
{
    struct buffer buffer = buffer_in(all.arena, KIB(64));
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] == '"' || value.data[i] == '\\')
            buffer_add_byte(&buffer, '\\');
        if (value.data[i] == '\n')
            buffer_add_byte(&buffer, ' ');
        else
            buffer_add_byte(&buffer, value.data[i]);
    }
    buffer_add_byte(&buffer, '\0');
    struct text rendered = buffer_text(&buffer);
    if (rendered.data == NULL)
        abort();
    return rendered.data;
}

void worker_metrics_start(const struct action_catalog *catalog, struct text namespace_, const struct text *queues,
                          size_t queue_count)
{
    if (all.arena != NULL) {
        assert(all.catalog == catalog && all.queue_count == queue_count);
        return;
    }
    all.catalog = catalog;
    all.queue_count = queue_count;
    all.arena = arena_must_new(MIB(1), 0);
    struct text common = arena_print(all.arena, "namespace=\"%s\"", label_value(namespace_));
    if (common.data == NULL)
        abort();
    metrics_set_labels(common.data);
    for (size_t queue = 0; queue < queue_count; queue++) {
        all.queues[queue] = label_value(queues[queue]);
        make_actions(queue);
        struct metric_labels labels = metric_labels(queue, TEXT(WORKFLOW_TYPE), TEXT(ACTIVITY_SYNC));
        for (size_t metric = 0; metric < METRIC_COUNT; metric++)
            (void)worker_metric((enum worker_metric)metric, labels);
    }
}
