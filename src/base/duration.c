/* Durations in Go's form and in that of the specs. */
#include "base/duration.h"

#include <inttypes.h>

#include "base/buffer.h"

#define MICROSECOND_NS INT64_C(1000)
#define MILLISECOND_NS INT64_C(1000000)
#define SECOND_NS      INT64_C(1000000000)
#define MINUTE_NS      INT64_C(60000000000)
#define HOUR_NS        INT64_C(3600000000000)
/* So that no sum overflows. */
#define DIGITS_MAX 9
/* Bytes of the longest text in the form of the specs, and more. */
#define TEXT_SIZE 64

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

/* Takes a number with its unit off the front of *rest and adds it to *total; false when nothing can be taken or the sum does
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

/* "1.5" and a unit, without zeros at the end. */
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
