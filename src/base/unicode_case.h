/* Case and blanks of UTF-8 text, without a locale, by the simple mappings of Unicode (one letter to one letter), as in
   Go's strings.ToUpper. Bytes that are not UTF-8 stay as they are. Pure; any thread. */
#ifndef BASE_UNICODE_CASE_H
#define BASE_UNICODE_CASE_H

#include "base/buffer.h"

void unicode_upper(struct buffer *buffer, struct text text);
void unicode_lower(struct buffer *buffer, struct text text);
/* The first letter in title case, the rest in lower case. */
void unicode_capitalize(struct buffer *buffer, struct text text);
/* Without the blanks of Unicode at both ends. */
struct text unicode_trim(struct text text);

#endif
