/* The only source of time: the wall clock and the monotonic clock. A test may link a fake of all these functions. Any
   thread. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_monotonic_us(void);          /* the clock of all deadlines */
int64_t clock_utc_us(void);                /* since 1970-01-01 */
int64_t clock_utc_seconds_us(void);        /* likewise, in whole seconds */
void clock_sleep_us(int64_t microseconds); /* may return early on a signal */

#endif
