/* Helpers that the decode files share, mainly to report faults. */
#ifndef ACTION_DECODE_INTERNAL_H
#define ACTION_DECODE_INTERNAL_H

#include "action/decode.h"

/* Whether faults of this rule count in this pass. */
bool decode_counts(const struct decoder *decoder, const struct decode_rule *rule);
/* Reports a value of a wrong JSON type: "PATH: expected EXPECTED, found TYPE". */
void decode_wrong_type(struct decoder *decoder, const struct decode_field *field, const char *expected);
/* Likewise for a value of the right type that cannot be read. */
void decode_unreadable(struct decoder *decoder, const struct decode_field *field, const char *expected,
                       struct text found);
/* Reports a value that violates a rule, if the rule counts, with the text of the spec, else with "PATH: " and this
   format. `found` replaces {value} or {why}; a text of the spec has at most one of them. */
void decode_broken(struct decoder *decoder, const struct decode_field *field, struct text found, const char *format,
                   ...) PRINTF_LIKE(4, 5);
/* Reports a key of a map that does not match the map's pattern, if the map's rule counts. `entry` has the rule of the
   map and the path of the key. */
void decode_broken_key(struct decoder *decoder, const struct decode_field *entry);
/* The value of a member, as decode_member finds it; NULL when it is absent. */
const struct json_value *decode_find(const struct json_value *object, const struct decode_rule *rule);
/* Reports a fault at a path, with the text of the spec (`own`), else with the path and this format. */
void decode_fault_at(struct decoder *decoder, const struct decode_path *path, const char *own, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Whether a text matches the pattern of a rule as a whole. */
bool decode_matches(const struct decode_rule *rule, struct text text);
/* Whether a text is an http or https URL with a host, without a user, in printable ASCII only. */
bool decode_is_url(struct text text);
/* A text as messages show it, cut at LIMIT_FAULT_VALUE. */
struct text decode_shown(struct decoder *decoder, struct text text);
/* Checks the size of a text, in characters, or of a list or map, in items; reports a fault when it is out of bounds. */
bool decode_size_fits(struct decoder *decoder, const struct decode_field *field, size_t size, struct text found,
                      const char *unit);

#endif
