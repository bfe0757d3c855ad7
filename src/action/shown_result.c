#include "action/shown_result.h"

static bool is_sensitive(const struct action_type *type, struct text key)
{
    for (const char *const *name = type->sensitive; name != NULL && *name != NULL; name++)
        if (text_is(key, *name))
            return true;
    return false;
}

enum status shown_result(struct arena *arena, const struct action_type *type, const struct json_value *result,
                         struct json_value *shown)
{
    *shown = *result;
    if (type->sensitive == NULL || result->type != JSON_OBJECT)
        return STATUS_OK;
    const size_t count = result->object.count;
    struct json_member *members = ARENA_ARRAY(arena, count, struct json_member);
    if (members == NULL)
        return STATUS_BUDGET;
    for (size_t i = 0; i < count; i++) {
        members[i] = result->object.members[i];
        if (is_sensitive(type, members[i].key))
            members[i].value = json_string(TEXT("[sensitive]"));
    }
    *shown = json_object(members, count);
    return STATUS_OK;
}

struct text shown_result_text(struct arena *arena, const struct action_type *type, struct text result)
{
    struct json_value value, shown;
    if (type == NULL || type->sensitive == NULL || result.size == 0)
        return result;
    enum status status = json_read(arena, result, &value, NULL);
    if (status == STATUS_OK)
        status = shown_result(arena, type, &value, &shown);
    if (status == STATUS_INVALID) /* a history may contain any bytes */
        return TEXT("\"[sensitive]\"");
    return status == STATUS_OK ? json_to_text(arena, &shown) : TEXT_NONE;
}
