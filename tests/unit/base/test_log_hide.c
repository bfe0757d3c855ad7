#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log_hide.h"

#define GONE "\"\xE2\x80\xA6\" "

static void expect(struct arena *arena, const char *text, const char *shown)
{
    struct text found = log_hide(arena, text_from(text));
    cr_expect(text_is(found, shown), "%s: %.*s", text, TEXT_ARG(found));
}

Test(log_hide, what_errors_quote)
{
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"", ""},
        {"quantity must be greater than 0", "quantity must be greater than 0"},
        {"update_field: ERROR: invalid input syntax for type uuid: \"SECRET\" (SQLSTATE 22P02)",
         "update_field: ERROR: invalid input syntax for type uuid: " GONE "(6 bytes) (SQLSTATE 22P02)"},
        /* PostgreSQL does not mark the quotes within a value */
        {"invalid input syntax for type json: \"SEC\" or \"RET\"",
         "invalid input syntax for type json: " GONE "(12 bytes)"},
        {"invalid input: \"SECRET", "invalid input: " GONE "(6 bytes)"},
        {"\"", GONE "(0 bytes)"},
        {"\"\"", GONE "(0 bytes)"},
        {"execution id: expected a UUID, found 'SECRET'", "execution id: expected a UUID, found " GONE "(6 bytes)"},
        {"found 'it's SECRET'; the server's word", "found " GONE "(11 bytes); the server's word"},
        {"expected ':', found 'SECRET", "expected " GONE "(1 bytes), found " GONE "(6 bytes)"},
        {"'SECRET", GONE "(6 bytes)"},
        {"the mail server's certificate is not trusted", "the mail server's certificate is not trusted"},
        {"550 5.1.1 <secret@example.com>: no such user", "550 5.1.1 " GONE "(18 bytes): no such user"},
        {"550 secret@example.com unknown", "550 " GONE "(18 bytes) unknown"},
        {"user=secret@example.com", GONE "(23 bytes)"},
        {"secret@\"with SECRET", GONE "(7 bytes)" GONE "(11 bytes)"},
        {"1 < 2, SECRET is not", "1 < 2, SECRET is not"},
        {"invalid placeholder {{a SECRET}}: invalid variable name: a SECRET", "invalid placeholder " GONE "(45 bytes)"},
        {"missing variable: customer", "missing variable: customer"},
        {"referenced record not found: SECRET in core.roles.name", "referenced record not found: " GONE "(25 bytes)"},
        {"not found: ", "not found: "},
        {"invalid target_entity: SECRET; SECRET", "invalid target_entity: " GONE "(14 bytes)"},
        {"condition 1: invalid foreign_key_config.id_field: SECRET",
         "condition 1: invalid foreign_key_config.id_field: " GONE "(6 bytes)"},
        {"invalid severity level: SECRET", "invalid severity level: " GONE "(6 bytes)"},
        {"condition 0: invalid operator SECRET", "condition 0: invalid operator " GONE "(6 bytes)"},
        {"invalid priority level", "invalid priority level"},
        {"action a (1): invalid input: action_id is required", "action a (1): invalid input: action_id is required"},
        {"invalid condition config: conditions: expected array, found string",
         "invalid condition config: conditions: expected array, found string"},
        {"invalid product_id in line item: invalid UUID length: 9",
         "invalid product_id in line item: invalid UUID length: 9"},
        {"validate workflow input: rule_id is required", "validate workflow input: rule_id is required"},
        {"must be at most 10, found 1234.5; /name is required",
         "must be at most 10, found " GONE "(6 bytes); /name is required"},
        {"must be at most 10, found -12", "must be at most 10, found " GONE "(3 bytes)"},
        {"expected string, found number", "expected string, found number"},
    };
    struct arena *arena = arena_new(MIB(1), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(arena, rows[i].text, rows[i].shown);
    arena_free(arena);
}

/* However they are put together. */
Test(log_hide, no_end_of_a_quoted_value_comes_through)
{
    static const char *const parts[] = {"\"",      "'",      "<", ">", "{", "}",           "@",
                                        "found: ", "found ", " ", "a", "7", "\xE2\x82\xAC"};
    enum { PARTS = sizeof parts / sizeof parts[0] };
    struct arena *arena = arena_new(MIB(1), 0);
    for (size_t i = 0; i < (size_t)PARTS * PARTS * PARTS; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "said \"SECRET%s%s%sSECRET\" again", parts[i % PARTS],
                       parts[i / PARTS % PARTS], parts[i / PARTS / PARTS]);
        struct text shown = log_hide(arena, text_from(text));
        cr_expect(text_find(shown, TEXT("SECRET")) == SIZE_MAX, "%s: %.*s", text, TEXT_ARG(shown));
        cr_expect(text_starts(shown, TEXT("said ")) && text_ends(shown, TEXT(" again")));
        arena_reset(arena);
    }
    arena_free(arena);
}

/* Texts of a size that takes no longer than it should, whatever they hold. */
Test(log_hide, long_texts)
{
    static const char *const units[] = {"<", ">", "<>", "'", "' ", "\"", "@ ", "a@", "found 1 ", "{", "'a", "x"};
    struct arena *arena = arena_new(MIB(4), 0);
    struct text longest = {.data = malloc(MIB(1)), .size = MIB(1)};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t size = strlen(units[i]);
        for (size_t at = 0; at < longest.size; at++)
            ((char *)longest.data)[at] = units[i][at % size];
        struct text shown = log_hide(arena, longest);
        cr_expect_not_null(shown.data, "%s", units[i]);
        cr_expect_leq(shown.size, LIMIT_LOG_LINE + 64);
        arena_reset(arena);
    }
    free((char *)longest.data);
    arena_free(arena);
}

Test(log_hide, no_memory)
{
    struct arena *arena = arena_new(16, 16);
    cr_expect_null(log_hide(arena, TEXT("a text that is longer than the arena has room for, many times over")).data);
    arena_free(arena);
}
