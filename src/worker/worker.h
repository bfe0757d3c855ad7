/* The worker: polls a Temporal server for workflow and activity tasks of graph rules and performs them. Everything
   runs on the thread that calls worker_run, except handlers and the callbacks that block, which run on bounded pools
   of threads. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "action/registry.h"
#include "erp/approval_requests.h"
#include "erp/execution.h"
#include "temporal/client.h"

struct worker;

struct worker_options {
    struct text target, namespace_;           /* host:port of the server */
    const struct temporal_security *security; /* NULL: no TLS, no API key */
    const struct payload_keys *keys;          /* outlives the worker; NULL: payloads are not encrypted */
    struct client_deployment deployment;
    bool only_activities;      /* takes no workflow tasks */
    const struct text *queues; /* task queues to poll: 1 to LIMIT_TASK_QUEUES */
    size_t queue_count;
    const struct action_catalog *catalog; /* outlives the process */
    const struct services *services;      /* for the handlers; outlives worker_run */
    struct uuid stand_in;                 /* user of actions whose event names none; may be nil */
    bool local;                           /* short actions run inside the workflow task */
    bool hold;                            /* see struct run_policy */
    bool describe;                        /* runs get a memo, and the search attributes that the namespace has */
    size_t cache_bytes;                   /* for runs between their tasks; 0 keeps none */
    size_t memory_bytes;                  /* that the process may use; 0: no limit. See worker/memory_plan.h */
    unsigned activities;                  /* at once, on threads of their own; 0: takes no activity tasks */
    unsigned local_threads;               /* for local actions, at most; added to those of activities */
    unsigned async_threads;               /* for asynchronous actions, on a pool of their own; at least 1 */
    unsigned polls_max;                   /* for workflow tasks, sticky and not, on a queue at once: 2 to LIMIT_POLLS */
    unsigned activity_polls_max;          /* for activity tasks on a queue at once: 2 to LIMIT_POLLS */
    int64_t stop_timeout_ms;

    /* The next seven run on threads of the pool, may block, and may be NULL. Pings the services that the handlers need,
       for a few seconds at most; the worker is not ready until it has returned STATUS_OK once. */
    enum status (*services_ping)(void *userdata, struct error *error);
    /* Records the status of an execution, as execution_mark does, until its deadline at most. */
    enum status (*execution_changed)(void *userdata, const struct execution_change *change, struct arena *arena,
                                     struct error *error);
    /* Records that nobody can answer these requests any more, as approval_requests_end does. */
    enum status (*approvals_ended)(void *userdata, const struct approval_end *end, struct arena *arena,
                                   struct error *error);
    /* For sweeps of the waiting approval requests: as approval_requests_take_turn, _read and _expire do. All three or
       none. */
    enum status (*approvals_take_turn)(void *userdata, int64_t period_ms, struct arena *arena, bool *taken,
                                       struct error *error);
    enum status (*approvals_read)(void *userdata, struct text after, struct arena *arena, struct approval_page *page,
                                  struct error *error);
    enum status (*approvals_expire)(void *userdata, const struct approval_pending *requests, size_t count,
                                    struct arena *arena, int64_t *changed, struct error *error);
    /* Deletes up to `max` old rows of the effect ledger, as effect_ledger_prune does; may be NULL. */
    enum status (*effects_prune)(void *userdata, int64_t max, int64_t *deleted, struct error *error);
    /* Runs on the loop when the worker becomes ready or no longer is; may be NULL. */
    void (*ready_changed)(void *userdata, bool ready);
    /* Runs on the loop twice a second; unless the loop is late, it runs again by due_us (clock_monotonic_us). May be
       NULL. */
    void (*due_changed)(void *userdata, int64_t due_us);
    void *userdata;
};

/* Copies the options. NULL when out of memory. Several workers in one process share their metrics: they must have
   the same catalog and queues. */
struct worker *worker_new(const struct worker_options *options) MUST_CHECK;

/* How a worker ended. */
enum worker_end {
    WORKER_DRAINED,   /* every task that it took is answered */
    WORKER_ABANDONED, /* the stop timeout passed and handlers still run: end the process without freeing anything */
};

/* Works until worker_stop; waits for a server or a service that is unavailable. The same as worker_start,
   channel_run of the worker's channel until it stops, and worker_finish: a test that drives several workers in one
   thread calls these itself. */
enum worker_end worker_run(struct worker *worker) MUST_CHECK;
void worker_start(struct worker *worker);
struct channel *worker_channel(struct worker *worker);
/* After channel_run has returned because the worker stopped its channel. */
enum worker_end worker_finish(const struct worker *worker) MUST_CHECK;

/* Any thread: the worker takes no more tasks and answers those it has, in stop_timeout_ms at most; then worker_run
   returns. */
void worker_stop(struct worker *worker);

/* After worker_run has returned WORKER_DRAINED; accepts NULL. Closes the connection to the server. */
void worker_free(struct worker *worker);

#endif
