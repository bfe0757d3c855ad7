/* Restores the invariants that hold between any two turns of the loop, once a turn instead of in each function that
   ends something: a free slot is polled for, a waiting asynchronous action starts when there is room, gauges show the
   lengths of the lists, a draining worker ends when nothing is under way, and freed memory is returned to the system.
   For the loop thread. */
#ifndef WORKER_JANITOR_H
#define WORKER_JANITOR_H

#include "worker/drain.h"
#include "worker/memory_trim.h"

struct janitor {
    const struct resources *resources;
    struct pollers *pollers;
    struct activities *activities;
    struct drain *drain;
    const struct queue *queues;
    struct memory_trim trim;
};

void janitor_run(struct janitor *janitor);

#endif
