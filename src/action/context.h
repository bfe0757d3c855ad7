/* The context of an action: an object of trigger fields and results, looked up by names like "order.rows[0].price".
   Pure; any thread. */
#ifndef ACTION_CONTEXT_H
#define ACTION_CONTEXT_H

#include "base/json.h"

/* Looks up a name: a key of the context, then a path into its value. A key may itself contain dots: of all keys that
   the name begins with, the longest one into whose value the rest of the name leads is used. NULL when nothing is
   found; a value of null counts as found. */
const struct json_value *context_find(const struct json_value *context, struct text name);
/* Whether the rest of a name may begin at this byte: at a dot, or at an index like "[0]". */
static inline bool context_is_cut(struct text name, size_t at)
{
    return name.data[at] == '.' || name.data[at] == '[';
}
/* Walks into a value along the rest of a name, like ".rows[0].price"; indexes start at 0. NULL when nothing is
   found. */
const struct json_value *context_walk(const struct json_value *value, struct text rest);
/* Takes an index off the front of *rest: one to nine digits in brackets, like "[0]". False if absent. */
bool context_take_index(struct text *rest, size_t *index);

/* The fields that every action may read. */
extern const struct text context_standing_fields[];
extern const size_t context_standing_field_count;

#endif
