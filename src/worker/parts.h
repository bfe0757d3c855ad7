/* What the files of this room share. Nobody else includes it; everything here is for the loop thread. */
#ifndef WORKER_PARTS_H
#define WORKER_PARTS_H

#include "base/limits.h"
#include "engine/names.h"
#include "temporal/client.h"
#include "worker/arena_cache.h"
#include "worker/run_cache.h"
#include "worker/thread_pool.h"
#include "worker/worker.h"
#include "worker/worker_metrics.h"

/* RFC 3339 in UTC, whole seconds; in the arena. Any thread. */
struct text wall_clock(struct arena *arena);

/* ---- pollers ---- */

enum poller_kind { POLLER_WORKFLOW, POLLER_STICKY, POLLER_ACTIVITY, POLLER_KINDS };
#define POLLS_EACH 2

struct poller {
    struct worker *worker;
    struct queue *queue;
    enum poller_kind kind;
    struct client_poll *poll; /* NULL: none is under way */
    struct channel_timer *pause;
    struct arena *arena; /* of the poll under way */
    unsigned failures;   /* in a row */
};

/* A task queue and the worker's own sticky queue that belongs to it. */
struct queue {
    struct text name, sticky_name; /* sticky_name "": no run is kept */
    struct text instance;          /* what `temporal worker list` knows it by */
    struct metric_place place;     /* where it counts */
    struct poller pollers[POLLER_KINDS][POLLS_EACH];
};

/* ---- the worker ---- */

/* Asked on a thread of the pool. */
struct services_question {
    struct pool_job job;
    struct worker *worker;
    struct arena *arena;
    enum status status;
    struct error error;
    bool asked; /* no answer yet */
    unsigned failures;
};

enum worker_phase {
    WORKER_STARTING, /* waits for the server and the services */
    WORKER_WORKING,
    WORKER_DRAINING,
    WORKER_ENDED,
};

LIST_HEAD(open_task_list, open_task);
LIST_HEAD(activity_list, activity);
TAILQ_HEAD(activity_line, activity);

struct worker {
    struct worker_options options;
    struct arena *memory; /* of the texts in options and queues */
    struct run_policy policy;
    struct client *client;
    struct channel *channel;
    struct pool *pool, *async_pool; /* async_pool: of asynchronous actions, which hold no slot */
    struct run_cache *cache;
    struct arena_cache task_arenas, activity_arenas, small_arenas;
    struct queue *queues;

    enum worker_phase phase;
    bool server_reached, services_reached, namespace_found, ready;
    unsigned ping_failures; /* in a row */
    struct services_question services;
    struct channel_timer *ping_timer, *services_timer, *stop_timer;
    struct channel_timer *quiet_timer; /* while draining: the sticky queues are still emptied */
    int64_t empty_until_us;
    struct channel_timer *report_timer; /* NULL: the server does not want to know */
    struct text host;
    int64_t started_us, polled_us[POLLER_KINDS]; /* wall clock */
    bool abandoned;

    struct open_task_list tasks;
    struct activity_list activities;    /* all of them */
    struct activity_line async_waiting; /* asynchronous ones that still hold their slots */
    unsigned task_count;
    unsigned activity_count; /* that hold a slot */
    unsigned async_count;    /* on the async pool or in its queue */
    unsigned polls[POLLER_KINDS];
    unsigned eager_reserved; /* activity slots that an answer under way may fill */
    unsigned calls;          /* other RPCs under way, whose arena is ours */
};

/* worker.c */
void worker_ended_something(struct worker *worker); /* a slot is free, or the last thing has ended */
void worker_sticky_task_came(struct worker *worker);
void worker_sticky_poll_failed(struct worker *worker);
/* readiness.c: waits for the server and the services, and tells when they are there. */
void readiness_start(struct worker *worker);
void readiness_lost(struct worker *worker, const struct client_result *why); /* a poll failed */
void readiness_stop(struct worker *worker);
bool readiness_is_idle(const struct worker *worker);
void worker_set_ready(struct worker *worker, bool ready);
void worker_reached(struct worker *worker); /* server and services are there */
int64_t backoff_ms(unsigned failures, int64_t first_ms, int64_t most_ms);

/* poller.c */
void pollers_init(struct worker *worker);
void pollers_wake(struct worker *worker); /* polls again where slots are free */
void pollers_stop(struct worker *worker);
void pollers_cancel(struct worker *worker);
/* The code with which a poll for tasks has been failing for seconds; RPC_OK: none does. */
int pollers_failing(const struct worker *worker);
unsigned activity_slots_free(const struct worker *worker);

/* workflow_task.c: takes the arena, where the task lives. */
void workflow_task_begin(struct worker *worker, struct queue *queue, struct arena *arena,
                         const struct workflow_task *task);

/* worker_heartbeat.c */
void worker_heartbeat_start(struct worker *worker); /* polls begin */
void worker_heartbeat_stop(struct worker *worker);
void worker_heartbeat_polled(struct worker *worker, unsigned kind); /* a poll brought a task */

/* query.c */
struct query_answer query_answer(struct arena *arena, const struct run *run, const struct workflow_query *query);
void legacy_query_begin(struct worker *worker, struct arena *arena, const struct workflow_task *task);

/* execution.c: the activities that mark executions. */
/* False: the type is none of them. */
bool execution_mark_type(struct text activity_type, enum execution_status *status);
/* Reads the input of one whose status is set: execution_id and failure. */
enum status execution_mark_read(struct arena *arena, struct text input, struct execution_change *change,
                                struct error *error) MUST_CHECK;

/* activity_task.c: takes the arena, where the task lives. */
void activity_begin(struct worker *worker, const struct queue *queue, struct arena *arena,
                    const struct activity_task *task);
/* The same for a task that lives elsewhere: copied. */
void activity_begin_copy(struct worker *worker, const struct queue *queue, const struct activity_task *task);
void activities_tell(struct buffer *json, const struct worker *worker); /* members of a JSON array, for operators */
void activities_cancel(struct worker *worker); /* the worker stops: handlers are asked to give up */

#endif
