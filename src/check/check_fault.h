/* The faults that the check of a rule finds. Pure; any thread. */
#ifndef CHECK_CHECK_FAULT_H
#define CHECK_CHECK_FAULT_H

#include "base/arena.h"

enum check_severity {
    CHECK_NOTE,    /* worth knowing */
    CHECK_WARNING, /* may not work */
    CHECK_ERROR,   /* cannot work */
};
const char *check_severity_name(enum check_severity severity); /* "note", "warning", "error" */

struct check_fault {
    enum check_severity severity;
    const char *code;    /* the kind of fault, for programs: "unknown_variable" */
    struct text pointer; /* RFC 6901, into the document */
    size_t column;       /* of a template: the character in its text, from 1; 0: the whole value */
    struct text message; /* says what was found, what was expected, what to do */
};

struct check_faults {
    struct arena *arena;
    struct check_fault *items;
    size_t count, capacity;
    bool exhausted; /* the arena was full: some faults are missing */
};

/* The position of a value in a document: a chain on the C stack, made into text only when there is a fault. */
struct check_path {
    const struct check_path *parent; /* NULL: `key` is a complete JSON pointer */
    struct text key;                 /* of a member; .data NULL: an element of a list */
    size_t index;                    /* of the element */
};

/* Appends a fault; its texts are copied. Past the arena's cap it sets `exhausted` instead. */
void check_fault_add(struct check_faults *faults, enum check_severity severity, const char *code,
                     const struct check_path *path, size_t column, const char *format, ...) PRINTF_LIKE(6, 7);

#endif
