/* Durations both ways. */
#include "base/duration.h"
#include "support.h"

#define DAY_MS INT64_C(86400000)

Test(duration, go)
{
    static const struct {
        const char *text;
        int64_t nanoseconds; /* -1: not a duration */
        const char *written;
    } rows[] = {
        {"0", 0, "0s"},
        {"1ns", 1, "1ns"},
        {"1.5us", 1500, "1.5\xc2\xb5s"},
        {"1\xc2\xb5s", 1000, "1\xc2\xb5s"},
        {"1\xce\xbcs", 1000, "1\xc2\xb5s"},
        {"250ms", 250000000, "250ms"},
        {"1.001ms", 1001000, "1.001ms"},
        {"1.5s", 1500000000, "1.5s"},
        {"+90s", 90000000000, "1m30s"},
        {"1h30m", 5400000000000, "1h30m0s"},
        {"1h0.000000001s", 3600000000001, "1h0m0.000000001s"},
        {".5h", 1800000000000, "30m0s"},
        {"2562047h47m16.854775807s", INT64_MAX, "2562047h47m16.854775807s"},
        {"2562047h47m16.854775808s", -1, NULL},
        {"9223372036854775808ns", -1, NULL},
        {"", -1, NULL},
        {"+", -1, NULL},
        {"-1s", -1, NULL},
        {"1", -1, NULL},
        {"s", -1, NULL},
        {".s", -1, NULL},
        {"1d", -1, NULL},
        {"1s ", -1, NULL},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t nanoseconds;
        bool is_good = duration_parse(text_from(rows[i].text), &nanoseconds);
        cr_expect_eq(is_good, rows[i].nanoseconds >= 0, "%s", rows[i].text);
        if (!is_good)
            continue;
        cr_expect_eq(nanoseconds, rows[i].nanoseconds, "%s", rows[i].text);
        assert_text(duration_text(arena, nanoseconds), rows[i].written);
    }
    arena_free(arena);
}

Test(duration, rules)
{
    static const struct {
        const char *text;
        int64_t nanoseconds; /* -1: not a duration */
    } rows[] = {
        {"1.5s", 1500000000},
        {"7d", 7 * DAY_MS * 1000000},
        {"1d12h", DAY_MS * 1500000},
        {"106751d", 106751 * DAY_MS * 1000000},
        {"106752d", -1}, /* more than 292 years */
        {"1.5d", -1},
        {"", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t nanoseconds;
        bool is_good = duration_parse_rule(text_from(rows[i].text), &nanoseconds);
        cr_expect_eq(is_good, rows[i].nanoseconds >= 0, "%s", rows[i].text);
        if (is_good)
            cr_expect_eq(nanoseconds, rows[i].nanoseconds, "%s", rows[i].text);
    }
}

Test(duration, faults_in_the_words_of_go)
{
    static const struct {
        const char *text, *fault;
    } rows[] = {
        {"5", "time: missing unit in duration \"5\""},
        {"1h5", "time: missing unit in duration \"1h5\""},
        {"5 minutes", "time: unknown unit \" minutes\" in duration \"5 minutes\""},
        {"1.5d", "time: unknown unit \"d\" in duration \"1.5d\""},
        {"-3x2s", "time: unknown unit \"x\" in duration \"-3x2s\""},
        {"abc", "time: invalid duration \"abc\""},
        {"", "time: invalid duration \"\""},
        {"-", "time: invalid duration \"-\""},
        {".s", "time: invalid duration \".s\""},
        {"9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\""},
        {"\"\\", "time: invalid duration \"\\\"\\\\\""},
        {"1\xc3\xa9\n", "time: unknown unit \"\\xc3\\xa9\\x0a\" in duration \"1\\xc3\\xa9\\x0a\""},
    };
    struct arena *arena = test_arena();
    char text[1000];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_text(duration_fault(arena, text_from(rows[i].text)), rows[i].fault);
    memset(text, '\n', sizeof text);
    text[0] = '1';
    struct text fault = duration_fault(arena, (struct text){.data = text, .size = sizeof text});
    cr_expect_lt(fault.size, 2000);
    cr_expect(text_ends(fault, TEXT("...\"")));
    arena_free(arena);
}

Test(duration, specs)
{
    static const struct {
        const char *text;
        int64_t milliseconds; /* -1: not a duration */
        const char *written;
    } rows[] = {
        {"0s", 0, "0s"},
        {"1ms", 1, "1ms"},
        {"90s", 90000, "1m30s"},
        {"1h30m", 5400000, "1h30m"},
        {"1d2h3m4s5ms", DAY_MS + 7384005, "1d2h3m4s5ms"},
        {"24h", DAY_MS, "1d"},
        {"999999999d", 999999999 * DAY_MS, "999999999d"},
        {"1000000000d", -1, NULL},
        {"", -1, NULL},
        {"0", -1, NULL},
        {"h", -1, NULL},
        {"1s1m", -1, NULL},
        {"1s1s", -1, NULL},
        {"1.5s", -1, NULL},
        {"-1s", -1, NULL},
        {"1us", -1, NULL},
        {"1s ", -1, NULL},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t milliseconds;
        bool is_good = duration_parse_ms(text_from(rows[i].text), &milliseconds);
        cr_expect_eq(is_good, rows[i].milliseconds >= 0, "%s", rows[i].text);
        if (!is_good)
            continue;
        cr_expect_eq(milliseconds, rows[i].milliseconds, "%s", rows[i].text);
        assert_text(duration_text_ms(arena, milliseconds), rows[i].written);
    }
    assert_text(duration_text_ms(arena, -5), "0s");
    arena_free(arena);
}
