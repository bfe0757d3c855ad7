/* Reads the retry policy and the timeout that a rule sets for an action. */
#include "base/duration.h"
#include "base/limits.h"
#include "graph/graph_internal.h"

#define MS_NS INT64_C(1000000)

/* A member of an object at a pointer; NULL when it is absent or null. */
struct member {
    struct graph_reading *reading;
    struct text pointer; /* of the member; empty when it is absent */
    const struct json_value *value;
};

static struct member member_of(struct graph_reading *reading, const struct json_value *object, struct text pointer,
                               const char *key)
{
    const struct json_value *value = json_get_lenient(object, text_from(key));
    if (value == NULL || value->type == JSON_NULL)
        return (struct member){.reading = reading};
    return (struct member){
        .reading = reading,
        .pointer = arena_print(reading->scratch, "%.*s/%s", TEXT_ARG(pointer), key),
        .value = value,
    };
}

/* The milliseconds of a text such as 90s or 1h30m; 0 when it is absent or invalid, which is a fault. */
static int64_t read_duration(const struct member *member, int64_t most_ms)
{
    int64_t nanoseconds;
    if (member->value == NULL)
        return 0;
    if (member->value->type != JSON_STRING) {
        graph_reading_fault_at(member->reading, member->pointer,
                               PUBLIC("expected a duration such as 90s or 1h30m, found %s"),
                               json_type_name(member->value->type));
        return 0;
    }
    struct text written = text_cut_utf8(member->value->string, LIMIT_FAULT_VALUE);
    if (!duration_parse_rule(member->value->string, &nanoseconds) || nanoseconds < MS_NS) {
        graph_reading_fault_at(member->reading, member->pointer,
                               PUBLIC("expected a duration such as 90s or 1h30m, found ") "\"%.*s\"",
                               TEXT_ARG(written));
        return 0;
    }
    if (nanoseconds / MS_NS <= most_ms)
        return nanoseconds / MS_NS;
    struct text most = duration_text_ms(member->reading->scratch, most_ms);
    graph_reading_fault_at(member->reading, member->pointer, PUBLIC("expected at most %.*s, found ") "\"%.*s\"",
                           TEXT_ARG(most), TEXT_ARG(written));
    return 0;
}

static uint32_t read_attempts(const struct member *member)
{
    int64_t count;
    if (member->value == NULL)
        return 0;
    if (json_to_int64(member->value, &count) && count >= 1 && count <= LIMIT_ATTEMPTS)
        return (uint32_t)count;
    graph_reading_fault_at(member->reading, member->pointer, PUBLIC("expected a whole number from 1 to %d"),
                           LIMIT_ATTEMPTS);
    return 0;
}

/* An unknown key is probably a typing error, and an attempt too many cannot be undone. */
static void refuse_others(struct graph_reading *reading, const struct json_value *retry, struct text pointer)
{
    for (size_t i = 0; i < retry->object.count; i++) {
        struct text key = retry->object.members[i].key;
        if (text_is(key, "attempts") || text_is(key, "first") || text_is(key, "most"))
            continue;
        graph_reading_fault_at(reading, pointer, PUBLIC("unknown key ") "\"%.*s\"" PUBLIC("; the keys are %s"),
                               TEXT_ARG(text_cut_utf8(key, LIMIT_FAULT_VALUE)), "attempts, first, most");
    }
}

static void read_retry(struct graph_reading *reading, const struct member *retry, struct graph_policy *policy)
{
    if (retry->value == NULL)
        return;
    if (retry->value->type != JSON_OBJECT) {
        graph_reading_fault_at(reading, retry->pointer, PUBLIC("expected an object, found %s"),
                               json_type_name(retry->value->type));
        return;
    }
    refuse_others(reading, retry->value, retry->pointer);
    struct member attempts = member_of(reading, retry->value, retry->pointer, "attempts");
    struct member first = member_of(reading, retry->value, retry->pointer, "first");
    struct member most = member_of(reading, retry->value, retry->pointer, "most");
    policy->attempts = read_attempts(&attempts);
    policy->first_ms = read_duration(&first, LIMIT_RETRY_DELAY_MS);
    policy->most_ms = read_duration(&most, LIMIT_RETRY_DELAY_MS);
    if (policy->most_ms > 0 && policy->most_ms < policy->first_ms)
        graph_reading_fault_at(reading, most.pointer, "expected at least the duration of `first`");
}

void graph_read_policy(struct graph_reading *reading, const struct json_value *action, struct text pointer,
                       struct graph_policy *policy)
{
    *policy = (struct graph_policy){0};
    struct member retry = member_of(reading, action, pointer, "retry");
    struct member timeout = member_of(reading, action, pointer, "timeout");
    read_retry(reading, &retry, policy);
    policy->timeout_ms = read_duration(&timeout, LIMIT_ANSWER_TIME_MS);
}
