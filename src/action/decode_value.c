#include <stdlib.h>

#include "action/decode.h"
#include "action/decode_internal.h"
#include "base/date.h"
#include "base/decimal.h"
#include "base/limits.h"

/* Values are listed in a message up to this many. */
#define VALUES_LISTED 12
/* Digits of each number in a duration: any sum of so few fits. */
#define DURATION_DIGITS 9

static bool wrong_type(struct decoder *decoder, const struct decode_field *field, const char *expected)
{
    decode_unreadable(decoder, field, expected, text_from(json_type_name(field->value->type)));
    return false;
}

/* A template is good text for a field of any type, as long as it is not expanded. */
static bool is_template(const struct decoder *decoder, const struct decode_field *field)
{
    return decoder->checking && field->rule->templated && field->value->type == JSON_STRING &&
           text_find(field->value->string, TEXT("{{")) != SIZE_MAX;
}

/* Text that an expanded template left where a number or a truth value is wanted. */
static bool is_expanded(const struct decoder *decoder, const struct decode_field *field)
{
    return !decoder->checking && field->rule->templated && field->value->type == JSON_STRING;
}

static size_t characters(struct text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

/* Bytes of the character at `at` when the piece takes it, else 0. */
static size_t piece_takes(const struct decode_piece *piece, struct text text, size_t at)
{
    const unsigned char byte = (unsigned char)text.data[at];
    bool listed = false;
    for (const char *pair = piece->set; *pair != '\0'; pair += 2)
        listed = listed || (byte >= (unsigned char)pair[0] && byte <= (unsigned char)pair[1]);
    if (!piece->inverted)
        return listed ? 1 : 0;
    if (listed)
        return 0;

    size_t size = 1;
    while (at + size < text.size && ((unsigned char)text.data[at + size] & 0xC0) == 0x80)
        size++;
    return size;
}

static bool matches(const struct decode_rule *rule, struct text text)
{
    size_t at = 0;
    for (size_t i = 0; i < rule->piece_count; i++) {
        const struct decode_piece *piece = &rule->pieces[i];
        size_t count = 0;
        for (; at < text.size && count < piece->maximum; count++) {
            const size_t size = piece_takes(piece, text, at);
            if (size == 0)
                break;
            at += size;
        }
        if (count < piece->minimum)
            return false;
    }
    return at == text.size;
}

/* The index of a text among the rule's values; value_count for any other. */
static size_t find_value(const struct decode_rule *rule, struct text text)
{
    size_t index = 0;
    while (index < rule->value_count && !text_is(text, rule->values[index]))
        index++;
    return index;
}

static void report_value(struct decoder *decoder, const struct decode_field *field)
{
    const struct decode_rule *rule = field->rule;
    const struct text found = field->value->string;
    if (rule->value_count > VALUES_LISTED) {
        decode_broken(decoder, field, found, "\"%.*s\" is none of the %zu values that it may have",
                      TEXT_ARG(decode_shown(decoder, found)), rule->value_count);
        return;
    }

    struct buffer listed = buffer_in(decoder->faults->arena, LIMIT_FAULT_TEXT);
    for (size_t i = 0; i < rule->value_count; i++)
        buffer_print(&listed, "%s%s", i == 0 ? "" : ", ", rule->values[i]);
    decode_broken(decoder, field, found, "must be one of %.*s, found \"%.*s\"", TEXT_ARG(buffer_text(&listed)),
                  TEXT_ARG(decode_shown(decoder, found)));
}

static void report_expected(struct decoder *decoder, const struct decode_field *field, const char *expected)
{
    const struct text found = field->value->string;
    decode_broken(decoder, field, found, "expected %s, found \"%.*s\"", expected,
                  TEXT_ARG(decode_shown(decoder, found)));
}

/* Are the rules of a text kept, as far as they count? Reports one fault when not. */
static bool text_obeys(struct decoder *decoder, const struct decode_field *field)
{
    const struct decode_rule *rule = field->rule;
    const struct text text = field->value->string;
    struct uuid uuid;

    if (!decode_counts(decoder, rule))
        return true;
    if (rule->value_count > 0 && find_value(rule, text) == rule->value_count) {
        report_value(decoder, field);
        return false;
    }
    if (rule->piece_count > 0 && !matches(rule, text)) {
        decode_broken(decoder, field, text, "must match %s, found \"%.*s\"", rule->pattern,
                      TEXT_ARG(decode_shown(decoder, text)));
        return false;
    }
    if (rule->format == FORMAT_UUID && !uuid_parse(text, &uuid)) {
        report_expected(decoder, field, "UUID");
        return false;
    }
    return decode_size_fits(decoder, field, characters(text), text, "characters");
}

bool decode_text(struct decoder *decoder, const struct decode_field *field, struct text *out)
{
    if (field->value->type != JSON_STRING)
        return wrong_type(decoder, field, "string");
    if (!is_template(decoder, field) && !text_obeys(decoder, field))
        return false;
    *out = field->value->string;
    return true;
}

bool decode_choice(struct decoder *decoder, const struct decode_field *field, size_t *out)
{
    if (field->value->type != JSON_STRING)
        return wrong_type(decoder, field, "string");
    if (is_template(decoder, field))
        return false;
    const size_t index = find_value(field->rule, field->value->string);
    if (index == field->rule->value_count && decode_counts(decoder, field->rule)) {
        report_value(decoder, field);
        return false;
    }
    *out = index;
    return true;
}

/* The digits of a number, when there is one to judge. */
static bool number_digits(struct decoder *decoder, const struct decode_field *field, const char *expected,
                          struct text *digits)
{
    if (field->value->type == JSON_NUMBER) {
        *digits = field->value->number;
        if (decimal_is(*digits))
            return true;
        decode_unreadable(decoder, field, expected, *digits);
        return false;
    }
    if (is_template(decoder, field))
        return false;
    if (is_expanded(decoder, field)) {
        *digits = text_trim(field->value->string);
        if (decimal_is(*digits))
            return true;
        report_expected(decoder, field, expected);
        return false;
    }
    return wrong_type(decoder, field, expected);
}

static bool range_fits(struct decoder *decoder, const struct decode_field *field, struct text digits)
{
    const struct decode_rule *rule = field->rule;
    if (!decode_counts(decoder, rule))
        return true;
    if (rule->min != NULL && decimal_compare(digits, text_from(rule->min)) < 0) {
        decode_broken(decoder, field, digits, "must be at least %s, found %.*s", rule->min,
                      TEXT_ARG(decode_shown(decoder, digits)));
        return false;
    }
    if (rule->max != NULL && decimal_compare(digits, text_from(rule->max)) > 0) {
        decode_broken(decoder, field, digits, "must be at most %s, found %.*s", rule->max,
                      TEXT_ARG(decode_shown(decoder, digits)));
        return false;
    }
    return true;
}

bool decode_integer(struct decoder *decoder, const struct decode_field *field, int64_t *out)
{
    struct text digits;
    int64_t number;
    if (!number_digits(decoder, field, "integer", &digits))
        return false;
    if (!decimal_to_int64(digits, &number)) {
        decode_unreadable(decoder, field, "integer", digits);
        return false;
    }
    if (!range_fits(decoder, field, digits))
        return false;
    *out = number;
    return true;
}

bool decode_number(struct decoder *decoder, const struct decode_field *field, double *out)
{
    struct text digits;
    if (!number_digits(decoder, field, "number", &digits) || !range_fits(decoder, field, digits))
        return false;
    const struct text terminated = arena_copy(decoder->arena, digits);
    if (terminated.data == NULL) {
        decode_exhausted(decoder);
        return false;
    }
    *out = strtod(terminated.data, NULL); /* the locale is "C": the program sets none */
    return true;
}

bool decode_decimal(struct decoder *decoder, const struct decode_field *field, struct text *out)
{
    struct text digits;
    if (field->value->type == JSON_STRING && decimal_is(field->value->string))
        digits = field->value->string;
    else if (field->value->type == JSON_STRING && !is_template(decoder, field)) {
        report_expected(decoder, field, "decimal");
        return false;
    } else if (!number_digits(decoder, field, "decimal", &digits))
        return false;
    if (!range_fits(decoder, field, digits))
        return false;
    const struct text plain = decimal_plain(decoder->arena, digits);
    if (plain.data == NULL) {
        decode_exhausted(decoder);
        return false;
    }
    *out = plain;
    return true;
}

bool decode_boolean(struct decoder *decoder, const struct decode_field *field, bool *out)
{
    if (field->value->type == JSON_BOOLEAN) {
        *out = field->value->boolean;
        return true;
    }
    if (is_template(decoder, field))
        return false;
    if (!is_expanded(decoder, field))
        return wrong_type(decoder, field, "boolean");

    const struct text text = text_trim(field->value->string);
    if (text_is(text, "true") || text_is(text, "false")) {
        *out = text_is(text, "true");
        return true;
    }
    report_expected(decoder, field, "boolean");
    return false;
}

/* A text to be read further: no template, and no other type. */
static bool text_waits(struct decoder *decoder, const struct decode_field *field)
{
    if (field->value->type != JSON_STRING)
        return wrong_type(decoder, field, "string");
    return !is_template(decoder, field);
}

bool decode_uuid(struct decoder *decoder, const struct decode_field *field, struct uuid *out)
{
    if (!text_waits(decoder, field))
        return false;
    if (uuid_parse(field->value->string, out))
        return true;
    struct decode_faults *faults = decoder->faults;
    const size_t before = faults->count;
    report_expected(decoder, field, "UUID");
    /* To the ERP a text that is no UUID is as unreadable as a number in its place. */
    if (faults->count > before && field->rule->invalid == NULL)
        faults->items[before].unreadable = true;
    return false;
}

/* Days from 1970-01-01 to a day of the proleptic Gregorian calendar; a year is taken to begin in March, so that the
   leap day is its last. */
static int64_t days_since_1970(int year, int month, int day)
{
    const int64_t shifted = (int64_t)year - (month <= 2);
    const int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    const int64_t year_of_era = shifted - era * 400;
    const int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/* RFC 3339 alone, of the many forms that date_read() takes. */
static bool is_rfc3339(struct text text)
{
    if (text.size < sizeof "2006-01-02T15:04:05Z" - 1 || text.data[10] != 'T')
        return false;
    const char zone = text.data[text.size - 6];
    return text.data[text.size - 1] == 'Z' || ((zone == '+' || zone == '-') && text.data[text.size - 3] == ':');
}

bool decode_timestamp(struct decoder *decoder, const struct decode_field *field, int64_t *out)
{
    struct date date;
    if (!text_waits(decoder, field))
        return false;
    if (!is_rfc3339(field->value->string) || !date_read(field->value->string, &date)) {
        report_expected(decoder, field, "timestamp like 2006-01-02T15:04:05Z");
        return false;
    }
    const int64_t seconds = days_since_1970(date.year, date.month, date.day) * 86400 + date.hour * 3600 +
                            date.minute * 60 + date.second - date.offset;
    *out = seconds * 1000000 + date.nanosecond / 1000;
    return true;
}

/* Takes a number and a unit off the front: "90s". Units come in falling size, each once. */
static bool duration_part(struct text *rest, size_t *unit, int64_t *sum)
{
    static const struct {
        const char *name;
        int64_t milliseconds;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    int64_t amount = 0;
    size_t digits = 0;
    while (digits < rest->size && rest->data[digits] >= '0' && rest->data[digits] <= '9')
        digits++;
    if (digits > DURATION_DIGITS || !text_to_int64(text_slice(*rest, 0, digits), &amount))
        return false;

    const struct text after = text_slice(*rest, digits, SIZE_MAX);
    size_t letters = 0;
    while (letters < after.size && (after.data[letters] < '0' || after.data[letters] > '9'))
        letters++;
    while (*unit < sizeof units / sizeof *units && !text_is(text_slice(after, 0, letters), units[*unit].name))
        (*unit)++;
    if (*unit == sizeof units / sizeof *units)
        return false;
    *sum += amount * units[*unit].milliseconds;
    (*unit)++;
    *rest = text_slice(after, letters, SIZE_MAX);
    return true;
}

bool decode_duration(struct decoder *decoder, const struct decode_field *field, int64_t *out)
{
    if (!text_waits(decoder, field))
        return false;
    struct text rest = field->value->string;
    size_t unit = 0;
    int64_t sum = 0;
    bool good = rest.size > 0;
    while (good && rest.size > 0)
        good = duration_part(&rest, &unit, &sum);
    if (!good) {
        report_expected(decoder, field, "duration like 1h30m");
        return false;
    }
    *out = sum;
    return true;
}

bool decode_any_object(struct decoder *decoder, const struct decode_field *field, struct json_value *out)
{
    if (!decode_object(decoder, field))
        return false;
    *out = *field->value;
    return true;
}
