/* RecordWorkerHeartbeat: every minute, for each task queue, reports the worker's state to Temporal for `temporal worker
   list`. For the loop thread. */
#ifndef WORKER_WORKER_HEARTBEAT_H
#define WORKER_WORKER_HEARTBEAT_H

#include "worker/poller.h"

struct worker_heartbeat {
    struct resources *resources;
    const struct pollers *pollers;
    const struct queue *queues;
    struct text host;
    int64_t started_us;          /* wall clock */
    struct channel_timer *timer; /* NULL: not started, stopped, or the server does not want heartbeats */
};

void worker_heartbeat_start(struct worker_heartbeat *heartbeat); /* when polls begin */
/* The last heartbeats say that the worker stops. */
void worker_heartbeat_stop(struct worker_heartbeat *heartbeat);

#endif
