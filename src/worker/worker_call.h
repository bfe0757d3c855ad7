/* RPCs of the worker that belong to no task: ping, ShutdownWorker and the like. For the loop thread. */
#ifndef WORKER_WORKER_CALL_H
#define WORKER_WORKER_CALL_H

#include <sys/queue.h>

#include "worker/arena_cache.h"

struct worker_calls {
    struct arena_cache *cache;
    LIST_HEAD(, worker_call) under_way;
};

/* Lives in its arena. */
struct worker_call {
    void *userdata;
    struct arena *arena; /* for the RPC */
    struct arena_cache *cache;
    LIST_ENTRY(worker_call) link;
};

/* Begins a call, with an arena of its own. */
struct worker_call *worker_call_begin(struct worker_calls *calls, void *userdata);
/* Ends the call and gives its arena back. Returns the call's userdata. */
void *worker_call_end(struct worker_call *call);
bool worker_calls_are_idle(const struct worker_calls *calls);

#endif
