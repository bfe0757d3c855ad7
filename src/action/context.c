/* Looks up dotted names in a context. */
#include "action/context.h"

#include "base/limits.h"

const struct text context_standing_fields[] = {
    {"entity_id", 9}, {"entity_name", 11},   {"event_type", 10},        {"user_id", 7},
    {"timestamp", 9}, {"field_changes", 13}, {"__cascade_lineage", 17},
};
const size_t context_standing_field_count = sizeof context_standing_fields / sizeof context_standing_fields[0];

#define INDEX_DIGITS 9

bool context_take_index(struct text *rest, size_t *index)
{
    int64_t number;
    if (rest->size == 0 || rest->data[0] != '[')
        return false;
    const size_t end = text_find_byte(text_slice(*rest, 0, INDEX_DIGITS + 2), ']');
    if (end == SIZE_MAX || end < 2 || rest->data[1] == '-' || !text_to_int64(text_slice(*rest, 1, end - 1), &number))
        return false;
    *index = (size_t)number;
    *rest = text_slice(*rest, end + 1, rest->size);
    return true;
}

static const struct json_value *element(const struct json_value *value, struct text *rest)
{
    size_t index;
    if (!context_take_index(rest, &index) || value->type != JSON_ARRAY || index >= value->array.count)
        return NULL;
    return &value->array.items[index];
}

/* The member whose key is everything up to the next dot; if there is none, everything up to the first bracket. */
static const struct json_value *member(const struct json_value *value, struct text *rest)
{
    const struct text after = text_slice(*rest, 1, rest->size);
    struct text key = text_slice(after, 0, text_find_byte(after, '.'));
    const struct json_value *found = json_get(value, key);
    if (found == NULL) {
        key = text_slice(key, 0, text_find_byte(key, '['));
        found = json_get(value, key);
    }
    *rest = text_slice(after, key.size, after.size);
    return found;
}

const struct json_value *context_walk(const struct json_value *value, struct text rest)
{
    while (rest.size > 0 && value != NULL)
        value = rest.data[0] == '.' ? member(value, &rest) : element(value, &rest);
    return value;
}

const struct json_value *context_find(const struct json_value *context, struct text name)
{
    if (name.size > LIMIT_CONTEXT_NAME)
        return NULL;
    for (size_t size = name.size; size > 0; size--) {
        if (size < name.size && !context_is_cut(name, size))
            continue;
        const struct json_value *value =
            context_walk(json_get(context, text_slice(name, 0, size)), text_slice(name, size, name.size));
        if (value != NULL)
            return value;
    }
    return NULL;
}
