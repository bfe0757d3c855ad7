/* The only source of time: the time of day, and the time that only goes forward. A test may link a fake of all of it.
   Any thread. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_monotonic_us(void);          /* what deadlines count in */
int64_t clock_utc_us(void);                /* since 1970-01-01 */
int64_t clock_utc_seconds_us(void);        /* likewise, whole seconds */
void clock_sleep_us(int64_t microseconds); /* may end early, when a signal comes */

#endif
