/* The worker: polls a Temporal server for workflow and activity tasks of graph rules and carries them out. Everything
   runs on the thread that calls worker_run, but handlers, which run on a bounded pool of threads. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "action/registry.h"
#include "erp/approval_requests.h"
#include "erp/execution.h"
#include "temporal/client.h"

struct worker;

struct worker_options {
    struct text target, namespace_;           /* host:port of the server */
    const struct temporal_security *security; /* NULL: none */
    const struct payload_keys *keys;          /* NULL: none; outlives the worker */
    struct client_deployment deployment;
    bool only_activities;      /* no workflow tasks are taken */
    const struct text *queues; /* task queues to poll; at most LIMIT_TASK_QUEUES */
    size_t queue_count;
    const struct action_catalog *catalog; /* outlives the worker */
    const struct services *services;      /* what handlers are handed; outlives worker_run */
    bool local;                           /* short actions run inside the workflow task */
    size_t cache_bytes;                   /* for runs between their tasks; 0 keeps none */
    unsigned activities;                  /* most at once; 0: none is taken */
    unsigned local_threads;               /* most local actions at once, besides */
    unsigned async_threads;               /* most asynchronous actions at once, besides; at least 1 */
    int64_t stop_timeout_ms;

    /* Is what the handlers need there? Blocks a few seconds at most; called on a thread of the pool until it has said
       STATUS_OK once. NULL: nothing is needed. */
    enum status (*services_ping)(void *hook, struct error *error);
    /* Writes down what has become of an execution, as execution_mark does. Blocks until change->limit.deadline_us at most; on
       threads of the pool. NULL: nobody wants to know. */
    enum status (*execution_changed)(void *hook, const struct execution_change *change, struct arena *arena,
                                     struct error *error);
    /* Writes down that nobody can answer these any more, as approval_requests_end does; otherwise likewise. */
    enum status (*approvals_ended)(void *hook, const struct approval_end *end, struct arena *arena,
                                   struct error *error);
    /* Called on the loop whenever the worker becomes ready or no longer is. */
    void (*ready_changed)(void *hook, bool ready);
    void *hook;
};

/* Copies the options. NULL when out of memory. Registers its metrics: one worker in a process. */
struct worker *worker_new(const struct worker_options *options) MUST_CHECK;

/* How a worker ended. */
enum worker_end {
    WORKER_DRAINED,   /* everything that was under way is answered */
    WORKER_ABANDONED, /* the stop timeout passed and handlers still run: end the process without freeing anything */
};

/* Works until worker_stop; waits for a server or a service that is unavailable. The same as worker_start, channel_run of
   the worker's channel until it stops, and worker_finish: a test that drives several workers in one thread calls these
   itself. */
enum worker_end worker_run(struct worker *worker) MUST_CHECK;
void worker_start(struct worker *worker);
struct channel *worker_channel(struct worker *worker);
/* After channel_run has returned because the worker stopped its channel. */
enum worker_end worker_finish(const struct worker *worker) MUST_CHECK;

/* Any thread: takes no more tasks, lets what is under way end (stop_timeout_ms at most), then worker_run returns. */
void worker_stop(struct worker *worker);

/* After worker_run has returned WORKER_DRAINED; accepts NULL. Closes the connection to the server. */
void worker_free(struct worker *worker);

#endif
