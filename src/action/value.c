/* Writes values in Go's notation and as JSON. */
#include "action/value.h"

#include <stdlib.h>

#include "base/decimal.h"
#include "base/limits.h"

/* Delimiters of arrays and objects. */
struct notation {
    bool json;
    struct text null, object_open, object_close, separator;
};
static const struct notation go_notation = {
    .json = false,
    .null = {.data = "<nil>", .size = 5},
    .object_open = {.data = "map[", .size = 4},
    .object_close = {.data = "]", .size = 1},
    .separator = {.data = " ", .size = 1},
};
static const struct notation json_notation = {
    .json = true,
    .null = {.data = "null", .size = 4},
    .object_open = {.data = "{", .size = 1},
    .object_close = {.data = "}", .size = 1},
    .separator = {.data = ",", .size = 1},
};

static void write_value(struct buffer *buffer, const struct json_value *value, const struct notation *notation);

static void write_string(struct buffer *buffer, struct text string, const struct notation *notation)
{
    if (notation->json)
        json_write_string(buffer, string);
    else
        buffer_add(buffer, string);
}

static int member_order(const void *a, const void *b)
{
    const struct json_member *const *left = a, *const *right = b;
    return text_compare((*left)->key, (*right)->key);
}

static void write_object(struct buffer *buffer, const struct json_value *value, const struct notation *notation)
{
    size_t count = value->object.count;
    const struct json_member **sorted = ARENA_ARRAY(buffer->arena, count, const struct json_member *);
    if (sorted == NULL) {
        buffer->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = &value->object.members[i];
    qsort(sorted, count, sizeof(const struct json_member *), member_order);
    buffer_add(buffer, notation->object_open);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_add(buffer, notation->separator);
        write_string(buffer, sorted[i]->key, notation);
        buffer_add_byte(buffer, ':');
        write_value(buffer, &sorted[i]->value, notation);
    }
    buffer_add(buffer, notation->object_close);
}

static void write_array(struct buffer *buffer, const struct json_value *value, const struct notation *notation)
{
    buffer_add_byte(buffer, '[');
    for (size_t i = 0; i < value->array.count && !buffer->failed; i++) {
        if (i > 0)
            buffer_add(buffer, notation->separator);
        write_value(buffer, &value->array.items[i], notation);
    }
    buffer_add_byte(buffer, ']');
}

static void write_value(struct buffer *buffer, const struct json_value *value, const struct notation *notation)
{
    switch (value->type) {
    case JSON_NULL: buffer_add(buffer, notation->null); break;
    case JSON_BOOLEAN: buffer_add(buffer, value->boolean ? TEXT("true") : TEXT("false")); break;
    case JSON_STRING: write_string(buffer, value->string, notation); break;
    case JSON_ARRAY: write_array(buffer, value, notation); break;
    case JSON_OBJECT: write_object(buffer, value, notation); break;
    case JSON_NUMBER: {
        struct text plain = decimal_plain(buffer->arena, value->number);
        if (plain.data == NULL)
            buffer->failed = true;
        else
            buffer_add(buffer, plain);
        break;
    }
    }
}

struct text value_show(struct arena *arena, const struct json_value *value)
{
    switch (value->type) {
    case JSON_NULL: return go_notation.null;
    case JSON_BOOLEAN: return value->boolean ? TEXT("true") : TEXT("false");
    case JSON_NUMBER: return decimal_plain(arena, value->number);
    case JSON_STRING: return value->string.data != NULL ? value->string : TEXT("");
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    struct buffer buffer = buffer_in(arena, LIMIT_VALUE_TEXT);
    write_value(&buffer, value, &go_notation);
    return buffer_text(&buffer);
}

struct text value_json(struct arena *arena, const struct json_value *value)
{
    struct buffer buffer = buffer_in(arena, LIMIT_VALUE_TEXT);
    write_value(&buffer, value, &json_notation);
    return buffer_text(&buffer);
}

bool value_is_decimal(const struct json_value *value, struct text *digits)
{
    if (value->type == JSON_NUMBER)
        *digits = value->number;
    else if (value->type == JSON_STRING)
        *digits = value->string;
    else
        return false;
    return decimal_is(*digits);
}
