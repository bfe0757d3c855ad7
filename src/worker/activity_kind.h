/* The kinds of activities: actions, and marks, which record the status of an execution. The Go worker schedules marks;
   this worker records the status while it answers a workflow task. */
#ifndef WORKER_ACTIVITY_KIND_H
#define WORKER_ACTIVITY_KIND_H

#include <stdatomic.h>

#include "worker/activity.h"
#include "worker/activity_heartbeat.h"
#include "worker/logged_action.h"

struct activity_kind;

/* Lives in its arena. While the activity is on a thread, the loop accesses only `give_up`, `heartbeat`, `slot`,
   `state`, `stop` and `waiting`. */
struct activity {
    struct pool_job job;
    struct activities *activities;
    struct arena *arena;
    struct activity_task task;
    const struct activity_kind *kind; /* NULL: a type unknown to this worker */
    struct metric_labels labels;
    struct slot slot; /* SLOT_TAKEN: of an activity, or of an asynchronous action */
    enum activity_state state;
    struct activity_heartbeat heartbeat;
    atomic_bool give_up;             /* the handler's outcome will be discarded, or the worker stops */
    atomic_bool stop;                /* somebody paused or reset it, so that this attempt should end */
    bool canceled;                   /* the server asked to cancel it */
    bool unwanted;                   /* the server no longer wants an answer */
    bool answer_sent;                /* and the server has not responded yet */
    bool gives_up;                   /* its outcome was refused permanently, so it fails with the refusal */
    bool waits;                      /* for an answer from outside after it is closed */
    int64_t started_us, deadline_us; /* monotonic clock; deadline_us 0: none */
    TAILQ_ENTRY(activity) waiting;   /* in ACTIVITY_STATE_WAITING_ASYNC */
    struct log_context log;          /* its texts live in the arena */
    const struct action_type *type;  /* of an action; NULL: unknown to this worker */
    bool is_async;                   /* belongs on the pool of asynchronous actions */
    struct action_request request;   /* of an action */
    struct execution_change change;  /* of a mark */
    struct action_report report;     /* of either, once performed */
    struct text output;              /* JSON when done */
    struct failure fault;            /* why it cannot be performed; empty: it can */
    const char *fault_type;
};

struct activity_kind {
    /* Reads the input. Runs on a thread, as does `perform`. */
    enum status (*read)(struct activity *activity, struct error *error);
    /* Fills in the report and the output. */
    void (*perform)(struct activity *activity);
    /* Counts the outcome. Runs on the loop, once performed. */
    void (*count)(const struct activity *activity);
    /* Logs a failure that is sent to the server. */
    void (*log_failure)(const struct activity *activity, struct failure failure, bool retryable);
};

/* The kind of the activity's type, or NULL. Also sets the status that a mark records, which depends on the type. */
const struct activity_kind *activity_kind_find(struct activity *activity);
/* Why a task of an unknown type fails, as the Go SDK writes it. */
struct text activity_kind_unknown(struct arena *arena, struct text type);

/* Reads the input and performs the activity, except that an asynchronous action is left to a call in
   ACTIVITY_STATE_ASYNC. Runs on a thread of a pool. */
void activity_perform(struct activity *activity);
/* Sets the outcome of an activity that was canceled before it began. Any thread. */
void activity_not_started(struct activity *activity);
bool activity_is_late(const struct activity *activity); /* past its deadline. Any thread. */
/* Whether somebody paused or reset the activity and its attempt may be stopped for that; an action that must not run
   twice is not interrupted. Any thread, once the input is read. */
bool activity_is_stopped(const struct activity *activity);

#endif
