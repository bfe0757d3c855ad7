/* The clocks of the kernel. */
#include "base/clock.h"

#include <time.h>

#define MICROSECONDS 1000000

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * MICROSECONDS + now.tv_nsec / 1000;
}

int64_t clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_utc_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_utc_seconds_us(void)
{
    return clock_utc_us() / MICROSECONDS * MICROSECONDS;
}

void clock_sleep_us(int64_t microseconds)
{
    const struct timespec time = {.tv_sec = microseconds / MICROSECONDS, .tv_nsec = microseconds % MICROSECONDS * 1000};
    (void)nanosleep(&time, NULL);
}
