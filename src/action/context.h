/* The context of an action: an object of trigger fields and results, looked up by dotted names (contract engine D.7);
   and the names that a config will ask for, so that only those need to travel. Pure; any thread. */
#ifndef ACTION_CONTEXT_H
#define ACTION_CONTEXT_H

#include "action/registry.h"

/* The longest dotted prefix that is a key wins, the rest walks into objects; NULL when there is nothing.
   A key whose value is null is found. */
const struct json_value *context_find(const struct json_value *context, struct text name);

/* Fields that every action may read (design part 3). */
extern const struct text context_standing_fields[];
extern const size_t context_standing_field_count;

struct text_list {
    const struct text *items;
    size_t count;
};

/* Every name that the config refers to, each once, sorted: variables of templates, whole texts of context keys; and what
   the type reads besides. Not the builtins ($now). */
enum status context_names(struct arena *arena, const struct action_type *type, const struct json_value *config,
                          struct text_list *names, struct error *error) MUST_CHECK;

#endif
