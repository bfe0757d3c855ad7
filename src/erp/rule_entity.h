/* The entity that started a rule, as what an action works on unless its config says otherwise. The thread of the
   call. */
#ifndef ERP_RULE_ENTITY_H
#define ERP_RULE_ENTITY_H

#include "action/action.h"

/* The id in a text of the config, or the entity of the rule where the text is empty; *id is nil when there is neither.
   False: the text is no UUID, and the action is refused with `fault` and the reason. */
bool rule_entity_or(struct action_call *call, const char *fault, struct text text, struct uuid *id) MUST_CHECK;

#endif
