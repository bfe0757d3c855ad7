/* Faults of a document that a person wrote, each with its JSON pointer, and functions that read its members. Pure; any
   thread. */
#ifndef RULE_CASE_FAULTS_H
#define RULE_CASE_FAULTS_H

#include "base/json.h"

struct case_fault {
    struct text pointer; /* JSON pointer; "" is the whole document */
    struct text message;
};

struct case_faults {
    struct arena *arena;
    struct case_fault *items;
    size_t count, capacity;
    bool exhausted; /* the arena's cap or LIMIT_CASE_FAULTS was reached; there may be more faults */
};

void case_fault_add(struct case_faults *faults, struct text pointer, const char *format, ...) PRINTF_LIKE(3, 4);

/* "POINTER/KEY", escaped as RFC 6901 demands; .data NULL past the arena's cap. */
struct text case_pointer(struct arena *arena, struct text pointer, struct text key);
struct text case_pointer_index(struct arena *arena, struct text pointer, size_t index);

/* Adds a fault for each member of the object whose key is not in `known`; the fault suggests the nearest known key. */
void case_check_keys(struct case_faults *faults, const struct json_value *object, struct text pointer,
                     const char *const *known, size_t known_count);
/* The member with that key and type. NULL when it is absent, or when it has another type, which is a fault. */
const struct json_value *case_member(struct case_faults *faults, const struct json_value *object, struct text pointer,
                                     const char *key, enum json_type type);
/* Reads a duration such as 1h30m. False for anything else, which is a fault. */
bool case_duration(struct case_faults *faults, struct text text, struct text pointer, int64_t *milliseconds);

#endif
