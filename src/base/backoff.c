/* Computes backoff delays with jitter, and waits for them. */
#include "base/backoff.h"

#include <assert.h>

#include "base/random.h"

/* The longest time until a cancel is noticed. */
#define SLICE_US INT64_C(100000)

int64_t backoff_delay(int64_t first, int64_t max, unsigned factor_percent, unsigned failures)
{
    assert(first > 0 && max >= first && max <= INT64_MAX / factor_percent && factor_percent > 100);
    int64_t delay = first;
    for (unsigned i = 1; i < failures && delay < max; i++)
        delay = delay * factor_percent / 100;
    return delay < max ? delay : max;
}

int64_t backoff_with_jitter(int64_t delay)
{
    return delay - (int64_t)random_below((uint64_t)delay / 2 + 1);
}

bool backoff_wait(struct backoff *backoff, const struct wait_limit *limit)
{
    int64_t delay = backoff_delay(backoff->first_us, backoff->max_us, 200, ++backoff->failures);
    int64_t end = clock_monotonic_us() + backoff_with_jitter(delay);
    if (wait_limit_sooner(limit, end) != end)
        return false;
    for (int64_t left = end - clock_monotonic_us(); left > 0; left = end - clock_monotonic_us()) {
        if (wait_limit_is_canceled(limit))
            return false;
        clock_sleep_us(limit->is_canceled != NULL && left > SLICE_US ? SLICE_US : left);
    }
    return true;
}
