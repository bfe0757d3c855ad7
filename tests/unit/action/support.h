/* What the tests of this room share. */
#ifndef TESTS_UNIT_ACTION_SUPPORT_H
#define TESTS_UNIT_ACTION_SUPPORT_H

#include <string.h>

#include "../base/support.h"
#include "base/json.h"

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

#endif
