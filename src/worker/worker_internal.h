/* The components of a worker, for worker.c, which wires them, and debug.c, which reads them. */
#ifndef WORKER_WORKER_INTERNAL_H
#define WORKER_WORKER_INTERNAL_H

#include "worker/janitor.h"
#include "worker/workflow_task.h"

struct worker {
    struct resources resources;
    struct arena *memory; /* of the queues and of the texts in the options */
    struct queue *queues;
    struct pollers pollers;
    struct activities activities;
    struct workflow_tasks tasks;
    struct readiness readiness;
    struct worker_heartbeat heartbeat;
    struct approval_sweep sweep;
    struct effect_pruning pruning;
    struct drain drain;
    struct janitor janitor;
};

#endif
