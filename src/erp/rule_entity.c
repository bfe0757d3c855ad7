/* Ids that default to the entity of the rule. */
#include "erp/rule_entity.h"

bool rule_entity_or(const struct action_call *call, struct text text, struct uuid *id)
{
    *id = call->entity_id;
    return text.size == 0 || uuid_parse(text, id);
}
