/* Reads ids that default to the entity of the rule. */
#include "erp/rule_entity.h"

bool rule_entity_or(struct action_call *call, const char *fault, struct text text, struct uuid *id)
{
    *id = call->entity_id;
    if (text.size == 0 || uuid_parse(text, id))
        return true;
    (void)action_refuse(call, PUBLIC("%s") "%.*s", fault, TEXT_ARG(action_uuid_fault(call, text)));
    return false;
}
