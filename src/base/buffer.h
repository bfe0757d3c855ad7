/* Growing text in an arena, with a mandatory limit. A failure is sticky: append freely and check once at the end. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/arena.h"
#include "base/text.h"

struct buffer {
    struct arena *arena;
    char *data;
    size_t size, capacity, limit; /* bytes */
    bool failed;                  /* the limit or the arena's cap was reached; the content is unusable */
};

/* An empty buffer. limit: the most bytes that it may hold. */
struct buffer buffer_in(struct arena *arena, size_t limit);
void buffer_add(struct buffer *buffer, struct text text);
void buffer_add_byte(struct buffer *buffer, char byte);
void buffer_print(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
/* The text written so far, NUL-terminated past its size; .data NULL when the buffer has failed. Lives in the arena. */
struct text buffer_text(struct buffer *buffer);

#endif
