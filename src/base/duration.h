/* Durations as text, in Go's form (90s, 1h30m, 1.5s, 250ms) and in the form of the specs (1d2h30m). Pure; any
   thread. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include "base/arena.h"

/* Parses as Go's time.ParseDuration does, without a sign: numbers with units (ns, us, ms, s, m, h), or 0. False for
   anything else, and for a duration longer than 292 years. */
bool duration_parse(struct text text, int64_t *nanoseconds) MUST_CHECK;
/* Likewise; also accepts the form of the specs, see duration_parse_ms: 7d. */
bool duration_parse_rule(struct text text, int64_t *nanoseconds) MUST_CHECK;
/* Why Go's time.ParseDuration rejects a text, in Go's words: time: missing unit in duration "5". A long text is cut. In
   the arena; .data NULL past its cap. */
struct text duration_fault(struct arena *arena, struct text text) MUST_CHECK;
/* The text of Go's Duration.String: 1h30m0s, 1.5s, 250ms. nanoseconds: 0 or more. In the arena; .data NULL past its
   cap. */
struct text duration_text(struct arena *arena, int64_t nanoseconds) MUST_CHECK;

/* Parses the form of the specs: whole numbers of at most nine digits with the units d, h, m, s and ms, each at most
   once, in this order: 1h30m, 0s. False for anything else. */
bool duration_parse_ms(struct text text, int64_t *milliseconds) MUST_CHECK;
/* A duration in the form of the specs; 0s for zero and less. In the arena; .data NULL past its cap. */
struct text duration_text_ms(struct arena *arena, int64_t milliseconds) MUST_CHECK;

#endif
