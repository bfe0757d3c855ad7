/* Activity tasks: their slots and places, their beginning, and what makes them give up. */
#include "worker/activity_task.h"

#include <stdlib.h>

#include "base/clock.h"
#include "temporal/trace.h"

/* taken: by the activity now; -1: given back. */
static void show_slots(const struct activity *activity, int taken)
{
    const struct worker *worker = activity->worker;
    worker_count(METRIC_ACTIVITY_SLOTS_USED, activity->counts, taken);
    worker_metrics_share(METRIC_ACTIVITY_SLOTS_AVAILABLE,
                         (int64_t)worker->options.activities - (int64_t)worker->activity_count);
    metric_set(worker_metric(METRIC_ASYNC_USED, OF_THE_WORKER), worker->async_count);
}

/* ---- asynchronous actions ---- */

static void perform(struct pool_job *job);
static void performed(struct pool_job *job);

static bool has_room(const struct worker *worker)
{
    return worker->async_count < worker->options.async_threads + LIMIT_ASYNC_QUEUE;
}

static void go_async(struct activity *activity)
{
    struct worker *worker = activity->worker;
    activity->place = PLACE_ASYNC;
    worker->activity_count--;
    worker->async_count++;
    show_slots(activity, -1);
    activity->job = (struct pool_job){.work = perform, .done = performed};
    pool_submit(worker->async_pool, &activity->job, false);
}

static void enter_async(struct activity *activity)
{
    struct worker *worker = activity->worker;
    if (has_room(worker)) {
        go_async(activity);
        worker_ended_something(worker);
        return;
    }
    activity->place = PLACE_WAITING;
    TAILQ_INSERT_TAIL(&worker->async_waiting, activity, turn);
}

static void leave_async(struct worker *worker)
{
    worker->async_count--;
    struct activity *next = TAILQ_FIRST(&worker->async_waiting);
    if (next == NULL)
        return;
    TAILQ_REMOVE(&worker->async_waiting, next, turn);
    go_async(next);
}

void activity_leave(struct activity *activity)
{
    struct worker *worker = activity->worker;
    bool held = activity->place != PLACE_ASYNC;
    if (held)
        worker->activity_count--;
    else
        leave_async(worker);
    show_slots(activity, held ? -1 : 0);
}

/* ---- on a thread, and back ---- */

static void perform(struct pool_job *job)
{
    activity_perform((struct activity *)job);
}

static void finish(struct activity *activity)
{
    activity_heartbeat_stop(&activity->heartbeat);
    if (!activity->marks && activity->fault.size == 0)
        metric_add(worker_metric_action(activity->counts, activity_type_of(activity), false, activity->report.outcome),
                   1);
    activity_answer(activity);
}

static void performed(struct pool_job *job)
{
    struct activity *activity = (struct activity *)job;
    if (activity->is_async && activity->place == PLACE_SLOT)
        enter_async(activity);
    else
        finish(activity);
}

static void mark(struct pool_job *job)
{
    activity_mark((struct activity *)job);
}

static void marked(struct pool_job *job)
{
    finish((struct activity *)job);
}

/* ---- giving up ---- */

/* Asks the handler to. One that stands in line outside has nothing to give up but its place: that is its end, and true,
   as the activity may be gone then. */
static bool give_up(struct activity *activity)
{
    atomic_store_explicit(&activity->give_up, true, memory_order_relaxed);
    if (activity->place != PLACE_WAITING)
        return false;
    TAILQ_REMOVE(&activity->worker->async_waiting, activity, turn);
    activity->place = PLACE_SLOT;
    activity_not_begun(activity);
    finish(activity);
    return true;
}

static void beaten(void *context, enum activity_heartbeat_answer answer)
{
    struct activity *activity = context;
    if (answer == HEARTBEAT_CANCEL || answer == HEARTBEAT_GONE) {
        activity->cancel_requested = activity->cancel_requested || answer == HEARTBEAT_CANCEL;
        activity->gone = activity->gone || answer == HEARTBEAT_GONE;
        if (give_up(activity))
            return;
    }
    activity_end_when_idle(activity);
}

void activities_cancel(struct worker *worker)
{
    struct activity *next;
    for (struct activity *activity = LIST_FIRST(&worker->activities); activity != NULL; activity = next) {
        next = LIST_NEXT(activity, link);
        (void)give_up(activity);
    }
}

/* ---- the beginning ---- */

static void refuse_type(struct activity *activity)
{
    worker_count(METRIC_ACTIVITY_UNREGISTERED, activity->counts, 1);
    activity->fault_type = "ActivityNotRegisteredError";
    activity->fault = arena_print(activity->arena,
                                  "unable to find activityType=%.*s. Supported types: [" ACTIVITY_SYNC
                                  ", " ACTIVITY_ASYNC ", " MARK_TYPES "]",
                                  TEXT_ARG(activity->task.activity_type));
    activity_answer(activity);
}

static void start(struct activity *activity)
{
    struct worker *worker = activity->worker;
    activity_heartbeat_start(&activity->heartbeat, worker, &activity->task,
                             worker_metric(METRIC_HEARTBEATS, activity->counts), beaten, activity);
    pool_submit(worker->pool, &activity->job, false);
}

void activity_begin(struct worker *worker, const struct queue *queue, struct arena *arena,
                    const struct activity_task *task)
{
    struct activity *activity = ARENA_NEW(arena, struct activity);
    if (activity == NULL)
        abort();
    activity->job = (struct pool_job){.work = perform, .done = performed};
    activity->worker = worker;
    activity->arena = arena;
    activity->task = *task;
    activity->counts = metric_place(queue->place.queue, task->workflow_type, task->activity_type);
    activity->begun_us = clock_monotonic_us();
    activity->deadline_us = task->close_in_ms > 0 ? activity->begun_us + task->close_in_ms * 1000 : 0;
    LIST_INSERT_HEAD(&worker->activities, activity, link);
    worker->activity_count++;
    show_slots(activity, 1);
    worker_count(METRIC_ACTIVITY_RECEIVED, activity->counts, 1);
    worker_observe(METRIC_ACTIVITY_WAIT, activity->counts, task->waited_us);
    activity->log = (struct log_context){
        .workflow_id = task->workflow_id, .run_id = task->run_id, .trace_id = trace_id(arena, task->trace)};

    activity->marks = execution_mark_type(task->activity_type, &activity->change.status);
    if (activity->marks)
        activity->job = (struct pool_job){.work = mark, .done = marked};
    if (activity->marks || text_is(task->activity_type, ACTIVITY_SYNC) || text_is(task->activity_type, ACTIVITY_ASYNC))
        start(activity);
    else
        refuse_type(activity);
}

void activity_begin_copy(struct worker *worker, const struct queue *queue, const struct activity_task *task)
{
    struct arena *arena = arena_take(&worker->activity_arenas);
    struct activity_task copy = *task;
    struct text *const texts[] = {&copy.token,         &copy.workflow_id,   &copy.run_id, &copy.activity_id,
                                  &copy.activity_type, &copy.workflow_type, &copy.input,  &copy.trace};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_copy(arena, *texts[i]);
        if (texts[i]->data == NULL)
            abort(); /* the server's own limit on a message is far below an arena's cap */
    }
    activity_begin(worker, queue, arena, &copy);
}

/* ---- for operators ---- */

void activities_tell(struct buffer *json, const struct worker *worker)
{
    static const char *const places[] = {"slot", "waiting", "async"};
    const struct activity *activity;
    unsigned told = 0;
    LIST_FOREACH(activity, &worker->activities, link)
    {
        if (told == LIMIT_DEBUG_TASKS)
            break;
        buffer_add(json, told++ > 0 ? TEXT(",{\"workflow_id\":") : TEXT("{\"workflow_id\":"));
        json_write_string(json, activity->task.workflow_id);
        buffer_add(json, TEXT(",\"run_id\":"));
        json_write_string(json, activity->task.run_id);
        buffer_add(json, TEXT(",\"activity_id\":"));
        json_write_string(json, activity->task.activity_id);
        buffer_print(json, ",\"attempt\":%u,\"age_ms\":%lld,\"place\":\"%s\"}", activity->task.attempt,
                     (long long)(clock_monotonic_us() - activity->begun_us) / 1000, places[activity->place]);
    }
}
