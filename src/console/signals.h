/* SIGINT and SIGTERM: the first one stops the worker, the second one ends the process at once. */
#ifndef CONSOLE_SIGNALS_H
#define CONSOLE_SIGNALS_H

#include "base/status.h"

/* Blocks both signals in this thread and in those that it starts. Call before the first thread starts. */
void signals_block(void);
/* Waits for the signals on a thread of its own, also for those that came since signals_block; the first one calls
   stop(userdata) on that thread. False when the thread cannot be created. */
bool signals_start(void (*stop)(void *userdata), void *userdata) MUST_CHECK;
/* Ends the thread; stop is not called after this returns. */
void signals_end(void);

#endif
