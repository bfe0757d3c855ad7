/* Writes typed values as JSON values. */
#include "action/encode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "base/limits.h"

static struct json_value fail(struct encoder *encoder)
{
    encoder->failed = true;
    return json_null();
}

/* Only the first invalid value is reported. The arguments of the format are names and numbers, never data. */
static struct json_value PRINTF_LIKE(2, 3) fail_invalid(struct encoder *encoder, const char *format, ...)
{
    if (!encoder->invalid) {
        va_list arguments;
        va_start(arguments, format);
        encoder->fault = arena_vprint(encoder->arena, format, arguments);
        va_end(arguments);
        encoder->invalid = true;
    }
    return fail(encoder);
}

/* Puts a name in front of the path of the invalid value. */
static void add_to_path(struct encoder *encoder, struct text name)
{
    const bool joined = encoder->path.size > 0 && encoder->path.data[0] != '[';
    encoder->path =
        arena_print(encoder->arena, "%.*s%s%.*s", TEXT_ARG(name), joined ? "." : "", TEXT_ARG(encoder->path));
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
    if (encoder->invalid && !encoder->placed) {
        add_to_path(encoder, key);
        encoder->placed = true;
    }
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
    if (object->invalid && !encoder->invalid) {
        encoder->invalid = true;
        encoder->path = object->path;
        encoder->fault = object->fault;
    }
    if (object->failed)
        return fail(encoder);
    return json_object(object->members, object->count);
}

struct json_value encode_text(struct text text)
{
    return json_string(text.data != NULL ? text : TEXT(""));
}

static bool is_json_text(struct text text)
{
    return text_is_utf8(text) && text_find_byte(text, '\0') == SIZE_MAX;
}

struct json_value encode_string(struct encoder *encoder, struct text text)
{
    return is_json_text(text) ? encode_text(text) : fail_invalid(encoder, "a text is not UTF-8, or has a NUL in it");
}

/* Whether every text in a value can be written. False for a value that is nested too deeply. */
static bool is_writable(const struct json_value *value, size_t depth)
{
    bool good = depth <= LIMIT_JSON_DEPTH;
    switch (value->type) {
    case JSON_NULL:
    case JSON_BOOLEAN:
    case JSON_NUMBER: break;
    case JSON_STRING: return is_json_text(value->string);
    case JSON_ARRAY:
        for (size_t i = 0; i < value->array.count && good; i++)
            good = is_writable(&value->array.items[i], depth + 1);
        break;
    case JSON_OBJECT:
        for (size_t i = 0; i < value->object.count && good; i++)
            good =
                is_json_text(value->object.members[i].key) && is_writable(&value->object.members[i].value, depth + 1);
        break;
    }
    return good;
}

struct json_value encode_any(struct encoder *encoder, struct json_value value)
{
    if (!is_writable(&value, 1))
        return fail_invalid(encoder, "a text in it is not UTF-8, or has a NUL in it, or it is too deep");
    return value;
}

struct json_value encode_scalar(struct encoder *encoder, struct json_value value)
{
    if (value.type == JSON_ARRAY || value.type == JSON_OBJECT)
        return fail_invalid(encoder, "expected string, number or boolean, found %s", json_type_name(value.type));
    return encode_any(encoder, value);
}

struct json_value encode_any_object(struct encoder *encoder, struct json_value value)
{
    if (value.type != JSON_OBJECT && value.type != JSON_NULL)
        return fail_invalid(encoder, "expected object, found %s", json_type_name(value.type));
    return encode_any(encoder, value);
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
    const struct text digits = number.data != NULL ? number : TEXT("0");
    if (!decimal_is(digits))
        return fail_invalid(encoder, "a text of %zu bytes is not a decimal number", digits.size);
    return number_or_fail(encoder, decimal_plain(encoder->arena, digits));
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
    if (value >= count)
        return fail_invalid(encoder, "%zu is not one of its %zu values", value, count);
    return json_string(text_from(values[value]));
}

struct json_value *encode_items(struct encoder *encoder, size_t count)
{
    struct json_value *items = ARENA_ARRAY(encoder->arena, count, struct json_value);
    encoder->failed = encoder->failed || items == NULL;
    return items;
}

struct json_value *encode_items_of(struct encoder *encoder, const void *items, size_t count)
{
    if (encoder->invalid)
        return NULL;
    if (items != NULL || count == 0)
        return encode_items(encoder, count);
    (void)fail_invalid(encoder, "a list of %zu items has none", count);
    return NULL;
}

struct json_member *encode_members_of(struct encoder *encoder, const void *items, size_t count)
{
    if (encoder->invalid)
        return NULL;
    if (items == NULL && count > 0) {
        (void)fail_invalid(encoder, "a map of %zu items has none", count);
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
        if (keys[i].data == NULL || !is_json_text(keys[i]))
            return fail_invalid(encoder, "key %zu is not valid text", i);
    }
    if (count > 0)
        qsort(keys, count, sizeof *keys, key_order);
    for (size_t i = 1; i < count; i++)
        if (text_equal(keys[i], keys[i - 1]))
            return fail_invalid(encoder, "a key appears twice");
    return json_object(members, count);
}

struct json_value encode_invalid_item(struct encoder *encoder, size_t index)
{
    add_to_path(encoder, arena_print(encoder->arena, "[%zu]", index));
    return json_null();
}

enum status encode_finish(const struct encoder *encoder, struct error *error)
{
    if (encoder->invalid)
        return error_set(error, STATUS_INVALID, TEXT_NONE, PUBLIC("the handler's result is not valid: %.*s: %.*s"),
                         TEXT_ARG(encoder->path), TEXT_ARG(encoder->fault));
    return encoder->failed ? error_budget(error) : STATUS_OK;
}
