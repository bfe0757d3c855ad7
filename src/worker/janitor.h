/* What must hold between any two turns of the loop, restored once a turn, not by each function that ends something: a
   free slot is polled for, an asynchronous action that waits starts when there is room, gauges show the lengths of
   the lists, a worker that drains ends when nothing is under way, freed memory is given back. For the loop thread. */
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
