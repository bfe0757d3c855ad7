/* What a failed call means for its task, in one table: refusals by the server, by a proxy in between, and by this
   process. Pure; any thread. */
#ifndef TEMPORAL_REFUSAL_H
#define TEMPORAL_REFUSAL_H

#include "temporal/client.h"

enum refusal {
    REFUSAL_NONE,       /* it was accepted */
    REFUSAL_PASSES,     /* throttling, outages: the same request is accepted later. Only this attempt fails. */
    REFUSAL_HERE,       /* another worker may have the key, rights or memory that this one lacks, and gets the task */
    REFUSAL_MOOT,       /* nobody waits for the answer any more, or the server hands out the task again on its own */
    REFUSAL_ATTRIBUTES, /* a search attribute no longer exists: the server hands out the task again */
    REFUSAL_FINAL,      /* every request like this is refused: the run or the activity fails with the reason */
};

enum refusal refusal_of(const struct client_result *result);

/* The kind of fault that the status and message of a call mean. */
enum client_fault refusal_fault(int code, struct text message);

#endif
