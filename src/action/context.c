/* Looks up dotted names in a context. */
#include "action/context.h"

#include "base/limits.h"

const struct text context_standing_fields[] = {
    {"entity_id", 9}, {"entity_name", 11},   {"event_type", 10},        {"user_id", 7},
    {"timestamp", 9}, {"field_changes", 13}, {"__cascade_lineage", 17},
};
const size_t context_standing_field_count = sizeof context_standing_fields / sizeof context_standing_fields[0];

static const struct json_value *walk(const struct json_value *value, struct text path)
{
    while (path.data != NULL && value != NULL)
        value = json_get(value, text_split(&path, '.'));
    return value;
}

const struct json_value *context_find(const struct json_value *context, struct text name)
{
    if (name.size > LIMIT_CONTEXT_NAME)
        return NULL;
    for (size_t size = name.size; size > 0; size--) {
        if (size < name.size && name.data[size] != '.')
            continue;
        const struct json_value *value = json_get(context, text_slice(name, 0, size));
        if (value != NULL && size < name.size)
            value = walk(value, text_slice(name, size + 1, name.size - size - 1));
        if (value != NULL)
            return value;
    }
    return NULL;
}
