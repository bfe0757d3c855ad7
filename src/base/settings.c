#include "base/settings.h"

#include <stdio.h>

enum setting_kind {
    SETTING_TEXT,
    SETTING_ADDRESS, /* host:port */
    SETTING_HOST,    /* host, may carry :port, or a folder */
    SETTING_RELAY,   /* smtp://[user:password@]host[:port], or smtps:// */
    SETTING_SENDER,  /* something with an @ in it */
    SETTING_QUEUES,  /* comma list */
    SETTING_BOOLEAN,
    SETTING_CHOICE,   /* index into choices */
    SETTING_DURATION, /* milliseconds */
    SETTING_BYTES,
    SETTING_COUNT,
};

struct setting {
    const char *name;
    const char *aliases[2]; /* read in this order when the name is not set */
    enum setting_kind kind;
    unsigned group;
    size_t field;         /* offset in struct settings */
    const char *standard; /* NULL: required; "": may be left out */
    bool with_relay;      /* but required where a mail server is set, which stands before it */
    bool secret;
    const char *choices; /* SETTING_CHOICE: a|b */
    int64_t least, most;
    const char *help;
};

#define FIELD(name_) offsetof(struct settings, name_)
#define DAY_MS       (24LL * 3600 * 1000)

/* clang-format off */
static const struct setting table[] = {
    {"ICHOR_TEMPORAL_HOSTPORT", {"ICHOR_TEMPORAL_HOST_PORT", "ICHOR_TEMPORAL_HOST"}, SETTING_ADDRESS,
     SETTINGS_TEMPORAL, FIELD(temporal_target),
     .help = "Temporal server as host:port, e.g. temporal:7233"},
    {"ICHOR_TEMPORAL_NAMESPACE", {NULL}, SETTING_TEXT, SETTINGS_TEMPORAL, FIELD(temporal_namespace), "default",
     .help = "namespace of the rules"},
    {"ICHOR_TEMPORAL_TASK_QUEUE", {NULL}, SETTING_QUEUES, SETTINGS_TEMPORAL, FIELD(task_queues), "ichor-workflow",
     .help = "task queues, separated by commas; all are polled, start uses the first"},

    {"ICHOR_DB_HOST", {NULL}, SETTING_HOST, SETTINGS_DATABASE, FIELD(database_host),
     .help = "PostgreSQL host, may carry :port, or a socket folder"},
    {"ICHOR_DB_USER", {NULL}, SETTING_TEXT, SETTINGS_DATABASE, FIELD(database_user),
     .help = "database user"},
    {"ICHOR_DB_PASSWORD", {NULL}, SETTING_TEXT, SETTINGS_DATABASE, FIELD(database_password), .secret = true,
     .help = "database password"},
    {"ICHOR_DB_NAME", {NULL}, SETTING_TEXT, SETTINGS_DATABASE, FIELD(database_name), "ichor",
     .help = "database name"},
    {"ICHOR_DB_DISABLE_TLS", {NULL}, SETTING_BOOLEAN, SETTINGS_DATABASE, FIELD(database_disable_tls), "false",
     .help = "true: connect to PostgreSQL without TLS"},
    {"ICHOR_DB_CONNECTIONS", {NULL}, SETTING_COUNT, SETTINGS_DATABASE, FIELD(database_connections), "10",
     .least = 1, .most = 1000,
     .help = "most database connections at once"},

    {"ICHOR_SMTP_URL", {NULL}, SETTING_RELAY, SETTINGS_MAIL, FIELD(mail_url), "", .secret = true,
     .help = "mail server, smtp://[user:password@]host[:port] or smtps://...; without one mails are only logged"},
    {"ICHOR_SMTP_FROM", {NULL}, SETTING_SENDER, SETTINGS_MAIL, FIELD(mail_from), "", .with_relay = true,
     .help = "sender of mails, e.g. Ichor <erp@example.com>"},
    {"ICHOR_SMTP_CA_FILE", {NULL}, SETTING_TEXT, SETTINGS_MAIL, FIELD(mail_ca_file), "",
     .help = "PEM file of who may vouch for the mail server, instead of the system's list"},

    {"ICHOR_WORKER_DISPATCH", {NULL}, SETTING_CHOICE, SETTINGS_WORKER, FIELD(dispatch), "auto",
     .choices = "auto|activity",
     .help = "auto: short actions run inside the workflow task; activity: each is an activity"},
    {"ICHOR_WORKER_ACTIONS", {NULL}, SETTING_CHOICE, SETTINGS_WORKER, FIELD(actions), "all",
     .choices = "all|core",
     .help = "which actions this worker performs"},
    {"ICHOR_WORKER_ACTIVITIES", {NULL}, SETTING_COUNT, SETTINGS_WORKER, FIELD(activities), "100",
     .least = 1, .most = 10000,
     .help = "most activities at once"},
    {"ICHOR_WORKER_ASYNC_THREADS", {NULL}, SETTING_COUNT, SETTINGS_WORKER, FIELD(async_threads), "16",
     .least = 1, .most = 1000,
     .help = "most asynchronous actions (mail) performed at once; they take no part of the activities"},
    {"ICHOR_WORKER_CACHE_BYTES", {NULL}, SETTING_BYTES, SETTINGS_WORKER, FIELD(cache_bytes), "256MiB",
     .least = 0, .most = 1LL << 40,
     .help = "memory for runs between their tasks, e.g. 64MiB; 0 keeps none"},
    {"ICHOR_WORKER_STOP_TIMEOUT", {NULL}, SETTING_DURATION, SETTINGS_WORKER, FIELD(stop_timeout_ms), "50s",
     .least = 0, .most = DAY_MS,
     .help = "how long a stop waits for what is under way"},
    {"ICHOR_WORKER_HEALTH_PORT", {NULL}, SETTING_COUNT, SETTINGS_WORKER, FIELD(health_port), "4001",
     .least = 0, .most = 65535,
     .help = "port of /healthz/live, /healthz/ready and /metrics; 0: any that is free"},
    {"ICHOR_WORKFLOW_TRACK_EXECUTIONS", {NULL}, SETTING_BOOLEAN, SETTINGS_WORKER, FIELD(track_executions), "false",
     .help = "true: keep the status of runs in workflow.automation_executions up to date"},

    {"ICHOR_LOG_LEVEL", {NULL}, SETTING_CHOICE, SETTINGS_LOG, FIELD(log_level), "info",
     .choices = "debug|info|warn|error",
     .help = "least level that is logged"},
};
/* clang-format on */

static const size_t table_count = sizeof(table) / sizeof(table[0]);

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
    case SETTING_QUEUES: return "names separated by commas, each once, 8 at most";
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
    case SETTING_QUEUES: return parse_queues(value, field);
    case SETTING_BOOLEAN: return parse_boolean(value, field);
    case SETTING_CHOICE: return parse_choice(value, setting->choices, field);
    case SETTING_DURATION: return settings_duration(value, field) && in_range(setting, *(const int64_t *)field);
    case SETTING_BYTES: return parse_bytes(value, field) && in_range(setting, *(const int64_t *)field);
    case SETTING_COUNT: return text_to_int64(value, field) && in_range(setting, *(const int64_t *)field);
    }
    return false;
}

/* The value set under the name or an alias; *name says which. */
static struct text look_up(const struct setting *setting, settings_lookup *lookup, const char **name)
{
    *name = setting->name;
    struct text value = text_from(lookup(setting->name));
    if (setting->secret)
        return value;
    value = text_trim(value);
    for (size_t i = 0; value.size == 0 && i < 2 && setting->aliases[i] != NULL; i++) {
        *name = setting->aliases[i];
        value = text_trim(text_from(lookup(setting->aliases[i])));
    }
    if (value.size == 0)
        *name = setting->name;
    return value;
}

static void tell_fault(struct buffer *faults, const struct setting *setting, const char *name, struct text value)
{
    if (value.size == 0) {
        buffer_print(faults, "\n  %s is required: %s", name, setting->help);
        return;
    }
    if (setting->secret)
        buffer_print(faults, "\n  %s: expected %s", name, expected(setting));
    else
        buffer_print(faults, "\n  %s=%.*s: expected %s", name, TEXT_ARG(text_cut_utf8(value, 200)), expected(setting));
    if (setting->kind == SETTING_COUNT)
        buffer_print(faults, " from %lld to %lld", (long long)setting->least, (long long)setting->most);
}

static bool may_be_left_out(const struct setting *setting, const struct settings *settings)
{
    return setting->standard != NULL && !(setting->with_relay && settings->mail_url.size > 0);
}

enum status settings_read(unsigned groups, settings_lookup *lookup, struct settings *settings, struct error *error)
{
    *settings = (struct settings){0};
    struct buffer faults = buffer_in(error->arena, KIB(64));
    size_t count = 0;
    for (size_t i = 0; i < table_count; i++) {
        const struct setting *setting = &table[i];
        if ((setting->group & groups) == 0)
            continue;
        const char *name;
        struct text value = look_up(setting, lookup, &name);
        struct text used = value.size == 0 ? text_from(setting->standard) : value;
        if (used.size == 0 && may_be_left_out(setting, settings))
            continue;
        if (used.size == 0 || !store(setting, used, settings)) {
            tell_fault(&faults, setting, name, value);
            count++;
        }
    }
    if (count == 0)
        return STATUS_OK;
    struct text lines = buffer_text(&faults);
    return error_set(error, STATUS_INVALID, TEXT_NONE, "%zu setting%s missing or wrong:%.*s", count,
                     count == 1 ? " is" : "s are", TEXT_ARG(lines));
}

void settings_describe(struct buffer *buffer, unsigned groups)
{
    for (size_t i = 0; i < table_count; i++) {
        const struct setting *setting = &table[i];
        if ((setting->group & groups) == 0)
            continue;
        buffer_print(buffer, "  %-31s %s", setting->name, setting->help);
        if (setting->kind == SETTING_CHOICE)
            buffer_print(buffer, " (%s)", setting->choices);
        if (setting->standard == NULL)
            buffer_print(buffer, "; required\n");
        else if (setting->standard[0] == '\0')
            buffer_print(buffer, setting->with_relay ? "; required with ICHOR_SMTP_URL\n" : "; optional\n");
        else
            buffer_print(buffer, "; default %s\n", setting->standard);
        for (size_t a = 0; a < 2 && setting->aliases[a] != NULL; a++)
            buffer_print(buffer, "  %-31s read when %s is not set\n", setting->aliases[a],
                         a == 0 ? setting->name : setting->aliases[0]);
    }
}
