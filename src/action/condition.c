/* Evaluates the conditions of rules. */
#include "action/condition.h"

#include "action/context.h"
#include "action/value.h"
#include "base/decimal.h"

static const struct json_value null_value = {.type = JSON_NULL};

static const struct {
    struct text name;
    enum condition_operator operator;
} operators[] = {
    {{"equals", 6}, CONDITION_EQUALS},
    {{"not_equals", 10}, CONDITION_NOT_EQUALS},
    {{"changed_from", 12}, CONDITION_CHANGED_FROM},
    {{"changed_to", 10}, CONDITION_CHANGED_TO},
    {{"greater_than", 12}, CONDITION_GREATER_THAN},
    {{"less_than", 9}, CONDITION_LESS_THAN},
    {{"contains", 8}, CONDITION_CONTAINS},
    {{"in", 2}, CONDITION_IN},
    {{"is_null", 7}, CONDITION_IS_NULL},
    {{"is_not_null", 11}, CONDITION_IS_NOT_NULL},
};

enum condition_operator condition_operator_parse(struct text name)
{
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (text_equal(operators[i].name, name))
            return operators[i].operator;
    return CONDITION_UNKNOWN;
}

/* The value of a field after and before the change. */
struct field {
    const struct json_value *current, *previous;
    bool updated; /* the event is on_update */
};

static const struct json_value *or_null(const struct json_value *value)
{
    return value != NULL ? value : &null_value;
}

static struct field field_find(const struct json_value *context, struct text name)
{
    struct field field = {.previous = &null_value};
    field.updated = text_is(json_get_text(context, TEXT("event_type")), "on_update");
    const struct json_value *changes = field.updated ? json_get(context, TEXT("field_changes")) : NULL;
    const struct json_value *change = json_get(changes, name);
    if (change != NULL && change->type == JSON_OBJECT) {
        field.current = or_null(json_get(change, TEXT("new_value")));
        field.previous = or_null(json_get(change, TEXT("old_value")));
        return field;
    }
    field.current = or_null(context_find(context, name));
    if (changes != NULL && changes->type == JSON_OBJECT)
        field.previous = field.current;
    return field;
}

static enum status compare_shown(struct arena *arena, const struct json_value *a, const struct json_value *b,
                                 int *order)
{
    struct text left = value_show(arena, a), right = value_show(arena, b);
    if (left.data == NULL || right.data == NULL)
        return STATUS_BUDGET;
    *order = text_compare(left, right);
    return STATUS_OK;
}

static enum status equal(struct arena *arena, const struct json_value *a, const struct json_value *b, bool *holds)
{
    if (a->type == JSON_NULL || b->type == JSON_NULL) {
        *holds = a->type == b->type;
        return STATUS_OK;
    }
    if (a->type == JSON_STRING && b->type == JSON_STRING) {
        *holds = text_equal(a->string, b->string);
        return STATUS_OK;
    }
    struct text left, right;
    if (value_is_decimal(a, &left) && value_is_decimal(b, &right)) {
        *holds = decimal_compare(left, right) == 0;
        return STATUS_OK;
    }
    int order;
    enum status status = compare_shown(arena, a, b, &order);
    if (status == STATUS_OK)
        *holds = order == 0;
    return status;
}

/* direction: 1 for greater, -1 for less. */
static enum status ordered(struct arena *arena, const struct json_value *a, const struct json_value *b, int direction,
                           bool *holds)
{
    if (a->type == JSON_NULL || b->type == JSON_NULL) {
        *holds = false;
        return STATUS_OK;
    }
    int order;
    struct text left, right;
    if (value_is_decimal(a, &left) && value_is_decimal(b, &right)) {
        order = decimal_compare(left, right);
    } else {
        enum status status = compare_shown(arena, a, b, &order);
        if (status != STATUS_OK)
            return status;
    }
    *holds = direction > 0 ? order > 0 : order < 0;
    return STATUS_OK;
}

static enum status changed_to(struct arena *arena, const struct field *field, const struct json_value *value,
                              bool *holds)
{
    bool was = false, is = false;
    enum status status = equal(arena, field->current, value, &is);
    if (status == STATUS_OK && is)
        status = equal(arena, field->previous, value, &was);
    *holds = is && !was;
    return status;
}

static enum status is_in(struct arena *arena, const struct json_value *current, const struct json_value *value,
                         bool *holds)
{
    enum status status = STATUS_OK;
    *holds = false;
    size_t count = value->type == JSON_ARRAY ? value->array.count : 0;
    for (size_t i = 0; i < count && status == STATUS_OK && !*holds; i++)
        status = equal(arena, current, &value->array.items[i], holds);
    return status;
}

static bool contains(const struct json_value *current, const struct json_value *value)
{
    return current->type == JSON_STRING && value->type == JSON_STRING &&
           text_find(current->string, value->string) != SIZE_MAX;
}

enum status condition_holds(struct arena *arena, const struct condition *condition, const struct json_value *context,
                            bool *holds)
{
    struct field field = field_find(context, condition->field_name);
    const struct json_value *value = &condition->value;
    enum status status = STATUS_OK;
    *holds = false;
    switch (condition->operator) {
    case CONDITION_EQUALS: return equal(arena, field.current, value, holds);
    case CONDITION_NOT_EQUALS:
        status = equal(arena, field.current, value, holds);
        *holds = !*holds;
        return status;
    case CONDITION_CHANGED_FROM:
        return field.updated ? equal(arena, field.previous, &condition->previous_value, holds) : STATUS_OK;
    case CONDITION_CHANGED_TO: return field.updated ? changed_to(arena, &field, value, holds) : STATUS_OK;
    case CONDITION_GREATER_THAN: return ordered(arena, field.current, value, 1, holds);
    case CONDITION_LESS_THAN: return ordered(arena, field.current, value, -1, holds);
    case CONDITION_CONTAINS: *holds = contains(field.current, value); break;
    case CONDITION_IN: return is_in(arena, field.current, value, holds);
    case CONDITION_IS_NULL: *holds = field.current->type == JSON_NULL; break;
    case CONDITION_IS_NOT_NULL: *holds = field.current->type != JSON_NULL; break;
    case CONDITION_UNKNOWN: break;
    }
    return status;
}
