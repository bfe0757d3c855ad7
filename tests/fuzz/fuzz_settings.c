/* Any environment is read, with a line for each fault and no secret in it. A second read gives the same result. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings/settings_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VARIABLES_MAX 24
#define SECRET        "\x7fsecret\x7f" /* in the value of every secret */
#define ALL_GROUPS    ~0u

static void check(bool condition)
{
    if (!condition)
        abort();
}

/* ---- the environment ---- */

static struct {
    const char *name, *value;
} variables[VARIABLES_MAX];
static size_t variable_count;

static const char *lookup(const char *name)
{
    for (size_t i = 0; i < variable_count; i++)
        if (strcmp(variables[i].name, name) == 0)
            return variables[i].value;
    return NULL;
}

/* The names of the table, in one list. */
static size_t name_count(const struct setting *setting, const char *names[])
{
    size_t count = 0;
    names[count++] = setting->name;
    if (setting->file_name != NULL)
        names[count++] = setting->file_name;
    for (size_t i = 0; i < SETTING_ALIASES; i++) {
        if (setting->aliases[i] != NULL)
            names[count++] = setting->aliases[i];
        if (setting->file_aliases[i] != NULL)
            names[count++] = setting->file_aliases[i];
    }
    return count;
}

/* Finds the setting for a line "NAME=value" of the input. A name that is not in the table stands for one that is, or
   for itself. */
static const struct setting *resolve(const char **name)
{
    const char *names[2 + 2 * SETTING_ALIASES];
    for (size_t i = 0; i < settings_table_count; i++)
        for (size_t k = 0, count = name_count(&settings_table[i], names); k < count; k++)
            if (strcmp(names[k], *name) == 0)
                return &settings_table[i];
    unsigned sum = 0;
    for (const char *byte = *name; *byte != '\0'; byte++)
        sum = sum * 31 + (unsigned char)*byte;
    if (sum % 4 == 0)
        return NULL;
    const struct setting *setting = &settings_table[sum % settings_table_count];
    *name = names[sum / 7 % name_count(setting, names)];
    return setting;
}

/* Files of every kind, in place of the files that the input names. */
static const char *path_for(const char *value)
{
    static const char *const paths[] = {"/dev/null", "/dev/zero", "/", "/nonexistent", "/proc/self/mem", "/etc/passwd"};
    return paths[strlen(value) % (sizeof paths / sizeof *paths)];
}

static bool is_path(const struct setting *setting, const char *name)
{
    bool is_file = setting->file_name != NULL && strcmp(setting->file_name, name) == 0;
    for (size_t i = 0; i < SETTING_ALIASES && !is_file; i++)
        is_file = setting->file_aliases[i] != NULL && strcmp(setting->file_aliases[i], name) == 0;
    return is_file || setting->kind == SETTING_PATH;
}

static void add_variable(struct arena *arena, struct text line)
{
    struct text value = line, key = text_split(&value, '=');
    const char *name = arena_copy(arena, key).data, *written = arena_copy(arena, value).data;
    const struct setting *setting = resolve(&name);
    if (variable_count == VARIABLES_MAX || lookup(name) != NULL)
        return;
    if (setting != NULL && is_path(setting, name))
        written = path_for(written);
    else if (setting != NULL && setting->secret && written[0] != '\0')
        written = arena_print(arena, "%s" SECRET, written).data;
    variables[variable_count].name = name;
    variables[variable_count++].value = written;
}

/* ---- what must hold ---- */

static void expect_line(struct arena *arena, struct text report, const char *variable)
{
    check(text_find(report, arena_print(arena, "\n  %s", variable)) != SIZE_MAX);
}

/* A value that does not fit its setting has a line. */
static void expect_faults(struct arena *arena, struct text report)
{
    for (size_t i = 0; i < settings_table_count; i++) {
        const struct setting *setting = &settings_table[i];
        const struct setting_source source = setting_source_of(setting, lookup);
        struct settings scratch = {0};
        if (source.variable == NULL) {
            if (setting->default_value == NULL)
                expect_line(arena, report, setting->name);
            continue;
        }
        struct text value = text_from(source.value);
        if (!source.is_file && setting->kind != SETTING_PATH &&
            !setting_store(setting, setting->secret ? value : text_trim(value), &scratch))
            expect_line(arena, report, source.variable);
    }
}

static struct text report_of(struct arena *arena, struct settings *settings)
{
    struct settings_faults faults = {.arena = arena};
    settings_read(ALL_GROUPS, lookup, settings, &faults);
    return faults.count > 0 ? settings_faults_text(&faults) : TEXT_NONE;
}

static void note(struct text variable, const char *other)
{
    check(variable.size > 0 && (other == NULL || other[0] != '\0'));
}

static void look_for_slips(struct arena *arena)
{
    const char *environment[VARIABLES_MAX + 1] = {NULL};
    for (size_t i = 0; i < variable_count; i++)
        environment[i] = arena_print(arena, "%s=%s", variables[i].name, variables[i].value).data;
    settings_unknown(environment, note);
    settings_alone(ALL_GROUPS, lookup, note);
    settings_doubled(ALL_GROUPS, lookup, note);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(64), 0);
    struct text rest = {.data = (const char *)data, .size = size};
    variable_count = 0;
    while (rest.size > 0)
        add_variable(arena, text_split(&rest, '\n'));

    struct settings settings = {0}, again = {0};
    struct text report = report_of(arena, &settings);
    check(text_equal(report, report_of(arena, &again)));
    check(text_find(report, TEXT(SECRET)) == SIZE_MAX);
    expect_faults(arena, report);
    look_for_slips(arena);
    struct buffer help = buffer_in(arena, MIB(1));
    settings_describe(&help, ALL_GROUPS);
    check(!help.failed);
    arena_free(arena);
    return 0;
}
