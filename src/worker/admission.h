/* Whether the worker begins new runs. A task of a run that has begun comes on the sticky queue of its worker; when it
   waits there too long, the server gives it to any worker, which has to read the whole history. So under overload new
   runs wait in the server, where they cost nothing, until the tasks of runs that have begun are served. For the loop
   thread. */
#ifndef WORKER_ADMISSION_H
#define WORKER_ADMISSION_H

#include "worker/run_cache.h"

enum admission_state {
    ADMISSION_OPEN,
    ADMISSION_TASKS_LATE, /* tasks of runs that have begun wait in the server */
    ADMISSION_CACHE_FULL, /* of runs that were used a moment ago; a new run would evict one of them */
    ADMISSION_STATES,
};

/* Zeroed except for the cache: open. */
struct admission {
    struct run_cache *cache;         /* NULL: no run is kept and all tasks come on the same queue; always open */
    int64_t waited_us, waited_at_us; /* how long the latest sticky task waited in the server, and when it came */
};

/* Records that a task came on a sticky queue. waited_us: how long it waited in the server, by the server's clock; below
   0: unknown. polled_us: how long the poll that brought it had been under way. If that is longer than the wait, the
   task did not wait for this worker. */
void admission_note_task(struct admission *admission, int64_t waited_us, int64_t polled_us, int64_t now_us);
/* polling_us: when the oldest sticky poll under way began, or INT64_MAX without one; a task that came later is not
   waiting for a poll. */
enum admission_state admission_state(const struct admission *admission, int64_t polling_us, int64_t now_us);
const char *admission_state_name(enum admission_state state); /* "open", "tasks are late", ... */

#endif
