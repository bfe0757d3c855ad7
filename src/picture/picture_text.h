/* One-line texts for people. Pure; any thread. */
#ifndef PICTURE_PICTURE_TEXT_H
#define PICTURE_PICTURE_TEXT_H

#include "base/arena.h"

/* At most `limit` characters of the text in one line: control characters become blanks, and "…" stands for what is cut
   off. .data NULL past the budget. */
struct text picture_line(struct arena *arena, struct text text, size_t limit) MUST_CHECK;
size_t picture_columns(struct text text); /* characters */

/* "8 ms", "1.4 s", "3 min", "2 h", "4 d"; empty when unknown. */
struct text picture_duration(struct arena *arena, int64_t duration_us) MUST_CHECK;

#endif
