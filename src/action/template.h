/* Templates: {{name}}, {{name | filter:argument}}, {{expr: a * b}}, {{$now}}. Templates in inserted values are not
   expanded; the output is capped at LIMIT_TEMPLATE_OUTPUT. Pure; any thread. */
#ifndef ACTION_TEMPLATE_H
#define ACTION_TEMPLATE_H

#include "base/json.h"

/* Warnings about the templates of one action, for its author. */
struct template_notes {
    struct failure *warnings; /* "missing variable: x", ...; in the arena */
    size_t warning_count;
};

/* Expands the templates of a text into *out; a text without templates is shared. A placeholder that is not a valid
   template is kept, with a warning. `builtins`, which may be NULL, is an object with "$me" and "$now". notes may be
   NULL. STATUS_BUDGET past the cap. */
enum status template_expand(struct arena *arena, struct text source, const struct json_value *context,
                            const struct json_value *builtins, struct text *out, struct template_notes *notes,
                            struct error *error) MUST_CHECK;

/* Likewise, but a text that is one placeholder and nothing else becomes the value itself: a number with all its digits,
   a list, an object; null for a missing variable. */
enum status template_value(struct arena *arena, struct text source, const struct json_value *context,
                           const struct json_value *builtins, struct json_value *out, struct template_notes *notes,
                           struct error *error) MUST_CHECK;

/* Calls `found` for every variable that the text reads: paths as written, not builtins. */
void template_variables(struct text source, void (*found)(void *userdata, struct text name), void *userdata);

/* A value as text: strings unchanged, numbers in plain notation, true/false, null as an empty text, arrays and objects
   as JSON. .data NULL past the budget. */
struct text template_value_text(struct arena *arena, const struct json_value *value) MUST_CHECK;

#endif
