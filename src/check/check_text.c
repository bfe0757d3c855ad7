/* Columns and suggestions of messages. */
#include <assert.h>

#include "check/check_internal.h"

size_t checked_text_column(struct checked_text *text, struct text part)
{
    assert(part.data >= text->source.data && part.data <= text->source.data + text->source.size);
    size_t wanted = (size_t)(part.data - text->source.data);
    if (wanted < text->offset)
        text->offset = text->characters = 0;
    for (; text->offset < wanted; text->offset++)
        text->characters += ((unsigned char)text->source.data[text->offset] & 0xC0) != 0x80 ? 1 : 0;
    return text->characters + 1;
}

struct text check_advice(struct arena *arena, struct text name)
{
    return name.data != NULL ? arena_print(arena, "; did you mean '%.*s'?", TEXT_ARG(name)) : TEXT("");
}

struct text check_nearest(struct text name, const char *const *names, size_t count)
{
    struct text nearest = TEXT_NONE;
    size_t nearest_distance = name.size / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        size_t distance = text_distance(name, text_from(names[i]));
        if (distance < nearest_distance) {
            nearest_distance = distance;
            nearest = text_from(names[i]);
        }
    }
    return nearest;
}
