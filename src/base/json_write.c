/* Writes a JSON value as text. */
#include <stdlib.h>

#include "base/json.h"
#include "base/json_scan.h"

/* The written form of a byte of a string: the byte itself, or an escape. */
static struct text escape_of(unsigned char byte)
{
    switch (byte) {
    case '"': return TEXT("\\\"");
    case '\\': return TEXT("\\\\");
    case '\b': return TEXT("\\b");
    case '\f': return TEXT("\\f");
    case '\n': return TEXT("\\n");
    case '\r': return TEXT("\\r");
    case '\t': return TEXT("\\t");
    default: return TEXT_NONE;
    }
}

static void write_unusual(struct buffer *buffer, unsigned char byte)
{
    struct text escape = escape_of(byte);
    if (escape.size > 0)
        buffer_add(buffer, escape);
    else if (byte < 0x20)
        buffer_print(buffer, "\\u%04x", byte);
    else
        buffer_add(buffer, TEXT("\xEF\xBF\xBD")); /* U+FFFD for a byte that is not UTF-8 */
}

void json_write_string(struct buffer *buffer, struct text string)
{
    buffer_add_byte(buffer, '"');
    size_t start = 0, at = 0; /* the bytes between them are written unchanged */
    while (at < string.size) {
        unsigned char byte = (unsigned char)string.data[at];
        size_t size = byte < 0x80 ? json_is_plain(string.data[at]) : text_utf8_size(string, at);
        if (size > 0) {
            at += size;
            continue;
        }
        buffer_add(buffer, text_slice(string, start, at - start));
        write_unusual(buffer, byte);
        start = ++at;
    }
    buffer_add(buffer, text_slice(string, start, at - start));
    buffer_add_byte(buffer, '"');
}

static void write_value(struct buffer *buffer, const struct json_value *value, bool sorted);

static void write_member(struct buffer *buffer, const struct json_member *member, bool first, bool sorted)
{
    if (!first)
        buffer_add_byte(buffer, ',');
    json_write_string(buffer, member->key);
    buffer_add_byte(buffer, ':');
    write_value(buffer, &member->value, sorted);
}

static int compare_members(const void *a, const void *b)
{
    const struct json_member *const *left = a, *const *right = b;
    return text_compare((*left)->key, (*right)->key);
}

static void write_sorted_members(struct buffer *buffer, const struct json_value *object)
{
    size_t count = object->object.count;
    const struct json_member **members = ARENA_ARRAY(buffer->arena, count, const struct json_member *);
    if (members == NULL) {
        buffer->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        members[i] = &object->object.members[i];
    qsort(members, count, sizeof(members[0]), compare_members);
    for (size_t i = 0; i < count && !buffer->failed; i++)
        write_member(buffer, members[i], i == 0, true);
}

static void write_object(struct buffer *buffer, const struct json_value *value, bool sorted)
{
    buffer_add_byte(buffer, '{');
    if (sorted)
        write_sorted_members(buffer, value);
    else
        for (size_t i = 0; i < value->object.count && !buffer->failed; i++)
            write_member(buffer, &value->object.members[i], i == 0, false);
    buffer_add_byte(buffer, '}');
}

static void write_array(struct buffer *buffer, const struct json_value *value, bool sorted)
{
    buffer_add_byte(buffer, '[');
    for (size_t i = 0; i < value->array.count && !buffer->failed; i++) {
        if (i > 0)
            buffer_add_byte(buffer, ',');
        write_value(buffer, &value->array.items[i], sorted);
    }
    buffer_add_byte(buffer, ']');
}

static void write_value(struct buffer *buffer, const struct json_value *value, bool sorted)
{
    switch (value->type) {
    case JSON_NULL: buffer_add(buffer, TEXT("null")); return;
    case JSON_BOOLEAN: buffer_add(buffer, value->boolean ? TEXT("true") : TEXT("false")); return;
    case JSON_NUMBER: buffer_add(buffer, value->number); return;
    case JSON_STRING: json_write_string(buffer, value->string); return;
    case JSON_ARRAY: write_array(buffer, value, sorted); return;
    case JSON_OBJECT: write_object(buffer, value, sorted); return;
    }
}

void json_write(struct buffer *buffer, const struct json_value *value)
{
    write_value(buffer, value, false);
}

void json_write_sorted(struct buffer *buffer, const struct json_value *value)
{
    write_value(buffer, value, true);
}

struct text json_to_text(struct arena *arena, const struct json_value *value)
{
    struct buffer buffer = buffer_in(arena, SIZE_MAX);
    json_write(&buffer, value);
    return buffer_text(&buffer);
}
