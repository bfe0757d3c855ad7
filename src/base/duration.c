/* Durations in Go's form and in the form of the specs. */
#include "base/duration.h"

#include <inttypes.h>

#include "base/buffer.h"
#include "base/limits.h"

#define MICROSECOND_NS INT64_C(1000)
#define MILLISECOND_NS INT64_C(1000000)
#define SECOND_NS      INT64_C(1000000000)
#define MINUTE_NS      INT64_C(60000000000)
#define HOUR_NS        INT64_C(3600000000000)
/* So that no sum overflows. */
#define DIGITS_MAX 9
/* More than the bytes of the longest text in the form of the specs. */
#define TEXT_SIZE 64
/* Bytes of a fault: two texts, in which each byte takes up to four. */
#define FAULT_SIZE (2 * 4 * LIMIT_FAULT_VALUE + 128)

static const struct {
    struct text name;
    int64_t nanoseconds;
} units[] = {
    /* Longer names first, so that "ms" is not read as "m". */
    {{"ns", 2}, 1},
    {{"us", 2}, MICROSECOND_NS},
    {{"\xc2\xb5s", 3}, MICROSECOND_NS}, /* micro sign */
    {{"\xce\xbcs", 3}, MICROSECOND_NS}, /* Greek mu */
    {{"ms", 2}, MILLISECOND_NS},
    {{"s", 1}, SECOND_NS},
    {{"m", 1}, MINUTE_NS},
    {{"h", 1}, HOUR_NS},
};

static size_t count_digits(struct text text)
{
    size_t count = 0;
    while (count < text.size && text.data[count] >= '0' && text.data[count] <= '9')
        count++;
    return count;
}

/* Takes a number with its unit off the front of *rest and adds it to *total. False if absent or the sum does
   not fit. */
static bool read_part(struct text *rest, int64_t *total)
{
    size_t whole = count_digits(*rest);
    int64_t value = 0;
    if (whole > 0 && !text_to_int64(text_slice(*rest, 0, whole), &value))
        return false;
    *rest = text_slice(*rest, whole, rest->size);
    struct text fraction = TEXT_NONE;
    if (rest->size > 0 && rest->data[0] == '.') {
        size_t digits = count_digits(text_slice(*rest, 1, rest->size));
        fraction = text_slice(*rest, 1, digits);
        *rest = text_slice(*rest, 1 + digits, rest->size);
    }
    if (whole == 0 && fraction.size == 0)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!text_starts(*rest, units[i].name))
            continue;
        *rest = text_slice(*rest, units[i].name.size, rest->size);
        int64_t scale = units[i].nanoseconds, part;
        if (__builtin_mul_overflow(value, scale, &part))
            return false;
        for (size_t digit = 0; digit < fraction.size && scale > 1; digit++) {
            scale /= 10;
            if (__builtin_add_overflow(part, (fraction.data[digit] - '0') * scale, &part))
                return false;
        }
        return !__builtin_add_overflow(*total, part, total);
    }
    return false;
}

bool duration_parse(struct text text, int64_t *nanoseconds)
{
    *nanoseconds = 0;
    if (text.size > 0 && text.data[0] == '+')
        text = text_slice(text, 1, text.size);
    if (text_is(text, "0"))
        return true;
    if (text.size == 0)
        return false;
    while (text.size > 0)
        if (!read_part(&text, nanoseconds))
            return false;
    return true;
}

bool duration_parse_rule(struct text text, int64_t *nanoseconds)
{
    int64_t milliseconds;
    return duration_parse(text, nanoseconds) || (duration_parse_ms(text, &milliseconds) &&
                                                 !__builtin_mul_overflow(milliseconds, MILLISECOND_NS, nanoseconds));
}

/* Quotes a text as Go does in its errors about durations. */
static void write_quoted(struct buffer *buffer, struct text text)
{
    static const char digits[] = "0123456789abcdef";
    size_t shown = text.size < LIMIT_FAULT_VALUE ? text.size : LIMIT_FAULT_VALUE;
    buffer_add_byte(buffer, '"');
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < ' ' || byte >= 0x80) {
            buffer_add(buffer, TEXT("\\x"));
            buffer_add_byte(buffer, digits[byte >> 4]);
            byte = (unsigned char)digits[byte & 15];
        } else if (byte == '"' || byte == '\\') {
            buffer_add_byte(buffer, '\\');
        }
        buffer_add_byte(buffer, (char)byte);
    }
    buffer_add(buffer, shown < text.size ? TEXT("...\"") : TEXT("\""));
}

/* The bytes of a unit, up to the next number. */
static size_t count_unit(struct text text)
{
    size_t count = 0;
    while (count < text.size && text.data[count] != '.' && (text.data[count] < '0' || text.data[count] > '9'))
        count++;
    return count;
}

static bool is_unit(struct text name)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (text_equal(name, units[i].name))
            return true;
    return false;
}

struct text duration_fault(struct arena *arena, struct text text)
{
    struct buffer buffer = buffer_in(arena, FAULT_SIZE);
    bool is_signed = text.size > 0 && (text.data[0] == '+' || text.data[0] == '-');
    struct text rest = text_slice(text, is_signed ? 1 : 0, text.size), unit = TEXT_NONE;
    bool has_number = true, has_unit = true;
    while (rest.size > 0 && has_number && has_unit) {
        size_t whole = count_digits(rest), fraction = 0, point = whole < rest.size && rest.data[whole] == '.' ? 1 : 0;
        if (point > 0)
            fraction = count_digits(text_slice(rest, whole + 1, rest.size));
        has_number = whole + fraction > 0;
        rest = text_slice(rest, whole + point + fraction, rest.size);
        unit = text_slice(rest, 0, count_unit(rest));
        has_unit = is_unit(unit);
        rest = text_slice(rest, unit.size, rest.size);
    }
    if (!has_number || has_unit) {
        buffer_add(&buffer, TEXT("time: invalid duration "));
    } else if (unit.size == 0) {
        buffer_add(&buffer, TEXT("time: missing unit in duration "));
    } else {
        buffer_add(&buffer, TEXT("time: unknown unit "));
        write_quoted(&buffer, unit);
        buffer_add(&buffer, TEXT(" in duration "));
    }
    write_quoted(&buffer, text);
    return buffer_text(&buffer);
}

/* "1.5" and a unit, without trailing zeros. */
static void write_decimal(struct buffer *buffer, int64_t value, int64_t unit, const char *name)
{
    buffer_print(buffer, "%" PRId64, value / unit);
    int64_t rest = value % unit;
    if (rest > 0)
        buffer_add_byte(buffer, '.');
    for (int64_t scale = unit / 10; rest > 0; scale /= 10) {
        buffer_add_byte(buffer, (char)('0' + rest / scale));
        rest %= scale;
    }
    buffer_add(buffer, text_from(name));
}

struct text duration_text(struct arena *arena, int64_t nanoseconds)
{
    struct buffer buffer = buffer_in(arena, TEXT_SIZE);
    if (nanoseconds < MICROSECOND_NS && nanoseconds > 0) {
        write_decimal(&buffer, nanoseconds, 1, "ns");
    } else if (nanoseconds < MILLISECOND_NS && nanoseconds > 0) {
        write_decimal(&buffer, nanoseconds, MICROSECOND_NS, "\xc2\xb5s");
    } else if (nanoseconds < SECOND_NS && nanoseconds > 0) {
        write_decimal(&buffer, nanoseconds, MILLISECOND_NS, "ms");
    } else {
        if (nanoseconds >= HOUR_NS)
            buffer_print(&buffer, "%" PRId64 "h", nanoseconds / HOUR_NS);
        if (nanoseconds >= MINUTE_NS)
            buffer_print(&buffer, "%" PRId64 "m", nanoseconds % HOUR_NS / MINUTE_NS);
        write_decimal(&buffer, nanoseconds % MINUTE_NS, SECOND_NS, "s");
    }
    return buffer_text(&buffer);
}

static const struct {
    const char *name;
    int64_t milliseconds;
} spec_units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
#define SPEC_UNITS (sizeof(spec_units) / sizeof(spec_units[0]))

/* Takes a number with its unit, *unit or a later one, off the front of *rest and adds it to *total. */
static bool read_spec_part(struct text *rest, size_t *unit, int64_t *total)
{
    size_t digits = count_digits(*rest), end = digits;
    int64_t amount;
    if (digits > DIGITS_MAX || !text_to_int64(text_slice(*rest, 0, digits), &amount))
        return false;
    while (end < rest->size && (rest->data[end] < '0' || rest->data[end] > '9'))
        end++;
    struct text name = text_slice(*rest, digits, end - digits);
    while (*unit < SPEC_UNITS && !text_is(name, spec_units[*unit].name))
        (*unit)++;
    if (*unit == SPEC_UNITS)
        return false;
    *total += amount * spec_units[(*unit)++].milliseconds;
    *rest = text_slice(*rest, end, SIZE_MAX);
    return true;
}

bool duration_parse_ms(struct text text, int64_t *milliseconds)
{
    size_t unit = 0;
    *milliseconds = 0;
    bool is_good = text.size > 0;
    while (is_good && text.size > 0)
        is_good = read_spec_part(&text, &unit, milliseconds);
    return is_good;
}

struct text duration_text_ms(struct arena *arena, int64_t milliseconds)
{
    struct buffer buffer = buffer_in(arena, TEXT_SIZE);
    if (milliseconds <= 0)
        buffer_add(&buffer, TEXT("0s"));
    for (size_t i = 0; milliseconds > 0 && i < SPEC_UNITS; i++) {
        if (milliseconds >= spec_units[i].milliseconds)
            buffer_print(&buffer, "%" PRId64 "%s", milliseconds / spec_units[i].milliseconds, spec_units[i].name);
        milliseconds %= spec_units[i].milliseconds;
    }
    return buffer_text(&buffer);
}
