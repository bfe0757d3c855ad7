/* Exact comparison, rounding and notation. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/decimal.h"
#include "base/limits.h"

static struct arena *arena;

static void set_up(void)
{
    arena = arena_new(MIB(1), 0);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(decimal, .init = set_up, .fini = tear_down);

Test(decimal, knows_its_own)
{
    static const char *const good[] = {"0",   "-0",   "+1",     "007",   "1.5",    "1.50",        "-12.25",
                                       "1e3", "1E+3", "1.5e-7", "1e400", "1e-400", "1e0000000400"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_expect(decimal_is(text_from(good[i])), "%s", good[i]);
    static const char *const bad[] = {
        "",        "-",  "+",   ".5",   "5.",  "1.",  "1e",    "1e+",   "1e401", "1e-401", "1e99999999999999999999",
        " 1",      "1 ", "1,5", "0x10", "NaN", "inf", "1.2.3", "1e5.0", "--1",   "1e--5",  "1_000",
        "\xD9\xA1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(decimal_is(text_from(bad[i])), "'%s'", bad[i]);
}

Test(decimal, compares_exactly)
{
    /* ascending */
    static const char *const order[] = {
        "-1e400",
        "-9223372036854775809",
        "-9223372036854775808",
        "-1000.5",
        "-1000",
        "-1.0000000000000000000000000000001",
        "-1",
        "-0.1",
        "-1e-400",
        "0",
        "1e-400",
        "0.000000000000000000000000000001",
        "0.09",
        "0.1",
        "0.10000000000000001",
        "0.9999999999999999999999",
        "1",
        "1.5",
        "9.99",
        "10",
        "10.01",
        "9007199254740992",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "1e308",
        "1.0000000000000000000000001e308",
        "1e400",
    };
    size_t count = sizeof(order) / sizeof(order[0]);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            int result = decimal_compare(text_from(order[i]), text_from(order[j]));
            cr_expect_eq((result > 0) - (result < 0), (i > j) - (i < j), "%s and %s", order[i], order[j]);
        }
    }
}

Test(decimal, many_ways_to_write_the_same)
{
    static const char *const same[][2] = {
        {"0", "-0"},    {"0", "0.000e400"}, {"1.50", "1.5"},          {"1.5", "+1.5"},    {"1000", "1e3"},
        {"007", "7"},   {"0.001", "1e-3"},  {"-12.50", "-125e-1"},    {"1e3", "0.001e6"}, {"100", "1.00e2"},
        {"10.0", "10"}, {"0.10", "1e-1"},   {"123.456", "123456e-3"},
    };
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        cr_expect_eq(decimal_compare(text_from(same[i][0]), text_from(same[i][1])), 0, "%s %s", same[i][0], same[i][1]);
        cr_expect_eq(decimal_compare(text_from(same[i][1]), text_from(same[i][0])), 0, "%s %s", same[i][1], same[i][0]);
        cr_expect_str_eq(decimal_plain(arena, text_from(same[i][0])).data,
                         decimal_plain(arena, text_from(same[i][1])).data);
    }
}

Test(decimal, plain_notation)
{
    static const char *const table[][2] = {
        {"1.5e+06", "1500000"},
        {"1e-7", "0.0000001"},
        {"-0", "0"},
        {"-0.00", "0"},
        {"0e5", "0"},
        {"007", "7"},
        {"1.50", "1.5"},
        {"+3", "3"},
        {"-3.0", "-3"},
        {"100", "100"},
        {"1.00e2", "100"},
        {"123.456e1", "1234.56"},
        {"123456e-3", "123.456"},
        {"12e-5", "0.00012"},
        {"1234567890123460", "1234567890123460"},
        {"9007199254740993", "9007199254740993"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"123456789012345678901234567890.0987654321", "123456789012345678901234567890.0987654321"},
        {"0.1", "0.1"},
        {"no number", "no number"},
        {"1e401", "1e401"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct text plain = decimal_plain(arena, text_from(table[i][0]));
        cr_expect_str_eq(plain.data, table[i][1], "%s", table[i][0]);
        cr_expect_eq(plain.size, strlen(table[i][1]), "%s", table[i][0]);
    }
}

Test(decimal, plain_at_the_ends_of_the_exponent)
{
    struct text large = decimal_plain(arena, TEXT("1e400")), small = decimal_plain(arena, TEXT("-1e-400"));
    cr_expect_eq(large.size, 401);
    cr_expect(large.data[0] == '1' && strspn(large.data + 1, "0") == 400);
    cr_expect_eq(small.size, 1 + 2 + 400);
    cr_expect(text_starts(small, TEXT("-0.000")) && text_ends(small, TEXT("0001")));
}

Test(decimal, rounds_half_away_from_zero)
{
    static const struct {
        const char *number;
        unsigned places;
        const char *rounded;
    } table[] = {
        {"2.345", 2, "2.35"},
        {"2.344999999999999999999", 2, "2.34"},
        {"-2.345", 2, "-2.35"},
        {"2.5", 0, "3"},
        {"-2.5", 0, "-3"},
        {"0.5", 0, "1"},
        {"0.49", 0, "0"},
        {"-0.4", 0, "0"},
        {"9.995", 2, "10.00"},
        {"999.5", 0, "1000"},
        {"0.999", 2, "1.00"},
        {"-9.999", 2, "-10.00"},
        {"1.005", 2, "1.01"},
        {"1", 2, "1.00"},
        {"1.1", 3, "1.100"},
        {"0", 2, "0.00"},
        {"-0", 1, "0.0"},
        {"-0.001", 2, "0.00"},
        {"-0.005", 2, "-0.01"},
        {"0.05", 0, "0"},
        {"0.05", 1, "0.1"},
        {"0.005", 1, "0.0"},
        {"1e-400", 2, "0.00"},
        {"5e-3", 2, "0.01"},
        {"1.5e3", 1, "1500.0"},
        {"12345678901234567890.125", 2, "12345678901234567890.13"},
        {"0.1", 20, "0.10000000000000000000"},
        {"0.000000000000000000005", 20, "0.00000000000000000001"},
        {"007.1", 1, "7.1"},
        {"none", 2, "none"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct text rounded = decimal_round(arena, text_from(table[i].number), table[i].places);
        cr_expect_str_eq(rounded.data, table[i].rounded, "%s to %u", table[i].number, table[i].places);
        cr_expect_eq(rounded.size, strlen(table[i].rounded));
    }
}

Test(decimal, whole_numbers)
{
    static const struct {
        const char *number;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"0e999999999999", 0},
        {"1.0", 1},
        {"1e3", 1000},
        {"10e-1", 1},
        {"-1500e-2", -15},
        {"12.50e1", 125},
        {"9223372036854775807", INT64_MAX},
        {"9223372036854775807.000", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"9223372036854775.807e3", INT64_MAX},
        {"9007199254740993", 9007199254740993},
        {"1e18", 1000000000000000000},
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t value = -7;
        cr_expect(decimal_to_int64(text_from(good[i].number), &value), "%s", good[i].number);
        cr_expect_eq(value, good[i].value, "%s", good[i].number);
    }
    static const char *const bad[] = {"0.5",
                                      "1e-1",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "1e19",
                                      "1e400",
                                      "1e-99999999999999999999",
                                      "9223372036854775807.1",
                                      "",
                                      "x",
                                      "1."};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t value = -7;
        cr_expect_not(decimal_to_int64(text_from(bad[i]), &value), "%s", bad[i]);
        cr_expect_eq(value, -7, "%s left a trace", bad[i]);
    }
}

Test(decimal, budget)
{
    arena_fail_after(arena, 1);
    cr_expect_null(decimal_plain(arena, TEXT("1.5")).data);
    cr_expect_null(decimal_plain(arena, TEXT("x")).data);
    cr_expect_null(decimal_round(arena, TEXT("1.5"), 1).data);
}
