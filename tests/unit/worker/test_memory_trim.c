/* When freed memory is given back. */
#include <criterion/criterion.h>

#include "base/arena.h"
#include "base/limits.h"
#include "worker/memory_trim.h"

#define S INT64_C(1000000)

Test(memory_trim, is_due_once_when_much_has_been_free_for_seconds)
{
    struct memory_trim trim = {0};
    cr_expect(!memory_trim_is_due(&trim, MIB(100), 10 * S));
    cr_expect(!memory_trim_is_due(&trim, MIB(20), 11 * S));
    cr_expect(!memory_trim_is_due(&trim, MIB(20), 13 * S - 1));
    cr_expect(memory_trim_is_due(&trim, MIB(20), 13 * S));
    cr_expect(!memory_trim_is_due(&trim, MIB(20), 20 * S), "that is the new measure");
}

Test(memory_trim, is_not_due_under_load_or_for_little)
{
    struct memory_trim trim = {0};
    cr_expect(!memory_trim_is_due(&trim, MIB(100), 10 * S));
    cr_expect(!memory_trim_is_due(&trim, MIB(20), 11 * S));
    cr_expect(!memory_trim_is_due(&trim, MIB(95), 12 * S));
    cr_expect(!memory_trim_is_due(&trim, MIB(20), 14 * S));
    cr_expect(!memory_trim_is_due(&trim, MIB(93), 60 * S));
    cr_expect(!memory_trim_is_due(&trim, MIB(93), 90 * S));
}

Test(memory_trim, arenas_are_counted)
{
    size_t before = arena_total_bytes();
    struct arena *arena = arena_new(MIB(64), 0);
    cr_assert_not_null(arena_alloc(arena, MIB(10), 1));
    cr_expect_geq(arena_total_bytes(), before + MIB(10));
    arena_reset(arena);
    cr_expect_lt(arena_total_bytes(), before + MIB(1));
    arena_free(arena);
    cr_expect_eq(arena_total_bytes(), before);
}
