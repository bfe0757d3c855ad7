/* The names that a config refers to, so that only these values of a context need to be sent with it. Pure; any
   thread. */
#ifndef ACTION_CONTEXT_NAMES_H
#define ACTION_CONTEXT_NAMES_H

#include "action/registry.h"

struct text_list {
    const struct text *items;
    size_t count;
};

/* Every name that the config refers to (variables of templates, texts that are context keys) and every other name that
   the type reads, each once, sorted. Without builtins ($now). The list lives in the arena; its texts may be parts of
   the texts of the config. */
enum status context_names(struct arena *arena, const struct action_type *type, const struct json_value *config,
                          struct text_list *names, struct error *error) MUST_CHECK;

#endif
