/* Threads that wait for the jobs of one queue. */
#include "worker/thread_pool.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"

struct job_queue {
    struct pool_job *first, *last;
};

struct pool {
    struct pool_options options;
    pthread_mutex_t lock; /* guards everything below */
    pthread_cond_t work_came, thread_ended;
    struct job_queue urgent, normal;
    size_t queued;
    unsigned threads, idle;
    bool stopping;
};

static void queue_put(struct job_queue *queue, struct pool_job *job)
{
    job->next = NULL;
    if (queue->last != NULL)
        queue->last->next = job;
    else
        queue->first = job;
    queue->last = job;
}

static struct pool_job *queue_take(struct job_queue *queue)
{
    struct pool_job *job = queue->first;
    if (job == NULL)
        return NULL;
    queue->first = job->next;
    if (queue->first == NULL)
        queue->last = NULL;
    return job;
}

static void job_done(void *context)
{
    struct pool_job *job = context;
    job->done(job);
}

static struct timespec after_ms(int64_t milliseconds)
{
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    when.tv_sec += milliseconds / 1000;
    when.tv_nsec += milliseconds % 1000 * 1000000;
    if (when.tv_nsec >= 1000000000) {
        when.tv_nsec -= 1000000000;
        when.tv_sec++;
    }
    return when;
}

/* Returns the next job, or NULL when this thread must end. The lock is held. */
static struct pool_job *wait_for_job(struct pool *pool)
{
    struct timespec until = after_ms(pool->options.idle_ms);
    bool timed_out = false;
    for (;;) {
        struct pool_job *job = queue_take(&pool->urgent);
        if (job == NULL)
            job = queue_take(&pool->normal);
        if (job != NULL) {
            pool->queued--;
            return job;
        }
        if (pool->stopping || (timed_out && pool->threads > 1))
            return NULL;
        if (timed_out)
            until = after_ms(pool->options.idle_ms);
        pool->idle++;
        timed_out = pthread_cond_timedwait(&pool->work_came, &pool->lock, &until) != 0;
        pool->idle--;
    }
}

static void *thread_main(void *argument)
{
    struct pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct pool_job *job = wait_for_job(pool);
        if (job == NULL)
            break;
        pthread_mutex_unlock(&pool->lock);
        job->work(job);
        pool->options.post(pool->options.userdata, job_done, job);
        pthread_mutex_lock(&pool->lock);
    }
    if (pool->stopping) {
        /* Nobody joins this thread. What libpq's OpenSSL keeps for it must be freed before the process may end. */
        pthread_mutex_unlock(&pool->lock);
        OPENSSL_thread_stop();
        pthread_mutex_lock(&pool->lock);
    }
    assert(pool->threads > 0);
    pool->threads--;
    pthread_cond_signal(&pool->thread_ended);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* The lock is held. */
static bool start_thread(struct pool *pool)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    bool started = pthread_attr_setstacksize(&attributes, pool->options.stack_bytes) == 0 &&
                   pthread_create(&thread, &attributes, thread_main, pool) == 0;
    pthread_attr_destroy(&attributes);
    if (started)
        pool->threads++;
    assert(pool->threads <= pool->options.max_threads);
    return started;
}

struct pool *pool_new(const struct pool_options *options)
{
    assert(options->max_threads > 0);
    struct pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL)
        return NULL;
    pool->options = *options;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->work_came, &attributes);
    pthread_cond_init(&pool->thread_ended, &attributes);
    pthread_condattr_destroy(&attributes);

    pthread_mutex_lock(&pool->lock);
    bool started = start_thread(pool);
    pthread_mutex_unlock(&pool->lock);
    if (started)
        return pool;
    pool_free(pool);
    return NULL;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    assert(pool->queued == 0);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->work_came);
    while (pool->threads > 0)
        pthread_cond_wait(&pool->thread_ended, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    pthread_cond_destroy(&pool->work_came);
    pthread_cond_destroy(&pool->thread_ended);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void pool_submit(struct pool *pool, struct pool_job *job, bool urgent)
{
    job->pool = pool;
    pthread_mutex_lock(&pool->lock);
    queue_put(urgent ? &pool->urgent : &pool->normal, job);
    pool->queued++;
    /* If no thread can be started, the job waits for a busy one: there is always at least one thread. */
    bool wanted = pool->queued > pool->idle && pool->threads < pool->options.max_threads;
    bool started = wanted && start_thread(pool);
    pthread_cond_signal(&pool->work_came);
    pthread_mutex_unlock(&pool->lock);
    if (wanted && !started)
        log_line(LOG_WARN, "Cannot start a thread: the action waits for a busy one");
}

unsigned pool_threads(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    unsigned threads = pool->threads;
    pthread_mutex_unlock(&pool->lock);
    return threads;
}
