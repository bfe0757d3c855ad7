/* Sends long polls where slots are free, and hands over what they bring. */
#include "worker/poller.h"

#include <assert.h>
#include <stdlib.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"

#define BACKOFF_FIRST_MS 200
#define BACKOFF_MAX_MS   10000

static const char *const kind_names[POLLER_KINDS] = {"workflow", "sticky workflow", "activity"};

static void backoff_over(void *userdata)
{
    struct poller *poller = userdata;
    poller->backoff = NULL;
}

static void poll_failed(struct poller *poller, const struct client_result *result)
{
    struct pollers *pollers = poller->pollers;
    log_line(LOG_DEBUG, "Poll failed", LOG_STRING("kind", kind_names[poller->kind]),
             LOG_TEXT("task_queue", poller->queue->name), LOG_STRING("code", rpc_code_name(result->code)),
             LOG_TEXT("error", result->message));
    if (pollers->polling == POLLING_EVERYTHING) {
        poller->failures++;
        int64_t delay_ms = backoff_delay(BACKOFF_FIRST_MS, BACKOFF_MAX_MS, 200, poller->failures);
        poller->backoff = channel_after(pollers->resources->channel, delay_ms, backoff_over, poller);
    }
    pollers->events.failed(pollers->events.userdata, poller->kind, result);
}

/* Its arena, which may hold a task, is the caller's. */
static struct arena *poll_ended(struct poller *poller, bool has_task, const struct client_result *result)
{
    struct arena *arena = poller->arena;
    assert(arena != NULL && poller->poll != NULL);
    poller->arena = NULL;
    poller->poll = NULL;
    slot_give(&poller->slot);
    if (has_task)
        poller->pollers->succeeded_us[poller->kind] = clock_utc_us();
    if (result->code == RPC_OK)
        poller->failures = 0;
    else
        poll_failed(poller, result);
    return arena;
}

static void count_poll(const struct poller *poller, enum worker_metric metric)
{
    worker_count(metric, metric_labels(poller->queue->index, TEXT_NONE, TEXT_NONE), 1);
}

static void workflow_polled(void *userdata, const struct workflow_task *task, const struct client_result *result)
{
    struct poller *poller = userdata;
    struct pollers *pollers = poller->pollers;
    struct arena *arena = poll_ended(poller, task != NULL, result);
    if (task != NULL) {
        count_poll(poller, METRIC_WORKFLOW_POLL_SUCCEED);
        pollers->events.workflow_task(pollers->events.userdata, poller->kind, poller->queue, arena, task);
        return;
    }
    if (result->code == RPC_OK)
        count_poll(poller, METRIC_WORKFLOW_POLL_EMPTY);
    arena_give(&pollers->resources->task_arenas, arena);
}

static void activity_polled(void *userdata, const struct activity_task *task, const struct client_result *result)
{
    struct poller *poller = userdata;
    struct pollers *pollers = poller->pollers;
    struct arena *arena = poll_ended(poller, task != NULL, result);
    if (task != NULL) {
        pollers->events.activity_task(pollers->events.userdata, poller->queue, arena, task);
        return;
    }
    if (result->code == RPC_OK)
        count_poll(poller, METRIC_ACTIVITY_POLL_EMPTY);
    arena_give(&pollers->resources->activity_arenas, arena);
}

static struct slot_pool *slots_of(const struct poller *poller)
{
    struct slots *slots = &poller->pollers->resources->slots;
    return poller->kind == POLLER_ACTIVITY ? &slots->activities : &slots->workflow_tasks;
}

static bool may_poll(const struct poller *poller)
{
    enum polling polling = poller->pollers->polling;
    return (polling == POLLING_EVERYTHING || (polling == POLLING_STICKY && poller->kind == POLLER_STICKY)) &&
           poller->poll == NULL && poller->backoff == NULL && slots_free(slots_of(poller)) > 0;
}

static void start_poll(struct poller *poller)
{
    struct resources *resources = poller->pollers->resources;
    const struct queue *queue = poller->queue;
    assert(poller->arena == NULL);
    slot_take(&poller->slot, slots_of(poller), SLOT_POLLING, queue->index);
    if (poller->kind == POLLER_ACTIVITY) {
        poller->arena = arena_take(&resources->activity_arenas);
        poller->poll =
            client_poll_activity_task(resources->client, queue->name, poller->arena, activity_polled, poller);
        return;
    }
    bool sticky = poller->kind == POLLER_STICKY;
    poller->arena = arena_take(&resources->task_arenas);
    poller->poll = client_poll_workflow_task(resources->client, sticky ? queue->sticky_name : queue->name,
                                             sticky ? queue->name : TEXT_NONE, poller->arena, workflow_polled, poller);
}

void pollers_fill(struct pollers *pollers)
{
    if (pollers->polling == POLLING_NOTHING)
        return;
    for (size_t i = 0; i < pollers->count; i++) {
        if (may_poll(&pollers->items[i]))
            start_poll(&pollers->items[i]);
    }
}

bool pollers_init(struct pollers *pollers, struct resources *resources, const struct queue *queues,
                  const struct poller_events *events)
{
    size_t queue_count = resources->options.queue_count;
    *pollers = (struct pollers){.resources = resources, .events = *events};
    pollers->items = calloc(queue_count * POLLER_KINDS * POLLS_EACH, sizeof(struct poller));
    if (pollers->items == NULL)
        return false;
    for (size_t i = 0; i < queue_count * POLLER_KINDS * POLLS_EACH; i++) {
        const struct queue *queue = &queues[i / (POLLER_KINDS * POLLS_EACH)];
        enum poller_kind kind = (enum poller_kind)(i / POLLS_EACH % POLLER_KINDS);
        if (kind != POLLER_STICKY || queue->sticky_name.size > 0)
            pollers->items[pollers->count++] = (struct poller){.pollers = pollers, .queue = queue, .kind = kind};
    }
    return true;
}

void pollers_free(struct pollers *pollers)
{
    free(pollers->items);
    pollers->items = NULL;
}

void pollers_stop(struct pollers *pollers)
{
    pollers->polling = POLLING_STICKY;
    for (size_t i = 0; i < pollers->count; i++) {
        struct poller *poller = &pollers->items[i];
        if (poller->backoff != NULL)
            channel_timer_cancel(poller->backoff);
        poller->backoff = NULL;
        if (poller->kind != POLLER_STICKY && poller->poll != NULL && !client_ends_polls(pollers->resources->client))
            client_cancel_poll(poller->poll);
    }
}

void pollers_cancel(struct pollers *pollers)
{
    for (size_t i = 0; i < pollers->count; i++) {
        if (pollers->items[i].poll != NULL)
            client_cancel_poll(pollers->items[i].poll);
    }
}

unsigned pollers_count(const struct pollers *pollers, enum poller_kind kind, const struct queue *queue)
{
    unsigned count = 0;
    for (size_t i = 0; i < pollers->count; i++) {
        const struct poller *poller = &pollers->items[i];
        count += poller->poll != NULL && poller->kind == kind && (queue == NULL || poller->queue == queue);
    }
    return count;
}

int pollers_failing(const struct pollers *pollers)
{
    int code = RPC_OK;
    for (size_t i = 0; i < pollers->count && code == RPC_OK; i++) {
        const struct poller *poller = &pollers->items[i];
        if (poller->kind != POLLER_STICKY && poller->poll != NULL)
            code = client_poll_failing(poller->poll);
    }
    return code;
}
