/* An activity task from the poll to its answer. Shared by the activity_*.c files alone. */
#ifndef WORKER_ACTIVITY_TASK_H
#define WORKER_ACTIVITY_TASK_H

#include <stdatomic.h>

#include "action/perform.h"
#include "base/log.h"
#include "worker/activity_heartbeat.h"
#include "worker/parts.h"

/* Where an activity is performed. */
enum place {
    PLACE_SLOT,    /* in its slot, on the pool of all activities */
    PLACE_WAITING, /* still in its slot: an asynchronous action for which there is no room yet */
    PLACE_ASYNC,   /* on the pool of asynchronous actions, or in its queue; the slot is free */
};

/* Lives in its arena. */
struct activity {
    struct pool_job job;
    struct worker *worker;
    struct arena *arena;
    struct activity_task task;
    struct metric_place counts; /* where it counts */
    struct activity_heartbeat heartbeat;
    enum place place;
    bool is_async;         /* its action is: it belongs on the other pool */
    atomic_bool give_up;   /* the handler's outcome is of no use any more, or the worker stops */
    bool cancel_requested; /* by the server */
    bool gone;             /* the server no longer wants an answer */
    bool answered;         /* the answer has been sent and acknowledged, or is not wanted */
    int64_t begun_us, deadline_us;
    bool marks;                     /* is no action, but tells what has become of an execution: */
    struct execution_change change; /* this */
    struct action_request request;
    struct action_report report;
    struct log_context log; /* its texts live in the arena */
    struct text output;     /* JSON when done */
    struct text fault;      /* why it cannot be performed; empty: it can */
    const char *fault_type;
    LIST_ENTRY(activity) link;
    TAILQ_ENTRY(activity) turn; /* while PLACE_WAITING */
};

/* activity_task.c: gives back the slot, or the place outside. On the loop. */
void activity_leave(struct activity *activity);

/* activity_perform.c */
/* On a thread of a pool: performs it, or finds that it belongs on the other pool; the outcome is left in it. */
void activity_perform(struct activity *activity);
/* The same for one that marks an execution. */
void activity_mark(struct activity *activity);
/* As if it had been canceled before it began. */
void activity_not_begun(struct activity *activity);
/* NULL: no action of this worker. */
const struct action_type *activity_type_of(const struct activity *activity);
/* Nobody waits for it any more. Any thread. */
bool activity_is_canceled(const struct activity *activity);
bool activity_is_late(const struct activity *activity);

/* activity_answer.c; on the loop, where the activity may be gone when they return. */
/* Tells the server what came of it, unless nobody wants to know. */
void activity_answer(struct activity *activity);
/* Frees it when both the answer and the last heartbeat are back. */
void activity_end_when_idle(struct activity *activity);

#endif
