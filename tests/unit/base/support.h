/* What tests of several rooms share. */
#ifndef TESTS_UNIT_BASE_SUPPORT_H
#define TESTS_UNIT_BASE_SUPPORT_H

#include <criterion/criterion.h>

#include "base/arena.h"
#include "base/limits.h"

static inline struct arena *test_arena(void)
{
    struct arena *arena = arena_new(MIB(64), 0);
    cr_assert_not_null(arena);
    return arena;
}

/* Compares as texts, so that a failure shows both. */
#define assert_text(found_, expected_)                                                                                 \
    do {                                                                                                               \
        struct text found_text = (found_);                                                                             \
        const char *expected_text = (expected_);                                                                       \
        cr_assert(text_is(found_text, expected_text), "found '%.*s', expected '%s'", TEXT_ARG(found_text),             \
                  expected_text);                                                                                      \
    } while (0)

#endif
