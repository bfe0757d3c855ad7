/* The context of an action: an object of trigger fields and results, looked up by names like "order.rows[0].price".
   Pure; any thread. */
#ifndef ACTION_CONTEXT_H
#define ACTION_CONTEXT_H

#include "base/json.h"

/* The longest part of the name in front of a dot or an index that is a key is taken, the rest of the name walks into
   its value. NULL when nothing is found; a key whose value is null is found. */
const struct json_value *context_find(const struct json_value *context, struct text name);
/* Whether the rest of a name may begin at this byte: with a dot, or with an index like "[0]". */
static inline bool context_is_cut(struct text name, size_t at)
{
    return name.data[at] == '.' || name.data[at] == '[';
}
/* Walks into a value along the rest of a name, like ".rows[0].price"; an index counts from 0. NULL when there is
   nothing. */
const struct json_value *context_walk(const struct json_value *value, struct text rest);
/* Takes an index, like "[0]", off the front of *rest. False when there is none: one to nine digits in brackets. */
bool context_take_index(struct text *rest, size_t *index);

/* The fields that every action may read. */
extern const struct text context_standing_fields[];
extern const size_t context_standing_field_count;

#endif
