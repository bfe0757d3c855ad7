/* Results as people see them: without the values that the spec marks as `sensitive`. Pure; any thread. */
#ifndef ACTION_SHOWN_RESULT_H
#define ACTION_SHOWN_RESULT_H

#include "action/registry.h"

/* The result, an object, with "[sensitive]" in place of those values; shared when there are none. STATUS_BUDGET past
   the cap. */
enum status shown_result(struct arena *arena, const struct action_type *type, const struct json_value *result,
                         struct json_value *shown) MUST_CHECK;
/* Likewise for a result as JSON text. type NULL: the type is not known, and the result is shown as it is. .data NULL
   past the budget. */
struct text shown_result_text(struct arena *arena, const struct action_type *type, struct text result) MUST_CHECK;

#endif
