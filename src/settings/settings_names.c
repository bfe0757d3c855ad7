/* Finds variables that may be mistakes: misspelled, without effect, or set twice. */
#include <string.h>

#include "settings/settings_table.h"

/* Names of at least this size count as misspelled with up to two typing errors; shorter names only with one. */
#define LONG_NAME 14

/* The variables that a setting can be read from, by index; NULL after the last one. */
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

/* The setting that a variable may be meant for. */
struct meaning {
    bool known;          /* it is a setting */
    const char *nearest; /* the setting whose name it may misspell, or NULL */
};

static struct meaning meaning_of(struct text name)
{
    struct meaning meaning = {0};
    size_t nearest = name.size >= LONG_NAME ? 3 : 2;
    for (size_t i = 0; i < settings_table_count; i++) {
        const char *variable;
        for (size_t j = 0; (variable = variable_at(&settings_table[i], j)) != NULL; j++) {
            size_t apart = text_distance(name, text_from(variable));
            meaning.known = meaning.known || apart == 0;
            if (apart < nearest) {
                nearest = apart;
                meaning.nearest = variable;
            }
        }
    }
    return meaning;
}

/* Does a setting begin with the same two words, such as ICHOR_DB_? */
static bool is_of_a_family(struct text name)
{
    for (size_t i = 0; i < settings_table_count; i++) {
        struct text rest = text_from(settings_table[i].name), whole = rest;
        (void)text_split(&rest, '_');
        (void)text_split(&rest, '_');
        if (rest.size > 0 && text_starts(name, text_slice(whole, 0, whole.size - rest.size)))
            return true;
    }
    return false;
}

static bool is_of_our_kind(struct text name)
{
    return text_starts(name, TEXT("ICHOR_")) || text_starts(name, TEXT("TEMPORAL_"));
}

static bool is_digit_behind(struct text text, struct text part)
{
    size_t at = text_find(text, part);
    return at != SIZE_MAX && at + part.size < text.size && text.data[at + part.size] >= '0' &&
           text.data[at + part.size] <= '9';
}

/* Kubernetes sets NAME_SERVICE_HOST, NAME_PORT=tcp://10.0.0.1:7233, NAME_PORT_7233_TCP_ADDR and more for a service. */
static bool is_of_a_service(struct text name, struct text value)
{
    return text_starts(value, TEXT("tcp://")) || text_starts(value, TEXT("udp://")) ||
           text_ends(name, TEXT("_SERVICE_HOST")) || text_find(name, TEXT("_SERVICE_PORT")) != SIZE_MAX ||
           is_digit_behind(name, TEXT("_PORT_"));
}

void settings_unknown(const char *const *environment, settings_report *report)
{
    for (; *environment != NULL; environment++) {
        struct text rest = text_from(*environment);
        struct text name = text_split(&rest, '=');
        if (rest.size == 0 || !is_of_our_kind(name) || is_of_a_service(name, rest))
            continue;
        struct meaning meaning = meaning_of(name);
        if (!meaning.known && (meaning.nearest != NULL || is_of_a_family(name)))
            report(name, meaning.nearest);
    }
}

void settings_alone(unsigned groups, settings_lookup *lookup, settings_report *report)
{
    for (size_t i = 0; i < settings_table_count; i++) {
        const struct setting *setting = &settings_table[i];
        if ((setting->group & groups) == 0 || setting->required_with == NULL)
            continue;
        const char *variable = setting_source_of(setting, lookup).variable;
        const char *other = settings_variable(setting->required_with, lookup);
        if (variable != NULL && other == NULL)
            report(text_from(variable), setting->required_with);
    }
}

void settings_doubled(unsigned groups, settings_lookup *lookup, settings_report *report)
{
    for (size_t i = 0; i < settings_table_count; i++) {
        const struct setting *setting = &settings_table[i];
        if ((setting->group & groups) == 0)
            continue;
        const struct setting_source used = setting_source_of(setting, lookup);
        const char *variable;
        for (size_t j = 0; (variable = variable_at(setting, j)) != NULL; j++) {
            const char *value = setting_value_at(setting, lookup, variable);
            if (value != NULL && strcmp(value, used.value) != 0)
                report(text_from(variable), used.variable);
        }
    }
}
