/* Reads single values according to the rules of their fields. */
#include <stdlib.h>

#include "action/decode.h"
#include "action/decode_internal.h"
#include "base/date.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "base/limits.h"

/* The most allowed values that a message lists. */
#define VALUES_LISTED 12

static bool wrong_type(struct decoder *decoder, const struct decode_field *field, const char *expected)
{
    decode_wrong_type(decoder, field, expected);
    return false;
}

/* A template that is not expanded yet is valid for a field of any type. */
static bool is_template(const struct decoder *decoder, const struct decode_field *field)
{
    return decoder->checking && field->rule->templated && field->value->type == JSON_STRING &&
           text_find(field->value->string, TEXT("{{")) != SIZE_MAX;
}

/* Whether the value is a text from an expanded template where a number or boolean is expected. */
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

/* The index of a text in the rule's values; value_count when it is not among them. */
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
        decode_broken(decoder, field, found, "\"%.*s\" is not one of the %zu allowed values",
                      TEXT_ARG(decode_shown(decoder, found)), rule->value_count);
        return;
    }

    struct buffer listed = buffer_in(decoder->faults->arena, LIMIT_FAULT_TEXT);
    for (size_t i = 0; i < rule->value_count; i++)
        buffer_print(&listed, "%s%s", i == 0 ? "" : ", ", rule->values[i]);
    decode_broken(decoder, field, found, PUBLIC("must be one of %.*s") ", found \"%.*s\"",
                  TEXT_ARG(buffer_text(&listed)), TEXT_ARG(decode_shown(decoder, found)));
}

static void report_expected(struct decoder *decoder, const struct decode_field *field, const char *expected)
{
    const struct text found = field->value->string;
    decode_broken(decoder, field, found, PUBLIC("expected %s") ", found \"%.*s\"", expected,
                  TEXT_ARG(decode_shown(decoder, found)));
}

static void report_no_uuid(struct decoder *decoder, const struct decode_field *field)
{
    const char *own = field->rule->invalid;
    if (own != NULL && text_find(text_from(own), TEXT("{why}")) != SIZE_MAX)
        decode_broken(decoder, field, uuid_fault(decoder->faults->arena, field->value->string), "not a UUID");
    else
        report_expected(decoder, field, "UUID");
}

static bool is_taken(const struct decode_rule *rule, struct text text)
{
    for (const char *const *taken = rule->taken; taken != NULL && *taken != NULL; taken++)
        if (text_is(text, *taken))
            return true;
    return false;
}

/* Checks a text against the rules that count; reports the first fault. */
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
    if (rule->piece_count > 0 && !decode_matches(rule, text)) {
        decode_broken(decoder, field, text, PUBLIC("must match %s") ", found \"%.*s\"", rule->pattern,
                      TEXT_ARG(decode_shown(decoder, text)));
        return false;
    }
    if (is_taken(rule, text)) {
        decode_broken(decoder, field, text, "\"%.*s\"" PUBLIC(" is the name of another key of the result"),
                      TEXT_ARG(decode_shown(decoder, text)));
        return false;
    }
    if (rule->format == FORMAT_UUID && !uuid_parse(text, &uuid)) {
        report_no_uuid(decoder, field);
        return false;
    }
    if (rule->format == FORMAT_URL && !decode_is_url(text)) {
        report_expected(decoder, field, "URL like https://example.com/path");
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

bool decode_secret(struct decoder *decoder, const struct decode_field *field, struct secret_text *out)
{
    if (field->value->type != JSON_STRING)
        return wrong_type(decoder, field, "string");
    if (decode_counts(decoder, field->rule) && !secret_text_is_valid(field->value->string)) {
        decode_broken(decoder, field, TEXT_NONE, PUBLIC("a secret is named like {{secret:NAME}}"));
        return false;
    }
    *out = (struct secret_text){.source = field->value->string, .templates = field->rule->templated};
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

/* The digits of a number; false for a template, and after a fault. */
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
        decode_broken(decoder, field, digits, PUBLIC("must be at least %s") ", found %.*s", rule->min,
                      TEXT_ARG(decode_shown(decoder, digits)));
        return false;
    }
    if (rule->max != NULL && decimal_compare(digits, text_from(rule->max)) > 0) {
        decode_broken(decoder, field, digits, PUBLIC("must be at most %s") ", found %.*s", rule->max,
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
    *out = strtod(terminated.data, NULL); /* the locale is "C", since the program never sets one */
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

/* Whether the value is a text without templates. Reports a value of another type. */
static bool is_plain_text(struct decoder *decoder, const struct decode_field *field)
{
    if (field->value->type != JSON_STRING)
        return wrong_type(decoder, field, "string");
    return !is_template(decoder, field);
}

bool decode_uuid(struct decoder *decoder, const struct decode_field *field, struct uuid *out)
{
    if (!is_plain_text(decoder, field))
        return false;
    if (uuid_parse(field->value->string, out))
        return true;
    struct decode_faults *faults = decoder->faults;
    const size_t before = faults->count;
    report_no_uuid(decoder, field);
    /* The ERP treats a text that is not a UUID like a value of the wrong type. */
    if (faults->count > before && field->rule->invalid == NULL)
        faults->items[before].unreadable = true;
    return false;
}

/* Reads the text of a duration or timestamp. */
typedef bool read_time(struct text text, int64_t *time);

static bool time_fits(struct decoder *decoder, const struct decode_field *field, int64_t time, read_time *read)
{
    const struct decode_rule *rule = field->rule;
    const struct text found = field->value->string;
    int64_t bound;
    if (!decode_counts(decoder, rule))
        return true;
    if (rule->min != NULL && read(text_from(rule->min), &bound) && time < bound) {
        decode_broken(decoder, field, found, PUBLIC("must be at least %s") ", found %.*s", rule->min,
                      TEXT_ARG(decode_shown(decoder, found)));
        return false;
    }
    if (rule->max != NULL && read(text_from(rule->max), &bound) && time > bound) {
        decode_broken(decoder, field, found, PUBLIC("must be at most %s") ", found %.*s", rule->max,
                      TEXT_ARG(decode_shown(decoder, found)));
        return false;
    }
    return true;
}

static bool decode_time(struct decoder *decoder, const struct decode_field *field, read_time *read,
                        const char *expected, int64_t *out)
{
    int64_t time;
    if (!is_plain_text(decoder, field))
        return false;
    if (!read(field->value->string, &time)) {
        report_expected(decoder, field, expected);
        return false;
    }
    if (!time_fits(decoder, field, time, read))
        return false;
    *out = time;
    return true;
}

bool decode_timestamp(struct decoder *decoder, const struct decode_field *field, int64_t *out)
{
    return decode_time(decoder, field, date_read_rfc3339, "timestamp like 2006-01-02T15:04:05Z", out);
}

bool decode_duration(struct decoder *decoder, const struct decode_field *field, int64_t *out)
{
    return decode_time(decoder, field, duration_parse_ms, "duration like 1h30m", out);
}

bool decode_scalar(struct decoder *decoder, const struct decode_field *field, struct json_value *out)
{
    if (field->value->type == JSON_ARRAY || field->value->type == JSON_OBJECT)
        return wrong_type(decoder, field, "string, number or boolean");
    *out = *field->value;
    return true;
}

bool decode_any_object(struct decoder *decoder, const struct decode_field *field, struct json_value *out)
{
    if (is_template(decoder, field) || !decode_object(decoder, field))
        return false;
    *out = *field->value;
    return true;
}
