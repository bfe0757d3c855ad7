#include "worker/worker.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/uuid.h"
#include "worker/parts.h"

#define IDLE_THREAD_MS 10000
/* After the stop timeout handlers are asked to give up; those that have not by then are left behind. */
#define GIVE_UP_MS 1000
/* ShutdownWorker ends the polls; those that it has not by then are canceled. */
#define END_POLLS_MS 2000
/* What lies on a sticky queue when its worker goes would wait there for its timeout: so the queues are polled until no
   task has come for a while, at most so long. */
#define QUIET_MS      300
#define EMPTY_MOST_MS 2000

/* ---- making and freeing ---- */

static struct text copied(struct worker *worker, struct text text)
{
    return arena_copy(worker->memory, text);
}

static struct text new_id(struct worker *worker)
{
    char id[UUID_TEXT_SIZE + 1];
    uuid_format(uuid_random(), id);
    return copied(worker, text_from(id));
}

static bool set_queues(struct worker *worker, const struct worker_options *options, const char *host)
{
    worker->queues = ARENA_ARRAY(worker->memory, options->queue_count, struct queue);
    if (worker->queues == NULL)
        return false;
    for (size_t i = 0; i < options->queue_count; i++) {
        worker->queues[i].name = copied(worker, options->queues[i]);
        worker->queues[i].instance = new_id(worker);
        worker->queues[i].place = metric_place(i, TEXT_NONE, TEXT_NONE);
        if (options->cache_bytes > 0 && !options->only_activities)
            worker->queues[i].sticky_name =
                arena_print(worker->memory, "%s:%.*s", host, TEXT_ARG(worker->queues[i].instance));
        if (worker->queues[i].name.data == NULL)
            return false;
    }
    pollers_init(worker);
    return true;
}

static void post_to_loop(void *userdata, void (*function)(void *), void *context)
{
    channel_post(userdata, function, context);
}

static bool open_parts(struct worker *worker, const char *host)
{
    const struct worker_options *options = &worker->options;
    struct client_options client = {
        .target = options->target,
        .namespace_ = options->namespace_,
        .identity = arena_print(worker->memory, "%ld@%s", (long)getpid(), host),
    };
    client.keys = options->keys;
    client.deployment = options->deployment;
    if (options->security != NULL)
        client.security = *options->security;
    if (client.identity.data == NULL || (worker->client = client_new(&client)) == NULL)
        return false;
    worker->options.security = NULL; /* its texts are the caller's */
    worker->channel = client_channel(worker->client);
    struct pool_options pool = {
        .max_threads = options->activities + options->local_threads,
        .idle_ms = IDLE_THREAD_MS,
        .stack_bytes = LIMIT_THREAD_STACK,
        .post = post_to_loop,
        .userdata = worker->channel,
    };
    worker->pool = pool_new(&pool);
    pool.max_threads = options->async_threads;
    worker->async_pool = pool_new(&pool);
    worker->cache = run_cache_new(options->cache_bytes);
    worker->services.arena = arena_new(MIB(1), 0);
    return worker->pool != NULL && worker->async_pool != NULL && worker->cache != NULL &&
           worker->services.arena != NULL;
}

struct worker *worker_new(const struct worker_options *options)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    if (worker == NULL)
        return NULL;
    char host[256] = "localhost";
    (void)gethostname(host, sizeof(host) - 1);

    worker->options = *options;
    worker->policy = (struct run_policy){.catalog = options->catalog, .local = options->local};
    worker->task_arenas = (struct arena_cache){.cap = LIMIT_TASK_ARENA, .first_chunk = KIB(64)};
    worker->activity_arenas = (struct arena_cache){.cap = LIMIT_ACTIVITY_ARENA, .first_chunk = KIB(16)};
    worker->small_arenas = (struct arena_cache){.cap = LIMIT_ACTIVITY_ARENA, .first_chunk = KIB(4)};
    LIST_INIT(&worker->tasks);
    LIST_INIT(&worker->activities);
    TAILQ_INIT(&worker->async_waiting);
    worker->memory = arena_new(MIB(1), 0);
    if (worker->memory != NULL) {
        worker->options.target = copied(worker, options->target);
        worker->options.namespace_ = copied(worker, options->namespace_);
        worker->options.queues = NULL;
        worker->host = copied(worker, text_from(host));
        worker_metrics_start(options->catalog, options->namespace_, options->queues, options->queue_count);
        if (set_queues(worker, options, host) && open_parts(worker, host))
            return worker;
    }
    worker_free(worker);
    return NULL;
}

void worker_free(struct worker *worker)
{
    if (worker == NULL)
        return;
    pool_free(worker->pool);
    pool_free(worker->async_pool);
    client_free(worker->client);
    run_cache_free(worker->cache);
    arena_cache_free(&worker->task_arenas);
    arena_cache_free(&worker->activity_arenas);
    arena_cache_free(&worker->small_arenas);
    arena_free(worker->services.arena);
    arena_free(worker->memory);
    free(worker);
}

/* ---- working ---- */

void worker_set_ready(struct worker *worker, bool ready)
{
    if (worker->ready == ready)
        return;
    worker->ready = ready;
    metric_set(worker_metric(METRIC_READY, OF_THE_WORKER), ready);
    if (worker->options.ready_changed != NULL)
        worker->options.ready_changed(worker->options.hook, ready);
}

void worker_reached(struct worker *worker)
{
    if (worker->phase == WORKER_STARTING) {
        worker->phase = WORKER_WORKING;
        worker_metrics_share(METRIC_WORKER_START, 1);
        worker_metrics_share(METRIC_TASK_SLOTS_AVAILABLE, LIMIT_OPEN_TASKS);
        worker_metrics_share(METRIC_ACTIVITY_SLOTS_AVAILABLE, worker->options.activities);
        pollers_wake(worker);
        worker_heartbeat_start(worker);
        log_line(LOG_INFO, "worker started and ready", LOG_TEXT("task_queue", worker->queues[0].name),
                 LOG_INTEGER("task_queues", worker->options.queue_count),
                 LOG_TEXT("temporal_host", worker->options.target), LOG_TEXT("namespace", worker->options.namespace_),
                 LOG_INTEGER("actions", worker->options.catalog->count), LOG_BOOLEAN("local", worker->options.local));
    }
    worker_set_ready(worker, worker->phase == WORKER_WORKING);
}

enum worker_end worker_run(struct worker *worker)
{
    worker_start(worker);
    channel_run(worker->channel, false);
    return worker_finish(worker);
}

void worker_start(struct worker *worker)
{
    readiness_start(worker);
}

struct channel *worker_channel(struct worker *worker)
{
    return worker->channel;
}

enum worker_end worker_finish(const struct worker *worker)
{
    return worker->abandoned ? WORKER_ABANDONED : WORKER_DRAINED;
}

/* ---- stopping ---- */

static bool is_drained(const struct worker *worker)
{
    return worker->task_count == 0 && worker->activity_count + worker->async_count == 0 &&
           worker->polls[POLLER_WORKFLOW] == 0 && worker->polls[POLLER_STICKY] == 0 &&
           worker->polls[POLLER_ACTIVITY] == 0 && worker->calls == 0 && worker->quiet_timer == NULL &&
           readiness_is_idle(worker);
}

void worker_ended_something(struct worker *worker)
{
    if (worker->phase == WORKER_WORKING) {
        pollers_wake(worker);
        return;
    }
    if (worker->phase != WORKER_DRAINING || !is_drained(worker))
        return;
    worker->phase = WORKER_ENDED;
    if (worker->stop_timer != NULL)
        channel_timer_cancel(worker->stop_timer);
    worker->stop_timer = NULL;
    log_line(LOG_INFO, "worker stopped");
    channel_stop(worker->channel);
}

static void cancel_polls(void *context)
{
    pollers_cancel(context);
}

struct shutdown_call {
    struct worker *worker;
    struct arena *arena;
};

static void shutdown_answered(void *context, const struct client_result *result)
{
    struct shutdown_call *call = context;
    struct worker *worker = call->worker;
    if (result->code != RPC_OK)
        log_line(LOG_DEBUG, "ShutdownWorker failed", LOG_STRING("code", rpc_code_name(result->code)),
                 LOG_TEXT("error", result->message));
    channel_after(worker->channel, result->code == RPC_OK ? END_POLLS_MS : 0, cancel_polls, worker);
    arena_give(&worker->small_arenas, call->arena);
    worker->calls--;
    worker_ended_something(worker);
}

static void end_polls(struct worker *worker)
{
    for (size_t i = 0; i < worker->options.queue_count; i++) {
        if (worker->queues[i].sticky_name.size == 0 && !client_ends_polls(worker->client))
            continue;
        struct arena *arena = arena_take(&worker->small_arenas);
        struct shutdown_call *call = ARENA_NEW(arena, struct shutdown_call);
        if (call == NULL)
            abort();
        *call = (struct shutdown_call){worker, arena};
        worker->calls++;
        client_shutdown_worker(worker->client, worker->queues[i].name, worker->queues[i].sticky_name,
                               TEXT("graceful shutdown"), arena, shutdown_answered, call);
    }
}

static void is_quiet(void *context)
{
    struct worker *worker = context;
    worker->quiet_timer = NULL;
    end_polls(worker);
    worker_ended_something(worker);
}

static void wait_for_quiet(struct worker *worker, int64_t quiet_ms)
{
    if (worker->quiet_timer != NULL)
        channel_timer_cancel(worker->quiet_timer);
    worker->quiet_timer = channel_after(worker->channel, quiet_ms, is_quiet, worker);
}

void worker_sticky_task_came(struct worker *worker)
{
    if (worker->quiet_timer != NULL && clock_monotonic_us() < worker->empty_until_us)
        wait_for_quiet(worker, QUIET_MS);
}

void worker_sticky_poll_failed(struct worker *worker)
{
    if (worker->quiet_timer != NULL)
        wait_for_quiet(worker, 0);
}

static void abandon(void *context)
{
    struct worker *worker = context;
    worker->stop_timer = NULL;
    worker->abandoned = true;
    worker->phase = WORKER_ENDED;
    log_line(LOG_WARN, "Stop timeout: left behind what does not end; the server will have it done again",
             LOG_INTEGER("activities", worker->activity_count + worker->async_count),
             LOG_INTEGER("workflow_tasks", worker->task_count));
    channel_stop(worker->channel);
}

static void stop_timed_out(void *context)
{
    struct worker *worker = context;
    log_line(LOG_WARN, "Stop timeout: asking handlers to give up",
             LOG_INTEGER("activities", worker->activity_count + worker->async_count));
    worker->stop_timer = channel_after(worker->channel, GIVE_UP_MS, abandon, worker);
    if (worker->quiet_timer != NULL)
        wait_for_quiet(worker, 0);
    pollers_cancel(worker);
    activities_cancel(worker);
}

static void begin_emptying(struct worker *worker)
{
    worker->empty_until_us = clock_monotonic_us() + EMPTY_MOST_MS * INT64_C(1000);
    wait_for_quiet(worker, worker->polls[POLLER_STICKY] > 0 ? QUIET_MS : 0);
}

static void begin_drain(void *context)
{
    struct worker *worker = context;
    if (worker->phase >= WORKER_DRAINING)
        return;
    bool polling = worker->phase == WORKER_WORKING;
    worker->phase = WORKER_DRAINING;
    worker_set_ready(worker, false);
    log_line(LOG_INFO, "shutting down worker", LOG_INTEGER("activities", worker->activity_count + worker->async_count),
             LOG_INTEGER("workflow_tasks", worker->task_count),
             LOG_INTEGER("timeout_ms", worker->options.stop_timeout_ms));
    readiness_stop(worker);
    worker_heartbeat_stop(worker);
    worker->stop_timer = channel_after(worker->channel, worker->options.stop_timeout_ms, stop_timed_out, worker);
    if (polling) {
        pollers_stop(worker);
        begin_emptying(worker);
    }
    worker_ended_something(worker);
}

void worker_stop(struct worker *worker)
{
    channel_post(worker->channel, begin_drain, worker);
}
