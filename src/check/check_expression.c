/* Checks {{expr: ...}}: its grammar, as in action/template_expression.c, and that each variable is a number. */
#include "action/template_syntax.h"
#include "base/decimal.h"
#include "base/limits.h"
#include "check/check_internal.h"

/* One expression. */
struct reading {
    struct checker *checker;
    struct checked_text *text;
    struct text source;
    size_t at;
    unsigned depth;
    bool computable; /* each variable may be a number */
};

static struct text rest_of(const struct reading *reading)
{
    return text_slice(reading->source, reading->at, reading->source.size);
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_name_start(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static struct text take_number(struct reading *reading)
{
    size_t start = reading->at;
    while (reading->at < reading->source.size &&
           (is_digit(reading->source.data[reading->at]) || reading->source.data[reading->at] == '.'))
        reading->at++;
    return text_slice(reading->source, start, reading->at - start);
}

/* The next byte that is not blank; 0 at the end. */
static char peek(struct reading *reading)
{
    while (reading->at < reading->source.size && text_trim(text_slice(reading->source, reading->at, 1)).size == 0)
        reading->at++;
    return reading->at < reading->source.size ? reading->source.data[reading->at] : '\0';
}

static bool wrong_syntax(struct reading *reading, const char *what)
{
    CHECK_PART(reading->checker, reading->text, rest_of(reading), CHECK_ERROR, "expression_syntax", "expr: %s", what);
    return false;
}

static bool unexpected(struct reading *reading)
{
    if (peek(reading) == '\0' && reading->at == reading->source.size)
        return wrong_syntax(reading, "it ends where a number, a variable or '(' is expected");
    size_t size = text_utf8_size(reading->source, reading->at);
    struct text shown = size > 0 ? text_slice(reading->source, reading->at, size) : TEXT("?");
    CHECK_PART(reading->checker, reading->text, rest_of(reading), CHECK_ERROR, "expression_syntax",
               "expr: unexpected '%.*s': expected a number, a variable, an operator (+ - * / %%) or brackets",
               TEXT_ARG(shown));
    return false;
}

static void check_variable(struct reading *reading, struct text name)
{
    struct checker *checker = reading->checker;
    struct binding binding = scope_find(checker->scope, checker->action, SCOPE_TEMPLATE, name);
    size_t column = checked_text_column(reading->text, name);
    if (!check_binding(checker, &binding, name, CHECK_USE_TEMPLATE, reading->text->path, column)) {
        reading->computable = false;
        return;
    }
    unsigned forms = binding.shape.forms & ~(unsigned)SHAPE_ABSENT;
    if (forms == SHAPE_OPEN || (forms & ~(unsigned)SHAPE_NUMERIC) == 0)
        return;
    bool never = (forms & SHAPE_NUMERIC) == 0 && (forms & ~(unsigned)SHAPE_NOTHING) != 0;
    reading->computable = reading->computable && !never;
    struct text found = shape_describe(checker->scratch, never ? forms : forms & ~(unsigned)SHAPE_NUMERIC);
    CHECK_PART(checker, reading->text, name, never ? CHECK_ERROR : CHECK_WARNING, "expression_type",
               "expr: '%.*s' must be a number, and %s %.*s", TEXT_ARG(name), never ? "is" : "may be", TEXT_ARG(found));
}

static bool sum(struct reading *reading, bool *zero);

/* *zero: whether the factor is the literal 0, which may be negated or in parentheses. */
static bool factor(struct reading *reading, bool *zero)
{
    *zero = false;
    if (peek(reading) == '-')
        reading->at++;
    char first = peek(reading);
    if (is_digit(first)) {
        size_t start = reading->at;
        struct text number = take_number(reading);
        reading->at = decimal_is(number) ? reading->at : start;
        *zero = decimal_is(number) && decimal_compare(number, TEXT("0")) == 0;
        return decimal_is(number) || wrong_syntax(reading, "expected a number");
    }
    if (is_name_start(first)) {
        check_variable(reading, template_take_variable(reading->source, &reading->at));
        return true;
    }
    if (first != '(')
        return unexpected(reading);
    reading->at++;
    if (++reading->depth > LIMIT_EXPRESSION_DEPTH)
        return wrong_syntax(reading, "parentheses are nested too deeply");
    if (!sum(reading, zero))
        return false;
    reading->depth--;
    if (peek(reading) != ')')
        return wrong_syntax(reading, "expected ')'");
    reading->at++;
    return true;
}

static bool product(struct reading *reading, bool *zero)
{
    bool good = factor(reading, zero);
    while (good) {
        char operation = peek(reading);
        if (operation != '*' && operation != '/' && operation != '%')
            break;
        struct text at = rest_of(reading);
        reading->at++;
        bool by_zero;
        good = factor(reading, &by_zero);
        *zero = false;
        if (good && by_zero && operation != '*') {
            CHECK_PART(reading->checker, reading->text, at, CHECK_ERROR, "division_by_zero",
                       "expr: a division by zero has no result");
            reading->computable = false;
        }
    }
    return good;
}

static bool sum(struct reading *reading, bool *zero)
{
    bool good = product(reading, zero);
    while (good) {
        char operation = peek(reading);
        if (operation != '+' && operation != '-')
            break;
        reading->at++;
        bool other;
        good = product(reading, &other);
        *zero = false;
    }
    return good;
}

bool check_expression(struct checker *checker, struct checked_text *text, struct text expression)
{
    struct reading reading = {.checker = checker, .text = text, .source = expression, .computable = true};
    bool zero;
    if (!sum(&reading, &zero))
        return false;
    if (peek(&reading) != '\0' || reading.at < expression.size)
        return unexpected(&reading);
    return reading.computable;
}
