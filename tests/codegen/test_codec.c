/* Values as decoders read them and encoders write them, at the ends of their ranges. */
#include <criterion/criterion.h>
#include <math.h>

#include "action/decode.h"
#include "action/encode.h"
#include "base/limits.h"
#include "codegen/generated_support.h"

typedef bool read_integer(struct decoder *decoder, const struct decode_field *field, int64_t *out);

/* Reads a text with a rule that has no bounds. */
static bool read_text_as(read_integer *read, const char *text, int64_t *out)
{
    static const struct decode_rule rule = {.key = "it"};
    struct arena *arena = test_arena();
    struct decode_faults faults = {.arena = arena};
    struct decoder decoder = {.arena = arena, .faults = &faults};
    const struct json_value value = json_string(text_from(text));
    const struct decode_field field = {.rule = &rule, .value = &value};
    const bool good = read(&decoder, &field, out);
    cr_assert_eq(faults.count, good ? 0u : 1u);
    arena_free(arena);
    return good;
}

static const struct {
    const char *text;
    int64_t us;
} times[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"1969-12-31T23:59:59.999999Z", -1},
    {"2000-02-29T12:00:00Z", 951825600000000},
    {"2100-03-01T00:00:00Z", 4107542400000000},
    {"0000-01-01T00:00:00Z", -62167219200000000},
    {"9999-12-31T23:59:59.999999Z", 253402300799999999},
};

Test(codec, timestamps_go_both_ways)
{
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct encoder encoder = {.arena = arena};
        const struct json_value written = encode_timestamp(&encoder, times[i].us);
        int64_t read = 0;
        cr_assert_eq(written.type, JSON_STRING);
        expect_text(written.string, times[i].text);
        cr_assert(read_text_as(decode_timestamp, times[i].text, &read), "%s", times[i].text);
        cr_assert_eq(read, times[i].us, "%s", times[i].text);
    }
    arena_free(arena);
}

Test(codec, timestamps_of_other_zones_are_the_same_moment)
{
    int64_t utc = 0, east = 0, west = 0;
    cr_assert(read_text_as(decode_timestamp, "2026-02-10T21:18:31Z", &utc));
    cr_assert(read_text_as(decode_timestamp, "2026-02-10T23:18:31+02:00", &east));
    cr_assert(read_text_as(decode_timestamp, "2026-02-10T15:48:31-05:30", &west));
    cr_expect_eq(east, utc);
    cr_expect_eq(west, utc);
}

Test(codec, timestamps_outside_of_rfc3339_are_none)
{
    static const char *const bad[] = {
        "",
        "2026",
        "2026-02-10",
        "2026-02-10 21:18:31Z",
        "2026-02-10T21:18:31",
        "Tue, 10 Feb 2026 21:18:31 UTC",
        "2026-02-30T00:00:00Z",
        "2026-02-10T21:18:60Z",
        "2026-02-10T21:18:31+0200",
        "2026-02-10T21:18:31Z ",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t read = 7;
        cr_expect_not(read_text_as(decode_timestamp, bad[i], &read), "%s", bad[i]);
        cr_expect_eq(read, 7, "%s", bad[i]);
    }
}

Test(codec, timestamps_that_have_no_text_are_null)
{
    struct arena *arena = test_arena();
    struct encoder encoder = {.arena = arena};
    cr_expect_eq(encode_timestamp(&encoder, 253402300800000000).type, JSON_NULL);
    cr_expect_eq(encode_timestamp(&encoder, -62167219200000001).type, JSON_NULL);
    cr_expect_eq(encode_timestamp(&encoder, INT64_MAX).type, JSON_NULL);
    cr_expect_eq(encode_timestamp(&encoder, INT64_MIN).type, JSON_NULL);
    cr_expect_not(encoder.failed);
    arena_free(arena);
}

Test(codec, durations)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"0s", 0}, {"90s", 90000}, {"1d2h3m4s5ms", 93784005}, {"250ms", 250}, {"999999999d", 86399999913600000},
    };
    static const char *const bad[] = {"", "5", "s", "1m1h", "1s1s", "-1s", "1.5s", "1 s", "1000000000s", "1x"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t read = -1;
        cr_expect(read_text_as(decode_duration, good[i].text, &read), "%s", good[i].text);
        cr_expect_eq(read, good[i].ms, "%s", good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t read = 7;
        cr_expect_not(read_text_as(decode_duration, bad[i], &read), "%s", bad[i]);
    }
}

Test(codec, durations_are_written_short)
{
    struct arena *arena = test_arena();
    struct encoder encoder = {.arena = arena};
    expect_text(encode_duration(&encoder, 0).string, "0s");
    expect_text(encode_duration(&encoder, -5).string, "0s");
    expect_text(encode_duration(&encoder, 90061001).string, "1d1h1m1s1ms");
    expect_text(encode_duration(&encoder, 3600000).string, "1h");
    arena_free(arena);
}

Test(codec, numbers_are_written_as_short_as_they_are_exact)
{
    static const struct {
        double number;
        const char *text;
    } numbers[] = {
        {0.1, "0.1"},
        {-0.0, "0"},
        {1e21, "1000000000000000000000"},
        {1500000, "1500000"},
        {1e-7, "0.0000001"},
        {0.1 + 0.2, "0.30000000000000004"},
        {9007199254740993.0, "9007199254740992"},
    };
    struct arena *arena = test_arena();
    struct encoder encoder = {.arena = arena};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        expect_text(encode_number(&encoder, numbers[i].number).number, numbers[i].text);
    cr_expect_eq(encode_number(&encoder, NAN).type, JSON_NULL);
    cr_expect_eq(encode_number(&encoder, INFINITY).type, JSON_NULL);
    expect_text(encode_integer(&encoder, INT64_MIN).number, "-9223372036854775808");
    expect_text(encode_decimal(&encoder, TEXT_NONE).number, "0");
    expect_text(encode_decimal(&encoder, TEXT("1e3")).number, "1000");
    cr_expect_not(encoder.failed);
    arena_free(arena);
}

Test(codec, an_object_takes_no_more_members_than_were_asked_for)
{
    struct arena *arena = test_arena();
    struct encoder encoder = {.arena = arena};
    struct encoder object = encode_begin(arena, 1);
    encode_member(&object, "a", json_boolean(true));
    encode_member(&object, "b", json_boolean(true));
    cr_expect_eq(encode_end(&encoder, &object).type, JSON_NULL);
    cr_expect(encoder.failed);
    arena_free(arena);
}

Test(codec, what_a_type_does_not_allow_is_invalid)
{
    static const char *const values[] = {"red", "green"};
    struct arena *arena = test_arena();
    struct encoder encoder = {.arena = arena}, list = encoder;
    struct encoder object = encode_begin(arena, 1);
    struct error error = ERROR_IN(arena);
    expect_text(encode_choice(&encoder, values, 2, 1).string, "green");
    cr_expect_not_null(encode_items_of(&encoder, NULL, 0));
    cr_expect_eq(encode_finish(&encoder, &error), STATUS_OK);
    encode_member(&object, "colour", encode_choice(&object, values, 2, 2));
    cr_expect_eq(encode_end(&encoder, &object).type, JSON_NULL);
    cr_expect_eq(encode_finish(&encoder, &error), STATUS_INVALID);
    expect_text(error.message, "the handler's result is not valid: colour: 2 is not one of its 2 values");
    cr_expect_null(encode_items_of(&list, NULL, 1));
    cr_expect_eq(encode_finish(&list, &error), STATUS_INVALID);
    arena_free(arena);
}

typedef struct json_value encode_value(struct encoder *encoder, struct json_value value);

Test(codec, json_of_a_handler_is_judged)
{
    struct arena *arena = test_arena();
    const struct json_member bad_key = {{"\xff", 1}, json_null()}, no_text = {TEXT("k"), json_string(TEXT("a\0b"))};
    const struct json_value object = json_object(&bad_key, 1), text = json_string(TEXT("\xc3")),
                            good = read_json(arena, "{\"a\":[1,\"\u00e4\"]}"), other = json_object(&no_text, 1),
                            array = json_array(&text, 1);
    const struct {
        encode_value *encode;
        struct json_value value;
        const char *fault; /* NULL: none */
    } rows[] = {
        {encode_any, good, NULL},
        {encode_any_object, good, NULL},
        {encode_any_object, json_null(), NULL},
        {encode_scalar, json_null(), NULL},
        {encode_scalar, json_string(TEXT_NONE), NULL},
        {encode_scalar, good, "expected string, number or boolean, found object"},
        {encode_any_object, array, "expected object, found array"},
        {encode_any, object, "a text in it is not UTF-8, or has a NUL in it, or it is too deep"},
        {encode_any, array, "a text in it is not UTF-8, or has a NUL in it, or it is too deep"},
        {encode_any_object, other, "a text in it is not UTF-8, or has a NUL in it, or it is too deep"},
        {encode_scalar, text, "a text in it is not UTF-8, or has a NUL in it, or it is too deep"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct encoder encoder = {.arena = arena};
        const struct json_value value = rows[i].encode(&encoder, rows[i].value);
        cr_expect_eq(encoder.invalid, rows[i].fault != NULL, "row %zu", i);
        if (rows[i].fault != NULL)
            expect_text(encoder.fault, rows[i].fault);
        cr_expect_eq(value.type, rows[i].fault != NULL ? JSON_NULL : rows[i].value.type);
    }
    arena_free(arena);
}

Test(codec, json_of_a_handler_that_is_too_deep)
{
    struct arena *arena = test_arena();
    struct json_value values[300] = {0};
    struct encoder encoder = {.arena = arena};
    for (size_t i = 1; i < 300; i++)
        values[i] = json_array(&values[i - 1], 1);
    (void)encode_any(&encoder, values[LIMIT_JSON_DEPTH - 1]);
    cr_expect_not(encoder.invalid);
    (void)encode_any(&encoder, values[299]);
    cr_expect(encoder.invalid);
    arena_free(arena);
}

Test(codec, texts_of_a_handler_are_utf8)
{
    struct arena *arena = test_arena();
    struct encoder encoder = {.arena = arena};
    expect_text(encode_string(&encoder, TEXT_NONE).string, "");
    expect_text(encode_string(&encoder, TEXT("\u00e4")).string, "\u00e4");
    cr_expect_not(encoder.failed);
    cr_expect_eq(encode_string(&encoder, TEXT("a\0")).type, JSON_NULL);
    cr_expect(encoder.invalid);
    (void)encode_decimal(&encoder, TEXT("a lot"));
    expect_text(encoder.fault, "a text is not UTF-8, or has a NUL in it"); /* the first one */
    arena_free(arena);
}
