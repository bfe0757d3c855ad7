/* Results of actions whose effects a simulation leaves out. Pure; any thread. */
#ifndef RULE_MADE_UP_RESULT_H
#define RULE_MADE_UP_RESULT_H

#include "action/registry.h"

/* Makes a result of that type in the arena: its first output, and a value of the declared type for each key that is
   always there: that of the config where the config has the key too. `config` is that of the action, templates
   expanded, `now` the time. The same each time. False past the arena's cap. */
bool made_up_result(struct arena *arena, const struct action_type *type, const struct json_value *config,
                    struct text now, struct json_value *result) MUST_CHECK;

#endif
