/* Reads and writes Go's date layouts; the civil calendar. */
#include "base/date.h"

#include <assert.h>

#define SECOND_US   INT64_C(1000000)
#define DAY_SECONDS INT64_C(86400)
/* The most bytes of a formatted date, including a long zone name. */
#define TEXT_SIZE 256

/* The meaning of a part of a Go layout. */
enum element {
    LITERAL,
    YEAR,
    YEAR_SHORT,
    MONTH_NAME,
    MONTH_SHORT,
    MONTH,
    MONTH_ZERO,
    DAY,
    DAY_ZERO,
    DAY_BLANK,
    YEAR_DAY_ZERO,
    YEAR_DAY_BLANK,
    WEEKDAY_NAME,
    WEEKDAY_SHORT,
    HOUR,
    HOUR_12,
    HOUR_12_ZERO,
    MINUTE,
    MINUTE_ZERO,
    SECOND,
    SECOND_ZERO,
    FRACTION,
    HALF_UPPER,
    HALF_LOWER,
    ZONE_NAME,
    ZONE_OFFSET,
};

struct part {
    enum element element;
    struct text text; /* as written in the layout */
};

/* A pattern that is a prefix of another pattern comes after it. */
static const struct part patterns[] = {
    {MONTH_NAME, {"January", 7}},
    {MONTH_SHORT, {"Jan", 3}},
    {WEEKDAY_NAME, {"Monday", 6}},
    {WEEKDAY_SHORT, {"Mon", 3}},
    {ZONE_NAME, {"MST", 3}},
    {YEAR_DAY_ZERO, {"002", 3}},
    {MONTH_ZERO, {"01", 2}},
    {DAY_ZERO, {"02", 2}},
    {HOUR_12_ZERO, {"03", 2}},
    {MINUTE_ZERO, {"04", 2}},
    {SECOND_ZERO, {"05", 2}},
    {YEAR_SHORT, {"06", 2}},
    {HOUR, {"15", 2}},
    {MONTH, {"1", 1}},
    {YEAR, {"2006", 4}},
    {DAY, {"2", 1}},
    {YEAR_DAY_BLANK, {"__2", 3}},
    {LITERAL, {"_2006", 1}},
    {DAY_BLANK, {"_2", 2}},
    {HOUR_12, {"3", 1}},
    {MINUTE, {"4", 1}},
    {SECOND, {"5", 1}},
    {HALF_UPPER, {"PM", 2}},
    {HALF_LOWER, {"pm", 2}},
    {ZONE_OFFSET, {"-070000", 7}},
    {ZONE_OFFSET, {"-07:00:00", 9}},
    {ZONE_OFFSET, {"-0700", 5}},
    {ZONE_OFFSET, {"-07:00", 6}},
    {ZONE_OFFSET, {"-07", 3}},
    {ZONE_OFFSET, {"Z070000", 7}},
    {ZONE_OFFSET, {"Z07:00:00", 9}},
    {ZONE_OFFSET, {"Z0700", 5}},
    {ZONE_OFFSET, {"Z07:00", 6}},
    {ZONE_OFFSET, {"Z07", 3}},
};

static const struct text months[] = {
    {"January", 7}, {"February", 8}, {"March", 5},     {"April", 5},   {"May", 3},      {"June", 4},
    {"July", 4},    {"August", 6},   {"September", 9}, {"October", 7}, {"November", 8}, {"December", 8},
};
static const struct text weekdays[] = {
    {"Sunday", 6}, {"Monday", 6}, {"Tuesday", 7}, {"Wednesday", 9}, {"Thursday", 8}, {"Friday", 6}, {"Saturday", 8},
};

static bool is_digit(struct text text, size_t at)
{
    return at < text.size && text.data[at] >= '0' && text.data[at] <= '9';
}

static bool is_lower(struct text text, size_t at)
{
    return at < text.size && text.data[at] >= 'a' && text.data[at] <= 'z';
}

/* The size of a fraction such as ".000" or ",999" at the start of the layout; 0 if absent. */
static size_t fraction_size(struct text layout)
{
    if (layout.size < 2 || (layout.data[0] != '.' && layout.data[0] != ',') ||
        (layout.data[1] != '0' && layout.data[1] != '9'))
        return 0;
    size_t end = 1;
    while (end < layout.size && layout.data[end] == layout.data[1])
        end++;
    return is_digit(layout, end) ? 0 : end;
}

static bool pattern_fits(const struct part *pattern, struct text layout)
{
    if (pattern->text.data[0] != layout.data[0])
        return false; /* fast path: every timestamp tries most patterns at every byte */
    /* "Janet" is not a month. */
    bool word = pattern->element == MONTH_SHORT || pattern->element == WEEKDAY_SHORT;
    if (pattern->element == LITERAL)
        return text_starts(layout, TEXT("_2006"));
    return text_starts(layout, pattern->text) && !(word && is_lower(layout, pattern->text.size));
}

/* Takes the first part off a layout that is not empty. */
static struct part part_next(struct text *layout)
{
    struct part part = {.element = LITERAL, .text = text_slice(*layout, 0, 1)};
    size_t size = fraction_size(*layout);
    if (size > 0)
        part = (struct part){.element = FRACTION, .text = text_slice(*layout, 0, size)};
    for (size_t i = 0; size == 0 && i < sizeof patterns / sizeof patterns[0]; i++)
        if (pattern_fits(&patterns[i], *layout)) {
            part = patterns[i];
            break;
        }
    *layout = text_slice(*layout, part.text.size, layout->size);
    return part;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_before_month(int year, int month)
{
    static const int days[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    return days[month - 1] + (month > 2 && is_leap(year) ? 1 : 0);
}

static int days_in_month(int year, int month)
{
    return days_before_month(year, month + 1) - days_before_month(year, month);
}

static int year_day(const struct date *date)
{
    return days_before_month(date->year, date->month) + date->day;
}

static int weekday(const struct date *date)
{
    /* Days since the year 0, which began on a Saturday. */
    int before = date->year - 1;
    int leaps = date->year > 0 ? before / 4 - before / 100 + before / 400 + 1 : 0;
    return (6 + date->year * 365 + leaps + year_day(date) - 1) % 7;
}

static void write_number(struct buffer *buffer, int number, int width, char pad)
{
    char digits[12];
    int count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (int i = count; i < width; i++)
        buffer_add_byte(buffer, pad);
    while (count > 0)
        buffer_add_byte(buffer, digits[--count]);
}

/* form: "-0700", "Z07:00", ... */
static void write_offset(struct buffer *buffer, int offset, struct text form)
{
    if (form.data[0] == 'Z' && offset == 0) {
        buffer_add_byte(buffer, 'Z');
        return;
    }
    bool colons = text_find_byte(form, ':') != SIZE_MAX;
    size_t pairs = (form.size - 1 + (colons ? 1 : 0)) / (colons ? 3 : 2);
    buffer_add_byte(buffer, offset < 0 ? '-' : '+');
    static const int units[] = {3600, 60, 1};
    int seconds = offset < 0 ? -offset : offset;
    for (size_t i = 0; i < pairs && i < sizeof units / sizeof units[0]; i++) {
        if (i > 0 && colons)
            buffer_add_byte(buffer, ':');
        write_number(buffer, seconds / units[i] % 60, 2, '0');
    }
}

/* form: ".000" keeps all its digits, ".999" drops trailing zeros. */
static void write_fraction(struct buffer *buffer, int nanosecond, struct text form)
{
    char digits[9];
    for (int i = 8; i >= 0; i--, nanosecond /= 10)
        digits[i] = (char)('0' + nanosecond % 10);
    size_t places = form.size - 1 < sizeof digits ? form.size - 1 : sizeof digits;
    while (form.data[1] == '9' && places > 0 && digits[places - 1] == '0')
        places--;
    if (form.data[1] == '9' && places == 0)
        return;
    buffer_add_byte(buffer, form.data[0]);
    buffer_add(buffer, (struct text){.data = digits, .size = places});
}

static void write_day(struct buffer *buffer, const struct date *date, enum element element)
{
    struct text month = months[date->month - 1], day = weekdays[weekday(date)];
    switch (element) {
    case YEAR: write_number(buffer, date->year, 4, '0'); break;
    case YEAR_SHORT: write_number(buffer, date->year % 100, 2, '0'); break;
    case MONTH_NAME: buffer_add(buffer, month); break;
    case MONTH_SHORT: buffer_add(buffer, text_slice(month, 0, 3)); break;
    case MONTH: write_number(buffer, date->month, 1, '0'); break;
    case MONTH_ZERO: write_number(buffer, date->month, 2, '0'); break;
    case DAY: write_number(buffer, date->day, 1, '0'); break;
    case DAY_ZERO: write_number(buffer, date->day, 2, '0'); break;
    case DAY_BLANK: write_number(buffer, date->day, 2, ' '); break;
    case YEAR_DAY_ZERO: write_number(buffer, year_day(date), 3, '0'); break;
    case YEAR_DAY_BLANK: write_number(buffer, year_day(date), 3, ' '); break;
    case WEEKDAY_NAME: buffer_add(buffer, day); break;
    default: buffer_add(buffer, text_slice(day, 0, 3)); break; /* WEEKDAY_SHORT */
    }
}

static void write_time(struct buffer *buffer, const struct date *date, const struct part *part)
{
    int hour_12 = date->hour % 12 == 0 ? 12 : date->hour % 12;
    bool afternoon = date->hour >= 12;
    switch (part->element) {
    case HOUR: write_number(buffer, date->hour, 2, '0'); break;
    case HOUR_12: write_number(buffer, hour_12, 1, '0'); break;
    case HOUR_12_ZERO: write_number(buffer, hour_12, 2, '0'); break;
    case MINUTE: write_number(buffer, date->minute, 1, '0'); break;
    case MINUTE_ZERO: write_number(buffer, date->minute, 2, '0'); break;
    case SECOND: write_number(buffer, date->second, 1, '0'); break;
    case SECOND_ZERO: write_number(buffer, date->second, 2, '0'); break;
    case FRACTION: write_fraction(buffer, date->nanosecond, part->text); break;
    case HALF_UPPER: buffer_add(buffer, afternoon ? TEXT("PM") : TEXT("AM")); break;
    case HALF_LOWER: buffer_add(buffer, afternoon ? TEXT("pm") : TEXT("am")); break;
    case ZONE_OFFSET: write_offset(buffer, date->offset, part->text); break;
    default: /* ZONE_NAME */
        if (date->zone.size > 0)
            buffer_add(buffer, date->zone);
        else
            write_offset(buffer, date->offset, TEXT("-0700"));
        break;
    }
}

void date_write(struct buffer *buffer, const struct date *date, struct text layout)
{
    while (layout.size > 0 && !buffer->failed) {
        struct part part = part_next(&layout);
        if (part.element == LITERAL)
            buffer_add(buffer, part.text);
        else if (part.element < HOUR)
            write_day(buffer, date, part.element);
        else
            write_time(buffer, date, &part);
    }
}

/* Takes a number of `least` to `most` digits off the text. */
static bool read_number(struct text *rest, size_t least, size_t most, int *number)
{
    size_t size = 0;
    *number = 0;
    for (; size < most && is_digit(*rest, size); size++)
        *number = *number * 10 + (rest->data[size] - '0');
    *rest = text_slice(*rest, size, rest->size);
    return size >= least;
}

/* A fraction after the seconds; digits past the ninth are dropped. */
static bool read_fraction(struct text *rest, int *nanosecond)
{
    *nanosecond = 0;
    if (rest->size == 0 || (rest->data[0] != '.' && rest->data[0] != ','))
        return true;
    size_t end = 1;
    int unit = 100000000;
    for (; is_digit(*rest, end); end++, unit /= 10)
        *nanosecond += unit * (rest->data[end] - '0');
    *rest = text_slice(*rest, end, rest->size);
    return end > 1;
}

/* Takes the first matching name off the text. size: compares only this many letters of each name; 0: all. */
static bool read_name(struct text *rest, const struct text *names, size_t count, size_t size, int *index)
{
    for (size_t i = 0; i < count; i++) {
        struct text name = text_slice(names[i], 0, size > 0 ? size : names[i].size);
        if (!text_equal_ignoring_case(text_slice(*rest, 0, name.size), name))
            continue;
        *index = (int)i;
        *rest = text_slice(*rest, name.size, rest->size);
        return true;
    }
    return false;
}

/* "+02:00" or "+0200", and "Z" where the form allows it. */
static bool read_offset(struct text *rest, struct text form, struct date *date)
{
    if (form.data[0] == 'Z' && text_starts(*rest, TEXT("Z"))) {
        *rest = text_slice(*rest, 1, rest->size);
        date->zone = TEXT("UTC");
        return true;
    }
    if (rest->size == 0 || (rest->data[0] != '+' && rest->data[0] != '-'))
        return false;
    bool west = rest->data[0] == '-', colons = text_find_byte(form, ':') != SIZE_MAX;
    int hours, minutes;
    *rest = text_slice(*rest, 1, rest->size);
    if (!read_number(rest, 2, 2, &hours))
        return false;
    if (colons && !text_starts(*rest, TEXT(":")))
        return false;
    *rest = text_slice(*rest, colons ? 1 : 0, rest->size);
    if (!read_number(rest, 2, 2, &minutes) || hours > 24 || minutes > 59)
        return false;
    date->offset = (hours * 60 + minutes) * (west ? -60 : 60);
    date->zone = date->offset == 0 ? TEXT("UTC") : TEXT_NONE;
    return true;
}

/* "UTC", "CEST", or "+03" for a zone without letters. */
static bool read_zone(struct text *rest, struct date *date)
{
    size_t size = 0;
    if (rest->size > 0 && (rest->data[0] == '+' || rest->data[0] == '-')) {
        size = 1;
        while (size < 5 && is_digit(*rest, size))
            size++;
        if (size != 3 && size != 5)
            return false;
    } else {
        while (size < 5 && size < rest->size && rest->data[size] >= 'A' && rest->data[size] <= 'Z')
            size++;
        if (size < 3)
            return false;
    }
    date->zone = text_slice(*rest, 0, size);
    *rest = text_slice(*rest, size, rest->size);
    return true;
}

static bool read_part(struct text *rest, const struct part *part, struct date *date)
{
    int index;
    switch (part->element) {
    case YEAR: return read_number(rest, 4, 4, &date->year);
    case YEAR_SHORT:
        if (!read_number(rest, 2, 2, &date->year))
            return false;
        date->year += date->year >= 69 ? 1900 : 2000;
        return true;
    case MONTH_ZERO: return read_number(rest, 2, 2, &date->month);
    case MONTH_SHORT:
        if (!read_name(rest, months, 12, 3, &index))
            return false;
        date->month = index + 1;
        return true;
    case DAY_ZERO: return read_number(rest, 2, 2, &date->day);
    case WEEKDAY_NAME: return read_name(rest, weekdays, 7, 0, &index);
    case WEEKDAY_SHORT: return read_name(rest, weekdays, 7, 3, &index);
    case HOUR: return read_number(rest, 1, 2, &date->hour);
    case MINUTE_ZERO: return read_number(rest, 2, 2, &date->minute);
    case SECOND_ZERO: return read_number(rest, 2, 2, &date->second) && read_fraction(rest, &date->nanosecond);
    case ZONE_OFFSET: return read_offset(rest, part->text, date);
    case ZONE_NAME: return read_zone(rest, date);
    default: /* LITERAL: no other element occurs in the forms below */
        if (!text_starts(*rest, part->text))
            return false;
        *rest = text_slice(*rest, part->text.size, rest->size);
        return true;
    }
}

static bool read_form(struct text text, struct text layout, struct date *date)
{
    *date = (struct date){.zone = TEXT("UTC")};
    while (layout.size > 0) {
        struct part part = part_next(&layout);
        if (!read_part(&text, &part, date))
            return false;
    }
    return text.size == 0 && date->month >= 1 && date->month <= 12 && date->day >= 1 &&
           date->day <= days_in_month(date->year, date->month) && date->hour < 24 && date->minute < 60 &&
           date->second < 60;
}

bool date_read(struct text text, struct date *date)
{
    static const struct text forms[] = {
        {"2006-01-02T15:04:05Z07:00", 25},     {"2006-01-02", 10},          {"2006-01-02 15:04:05", 19},
        {"2006-01-02 15:04:05 -0700 MST", 29}, {"02 Jan 06 15:04 MST", 19}, {"Monday, 02-Jan-06 15:04:05 MST", 30},
        {"Mon, 02 Jan 2006 15:04:05 MST", 29},
    };
    /* Go prints the monotonic reading at the end of a time that was read from the clock. */
    size_t monotonic = text_find(text, TEXT(" m="));
    if (monotonic != SIZE_MAX)
        text = text_slice(text, 0, monotonic);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (read_form(text, forms[i], date))
            return true;
    return false;
}

/* Both conversions start the year in March, so that the leap day is its last day; an era is 400 years. */
int64_t date_days(int year, int month, int day)
{
    int64_t shifted = (int64_t)year - (month <= 2);
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t year_of_era = shifted - era * 400;
    int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static void set_days(struct date *date, int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    date->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    date->month = (int)(month < 10 ? month + 3 : month - 9);
    date->year = (int)(year + era * 400 + (date->month <= 2));
}

int64_t date_to_seconds(const struct date *date)
{
    return date_days(date->year, date->month, date->day) * DAY_SECONDS + date->hour * 3600 + date->minute * 60 +
           date->second - date->offset;
}

int64_t date_to_us(const struct date *date)
{
    return date_to_seconds(date) * SECOND_US + date->nanosecond / 1000;
}

/* Floor division, so that times before 1970 have positive parts too. */
static int64_t split_off(int64_t *value, int64_t unit)
{
    int64_t rest = ((*value % unit) + unit) % unit;
    *value = (*value - rest) / unit;
    return rest;
}

struct date date_from_us(int64_t us)
{
    assert(us >= DATE_US_MIN && us <= DATE_US_MAX);
    int64_t fraction = split_off(&us, SECOND_US), second = split_off(&us, DAY_SECONDS);
    struct date date = {.hour = (int)(second / 3600),
                        .minute = (int)(second / 60 % 60),
                        .second = (int)(second % 60),
                        .nanosecond = (int)fraction * 1000,
                        .zone = TEXT("UTC")};
    set_days(&date, us);
    return date;
}

bool date_read_rfc3339(struct text text, int64_t *us)
{
    struct date date;
    if (text.size < sizeof("2006-01-02T15:04:05Z") - 1 || !read_form(text, TEXT("2006-01-02T15:04:05Z07:00"), &date))
        return false;
    *us = date_to_us(&date);
    return true;
}

static char *put_digits(char *to, int number, size_t size)
{
    for (size_t i = size; i > 0; i--, number /= 10)
        to[i - 1] = (char)('0' + number % 10);
    return to + size;
}

/* DATE_RFC3339 of a whole second in a year of four digits. Does not read the layout, because every action formats such
   a time. */
static struct text rfc3339_text(struct arena *arena, const struct date *date)
{
    const struct {
        int number;
        char behind;
    } parts[] = {{date->month, '-'}, {date->day, 'T'}, {date->hour, ':'}, {date->minute, ':'}, {date->second, 'Z'}};
    char text[sizeof("2006-01-02T15:04:05Z")], *end = put_digits(text, (int)date->year, 4);
    *end++ = '-';
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        end = put_digits(end, parts[i].number, 2);
        *end++ = parts[i].behind;
    }
    return arena_copy(arena, (struct text){.data = text, .size = (size_t)(end - text)});
}

struct text date_text(struct arena *arena, int64_t us, struct text layout)
{
    struct date date = date_from_us(us);
    if (text_equal(layout, DATE_RFC3339) && date.nanosecond == 0 && date.year >= 0 && date.year <= 9999)
        return rfc3339_text(arena, &date);
    struct buffer buffer = buffer_in(arena, TEXT_SIZE);
    date_write(&buffer, &date, layout);
    return buffer_text(&buffer);
}
