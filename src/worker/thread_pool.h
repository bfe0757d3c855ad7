/* A bounded pool of threads for blocking work. Threads start on demand and end when idle. There is one queue; when the
   work of a job has returned, its done runs on the loop thread. */
#ifndef WORKER_THREAD_POOL_H
#define WORKER_THREAD_POOL_H

#include "base/status.h"

struct pool;

/* Embedded in the caller's struct. Owned by the caller; only the pool touches it from pool_submit until done runs. */
struct pool_job {
    void (*work)(struct pool_job *job); /* on a thread of the pool */
    void (*done)(struct pool_job *job); /* on the loop thread */
    struct pool *pool;                  /* from here on the members belong to the pool */
    struct pool_job *next;
};

struct pool_options {
    unsigned max_threads; /* threads at once, at least 1 */
    int64_t idle_ms;      /* a thread without a job for that long ends; one always stays */
    size_t stack_bytes;
    /* Runs function on the loop thread, soon, in the order posted: channel_post. Any thread. */
    void (*post)(void *userdata, void (*function)(void *), void *context);
    void *userdata;
};

/* Starts one thread; NULL when it cannot. Free with pool_free. */
struct pool *pool_new(const struct pool_options *options) MUST_CHECK;
/* Waits for the jobs that run; there must be none in the queue. Accepts NULL. */
void pool_free(struct pool *pool);

/* Urgent jobs go before all others, in the order submitted. Any thread. */
void pool_submit(struct pool *pool, struct pool_job *job, bool urgent);

unsigned pool_threads(struct pool *pool); /* number of threads now; any thread */

#endif
