#include <criterion/criterion.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/status.h"

Test(status, error_is_filled_from_its_own_arena)
{
    struct arena *arena = arena_new(MIB(1), 0);
    struct error error = ERROR_IN(arena);
    char place[] = "/config/a";
    cr_expect_eq(error_set(&error, STATUS_INVALID, text_from(place), "expected %s, found %d", "text", 7),
                 STATUS_INVALID);
    place[0] = '?';
    cr_expect_eq(error.status, STATUS_INVALID);
    cr_expect(text_is(error.where, "/config/a"), "the place is a copy");
    cr_expect(text_is(error.message, "expected text, found 7"));
    cr_expect_eq(error_prefix(&error, "action '%s'", "x"), STATUS_INVALID);
    cr_expect(text_is(error.message, "action 'x': expected text, found 7"));
    cr_expect(text_is(error.where, "/config/a"));
    arena_free(arena);
}

Test(status, without_an_arena_only_literals_appear)
{
    struct error error = {0};
    cr_expect_eq(error_set(&error, STATUS_NOT_FOUND, TEXT("here"), "no such action"), STATUS_NOT_FOUND);
    cr_expect(text_is(error.message, "no such action"));
    cr_expect_eq(error.where.size, 0);
    cr_expect_eq(error_prefix(&error, "more"), STATUS_NOT_FOUND);
    cr_expect(text_is(error.message, "no such action"));
    cr_expect_eq(error_set(&error, STATUS_UNAVAILABLE, TEXT_NONE, "peer %s", "db"), STATUS_UNAVAILABLE);
    cr_expect(text_is(error.message, "unavailable"), "never a format with a hole in it");
}

Test(status, a_full_arena_does_as_none)
{
    struct arena *arena = arena_new(MIB(1), 0);
    struct error error = ERROR_IN(arena);
    arena_fail_after(arena, 1);
    cr_expect_eq(error_set(&error, STATUS_INTERNAL, TEXT("here"), "lost %d", 1), STATUS_INTERNAL);
    cr_expect(text_is(error.message, "internal"));
    cr_expect_eq(error.where.size, 0);
    arena_fail_after(arena, 2);
    cr_expect_eq(error_prefix(&error, "action %d", 1), STATUS_INTERNAL);
    cr_expect(text_is(error.message, "internal"), "what was known stays");
    arena_free(arena);
}

Test(status, nobody_need_listen)
{
    cr_expect_eq(error_set(NULL, STATUS_CANCELED, TEXT_NONE, "stopped"), STATUS_CANCELED);
    cr_expect_eq(error_budget(NULL), STATUS_BUDGET);
}

Test(status, budget_needs_no_memory)
{
    struct error error = {0};
    cr_expect_eq(error_budget(&error), STATUS_BUDGET);
    cr_expect_eq(error.status, STATUS_BUDGET);
    cr_expect(text_is(error.message, "out of the memory budget of this task"));
}

Test(status, may_be_told_anew_from_its_own_words)
{
    struct arena *arena = arena_new(MIB(1), 0);
    struct error error = ERROR_IN(arena);
    (void)error_set(&error, STATUS_INVALID, TEXT("1:2"), "first");
    (void)error_set(&error, STATUS_INTERNAL, error.where, "second after %.*s", TEXT_ARG(error.message));
    cr_expect(text_is(error.where, "1:2"));
    cr_expect(text_is(error.message, "second after first"));
    arena_free(arena);
}

Test(status, every_status_has_a_name)
{
    static const char *const names[] = {"ok", "invalid", "not found", "unavailable", "budget", "canceled", "internal"};
    for (int status = STATUS_OK; status <= STATUS_INTERNAL; status++)
        cr_expect_str_eq(status_name((enum status)status), names[status]);
}
