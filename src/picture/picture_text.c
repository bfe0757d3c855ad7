/* One-line texts. */
#include "picture/picture_text.h"

#include <inttypes.h>

#include "base/buffer.h"

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t picture_columns(struct text text)
{
    size_t columns = 0;
    for (size_t i = 0; i < text.size; i++)
        columns += !is_continuation(text.data[i]);
    return columns;
}

struct text picture_line(struct arena *arena, struct text text, size_t limit)
{
    bool cut = picture_columns(text) > limit;
    struct buffer line = buffer_in(arena, text.size + 4);
    size_t columns = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_continuation(text.data[i]) && columns++ + cut == limit)
            break;
        bool control = (unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f;
        buffer_add_byte(&line, control ? ' ' : text.data[i]);
    }
    if (cut)
        buffer_add(&line, TEXT("…"));
    return buffer_text(&line);
}

struct text picture_duration(struct arena *arena, int64_t duration_us)
{
    if (duration_us < 0)
        return TEXT("");
    int64_t ms = duration_us / 1000, seconds = ms / 1000;
    if (ms < 1)
        return TEXT("< 1 ms");
    if (seconds < 1)
        return arena_print(arena, "%" PRId64 " ms", ms);
    if (seconds < 60)
        return arena_print(arena, "%" PRId64 ".%" PRId64 " s", seconds, ms % 1000 / 100);
    if (seconds < 3600)
        return arena_print(arena, "%" PRId64 " min", seconds / 60);
    if (seconds < 48 * 3600)
        return arena_print(arena, "%" PRId64 ".%" PRId64 " h", seconds / 3600, seconds % 3600 / 360);
    return arena_print(arena, "%" PRId64 " d", seconds / 86400);
}
