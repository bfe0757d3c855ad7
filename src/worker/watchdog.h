/* Notices when the loop is late because a callback runs too long or the process gets no CPU. For the loop thread;
   options.due_changed can pass the due time on to other threads. */
#ifndef WORKER_WATCHDOG_H
#define WORKER_WATCHDOG_H

#include "worker/resources.h"

struct watchdog {
    struct resources *resources;
    int64_t due_us;            /* when its next turn is due */
    int64_t late_us, worst_us; /* of the last turn; of any since the start */
};

/* Runs until the loop stops. Does nothing without options.due_changed. */
void watchdog_start(struct watchdog *watchdog);

#endif
