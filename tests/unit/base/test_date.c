/* Expected texts of layouts are what Go 1.26 prints for them. */
#include "base/date.h"
#include "support.h"

static struct text write(struct arena *arena, const struct date *date, const char *layout)
{
    struct buffer buffer = buffer_in(arena, 1000);
    date_write(&buffer, date, text_from(layout));
    return buffer_text(&buffer);
}

#define EVERYTHING "2006-01-02T15:04:05.999999999Z07:00 MST"

Test(date, forms_that_are_read)
{
    static const struct {
        const char *text, *read; /* NULL: no date */
    } rows[] = {
        {"2024-01-15T14:30:05Z", "2024-01-15T14:30:05Z UTC"},
        {"2024-01-15T14:30:05.25+02:00", "2024-01-15T14:30:05.25+02:00 +0200"},
        {"2024-01-15T14:30:05-03:30", "2024-01-15T14:30:05-03:30 -0330"},
        {"2024-01-15T14:30:05+00:00", "2024-01-15T14:30:05Z UTC"},
        {"2024-01-15T14:30:05.1234567891Z", "2024-01-15T14:30:05.123456789Z UTC"},
        {"2024-01-15", "2024-01-15T00:00:00Z UTC"},
        {"2024-02-29", "2024-02-29T00:00:00Z UTC"},
        {"2000-02-29", "2000-02-29T00:00:00Z UTC"},
        {"2024-12-31", "2024-12-31T00:00:00Z UTC"},
        {"2023-12-31", "2023-12-31T00:00:00Z UTC"},
        {"2024-01-15 14:30:05", "2024-01-15T14:30:05Z UTC"},
        {"2024-01-15 14:30:05.5", "2024-01-15T14:30:05.5Z UTC"},
        {"15 Jan 24 14:30 UTC", "2024-01-15T14:30:00Z UTC"},
        {"15 Jan 69 14:30 GMT", "1969-01-15T14:30:00Z GMT"},
        {"Monday, 15-Jan-24 14:30:05 UTC", "2024-01-15T14:30:05Z UTC"},
        {"Mon, 15 Jan 2024 14:30:05 MST", "2024-01-15T14:30:05Z MST"},
        {"mon, 15 jan 2024 14:30:05 MST", "2024-01-15T14:30:05Z MST"},
        {"2026-02-10 21:18:31.5 +0000 UTC", "2026-02-10T21:18:31.5Z UTC"},
        {"2026-02-10 21:18:31 +0200 CEST", "2026-02-10T21:18:31+02:00 CEST"},
        {"2026-02-10 21:18:31.123456789 +0000 UTC m=+12.345678901", "2026-02-10T21:18:31.123456789Z UTC"},
        {"2026-02-10 21:18:31 -0330 -0330", "2026-02-10T21:18:31-03:30 -0330"},
        {"2026-02-10 21:18:31 +0300 +03", "2026-02-10T21:18:31+03:00 +03"},
        {"", NULL},
        {"today", NULL},
        {"1705329005", NULL},
        {"2024-1-15", NULL},
        {"2024-13-01", NULL},
        {"2024-00-01", NULL},
        {"2023-02-29", NULL},
        {"1900-02-29", NULL},
        {"2024-04-31", NULL},
        {"2024-12-32", NULL},
        {"2024-01-00", NULL},
        {"2024-01-15 ", NULL},
        {"2024-01-15T14:30:05", NULL},
        {"2024-01-15T24:00:00Z", NULL},
        {"2024-01-15T14:60:00Z", NULL},
        {"2024-01-15T14:30:60Z", NULL},
        {"2024-01-15T14:30:05.Z", NULL},
        {"2024-01-15T14:30:05+2:00", NULL},
        {"2024-01-15T14:30:05+02-00", NULL},
        {"2024-01-15T14:30:05+25:00", NULL},
        {"2024-01-15T14:30:05+02:60", NULL},
        {"2024-01-15T14:30:05", NULL},
        {"2024-01-15t14:30:05Z", NULL},
        {"Foo, 15 Jan 2024 14:30:05 MST", NULL},
        {"Mon, 15 Foo 2024 14:30:05 MST", NULL},
        {"Mon, 15 Jan 2024 14:30:05 M", NULL},
        {"2026-02-10 21:18:31 +0300 +0", NULL},
        {"15 Jan x4 14:30 UTC", NULL},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct date date;
        bool good = date_read(text_from(rows[i].text), &date);
        cr_expect_eq(good, rows[i].read != NULL, "%s", rows[i].text);
        if (good && rows[i].read != NULL)
            assert_text(write(arena, &date, EVERYTHING), rows[i].read);
    }
    arena_free(arena);
}

Test(date, layouts)
{
    static const struct {
        const char *text, *layout, *written;
    } rows[] = {
        {"2024-01-05T04:03:09.07+02:30", "Jan January 1 01 2 02 _2 __2 002", "Jan January 1 01 5 05  5   5 005"},
        {"2024-12-31T04:03:09Z", "__2 002 _2006", "366 366 _2024"},
        {"2024-03-01T04:03:09Z", "002", "061"},
        {"2023-03-01T04:03:09Z", "002", "060"},
        {"2024-01-05T04:03:09Z", "06 2006", "24 2024"},
        {"2024-01-05T04:03:09Z", "15 3 03 4 04 5 05 PM pm", "04 4 04 3 03 9 09 AM am"},
        {"2024-01-05T13:03:09Z", "3:04PM 03pm", "1:03PM 01pm"},
        {"2024-01-05T00:03:09Z", "3 03 PM", "12 12 AM"},
        {"2024-01-05T12:03:09Z", "3 PM", "12 PM"},
        {"2024-01-05T04:03:09.07Z", "05.000 05.999 05,00 .9 .0", "09.070 09.07 09,07  .0"},
        {"2024-01-05T04:03:09Z", "05.999 05.9995 .0000000000 1.01", "09 09.9999 .000000000 1.01"},
        {"2024-01-05T04:03:09+02:30", "-0700 -07:00 -07 -070000 -07:00:00", "+0230 +02:30 +02 +023000 +02:30:00"},
        {"2024-01-05T04:03:09-02:30", "Z0700 Z07:00 Z07 Z070000 Z07:00:00", "-0230 -02:30 -02 -023000 -02:30:00"},
        {"2024-01-05T04:03:09Z", "Z0700 Z07:00 Z07 Z070000 Z07:00:00 -0700 MST", "Z Z Z Z Z +0000 UTC"},
        {"2024-01-05T04:03:09-02:30", "MST", "-0230"},
        {"2024-01-05T04:03:09Z", "Mon Monday Money Janet Mona", "Fri Friday Money Janet Mona"},
        {"2024-01-05T04:03:09Z", "Monday, Jan 2 at 15h04 (\xC3\xA9)", "Friday, Jan 5 at 04h03 (\xC3\xA9)"},
        {"2024-01-05T04:03:09Z", "no digits", "no digits"},
        {"2024-01-05T04:03:09Z", "", ""},
        {"2024-01-05T04:03:09Z", "00 07 08 09 10", "00 07 08 09 10"},
        {"1970-01-01", "Mon", "Thu"},
        {"2000-01-01", "Mon", "Sat"},
        {"1900-03-01", "Mon", "Thu"},
        {"2100-12-31", "Mon", "Fri"},
        {"0000-01-01", "Mon 2006", "Sat 0000"},
        {"0001-01-01", "Mon 2006", "Mon 0001"},
        {"9999-12-31", "Mon", "Fri"},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct date date;
        cr_assert(date_read(text_from(rows[i].text), &date), "%s", rows[i].text);
        assert_text(write(arena, &date, rows[i].layout), rows[i].written);
    }
    arena_free(arena);
}

Test(date, days_and_times_both_ways)
{
    static const struct {
        const char *text;
        int64_t us;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59.999999Z", -1},
        {"2026-02-10T21:18:31.5Z", INT64_C(1770758311500000)},
        {"2024-02-29T00:00:00Z", INT64_C(1709164800000000)},
        {"2000-02-29T12:00:00Z", INT64_C(951825600000000)},
        {"1900-03-01T00:00:00Z", -INT64_C(2203891200000000)},
        {"0000-01-01T00:00:00Z", DATE_US_MIN},
        {"9999-12-31T23:59:59.999999Z", DATE_US_MAX},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t us;
        cr_assert(date_read_rfc3339(text_from(rows[i].text), &us), "%s", rows[i].text);
        cr_expect_eq(us, rows[i].us, "%s: %lld", rows[i].text, (long long)us);
        assert_text(date_text(arena, us, DATE_RFC3339), rows[i].text);
    }
    assert_text(date_text(arena, 1, DATE_MICROSECONDS), "1970-01-01T00:00:00.000001Z");
    assert_text(date_text(arena, 0, DATE_MICROSECONDS), "1970-01-01T00:00:00.000000Z");
    assert_text(date_text(arena, INT64_C(1770758311500000), DATE_RFC5322), "Tue, 10 Feb 2026 21:18:31 +0000");
    arena_free(arena);
}

Test(date, every_day_of_eight_centuries)
{
    for (int64_t day = date_days(1600, 1, 1); day < date_days(2400, 1, 1); day++) {
        struct date date = date_from_us(day * INT64_C(86400000000));
        cr_assert_eq(date_days(date.year, date.month, date.day), day);
    }
}

Test(date, rfc3339_only)
{
    int64_t us;
    static const char *const bad[] = {
        "2024-01-15",          "2024-01-15 14:30:05",           "2024-01-15T4:30:05Z",
        "2024-01-15T14:30:05", "Mon, 15 OCT 2024 14:30:05 MST", "2024-01-15T14:30:05+0200"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_not(date_read_rfc3339(text_from(bad[i]), &us), "%s", bad[i]);
    cr_assert(date_read_rfc3339(TEXT("2026-02-10T23:18:31.1234567+02:00"), &us));
    cr_expect_eq(us, INT64_C(1770758311123456));
}
