/* Conditions of rules. Decimals are compared exactly. Pure; any thread. */
#ifndef ACTION_CONDITION_H
#define ACTION_CONDITION_H

#include "base/json.h"

enum condition_operator {
    CONDITION_EQUALS,
    CONDITION_NOT_EQUALS,
    CONDITION_CHANGED_FROM,
    CONDITION_CHANGED_TO,
    CONDITION_GREATER_THAN,
    CONDITION_LESS_THAN,
    CONDITION_CONTAINS,
    CONDITION_IN,
    CONDITION_IS_NULL,
    CONDITION_IS_NOT_NULL,
    CONDITION_UNKNOWN, /* never holds */
};

struct condition {
    struct text field_name; /* a key of the context, or a dotted path as for context_find */
    enum condition_operator operator;
    struct json_value value, previous_value; /* JSON_NULL when absent */
};

enum condition_operator condition_operator_parse(struct text name);
/* Evaluates a condition. context: trigger fields at top level, with event_type and field_changes. *holds is set on
   STATUS_OK. STATUS_BUDGET: the texts of the values to be compared do not fit the arena. Only arrays, objects and
   numbers that are compared with a different text need memory. */
enum status condition_holds(struct arena *arena, const struct condition *condition, const struct json_value *context,
                            bool *holds) MUST_CHECK;

#endif
