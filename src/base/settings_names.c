/* Variables that may not be what was meant: nobody is told of those that are merely not ours. */
#include <string.h>

#include "base/settings_table.h"

/* A slip in a long name may be of two letters; in a short one that is a name of its own. */
#define LONG_NAME 14

/* Every variable that is read for a setting, in turn; NULL after the last. */
static const char *variable_at(const struct setting *setting, size_t index)
{
    const char *variables[2 + 2 * SETTING_ALIASES] = {setting->name, setting->file_name};
    for (size_t i = 0; i < SETTING_ALIASES; i++) {
        variables[2 + i] = setting->aliases[i];
        variables[2 + SETTING_ALIASES + i] = setting->file_aliases[i];
    }
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        if (variables[i] != NULL && index-- == 0)
            return variables[i];
    }
    return NULL;
}

/* NULL: the name is known, or like none. */
static const char *meant_by(struct text name)
{
    const char *nearest = NULL;
    size_t least = name.size >= LONG_NAME ? 3 : 2;
    for (size_t i = 0; i < settings_table_count; i++) {
        const char *variable;
        for (size_t j = 0; (variable = variable_at(&settings_table[i], j)) != NULL; j++) {
            size_t apart = text_distance(name, text_from(variable));
            if (apart == 0)
                return NULL;
            if (apart < least) {
                least = apart;
                nearest = variable;
            }
        }
    }
    return nearest;
}

static bool is_of_our_kind(struct text name)
{
    return text_starts(name, TEXT("ICHOR_")) || text_starts(name, TEXT("TEMPORAL_"));
}

/* Kubernetes sets NAME_PORT=tcp://10.0.0.1:7233 and more for each service: "ichor-temporal" is one slip or two away. */
static bool is_of_a_service(struct text value)
{
    return text_starts(value, TEXT("tcp://")) || text_starts(value, TEXT("udp://"));
}

void settings_misspelled(const char *const *environment, settings_doubt *tell)
{
    for (; *environment != NULL; environment++) {
        struct text rest = text_from(*environment);
        struct text name = text_split(&rest, '=');
        bool doubtful = rest.size > 0 && is_of_our_kind(name) && !is_of_a_service(rest);
        const char *meant = doubtful ? meant_by(name) : NULL;
        if (meant != NULL)
            tell(name, meant);
    }
}

void settings_alone(unsigned groups, settings_lookup *lookup, settings_doubt *tell)
{
    for (size_t i = 0; i < settings_table_count; i++) {
        const struct setting *setting = &settings_table[i];
        if ((setting->group & groups) == 0 || setting->required_with == NULL)
            continue;
        const char *variable = setting_source_of(setting, lookup).variable;
        const char *other = settings_variable(setting->required_with, lookup);
        if (variable != NULL && other == NULL)
            tell(text_from(variable), setting->required_with);
    }
}
