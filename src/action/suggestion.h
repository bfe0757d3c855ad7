/* "Did you mean ...?" for misspelled names. Pure; any thread. */
#ifndef ACTION_SUGGESTION_H
#define ACTION_SUGGESTION_H

#include "action/registry.h"

/* The most similar of `count` names, which name_at returns by index; TEXT_NONE when none is similar. */
struct text suggest_nearest(struct text name, struct text (*name_at)(const void *names, size_t index),
                            const void *names, size_t count);

/* Likewise among the types of a catalog. */
struct text suggest_action_type(struct text name, const struct action_catalog *catalog);

#endif
