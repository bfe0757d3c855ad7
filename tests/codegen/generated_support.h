/* Functions that the generated tests of actions share. */
#ifndef CODEGEN_GENERATED_SUPPORT_H
#define CODEGEN_GENERATED_SUPPORT_H

#include <criterion/criterion.h>

#include "action/decode.h"

/* A config and its expected faults, joined by "; "; NULL when it is good. */
struct test_document {
    const char *title, *config;
    const char *checking, *pointers; /* the pointers to those faults */
    const char *performing;
};

/* Free with arena_free. */
struct arena *test_arena(void);
/* Reads a text. Fails the test when it is not JSON. */
struct json_value read_json(struct arena *arena, const char *text);
struct uuid test_uuid(void); /* the arena of the sample values */
void expect_text(struct text text, const char *expected);
void expect_json(struct arena *arena, const struct json_value *value, const char *expected);

typedef void test_check(struct arena *arena, const struct json_value *config, struct decode_faults *faults);
typedef bool test_read(struct decoder *decoder, const struct json_value *json);
void expect_verdicts(const struct test_document *documents, size_t count, test_check *check, test_read *read);
/* Reads a valid config repeatedly; in each turn another allocation is the first to fail. The reader must report no
   fault of the config, and finally read it. */
void expect_every_allocation_fails_well(const char *config, test_read *read);
/* Puts invalid UTF-8 into a valid config. As text it must be rejected as JSON; as a value, in each of its texts in
   turn, it must be read and checked completely. */
void expect_bad_utf8_is_read_well(const char *config, test_check *check, test_read *read);

#endif
