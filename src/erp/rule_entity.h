/* The entity that started a rule. An action works on it unless the action's config names another one. Call only from
   the thread of the action call. */
#ifndef ERP_RULE_ENTITY_H
#define ERP_RULE_ENTITY_H

#include "action/action.h"

/* Reads the id from a text of the config, or takes the entity of the rule when the text is empty; *id is nil when there
   is neither. False: the text is not a UUID, and the action is refused with `fault` and the reason. */
bool rule_entity_or(struct action_call *call, const char *fault, struct text text, struct uuid *id) MUST_CHECK;

#endif
