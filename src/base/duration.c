#include "base/duration.h"

static const struct {
    struct text name;
    int64_t nanoseconds;
} units[] = {
    /* Longer names first, so that "ms" is not read as "m". */
    {{"ns", 2}, 1},
    {{"us", 2}, 1000},
    {{"\xc2\xb5s", 3}, 1000}, /* micro sign */
    {{"\xce\xbcs", 3}, 1000}, /* Greek mu */
    {{"ms", 2}, INT64_C(1000000)},
    {{"s", 1}, INT64_C(1000000000)},
    {{"m", 1}, INT64_C(60000000000)},
    {{"h", 1}, INT64_C(3600000000000)},
};

static size_t count_digits(struct text text)
{
    size_t count = 0;
    while (count < text.size && text.data[count] >= '0' && text.data[count] <= '9')
        count++;
    return count;
}

/* One number with its unit off the front of *rest, added to *total; false when there is none or it does not fit. */
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
