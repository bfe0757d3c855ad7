/* Values as text, for people and for comparison. Numbers are written in plain notation: all digits of an integer, no
   exponent. Pure; any thread. */
#ifndef ACTION_VALUE_H
#define ACTION_VALUE_H

#include "base/json.h"

/* As Go's %v prints it: strings unchanged, true/false, <nil>, [a b], map[k:v] sorted by key. .data NULL past the budget
   or LIMIT_VALUE_TEXT. May share the text of the value. */
struct text value_show(struct arena *arena, const struct json_value *value) MUST_CHECK;
/* As JSON, members sorted by key. .data NULL past the budget or LIMIT_VALUE_TEXT. */
struct text value_json(struct arena *arena, const struct json_value *value) MUST_CHECK;
/* Whether the value is a number or a string that is a decimal number; *digits is then its text, for base/decimal.h. */
bool value_is_decimal(const struct json_value *value, struct text *digits);

#endif
