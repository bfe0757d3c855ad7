/* Text that grows in an arena. */
#include "base/buffer.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* With a smaller capacity, growing would be most of the work. */
#define LEAST_CAPACITY 64

struct buffer buffer_in(struct arena *arena, size_t limit)
{
    return (struct buffer){.arena = arena, .limit = limit < SIZE_MAX ? limit : SIZE_MAX - 1};
}

/* Makes room for `more` bytes and a NUL. False past the limit or the arena's cap: the buffer has then failed. */
static bool reserve(struct buffer *buffer, size_t more)
{
    if (buffer->failed)
        return false;
    if (more > buffer->limit - buffer->size) {
        buffer->failed = true;
        return false;
    }
    size_t needed = buffer->size + more + 1;
    if (needed <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity > buffer->limit / 2 ? buffer->limit + 1 : buffer->capacity * 2;
    if (capacity < LEAST_CAPACITY && buffer->limit >= LEAST_CAPACITY)
        capacity = LEAST_CAPACITY;
    if (capacity < needed)
        capacity = needed;
    char *data = arena_grow(buffer->arena, buffer->data, buffer->capacity, capacity);
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    assert(capacity > buffer->size + more && capacity <= buffer->limit + 1);
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void buffer_add(struct buffer *buffer, struct text text)
{
    if (!reserve(buffer, text.size) || text.size == 0)
        return;
    memcpy(buffer->data + buffer->size, text.data, text.size);
    buffer->size += text.size;
}

void buffer_add_byte(struct buffer *buffer, char byte)
{
    if (reserve(buffer, 1))
        buffer->data[buffer->size++] = byte;
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
    if (!reserve(buffer, 0))
        return;
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t room = buffer->capacity - buffer->size;
    int size = vsnprintf(buffer->data + buffer->size, room, format, arguments);
    va_end(arguments);
    if (size < 0)
        buffer->failed = true;
    else if ((size_t)size >= room && reserve(buffer, (size_t)size))
        (void)vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, again);
    va_end(again);
    if (!buffer->failed && (size_t)size > buffer->limit - buffer->size)
        buffer->failed = true;
    if (!buffer->failed)
        buffer->size += (size_t)size;
}

struct text buffer_text(struct buffer *buffer)
{
    if (!reserve(buffer, 0))
        return TEXT_NONE;
    buffer->data[buffer->size] = '\0';
    return (struct text){.data = buffer->data, .size = buffer->size};
}
