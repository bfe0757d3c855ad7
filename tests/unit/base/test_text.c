/* Views of text and UTF-8. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/text.h"

Test(text, compares)
{
    cr_expect(text_equal(TEXT("abc"), TEXT("abc")));
    cr_expect_not(text_equal(TEXT("abc"), TEXT("abd")));
    cr_expect_not(text_equal(TEXT("abc"), TEXT("ab")));
    cr_expect(text_equal(TEXT_NONE, TEXT("")));
    cr_expect(text_is(TEXT("abc"), "abc"));
    cr_expect(text_is(TEXT_NONE, NULL));
    cr_expect_not(text_is((struct text){.data = "a\0b", .size = 3}, "a"));
    cr_expect_lt(text_compare(TEXT("ab"), TEXT("abc")), 0);
    cr_expect_gt(text_compare(TEXT("b"), TEXT("abc")), 0);
    cr_expect_gt(text_compare(TEXT("\x80"), TEXT("a")), 0, "bytes are unsigned");
    cr_expect_eq(text_compare(TEXT_NONE, TEXT("")), 0);
}

Test(text, ignores_the_case_of_ascii_only)
{
    cr_expect(text_equal_ignoring_case(TEXT("Rule_ID"), TEXT("rule_id")));
    cr_expect_not(text_equal_ignoring_case(TEXT("rule"), TEXT("rules")));
    cr_expect_not(text_equal_ignoring_case(TEXT("\xC3\x89"), TEXT("\xC3\xA9")), "not of other letters");
    cr_expect_not(text_equal_ignoring_case(TEXT("["), TEXT("{")), "nor of their neighbours");
    cr_expect_not(text_equal_ignoring_case(TEXT("@"), TEXT("`")));
}

Test(text, finds)
{
    struct text text = TEXT("a.b.c");
    cr_expect_eq(text_find(text, TEXT("b.")), 2);
    cr_expect_eq(text_find(text, TEXT("")), 0);
    cr_expect_eq(text_find(text, TEXT("x")), SIZE_MAX);
    cr_expect_eq(text_find(TEXT_NONE, TEXT("x")), SIZE_MAX);
    cr_expect_eq(text_find_byte(text, '.'), 1);
    cr_expect_eq(text_find_byte(TEXT_NONE, '.'), SIZE_MAX);
    cr_expect(text_starts(text, TEXT("a.")) && text_starts(text, TEXT_NONE));
    cr_expect_not(text_starts(TEXT("a"), text));
    cr_expect(text_ends(text, TEXT(".c")) && text_ends(TEXT_NONE, TEXT_NONE));
    cr_expect_not(text_ends(TEXT("c"), text));
}

Test(text, slices_are_cut_to_the_text)
{
    struct text text = TEXT("abcdef");
    cr_expect(text_is(text_slice(text, 1, 2), "bc"));
    cr_expect(text_is(text_slice(text, 4, SIZE_MAX), "ef"));
    cr_expect(text_is(text_slice(text, 6, 1), ""));
    cr_expect(text_is(text_slice(text, SIZE_MAX, SIZE_MAX), ""));
    cr_expect_eq(text_slice(TEXT_NONE, 0, 1).size, 0);
}

Test(text, trims)
{
    cr_expect(text_is(text_trim(TEXT(" \t\r\n a b \n")), "a b"));
    cr_expect_eq(text_trim(TEXT(" \n ")).size, 0);
    cr_expect_eq(text_trim(TEXT_NONE).size, 0);
}

static size_t split_count(const char *string, char separator)
{
    struct text rest = text_from(string);
    size_t count = 0;
    while (rest.data != NULL) {
        (void)text_split(&rest, separator);
        count++;
    }
    return count;
}

Test(text, splits)
{
    struct text rest = TEXT("one,,three,");
    cr_expect(text_is(text_split(&rest, ','), "one"));
    cr_expect(text_is(text_split(&rest, ','), ""));
    cr_expect(text_is(text_split(&rest, ','), "three"));
    cr_expect_not_null(rest.data, "the part behind the last separator is one too");
    cr_expect(text_is(text_split(&rest, ','), ""));
    cr_expect_null(rest.data);
    cr_expect_eq(split_count("", ','), 1);
    cr_expect_eq(split_count(",", ','), 2);
    cr_expect_eq(split_count(NULL, ','), 0);
}

Test(text, knows_utf8)
{
    static const struct text good[] = {
        TEXT(""),
        TEXT("plain"),
        TEXT("\x7F"),
        TEXT("\xC2\x80"),
        TEXT("\xDF\xBF"),
        TEXT("\xE0\xA0\x80"),
        TEXT("\xED\x9F\xBF"),
        TEXT("\xEE\x80\x80"),
        TEXT("\xEF\xBF\xBF"),
        TEXT("\xF0\x90\x80\x80"),
        TEXT("\xF4\x8F\xBF\xBF"),
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_expect(text_is_utf8(good[i]), "good %zu", i);
    static const struct text bad[] = {
        TEXT("\x80"),             /* a continuation alone */
        TEXT("\xC0\x80"),         /* overlong NUL */
        TEXT("\xC1\xBF"),         /* overlong */
        TEXT("\xC3"),             /* cut */
        TEXT("\xC3("),            /* no continuation */
        TEXT("\xE0\x9F\xBF"),     /* overlong */
        TEXT("\xED\xA0\x80"),     /* a surrogate */
        TEXT("\xED\xBF\xBF"),     /* a surrogate */
        TEXT("\xE2\x82"),         /* cut */
        TEXT("\xE2\x28\xA1"),     /* second byte */
        TEXT("\xE2\x82\x28"),     /* third byte */
        TEXT("\xF0\x8F\xBF\xBF"), /* overlong */
        TEXT("\xF4\x90\x80\x80"), /* past U+10FFFF */
        TEXT("\xF5\x80\x80\x80"), /* no such lead */
        TEXT("\xF0\x9F\x98"),     /* cut */
        TEXT("\xFE"),
        TEXT("\xFF"),
        TEXT("ok until \xFF here"),
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(text_is_utf8(bad[i]), "bad %zu", i);
}

Test(text, size_of_a_sequence)
{
    struct text text = TEXT("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    cr_expect_eq(text_utf8_size(text, 0), 1);
    cr_expect_eq(text_utf8_size(text, 1), 2);
    cr_expect_eq(text_utf8_size(text, 2), 0);
    cr_expect_eq(text_utf8_size(text, 3), 3);
    cr_expect_eq(text_utf8_size(text, 6), 4);
    cr_expect_eq(text_utf8_size(text, 10), 0, "the end");
    cr_expect_eq(text_utf8_size(text_slice(text, 0, 9), 6), 0, "cut");
}

Test(text, cuts_between_characters)
{
    struct text text = TEXT("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z"); /* 1 + 2 + 3 + 4 + 1 bytes */
    static const size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (size_t limit = 0; limit < sizeof(kept) / sizeof(kept[0]); limit++)
        cr_expect_eq(text_cut_utf8(text, limit).size, kept[limit], "limit %zu", limit);
    cr_expect_eq(text_cut_utf8(TEXT("\x80\x80\x80\x80\x80"), 4).size, 4, "what is no UTF-8 is cut where the limit is");
    cr_expect_eq(text_cut_utf8(TEXT("\xFF\xFF"), 1).size, 1);
}

Test(text, hex_digits)
{
    const char *digits = "0123456789abcdefABCDEF";
    for (int byte = 0; byte < 256; byte++) {
        const char *found = byte != 0 ? strchr(digits, byte) : NULL;
        int place = found != NULL ? (int)(found - digits) : -1;
        cr_expect_eq(text_hex_digit((char)byte), place > 15 ? place - 6 : place, "%d", byte);
    }
}

Test(text, reads_integers)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"42", 42},
        {"007", 7},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t value = -1;
        cr_expect(text_to_int64(text_from(good[i].text), &value), "%s", good[i].text);
        cr_expect_eq(value, good[i].value, "%s", good[i].text);
    }
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "1e3",
                                      "0x10",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "--1",
                                      "1-",
                                      "12a",
                                      "99999999999999999999999999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t value = 77;
        cr_expect_not(text_to_int64(text_from(bad[i]), &value), "'%s'", bad[i]);
        cr_expect_eq(value, 77, "'%s' left a trace", bad[i]);
    }
}

Test(text, print_size_is_an_int)
{
    cr_expect_eq(text_print_size(TEXT("abc")), 3);
    cr_expect_eq(text_print_size((struct text){.data = "", .size = SIZE_MAX}), INT32_MAX);
}

Test(text, distance_counts_slips)
{
    static const struct {
        const char *a, *b;
        size_t slips;
    } rows[] = {{"", "", 0},          {"", "abc", 3},           {"host", "host", 0}, {"host", "hots", 1},
                {"host", "hosts", 1}, {"host", "hst", 1},       {"host", "most", 1}, {"host", "port", 2},
                {"abcd", "badc", 2},  {"kitten", "sitting", 3}, {"ab", "bca", 3}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(text_distance(text_from(rows[i].a), text_from(rows[i].b)), rows[i].slips, "%s %s", rows[i].a,
                     rows[i].b);
        cr_expect_eq(text_distance(text_from(rows[i].b), text_from(rows[i].a)), rows[i].slips);
    }
    static const char longest[65] = "0123456789012345678901234567890123456789012345678901234567890123";
    cr_expect_eq(text_distance(text_from(longest), TEXT("0")), 63);
    cr_expect_eq(text_distance((struct text){longest, 65}, TEXT("0")), SIZE_MAX);
    cr_expect_eq(text_distance(TEXT("0"), (struct text){longest, 65}), SIZE_MAX);
}
