/* Exponential backoff: the delays between attempts to reach something that is unavailable. Any thread, with its own
   struct backoff. */
#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include "base/wait_limit.h"

/* The delay after this many consecutive failures (1 or more), in the unit of first and max: first, then factor_percent
   of the previous delay (200: doubled), at most max. Without jitter. Pure. */
int64_t backoff_delay(int64_t first, int64_t max, unsigned factor_percent, unsigned failures);
/* Equal jitter: 50 to 100 % of the delay, so that the clients of a server do not all retry at the same time. */
int64_t backoff_with_jitter(int64_t delay);

/* Delays that double from first_us to max_us. */
struct backoff {
    int64_t first_us, max_us;
    unsigned failures; /* set to 0 after a success */
};

/* Waits for the next delay, with jitter. Returns false at once when the deadline of the limit comes before the end of
   the delay, and within 0.1 s when the wait is canceled. */
bool backoff_wait(struct backoff *backoff, const struct wait_limit *limit);

#endif
