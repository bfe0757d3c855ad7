/* The types of configs and results as the spec declares them, in generated tables. Constant; any thread. */
#ifndef ACTION_FIELD_TYPE_H
#define ACTION_FIELD_TYPE_H

#include <stdbool.h>
#include <stddef.h>

enum field_kind {
    FIELD_ANY,
    FIELD_SCALAR, /* string, number, boolean */
    FIELD_STRING,
    FIELD_INTEGER,
    FIELD_NUMBER,
    FIELD_DECIMAL, /* a number, or a string that is a number */
    FIELD_BOOLEAN,
    FIELD_UUID,
    FIELD_TIMESTAMP,
    FIELD_DURATION,
    FIELD_ENUM,
    FIELD_LIST,
    FIELD_MAP, /* an object with keys of any name */
    FIELD_OBJECT,
    FIELD_VARIANT, /* an object with the fields of the variant that its tag names; only in configs */
};

/* How the texts in a field of a config are read. */
enum field_text {
    FIELD_TEXT_PLAIN,
    FIELD_TEXT_TEMPLATE,    /* may hold {{templates}}, at any depth */
    FIELD_TEXT_TYPED,       /* likewise, but a text that is one template becomes the value itself */
    FIELD_TEXT_LATE,        /* likewise, but the handler expands it with action_fill */
    FIELD_TEXT_CONTEXT_KEY, /* the whole text is a key of the context */
};

/* A field of a config or of a result, or the element of a list or map. */
struct field_type {
    const char *name; /* its key; NULL for an element */
    enum field_kind kind;
    enum field_text text;
    bool optional;                 /* of a result: may be left out */
    bool sensitive;                /* of a result: its value is not shown to people */
    const char *const *aliases;    /* other keys in a config; ends with NULL; NULL: none */
    const char *const *late_names; /* FIELD_TEXT_LATE: names that the handler adds to the context; likewise */
    const char *const *values;     /* of an enum in a result; ends with NULL */
    const char *key_from, *suffix; /* of a result: the field of the config whose value, with the suffix, is its key */
    const struct field_type *of;   /* FIELD_LIST, FIELD_MAP: the element */
    const char *tag;               /* FIELD_VARIANT: the key that names the variant */
    const struct field_type
        *fields; /* FIELD_OBJECT: its fields; NULL: any. FIELD_VARIANT: one object for each variant */
    size_t field_count;
};

#endif
