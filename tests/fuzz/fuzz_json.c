/* What json_read accepts is written and read again to the same value and the same text; a fault has a position. The
   reader of files, which uses cJSON, agrees. */
#include <stdlib.h>

#include "base/json.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition)
        abort();
}

static void check_round_trip(struct arena *arena, const struct json_value *value)
{
    struct text text = json_to_text(arena, value);
    struct json_value again, copy;
    check(text.data != NULL && text_is_utf8(text));
    check(json_read(arena, text, &again, NULL) == STATUS_OK);
    check(json_equal(value, &again));
    check(text_equal(text, json_to_text(arena, &again)));
    check(json_copy(arena, value, &copy) == STATUS_OK && json_equal(value, &copy));

    struct buffer sorted = buffer_in(arena, MIB(64));
    json_write_sorted(&sorted, value);
    check(json_read(arena, buffer_text(&sorted), &again, NULL) == STATUS_OK && json_equal(value, &again));
}

static void check_file(struct arena *arena, struct text document, const struct json_value *value, enum status status,
                       const struct error *error)
{
    struct error other_error = ERROR_IN(arena);
    struct json_value other;
    check(json_read_file(arena, document, &other, &other_error) == status);
    check(text_equal(other_error.where, error->where) && text_equal(other_error.message, error->message));
    check(status != STATUS_OK || json_equal(value, &other));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(256), 0);
    struct error error = ERROR_IN(arena);
    struct json_value value;
    struct text document = {.data = (const char *)data, .size = size};
    enum status status = json_read(arena, document, &value, &error);
    check_file(arena, document, &value, status, &error);
    switch (status) {
    case STATUS_OK: check_round_trip(arena, &value); break;
    case STATUS_INVALID: check(error.where.size > 0 && error.message.size > 0 && text_is_utf8(error.message)); break;
    default: abort();
    }
    arena_free(arena);
    return 0;
}
