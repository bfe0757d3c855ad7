/* Durations as texts: Go's (90s, 1h30m, 1.5s, 250ms) and those of the specs (1d2h30m). Pure; any thread. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include "base/arena.h"

/* Go's time.ParseDuration without a sign: numbers with units (ns, us, ms, s, m, h), or 0. False for anything else and
   for what is longer than 292 years. */
bool duration_parse(struct text text, int64_t *nanoseconds) MUST_CHECK;
/* Likewise, or the form of the specs below: 7d. */
bool duration_parse_rule(struct text text, int64_t *nanoseconds) MUST_CHECK;
/* Why Go's time.ParseDuration refuses a text, in its words: time: missing unit in duration "5". Of a long text the
   beginning is shown. In the arena; .data NULL past its cap. */
struct text duration_fault(struct arena *arena, struct text text) MUST_CHECK;
/* Go's Duration.String: 1h30m0s, 1.5s, 250ms. nanoseconds: 0 or more. In the arena; .data NULL past its cap. */
struct text duration_text(struct arena *arena, int64_t nanoseconds) MUST_CHECK;

/* The form of the specs: whole numbers of at most nine digits with the units d, h, m, s and ms, each at most once, in
   this order: 1h30m, 0s. */
bool duration_parse_ms(struct text text, int64_t *milliseconds) MUST_CHECK;
/* In the form of the specs; 0s for zero and less. */
struct text duration_text_ms(struct arena *arena, int64_t milliseconds) MUST_CHECK;

#endif
