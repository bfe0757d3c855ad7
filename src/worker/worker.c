/* Makes, wires, runs and stops a worker. */
#include "worker/worker.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/uuid.h"
#include "worker/memory_plan.h"
#include "worker/worker_internal.h"

#define IDLE_THREAD_MS 10000

/* ---- what components report to one another ---- */

static void workflow_task_polled(void *userdata, enum poller_kind kind, const struct queue *queue, struct arena *arena,
                                 const struct workflow_task *task)
{
    struct worker *worker = userdata;
    if (kind == POLLER_STICKY)
        drain_sticky_task(&worker->drain);
    workflow_task_begin(&worker->tasks, queue, arena, task);
}

static void activity_task_polled(void *userdata, const struct queue *queue, struct arena *arena,
                                 const struct activity_task *task)
{
    struct worker *worker = userdata;
    activity_begin(&worker->activities, queue, arena, task);
}

static void poll_failed(void *userdata, enum poller_kind kind, const struct client_result *result)
{
    struct worker *worker = userdata;
    if (worker->drain.phase == WORKER_WORKING)
        readiness_poll_failed(&worker->readiness, result);
    else if (kind == POLLER_STICKY)
        drain_sticky_failed(&worker->drain);
}

static void start_working(struct worker *worker)
{
    const struct worker_options *options = &worker->resources.options;
    drain_work(&worker->drain);
    worker_metrics_share(METRIC_WORKER_START, 1);
    log_line(LOG_INFO, "worker started and ready", LOG_TEXT("task_queue", worker->queues[0].name),
             LOG_INTEGER("task_queues", options->queue_count), LOG_TEXT("temporal_host", options->target),
             LOG_TEXT("namespace", options->namespace_), LOG_INTEGER("actions", options->catalog->count),
             LOG_BOOLEAN("local", options->local), LOG_INTEGER("memory_bytes", options->memory_bytes),
             LOG_INTEGER("cache_bytes", options->cache_bytes));
}

static void ready_changed(void *userdata, bool ready)
{
    struct worker *worker = userdata;
    const struct worker_options *options = &worker->resources.options;
    if (ready && worker->drain.phase == WORKER_STARTING)
        start_working(worker);
    metric_set(worker_metric(METRIC_READY, OF_THE_WORKER), ready);
    if (options->ready_changed != NULL)
        options->ready_changed(options->userdata, ready);
}

static void each_turn(void *userdata)
{
    janitor_run(userdata);
}

/* ---- making and freeing ---- */

static bool set_queues(struct worker *worker, const struct worker_options *options, const char *host)
{
    worker->queues = ARENA_ARRAY(worker->memory, options->queue_count, struct queue);
    if (worker->queues == NULL)
        return false;
    bool sticky = options->cache_bytes > 0 && !options->only_activities;
    for (size_t i = 0; i < options->queue_count; i++) {
        struct queue *queue = &worker->queues[i];
        queue->index = i;
        queue->name = arena_copy(worker->memory, options->queues[i]);
        queue->instance = uuid_text(worker->memory, uuid_random());
        if (sticky)
            queue->sticky_name = arena_print(worker->memory, "%s:%.*s", host, TEXT_ARG(queue->instance));
        if (queue->name.data == NULL || queue->instance.data == NULL || (sticky && queue->sticky_name.data == NULL))
            return false;
    }
    return true;
}

static bool open_client(struct worker *worker, const struct worker_options *options, const char *host)
{
    struct client_options client = {
        .target = options->target,
        .namespace_ = options->namespace_,
        .identity = arena_print(worker->memory, "%ld@%s", (long)getpid(), host),
        .keys = options->keys,
        .deployment = options->deployment,
        .receive_bytes = memory_plan(options->memory_bytes).message,
    };
    if (options->security != NULL)
        client.security = *options->security;
    if (client.identity.data == NULL || (worker->resources.client = client_new(&client)) == NULL)
        return false;
    worker->resources.channel = client_channel(worker->resources.client);
    return true;
}

static void post_to_loop(void *userdata, void (*function)(void *), void *context)
{
    channel_post(userdata, function, context);
}

static bool open_pools(struct resources *resources)
{
    const struct worker_options *options = &resources->options;
    unsigned threads = options->activities + options->local_threads;
    struct pool_options pool = {
        .max_threads = threads > 0 ? threads : 1, /* a worker that performs no actions still records */
        .idle_ms = IDLE_THREAD_MS,
        .stack_bytes = LIMIT_THREAD_STACK,
        .post = post_to_loop,
        .userdata = resources->channel,
    };
    resources->pool = pool_new(&pool);
    pool.max_threads = options->async_threads;
    resources->async_pool = pool_new(&pool);
    return resources->pool != NULL && resources->async_pool != NULL;
}

static bool copy_options(struct worker *worker, const struct worker_options *options)
{
    struct worker_options *copy = &worker->resources.options;
    *copy = *options;
    copy->queues = NULL;
    copy->security = NULL;
    copy->target = arena_copy(worker->memory, options->target);
    copy->namespace_ = arena_copy(worker->memory, options->namespace_);
    const struct memory_plan plan = memory_plan(options->memory_bytes);
    copy->cache_bytes = options->cache_bytes < plan.cache ? options->cache_bytes : plan.cache;
    copy->polls_max = options->polls_max < plan.polls ? options->polls_max : plan.polls;
    copy->activity_polls_max = options->activity_polls_max < plan.polls ? options->activity_polls_max : plan.polls;
    arena_limit_total(plan.arenas);
    if (options->memory_bytes > 0 && options->memory_bytes < LITTLE_MEMORY)
        memory_keep_little();
    return copy->target.data != NULL && copy->namespace_.data != NULL;
}

static bool open_resources(struct worker *worker, const struct worker_options *options, const char *host)
{
    struct resources *resources = &worker->resources;
    resources->policy =
        (struct run_policy){.catalog = options->catalog, .local = options->local, .hold = options->hold};
    resources->task_arenas = (struct arena_cache){.cap = LIMIT_TASK_ARENA, .first_chunk = KIB(64)};
    resources->activity_arenas = (struct arena_cache){.cap = LIMIT_ACTIVITY_ARENA, .first_chunk = KIB(16)};
    resources->small_arenas = (struct arena_cache){.cap = LIMIT_ACTIVITY_ARENA, .first_chunk = KIB(4)};
    resources->calls.cache = &resources->small_arenas;
    resources->slots.workflow_tasks.limit = options->only_activities ? 0 : LIMIT_OPEN_TASKS;
    resources->slots.activities.limit = options->activities;
    resources->slots.async.limit = options->async_threads + LIMIT_ASYNC_QUEUE;
    task_job_turns_init(&resources->local_turns, options->local_threads > 0 ? options->local_threads : 1);
    if (!copy_options(worker, options))
        return false;
    resources->cache = run_cache_new(resources->options.cache_bytes);
    resources->admission.cache = options->cache_bytes > 0 ? resources->cache : NULL;
    return resources->cache != NULL && open_client(worker, options, host) && open_pools(resources);
}

static bool wire(struct worker *worker, const char *host)
{
    struct resources *resources = &worker->resources;
    const struct poller_events events = {.workflow_task = workflow_task_polled,
                                         .activity_task = activity_task_polled,
                                         .failed = poll_failed,
                                         .userdata = worker};
    activities_init(&worker->activities, resources);
    worker->tasks = (struct workflow_tasks){.resources = resources, .activities = &worker->activities};
    worker->readiness = (struct readiness){
        .resources = resources, .pollers = &worker->pollers, .changed = ready_changed, .userdata = worker};
    worker->heartbeat = (struct worker_heartbeat){.resources = resources,
                                                  .pollers = &worker->pollers,
                                                  .queues = worker->queues,
                                                  .host = arena_copy(worker->memory, text_from(host))};
    worker->sweep = (struct approval_sweep){.resources = resources};
    worker->pruning = (struct effect_pruning){.resources = resources};
    worker->drain = (struct drain){.resources = resources,
                                   .pollers = &worker->pollers,
                                   .tasks = &worker->tasks,
                                   .activities = &worker->activities,
                                   .readiness = &worker->readiness,
                                   .heartbeat = &worker->heartbeat,
                                   .sweep = &worker->sweep,
                                   .pruning = &worker->pruning,
                                   .queues = worker->queues};
    worker->janitor = (struct janitor){.resources = resources,
                                       .pollers = &worker->pollers,
                                       .activities = &worker->activities,
                                       .drain = &worker->drain,
                                       .queues = worker->queues};
    worker->watchdog = (struct watchdog){.resources = resources};
    return worker->heartbeat.host.data != NULL && pollers_init(&worker->pollers, resources, worker->queues, &events);
}

struct worker *worker_new(const struct worker_options *options)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    if (worker == NULL)
        return NULL;
    char host[256] = "localhost";
    (void)gethostname(host, sizeof(host) - 1);
    worker->memory = arena_new(MIB(1), 0);
    worker_metrics_start(options->catalog, options->namespace_, options->queues, options->queue_count);
    if (worker->memory != NULL && set_queues(worker, options, host) && open_resources(worker, options, host) &&
        wire(worker, host))
        return worker;
    worker_free(worker);
    return NULL;
}

void worker_free(struct worker *worker)
{
    if (worker == NULL)
        return;
    struct resources *resources = &worker->resources;
    pool_free(resources->pool);
    pool_free(resources->async_pool);
    client_free(resources->client);
    run_cache_free(resources->cache);
    pollers_free(&worker->pollers);
    arena_cache_free(&resources->task_arenas);
    arena_cache_free(&resources->activity_arenas);
    arena_cache_free(&resources->small_arenas);
    arena_free(worker->memory);
    free(worker);
}

/* ---- running ---- */

void worker_start(struct worker *worker)
{
    channel_each_turn(worker->resources.channel, each_turn, &worker->janitor);
    readiness_start(&worker->readiness);
    watchdog_start(&worker->watchdog);
}

struct channel *worker_channel(struct worker *worker)
{
    return worker->resources.channel;
}

enum worker_end worker_finish(const struct worker *worker)
{
    assert(worker->drain.phase == WORKER_ENDED);
    return worker->drain.abandoned ? WORKER_ABANDONED : WORKER_DRAINED;
}

enum worker_end worker_run(struct worker *worker)
{
    worker_start(worker);
    channel_run(worker->resources.channel, false);
    return worker_finish(worker);
}

static void begin_drain(void *userdata)
{
    struct worker *worker = userdata;
    drain_begin(&worker->drain);
}

void worker_stop(struct worker *worker)
{
    channel_post(worker->resources.channel, begin_drain, worker);
}
