#include "service/clock.h"

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

struct text clock_text_seconds(struct arena *arena, int64_t utc_us)
{
    time_t seconds = utc_us / MICROSECONDS;
    struct tm parts;
    (void)gmtime_r(&seconds, &parts);
    return arena_print(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

struct text clock_text(struct arena *arena, int64_t utc_us)
{
    struct text whole = clock_text_seconds(arena, utc_us);
    if (whole.data == NULL)
        return whole;
    return arena_print(arena, "%.*s.%06dZ", (int)whole.size - 1, whole.data, (int)(utc_us % MICROSECONDS));
}
