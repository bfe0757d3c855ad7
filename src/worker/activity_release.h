/* Releases an activity that now waits for an answer from outside, where the server can: takes its heartbeat timeout
   away, so that it needs no worker until it is answered. Elsewhere the approval sweep renews its heartbeats. For the
   loop thread. */
#ifndef WORKER_ACTIVITY_RELEASE_H
#define WORKER_ACTIVITY_RELEASE_H

#include "worker/resources.h"

/* Copies what it needs of the task. If the activity cannot be released, or this worker is lost meanwhile, the heartbeat
   timeout passes and the server gives the activity to a worker again. */
void activity_release(struct resources *resources, const struct activity_task *task);

#endif
