/* Letter case and white space of UTF-8 text, independent of the locale. Uses the simple case mappings of Unicode (one
   letter to one letter), as Go's strings.ToUpper does. Bytes that are not UTF-8 are kept. Pure; any thread. */
#ifndef BASE_UNICODE_CASE_H
#define BASE_UNICODE_CASE_H

#include "base/buffer.h"

void unicode_upper(struct buffer *buffer, struct text text);
void unicode_lower(struct buffer *buffer, struct text text);
/* The first letter in title case, all others in lower case. */
void unicode_capitalize(struct buffer *buffer, struct text text);
/* The text without Unicode white space at either end. */
struct text unicode_trim(struct text text);

#endif
