/* What a case expected and what the run gave instead. Pure; single-threaded. */
#ifndef RULE_CASE_DIFFERENCES_H
#define RULE_CASE_DIFFERENCES_H

#include "base/json.h"

struct case_difference {
    struct text pointer;       /* in the file of cases: "/cases/0/expect/ran" */
    struct text expected, got; /* JSON, or words */
};

struct case_differences {
    struct arena *arena;
    struct case_difference *items;
    size_t count, capacity;
    bool exhausted; /* LIMIT_CASE_DIFFERENCES: there are more */
    bool failed;    /* the arena is full */
};

/* Adds a difference. `got` is copied, because it may live no longer than the run; the other texts are borrowed. */
void case_difference_add(struct case_differences *differences, struct text pointer, struct text expected,
                         struct text got);

/* Compares a value with an expected part of it: an object may have more members, at every depth; lists must have the
   same length; numbers are equal as decimals. got NULL: the value is missing. */
void case_differences_find(struct case_differences *differences, struct text pointer, const struct json_value *expected,
                           const struct json_value *got);

#endif
