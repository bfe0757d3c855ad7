/* Parses and checks the value of a setting and stores it in its field. */
#include <arpa/inet.h>
#include <string.h>

#include "base/duration.h"
#include "settings/settings_table.h"

#define DAY_MS (24LL * 3600 * 1000)

struct unit {
    const char *name;
    int64_t size;
};

/* Takes the longest matching unit off the front of the text; NULL when none matches. */
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

bool settings_duration(struct text text, int64_t *milliseconds)
{
    int64_t nanoseconds;
    if (duration_parse(text, &nanoseconds))
        *milliseconds = nanoseconds / 1000000;
    else if (!duration_parse_ms(text, milliseconds))
        return false;
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

/* Accepts the texts of Go's strconv.ParseBool. */
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

static bool parse_list(struct text text, int64_t most, struct settings_list *list)
{
    list->count = 0;
    while (text.data != NULL) {
        struct text name = text_trim(text_split(&text, ','));
        if (name.size == 0 || name.size > 1000 || (int64_t)list->count == most)
            return false;
        for (size_t i = 0; i < list->count; i++) {
            if (text_equal(list->items[i], name))
                return false;
        }
        list->items[list->count++] = name;
    }
    return true;
}

/* A text with a user, or with a host after the scheme; gRPC's dns:///host:port has no host there. */
static bool is_url(struct text text)
{
    size_t scheme = text_find(text, TEXT("://"));
    return text_find_byte(text, '@') != SIZE_MAX ||
           (scheme != SIZE_MAX && !text_starts(text_slice(text, scheme + 3, SIZE_MAX), TEXT("/")));
}

/* A name or an IPv4 address: without separators of lists, ports or URLs. Names need not be ASCII. */
static bool is_host_name(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
        if (!letter && !(byte >= '0' && byte <= '9') && byte < 0x80 && strchr("-._", byte) == NULL)
            return false;
    }
    return text.size > 0;
}

/* The text between brackets, which may have a zone: fe80::1%eth0. */
static bool is_ipv6(struct text text)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr parsed;
    size_t zone = text_find_byte(text, '%');
    struct text number = text_slice(text, 0, zone);
    if (number.size >= sizeof address || (zone != SIZE_MAX && !is_host_name(text_slice(text, zone + 1, SIZE_MAX))))
        return false;
    memcpy(address, number.data, number.size);
    address[number.size] = '\0';
    return inet_pton(AF_INET6, address, &parsed) == 1;
}

/* Takes the host off the text: a name, an IPv4 address, or an IPv6 address in brackets. False: the text has no host. */
static bool take_host(struct text *text)
{
    size_t end = text_find_byte(*text, ':');
    struct text host = text_slice(*text, 0, end);
    if (text_starts(*text, TEXT("["))) {
        end = text_find_byte(*text, ']');
        if (end == SIZE_MAX || !is_ipv6(text_slice(*text, 1, end - 1)))
            return false;
        end++;
    } else if (!is_host_name(host)) {
        return false;
    }
    *text = text_slice(*text, end, SIZE_MAX);
    return true;
}

/* The address without the scheme that gRPC allows in front of it. */
static struct text without_scheme(struct text text)
{
    static const char *const schemes[] = {"dns:///", "dns:", "ipv4:", "ipv6:"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        struct text rest = text_slice(text, strlen(schemes[i]), SIZE_MAX);
        /* dns:53 is a host with a port. */
        if (text_starts(text, text_from(schemes[i])) && text_find_byte(rest, ':') != SIZE_MAX)
            return rest;
    }
    return text;
}

static bool parse_address(struct text text, bool port_required)
{
    if (is_url(text))
        return false;
    if (!port_required && text_starts(text, TEXT("/")))
        return true; /* a folder */
    struct text rest = port_required ? without_scheme(text) : text;
    if (!take_host(&rest))
        return false;
    if (rest.size == 0)
        return !port_required;
    int64_t port;
    return rest.data[0] == ':' && text_to_int64(text_slice(rest, 1, SIZE_MAX), &port) && port >= 1 && port <= 65535;
}

/* Checks only the form; the mail client parses it in full. */
static bool parse_relay(struct text text)
{
    size_t scheme = text_starts(text, TEXT("smtps://")) ? 8 : 7;
    if (scheme == 7 && !text_starts(text, TEXT("smtp://")))
        return false;
    struct text host = text_slice(text, scheme, SIZE_MAX);
    for (size_t at = text_find_byte(host, '@'); at != SIZE_MAX; at = text_find_byte(host, '@'))
        host = text_slice(host, at + 1, SIZE_MAX);
    struct text address = text_split(&host, '/');
    return address.size > 0 && parse_address(address, false);
}

static bool parse_sender(struct text text)
{
    size_t at = text_find_byte(text, '@');
    return at != SIZE_MAX && at > 0 && at + 1 < text.size;
}

const char *setting_expected(const struct setting *setting)
{
    switch (setting->kind) {
    case SETTING_TEXT: return "text";
    case SETTING_PATH: return "a file that can be read";
    case SETTING_ADDRESS: return "host:port";
    case SETTING_HOST: return "host or host:port";
    case SETTING_RELAY: return "smtp://[user[;AUTH=MECHANISM]:password@]host[:port] or smtps://...";
    case SETTING_SENDER: return "an address like erp@example.com or Ichor <erp@example.com>";
    case SETTING_UUID: return "a UUID, not the nil one";
    case SETTING_LIST: return "names separated by commas, each once";
    case SETTING_BOOLEAN: return "true or false";
    case SETTING_CHOICE: return setting->choices;
    case SETTING_DURATION: return "a duration such as 90s, 1m30s or 7d, 366d at most";
    case SETTING_BYTES: return "bytes, or a number with KiB, MiB or GiB, a TiB at most";
    case SETTING_COUNT: return "a whole number";
    }
    return "";
}

static bool in_range(const struct setting *setting, int64_t value)
{
    return value >= setting->min && value <= setting->max;
}

bool setting_store(const struct setting *setting, struct text value, struct settings *settings)
{
    void *field = (char *)settings + setting->field;
    switch (setting->kind) {
    case SETTING_TEXT:
    case SETTING_PATH: *(struct text *)field = value; return true;
    case SETTING_ADDRESS:
    case SETTING_HOST: *(struct text *)field = value; return parse_address(value, setting->kind == SETTING_ADDRESS);
    case SETTING_RELAY: *(struct text *)field = text_trim(value); return parse_relay(text_trim(value));
    case SETTING_SENDER: *(struct text *)field = value; return parse_sender(value);
    case SETTING_UUID: return uuid_parse(value, field) && !uuid_is_nil(*(const struct uuid *)field);
    case SETTING_LIST: return parse_list(value, setting->max, field);
    case SETTING_BOOLEAN: return parse_boolean(value, field);
    case SETTING_CHOICE: return parse_choice(value, setting->choices, field);
    case SETTING_DURATION: return settings_duration(value, field) && in_range(setting, *(const int64_t *)field);
    case SETTING_BYTES: return parse_bytes(value, field) && in_range(setting, *(const int64_t *)field);
    case SETTING_COUNT: return text_to_int64(value, field) && in_range(setting, *(const int64_t *)field);
    }
    return false;
}
