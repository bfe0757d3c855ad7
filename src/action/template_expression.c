/* Computes {{expr: ...}} with exact decimals. Sums, differences, products and remainders are exact, or an error when
   they need more than 37 digits. A quotient is exact when it terminates within 36 digits; otherwise it is rounded to 10
   significant digits, or to a whole number when that has more digits. */
#include "action/context.h"
#include "action/template_internal.h"
#include "action/template_syntax.h"
#include "action/value.h"
#include "base/decimal.h"
#include "base/limits.h"

/* coefficient * 10^-places; at most 37 digits, so that ten times the coefficient still fits. */
struct quantity {
    __int128 coefficient;
    unsigned places;
};

#define DIGITS_MAX      37
#define QUOTIENT_DIGITS 36
#define ROUNDED_DIGITS  10
#define PLACES_MAX      300

/* One call of template_expression; `reason` is set when it fails. */
struct evaluation {
    struct arena *arena;
    struct text source;
    size_t at;
    unsigned depth;
    const struct json_value *context;
    struct text reason;
    bool exhausted; /* the arena is full */
};

static bool fail(struct evaluation *evaluation, struct text reason)
{
    if (evaluation->reason.data == NULL)
        evaluation->reason = reason;
    if (reason.data == NULL)
        evaluation->exhausted = true;
    return false;
}

static bool out_of_range(struct evaluation *evaluation)
{
    return fail(evaluation, TEXT("number out of range"));
}

static unsigned __int128 magnitude(__int128 number)
{
    return number < 0 ? -(unsigned __int128)number : (unsigned __int128)number;
}

static unsigned count_digits(unsigned __int128 number)
{
    unsigned count = 0;
    for (; number > 0; number /= 10)
        count++;
    return count;
}

static unsigned __int128 power_of_ten(unsigned exponent)
{
    unsigned __int128 power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* Drops trailing zeros of the fraction. False when the number is out of range. */
static bool normalize(struct evaluation *evaluation, struct quantity *quantity)
{
    while (quantity->places > 0 && quantity->coefficient % 10 == 0) {
        quantity->coefficient /= 10;
        quantity->places--;
    }
    if (quantity->places > PLACES_MAX || count_digits(magnitude(quantity->coefficient)) > DIGITS_MAX)
        return out_of_range(evaluation);
    return true;
}

/* Gives both quantities the same number of decimal places. */
static bool align(struct evaluation *evaluation, struct quantity *a, struct quantity *b)
{
    while (a->places != b->places) {
        struct quantity *shorter = a->places < b->places ? a : b;
        if (shorter->coefficient == 0)
            shorter->places = a->places < b->places ? b->places : a->places;
        else if (__builtin_mul_overflow(shorter->coefficient, 10, &shorter->coefficient))
            return out_of_range(evaluation);
        else
            shorter->places++;
    }
    return true;
}

static bool add(struct evaluation *evaluation, struct quantity *a, struct quantity b, bool subtract)
{
    if (!align(evaluation, a, &b))
        return false;
    if (__builtin_add_overflow(a->coefficient, subtract ? -b.coefficient : b.coefficient, &a->coefficient))
        return out_of_range(evaluation);
    return normalize(evaluation, a);
}

static bool multiply(struct evaluation *evaluation, struct quantity *a, struct quantity b)
{
    if (__builtin_mul_overflow(a->coefficient, b.coefficient, &a->coefficient))
        return out_of_range(evaluation);
    a->places += b.places;
    return normalize(evaluation, a);
}

/* Rounds a quotient that does not terminate to ten significant digits, but keeps all digits before the point. */
static void round_quotient(unsigned __int128 *quotient, int64_t *places)
{
    unsigned digits = count_digits(*quotient);
    int64_t whole = (int64_t)digits - *places, kept = whole > ROUNDED_DIGITS ? whole : ROUNDED_DIGITS;
    if (kept >= (int64_t)digits)
        return;
    unsigned __int128 unit = power_of_ten((unsigned)((int64_t)digits - kept));
    unsigned __int128 rest = *quotient % unit;
    *quotient = *quotient / unit + (rest >= unit / 2 ? 1 : 0);
    *places -= (int64_t)digits - kept;
}

static bool divide(struct evaluation *evaluation, struct quantity *a, struct quantity b)
{
    if (b.coefficient == 0)
        return fail(evaluation, TEXT("division by zero"));
    bool negative = (a->coefficient < 0) != (b.coefficient < 0);
    unsigned __int128 divisor = magnitude(b.coefficient);
    unsigned __int128 quotient = magnitude(a->coefficient) / divisor, rest = magnitude(a->coefficient) % divisor;
    int64_t places = (int64_t)a->places - (int64_t)b.places;
    while ((rest > 0 && count_digits(quotient) < QUOTIENT_DIGITS) || places < 0) {
        if (count_digits(quotient) >= DIGITS_MAX)
            return out_of_range(evaluation);
        quotient = quotient * 10 + rest * 10 / divisor;
        rest = rest * 10 % divisor;
        places++;
    }
    if (rest > 0)
        round_quotient(&quotient, &places);
    *a = (struct quantity){.coefficient = negative ? -(__int128)quotient : (__int128)quotient,
                           .places = (unsigned)places};
    return normalize(evaluation, a);
}

static bool modulo(struct evaluation *evaluation, struct quantity *a, struct quantity b)
{
    if (b.coefficient == 0)
        return fail(evaluation, TEXT("modulo by zero"));
    if (!align(evaluation, a, &b))
        return false;
    a->coefficient %= b.coefficient;
    return normalize(evaluation, a);
}

/* The digits of a plain decimal number. */
static bool read_plain(struct evaluation *evaluation, struct text plain, struct quantity *quantity)
{
    *quantity = (struct quantity){0};
    bool negative = plain.data[0] == '-', in_fraction = false;
    for (size_t i = negative ? 1 : 0; i < plain.size; i++) {
        if (plain.data[i] == '.') {
            in_fraction = true;
            continue;
        }
        if (__builtin_mul_overflow(quantity->coefficient, 10, &quantity->coefficient) ||
            __builtin_add_overflow(quantity->coefficient, plain.data[i] - '0', &quantity->coefficient))
            return out_of_range(evaluation);
        quantity->places += in_fraction ? 1 : 0;
    }
    if (negative)
        quantity->coefficient = -quantity->coefficient;
    return normalize(evaluation, quantity);
}

static bool read_decimal(struct evaluation *evaluation, struct text number, struct quantity *quantity)
{
    struct text plain = decimal_plain(evaluation->arena, number);
    return plain.data != NULL ? read_plain(evaluation, plain, quantity) : fail(evaluation, TEXT_NONE);
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_name_start(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

/* Takes the bytes from *at on that belong to a name or to a number. */
static struct text take_run(struct text source, size_t *at, bool name)
{
    size_t start = *at;
    while (*at < source.size &&
           (is_digit(source.data[*at]) || (name ? is_name_start(source.data[*at]) : source.data[*at] == '.')))
        ++*at;
    return text_slice(source, start, *at - start);
}

struct text template_take_variable(struct text source, size_t *at)
{
    size_t start = *at, index;
    (void)take_run(source, at, true);
    for (;;) {
        struct text rest = text_slice(source, *at, source.size);
        if (rest.size > 1 && rest.data[0] == '.' && is_name_start(rest.data[1])) {
            ++*at;
            (void)take_run(source, at, true);
        } else if (context_take_index(&rest, &index)) {
            *at = source.size - rest.size;
        } else {
            return text_slice(source, start, *at - start);
        }
    }
}

/* The next byte that is not blank; 0 at the end. */
static char peek(struct evaluation *evaluation)
{
    while (evaluation->at < evaluation->source.size &&
           text_trim(text_slice(evaluation->source, evaluation->at, 1)).size == 0)
        evaluation->at++;
    if (evaluation->at == evaluation->source.size)
        return '\0';
    return evaluation->source.data[evaluation->at];
}

static bool accept(struct evaluation *evaluation, char byte)
{
    if (peek(evaluation) != byte)
        return false;
    evaluation->at++;
    return true;
}

static bool fail_here(struct evaluation *evaluation)
{
    if (peek(evaluation) == '\0' && evaluation->at == evaluation->source.size)
        return fail(evaluation, TEXT("unexpected end of expression"));
    size_t size = text_utf8_size(evaluation->source, evaluation->at);
    struct text shown = size > 0 ? text_slice(evaluation->source, evaluation->at, size) : TEXT("?");
    return fail(evaluation, arena_print(evaluation->arena, "unexpected character '%.*s' at position %zu",
                                        TEXT_ARG(shown), evaluation->at));
}

static bool variable(struct evaluation *evaluation, struct quantity *quantity)
{
    struct text name = template_take_variable(evaluation->source, &evaluation->at), digits;
    const struct json_value *value = context_find(evaluation->context, name);
    if (value == NULL)
        return fail(evaluation, arena_print(evaluation->arena, "unknown variable \"%.*s\"", TEXT_ARG(name)));
    if (!value_is_decimal(value, &digits))
        return fail(evaluation, arena_print(evaluation->arena, "variable \"%.*s\" is not a number but %s",
                                            TEXT_ARG(name), json_type_name(value->type)));
    return read_decimal(evaluation, digits, quantity);
}

static bool literal(struct evaluation *evaluation, struct quantity *quantity)
{
    struct text number = take_run(evaluation->source, &evaluation->at, false);
    if (!decimal_is(number))
        return fail(evaluation, arena_print(evaluation->arena, "invalid number \"%.*s\"", TEXT_ARG(number)));
    return read_decimal(evaluation, number, quantity);
}

static bool sum(struct evaluation *evaluation, struct quantity *quantity);

/* A number, a variable, or a sum in parentheses, with at most one '-' before it. */
static bool factor(struct evaluation *evaluation, struct quantity *quantity)
{
    bool negative = accept(evaluation, '-'), good;
    char first = peek(evaluation);
    if (is_digit(first)) {
        good = literal(evaluation, quantity);
    } else if (is_name_start(first)) {
        good = variable(evaluation, quantity);
    } else if (first == '(') {
        evaluation->at++;
        if (++evaluation->depth > LIMIT_EXPRESSION_DEPTH)
            return fail(evaluation, TEXT("parentheses are nested too deeply"));
        good = sum(evaluation, quantity);
        evaluation->depth--;
        if (good && !accept(evaluation, ')'))
            return fail(evaluation, TEXT("missing closing parenthesis"));
    } else {
        return fail_here(evaluation);
    }
    if (good && negative)
        quantity->coefficient = -quantity->coefficient;
    return good;
}

static bool product(struct evaluation *evaluation, struct quantity *quantity)
{
    bool good = factor(evaluation, quantity);
    while (good) {
        char op = peek(evaluation);
        if (op != '*' && op != '/' && op != '%')
            break;
        evaluation->at++;
        struct quantity other = {0};
        good = factor(evaluation, &other) && (op == '*'   ? multiply(evaluation, quantity, other)
                                              : op == '/' ? divide(evaluation, quantity, other)
                                                          : modulo(evaluation, quantity, other));
    }
    return good;
}

static bool sum(struct evaluation *evaluation, struct quantity *quantity)
{
    bool good = product(evaluation, quantity);
    while (good) {
        char op = peek(evaluation);
        if (op != '+' && op != '-')
            break;
        evaluation->at++;
        struct quantity other = {0};
        good = product(evaluation, &other) && add(evaluation, quantity, other, op == '-');
    }
    return good;
}

static struct text write_quantity(struct arena *arena, struct quantity quantity)
{
    char digits[DIGITS_MAX + 1];
    size_t start = sizeof digits;
    for (unsigned __int128 rest = magnitude(quantity.coefficient); rest > 0; rest /= 10)
        digits[--start] = (char)('0' + (int)(rest % 10));
    struct text coefficient = {.data = digits + start, .size = sizeof digits - start};
    struct buffer buffer = buffer_in(arena, DIGITS_MAX + PLACES_MAX + sizeof "-0.");
    if (quantity.coefficient < 0)
        buffer_add_byte(&buffer, '-');
    size_t whole = coefficient.size > quantity.places ? coefficient.size - quantity.places : 0;
    buffer_add(&buffer, whole > 0 ? text_slice(coefficient, 0, whole) : TEXT("0"));
    if (quantity.places > 0)
        buffer_add_byte(&buffer, '.');
    for (size_t i = coefficient.size; i < quantity.places; i++)
        buffer_add_byte(&buffer, '0');
    buffer_add(&buffer, text_slice(coefficient, whole, coefficient.size));
    return buffer_text(&buffer);
}

enum status template_expression(struct arena *arena, struct text expression, const struct json_value *context,
                                struct json_value *number, struct text *reason)
{
    struct evaluation evaluation = {.arena = arena, .source = expression, .context = context};
    struct quantity quantity = {0};
    bool good = sum(&evaluation, &quantity);
    if (good && (peek(&evaluation) != '\0' || evaluation.at < expression.size))
        good = fail_here(&evaluation);
    if (evaluation.exhausted)
        return STATUS_BUDGET;
    if (!good) {
        *reason = evaluation.reason;
        return STATUS_INVALID;
    }
    *number = json_number(write_quantity(arena, quantity));
    return number->number.data != NULL ? STATUS_OK : STATUS_BUDGET;
}

void template_expression_variables(struct text expression, void (*found)(void *userdata, struct text name),
                                   void *userdata)
{
    size_t at = 0;
    while (at < expression.size) {
        if (is_name_start(expression.data[at]))
            found(userdata, template_take_variable(expression, &at));
        else
            at++;
    }
}
