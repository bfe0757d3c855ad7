/* "Did you mean ...?" for misspelled names. */
#include "action/suggestion.h"

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
