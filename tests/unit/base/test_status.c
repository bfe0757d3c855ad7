/* Errors, and redaction of what is not public. */
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

Test(status, without_an_error)
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

Test(status, an_error_may_be_set_anew_from_its_own_texts)
{
    struct arena *arena = arena_new(MIB(1), 0);
    struct error error = ERROR_IN(arena);
    (void)error_set(&error, STATUS_INVALID, TEXT("1:2"), "first");
    (void)error_set(&error, STATUS_INTERNAL, error.where, "second after %.*s", TEXT_ARG(error.message));
    cr_expect(text_is(error.where, "1:2"));
    cr_expect(text_is(error.message, "second after first"));
    arena_free(arena);
}

static void expect(struct arena *arena, struct failure failure, const char *text, const char *redacted)
{
    struct text shown = failure_redact(arena, &failure, KIB(1));
    cr_expect(text_is(failure.text, text), "'%.*s'", TEXT_ARG(failure.text));
    cr_expect(text_is(shown, redacted), "'%.*s', not '%s'", TEXT_ARG(shown), redacted);
}

#define GONE "\xE2\x80\xA6"

Test(status, what_of_a_failure_is_public)
{
    struct arena *arena = arena_new(MIB(1), 0);
    expect(arena, failure_print(arena, "no data"), "no data", "no data");
    expect(arena, failure_print(arena, "%s", ""), "", "");
    expect(arena, failure_print(arena, "%d", 7), "7", GONE " (1 bytes)");
    expect(arena, failure_print(arena, "found \"%s\"", "it"), "found \"it\"", "found \"" GONE " (2 bytes)\"");
    expect(arena, failure_print(arena, "a %s b %s c", "1", "2"), "a 1 b 2 c", "a " GONE " (5 bytes) c");
    expect(arena, failure_print(arena, PUBLIC("%.*s: at most %d") ", found %lld!", 3, "abcd", 9, 10LL),
           "abc: at most 9, found 10!", "abc: at most 9, found " GONE " (2 bytes)!");
    expect(arena, failure_print(arena, PUBLIC("%d of %d"), 1, 2), "1 of 2", "1 of 2");
    expect(arena, failure_print(arena, "%s in " PUBLIC("%s") " here", "x", "table"), "x in table here",
           GONE " (10 bytes) here");
    expect(arena, failure_print(arena, "100 %% of %-4d%% now %%", 5), "100 % of 5   % now %",
           "100 % of " GONE " (4 bytes)% now %");
    expect(arena, failure_print(arena, "%s", "\1x\2"), "\1x\2", GONE " (3 bytes)");
    expect(arena, failure_print(arena, "%s", "%s"), "%s", GONE " (2 bytes)");
    expect(arena, (struct failure){.text = TEXT("from a server")}, "from a server", GONE " (13 bytes)");
    expect(arena, FAILURE_TEXT("ours"), "ours", "ours");
    arena_fail_after(arena, 1);
    cr_expect_null(failure_print(arena, "%d", 1).text.data);
    arena_free(arena);
}

Test(status, failures_are_joined)
{
    struct arena *arena = arena_new(MIB(1), 0);
    struct failure data = failure_print(arena, "a %s b", "X"), ours = FAILURE_TEXT("ours");
    expect(arena, failure_join(arena, data, ours), "a X bours", "a " GONE " (1 bytes) bours");
    expect(arena, failure_join(arena, ours, data), "oursa X b", "oursa " GONE " (1 bytes) b");
    expect(arena, failure_join(arena, data, data), "a X ba X b", "a " GONE " (6 bytes) b");
    expect(arena, failure_join(arena, ours, ours), "oursours", "oursours");
    arena_fail_after(arena, 1);
    cr_expect_null(failure_join(arena, ours, ours).text.data);
    arena_free(arena);
}

Test(status, errors_keep_apart_what_is_public)
{
    struct arena *arena = arena_new(MIB(1), 0);
    struct error error = ERROR_IN(arena), copy = ERROR_IN(arena);
    (void)error_set(&error, STATUS_INVALID, TEXT("/a"), PUBLIC("%s") ": found %d", "number", 7);
    cr_expect_eq(error_copy(&copy, &error), STATUS_INVALID);
    (void)error_prefix(&copy, PUBLIC("action %d"), 3);
    expect(arena, error_failure(&copy), "action 3: number: found 7", "action 3: number: found " GONE " (1 bytes)");
    cr_expect(text_is(copy.where, "/a"));
    (void)error_prefix(&copy, "rule %s", "R");
    expect(arena, error_failure(&copy), "rule R: action 3: number: found 7", "rule " GONE " (28 bytes)");
    (void)error_set_failure(&error, STATUS_UNAVAILABLE, TEXT_NONE, FAILURE_TEXT("gone"));
    expect(arena, error_failure(&error), "gone", "gone");
    (void)error_budget(&error);
    expect(arena, error_failure(&error), "out of the memory budget of this task",
           "out of the memory budget of this task");
    cr_expect_eq(error_copy(NULL, &error), STATUS_BUDGET);
    struct error bare = {0};
    cr_expect_eq(error_set(&bare, STATUS_INVALID, TEXT_NONE, PUBLIC("no conversion")), STATUS_INVALID);
    expect(arena, error_failure(&bare), "invalid", "invalid");
    cr_expect_eq(error_copy(&bare, &error), STATUS_BUDGET);
    expect(arena, error_failure(&bare), "budget", "budget");
    arena_free(arena);
}

Test(status, every_status_has_a_name)
{
    static const char *const names[] = {"ok", "invalid", "not found", "unavailable", "budget", "canceled", "internal"};
    for (int status = STATUS_OK; status <= STATUS_INTERNAL; status++)
        cr_expect_str_eq(status_name((enum status)status), names[status]);
}
