#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/settings_table.h"

#define DAY_MS (24LL * 3600 * 1000)

struct unit {
    const char *name;
    int64_t size;
};

/* Takes a leading unit off the text: the longest that fits. */
static const struct unit *take_unit(struct text *text, const struct unit *units, size_t count)
{
    const struct unit *best = NULL;
    for (size_t i = 0; i < count; i++) {
        struct text name = text_from(units[i].name);
        if (text_starts(*text, name) && (best == NULL || name.size > text_from(best->name).size))
            best = &units[i];
    }
    if (best != NULL)
        *text = text_slice(*text, text_from(best->name).size, SIZE_MAX);
    return best;
}

static size_t digits_at_start(struct text text)
{
    size_t count = 0;
    while (count < text.size && text.data[count] >= '0' && text.data[count] <= '9')
        count++;
    return count;
}

/* One number with its unit off the front, added to *nanoseconds. */
static bool take_duration(struct text *rest, int64_t *nanoseconds)
{
    static const struct unit units[] = {{"ns", 1},         {"us", 1000},       {"\302\265s", 1000}, {"ms", 1000000},
                                        {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000}};
    struct text whole = text_slice(*rest, 0, digits_at_start(*rest));
    *rest = text_slice(*rest, whole.size, SIZE_MAX);
    struct text fraction = TEXT_NONE;
    if (rest->size > 0 && rest->data[0] == '.') {
        *rest = text_slice(*rest, 1, SIZE_MAX);
        fraction = text_slice(*rest, 0, digits_at_start(*rest));
        *rest = text_slice(*rest, fraction.size, SIZE_MAX);
    }
    if (whole.size + fraction.size == 0 || fraction.size > 9)
        return false;
    const struct unit *unit = take_unit(rest, units, sizeof(units) / sizeof(units[0]));
    if (unit == NULL)
        return false;

    int64_t value = 0, amount;
    if ((whole.size > 0 && !text_to_int64(whole, &value)) || __builtin_mul_overflow(value, unit->size, &amount) ||
        __builtin_add_overflow(*nanoseconds, amount, nanoseconds))
        return false;
    int64_t part = unit->size;
    for (size_t i = 0; i < fraction.size; i++) {
        part /= 10;
        if (__builtin_add_overflow(*nanoseconds, (fraction.data[i] - '0') * part, nanoseconds))
            return false;
    }
    return true;
}

bool settings_duration(struct text text, int64_t *milliseconds)
{
    if (text_is(text, "0")) {
        *milliseconds = 0;
        return true;
    }
    int64_t nanoseconds = 0;
    do {
        if (!take_duration(&text, &nanoseconds))
            return false;
    } while (text.size > 0);
    *milliseconds = nanoseconds / 1000000;
    return *milliseconds <= 366 * DAY_MS;
}

static bool parse_bytes(struct text text, int64_t *bytes)
{
    static const struct unit units[] = {{"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30}};
    struct text digits = text_slice(text, 0, digits_at_start(text));
    struct text rest = text_trim(text_slice(text, digits.size, SIZE_MAX));
    int64_t size = 1;
    if (rest.size > 0) {
        const struct unit *unit = take_unit(&rest, units, sizeof(units) / sizeof(units[0]));
        if (unit == NULL || rest.size > 0)
            return false;
        size = unit->size;
    }
    int64_t value;
    return text_to_int64(digits, &value) && !__builtin_mul_overflow(value, size, bytes);
}

/* As Go's strconv.ParseBool. */
static bool parse_boolean(struct text text, bool *value)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        *value = text_is(text, yes[i]);
        if (*value || text_is(text, no[i]))
            return true;
    }
    return false;
}

static bool parse_choice(struct text text, const char *choices, int64_t *index)
{
    struct text rest = text_from(choices);
    for (*index = 0; rest.data != NULL; ++*index) {
        if (text_equal(text_split(&rest, '|'), text))
            return true;
    }
    return false;
}

static bool parse_queues(struct text text, struct settings_list *queues)
{
    queues->count = 0;
    while (text.data != NULL) {
        struct text queue = text_trim(text_split(&text, ','));
        if (queue.size == 0 || queue.size > 1000 || queues->count == LIMIT_TASK_QUEUES)
            return false;
        for (size_t i = 0; i < queues->count; i++) {
            if (text_equal(queues->items[i], queue))
                return false;
        }
        queues->items[queues->count++] = queue;
    }
    return true;
}

/* The part behind the last ':' outside of [brackets] is a port. */
static bool parse_address(struct text text, bool port_required)
{
    size_t colon = SIZE_MAX;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == ' ')
            return false;
        if (text.data[i] == ']')
            colon = SIZE_MAX;
        else if (text.data[i] == ':')
            colon = i;
    }
    if (colon == SIZE_MAX || text_starts(text, TEXT("/")))
        return !port_required && text.size > 0;
    int64_t port;
    return colon > 0 && text_to_int64(text_slice(text, colon + 1, SIZE_MAX), &port) && port >= 1 && port <= 65535;
}

/* A look at the outside: no room below the mail service can say more. */
static bool parse_relay(struct text text)
{
    size_t scheme = text_starts(text, TEXT("smtps://")) ? 8 : 7;
    if (scheme == 7 && !text_starts(text, TEXT("smtp://")))
        return false;
    struct text host = text_slice(text, scheme, SIZE_MAX);
    for (size_t at = text_find_byte(host, '@'); at != SIZE_MAX; at = text_find_byte(host, '@'))
        host = text_slice(host, at + 1, SIZE_MAX);
    return parse_address(text_split(&host, '/'), false);
}

static bool parse_sender(struct text text)
{
    size_t at = text_find_byte(text, '@');
    return at != SIZE_MAX && at > 0 && at + 1 < text.size;
}

/* NULL when the value is good, else what was expected. */
static const char *expected(const struct setting *setting)
{
    switch (setting->kind) {
    case SETTING_TEXT: return "text";
    case SETTING_ADDRESS: return "host:port";
    case SETTING_HOST: return "host or host:port";
    case SETTING_RELAY: return "smtp://[user:password@]host[:port] or smtps://...";
    case SETTING_SENDER: return "an address like erp@example.com or Ichor <erp@example.com>";
    case SETTING_LIST: return "names separated by commas, each once, 8 at most";
    case SETTING_BOOLEAN: return "true or false";
    case SETTING_CHOICE: return setting->choices;
    case SETTING_DURATION: return "a duration such as 90s or 1m30s, a day at most";
    case SETTING_BYTES: return "bytes, or a number with KiB, MiB or GiB, a TiB at most";
    case SETTING_COUNT: return "a whole number";
    }
    return "";
}

static bool in_range(const struct setting *setting, int64_t value)
{
    return value >= setting->least && value <= setting->most;
}

static bool store(const struct setting *setting, struct text value, struct settings *settings)
{
    void *field = (char *)settings + setting->field;
    switch (setting->kind) {
    case SETTING_TEXT: *(struct text *)field = value; return true;
    case SETTING_ADDRESS:
    case SETTING_HOST: *(struct text *)field = value; return parse_address(value, setting->kind == SETTING_ADDRESS);
    case SETTING_RELAY: *(struct text *)field = text_trim(value); return parse_relay(text_trim(value));
    case SETTING_SENDER: *(struct text *)field = value; return parse_sender(value);
    case SETTING_LIST: return parse_queues(value, field);
    case SETTING_BOOLEAN: return parse_boolean(value, field);
    case SETTING_CHOICE: return parse_choice(value, setting->choices, field);
    case SETTING_DURATION: return settings_duration(value, field) && in_range(setting, *(const int64_t *)field);
    case SETTING_BYTES: return parse_bytes(value, field) && in_range(setting, *(const int64_t *)field);
    case SETTING_COUNT: return text_to_int64(value, field) && in_range(setting, *(const int64_t *)field);
    }
    return false;
}

/* What is known of one setting's value. */
struct found {
    const char *name; /* of the variable that was set; the setting's own when none was */
    struct text value;
    const char *fault; /* why there is none although a variable was set */
};

/* What a file holds, without the end of its line. */
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
    while ((size = fread(chunk, 1, sizeof(chunk), stream)) > 0)
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

/* Looks under one name; false when nothing is set there. */
static bool find_value(const struct setting *setting, settings_lookup *lookup, const char *name, struct found *found)
{
    struct text value = text_from(name != NULL ? lookup(name) : NULL);
    if (!setting->secret)
        value = text_trim(value);
    if (value.size == 0)
        return false;
    *found = (struct found){.name = name, .value = value};
    return true;
}

static bool find_file(struct arena *arena, settings_lookup *lookup, const char *name, struct found *found)
{
    const char *path = name != NULL ? lookup(name) : NULL;
    if (path == NULL || path[0] == '\0')
        return false;
    *found = (struct found){.name = name};
    found->value = read_file(arena, path, &found->fault);
    return true;
}

static struct found look_up(const struct setting *setting, settings_lookup *lookup, struct arena *arena)
{
    struct found found;
    if (find_value(setting, lookup, setting->name, &found) || find_file(arena, lookup, setting->file_name, &found))
        return found;
    for (size_t i = 0; i < SETTING_ALIASES; i++) {
        if (find_value(setting, lookup, setting->aliases[i], &found))
            return found;
    }
    for (size_t i = 0; i < SETTING_ALIASES; i++) {
        if (find_file(arena, lookup, setting->file_aliases[i], &found))
            return found;
    }
    return (struct found){.name = setting->name};
}

static void tell_fault(struct buffer *faults, const struct setting *setting, const struct found *found)
{
    if (found->fault != NULL) {
        buffer_print(faults, "\n  %s: %s", found->name, found->fault);
        return;
    }
    if (found->value.size == 0) {
        buffer_print(faults, "\n  %s is required: %s", found->name, setting->help);
        return;
    }
    if (setting->secret)
        buffer_print(faults, "\n  %s: expected %s", found->name, expected(setting));
    else
        buffer_print(faults, "\n  %s=%.*s: expected %s", found->name, TEXT_ARG(text_cut_utf8(found->value, 200)),
                     expected(setting));
    if (setting->kind == SETTING_COUNT)
        buffer_print(faults, " from %lld to %lld", (long long)setting->least, (long long)setting->most);
}

/* Is the other setting, which stands before this one, there? */
static bool is_set(const char *name, settings_lookup *lookup, struct arena *arena)
{
    for (size_t i = 0; name != NULL && i < settings_table_count; i++) {
        if (strcmp(settings_table[i].name, name) == 0)
            return look_up(&settings_table[i], lookup, arena).value.size > 0;
    }
    return false;
}

static bool may_be_left_out(const struct setting *setting, settings_lookup *lookup, struct arena *arena)
{
    return setting->standard != NULL && !is_set(setting->required_with, lookup, arena);
}

enum status settings_read(unsigned groups, settings_lookup *lookup, struct settings *settings, struct error *error)
{
    *settings = (struct settings){0};
    struct buffer faults = buffer_in(error->arena, KIB(64));
    size_t count = 0;
    for (size_t i = 0; i < settings_table_count; i++) {
        const struct setting *setting = &settings_table[i];
        if ((setting->group & groups) == 0)
            continue;
        struct found found = look_up(setting, lookup, error->arena);
        struct text used = found.value.size == 0 ? text_from(setting->standard) : found.value;
        if (found.fault == NULL && used.size == 0 && may_be_left_out(setting, lookup, error->arena))
            continue;
        if (found.fault != NULL || used.size == 0 || !store(setting, used, settings)) {
            tell_fault(&faults, setting, &found);
            count++;
        }
    }
    if (count == 0)
        return STATUS_OK;
    struct text lines = buffer_text(&faults);
    return error_set(error, STATUS_INVALID, TEXT_NONE, "%zu setting%s missing or wrong:%.*s", count,
                     count == 1 ? " is" : "s are", TEXT_ARG(lines));
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
        if (setting->standard == NULL)
            buffer_print(buffer, "; required\n");
        else if (setting->required_with != NULL)
            buffer_print(buffer, "; required with %s\n", setting->required_with);
        else if (setting->standard[0] == '\0')
            buffer_print(buffer, "; optional\n");
        else
            buffer_print(buffer, "; default %s\n", setting->standard);
        describe_others(buffer, setting);
    }
}
