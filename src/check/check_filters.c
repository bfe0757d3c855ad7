/* Checks filters, and finds the shape of the values that they give. */
#include "action/template_syntax.h"
#include "base/date.h"
#include "check/check_internal.h"

/* The filters of one placeholder. */
struct filtering {
    struct checker *checker;
    struct checked_text *text;
    struct text name;   /* of the value, for messages */
    struct text before; /* the previous filter, which gave the value; .data NULL for the first filter */
    struct value_shape shape;
};

/* One of the filters. */
struct filter {
    struct text name, argument; /* argument: .data NULL without a ':' */
};

static unsigned present(const struct filtering *filtering)
{
    return filtering->shape.forms & ~(unsigned)SHAPE_ABSENT;
}

/* The name of the value in messages. */
static struct text subject(const struct filtering *filtering)
{
    struct arena *scratch = filtering->checker->scratch;
    return filtering->before.data != NULL ? arena_print(scratch, "what %.*s gives", TEXT_ARG(filtering->before))
                                          : arena_print(scratch, "'%.*s'", TEXT_ARG(filtering->name));
}

/* Sets the forms that the filter gives if there is a value. */
static void becomes(struct filtering *filtering, unsigned forms)
{
    filtering->shape = shape_plain(forms | (filtering->shape.forms & SHAPE_ABSENT));
}

/* ---- values ---- */

/* Reports a value that the filter does not accept, as a run does. */
static void require(struct filtering *filtering, const struct filter *filter, unsigned wanted, const char *what)
{
    unsigned forms = present(filtering);
    if (forms == SHAPE_OPEN || forms == 0 || (forms & ~wanted) == 0)
        return;
    struct arena *scratch = filtering->checker->scratch;
    struct text found = shape_describe(scratch, forms), value = subject(filtering);
    bool never = (forms & wanted) == 0 && (forms & ~(unsigned)SHAPE_NOTHING) != 0;
    if (never)
        CHECK_PART(filtering->checker, filtering->text, filter->name, CHECK_ERROR, "filter_type",
                   "filter %.*s needs %s, and %.*s is %.*s", TEXT_ARG(filter->name), what, TEXT_ARG(value),
                   TEXT_ARG(found));
    else
        CHECK_PART(filtering->checker, filtering->text, filter->name, CHECK_WARNING, "filter_type",
                   "filter %.*s needs %s, and %.*s may be %.*s", TEXT_ARG(filter->name), what, TEXT_ARG(value),
                   TEXT_ARG(shape_describe(scratch, forms & ~wanted)));
}

/* Reports a filter for lists whose value is never a list. */
static void prefer_list(struct filtering *filtering, const struct filter *filter)
{
    unsigned forms = present(filtering);
    if (forms == SHAPE_OPEN || (forms & SHAPE_LIST) != 0 || (forms & ~(unsigned)SHAPE_NOTHING) == 0)
        return;
    struct text value = subject(filtering), found = shape_describe(filtering->checker->scratch, forms);
    CHECK_PART(filtering->checker, filtering->text, filter->name, CHECK_WARNING, "filter_type",
               "filter %.*s is for lists, and %.*s is %.*s: it has no effect", TEXT_ARG(filter->name), TEXT_ARG(value),
               TEXT_ARG(found));
}

/* ---- arguments ---- */

static void take_none(struct filtering *filtering, const struct filter *filter)
{
    if (text_trim(filter->argument).size > 0)
        CHECK_PART(filtering->checker, filtering->text, text_trim(filter->argument), CHECK_WARNING, "filter_argument",
                   "filter %.*s takes no argument", TEXT_ARG(filter->name));
}

static void take_whole(struct filtering *filtering, const struct filter *filter, int64_t most, const char *what)
{
    struct text argument = text_trim(filter->argument);
    int64_t number;
    if (filter->argument.data == NULL || (text_to_int64(argument, &number) && number >= 0 && number <= most))
        return;
    CHECK_PART(filtering->checker, filtering->text, filter->name, CHECK_ERROR, "filter_argument",
               "filter %.*s: expected %s, found '%.*s'", TEXT_ARG(filter->name), what, TEXT_ARG(argument));
}

static void take_currency(struct filtering *filtering, const struct filter *filter)
{
    struct text argument = text_trim(filter->argument);
    if (filter->argument.data == NULL || template_has_currency(argument))
        return;
    CHECK_PART(filtering->checker, filtering->text, filter->name, CHECK_ERROR, "filter_argument",
               "filter currency does not support '%.*s' and would write dollars; it supports USD, CAD, AUD, MXN, EUR, "
               "GBP, JPY, "
               "CHF, CNY and INR",
               TEXT_ARG(argument));
}

/* Reports a layout that names no part of a date: it formats to itself. */
static void take_layout(struct filtering *filtering, const struct filter *filter)
{
    static const struct date sample = {.year = 1987, .month = 11, .day = 29, .hour = 19, .minute = 38, .second = 57};
    static const char *const named[] = {"short", "long", "time", "datetime"};
    struct text argument = text_trim(filter->argument);
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (text_is(argument, named[i]))
            return;
    if (argument.size == 0)
        return;
    struct buffer buffer = buffer_in(filtering->checker->scratch, SIZE_MAX);
    date_write(&buffer, &sample, argument);
    if (text_equal(buffer_text(&buffer), argument))
        CHECK_PART(filtering->checker, filtering->text, filter->name, CHECK_ERROR, "filter_argument",
                   "filter formatDate: '%.*s' contains no part of a date; expected short, long, time, datetime or a "
                   "layout like 02.01.2006 15:04",
                   TEXT_ARG(argument));
}

/* ---- each filter ---- */

static void filter_text(struct filtering *filtering, const struct filter *filter)
{
    take_none(filtering, filter);
    unsigned forms = present(filtering);
    bool keeps_digits = !text_is(filter->name, "uppercase") && !text_is(filter->name, "capitalize");
    unsigned numeric = keeps_digits ? SHAPE_NUMERIC : SHAPE_NUMBER;
    bool is_number = forms != 0 && (forms & ~numeric) == 0;
    bool is_date = forms == SHAPE_DATE && text_is(filter->name, "trim");
    becomes(filtering, is_number ? SHAPE_DECIMAL : is_date ? SHAPE_DATE : SHAPE_TEXT);
}

static void filter_truncate(struct filtering *filtering, const struct filter *filter)
{
    take_whole(filtering, filter, INT64_MAX, "a number of bytes");
    becomes(filtering, SHAPE_TEXT);
}

static void filter_round(struct filtering *filtering, const struct filter *filter)
{
    take_whole(filtering, filter, TEMPLATE_ROUND_PLACES, "a number of decimal places, 20 at most");
    require(filtering, filter, SHAPE_NUMERIC, "a number");
    becomes(filtering, SHAPE_DECIMAL);
}

static void filter_currency(struct filtering *filtering, const struct filter *filter)
{
    take_currency(filtering, filter);
    require(filtering, filter, SHAPE_NUMERIC, "a number");
    becomes(filtering, SHAPE_WORDS);
}

static void filter_date(struct filtering *filtering, const struct filter *filter)
{
    take_layout(filtering, filter);
    require(filtering, filter, SHAPE_DATE, "a date");
    becomes(filtering, SHAPE_TEXT);
}

static void filter_join(struct filtering *filtering, const struct filter *filter)
{
    prefer_list(filtering, filter);
    becomes(filtering, SHAPE_TEXT);
}

static void filter_item(struct filtering *filtering, const struct filter *filter)
{
    take_none(filtering, filter);
    prefer_list(filtering, filter);
    struct value_shape list = filtering->shape;
    if (list.forms == SHAPE_OPEN || (list.forms & SHAPE_LIST) == 0)
        return;
    struct value_shape item = shape_item(&list), rest = shape_plain(list.forms & ~(unsigned)SHAPE_LIST);
    filtering->shape = rest.forms == 0 ? item : shape_join(item, rest);
}

static void filter_default(struct filtering *filtering, const struct filter *filter)
{
    struct json_value text = json_string(text_trim(filter->argument));
    struct value_shape kept = filtering->shape;
    if (kept.forms == SHAPE_OPEN)
        return;
    bool replaces = (kept.forms & SHAPE_NOTHING) != 0;
    kept.forms &= ~(unsigned)SHAPE_NOTHING;
    if (replaces)
        kept = shape_plain(kept.forms | shape_of_value(&text).forms);
    filtering->shape = kept;
}

static const struct {
    const char *name;
    void (*check)(struct filtering *filtering, const struct filter *filter);
} filters[] = {
    {"capitalize", filter_text}, {"currency", filter_currency}, {"default", filter_default},
    {"first", filter_item},      {"formatDate", filter_date},   {"join", filter_join},
    {"last", filter_item},       {"lowercase", filter_text},    {"round", filter_round},
    {"trim", filter_text},       {"truncate", filter_truncate}, {"uppercase", filter_text},
};
#define FILTER_COUNT (sizeof filters / sizeof filters[0])

static void report_unknown(const struct filtering *filtering, struct text name)
{
    const char *names[FILTER_COUNT];
    for (size_t i = 0; i < FILTER_COUNT; i++)
        names[i] = filters[i].name;
    struct text nearest = check_nearest(name, names, FILTER_COUNT);
    CHECK_PART(filtering->checker, filtering->text, name, CHECK_ERROR, "unknown_filter", "unknown filter '%.*s'%.*s",
               TEXT_ARG(name), TEXT_ARG(check_advice(filtering->checker->scratch, nearest)));
}

struct value_shape check_filters(struct checker *checker, struct checked_text *text, struct text list, struct text name,
                                 struct value_shape shape)
{
    struct filtering filtering = {.checker = checker, .text = text, .name = name, .shape = shape};
    while (list.data != NULL) {
        struct filter filter = {.argument = text_split(&list, '|')};
        struct text written = text_split(&filter.argument, ':');
        filter.name = text_trim(written);
        size_t i = 0;
        while (i < FILTER_COUNT && !text_is(filter.name, filters[i].name))
            i++;
        if (i == FILTER_COUNT) {
            if (filter.name.size == 0)
                CHECK_PART(checker, text, written, CHECK_ERROR, "unknown_filter", "a filter is missing after '|'");
            else
                report_unknown(&filtering, filter.name);
            return shape_plain(SHAPE_OPEN);
        }
        filters[i].check(&filtering, &filter);
        filtering.before = filter.name;
    }
    return filtering.shape;
}
