/* "Did you mean ...?" for misspelled names. */
#include "cli/suggestion.h"

struct text suggest_nearest(struct text name, struct text (*name_at)(const void *names, size_t index),
                            const void *names, size_t count)
{
    struct text nearest = TEXT_NONE;
    size_t nearest_distance = name.size / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        struct text candidate = name_at(names, i);
        size_t distance = text_distance(name, candidate);
        if (distance < nearest_distance) {
            nearest_distance = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

static struct text type_name_at(const void *names, size_t index)
{
    const struct action_catalog *catalog = names;
    return text_from(catalog->types[index].name);
}

struct text suggest_action_type(struct text name, const struct action_catalog *catalog)
{
    return suggest_nearest(name, type_name_at, catalog, catalog->count);
}

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
