/* Activity tasks, each from its poll to its answer. For the loop thread. */
#ifndef WORKER_ACTIVITY_H
#define WORKER_ACTIVITY_H

#include "base/json_writer.h"
#include "worker/resources.h"
#include "worker/state.h"

enum activity_state {
    ACTIVITY_STATE_RUNNING,       /* in its slot, on the pool of all activities */
    ACTIVITY_STATE_WAITING_ASYNC, /* still in its slot: an asynchronous action that has no room on its pool yet */
    ACTIVITY_STATE_ASYNC,         /* on the pool of asynchronous actions, or in its queue; the slot is free */
    ACTIVITY_STATE_ANSWERING,     /* until the answer, if there is one, and the last heartbeat are acknowledged */
    ACTIVITY_STATE_CLOSED,
    ACTIVITY_STATES,
};
extern const struct state_machine activity_states;

TAILQ_HEAD(activity_line, activity);

struct activities {
    struct resources *resources;
    struct activity_line waiting; /* those in ACTIVITY_STATE_WAITING_ASYNC, in the order they came */
};

void activities_init(struct activities *activities, struct resources *resources);

/* Takes ownership of the arena, where the task lives. */
void activity_begin(struct activities *activities, const struct queue *queue, struct arena *arena,
                    const struct activity_task *task);
/* The same for a task that lives elsewhere, which is copied. */
void activity_begin_copy(struct activities *activities, const struct queue *queue, const struct activity_task *task);

/* Starts waiting asynchronous actions as far as there is room now. */
void activities_start_waiting(struct activities *activities);
/* Call this when the worker stops: asks handlers to give up, and answers waiting activities as canceled. */
void activities_give_up(struct activities *activities);
/* For operators: writes members of the open JSON array, LIMIT_DEBUG_TASKS at most. */
void activities_write_json(const struct activities *activities, struct json_writer *json);

#endif
