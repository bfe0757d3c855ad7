/* Templates: {{name}}, {{name | filter:argument}}, {{expr: a * b}}, {{$now}} (contract handlers 5, design part 7).
   A value is never scanned again; output is capped at LIMIT_TEMPLATE_OUTPUT. Pure; any thread. */
#ifndef ACTION_TEMPLATE_H
#define ACTION_TEMPLATE_H

#include "base/json.h"

/* What happened besides the text. */
struct template_notes {
    struct failure *warnings; /* "missing variable: x", ... ; in the arena */
    size_t warning_count;
};

/* Expands text. A placeholder that is no valid template stays as it is and is noted. STATUS_BUDGET past the cap.
   `builtins` answers $names: an object with "$me", "$now"; may be NULL. */
enum status template_expand(struct arena *arena, struct text source, const struct json_value *context,
                            const struct json_value *builtins, struct text *out, struct template_notes *notes,
                            struct error *error) MUST_CHECK;

/* Calls `found` for every variable that the text reads (paths as written, no builtins). */
void template_variables(struct text source, void (*found)(void *userdata, struct text name), void *userdata);

/* A value as text: strings as they are, numbers plain, true/false, null empty, arrays and objects as JSON. */
struct text template_value_text(struct arena *arena, const struct json_value *value) MUST_CHECK;

#endif
