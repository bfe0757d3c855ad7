/* Reads the settings from the environment, and the files that hold values of settings. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "settings/settings_table.h"

const char *setting_value_at(const struct setting *setting, settings_lookup *lookup, const char *variable)
{
    const char *value = variable != NULL ? lookup(variable) : NULL;
    bool is_set = value != NULL && (setting->secret ? value[0] != '\0' : text_trim(text_from(value)).size > 0);
    return is_set ? value : NULL;
}

/* Sets *source to the first of the variables that is set. False when none is set. */
static bool find_first(const struct setting *setting, settings_lookup *lookup, const char *const *variables,
                       size_t count, struct setting_source *source)
{
    for (size_t i = 0; i < count; i++) {
        source->value = setting_value_at(setting, lookup, variables[i]);
        source->variable = source->value != NULL ? variables[i] : NULL;
        if (source->value != NULL)
            return true;
    }
    return false;
}

struct setting_source setting_source_of(const struct setting *setting, settings_lookup *lookup)
{
    struct setting_source source = {0};
    if (find_first(setting, lookup, &setting->name, 1, &source))
        return source;
    source.is_file = find_first(setting, lookup, &setting->file_name, 1, &source);
    if (source.is_file || find_first(setting, lookup, setting->aliases, SETTING_ALIASES, &source))
        return source;
    source.is_file = find_first(setting, lookup, setting->file_aliases, SETTING_ALIASES, &source);
    return source;
}

const char *settings_variable(const char *name, settings_lookup *lookup)
{
    for (size_t i = 0; i < settings_table_count; i++) {
        if (strcmp(settings_table[i].name, name) == 0)
            return setting_source_of(&settings_table[i], lookup).variable;
    }
    return NULL;
}

/* The content of a file, without a trailing newline. */
static struct text read_file(struct arena *arena, const char *path, const char **fault)
{
    FILE *stream = fopen(path, "re");
    if (stream == NULL) {
        *fault = strerrordesc_np(errno);
        return TEXT_NONE;
    }
    struct buffer buffer = buffer_in(arena, LIMIT_SETTING_FILE);
    char chunk[4096];
    size_t size;
    while (!buffer.failed && (size = fread(chunk, 1, sizeof(chunk), stream)) > 0)
        buffer_add(&buffer, (struct text){.data = chunk, .size = size});
    if (ferror(stream))
        *fault = strerrordesc_np(errno);
    fclose(stream);
    struct text content = buffer_text(&buffer);
    while (content.size > 0 && (content.data[content.size - 1] == '\n' || content.data[content.size - 1] == '\r'))
        content.size--;
    if (*fault == NULL && content.size == 0)
        *fault = buffer.failed ? "the file is too large" : "the file is empty";
    return *fault == NULL ? content : TEXT_NONE;
}

/* Why a file cannot be read; NULL when it can. */
static const char *path_fault(struct arena *arena, struct text path)
{
    struct text name = arena_copy(arena, path);
    if (name.data == NULL)
        return "out of memory";
    FILE *stream = fopen(name.data, "re");
    if (stream == NULL)
        return strerrordesc_np(errno);
    const char *fault = NULL;
    if (fgetc(stream) == EOF)
        fault = ferror(stream) ? strerrordesc_np(errno) : "the file is empty";
    fclose(stream);
    return fault;
}

/* The value to store; empty, with *fault set, when it cannot be read. */
static struct text value_of(const struct setting *setting, const struct setting_source *source, struct arena *arena,
                            const char **fault)
{
    if (source->is_file)
        return read_file(arena, source->value, fault);
    struct text value = text_from(source->value);
    return setting->secret ? value : text_trim(value);
}

/* An address may by mistake be a URL that contains a password. */
static bool may_be_shown(const struct setting *setting, struct text value)
{
    bool is_address = setting->kind == SETTING_ADDRESS || setting->kind == SETTING_HOST;
    return !setting->secret && !(is_address && text_find_byte(value, '@') != SIZE_MAX);
}

static void report_wrong(struct settings_faults *faults, const struct setting *setting, const char *variable,
                         struct text value)
{
    bool may = may_be_shown(setting, value);
    struct text shown = may ? text_cut_utf8(value, 200) : TEXT_NONE;
    const char *sign = may ? "=" : "";
    if (setting->kind == SETTING_COUNT)
        settings_fault(faults, variable, "%s%.*s: expected %s from %lld to %lld", sign, TEXT_ARG(shown),
                       setting_expected(setting), (long long)setting->min, (long long)setting->max);
    else if (setting->kind == SETTING_LIST)
        settings_fault(faults, variable, "%s%.*s: expected %s, %lld at most", sign, TEXT_ARG(shown),
                       setting_expected(setting), (long long)setting->max);
    else
        settings_fault(faults, variable, "%s%.*s: expected %s", sign, TEXT_ARG(shown), setting_expected(setting));
}

static void read_set(const struct setting *setting, const struct setting_source *source, struct settings *settings,
                     struct settings_faults *faults)
{
    const char *fault = NULL;
    struct text value = value_of(setting, source, faults->arena, &fault);
    if (fault != NULL)
        settings_fault(faults, source->variable, ": %s", fault);
    else if (setting->kind == SETTING_PATH && (fault = path_fault(faults->arena, value)) != NULL)
        settings_fault(faults, source->variable, "=%.*s: %s", TEXT_ARG(value), fault);
    else if (!setting_store(setting, value, settings))
        report_wrong(faults, setting, source->variable, value);
}

static void read_unset(const struct setting *setting, settings_lookup *lookup, struct settings *settings,
                       struct settings_faults *faults)
{
    bool required = setting->default_value == NULL ||
                    (setting->required_with != NULL && settings_variable(setting->required_with, lookup) != NULL);
    if (required)
        settings_fault(faults, setting->name, " is required: %s", setting->help);
    else if (setting->default_value[0] != '\0')
        (void)setting_store(setting, text_from(setting->default_value), settings);
}

void settings_read(unsigned groups, settings_lookup *lookup, struct settings *settings, struct settings_faults *faults)
{
    for (size_t i = 0; i < settings_table_count; i++) {
        const struct setting *setting = &settings_table[i];
        if ((setting->group & groups) == 0)
            continue;
        const struct setting_source source = setting_source_of(setting, lookup);
        if (source.variable != NULL)
            read_set(setting, &source, settings, faults);
        else
            read_unset(setting, lookup, settings, faults);
    }
}

static void describe_others(struct buffer *buffer, const struct setting *setting)
{
    if (setting->file_name != NULL)
        buffer_print(buffer, "  %-31s file that holds it, read when %s is not set\n", setting->file_name,
                     setting->name);
    for (size_t i = 0; i < SETTING_ALIASES && setting->aliases[i] != NULL; i++)
        buffer_print(buffer, "  %-31s read when none of the above is set\n", setting->aliases[i]);
    for (size_t i = 0; i < SETTING_ALIASES && setting->file_aliases[i] != NULL; i++)
        buffer_print(buffer, "  %-31s file, read when none of the above is set\n", setting->file_aliases[i]);
}

void settings_describe(struct buffer *buffer, unsigned groups)
{
    for (size_t i = 0; i < settings_table_count; i++) {
        const struct setting *setting = &settings_table[i];
        if ((setting->group & groups) == 0)
            continue;
        buffer_print(buffer, "  %-31s %s", setting->name, setting->help);
        if (setting->kind == SETTING_CHOICE)
            buffer_print(buffer, " (%s)", setting->choices);
        if (setting->default_value == NULL)
            buffer_print(buffer, "; required\n");
        else if (setting->required_with != NULL)
            buffer_print(buffer, "; required with %s\n", setting->required_with);
        else if (setting->default_value[0] == '\0')
            buffer_print(buffer, "; optional\n");
        else
            buffer_print(buffer, "; default %s\n", setting->default_value);
        describe_others(buffer, setting);
    }
}
