/* Case and blanks of UTF-8 text, without a locale: the letters of today's Latin, Greek, Cyrillic and Armenian alphabets;
   everything else, and bytes that are no UTF-8, stays as it is. Pure; any thread. */
#ifndef ACTION_LETTERS_H
#define ACTION_LETTERS_H

#include "base/buffer.h"

void letters_upper(struct buffer *buffer, struct text text);
void letters_lower(struct buffer *buffer, struct text text);
/* The first letter upper case, the rest lower case. */
void letters_capitalize(struct buffer *buffer, struct text text);
/* Without the blanks of Unicode at both ends. */
struct text letters_trim(struct text text);

#endif
