/* Rows of templates and their texts, with a second text where this worker differs from the Go worker on purpose. */
#ifndef TESTS_UNIT_ACTION_ROWS_H
#define TESTS_UNIT_ACTION_ROWS_H

#include <string.h>

#include "action/template.h"
#include "support.h"

#define SAME NULL

struct row {
    const char *template;
    const char *go;      /* the Go worker's text; NULL when it is not specified */
    const char *decided; /* SAME, or the text of this worker */
};

/* The context of the rows. */
static const char row_data[] =
    "{\"name\":\"john DOE\",\"amount\":1234.5,\"big\":1234567,\"huge\":12345678901,\"snum\":\"42.567\",\"neg\":-3.7,"
    "\"n5\":2.5,\"active\":true,\"nul\":null,\"empty\":\"\",\"tags\":[\"urgent\",\"vip\"],\"nums\":[1,2.5,3],"
    "\"emptyarr\":[],\"obj\":{\"a\":1,\"b\":{\"c\":\"deep\"}},\"d\":\"2024-01-15T14:30:05Z\",\"d2\":\"2024-01-15\","
    "\"long\":\"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\","
    "\"ts\":\"2026-02-10 21:18:31.5 +0000 UTC\",\"html\":\"<b>&\",\"sales.orders\":{\"id\":\"X1\"},\"qty\":10,"
    "\"price\":9.99,\"Step "
    "One.status\":\"ok\",\"a-b\":\"dash\",\"dotted.key\":4,\"rows\":[{\"name\":\"Bolt\",\"to\":[[7],[8,9]]},{\"name\":"
    "null}],"
    "\"large\":9007199254740993,\"tiny\":0.0000001}";

static inline struct text expand(struct arena *arena, const char *template, const struct json_value *context,
                                 struct template_notes *notes)
{
    struct text out;
    struct error error = ERROR_IN(arena);
    enum status status = template_expand(arena, text_from(template), context, NULL, &out, notes, &error);
    cr_assert_eq(status, STATUS_OK, "%s: %.*s", template, TEXT_ARG(error.message));
    return out;
}

static inline void check_rows_with(const char *context_text, const struct row *rows, size_t count)
{
    struct arena *arena = test_arena();
    const struct json_value context = test_json(arena, context_text);
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        const char *expected = row->decided != SAME ? row->decided : row->go;
        cr_assert(row->decided == SAME || row->go == NULL || strcmp(row->decided, row->go) != 0,
                  "%s: the same as the Go worker", row->template);
        struct template_notes notes = {0};
        struct text found = expand(arena, row->template, &context, &notes);
        cr_expect(text_is(found, expected), "%s: found '%.*s', expected '%s'", row->template, TEXT_ARG(found),
                  expected);
    }
    arena_free(arena);
}

#define CHECK_ROWS(rows_) check_rows_with(row_data, (rows_), sizeof(rows_) / sizeof((rows_)[0]))

#endif
