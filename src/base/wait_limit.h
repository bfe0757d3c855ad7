/* The limit of a wait: a deadline, or the moment when the caller no longer wants the result. Any thread. */
#ifndef BASE_WAIT_LIMIT_H
#define BASE_WAIT_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct wait_limit {
    int64_t deadline_us;                 /* on the clock of clock_monotonic_us; 0: none */
    bool (*is_canceled)(void *userdata); /* called on the waiting thread, about ten times a second; may be NULL */
    void *userdata;                      /* borrowed */
};

static inline bool wait_limit_is_canceled(const struct wait_limit *limit)
{
    return limit->is_canceled != NULL && limit->is_canceled(limit->userdata);
}

/* The earlier of the limit's deadline and another one. */
static inline int64_t wait_limit_sooner(const struct wait_limit *limit, int64_t deadline_us)
{
    return limit->deadline_us != 0 && limit->deadline_us < deadline_us ? limit->deadline_us : deadline_us;
}

/* The limit with its deadline at most max_us from now. */
static inline struct wait_limit wait_limit_within(const struct wait_limit *limit, int64_t max_us)
{
    struct wait_limit within = *limit;
    within.deadline_us = wait_limit_sooner(limit, clock_monotonic_us() + max_us);
    return within;
}

/* Microseconds until the deadline: 0 when it has passed, INT64_MAX without a deadline. */
static inline int64_t wait_limit_left_us(const struct wait_limit *limit)
{
    if (limit->deadline_us == 0)
        return INT64_MAX;
    int64_t left = limit->deadline_us - clock_monotonic_us();
    return left > 0 ? left : 0;
}

static inline bool wait_limit_is_over(const struct wait_limit *limit)
{
    return wait_limit_left_us(limit) == 0 || wait_limit_is_canceled(limit);
}

#endif
