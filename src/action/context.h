/* The context of an action: an object of trigger fields and results, looked up by dotted names. Pure; any thread. */
#ifndef ACTION_CONTEXT_H
#define ACTION_CONTEXT_H

#include "base/json.h"

/* The longest dotted prefix that is a key is taken, the rest of the name walks into its objects. NULL when nothing is
   found; a key whose value is null is found. */
const struct json_value *context_find(const struct json_value *context, struct text name);

/* The fields that every action may read. */
extern const struct text context_standing_fields[];
extern const size_t context_standing_field_count;

#endif
