/* Walks a config along the path of an action_reference: "new_value", "conditions[].value", "matrix[][]". Keys are
   found as decoders find them. Pure; any thread. */
#ifndef ACTION_REFERENCE_H
#define ACTION_REFERENCE_H

#include "base/json.h"

/* A step of a path. */
struct reference_step {
    enum { STEP_END, STEP_EACH, STEP_MEMBER } kind; /* the value itself; every element; one member */
    struct text name;                               /* STEP_MEMBER */
};

/* Removes the first step from the path and returns it. */
struct reference_step reference_next(struct text *path);
/* Calls `visit` for every value at the path, in order, until it fails. */
enum status reference_visit(const struct json_value *value, struct text path,
                            enum status (*visit)(void *userdata, const struct json_value *value),
                            void *userdata) MUST_CHECK;

#endif
