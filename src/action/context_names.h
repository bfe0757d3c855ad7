/* The names that a config refers to, so that only those of a context need to travel with it. Pure; any thread. */
#ifndef ACTION_CONTEXT_NAMES_H
#define ACTION_CONTEXT_NAMES_H

#include "action/registry.h"

struct text_list {
    const struct text *items;
    size_t count;
};

/* Every name that the config refers to, each once, sorted: variables of templates, whole texts of context keys; and
   what the type reads besides. Not the builtins ($now). The list lives in the arena; its texts may be parts of the
   config's. */
enum status context_names(struct arena *arena, const struct action_type *type, const struct json_value *config,
                          struct text_list *names, struct error *error) MUST_CHECK;

#endif
