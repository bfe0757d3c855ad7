/* Decimal arithmetic on the written digits. */
#include "base/decimal.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"

/* A parsed number: its significant digits (no zero at either end), with the point before the first of them:
   0.d1d2d3 * 10^order. */
struct decimal {
    bool negative;
    struct text digits; /* from the first to the last significant digit; a '.' may lie among them */
    size_t count;       /* significant digits without the '.'; 0 when the number is zero */
    int64_t order;
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static size_t skip_digits(struct text text, size_t at)
{
    while (at < text.size && is_digit(text.data[at]))
        at++;
    return at;
}

/* Larger exponents are not computed exactly: this one is already far beyond every limit. */
#define EXPONENT_END 1000000000

static int64_t read_exponent(struct text text, size_t at)
{
    bool negative = text.data[at] == '-';
    if (!is_digit(text.data[at]))
        at++;
    int64_t exponent = 0;
    for (; at < text.size && exponent < EXPONENT_END; at++)
        exponent = exponent * 10 + (text.data[at] - '0');
    return negative ? -exponent : exponent;
}

/* Drops zeros at both ends and adjusts the order. */
static void trim_zeros(struct decimal *decimal, size_t point)
{
    struct text digits = decimal->digits;
    size_t first = 0, last = digits.size;
    while (first < last && (digits.data[first] == '0' || digits.data[first] == '.'))
        first++;
    while (last > first && (digits.data[last - 1] == '0' || digits.data[last - 1] == '.'))
        last--;
    decimal->digits = text_slice(digits, first, last - first);
    decimal->count = last - first - (first < point && point < last ? 1 : 0);
    decimal->order += first < point ? (int64_t)(point - first) : -(int64_t)(first - point - 1);
}

/* False when the text is not a number; any exponent is accepted here. */
static bool decimal_parse(struct text text, struct decimal *decimal, int64_t *exponent)
{
    size_t start = text.size > 0 && (text.data[0] == '-' || text.data[0] == '+') ? 1 : 0;
    size_t point = skip_digits(text, start);
    if (point == start)
        return false;
    size_t end = point;
    if (end < text.size && text.data[end] == '.') {
        end = skip_digits(text, point + 1);
        if (end == point + 1)
            return false;
    }
    *exponent = 0;
    if (end < text.size) {
        if (text.data[end] != 'e' && text.data[end] != 'E')
            return false;
        size_t first = end + 1;
        if (first < text.size && (text.data[first] == '-' || text.data[first] == '+'))
            first++;
        if (first == text.size || skip_digits(text, first) != text.size)
            return false;
        *exponent = read_exponent(text, end + 1);
    }
    *decimal = (struct decimal){.negative = start == 1 && text.data[0] == '-',
                                .digits = text_slice(text, start, end - start),
                                .order = *exponent};
    trim_zeros(decimal, point - start);
    return true;
}

bool decimal_is(struct text text)
{
    struct decimal decimal;
    int64_t exponent;
    return decimal_parse(text, &decimal, &exponent) && exponent >= -LIMIT_DECIMAL_EXPONENT &&
           exponent <= LIMIT_DECIMAL_EXPONENT;
}

/* Returns the next significant digit; after the last one, 0 each time. */
static int next_digit(struct text *digits)
{
    if (digits->size > 0 && digits->data[0] == '.')
        *digits = text_slice(*digits, 1, SIZE_MAX);
    if (digits->size == 0)
        return 0;
    int digit = digits->data[0] - '0';
    *digits = text_slice(*digits, 1, SIZE_MAX);
    return digit;
}

static int compare_magnitudes(const struct decimal *a, const struct decimal *b)
{
    if (a->count == 0 || b->count == 0)
        return (a->count > 0) - (b->count > 0);
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    struct text left = a->digits, right = b->digits;
    while (left.size > 0 || right.size > 0) {
        int difference = next_digit(&left) - next_digit(&right);
        if (difference != 0)
            return difference < 0 ? -1 : 1;
    }
    return 0;
}

int decimal_compare(struct text a, struct text b)
{
    struct decimal left = {0}, right = {0};
    int64_t exponent;
    bool valid = decimal_parse(a, &left, &exponent) && decimal_parse(b, &right, &exponent);
    assert(valid);
    (void)valid;
    bool left_negative = left.negative && left.count > 0, right_negative = right.negative && right.count > 0;
    if (left_negative != right_negative)
        return left_negative ? -1 : 1;
    return left_negative ? compare_magnitudes(&right, &left) : compare_magnitudes(&left, &right);
}

/* Adds one to the last digit before `end`; the first digit is never a 9. */
static void carry(char *end)
{
    for (char *at = end - 1;; at--) {
        if (*at == '.')
            continue;
        if (*at != '9') {
            (*at)++;
            return;
        }
        *at = '0';
    }
}

/* Plain notation with this many digits after the point, rounded half away from zero. A digit at place p is worth
   10^(p-1). */
static struct text write_plain(struct arena *arena, const struct decimal *decimal, size_t places)
{
    size_t whole = decimal->count > 0 && decimal->order > 0 ? (size_t)decimal->order : 1;
    /* The 3: a sign, a digit for the carry, and the NUL. */
    char *text = arena_alloc(arena, whole + places + (places > 0 ? 1 : 0) + 3, 1);
    if (text == NULL)
        return TEXT_NONE;
    char *start = text + 1, *end = start;
    struct text digits = decimal->digits;
    *end++ = '0';
    int64_t place = (int64_t)whole;
    for (; place > -(int64_t)places; place--) {
        if (place == 0)
            *end++ = '.';
        *end++ = (char)('0' + (place > decimal->order ? 0 : next_digit(&digits)));
    }
    if (place <= decimal->order && next_digit(&digits) >= 5)
        carry(end);
    if (*start == '0')
        start++;
    if (decimal->negative && strspn(start, "0.") < (size_t)(end - start))
        *--start = '-';
    return (struct text){.data = start, .size = (size_t)(end - start)};
}

struct text decimal_plain(struct arena *arena, struct text number)
{
    struct decimal decimal;
    int64_t exponent;
    if (!decimal_is(number) || !decimal_parse(number, &decimal, &exponent))
        return arena_copy(arena, number);
    int64_t places = (int64_t)decimal.count - decimal.order;
    return write_plain(arena, &decimal, decimal.count > 0 && places > 0 ? (size_t)places : 0);
}

struct text decimal_round(struct arena *arena, struct text number, unsigned places)
{
    struct decimal decimal;
    int64_t exponent;
    if (!decimal_parse(number, &decimal, &exponent) || exponent > LIMIT_DECIMAL_EXPONENT)
        return arena_copy(arena, number);
    return write_plain(arena, &decimal, places);
}

bool decimal_to_int64(struct text number, int64_t *value)
{
    struct decimal decimal;
    int64_t exponent;
    if (!decimal_parse(number, &decimal, &exponent))
        return false;
    int64_t sum = 0;
    if (decimal.count > 0) {
        if (decimal.order > 19 || decimal.order < (int64_t)decimal.count)
            return false;
        struct text digits = decimal.digits;
        for (int64_t i = 0; i < decimal.order; i++) {
            int digit = next_digit(&digits);
            if (__builtin_mul_overflow(sum, 10, &sum) ||
                __builtin_add_overflow(sum, decimal.negative ? -digit : digit, &sum))
                return false;
        }
    }
    *value = sum;
    return true;
}
