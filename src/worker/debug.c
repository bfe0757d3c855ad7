/* Writes the page /debug: reads every component, changes none. */
#include "worker/debug.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "worker/worker_internal.h"

#define WAIT_SECONDS 2

/* Held by the asking thread and by the loop; the last one to release it frees it. */
struct request {
    struct worker *worker;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    unsigned holders;
    bool is_answered;
    struct arena *arena;
    struct text answer;
};

/* ---- on the loop ---- */

/* Writes the least recently used runs. */
static void write_runs(const struct run_cache *cache, struct json_writer *json)
{
    const struct run_entry *entry = run_cache_oldest(cache);
    int64_t now_us = clock_utc_us();
    for (unsigned i = 0; entry != NULL && i < LIMIT_DEBUG_RUNS; i++, entry = TAILQ_NEXT(entry, link)) {
        json_begin_object(json);
        json_member_text(json, "workflow_id", entry->workflow_id);
        json_member_text(json, "run_id", entry->run_id);
        json_member_text(json, "rule_id", run_rule_id(entry->run));
        json_member_integer(json, "age_ms", (now_us - entry->started_us) / 1000);
        json_member_integer(json, "bytes", (int64_t)entry->bytes);
        json_end_object(json);
    }
}

static void write_slots(const char *name, const struct slot_pool *pool, unsigned limit, struct json_writer *json)
{
    json_key(json, name);
    json_begin_object(json);
    json_member_integer(json, "used", slots_count(pool, SLOT_TAKEN));
    json_member_integer(json, "most", limit);
    json_end_object(json);
}

static void write_counts(const struct worker *worker, struct json_writer *json)
{
    const struct resources *resources = &worker->resources;
    json_key(json, "slots");
    json_begin_object(json);
    write_slots("workflow_tasks", &resources->slots.workflow_tasks, LIMIT_OPEN_TASKS, json);
    write_slots("activities", &resources->slots.activities, resources->slots.activities.limit, json);
    write_slots("async", &resources->slots.async, resources->slots.async.limit, json);
    json_end_object(json);
    json_member_integer(json, "threads", pool_threads(resources->pool) + pool_threads(resources->async_pool));
    json_key(json, "polls");
    json_begin_object(json);
    json_member_integer(json, "workflow", pollers_count(&worker->pollers, POLLER_WORKFLOW, NULL));
    json_member_integer(json, "sticky", pollers_count(&worker->pollers, POLLER_STICKY, NULL));
    json_member_integer(json, "activity", pollers_count(&worker->pollers, POLLER_ACTIVITY, NULL));
    json_member_integer(json, "most_workflow", resources->options.polls_max);
    json_member_integer(json, "most_activity", resources->options.activity_polls_max);
    json_end_object(json);
    json_member_string(json, "new_runs", admission_state_name(worker->pollers.admission));
    json_key(json, "cache");
    json_begin_object(json);
    json_member_integer(json, "runs", (int64_t)run_cache_count(resources->cache));
    json_member_integer(json, "bytes", (int64_t)run_cache_bytes(resources->cache));
    json_member_integer(json, "most_bytes", (int64_t)resources->options.cache_bytes);
    json_end_object(json);
}

static void write_worker(const struct worker *worker, struct json_writer *json)
{
    const struct worker_options *options = &worker->resources.options;
    json_begin_object(json);
    json_member_string(json, "version", WORKER_VERSION);
    json_member_string(json, "phase", worker_phase_name(worker->drain.phase));
    json_member_boolean(json, "ready", worker->readiness.state == READINESS_READY);
    json_member_integer(json, "loop_late_ms", worker->watchdog.late_us / 1000);
    json_member_integer(json, "loop_late_most_ms", worker->watchdog.worst_us / 1000);
    json_member_text(json, "temporal", options->target);
    json_member_text(json, "namespace", options->namespace_);
    json_key(json, "task_queues");
    json_begin_array(json);
    for (size_t i = 0; i < options->queue_count; i++)
        json_put_text(json, worker->queues[i].name);
    json_end_array(json);
    write_counts(worker, json);
    json_key(json, "workflow_tasks");
    json_begin_array(json);
    workflow_tasks_write_json(&worker->tasks, json);
    json_end_array(json);
    json_key(json, "activities");
    json_begin_array(json);
    activities_write_json(&worker->activities, json);
    json_end_array(json);
    json_key(json, "runs");
    json_begin_array(json);
    write_runs(worker->resources.cache, json);
    json_end_array(json);
    json_end_object(json);
    buffer_add_byte(json->buffer, '\n');
}

/* Call this with the lock held; it unlocks the lock. */
static void release(struct request *request)
{
    assert(request->holders > 0);
    bool last = --request->holders == 0;
    pthread_mutex_unlock(&request->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&request->lock);
    pthread_cond_destroy(&request->answered);
    arena_free(request->arena);
    free(request);
}

/* This also runs while a worker is being freed, but then nobody waits any more. */
static void answer(void *userdata)
{
    struct request *request = userdata;
    pthread_mutex_lock(&request->lock);
    bool is_waited_for = request->holders > 1;
    pthread_mutex_unlock(&request->lock);
    if (is_waited_for) {
        struct buffer json = buffer_in(request->arena, MIB(2)); /* ids of a thousand bytes each fit */
        write_worker(request->worker, &(struct json_writer){&json});
        request->answer = buffer_text(&json);
    }
    pthread_mutex_lock(&request->lock);
    request->is_answered = true;
    pthread_cond_signal(&request->answered);
    release(request);
}

/* ---- the asking thread ---- */

static struct request *new_request(struct worker *worker)
{
    struct request *request = calloc(1, sizeof(*request));
    struct arena *arena = arena_new(MIB(8), 0);
    if (request == NULL || arena == NULL) {
        free(request);
        arena_free(arena);
        return NULL;
    }
    request->worker = worker;
    request->arena = arena;
    request->holders = 2;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&request->lock, NULL);
    pthread_cond_init(&request->answered, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return request;
}

bool worker_debug(struct worker *worker, struct buffer *json)
{
    struct request *request = new_request(worker);
    if (request == NULL)
        return false;
    channel_post(worker->resources.channel, answer, request);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_SECONDS;
    pthread_mutex_lock(&request->lock);
    while (!request->is_answered && pthread_cond_timedwait(&request->answered, &request->lock, &until) != ETIMEDOUT)
        continue;
    bool good = request->is_answered && request->answer.data != NULL;
    if (good)
        buffer_add(json, request->answer);
    release(request);
    return good;
}
