/* Releases an activity that now waits for an answer from outside: removes its heartbeat timeout, if the server supports
   that, so that it needs no worker until it is answered. Otherwise the approval sweep sends its heartbeats. For the
   loop thread. */
#ifndef WORKER_ACTIVITY_RELEASE_H
#define WORKER_ACTIVITY_RELEASE_H

#include "worker/resources.h"

/* Copies what it needs of the task. If the activity cannot be released, or this worker is lost meanwhile, its heartbeat
   timeout expires and the server gives the activity to a worker again. */
void activity_release(struct resources *resources, const struct activity_task *task);

#endif
