/* What the tests of this room share. */
#ifndef TESTS_UNIT_ACTION_SUPPORT_H
#define TESTS_UNIT_ACTION_SUPPORT_H

#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"

static inline struct arena *test_arena(void)
{
    struct arena *arena = arena_new(MIB(64), 0);
    cr_assert_not_null(arena);
    return arena;
}

static inline struct json_value test_json(struct arena *arena, const char *document)
{
    struct json_value value;
    struct error error = ERROR_IN(arena);
    enum status status = json_read(arena, text_from(document), &value, &error);
    cr_assert_eq(status, STATUS_OK, "%s: %.*s", document, TEXT_ARG(error.message));
    return value;
}

/* Of `size` bytes, ending in `end`. */
static inline struct json_value test_long_text(struct arena *arena, size_t size, const char *end)
{
    char *data = arena_alloc(arena, size + 1, 1);
    memset(data, 'x', size);
    memcpy(data + size - strlen(end), end, strlen(end));
    return json_string((struct text){.data = data, .size = size});
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
