/* Results of actions whose effects a simulation leaves out. Pure; any thread. */
#ifndef RULE_MADE_UP_RESULT_H
#define RULE_MADE_UP_RESULT_H

#include "action/registry.h"

/* Makes a result of that type in the arena: the type's first output, and for each key that a result always has, the
   value of that key in the config, or else a value of the declared type. `config` is the action's config with its
   templates expanded, `now` the time. The same arguments give the same result. False past the arena's cap. */
bool made_up_result(struct arena *arena, const struct action_type *type, const struct json_value *config,
                    struct text now, struct json_value *result) MUST_CHECK;

#endif
