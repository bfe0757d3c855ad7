/* The filters of templates. Arguments are trimmed; numbers are computed as decimals. */
#include "action/template_internal.h"
#include "action/template_syntax.h"
#include "action/value.h"
#include "base/date.h"
#include "base/decimal.h"
#include "base/limits.h"
#include "base/unicode_case.h"

#define DEFAULT_TRUNCATE 50

enum filter_outcome {
    FILTER_DONE,
    FILTER_UNFIT,  /* the filter does not apply to this value */
    FILTER_BUDGET, /* the arena is full */
};

/* argument: the text after the first ':', as written; .data NULL without a ':'. */
typedef enum filter_outcome filter_function(struct arena *arena, struct text argument, struct json_value *value);

static enum filter_outcome give_text(struct text text, struct json_value *value)
{
    if (text.data == NULL)
        return FILTER_BUDGET;
    *value = json_string(text);
    return FILTER_DONE;
}

static enum filter_outcome change_case(struct arena *arena, struct json_value *value,
                                       void (*change)(struct buffer *buffer, struct text text))
{
    struct text text = value_show(arena, value);
    if (text.data == NULL)
        return FILTER_BUDGET;
    struct buffer buffer = buffer_in(arena, LIMIT_VALUE_TEXT);
    change(&buffer, text);
    return give_text(buffer_text(&buffer), value);
}

static enum filter_outcome filter_uppercase(struct arena *arena, struct text argument, struct json_value *value)
{
    (void)argument;
    return change_case(arena, value, unicode_upper);
}

static enum filter_outcome filter_lowercase(struct arena *arena, struct text argument, struct json_value *value)
{
    (void)argument;
    return change_case(arena, value, unicode_lower);
}

static enum filter_outcome filter_capitalize(struct arena *arena, struct text argument, struct json_value *value)
{
    (void)argument;
    return change_case(arena, value, unicode_capitalize);
}

static enum filter_outcome filter_trim(struct arena *arena, struct text argument, struct json_value *value)
{
    (void)argument;
    struct text text = value_show(arena, value);
    return text.data == NULL ? FILTER_BUDGET : give_text(unicode_trim(text), value);
}

static int64_t whole_argument(struct text argument, int64_t otherwise)
{
    int64_t number;
    return text_to_int64(text_trim(argument), &number) && number >= 0 ? number : otherwise;
}

static enum filter_outcome filter_truncate(struct arena *arena, struct text argument, struct json_value *value)
{
    struct text text = value_show(arena, value);
    if (text.data == NULL)
        return FILTER_BUDGET;
    uint64_t max = (uint64_t)whole_argument(argument, DEFAULT_TRUNCATE);
    if (text.size <= max)
        return give_text(text, value);
    struct buffer buffer = buffer_in(arena, LIMIT_VALUE_TEXT);
    buffer_add(&buffer, text_cut_utf8(text, (size_t)max));
    buffer_add(&buffer, TEXT("..."));
    return give_text(buffer_text(&buffer), value);
}

static enum filter_outcome filter_round(struct arena *arena, struct text argument, struct json_value *value)
{
    struct text number;
    if (!value_is_decimal(value, &number))
        return FILTER_UNFIT;
    int64_t places = whole_argument(argument, 0);
    return give_text(
        decimal_round(arena, number, places < TEMPLATE_ROUND_PLACES ? (unsigned)places : TEMPLATE_ROUND_PLACES), value);
}

static const struct currency {
    struct text code, symbol;
    unsigned places;
} currencies[] = {
    {{"USD", 3}, {"$", 1}, 2}, {{"CAD", 3}, {"$", 1}, 2}, {{"AUD", 3}, {"$", 1}, 2}, {{"MXN", 3}, {"$", 1}, 2},
    {{"EUR", 3}, {"€", 3}, 2}, {{"GBP", 3}, {"£", 2}, 2}, {{"JPY", 3}, {"¥", 2}, 0}, {{"CHF", 3}, {"CHF ", 4}, 2},
    {{"CNY", 3}, {"¥", 2}, 2}, {{"INR", 3}, {"₹", 3}, 2},
};

static const struct currency *currency_find(struct text code)
{
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++)
        if (text_equal(currencies[i].code, code))
            return &currencies[i];
    return &currencies[0];
}

bool template_has_currency(struct text code)
{
    return text_equal(currency_find(code)->code, code);
}

/* Rounds to `places`, half to even. */
static struct text round_to_even(struct arena *arena, struct text number, unsigned places)
{
    struct text rounded = decimal_round(arena, number, places), plain = decimal_plain(arena, number);
    if (rounded.data == NULL || plain.data == NULL)
        return TEXT_NONE;
    size_t point = text_find_byte(plain, '.');
    /* In plain notation, the '5' of an exact half is the last digit. */
    bool is_half = point != SIZE_MAX && plain.size == point + places + 2 && plain.data[plain.size - 1] == '5';
    if (!is_half)
        return rounded;
    struct text cut = text_slice(plain, 0, places > 0 ? plain.size - 1 : point);
    bool even = (cut.data[cut.size - 1] - '0') % 2 == 0;
    return even ? cut : rounded;
}

static bool is_zero(struct text number)
{
    return decimal_compare(number, TEXT("0")) == 0;
}

static enum filter_outcome filter_currency(struct arena *arena, struct text argument, struct json_value *value)
{
    struct text number;
    if (!value_is_decimal(value, &number))
        return FILTER_UNFIT;
    const struct currency *currency = currency_find(text_trim(argument));
    number = round_to_even(arena, number, currency->places);
    if (number.data == NULL)
        return FILTER_BUDGET;
    struct buffer buffer = buffer_in(arena, LIMIT_VALUE_TEXT);
    buffer_add(&buffer, currency->symbol);
    if (number.data[0] == '-') {
        if (!is_zero(number))
            buffer_add_byte(&buffer, '-');
        number = text_slice(number, 1, number.size);
    }
    size_t point = text_find_byte(number, '.');
    size_t whole = point != SIZE_MAX ? point : number.size;
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            buffer_add_byte(&buffer, ',');
        buffer_add_byte(&buffer, number.data[i]);
    }
    buffer_add(&buffer, text_slice(number, whole, number.size));
    return give_text(buffer_text(&buffer), value);
}

static struct text layout_named(struct text name)
{
    static const struct {
        struct text name, layout;
    } layouts[] = {
        {{"", 0}, {"2006-01-02", 10}},
        {{"short", 5}, {"Jan 2, 2006", 11}},
        {{"long", 4}, {"Monday, January 2, 2006", 23}},
        {{"time", 4}, {"15:04:05", 8}},
        {{"datetime", 8}, {"2006-01-02 15:04:05", 19}},
    };
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        if (text_equal(layouts[i].name, name))
            return layouts[i].layout;
    return name;
}

static enum filter_outcome filter_format_date(struct arena *arena, struct text argument, struct json_value *value)
{
    struct date date;
    if (value->type != JSON_STRING || !date_read(value->string, &date))
        return FILTER_UNFIT;
    struct buffer buffer = buffer_in(arena, LIMIT_VALUE_TEXT);
    date_write(&buffer, &date, layout_named(text_trim(argument)));
    return give_text(buffer_text(&buffer), value);
}

/* The separator is trimmed, but "," and ";" keep one following blank, and a separator of blanks becomes one blank. */
static struct text join_separator(struct text argument)
{
    if (argument.data == NULL)
        return TEXT(", ");
    struct text separator = text_trim(argument);
    if (separator.size == 0)
        return argument.size > 0 ? TEXT(" ") : TEXT("");
    bool comma = text_is(separator, ",") || text_is(separator, ";");
    bool blank_follows = separator.data + separator.size < argument.data + argument.size;
    return comma && blank_follows ? (struct text){.data = separator.data, .size = separator.size + 1} : separator;
}

static enum filter_outcome filter_join(struct arena *arena, struct text argument, struct json_value *value)
{
    if (value->type != JSON_ARRAY)
        return give_text(value_show(arena, value), value);
    struct text separator = join_separator(argument);
    struct buffer buffer = buffer_in(arena, LIMIT_VALUE_TEXT);
    for (size_t i = 0; i < value->array.count && !buffer.failed; i++) {
        struct text item = value_show(arena, &value->array.items[i]);
        if (item.data == NULL)
            return FILTER_BUDGET;
        if (i > 0)
            buffer_add(&buffer, separator);
        buffer_add(&buffer, item);
    }
    return give_text(buffer_text(&buffer), value);
}

static enum filter_outcome filter_first(struct arena *arena, struct text argument, struct json_value *value)
{
    (void)arena, (void)argument;
    if (value->type == JSON_ARRAY)
        *value = value->array.count > 0 ? value->array.items[0] : json_null();
    return FILTER_DONE;
}

static enum filter_outcome filter_last(struct arena *arena, struct text argument, struct json_value *value)
{
    (void)arena, (void)argument;
    if (value->type == JSON_ARRAY)
        *value = value->array.count > 0 ? value->array.items[value->array.count - 1] : json_null();
    return FILTER_DONE;
}

static enum filter_outcome filter_default(struct arena *arena, struct text argument, struct json_value *value)
{
    (void)arena;
    if (value->type == JSON_NULL || (value->type == JSON_STRING && value->string.size == 0))
        *value = json_string(text_trim(argument));
    return FILTER_DONE;
}

static const struct filter {
    struct text name;
    filter_function *apply;
} filters_known[] = {
    {{"capitalize", 10}, filter_capitalize},
    {{"currency", 8}, filter_currency},
    {{"default", 7}, filter_default},
    {{"first", 5}, filter_first},
    {{"formatDate", 10}, filter_format_date},
    {{"join", 4}, filter_join},
    {{"last", 4}, filter_last},
    {{"lowercase", 9}, filter_lowercase},
    {{"round", 5}, filter_round},
    {{"trim", 4}, filter_trim},
    {{"truncate", 8}, filter_truncate},
    {{"uppercase", 9}, filter_uppercase},
};

static filter_function *filter_find(struct text name)
{
    for (size_t i = 0; i < sizeof filters_known / sizeof filters_known[0]; i++)
        if (text_equal(filters_known[i].name, name))
            return filters_known[i].apply;
    return NULL;
}

struct text template_filter_name(size_t index)
{
    return index < sizeof filters_known / sizeof filters_known[0] ? filters_known[index].name : TEXT_NONE;
}

bool template_filters_have_default(struct text filters)
{
    while (filters.data != NULL) {
        struct text filter = text_split(&filters, '|');
        if (text_equal(text_trim(text_split(&filter, ':')), TEXT("default")))
            return true;
    }
    return false;
}

enum status template_filters_apply(struct arena *arena, struct text filters, struct template_subject *subject,
                                   struct template_notes *notes)
{
    struct template_subject filtered = *subject;
    while (filters.data != NULL) {
        struct text argument = text_split(&filters, '|');
        struct text name = text_trim(text_split(&argument, ':'));
        filter_function *apply = filter_find(name);
        if (apply == NULL) {
            template_note(arena, notes, PUBLIC("unknown filter: %.*s"), TEXT_ARG(name));
            return STATUS_OK;
        }
        if (filtered.missing && apply != filter_default)
            continue;
        filtered.missing = false;
        switch (apply(arena, argument, &filtered.value)) {
        case FILTER_DONE: break;
        case FILTER_UNFIT:
            template_note(arena, notes, PUBLIC("filter %.*s does not fit its value"), TEXT_ARG(name));
            return STATUS_OK;
        case FILTER_BUDGET: return STATUS_BUDGET;
        }
    }
    *subject = filtered;
    return STATUS_OK;
}
