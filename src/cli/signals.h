/* SIGINT and SIGTERM: the first one asks to stop, the second one ends the process at once. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include "base/status.h"

/* Holds both signals back in this thread and those it starts: before the first thread. */
void signals_block(void);
/* Waits for them on a thread of its own, also for those that came since signals_block. False when there is no
   thread. */
bool signals_start(void (*stop)(void *hook), void *hook) MUST_CHECK;
void signals_end(void); /* stop will not be called any more */

#endif
