/* The action type that an argument of a command names. */
#ifndef CLI_NAMED_ACTION_H
#define CLI_NAMED_ACTION_H

#include "action/registry.h"
#include "console/command.h"

/* The action type of that name in action_catalog_all. NULL: there is no such type; reported on stderr with the nearest
   name. */
const struct action_type *find_action_type(const struct cli_command *command, const char *name);

#endif
