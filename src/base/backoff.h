/* Exponential backoff: the delays between tries of what is unavailable. Any thread, one struct backoff each. */
#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include "base/wait_limit.h"

/* The delay after this many failures in a row (1 or more), in the unit of first and max: first, then factor_percent of
   the one before (200: doubled), at most max. Without jitter. Pure. */
int64_t backoff_delay(int64_t first, int64_t max, unsigned factor_percent, unsigned failures);
/* Equal jitter: 50 to 100 % of the delay, so that many clients of one server do not come back at the same time. */
int64_t backoff_with_jitter(int64_t delay);

/* Delays that double from first_us to max_us. */
struct backoff {
    int64_t first_us, max_us;
    unsigned failures; /* set to 0 after a success */
};

/* Waits out the next delay, with jitter. False when the limit's deadline comes before the end of the delay (at once) or
   when the wait is canceled (within 0.1 s). */
bool backoff_wait(struct backoff *backoff, const struct wait_limit *limit);

#endif
