/* Decimal numbers as text: compared and printed exactly, never converted to a double. Pure; any thread. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include "base/arena.h"
#include "base/text.h"

/* Is the whole text a decimal number: [+-]digits[.digits][e[+-]digits], at least one digit, exponent within +-400? */
bool decimal_is(struct text text);
/* <0, 0, >0; both must be decimals. -0 equals 0; 1.50 equals 1.5. */
int decimal_compare(struct text a, struct text b);
/* Plain notation: 1.5e+06 -> 1500000, 1e-7 -> 0.0000001, -0 -> 0, 007 -> 7, 1.50 -> 1.5. A copy of a text that is not a
   decimal. .data NULL past the cap of the arena. */
struct text decimal_plain(struct arena *arena, struct text number) MUST_CHECK;
/* Rounded half away from zero to exactly `places` decimal places (0..20): 2.345,2 -> 2.35. A copy of a text that is not
   a decimal. .data NULL past the cap of the arena. */
struct text decimal_round(struct arena *arena, struct text number, unsigned places) MUST_CHECK;
/* The exact value of a whole number that fits an int64_t: 1, -0, 1.0, 1e3. False for everything else; *value is then
   unchanged. */
bool decimal_to_int64(struct text number, int64_t *value);

#endif
