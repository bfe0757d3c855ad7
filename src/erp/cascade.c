/* Events for the ERP. */
#include "erp/cascade.h"

#include "action/encode.h"

struct text cascade_params(struct arena *arena, struct uuid entity_id, struct uuid user_id,
                           const struct json_value *entity)
{
    return cascade_update_params(arena, entity_id, user_id, entity, NULL);
}

struct text cascade_update_params(struct arena *arena, struct uuid entity_id, struct uuid user_id,
                                  const struct json_value *entity, const struct json_value *before)
{
    struct encoder encoder = {.arena = arena};
    struct encoder object = encode_begin(arena, 4);
    encode_member(&object, "entityID", encode_uuid(&encoder, entity_id));
    encode_member(&object, "userID", encode_uuid(&encoder, user_id));
    encode_member(&object, "entity", *entity);
    if (before != NULL)
        encode_member(&object, "beforeEntity", *before);
    const struct json_value params = encode_end(&encoder, &object);
    return encoder.failed ? TEXT_NONE : json_to_text(arena, &params);
}

static bool is_empty(const struct json_value *value)
{
    return value == NULL || value->type == JSON_NULL || (value->type == JSON_STRING && value->string.size == 0) ||
           (value->type == JSON_ARRAY && value->array.count == 0);
}

/* Returns whether the lineage names anything. */
static bool is_lineage(const struct json_value *value)
{
    if (value == NULL || value->type != JSON_OBJECT)
        return !is_empty(value);
    return !is_empty(json_get(value, TEXT("visited"))) || !is_empty(json_get(value, TEXT("originating_execution_id")));
}

struct database_parameter cascade_lineage(const struct action_call *call)
{
    const struct json_value *lineage = json_get(call->context, TEXT("__cascade_lineage"));
    if (!is_lineage(lineage))
        return (struct database_parameter){.text = TEXT(""), .is_null = true};
    return (struct database_parameter){.text = json_to_text(call->arena, lineage)};
}
