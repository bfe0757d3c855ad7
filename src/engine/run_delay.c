/* Actions of type `delay`, which are timers. */
#include "base/duration.h"
#include "base/limits.h"
#include "engine/run_internal.h"

#define NANOSECONDS_PER_MILLISECOND 1000000

enum status delay_read(struct arena *arena, struct text name, const struct json_value *config, int64_t *duration_ms,
                       struct text *written, struct error *error)
{
    const struct json_value *value = json_get_lenient(config, TEXT("duration"));
    if (config->type != JSON_OBJECT && config->type != JSON_NULL)
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         PUBLIC("delay action %.*s: invalid delay config: expected object, found %s"), TEXT_ARG(name),
                         json_type_name(config->type));
    if (value != NULL && value->type != JSON_STRING && value->type != JSON_NULL)
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         PUBLIC("delay action %.*s: invalid delay config: duration: expected string, found %s"),
                         TEXT_ARG(name), json_type_name(value->type));
    struct text text = value != NULL && value->type == JSON_STRING ? value->string : TEXT_NONE;
    if (text.size == 0)
        return error_set(error, STATUS_INVALID, TEXT_NONE, PUBLIC("delay action %.*s: delay duration is required"),
                         TEXT_ARG(name));
    bool negative = text.data[0] == '-';
    int64_t nanoseconds;
    if (!duration_parse_rule(negative ? text_slice(text, 1, text.size) : text, &nanoseconds))
        return error_set(
            error, STATUS_INVALID, TEXT_NONE,
            PUBLIC("delay action %.*s") ": invalid delay duration \"%.*s\": expected a number with a unit (ns, us, ms, "
                                        "s, m, h, d), such as 1h30m",
            TEXT_ARG(name), TEXT_ARG(text));
    if (negative || nanoseconds == 0)
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         PUBLIC("delay action %.*s") ": delay duration must be positive, got %.*s", TEXT_ARG(name),
                         TEXT_ARG(text));
    *written = duration_text(arena, nanoseconds);
    /* Rounded up, since a timer of 0 does not exist. */
    *duration_ms = nanoseconds / NANOSECONDS_PER_MILLISECOND + (nanoseconds % NANOSECONDS_PER_MILLISECOND > 0 ? 1 : 0);
    if (*duration_ms > LIMIT_ANSWER_TIME_MS)
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         PUBLIC("delay action %.*s: delay duration must be at most ten years") ", got %.*s",
                         TEXT_ARG(name), TEXT_ARG(text));
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
    /* This worker rounds up to a whole millisecond; the Go worker rounds down. */
    return duration_ms == 0 || (known && (configured == duration_ms || configured - 1 == duration_ms));
}

struct text delay_text(struct arena *arena, int64_t duration_ms)
{
    bool possible = duration_ms > 0 && duration_ms <= INT64_MAX / NANOSECONDS_PER_MILLISECOND;
    return possible ? duration_text(arena, duration_ms * NANOSECONDS_PER_MILLISECOND) : TEXT_NONE;
}

struct text delay_result(struct arena *arena, struct text written)
{
    return arena_print(arena, "{\"delayed\":true,\"duration\":\"%.*s\",\"output\":\"success\"}", TEXT_ARG(written));
}
