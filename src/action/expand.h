/* Expands the templates in a config. Pure; any thread. */
#ifndef ACTION_EXPAND_H
#define ACTION_EXPAND_H

#include "action/action.h"
#include "action/registry.h"
#include "action/template.h"

/* The names that templates may use: the context and additions. */
struct expand_data {
    const struct json_value *context;  /* object; its fields take precedence over `extra` */
    const struct json_value *builtins; /* object: $me, $now; may be NULL */
    const struct json_member *extra;
    size_t extra_count;
};

/* Expands every string at the type's template references, and in the values there. Values without a placeholder are
   shared with `config`. Each field of field_changes can also be read as old_<field> and new_<field>, which take
   precedence over any other value of that name. */
enum status expand_config(struct arena *arena, const struct action_type *type, const struct json_value *config,
                          const struct expand_data *data, struct json_value *expanded, struct template_notes *notes,
                          struct error *error) MUST_CHECK;

#endif
