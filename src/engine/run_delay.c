#include <inttypes.h>
#include <string.h>

#include "base/duration.h"
#include "base/limits.h"
#include "engine/run_internal.h"

#define NANOSECONDS_A_MILLISECOND 1000000

static struct text with_fraction(struct arena *arena, int64_t value, int64_t unit, const char *name)
{
    char digits[20];
    int64_t rest = value % unit;
    size_t size = 0;
    for (int64_t scale = unit / 10; scale > 0 && rest > 0; scale /= 10) {
        digits[size++] = (char)('0' + rest / scale);
        rest %= scale;
    }
    return arena_print(arena, "%" PRId64 "%s%.*s%s", value / unit, size > 0 ? "." : "", (int)size, digits, name);
}

/* Go's Duration.String: 1h30m0s, 1.5s, 250ms. */
static struct text write_duration(struct arena *arena, int64_t nanoseconds)
{
    if (nanoseconds < 1000)
        return arena_print(arena, "%" PRId64 "ns", nanoseconds);
    if (nanoseconds < NANOSECONDS_A_MILLISECOND)
        return with_fraction(arena, nanoseconds, 1000, "\xc2\xb5s");
    if (nanoseconds < INT64_C(1000000000))
        return with_fraction(arena, nanoseconds, NANOSECONDS_A_MILLISECOND, "ms");
    int64_t minutes = nanoseconds / INT64_C(60000000000);
    struct text seconds = with_fraction(arena, nanoseconds % INT64_C(60000000000), INT64_C(1000000000), "s");
    if (minutes == 0)
        return seconds;
    if (minutes < 60)
        return arena_print(arena, "%" PRId64 "m%.*s", minutes, TEXT_ARG(seconds));
    return arena_print(arena, "%" PRId64 "h%" PRId64 "m%.*s", minutes / 60, minutes % 60, TEXT_ARG(seconds));
}

enum status delay_read(struct arena *arena, struct text name, const struct json_value *config, int64_t *duration_ms,
                       struct text *written, struct error *error)
{
    const struct json_value *value = json_get_lenient(config, TEXT("duration"));
    if (config->type != JSON_OBJECT && config->type != JSON_NULL)
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         "delay action %.*s: invalid delay config: expected object, found %s", TEXT_ARG(name),
                         json_type_name(config->type));
    if (value != NULL && value->type != JSON_STRING && value->type != JSON_NULL)
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         "delay action %.*s: invalid delay config: duration: expected string, found %s", TEXT_ARG(name),
                         json_type_name(value->type));
    struct text text = value != NULL && value->type == JSON_STRING ? value->string : TEXT_NONE;
    if (text.size == 0)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "delay action %.*s: delay duration is required",
                         TEXT_ARG(name));
    bool negative = text.data[0] == '-';
    int64_t nanoseconds;
    if (!duration_parse(negative ? text_slice(text, 1, text.size) : text, &nanoseconds))
        return error_set(
            error, STATUS_INVALID, TEXT_NONE,
            "delay action %.*s: invalid delay duration \"%.*s\": expected a number with a unit (ns, us, ms, "
            "s, m, h), such as 1h30m",
            TEXT_ARG(name), TEXT_ARG(text));
    if (negative || nanoseconds == 0)
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         "delay action %.*s: delay duration must be positive, got %.*s", TEXT_ARG(name),
                         TEXT_ARG(text));
    *written = write_duration(arena, nanoseconds);
    /* A timer of less than a millisecond still is one. */
    *duration_ms = (nanoseconds + NANOSECONDS_A_MILLISECOND - 1) / NANOSECONDS_A_MILLISECOND;
    return written->data != NULL ? STATUS_OK : error_budget(error);
}

bool delay_lasts(const struct graph_action *action, int64_t duration_ms)
{
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    struct json_value config;
    struct text written;
    int64_t configured = 0;
    bool known = scratch != NULL && json_read(scratch, action->config, &config, NULL) == STATUS_OK &&
                 delay_read(scratch, action->name, &config, &configured, &written, NULL) == STATUS_OK;
    arena_free(scratch);
    /* Ours is rounded up to a whole millisecond, another's may have been rounded down. */
    return duration_ms == 0 || (known && (configured == duration_ms || configured == duration_ms + 1));
}

struct text delay_result(struct arena *arena, struct text written)
{
    return arena_print(arena, "{\"delayed\":true,\"duration\":\"%.*s\",\"output\":\"success\"}", TEXT_ARG(written));
}
