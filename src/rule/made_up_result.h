/* Results of actions whose effects a simulation leaves out. Pure; any thread. */
#ifndef RULE_MADE_UP_RESULT_H
#define RULE_MADE_UP_RESULT_H

#include "action/registry.h"

/* Makes a result of that type with its first output, in the arena. False past its cap. */
bool made_up_result(struct arena *arena, const struct action_type *type, struct json_value *result) MUST_CHECK;

#endif
