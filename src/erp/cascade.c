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

struct database_parameter cascade_lineage(const struct action_call *call)
{
    const struct json_value *lineage = json_get(call->context, TEXT("__cascade_lineage"));
    if (lineage == NULL || lineage->type == JSON_NULL)
        return (struct database_parameter){.text = TEXT(""), .is_null = true};
    return (struct database_parameter){.text = json_to_text(call->arena, lineage)};
}
