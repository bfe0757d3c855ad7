#include "action/encode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/decimal.h"

#define SECOND_US        1000000
#define YEAR_0_US        (-62167219200000000)
#define YEAR_9999_END_US 253402300799999999
#define DAY_SECONDS      86400
#define TIMESTAMP_SIZE   64 /* bytes of the longest RFC 3339 text, and more */

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
    char text[UUID_TEXT_SIZE + 1];
    uuid_format(uuid, text);
    return text_or_fail(encoder, arena_copy(encoder->arena, text_from(text)));
}

/* The day of the proleptic Gregorian calendar; a year is taken to begin in March, so that the leap day is its last. */
static void date_of_days(int64_t days, struct date *date)
{
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const int64_t day_of_era = days - era * 146097;
    const int64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    const int64_t month = (5 * day_of_year + 2) / 153;
    date->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    date->month = (int)(month < 10 ? month + 3 : month - 9);
    date->year = (int)(year + era * 400 + (date->month <= 2));
}

struct json_value encode_timestamp(struct encoder *encoder, int64_t us)
{
    if (us < YEAR_0_US || us > YEAR_9999_END_US)
        return json_null();
    const int64_t fraction = ((us % SECOND_US) + SECOND_US) % SECOND_US;
    const int64_t seconds = (us - fraction) / SECOND_US;
    const int64_t second = ((seconds % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
    struct date date = {
        .hour = (int)(second / 3600),
        .minute = (int)(second / 60 % 60),
        .second = (int)(second % 60),
        .nanosecond = (int)fraction * 1000,
    };

    date_of_days((seconds - second) / DAY_SECONDS, &date);
    struct buffer text = buffer_in(encoder->arena, TIMESTAMP_SIZE);
    date_write(&text, &date, TEXT("2006-01-02T15:04:05.999999Z07:00"));
    return text_or_fail(encoder, buffer_text(&text));
}

struct json_value encode_duration(struct encoder *encoder, int64_t ms)
{
    static const struct {
        const char *name;
        int64_t milliseconds;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    struct buffer text = buffer_in(encoder->arena, TIMESTAMP_SIZE);

    if (ms <= 0)
        buffer_add(&text, TEXT("0s"));
    for (size_t i = 0; ms > 0 && i < sizeof units / sizeof *units; i++) {
        if (ms / units[i].milliseconds > 0)
            buffer_print(&text, "%lld%s", (long long)(ms / units[i].milliseconds), units[i].name);
        ms %= units[i].milliseconds;
    }
    return text_or_fail(encoder, buffer_text(&text));
}

struct json_value *encode_items(struct encoder *encoder, size_t count)
{
    struct json_value *items = ARENA_ARRAY(encoder->arena, count, struct json_value);
    encoder->failed = encoder->failed || items == NULL;
    return items;
}
