/* What the components of a worker share. Each is owned by the worker, lives as long as the worker, and is for the loop
   thread, except the options and the policy, which never change. */
#ifndef WORKER_RESOURCES_H
#define WORKER_RESOURCES_H

#include "engine/run.h"
#include "worker/admission.h"
#include "worker/arena_cache.h"
#include "worker/slots.h"
#include "worker/task_job.h"
#include "worker/thread_pool.h"
#include "worker/worker.h"
#include "worker/worker_call.h"
#include "worker/worker_metrics.h"

struct resources {
    struct worker_options options; /* its texts are the worker's; its security and queues are not kept */
    struct run_policy policy;
    struct client *client;
    struct channel *channel; /* the client's */
    struct pool *pool;       /* of activities, local actions and records */
    struct pool *async_pool; /* of asynchronous actions, which hold no activity slot */
    struct run_cache *cache;
    struct arena_cache task_arenas, activity_arenas, small_arenas;
    struct slots slots;
    struct admission admission;        /* of new runs */
    struct task_job_turns local_turns; /* of local actions on threads: as many as there are connections */
    struct worker_calls calls;
};

/* A task queue and the worker's own sticky queue that belongs to it. */
struct queue {
    size_t index;                  /* among the worker's queues */
    struct text name, sticky_name; /* sticky_name "": no run is kept */
    struct text instance;          /* its id in `temporal worker list` */
};

#endif
