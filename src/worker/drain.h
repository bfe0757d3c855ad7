/* The phases of a worker, from its start to its end. While it drains, tasks under way end and are answered within the
   stop timeout. For the loop thread. */
#ifndef WORKER_DRAIN_H
#define WORKER_DRAIN_H

#include "worker/activity.h"
#include "worker/approval_sweep.h"
#include "worker/effect_pruning.h"
#include "worker/readiness.h"
#include "worker/worker_heartbeat.h"
#include "worker/workflow_task.h"

enum worker_phase {
    WORKER_STARTING, /* waits for the server and the services */
    WORKER_WORKING,
    WORKER_DRAINING,
    WORKER_ENDED,
    WORKER_PHASES,
};
extern const struct state_machine worker_phases;

struct drain {
    struct resources *resources;
    struct pollers *pollers;
    struct workflow_tasks *tasks;
    struct activities *activities;
    struct readiness *readiness;
    struct worker_heartbeat *heartbeat;
    struct approval_sweep *sweep;
    struct effect_pruning *pruning;
    const struct queue *queues;

    enum worker_phase phase;
    bool abandoned;                    /* ended while handlers were still running */
    struct channel_timer *stop_timer;  /* NULL except while draining */
    struct channel_timer *quiet_timer; /* not NULL while the sticky queues are being emptied */
    int64_t empty_until_us;
};

const char *worker_phase_name(enum worker_phase phase);

/* From WORKER_STARTING to WORKER_WORKING. */
void drain_work(struct drain *drain);
/* From WORKER_STARTING or WORKER_WORKING to WORKER_DRAINING; later calls change nothing. */
void drain_begin(struct drain *drain);
/* To be called when a sticky poll ends: it brought a task, or it failed. */
void drain_sticky_task(struct drain *drain);
void drain_sticky_failed(struct drain *drain);
/* Moves to WORKER_ENDED and stops the channel if nothing is under way any more. */
void drain_end_if_empty(struct drain *drain);

#endif
