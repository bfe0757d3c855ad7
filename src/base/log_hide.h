/* Errors without the values that they quote, for lines of the log that more people read than may see the data. */
#ifndef BASE_LOG_HIDE_H
#define BASE_LOG_HIDE_H

#include "base/arena.h"
#include "base/text.h"

/* The text of an error with `"…" (N bytes)` in place of what it quotes: from the first of ", ' or < to the last that closes
   it, as a value may hold quotes itself; words with an @; a placeholder and all behind it; what stands behind "found:",
   "invalid NAME:" and "invalid operator", and a number behind "found". At most LIMIT_LOG_LINE of it are read. In the arena; .data NULL past its cap. Any thread. */
struct text log_hide(struct arena *arena, struct text text) MUST_CHECK;

#endif
