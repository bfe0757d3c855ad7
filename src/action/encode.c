/* Writes typed values as JSON values. */
#include "action/encode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/decimal.h"
#include "base/duration.h"

static struct json_value fail(struct encoder *encoder)
{
    encoder->failed = true;
    return json_null();
}

static struct json_value fail_invalid(struct encoder *encoder)
{
    encoder->invalid = true;
    return fail(encoder);
}

struct encoder encode_begin(struct arena *arena, size_t capacity)
{
    struct encoder encoder = {.arena = arena, .capacity = capacity};
    encoder.members = ARENA_ARRAY(arena, capacity, struct json_member);
    encoder.failed = encoder.members == NULL;
    return encoder;
}

static void add_member(struct encoder *encoder, struct text key, struct json_value value)
{
    if (encoder->failed || encoder->count == encoder->capacity || key.data == NULL) {
        encoder->failed = true;
        return;
    }
    encoder->members[encoder->count++] = (struct json_member){key, value};
}

void encode_member(struct encoder *encoder, const char *key, struct json_value value)
{
    add_member(encoder, text_from(key), value);
}

void encode_named(struct encoder *encoder, struct text name, const char *suffix, struct json_value value)
{
    add_member(encoder, arena_print(encoder->arena, "%.*s%s", TEXT_ARG(name), suffix), value);
}

struct json_value encode_end(struct encoder *encoder, const struct encoder *object)
{
    encoder->invalid = encoder->invalid || object->invalid;
    if (object->failed)
        return fail(encoder);
    return json_object(object->members, object->count);
}

struct json_value encode_text(struct text text)
{
    return json_string(text.data != NULL ? text : TEXT(""));
}

static struct json_value number_or_fail(struct encoder *encoder, struct text digits)
{
    return digits.data != NULL ? json_number(digits) : fail(encoder);
}

static struct json_value text_or_fail(struct encoder *encoder, struct text text)
{
    return text.data != NULL ? json_string(text) : fail(encoder);
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

struct json_value encode_choice(struct encoder *encoder, const char *const *values, size_t count, size_t value)
{
    return value < count ? json_string(text_from(values[value])) : fail_invalid(encoder);
}

struct json_value *encode_items(struct encoder *encoder, size_t count)
{
    struct json_value *items = ARENA_ARRAY(encoder->arena, count, struct json_value);
    encoder->failed = encoder->failed || items == NULL;
    return items;
}

struct json_value *encode_items_of(struct encoder *encoder, const void *items, size_t count)
{
    if (items != NULL || count == 0)
        return encode_items(encoder, count);
    (void)fail_invalid(encoder);
    return NULL;
}

struct json_member *encode_members_of(struct encoder *encoder, const void *items, size_t count)
{
    if (items == NULL && count > 0) {
        (void)fail_invalid(encoder);
        return NULL;
    }
    struct json_member *members = ARENA_ARRAY(encoder->arena, count, struct json_member);
    encoder->failed = encoder->failed || members == NULL;
    return members;
}

static int key_order(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

struct json_value encode_map(struct encoder *encoder, const struct json_member *members, size_t count)
{
    struct text *keys = ARENA_ARRAY(encoder->arena, count, struct text);
    if (keys == NULL)
        return fail(encoder);
    for (size_t i = 0; i < count; i++) {
        keys[i] = members[i].key;
        if (keys[i].data == NULL)
            return fail_invalid(encoder);
    }
    if (count > 0)
        qsort(keys, count, sizeof *keys, key_order);
    for (size_t i = 1; i < count; i++)
        if (text_equal(keys[i], keys[i - 1]))
            return fail_invalid(encoder);
    return json_object(members, count);
}

enum status encode_status(const struct encoder *encoder)
{
    if (encoder->invalid)
        return STATUS_INVALID;
    return encoder->failed ? STATUS_BUDGET : STATUS_OK;
}

enum action_outcome encode_refuse(struct action_call *call, enum status status)
{
    return action_refuse(call, status == STATUS_INVALID
                                   ? "the handler's result holds an output, another enum or a list that is not valid"
                                   : "out of the memory budget of this task");
}
