/* Runtime of the generated decoders: reads members of a JSON object into typed fields and collects every fault of the
   document instead of stopping at the first. Works on any JSON. Pure; any thread. */
#ifndef ACTION_DECODE_H
#define ACTION_DECODE_H

#include "action/action.h"
#include "base/json.h"

struct decode_fault {
    struct text pointer; /* RFC 6901, "" for the document; keys as the spec writes them; ends at a map when the key in
                            it is longer than LIMIT_FAULT_VALUE */
    size_t head, tail;   /* bytes of the message that are public, see struct failure */
    struct text message; /* "target_entity is required"; "count: expected integer, found string" */
    bool unreadable;     /* the value has a wrong JSON type or is not a UUID; it does not merely break a rule */
};

struct decode_faults {
    struct arena *arena;
    struct decode_fault *items;
    size_t count;
    size_t capacity;
    bool exhausted; /* the arena's cap or LIMIT_DECODE_FAULTS was reached; more faults may exist */
};

/* All messages, joined by "; ", with their public parts marked. .text.data NULL past the budget. */
struct failure decode_faults_failure(const struct decode_faults *faults, struct arena *arena) MUST_CHECK;
/* All messages, joined by "; ". .data NULL past the budget. */
struct text decode_faults_text(const struct decode_faults *faults, struct arena *arena) MUST_CHECK;

struct decoder;

/* For handwritten checks (`check` in the spec): adds a fault at an RFC 6901 pointer like "/target_field". PUBLIC in the
   format marks text that the log may show. */
void decode_reject(struct decoder *decoder, const char *pointer, const char *format, ...) PRINTF_LIKE(3, 4);

/* ---- For generated code from here on. ---- */

/* One pass over one document. */
struct decoder {
    struct arena *arena;
    struct decode_faults *faults;
    bool checking; /* a saved config is checked: every rule counts, and a template is a valid text. Otherwise it is
                      performed: templates are expanded, and rules of `strict: check` do not count */
};

/* The position of a value in the document: a chain on the C stack, made into text only when there is a fault. */
struct decode_path {
    const struct decode_path *parent; /* NULL for the document itself */
    const char *key;                  /* of a member; NULL for an element of a list or map */
    struct text entry;                /* of a map: the key of the element; .data NULL in a list */
    size_t index;                     /* of an element of a list */
};

/* A piece of a pattern: `minimum` to `maximum` characters of a set, which is written as pairs of first and last byte.
   The generator ensures that adjacent sets are disjoint where necessary, so that matching needs no backtracking. */
struct decode_piece {
    const char *set;
    size_t minimum, maximum; /* maximum SIZE_MAX: no bound */
    bool inverted;           /* any character except these */
};

enum decode_format { FORMAT_NONE, FORMAT_UUID, FORMAT_URL };

/* The rules of one field in the spec. */
struct decode_rule {
    const char *key;            /* NULL for an element of a list */
    const char *const *aliases; /* older names; ends with NULL. NULL: none */
    const char *const *some_of; /* of an object: lists, at least one of which must have items; ends with NULL */
    const char *missing;        /* text of a fault; {i}: index in the innermost list, {key}: key in the innermost map.
                                   NULL: the usual text */
    const char *invalid;        /* likewise, for a value that breaks a rule; {value}: what was found; {why}: what is
                                   wrong with a UUID */
    const char *invalid_key;    /* likewise, for a key of a map that does not match the pattern; {key}: that key */
    bool required;
    bool check_only;    /* faults count only when checking */
    bool templated;     /* checking: text with {{ is valid. Performing: a text may hold a number or boolean */
    bool nil_is_absent; /* the nil UUID counts as absent */
    enum json_type empty_is_absent; /* an empty value of this type counts as absent: JSON_STRING, JSON_ARRAY or
                                       JSON_OBJECT; JSON_NULL: no value does */
    const char *const *values;      /* the allowed values of a text */
    size_t value_count;
    const struct decode_piece *pieces; /* the pattern that a text, or each key of a map, must match as a whole */
    size_t piece_count;
    const char *pattern;      /* the pattern as the spec writes it */
    const char *const *taken; /* texts that may not name a key of the result; ends with NULL. NULL: none */
    enum decode_format format;
    const char *min, *max;     /* bounds of a number, duration or timestamp, as the spec writes them; NULL: none */
    size_t min_size, max_size; /* characters of a text, items of a list or map; max_size 0: no bound */
};

/* A rule that relates fields of one object. */
struct decode_relation {
    enum {
        RELATION_REQUIRES = 1,    /* if `field` is given, all others must be given */
        RELATION_EXCLUDES,        /* if `field` is given, none of the others may be given */
        RELATION_AT_LEAST_ONE_OF, /* at least one of the others must be given */
        RELATION_COMPARE,         /* if both have a value, `field` must not be greater than the other one */
    } kind;
    const struct decode_rule *field;         /* NULL for RELATION_AT_LEAST_ONE_OF */
    const struct decode_rule *const *others; /* ends with NULL */
    /* For RELATION_COMPARE: */
    enum { RELATION_NUMBERS, RELATION_TIMESTAMPS, RELATION_DURATIONS } values;
    const char *field_default, *other_default; /* the values when none is given, as the spec writes them; NULL: none */

    const char *text; /* text of the fault; {i} and {key} as in struct decode_rule. NULL: the usual text */
    bool check_only;
};

/* A value that was found, with its rule and its path. */
struct decode_field {
    struct decode_path path;
    const struct decode_rule *rule;
    const struct json_value *value; /* never NULL; null only as an element */
};

/* True when the document is an object, or null, which counts as an empty object; otherwise reports a fault. */
bool decode_document(struct decoder *decoder, const struct json_value *document);
/* Finds a member by its key, then ignoring case, then by its aliases. False when it is absent, or null, or counts as
   absent because it is empty or nil; a fault when it is required. */
bool decode_member(struct decoder *decoder, const struct decode_path *path, const struct json_value *object,
                   const struct decode_rule *rule, struct decode_field *field);
struct decode_field decode_element(const struct decode_field *list, size_t index, const struct decode_rule *rule);
/* The value of an entry of a map, and its key, which must match the map's pattern. */
struct decode_field decode_entry(struct decoder *decoder, const struct decode_field *map, size_t index,
                                 const struct decode_rule *rule, struct text *key);

/* Each of these reads a value into *out and returns true; or it leaves *out unchanged and returns false, after it has
   reported a fault where there is one (a template that has not been expanded is not a fault). */
bool decode_text(struct decoder *decoder, const struct decode_field *field, struct text *out);
bool decode_secret(struct decoder *decoder, const struct decode_field *field, struct secret_text *out);
bool decode_integer(struct decoder *decoder, const struct decode_field *field, int64_t *out);
bool decode_number(struct decoder *decoder, const struct decode_field *field, double *out);
bool decode_decimal(struct decoder *decoder, const struct decode_field *field, struct text *out); /* plain notation */
bool decode_boolean(struct decoder *decoder, const struct decode_field *field, bool *out);
bool decode_uuid(struct decoder *decoder, const struct decode_field *field, struct uuid *out);
bool decode_timestamp(struct decoder *decoder, const struct decode_field *field, int64_t *out); /* microseconds, UTC */
bool decode_duration(struct decoder *decoder, const struct decode_field *field, int64_t *out);  /* milliseconds */
/* The index of the value in the rule's values; value_count for any other value, which is a fault if the rule counts. */
bool decode_choice(struct decoder *decoder, const struct decode_field *field, size_t *out);
bool decode_scalar(struct decoder *decoder, const struct decode_field *field, struct json_value *out);
bool decode_any_object(struct decoder *decoder, const struct decode_field *field, struct json_value *out);
/* True when the value is an object; otherwise reports a fault. */
bool decode_object(struct decoder *decoder, const struct decode_field *field);
/* Zeroed memory for the items of a list; sets *count to their number. NULL when the value is not a list, or past the
   arena's cap. */
void *decode_list(struct decoder *decoder, const struct decode_field *field, size_t size, size_t align, size_t *count);
/* Likewise for the entries of a map, in the order of the document; NULL when the value is not an object. The JSON
   reader has already rejected duplicate keys. */
void *decode_map(struct decoder *decoder, const struct decode_field *field, size_t size, size_t align, size_t *count);

/* Reports the relations that the members of an object violate. A field counts as given unless its value is null or an
   empty text, list or object; a template counts as given. */
void decode_relations(struct decoder *decoder, const struct decode_path *path, const struct json_value *object,
                      const struct decode_relation *relations, size_t count);

/* Records that the arena is full. */
void decode_exhausted(struct decoder *decoder);
/* Refuses the call with all faults in one text, prefixed with `unreadable` when a value cannot be read. */
enum action_outcome decode_refuse(struct action_call *call, const struct decode_faults *faults, const char *unreadable);
/* Prefixes the message of each fault that is unreadable. */
void decode_faults_prefix(struct decode_faults *faults, const char *prefix);

#endif
