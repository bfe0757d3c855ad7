/* Long polls: a few of each kind at once, none where no slot is free. */
#include "base/log.h"
#include "worker/parts.h"

static const char *const kind_names[POLLER_KINDS] = {"workflow", "sticky workflow", "activity"};

static void poller_start(struct poller *poller);

unsigned activity_slots_free(const struct worker *worker)
{
    unsigned used = worker->activity_count + worker->polls[POLLER_ACTIVITY] + worker->eager_reserved;
    return used < worker->options.activities ? worker->options.activities - used : 0;
}

static bool has_slot(const struct poller *poller)
{
    const struct worker *worker = poller->worker;
    if (poller->kind == POLLER_ACTIVITY)
        return activity_slots_free(worker) > 0;
    if (worker->options.only_activities)
        return false;
    return worker->task_count + worker->polls[POLLER_WORKFLOW] + worker->polls[POLLER_STICKY] < LIMIT_OPEN_TASKS;
}

static void count_poll(const struct poller *poller, int64_t amount)
{
    static const enum worker_metric polls[POLLER_KINDS] = {METRIC_POLLERS_WORKFLOW, METRIC_POLLERS_STICKY,
                                                           METRIC_POLLERS_ACTIVITY};
    worker_count(polls[poller->kind], poller->queue->place, amount);
}

static void pause_over(void *context)
{
    struct poller *poller = context;
    poller->pause = NULL;
    poller_start(poller);
}

static void poll_failed(struct poller *poller, const struct client_result *result)
{
    struct worker *worker = poller->worker;
    log_line(LOG_DEBUG, "Poll failed", LOG_STRING("kind", kind_names[poller->kind]),
             LOG_TEXT("task_queue", poller->queue->name), LOG_STRING("code", rpc_code_name(result->code)),
             LOG_TEXT("error", result->message));
    if (worker->phase == WORKER_WORKING) {
        poller->failures++;
        readiness_lost(worker, result);
    } else if (poller->kind == POLLER_STICKY) {
        worker_sticky_poll_failed(worker);
    }
}

/* The poll is over: its arena, which may hold a task, is the caller's. */
static struct arena *poll_ended(struct poller *poller, bool came, const struct client_result *result)
{
    struct worker *worker = poller->worker;
    struct arena *arena = poller->arena;
    poller->arena = NULL;
    poller->poll = NULL;
    worker->polls[poller->kind]--;
    count_poll(poller, -1);
    if (came)
        worker_heartbeat_polled(worker, poller->kind);
    if (result->code == RPC_OK)
        poller->failures = 0;
    else
        poll_failed(poller, result);
    return arena;
}

static void poll_next(struct poller *poller)
{
    struct worker *worker = poller->worker;
    if (poller->failures > 0 && worker->phase == WORKER_WORKING)
        poller->pause = channel_after(worker->channel, backoff_ms(poller->failures, 200, 10000), pause_over, poller);
    else
        poller_start(poller);
    if (worker->phase != WORKER_WORKING)
        worker_ended_something(worker);
}

static void workflow_polled(void *context, const struct workflow_task *task, const struct client_result *result)
{
    struct poller *poller = context;
    struct worker *worker = poller->worker;
    struct arena *arena = poll_ended(poller, task != NULL, result);
    if (task != NULL) {
        worker_count(METRIC_WORKFLOW_POLL_SUCCEED, poller->queue->place, 1);
        if (poller->kind == POLLER_STICKY)
            worker_sticky_task_came(worker);
        workflow_task_begin(worker, poller->queue, arena, task);
    } else {
        if (result->code == RPC_OK)
            worker_count(METRIC_WORKFLOW_POLL_EMPTY, poller->queue->place, 1);
        arena_give(&worker->task_arenas, arena);
    }
    poll_next(poller);
}

static void activity_polled(void *context, const struct activity_task *task, const struct client_result *result)
{
    struct poller *poller = context;
    struct worker *worker = poller->worker;
    struct arena *arena = poll_ended(poller, task != NULL, result);
    if (task != NULL) {
        activity_begin(worker, poller->queue, arena, task);
    } else {
        if (result->code == RPC_OK)
            worker_count(METRIC_ACTIVITY_POLL_EMPTY, poller->queue->place, 1);
        arena_give(&worker->activity_arenas, arena);
    }
    poll_next(poller);
}

static bool may_poll(const struct poller *poller)
{
    const struct worker *worker = poller->worker;
    return worker->phase == WORKER_WORKING || (poller->kind == POLLER_STICKY && worker->quiet_timer != NULL);
}

static void poller_start(struct poller *poller)
{
    struct worker *worker = poller->worker;
    if (!may_poll(poller) || poller->poll != NULL || poller->pause != NULL || !has_slot(poller))
        return;
    worker->polls[poller->kind]++;
    count_poll(poller, 1);
    switch (poller->kind) {
    case POLLER_WORKFLOW:
        poller->arena = arena_take(&worker->task_arenas);
        poller->poll = client_poll_workflow_task(worker->client, poller->queue->name, TEXT_NONE, poller->arena,
                                                 workflow_polled, poller);
        break;
    case POLLER_STICKY:
        poller->arena = arena_take(&worker->task_arenas);
        poller->poll = client_poll_workflow_task(worker->client, poller->queue->sticky_name, poller->queue->name,
                                                 poller->arena, workflow_polled, poller);
        break;
    case POLLER_ACTIVITY:
    case POLLER_KINDS:
        poller->arena = arena_take(&worker->activity_arenas);
        poller->poll =
            client_poll_activity_task(worker->client, poller->queue->name, poller->arena, activity_polled, poller);
        break;
    }
}

/* Runs function for each poller of each queue. */
static void pollers_each(struct worker *worker, void (*function)(struct poller *poller))
{
    for (size_t q = 0; q < worker->options.queue_count; q++) {
        for (size_t kind = 0; kind < POLLER_KINDS; kind++) {
            if (kind == POLLER_STICKY && worker->queues[q].sticky_name.size == 0)
                continue;
            for (size_t i = 0; i < POLLS_EACH; i++)
                function(&worker->queues[q].pollers[kind][i]);
        }
    }
}

void pollers_init(struct worker *worker)
{
    for (size_t q = 0; q < worker->options.queue_count; q++) {
        for (size_t kind = 0; kind < POLLER_KINDS; kind++) {
            for (size_t i = 0; i < POLLS_EACH; i++)
                worker->queues[q].pollers[kind][i] =
                    (struct poller){.worker = worker, .queue = &worker->queues[q], .kind = (enum poller_kind)kind};
        }
    }
}

void pollers_wake(struct worker *worker)
{
    pollers_each(worker, poller_start);
}

static void cancel_poll(struct poller *poller)
{
    if (poller->poll != NULL)
        client_cancel_poll(poller->poll);
}

static void stop_poller(struct poller *poller)
{
    if (poller->pause != NULL)
        channel_timer_cancel(poller->pause);
    poller->pause = NULL;
    if (poller->kind != POLLER_STICKY && !client_ends_polls(poller->worker->client))
        cancel_poll(poller);
}

/* Sticky polls go on for a while. The server ends polls, where it can, so that none of its tasks is lost on the way. */
void pollers_stop(struct worker *worker)
{
    pollers_each(worker, stop_poller);
}

void pollers_cancel(struct worker *worker)
{
    pollers_each(worker, cancel_poll);
}

int pollers_failing(const struct worker *worker)
{
    int code = RPC_OK;
    for (size_t q = 0; q < worker->options.queue_count && code == RPC_OK; q++) {
        for (size_t i = 0; i < POLLS_EACH && code == RPC_OK; i++) {
            const struct client_poll *workflow = worker->queues[q].pollers[POLLER_WORKFLOW][i].poll;
            const struct client_poll *activity = worker->queues[q].pollers[POLLER_ACTIVITY][i].poll;
            if (workflow != NULL)
                code = client_poll_failing(workflow);
            if (activity != NULL && code == RPC_OK)
                code = client_poll_failing(activity);
        }
    }
    return code;
}
