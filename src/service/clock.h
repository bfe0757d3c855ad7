/* The time of day and the time that only goes forward. Any thread. */
#ifndef SERVICE_CLOCK_H
#define SERVICE_CLOCK_H

#include "base/arena.h"

int64_t clock_monotonic_us(void); /* what deadlines count in */
int64_t clock_utc_us(void);       /* since 1970-01-01 */

/* RFC 3339 in UTC; with microseconds, or whole seconds only: 2026-02-10T21:18:31Z. .data NULL past the budget. */
struct text clock_text(struct arena *arena, int64_t utc_us) MUST_CHECK;
struct text clock_text_seconds(struct arena *arena, int64_t utc_us) MUST_CHECK;

#endif
