/* The forms that values take, and their content. */
#include "check/value_shape.h"

#include <string.h>

#include "base/buffer.h"
#include "base/date.h"
#include "base/decimal.h"

/* The most bytes of a description. */
#define DESCRIPTION_BYTES 200

struct value_shape shape_plain(unsigned forms)
{
    return (struct value_shape){.forms = forms};
}

static unsigned text_forms(struct text text)
{
    struct date date;
    if (text.size == 0)
        return SHAPE_EMPTY;
    if (decimal_is(text))
        return SHAPE_DECIMAL;
    return date_read(text, &date) ? SHAPE_DATE : SHAPE_WORDS;
}

struct value_shape shape_of_value(const struct json_value *value)
{
    struct value_shape shape = {.inside = INSIDE_VALUE, .value = value};
    switch (value->type) {
    case JSON_NULL: shape.forms = SHAPE_NULL; break;
    case JSON_BOOLEAN: shape.forms = SHAPE_BOOLEAN; break;
    case JSON_NUMBER: shape.forms = SHAPE_NUMBER; break;
    case JSON_STRING: shape.forms = text_forms(value->string); break;
    case JSON_ARRAY: shape.forms = SHAPE_LIST; break;
    case JSON_OBJECT: shape.forms = SHAPE_OBJECT; break;
    }
    return shape;
}

static struct value_shape shape_of_choice(const char *const *choices, size_t count)
{
    struct value_shape shape = {.forms = count == 0 ? SHAPE_TEXT : 0, .choices = choices, .choice_count = count};
    for (size_t i = 0; i < count; i++)
        shape.forms |= text_forms(text_from(choices[i]));
    return shape;
}

static unsigned field_forms(const struct field_type *field)
{
    switch (field->kind) {
    case FIELD_ANY: return SHAPE_ANY;
    case FIELD_SCALAR: return SHAPE_BOOLEAN | SHAPE_NUMBER | SHAPE_TEXT;
    case FIELD_STRING: return SHAPE_TEXT;
    case FIELD_INTEGER:
    case FIELD_NUMBER: return SHAPE_NUMBER;
    case FIELD_DECIMAL: return SHAPE_NUMERIC;
    case FIELD_BOOLEAN: return SHAPE_BOOLEAN;
    case FIELD_UUID:
    case FIELD_DURATION: return SHAPE_WORDS;
    case FIELD_TIMESTAMP: return SHAPE_DATE;
    case FIELD_ENUM: return SHAPE_TEXT;
    case FIELD_LIST: return SHAPE_LIST;
    case FIELD_MAP:
    case FIELD_VARIANT:
    case FIELD_OBJECT: return SHAPE_OBJECT;
    }
    return SHAPE_ANY;
}

/* The shape of a field, regardless of whether it is optional. */
static struct value_shape shape_declared(const struct field_type *field)
{
    struct value_shape shape = {.forms = field_forms(field)};
    if (field->kind == FIELD_ENUM && field->values != NULL) {
        size_t count = 0;
        while (field->values[count] != NULL)
            count++;
        shape = shape_of_choice(field->values, count);
    }
    shape.inside = INSIDE_FIELD;
    shape.field = field;
    shape.sensitive = field->sensitive;
    return shape;
}

struct value_shape shape_of_field(const struct field_type *field)
{
    struct value_shape shape = shape_declared(field);
    shape.forms |= field->optional ? (unsigned)SHAPE_ABSENT : 0;
    return shape;
}

struct value_shape shape_of_column(const struct field_type *column)
{
    struct value_shape shape = shape_declared(column);
    shape.forms |= column->optional ? (unsigned)SHAPE_NULL : 0;
    return shape;
}

struct value_shape shape_of_result(const struct action_type *type, struct text key, enum run_outcome outcome,
                                   const struct row_type *rows)
{
    return (struct value_shape){.forms = SHAPE_OBJECT,
                                .inside = INSIDE_RESULT,
                                .result = {.type = type, .key = key, .outcome = outcome, .rows = rows}};
}

static bool same_inside(const struct value_shape *a, const struct value_shape *b)
{
    if (a->inside != b->inside)
        return false;
    switch (a->inside) {
    case INSIDE_UNKNOWN: return true;
    case INSIDE_VALUE: return a->value == b->value;
    case INSIDE_FIELD: return a->field == b->field;
    case INSIDE_RESULT:
        return a->result.type == b->result.type && text_equal(a->result.key, b->result.key) &&
               a->result.outcome == b->result.outcome && a->result.rows == b->result.rows;
    }
    return false;
}

struct value_shape shape_join(struct value_shape a, struct value_shape b)
{
    if (((a.forms | b.forms) & SHAPE_OPEN) != 0)
        return shape_plain(SHAPE_OPEN);
    if ((b.forms & ~(unsigned)SHAPE_ABSENT) == 0 || same_inside(&a, &b)) {
        a.forms |= b.forms;
        return a;
    }
    if ((a.forms & ~(unsigned)SHAPE_ABSENT) == 0) {
        b.forms |= a.forms;
        return b;
    }
    return shape_plain(a.forms | b.forms);
}

struct value_shape shape_item(const struct value_shape *list)
{
    if (list->inside == INSIDE_VALUE && list->forms == SHAPE_LIST) {
        struct value_shape item = shape_plain(list->value->array.count == 0 ? SHAPE_NULL : 0);
        for (size_t i = 0; i < list->value->array.count; i++)
            item = shape_join(item, shape_of_value(&list->value->array.items[i]));
        return item;
    }
    if (list->inside == INSIDE_FIELD && list->field->kind == FIELD_LIST)
        return shape_join(shape_of_field(list->field->of), shape_plain(SHAPE_NULL));
    return shape_plain(SHAPE_ANY);
}

struct value_shape shape_item_at(const struct value_shape *list, size_t index)
{
    struct value_shape item = shape_plain(SHAPE_ANY | SHAPE_ABSENT);
    if (list->forms == SHAPE_OPEN)
        return shape_plain(SHAPE_OPEN);
    if ((list->forms & SHAPE_LIST) == 0)
        return shape_plain(SHAPE_ABSENT);
    if (list->inside == INSIDE_VALUE)
        item = index < list->value->array.count ? shape_of_value(&list->value->array.items[index])
                                                : shape_plain(SHAPE_ABSENT);
    else if (list->inside == INSIDE_FIELD && list->field->kind == FIELD_LIST)
        item = shape_join(shape_of_field(list->field->of), shape_plain(SHAPE_ABSENT));
    if (list->forms != SHAPE_LIST)
        item.forms |= SHAPE_ABSENT;
    item.sensitive = item.sensitive || list->sensitive;
    return item;
}

/* ---- members ---- */

static const struct field_type *find_field(const struct field_type *fields, size_t count, struct text key)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].key_from == NULL && text_is(key, fields[i].name))
            return &fields[i];
    return NULL;
}

/* The field whose key is the key that the config names, followed by the field's suffix. */
static const struct field_type *find_named(const struct field_type *fields, size_t count, struct text named,
                                           struct text key)
{
    for (size_t i = 0; i < count && named.size > 0; i++)
        if (fields[i].key_from != NULL && text_starts(key, named) &&
            text_equal(text_slice(key, named.size, key.size), text_from(fields[i].suffix)))
            return &fields[i];
    return NULL;
}

static struct value_shape member_of_field(const struct field_type *field, struct text key)
{
    if (field->kind == FIELD_MAP)
        return shape_join(shape_of_field(field->of), shape_plain(SHAPE_ABSENT));
    if (field->kind == FIELD_OBJECT && field->fields != NULL) {
        const struct field_type *member = find_field(field->fields, field->field_count, key);
        return member != NULL ? shape_of_field(member) : shape_plain(SHAPE_ABSENT);
    }
    return shape_plain(SHAPE_ANY | SHAPE_ABSENT);
}

/* The error in the result of a failed action, as engine/run_failure.c writes it. */
static const struct field_type error_fields[] = {
    {.name = "attempts", .kind = FIELD_INTEGER, .optional = true},
    {.name = "message", .kind = FIELD_STRING},
    {.name = "permanent", .kind = FIELD_BOOLEAN},
    {.name = "type", .kind = FIELD_ENUM, .values = (const char *const[]){"failed", "timed_out", "canceled", NULL}},
};
static const struct field_type error_field = {.name = "error",
                                              .kind = FIELD_OBJECT,
                                              .fields = error_fields,
                                              .field_count = sizeof error_fields / sizeof error_fields[0]};
static const char *const failure_output[] = {GRAPH_FAILURE_OUTPUT};

static bool can_fail_itself(const struct action_type *type)
{
    for (size_t i = 0; i < type->output_count; i++)
        if (text_is(TEXT(GRAPH_FAILURE_OUTPUT), type->outputs[i]))
            return true;
    return false;
}

/* A row, a list of rows, or null if no row matches. */
static struct value_shape shape_of_rows(const struct row_type *rows)
{
    struct value_shape shape = shape_declared(&rows->type);
    shape.forms |= SHAPE_LIST | SHAPE_NULL;
    return shape;
}

/* The member of the result of an action that did not fail. */
static struct value_shape member_of_success(const struct value_shape *result, struct text key)
{
    const struct action_type *type = result->result.type;
    const struct row_type *rows = result->result.rows;
    if (text_is(key, "output"))
        return shape_of_choice(type->outputs, type->output_count);
    const struct field_type *field = find_field(type->result_fields, type->result_field_count, key);
    if (field == NULL)
        field = find_named(type->result_fields, type->result_field_count, result->result.key, key);
    if (field != NULL && rows != NULL && strcmp(field->name, rows->name) == 0)
        return shape_of_rows(rows);
    return field != NULL ? shape_of_field(field) : shape_plain(SHAPE_ABSENT);
}

/* The member of the result of a failed action. A handler that itself ends with the output of a failure gives the reason
   in its own field `error`, if at all. */
static struct value_shape member_of_failure(const struct value_shape *result, struct text key)
{
    if (text_is(key, "output"))
        return shape_of_choice(failure_output, 1);
    struct value_shape member = member_of_success(result, key);
    if (text_is(key, error_field.name))
        return member.forms == SHAPE_ABSENT ? shape_of_field(&error_field) : shape_plain(SHAPE_OPEN);
    member.forms |= SHAPE_ABSENT;
    return can_fail_itself(result->result.type) ? member : shape_plain(SHAPE_ABSENT);
}

static struct value_shape member_of_result(const struct value_shape *object, struct text key)
{
    if (object->result.outcome == RUN_OUTCOME_FAILED)
        return member_of_failure(object, key);
    struct value_shape success = member_of_success(object, key);
    if (object->result.outcome == RUN_OUTCOME_SUCCEEDED)
        return success;
    return shape_join(success, member_of_failure(object, key));
}

bool shape_lacks_by_failure(const struct value_shape *object, struct text key)
{
    if (object->inside != INSIDE_RESULT || object->result.outcome == RUN_OUTCOME_SUCCEEDED)
        return false;
    struct value_shape success = member_of_success(object, key);
    return (success.forms & SHAPE_ABSENT) == 0;
}

struct value_shape shape_member(const struct value_shape *object, struct text key)
{
    struct value_shape member = shape_plain(SHAPE_ABSENT);
    if (object->forms == SHAPE_OPEN)
        return shape_plain(SHAPE_OPEN);
    if ((object->forms & SHAPE_OBJECT) == 0)
        return member;
    switch (object->inside) {
    case INSIDE_UNKNOWN: member = shape_plain(SHAPE_ANY | SHAPE_ABSENT); break;
    case INSIDE_VALUE: {
        const struct json_value *value = json_get(object->value, key);
        if (value != NULL)
            member = shape_of_value(value);
        break;
    }
    case INSIDE_FIELD: member = member_of_field(object->field, key); break;
    case INSIDE_RESULT: member = member_of_result(object, key); break;
    }
    if (object->forms != SHAPE_OBJECT)
        member.forms |= SHAPE_ABSENT;
    member.sensitive = member.sensitive || object->sensitive;
    return member;
}

struct text shape_member_name(const struct value_shape *object, size_t index, struct arena *arena)
{
    if ((object->forms & SHAPE_OBJECT) == 0)
        return TEXT_NONE;
    if (object->inside == INSIDE_VALUE)
        return index < object->value->object.count ? object->value->object.members[index].key : TEXT_NONE;
    if (object->inside == INSIDE_FIELD)
        return index < object->field->field_count ? text_from(object->field->fields[index].name) : TEXT_NONE;
    if (object->inside != INSIDE_RESULT)
        return TEXT_NONE;
    const struct action_type *type = object->result.type;
    if (object->result.outcome == RUN_OUTCOME_FAILED)
        return index == 0 ? text_from(error_field.name) : index == 1 ? TEXT("output") : TEXT_NONE;
    if (index == type->result_field_count)
        return TEXT("output");
    if (index > type->result_field_count)
        return TEXT_NONE;
    const struct field_type *field = &type->result_fields[index];
    if (field->key_from == NULL)
        return text_from(field->name);
    return field->suffix == NULL ? object->result.key
                                 : arena_print(arena, "%.*s%s", TEXT_ARG(object->result.key), field->suffix);
}

/* ---- for messages ---- */

struct text shape_describe(struct arena *arena, unsigned forms)
{
    static const struct {
        unsigned forms;
        const char *name;
    } names[] = {
        {SHAPE_NUMBER, "a number"},
        {SHAPE_BOOLEAN, "true or false"},
        {SHAPE_DECIMAL, "the text of a number"},
        {SHAPE_DATE, "a date"},
        {SHAPE_WORDS, "text"},
        {SHAPE_EMPTY, "an empty text"},
        {SHAPE_LIST, "a list"},
        {SHAPE_OBJECT, "an object"},
        {SHAPE_NULL, "null"},
    };
    if ((forms & SHAPE_ANY) == SHAPE_ANY || (forms & SHAPE_OPEN) != 0)
        return TEXT("anything");
    /* A text of any form is described as just a text. */
    if ((forms & SHAPE_WORDS) != 0)
        forms &= ~(unsigned)(SHAPE_EMPTY | SHAPE_DECIMAL | SHAPE_DATE);
    struct buffer buffer = buffer_in(arena, DESCRIPTION_BYTES);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((forms & names[i].forms) == 0)
            continue;
        if (buffer.size > 0)
            buffer_add(&buffer, TEXT(" or "));
        buffer_add(&buffer, text_from(names[i].name));
    }
    return buffer.size > 0 ? buffer_text(&buffer) : TEXT("nothing");
}
