/* Cuts values of a result that are too large for the context, with the sizes and texts of the Go worker. */
#include <string.h>

#include "action/perform.h"
#include "base/limits.h"

/* The size of a string as Go's encoder writes it, with quotes; the encoder escapes <, >, & and control characters.
   Stops counting past `max`. */
static size_t string_size(struct text string, size_t max)
{
    size_t size = 2;
    for (size_t i = 0; i < string.size && size <= max; i++) {
        unsigned char byte = (unsigned char)string.data[i];
        bool separator = byte == 0xE2 && i + 2 < string.size && (unsigned char)string.data[i + 1] == 0x80 &&
                         ((unsigned char)string.data[i + 2] & 0xFE) == 0xA8; /* U+2028, U+2029 */
        if (separator)
            size += 4; /* the next iterations count the other two bytes of the character */
        else if (byte == '"' || byte == '\\' || byte == '\n' || byte == '\r' || byte == '\t' || byte == '\b' ||
                 byte == '\f')
            size += 2;
        else if (byte < 0x20 || byte == '<' || byte == '>' || byte == '&')
            size += 6;
        else
            size++;
    }
    return size;
}

/* The size of a value as Go encodes it; inexact past `max`. */
static size_t value_size(const struct json_value *value, size_t max)
{
    size_t size = 0;
    switch (value->type) {
    case JSON_NULL: return sizeof "null" - 1;
    case JSON_BOOLEAN: return value->boolean ? sizeof "true" - 1 : sizeof "false" - 1;
    case JSON_NUMBER: return value->number.size;
    case JSON_STRING: return string_size(value->string, max);
    case JSON_ARRAY:
        size = 1 + (value->array.count == 0 ? 1 : value->array.count); /* brackets and commas */
        for (size_t i = 0; i < value->array.count && size <= max; i++)
            size += value_size(&value->array.items[i], max - size);
        return size;
    case JSON_OBJECT:
        size = 1 + (value->object.count == 0 ? 1 : 2 * value->object.count); /* braces, colons and commas */
        for (size_t i = 0; i < value->object.count && size <= max; i++) {
            const struct json_member *member = &value->object.members[i];
            size += string_size(member->key, max);
            if (size <= max)
                size += value_size(&member->value, max - size);
        }
        break;
    }
    return size;
}

static bool is_too_large(const struct json_value *value)
{
    if (value->type == JSON_STRING)
        return value->string.size > LIMIT_RESULT_VALUE;
    return (value->type == JSON_ARRAY || value->type == JSON_OBJECT) &&
           value_size(value, LIMIT_RESULT_VALUE) > LIMIT_RESULT_VALUE;
}

static enum status cut_value(struct arena *arena, const struct json_value *value, struct json_value *cut)
{
    if (value->type != JSON_STRING) {
        *cut = json_string(TEXT("[LARGE_OBJECT_TRUNCATED]"));
        return STATUS_OK;
    }
    struct text kept = text_cut_utf8(value->string, LIMIT_RESULT_VALUE);
    struct text shortened = arena_print(arena, "%.*s...[TRUNCATED]", TEXT_ARG(kept));
    *cut = json_string(shortened);
    return shortened.data != NULL ? STATUS_OK : STATUS_BUDGET;
}

#define FLAG "_truncated" /* follows the name of a field that was cut */

/* The result as an object with fast lookup of fields. */
static enum status searchable(struct arena *arena, const struct json_value *result, struct json_value *object)
{
    *object = *result;
    if (result->lookup != JSON_LOOKUP_SCAN)
        return STATUS_OK;
    struct json_member *members = ARENA_ARRAY(arena, result->object.count, struct json_member);
    if (members == NULL)
        return STATUS_BUDGET;
    memcpy(members, result->object.members, result->object.count * sizeof *members);
    *object = json_object_sorted(members, result->object.count);
    return STATUS_OK;
}

/* Whether a field has the name of a flag: that of a field that is cut, and "_truncated". */
static bool is_flag(const struct json_value *result, struct text key)
{
    if (!text_ends(key, TEXT(FLAG)))
        return false;
    const struct json_value *field = json_get(result, text_slice(key, 0, key.size - (sizeof FLAG - 1)));
    return field != NULL && is_too_large(field);
}

/* Adds a flag for each field that is cut. A flag replaces a field of the result that has its name. */
static enum status add_flags(struct arena *arena, const struct json_value *result, struct json_member *members,
                             size_t *total)
{
    struct json_value object;
    size_t count = result->object.count;
    if (searchable(arena, result, &object) != STATUS_OK)
        return STATUS_BUDGET;
    for (size_t i = 0; i < count; i++) {
        const struct json_member *field = &result->object.members[i];
        if (is_flag(&object, field->key))
            members[i].value = json_boolean(true);
        if (!is_too_large(&field->value))
            continue;
        struct text flag = arena_print(arena, "%.*s" FLAG, TEXT_ARG(field->key));
        if (flag.data == NULL)
            return STATUS_BUDGET;
        if (json_get(&object, flag) == NULL)
            members[(*total)++] = (struct json_member){.key = flag, .value = json_boolean(true)};
    }
    return STATUS_OK;
}

enum status action_result_cut(struct arena *arena, const struct json_value *result, struct json_value *cut)
{
    *cut = *result;
    size_t count = result->object.count, large = 0;
    for (size_t i = 0; i < count; i++)
        large += is_too_large(&result->object.members[i].value) ? 1 : 0;
    if (large == 0)
        return STATUS_OK;
    struct json_member *members = ARENA_ARRAY(arena, count + large, struct json_member);
    if (members == NULL)
        return STATUS_BUDGET;
    memcpy(members, result->object.members, count * sizeof *members);
    size_t total = count;
    for (size_t i = 0; i < count; i++)
        if (is_too_large(&members[i].value) &&
            cut_value(arena, &result->object.members[i].value, &members[i].value) != STATUS_OK)
            return STATUS_BUDGET;
    if (add_flags(arena, result, members, &total) != STATUS_OK)
        return STATUS_BUDGET;
    *cut = json_object(members, total);
    return STATUS_OK;
}
