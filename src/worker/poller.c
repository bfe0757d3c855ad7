/* Sends long polls where slots are free, and hands over what they bring. */
#include "worker/poller.h"

#include <assert.h>
#include <stdlib.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"

#define BACKOFF_FIRST_MS 200
#define BACKOFF_MAX_MS   10000
/* While new runs wait: how long until admission is checked again and a normal queue may be polled once. */
#define HOLD_MS 500

/* A poll that brings a task within SOON_US asks for one poll more, a poll without a task or longer than LATE_US for one
   less. In between, a queue has the polls that it needs. */
#define SOON_US INT64_C(1000000)
#define LATE_US INT64_C(10000000)

static const char *const kind_names[POLLER_KINDS] = {"workflow", "sticky workflow", "activity"};

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* ---- how many polls are wanted ---- */

static unsigned most_polls(const struct worker_options *options, enum poller_kind kind)
{
    return kind == POLLER_ACTIVITY ? options->activity_polls_max : options->polls_max;
}

/* Little memory may allow only one. */
static unsigned least_polls(const struct poller_group *group)
{
    return least(POLLS_LEAST, group->most);
}

static void want_more(struct poller_group *group, unsigned more)
{
    unsigned room = group->most - group->wanted;
    group->wanted += least(more, room);
}

/* Counts from the polls that exist, if slots allow fewer than are wanted. */
static void want_less(struct poller_group *group, unsigned less)
{
    unsigned from = least(group->wanted, group->open);
    unsigned bottom = least_polls(group);
    group->wanted = from > less + bottom ? from - less : bottom;
}

/* Call this when a poll of the group has succeeded, before it is removed from the group. */
static void follow_demand(struct poller *poller, bool has_task)
{
    struct poller_group *group = poller->group;
    int delta;
    if (!client_poll_scaling(poller->poll, &delta)) {
        int64_t took_us = clock_monotonic_us() - poller->started_us;
        delta = !has_task || took_us > LATE_US ? -1 : took_us <= SOON_US;
    }
    if (delta > 0)
        want_more(group, (unsigned)delta);
    else if (delta < 0)
        want_less(group, (unsigned)-delta);
    assert(group->wanted >= least_polls(group) && group->wanted <= group->most);
}

/* ---- the end of a poll ---- */

static void backoff_over(void *userdata)
{
    struct poller_group *group = userdata;
    group->backoff = NULL;
}

static void back_off(struct poller_group *group)
{
    group->failures++;
    group->wanted = least_polls(group);
    int64_t delay_ms = backoff_delay(BACKOFF_FIRST_MS, BACKOFF_MAX_MS, 200, group->failures);
    group->backoff = channel_after(group->pollers->resources->channel, delay_ms, backoff_over, group);
}

static void poll_failed(struct poller_group *group, const struct client_result *result)
{
    struct pollers *pollers = group->pollers;
    log_line(LOG_DEBUG, "Poll failed", LOG_STRING("kind", kind_names[group->kind]),
             LOG_TEXT("task_queue", group->queue->name), LOG_STRING("code", rpc_code_name(result->code)),
             LOG_TEXT("error", result->message));
    if (group->backoff != NULL)
        return; /* polls that fail together count as one failure */
    if (pollers->polling == POLLING_EVERYTHING)
        back_off(group);
    pollers->events.failed(pollers->events.userdata, group->kind, result);
}

/* Returns the poll's arena, which may hold a task, to the caller. */
static struct arena *poll_ended(struct poller *poller, bool has_task, const struct client_result *result)
{
    struct poller_group *group = poller->group;
    struct arena *arena = poller->arena;
    assert(arena != NULL && poller->poll != NULL && group->open > 0);
    if (result->code == RPC_OK)
        follow_demand(poller, has_task);
    poller->arena = NULL;
    poller->poll = NULL;
    slot_give(&poller->slot);
    LIST_REMOVE(poller, link);
    LIST_INSERT_HEAD(&group->idle, poller, link);
    group->open--;
    assert((group->open == 0) == LIST_EMPTY(&group->busy));
    if (has_task)
        group->pollers->succeeded_us[group->kind] = clock_utc_us();
    if (result->code == RPC_OK)
        group->failures = 0;
    else
        poll_failed(group, result);
    return arena;
}

static void count_poll(const struct poller_group *group, enum worker_metric metric)
{
    worker_count(metric, metric_labels(group->queue->index, TEXT_NONE, TEXT_NONE), 1);
}

static void note_sticky_task(const struct poller *poller, const struct workflow_task *task)
{
    int64_t now_us = clock_monotonic_us();
    admission_note_task(&poller->group->pollers->resources->admission, task->waited_us, now_us - poller->started_us,
                        now_us);
}

static void workflow_polled(void *userdata, const struct workflow_task *task, const struct client_result *result)
{
    struct poller *poller = userdata;
    const struct poller_group *group = poller->group;
    struct pollers *pollers = group->pollers;
    if (task != NULL && group->kind == POLLER_STICKY && !task->legacy_query)
        note_sticky_task(poller, task);
    struct arena *arena = poll_ended(poller, task != NULL, result);
    if (task != NULL) {
        count_poll(group, METRIC_WORKFLOW_POLL_SUCCEED);
        pollers->events.workflow_task(pollers->events.userdata, group->kind, group->queue, arena, task);
        return;
    }
    if (result->code == RPC_OK)
        count_poll(group, METRIC_WORKFLOW_POLL_EMPTY);
    arena_give(&pollers->resources->task_arenas, arena);
}

static void activity_polled(void *userdata, const struct activity_task *task, const struct client_result *result)
{
    struct poller *poller = userdata;
    const struct poller_group *group = poller->group;
    struct pollers *pollers = group->pollers;
    struct arena *arena = poll_ended(poller, task != NULL, result);
    if (task != NULL) {
        pollers->events.activity_task(pollers->events.userdata, group->queue, arena, task);
        return;
    }
    if (result->code == RPC_OK)
        count_poll(group, METRIC_ACTIVITY_POLL_EMPTY);
    arena_give(&pollers->resources->activity_arenas, arena);
}

/* ---- sending ---- */

static struct slot_pool *slots_of(const struct poller_group *group)
{
    struct slots *slots = &group->pollers->resources->slots;
    return group->kind == POLLER_ACTIVITY ? &slots->activities : &slots->workflow_tasks;
}

static bool is_held(const struct poller_group *group)
{
    return group->kind == POLLER_WORKFLOW && group->pollers->admission != ADMISSION_OPEN &&
           !(group->may_try && group->open == 0);
}

/* Tasks that come while much memory is in use would not get the memory that they need. */
static bool has_memory(void)
{
    size_t limit = arena_total_limit();
    return limit == 0 || arena_total_bytes() <= limit / 2;
}

static bool may_poll(const struct poller_group *group)
{
    enum polling polling = group->pollers->polling;
    return (polling == POLLING_EVERYTHING || (polling == POLLING_STICKY && group->kind == POLLER_STICKY)) &&
           group->backoff == NULL && !is_held(group) && has_memory() && slots_free(slots_of(group)) > 0;
}

/* Half of the slots are reserved for tasks, and for the polls that every queue has: the polls of a queue that was busy
   would otherwise hold the slots that another queue needs now, for as long as a poll takes. */
static bool may_poll_more(const struct poller_group *group)
{
    const struct slot_pool *pool = slots_of(group);
    return may_poll(group) && slots_count(pool, SLOT_POLLING) < pool->limit / 2;
}

static void start_poll(struct poller_group *group)
{
    struct resources *resources = group->pollers->resources;
    const struct queue *queue = group->queue;
    struct poller *poller = LIST_FIRST(&group->idle);
    assert(poller != NULL && poller->poll == NULL && poller->arena == NULL);
    slot_take(&poller->slot, slots_of(group), SLOT_POLLING, queue->index);
    LIST_REMOVE(poller, link);
    LIST_INSERT_HEAD(&group->busy, poller, link);
    group->open++;
    group->may_try = false;
    poller->started_us = clock_monotonic_us();
    if (group->kind == POLLER_ACTIVITY) {
        poller->arena = arena_take(&resources->activity_arenas);
        poller->poll =
            client_poll_activity_task(resources->client, queue->name, poller->arena, activity_polled, poller);
        return;
    }
    bool sticky = group->kind == POLLER_STICKY;
    poller->arena = arena_take(&resources->task_arenas);
    poller->poll = client_poll_workflow_task(resources->client, sticky ? queue->sticky_name : queue->name,
                                             sticky ? queue->name : TEXT_NONE, poller->arena, workflow_polled, poller);
}

static void hold_over(void *userdata)
{
    struct pollers *pollers = userdata;
    pollers->hold_ends = NULL;
    for (size_t i = 0; i < pollers->group_count; i++)
        pollers->groups[i].may_try = true;
}

/* When the oldest sticky poll under way began; INT64_MAX when none is. */
static int64_t sticky_polling_since(const struct pollers *pollers)
{
    int64_t since_us = INT64_MAX;
    for (size_t i = 0; i < pollers->group_count; i++) {
        const struct poller *poller;
        LIST_FOREACH(poller, &pollers->groups[i].busy, link)
        {
            if (pollers->groups[i].kind == POLLER_STICKY && poller->started_us < since_us)
                since_us = poller->started_us;
        }
    }
    return since_us;
}

/* Whether new runs wait. The timer makes the loop turn again. */
static void look_at_admission(struct pollers *pollers)
{
    struct resources *resources = pollers->resources;
    pollers->admission = ADMISSION_OPEN;
    if (pollers->polling == POLLING_EVERYTHING)
        pollers->admission = admission_state(&resources->admission, INT64_MAX, clock_monotonic_us());
    if (pollers->admission == ADMISSION_TASKS_LATE)
        pollers->admission =
            admission_state(&resources->admission, sticky_polling_since(pollers), clock_monotonic_us());
    if (pollers->admission != ADMISSION_OPEN && pollers->hold_ends == NULL)
        pollers->hold_ends = channel_after(resources->channel, HOLD_MS, hold_over, pollers);
}

/* Each queue gets its least number of polls before any queue gets more. */
void pollers_fill(struct pollers *pollers)
{
    if (pollers->polling == POLLING_NOTHING)
        return;
    look_at_admission(pollers);
    for (size_t i = 0; i < pollers->group_count; i++) {
        struct poller_group *group = &pollers->groups[i];
        while (group->open < least_polls(group) && may_poll(group))
            start_poll(group);
    }
    for (size_t i = 0; i < pollers->group_count; i++) {
        struct poller_group *group = &pollers->groups[i];
        while (group->open < group->wanted && may_poll_more(group))
            start_poll(group);
    }
}

/* ---- making, freeing, stopping ---- */

static void group_init(struct poller_group *group, struct poller *pollers)
{
    LIST_INIT(&group->idle);
    LIST_INIT(&group->busy);
    for (unsigned i = 0; i < group->most; i++) {
        pollers[i].group = group;
        LIST_INSERT_HEAD(&group->idle, &pollers[i], link);
    }
}

bool pollers_init(struct pollers *pollers, struct resources *resources, const struct queue *queues,
                  const struct poller_events *events)
{
    size_t count = resources->options.queue_count * POLLER_KINDS;
    const struct worker_options *options = &resources->options;
    assert(options->polls_max >= 1 && options->polls_max <= LIMIT_POLLS);
    assert(options->activity_polls_max >= 1 && options->activity_polls_max <= LIMIT_POLLS);
    size_t each = options->polls_max > options->activity_polls_max ? options->polls_max : options->activity_polls_max;
    *pollers = (struct pollers){.resources = resources, .events = *events};
    pollers->items = calloc(count * each, sizeof(struct poller));
    pollers->groups = calloc(count, sizeof(struct poller_group));
    if (pollers->items == NULL || pollers->groups == NULL)
        return false;
    /* Sticky polls come first when slots are few: runs that have begun go before new ones. */
    static const enum poller_kind kinds[POLLER_KINDS] = {POLLER_STICKY, POLLER_WORKFLOW, POLLER_ACTIVITY};
    for (size_t i = 0; i < count; i++) {
        const struct queue *queue = &queues[i % options->queue_count];
        enum poller_kind kind = kinds[i / options->queue_count];
        if (kind == POLLER_STICKY && queue->sticky_name.size == 0)
            continue;
        struct poller_group *group = &pollers->groups[pollers->group_count++];
        *group =
            (struct poller_group){.pollers = pollers, .queue = queue, .kind = kind, .most = most_polls(options, kind)};
        group->wanted = least_polls(group);
        group_init(group, &pollers->items[i * each]);
    }
    return true;
}

void pollers_free(struct pollers *pollers)
{
    free(pollers->items);
    free(pollers->groups);
    pollers->items = NULL;
    pollers->groups = NULL;
}

static void cancel_all(const struct poller_group *group)
{
    const struct poller *poller;
    LIST_FOREACH(poller, &group->busy, link) client_cancel_poll(poller->poll);
}

void pollers_stop(struct pollers *pollers)
{
    pollers->polling = POLLING_STICKY;
    if (pollers->hold_ends != NULL)
        channel_timer_cancel(pollers->hold_ends);
    pollers->hold_ends = NULL;
    for (size_t i = 0; i < pollers->group_count; i++) {
        struct poller_group *group = &pollers->groups[i];
        if (group->backoff != NULL)
            channel_timer_cancel(group->backoff);
        group->backoff = NULL;
        if (group->kind != POLLER_STICKY && !client_ends_polls(pollers->resources->client))
            cancel_all(group);
    }
}

void pollers_cancel(struct pollers *pollers)
{
    for (size_t i = 0; i < pollers->group_count; i++)
        cancel_all(&pollers->groups[i]);
}

unsigned pollers_count(const struct pollers *pollers, enum poller_kind kind, const struct queue *queue)
{
    unsigned count = 0;
    for (size_t i = 0; i < pollers->group_count; i++) {
        const struct poller_group *group = &pollers->groups[i];
        if (group->kind == kind && (queue == NULL || group->queue == queue))
            count += group->open;
    }
    return count;
}

int pollers_failing(const struct pollers *pollers)
{
    int code = RPC_OK;
    for (size_t i = 0; i < pollers->group_count && code == RPC_OK; i++) {
        const struct poller_group *group = &pollers->groups[i];
        const struct poller *poller;
        LIST_FOREACH(poller, &group->busy, link)
        {
            if (group->kind != POLLER_STICKY && code == RPC_OK)
                code = client_poll_failing(poller->poll);
        }
    }
    return code;
}
