/* "Did you mean ...?" for misspelled names. */
#ifndef CLI_SUGGESTION_H
#define CLI_SUGGESTION_H

#include "action/registry.h"
#include "cli/command.h"

/* The most similar of `count` names, of which name_at gives each; TEXT_NONE when none is near. */
struct text suggest_nearest(struct text name, struct text (*name_at)(const void *names, size_t index),
                            const void *names, size_t count);

/* The same among the types of a catalog. */
struct text suggest_action_type(struct text name, const struct action_catalog *catalog);

/* The action type of that name in action_catalog_all. NULL: there is no such type; reported on stderr with the nearest
   name. */
const struct action_type *find_action_type(const struct cli_command *command, const char *name);

#endif
