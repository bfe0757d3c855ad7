/* Growing text in an arena, with a mandatory limit. Failing is sticky: append as you like, check once at the end. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/arena.h"
#include "base/text.h"

struct buffer {
    struct arena *arena;
    char *data;
    size_t size, capacity, limit; /* bytes */
    bool failed;                  /* the limit or the arena's cap was met; content is then unusable */
};

/* limit: the most bytes that it may come to hold. */
struct buffer buffer_in(struct arena *arena, size_t limit);
void buffer_add(struct buffer *buffer, struct text text);
void buffer_add_byte(struct buffer *buffer, char byte);
void buffer_print(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
/* What was written, NUL-terminated past its size; .data NULL when it failed. Borrowed from the arena. */
struct text buffer_text(struct buffer *buffer);

#endif
