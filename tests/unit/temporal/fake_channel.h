/* A channel without a connection: every call gets the same answer, and timers run at once, in the order they are set.
   Linked instead of channel.c. */
#ifndef TEST_TEMPORAL_FAKE_CHANNEL_H
#define TEST_TEMPORAL_FAKE_CHANNEL_H

#include "temporal/channel.h"

struct fake_channel {
    struct rpc_answer answer; /* to every call */
    unsigned calls;           /* begun so far */
    int64_t waited_ms;        /* the sum of all delays */
};
extern struct fake_channel fake; /* zeroed by channel_new */

#endif
