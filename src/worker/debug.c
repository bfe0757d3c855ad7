#include "worker/debug.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "worker/parts.h"
#include "worker/workflow_task.h"

#define WAIT_SECONDS 2

/* Belongs to the thread that asks and to the loop; the last one of them to let go frees it. */
struct question {
    struct worker *worker;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    unsigned holders;
    bool is_answered;
    struct arena *arena;
    struct text answer;
};

/* ---- on the loop ---- */

static const char *phase_name(enum worker_phase phase)
{
    switch (phase) {
    case WORKER_STARTING: return "starting";
    case WORKER_WORKING: return "working";
    case WORKER_DRAINING: return "draining";
    case WORKER_ENDED: break;
    }
    return "ended";
}

static void tell_tasks(struct buffer *json, const struct worker *worker)
{
    const struct open_task *task;
    unsigned told = 0;
    LIST_FOREACH(task, &worker->tasks, link)
    {
        if (told == LIMIT_DEBUG_TASKS)
            break;
        buffer_add(json, told++ > 0 ? TEXT(",") : TEXT_NONE);
        buffer_add(json, TEXT("{\"workflow_id\":"));
        json_write_string(json, task->task.workflow_id);
        buffer_add(json, TEXT(",\"run_id\":"));
        json_write_string(json, task->task.run_id);
        buffer_print(json, ",\"attempt\":%u,\"age_ms\":%lld,\"local_actions\":%u,\"answering\":%s}", task->task.attempt,
                     (long long)(clock_monotonic_us() - task->begun_us) / 1000, task->under_way,
                     task->answering ? "true" : "false");
    }
}

/* Those that have waited longest. */
static void tell_runs(struct buffer *json, const struct worker *worker)
{
    const struct run_entry *entry = run_cache_oldest(worker->cache);
    int64_t now_us = clock_utc_us();
    for (unsigned told = 0; entry != NULL && told < LIMIT_DEBUG_RUNS; told++, entry = TAILQ_NEXT(entry, link)) {
        buffer_add(json, told > 0 ? TEXT(",{\"workflow_id\":") : TEXT("{\"workflow_id\":"));
        json_write_string(json, entry->workflow_id);
        buffer_add(json, TEXT(",\"run_id\":"));
        json_write_string(json, entry->run_id);
        buffer_add(json, TEXT(",\"rule_id\":"));
        json_write_string(json, run_rule_id(entry->run));
        buffer_print(json, ",\"age_ms\":%lld,\"bytes\":%zu}", (long long)(now_us - entry->started_us) / 1000,
                     entry->bytes);
    }
}

static void tell_queues(struct buffer *json, const struct worker *worker)
{
    for (size_t i = 0; i < worker->options.queue_count; i++) {
        buffer_add(json, i > 0 ? TEXT(",") : TEXT_NONE);
        json_write_string(json, worker->queues[i].name);
    }
}

static void tell(struct buffer *json, const struct worker *worker)
{
    buffer_print(json, "{\"version\":\"" WORKER_VERSION "\",\"phase\":\"%s\",\"ready\":%s,\"temporal\":",
                 phase_name(worker->phase), worker->ready ? "true" : "false");
    json_write_string(json, worker->options.target);
    buffer_add(json, TEXT(",\"namespace\":"));
    json_write_string(json, worker->options.namespace_);
    buffer_add(json, TEXT(",\"task_queues\":["));
    tell_queues(json, worker);
    buffer_print(json,
                 "],\"slots\":{\"workflow_tasks\":{\"used\":%u,\"most\":%d},\"activities\":{\"used\":%u,\"most\":%u},"
                 "\"async\":{\"used\":%u,\"most\":%u}}",
                 worker->task_count, LIMIT_OPEN_TASKS, worker->activity_count, worker->options.activities,
                 worker->async_count, worker->options.async_threads + LIMIT_ASYNC_QUEUE);
    buffer_print(json, ",\"threads\":%u,\"polls\":{\"workflow\":%u,\"sticky\":%u,\"activity\":%u}",
                 pool_threads(worker->pool) + pool_threads(worker->async_pool), worker->polls[POLLER_WORKFLOW],
                 worker->polls[POLLER_STICKY], worker->polls[POLLER_ACTIVITY]);
    buffer_print(json, ",\"cache\":{\"runs\":%zu,\"bytes\":%zu,\"most_bytes\":%zu},\"workflow_tasks\":[",
                 run_cache_count(worker->cache), run_cache_bytes(worker->cache), worker->options.cache_bytes);
    tell_tasks(json, worker);
    buffer_add(json, TEXT("],\"activities\":["));
    activities_tell(json, worker);
    buffer_add(json, TEXT("],\"runs\":["));
    tell_runs(json, worker);
    buffer_add(json, TEXT("]}\n"));
}

static void let_go(struct question *question)
{
    bool last = --question->holders == 0;
    pthread_mutex_unlock(&question->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&question->lock);
    pthread_cond_destroy(&question->answered);
    arena_free(question->arena);
    free(question);
}

static void answer(void *context)
{
    struct question *question = context;
    pthread_mutex_lock(&question->lock);
    if (question->holders > 1) {
        struct buffer json = buffer_in(question->arena, MIB(2)); /* ids of a thousand bytes each fit */
        tell(&json, question->worker);
        question->answer = buffer_text(&json);
        question->is_answered = true;
        pthread_cond_signal(&question->answered);
    }
    let_go(question);
}

/* ---- the thread that asks ---- */

static struct question *new_question(struct worker *worker)
{
    struct question *question = calloc(1, sizeof(*question));
    struct arena *arena = arena_new(MIB(8), 0);
    if (question == NULL || arena == NULL) {
        free(question);
        arena_free(arena);
        return NULL;
    }
    question->worker = worker;
    question->arena = arena;
    question->holders = 2;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&question->lock, NULL);
    pthread_cond_init(&question->answered, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return question;
}

bool worker_debug(struct worker *worker, struct buffer *json)
{
    struct question *question = new_question(worker);
    if (question == NULL)
        return false;
    channel_post(worker->channel, answer, question);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_SECONDS;
    pthread_mutex_lock(&question->lock);
    while (!question->is_answered && pthread_cond_timedwait(&question->answered, &question->lock, &until) != ETIMEDOUT)
        continue;
    bool good = question->is_answered && question->answer.data != NULL;
    if (good)
        buffer_add(json, question->answer);
    let_go(question);
    return good;
}
