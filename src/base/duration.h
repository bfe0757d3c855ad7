/* Durations as Go writes them: 90s, 1h30m, 1.5s, 250ms. Pure; any thread. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include "base/status.h"
#include "base/text.h"

/* Go's time.ParseDuration, but for negative ones: numbers with units (ns, us, ms, s, m, h), or 0. False when it is none, or
   longer than 292 years. */
bool duration_parse(struct text text, int64_t *nanoseconds) MUST_CHECK;

#endif
