/* Walks a config along the path of an action_reference: "new_value", "conditions[].value", "matrix[][]", "headers{}".
   Keys are matched as decoders match them. Pure; any thread. */
#ifndef ACTION_REFERENCE_H
#define ACTION_REFERENCE_H

#include "base/json.h"

/* A step of a path. */
struct reference_step {
    enum {
        STEP_END,   /* the value itself */
        STEP_EACH,  /* every element of an array */
        STEP_EVERY, /* every member of an object that is a map */
        STEP_MEMBER /* one member */
    } kind;
    struct text name; /* STEP_MEMBER */
};

/* Removes the first step from the path and returns it. */
struct reference_step reference_next(struct text *path);
/* Calls `visit` for every value at the path, in order, until it fails; returns its last status. */
enum status reference_visit(const struct json_value *value, struct text path,
                            enum status (*visit)(void *userdata, const struct json_value *value),
                            void *userdata) MUST_CHECK;

#endif
