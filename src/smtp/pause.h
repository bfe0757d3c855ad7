/* Time between tries of something that is away. Any thread, one pause each. */
#ifndef SMTP_PAUSE_H
#define SMTP_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

/* The next pause: it doubles from 0.1 s to 5 s, with some chance in it. Starts zeroed. */
struct pause {
    int64_t next_us;
};

/* Waits. False when the deadline (monotonic clock) comes before the pause is over, at once, or when is_canceled (which
   may be NULL) says so. */
bool pause_wait(struct pause *pause, int64_t deadline_us, bool (*is_canceled)(void *hook), void *hook);

#endif
