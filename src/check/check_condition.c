/* Checks conditions: the field, and how its value is compared. Must match action/condition.c. */
#include "action/condition.h"
#include "base/decimal.h"
#include "check/check_internal.h"

/* One condition. */
struct comparison {
    struct checker *checker;
    const struct check_path *path; /* of the condition */
    struct text name;              /* of the field */
    struct binding field;
    enum condition_operator operator;
    struct text operator_name;
    struct value_shape value; /* the value that the field is compared with; forms 0: absent */
};

#define REPORT(comparison_, key_, severity_, code_, ...)                                                               \
    do {                                                                                                               \
        const struct check_path place_ = {.parent = (comparison_)->path, .key = TEXT(key_)};                           \
        check_fault_add((comparison_)->checker->faults, (severity_), (code_), &place_, 0, __VA_ARGS__);                \
    } while (0)

static struct text describe(const struct comparison *comparison, unsigned forms)
{
    return shape_describe(comparison->checker->scratch, forms);
}

/* The forms of the field when it is present and not null; 0: nothing is known about it. */
static unsigned field_forms(const struct comparison *comparison)
{
    unsigned forms = comparison->field.shape.forms;
    return forms == SHAPE_OPEN ? 0 : forms & ~(unsigned)(SHAPE_ABSENT | SHAPE_NULL);
}

static bool only(unsigned forms, unsigned of)
{
    return forms != 0 && (forms & ~of) == 0;
}

/* Whether a value of one of these forms can be equal to the other value. */
static bool can_equal(unsigned forms, const struct value_shape *other)
{
    if (forms == 0 || other->inside != INSIDE_VALUE || other->value->type == JSON_NULL)
        return true;
    const struct json_value *value = other->value;
    if (only(forms, SHAPE_NUMERIC))
        return (other->forms & SHAPE_NUMERIC) != 0;
    if (only(forms, SHAPE_BOOLEAN))
        return value->type == JSON_BOOLEAN ||
               (value->type == JSON_STRING && (text_is(value->string, "true") || text_is(value->string, "false")));
    if (only(forms, SHAPE_LIST | SHAPE_OBJECT))
        return (other->forms & (SHAPE_LIST | SHAPE_OBJECT)) != 0;
    return true;
}

/* Reports a text that the field can never have. */
static void check_choice(const struct comparison *comparison, const struct json_value *value)
{
    const struct value_shape *shape = &comparison->field.shape;
    if (shape->choices == NULL || value->type != JSON_STRING)
        return;
    for (size_t i = 0; i < shape->choice_count; i++)
        if (text_is(value->string, shape->choices[i]))
            return;
    struct text nearest = check_nearest(value->string, shape->choices, shape->choice_count);
    REPORT(comparison, "value", CHECK_ERROR, "condition_value", "'%.*s' is never '%.*s'%.*s",
           TEXT_ARG(comparison->name), TEXT_ARG(value->string),
           TEXT_ARG(check_advice(comparison->checker->scratch, nearest)));
}

static void check_equal(const struct comparison *comparison, const struct value_shape *value)
{
    unsigned forms = field_forms(comparison);
    if (value->forms == 0)
        return;
    if (!can_equal(forms, value))
        REPORT(comparison, "value", CHECK_ERROR, "condition_type", "'%.*s' is %.*s, which never equals %.*s",
               TEXT_ARG(comparison->name), TEXT_ARG(describe(comparison, forms)),
               TEXT_ARG(describe(comparison, value->forms)));
    else if (value->inside == INSIDE_VALUE)
        check_choice(comparison, value->value);
}

static void check_order(const struct comparison *comparison)
{
    unsigned forms = field_forms(comparison), value = comparison->value.forms;
    struct text operator_name = comparison->operator_name;
    if (only(forms, SHAPE_LIST | SHAPE_OBJECT | SHAPE_BOOLEAN))
        REPORT(comparison, "operator", CHECK_ERROR, "condition_type",
               "%.*s compares numbers or texts, and '%.*s' is %.*s", TEXT_ARG(operator_name),
               TEXT_ARG(comparison->name), TEXT_ARG(describe(comparison, forms)));
    else if (value == 0 || value == SHAPE_NULL)
        REPORT(comparison, "value", CHECK_ERROR, "condition_value", "%.*s needs a value: nothing is %.*s than null",
               TEXT_ARG(operator_name), comparison->operator== CONDITION_GREATER_THAN ? 7 : 4,
               comparison->operator== CONDITION_GREATER_THAN ? "greater" : "less");
    else if (only(value, SHAPE_LIST | SHAPE_OBJECT | SHAPE_BOOLEAN))
        REPORT(comparison, "value", CHECK_ERROR, "condition_value", "%.*s needs a number or a text, found %.*s",
               TEXT_ARG(operator_name), TEXT_ARG(describe(comparison, value)));
    else if (only(forms, SHAPE_NUMERIC) && (value & SHAPE_NUMERIC) == 0)
        REPORT(comparison, "value", CHECK_ERROR, "condition_value",
               "'%.*s' is a number, and comparing it with %.*s has no meaning", TEXT_ARG(comparison->name),
               TEXT_ARG(describe(comparison, value)));
    else if (only(forms, SHAPE_WORDS | SHAPE_DATE) && value == SHAPE_NUMBER)
        REPORT(comparison, "value", CHECK_ERROR, "condition_value",
               "'%.*s' is %.*s, and comparing it with a number has no meaning", TEXT_ARG(comparison->name),
               TEXT_ARG(describe(comparison, forms)));
}

static void check_contains(const struct comparison *comparison)
{
    unsigned forms = field_forms(comparison), value = comparison->value.forms;
    if (forms != 0 && (forms & SHAPE_TEXT) == 0)
        REPORT(comparison, "operator", CHECK_ERROR, "condition_type", "contains looks into texts, and '%.*s' is %.*s%s",
               TEXT_ARG(comparison->name), TEXT_ARG(describe(comparison, forms)),
               (forms & SHAPE_LIST) != 0 ? "; it never finds an item of a list" : "");
    else if ((value & SHAPE_TEXT) == 0)
        REPORT(comparison, "value", CHECK_ERROR, "condition_value", "contains needs a text, found %.*s",
               TEXT_ARG(describe(comparison, value)));
}

static void check_in(const struct comparison *comparison)
{
    const struct value_shape *value = &comparison->value;
    if (value->forms != SHAPE_LIST) {
        REPORT(comparison, "value", CHECK_ERROR, "condition_value", "in needs a list of values, found %.*s",
               TEXT_ARG(describe(comparison, value->forms)));
        return;
    }
    bool any = false;
    for (size_t i = 0; i < value->value->array.count; i++) {
        struct value_shape item = shape_of_value(&value->value->array.items[i]);
        any = any || can_equal(field_forms(comparison), &item);
        check_choice(comparison, &value->value->array.items[i]);
    }
    if (!any)
        REPORT(comparison, "value", CHECK_ERROR, "condition_value", "'%.*s' can never have any of these values",
               TEXT_ARG(comparison->name));
}

static void check_change(const struct comparison *comparison)
{
    const struct scope *scope = comparison->checker->scope;
    if (comparison->field.action != UINT32_MAX)
        REPORT(comparison, "operator", CHECK_ERROR, "condition_type",
               "%.*s compares a field of the trigger with its value before, and '%.*s' is the result of an action",
               TEXT_ARG(comparison->operator_name), TEXT_ARG(comparison->name));
    else if (scope_event(scope).data != NULL && !scope_is_update(scope))
        REPORT(comparison, "operator", CHECK_WARNING, "condition_never",
               "%.*s holds only in updates, and this event is %.*s", TEXT_ARG(comparison->operator_name),
               TEXT_ARG(scope_event(scope)));
    else if (comparison->operator== CONDITION_CHANGED_FROM && comparison->value.forms == 0)
        REPORT(comparison, "operator", CHECK_WARNING, "condition_value",
               "changed_from compares with previous_value, which is missing");
    else
        check_equal(comparison, &comparison->value);
}

static void compare(const struct comparison *comparison)
{
    switch (comparison->operator) {
    case CONDITION_EQUALS:
    case CONDITION_NOT_EQUALS: check_equal(comparison, &comparison->value); break;
    case CONDITION_GREATER_THAN:
    case CONDITION_LESS_THAN: check_order(comparison); break;
    case CONDITION_CONTAINS: check_contains(comparison); break;
    case CONDITION_IN: check_in(comparison); break;
    case CONDITION_CHANGED_FROM:
    case CONDITION_CHANGED_TO: check_change(comparison); break;
    case CONDITION_IS_NULL:
    case CONDITION_IS_NOT_NULL:
    case CONDITION_UNKNOWN: break;
    }
}

static bool asks_for_existence(const struct comparison *comparison)
{
    return comparison->operator== CONDITION_IS_NULL || comparison->operator== CONDITION_IS_NOT_NULL ||
        comparison->value.forms == SHAPE_NULL;
}

void check_condition(struct checker *checker, const struct check_path *path, const struct json_value *condition,
                     const struct json_value *field, struct text key)
{
    if (field->type != JSON_STRING || field->string.size == 0)
        return; /* the decoder reports it */
    const struct json_value *operator_value = json_get_lenient(condition, TEXT("operator"));
    struct comparison comparison = {
        .checker = checker, .path = path, .name = field->string, .operator= CONDITION_UNKNOWN };
    if (operator_value != NULL && operator_value->type == JSON_STRING) {
        comparison.operator_name = operator_value->string;
        comparison.operator= condition_operator_parse(operator_value->string);
    }
    const struct json_value *value = json_get_lenient(
        condition, comparison.operator== CONDITION_CHANGED_FROM ? TEXT("previous_value") : TEXT("value"));
    comparison.value = value != NULL ? shape_of_value(value) : shape_plain(0);
    comparison.field = scope_find(checker->scope, checker->action, SCOPE_CONDITION, field->string);
    const struct check_path place = {.parent = path, .key = key};
    enum check_use use = asks_for_existence(&comparison) ? CHECK_USE_EXISTENCE : CHECK_USE_FIELD;
    if (check_binding(checker, &comparison.field, field->string, use, &place, 0))
        compare(&comparison);
}
