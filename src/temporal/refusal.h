/* What a refusal means, in one table: those of the server, of what lies between, and of this process. Pure; any
   thread. */
#ifndef TEMPORAL_REFUSAL_H
#define TEMPORAL_REFUSAL_H

#include "temporal/client.h"

enum refusal {
    REFUSAL_NONE,   /* it was accepted */
    REFUSAL_PASSES, /* throttling, outages: the same request is taken later. Nothing fails but this attempt. */
    REFUSAL_HERE,   /* this worker cannot, another one may, with its key, rights or memory: the task is left to it */
    REFUSAL_MOOT,   /* nobody waits for the answer any more, or the server hands the task out again by itself */
    REFUSAL_ATTRIBUTES, /* a search attribute is not there any more: the server hands the task out again */
    REFUSAL_FINAL,      /* every request like this is refused: the run or the activity fails, with the reason */
};

enum refusal refusal_of(const struct client_result *result);

/* What kind of fault the status of a call is. */
enum client_fault refusal_fault(int code, struct text message);

#endif
