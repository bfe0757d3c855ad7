/* Notices when the loop is late: some callback runs too long, or the process gets no CPU. For the loop thread, but for
   what other threads learn by options.due_changed. */
#ifndef WORKER_WATCHDOG_H
#define WORKER_WATCHDOG_H

#include "worker/resources.h"

struct watchdog {
    struct resources *resources;
    int64_t due_us;            /* of the next turn that it asked for */
    int64_t late_us, worst_us; /* of the last turn; of any since the start */
};

/* Runs until the loop stops. Does nothing without options.due_changed. */
void watchdog_start(struct watchdog *watchdog);

#endif
