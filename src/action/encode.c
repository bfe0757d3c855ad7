/* Writes typed values as JSON values. */
#include "action/encode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/decimal.h"
#include "base/duration.h"

struct encoder encode_begin(struct arena *arena, size_t capacity)
{
    struct encoder encoder = {.arena = arena, .capacity = capacity};
    encoder.members = ARENA_ARRAY(arena, capacity, struct json_member);
    encoder.failed = encoder.members == NULL;
    return encoder;
}

void encode_member(struct encoder *encoder, const char *key, struct json_value value)
{
    if (encoder->failed || encoder->count == encoder->capacity) {
        encoder->failed = true;
        return;
    }
    encoder->members[encoder->count++] = (struct json_member){text_from(key), value};
}

struct json_value encode_end(struct encoder *encoder, const struct encoder *object)
{
    if (object->failed) {
        encoder->failed = true;
        return json_null();
    }
    return json_object(object->members, object->count);
}

struct json_value encode_text(struct text text)
{
    return json_string(text.data != NULL ? text : TEXT(""));
}

static struct json_value number_or_fail(struct encoder *encoder, struct text digits)
{
    if (digits.data == NULL) {
        encoder->failed = true;
        return json_null();
    }
    return json_number(digits);
}

static struct json_value text_or_fail(struct encoder *encoder, struct text text)
{
    if (text.data == NULL) {
        encoder->failed = true;
        return json_null();
    }
    return json_string(text);
}

struct json_value encode_integer(struct encoder *encoder, int64_t number)
{
    return number_or_fail(encoder, arena_print(encoder->arena, "%lld", (long long)number));
}

struct json_value encode_number(struct encoder *encoder, double number)
{
    char digits[32];
    int precision = 0;

    if (!isfinite(number))
        return json_null();
    do
        snprintf(digits, sizeof digits, "%.*e", precision, number);
    while (strtod(digits, NULL) != number && ++precision < 17);
    return number_or_fail(encoder, decimal_plain(encoder->arena, text_from(digits)));
}

struct json_value encode_decimal(struct encoder *encoder, struct text number)
{
    return number_or_fail(encoder, decimal_plain(encoder->arena, number.data != NULL ? number : TEXT("0")));
}

struct json_value encode_uuid(struct encoder *encoder, struct uuid uuid)
{
    return text_or_fail(encoder, uuid_text(encoder->arena, uuid));
}

struct json_value encode_timestamp(struct encoder *encoder, int64_t us)
{
    if (us < DATE_US_MIN || us > DATE_US_MAX)
        return json_null();
    return text_or_fail(encoder, date_text(encoder->arena, us, DATE_RFC3339));
}

struct json_value encode_duration(struct encoder *encoder, int64_t ms)
{
    return text_or_fail(encoder, duration_text_ms(encoder->arena, ms));
}

struct json_value *encode_items(struct encoder *encoder, size_t count)
{
    struct json_value *items = ARENA_ARRAY(encoder->arena, count, struct json_value);
    encoder->failed = encoder->failed || items == NULL;
    return items;
}
