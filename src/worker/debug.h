/* What a worker is doing, for operators. */
#ifndef WORKER_DEBUG_H
#define WORKER_DEBUG_H

#include "base/buffer.h"
#include "worker/worker.h"

/* Writes JSON about slots, polls, the cache, and the open tasks with their ids and ages, but never their inputs or
   results. Any thread but the loop's, between worker_new and worker_free: asks the loop and waits two seconds at most
   for its answer. False: the loop does not answer. */
bool worker_debug(struct worker *worker, struct buffer *json) MUST_CHECK;

#endif
