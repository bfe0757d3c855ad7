/* The action type that an argument of a command names. */
#include "cli/named_action.h"

#include "action/suggestion.h"

const struct action_type *find_action_type(const struct cli_command *command, const char *name)
{
    const struct action_type *type = action_catalog_find(&action_catalog_all, text_from(name));
    if (type != NULL)
        return type;
    struct text nearest = suggest_action_type(text_from(name), &action_catalog_all);
    if (nearest.size > 0)
        cli_fail(command, "no action '%s'; did you mean '%.*s'?", name, TEXT_ARG(nearest));
    else
        cli_fail(command, "no action '%s'; '" PROGRAM " actions' lists them", name);
    return NULL;
}
