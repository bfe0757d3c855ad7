/* Growth, limits and alignment of arenas; overruns under ASan. */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#endif
#ifdef UNDER_ASAN
#include <sanitizer/asan_interface.h>
#endif

static bool is_zero(const char *block, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (block[i] != 0)
            return false;
    return true;
}

Test(arena, gives_aligned_zeroed_memory)
{
    struct arena *arena = arena_new(MIB(1), 0);
    for (size_t align = 1; align <= 4096; align *= 2) {
        char *block = arena_alloc(arena, 100, align);
        cr_assert_not_null(block);
        cr_expect_eq((uintptr_t)block % align, 0, "align %zu", align);
        cr_expect(is_zero(block, 100));
        memset(block, 0xAA, 100);
    }
    arena_reset(arena);
    char *again = arena_alloc(arena, 2000, 1);
    cr_assert_not_null(again);
    cr_expect(is_zero(again, 2000), "memory that was used before the reset is zero again");
    arena_free(arena);
}

Test(arena, blocks_do_not_overlap)
{
    struct arena *arena = arena_new(MIB(8), 256);
    unsigned char *blocks[300];
    for (size_t i = 0; i < 300; i++) {
        blocks[i] = arena_alloc(arena, i * 7, 1);
        cr_assert_not_null(blocks[i]);
        memset(blocks[i], (int)(i & 0xFF), i * 7);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t j = 0; j < i * 7; j++)
            cr_assert_eq(blocks[i][j], i & 0xFF);
    arena_free(arena);
}

Test(arena, size_zero_is_not_null)
{
    struct arena *arena = arena_new(KIB(4), 0);
    cr_expect_not_null(arena_alloc(arena, 0, 1));
    cr_expect_not_null(arena_alloc_array(arena, 0, 8, 8));
    cr_expect_not_null(arena_alloc_array(arena, 8, 0, 8));
    arena_free(arena);
    arena_free(NULL);
}

Test(arena, array_checks_overflow)
{
    struct arena *arena = arena_new(KIB(4), 0);
    cr_expect_null(arena_alloc_array(arena, SIZE_MAX / 2, 3, 8));
    cr_expect_null(arena_alloc_array(arena, SIZE_MAX, 1, 8));
    cr_expect_null(arena_alloc(arena, SIZE_MAX, 1));
    cr_expect_null(arena_alloc(arena, SIZE_MAX - 16, 4096));
    cr_expect_not_null(arena_alloc(arena, 8, 8), "a refused request does no harm");
    arena_free(arena);
}

Test(arena, small_first_chunk_is_all_there_is)
{
    struct arena *arena = arena_new(MIB(1), 512);
    cr_expect_eq(arena_bytes(arena), 512);
    cr_expect_not_null(arena_alloc(arena, 300, 8));
    cr_expect_eq(arena_bytes(arena), 512);
    cr_expect_not_null(arena_alloc(arena, 300, 8));
    cr_expect_gt(arena_bytes(arena), 512);
    arena_reset(arena);
    cr_expect_eq(arena_bytes(arena), 512);
    arena_free(arena);
}

Test(arena, chunks_grow_geometrically_to_one_mebibyte)
{
    struct arena *arena = arena_new(MIB(64), 256);
    size_t before = arena_bytes(arena), chunks = 0, largest = 0;
    for (size_t i = 0; i < MIB(16) / 64; i++) {
        cr_assert_not_null(arena_alloc(arena, 64, 8));
        size_t now = arena_bytes(arena);
        if (now != before) {
            chunks++;
            largest = now - before > largest ? now - before : largest;
            before = now;
        }
    }
    cr_expect_eq(largest, MIB(1));
    cr_expect_lt(chunks, 50);
    arena_free(arena);
}

Test(arena, never_takes_more_than_the_cap)
{
    struct arena *arena = arena_new(KIB(64), 256);
    size_t given = 0;
    while (arena_alloc(arena, 100, 1) != NULL) {
        given += 100;
        cr_assert_leq(arena_bytes(arena), KIB(64));
        cr_assert_eq(arena_left(arena), KIB(64) - arena_bytes(arena));
    }
    cr_expect_gt(given, KIB(64) * 8 / 10, "only %zu bytes were of use", given);
    cr_expect_null(arena_alloc(arena, 100, 1), "full stays full");
    arena_reset(arena);
    cr_expect_not_null(arena_alloc(arena, 100, 1), "a reset gives the room back");
    arena_free(arena);
}

Test(arena, one_block_fits_the_cap_or_not)
{
    struct arena *arena = arena_new(KIB(64), 256);
    cr_expect_null(arena_alloc(arena, KIB(64), 1), "its own chunk would pass the cap");
    cr_expect_not_null(arena_alloc(arena, KIB(63), 1));
    cr_expect_leq(arena_bytes(arena), KIB(64));
    arena_free(arena);
}

Test(arena, a_cap_below_the_arena_itself_gives_nothing)
{
    struct arena *arena = arena_new(0, 0);
    cr_assert_not_null(arena);
    cr_expect_null(arena_alloc(arena, 1, 1));
    cr_expect_eq(arena_left(arena), 0);
    arena_free(arena);
}

Test(arena, a_large_block_leaves_the_open_chunk_in_use)
{
    struct arena *arena = arena_new(MIB(64), KIB(8));
    cr_assert_not_null(arena_alloc(arena, 64, 8));
    char *large = arena_alloc(arena, MIB(3), 64);
    cr_assert_not_null(large);
    cr_expect_eq((uintptr_t)large % 64, 0);
    memset(large, 1, MIB(3));
    size_t bytes = arena_bytes(arena);
    cr_assert_not_null(arena_alloc(arena, KIB(4), 8));
    cr_expect_eq(arena_bytes(arena), bytes, "the first chunk still had room");
    arena_reset(arena);
    cr_expect_eq(arena_bytes(arena), KIB(8));
    arena_free(arena);
}

Test(arena, grows_the_newest_block_in_place)
{
    struct arena *arena = arena_new(MIB(1), KIB(4));
    char *block = arena_alloc(arena, 100, 1);
    memset(block, 'x', 100);
    cr_expect_eq(arena_grow(arena, block, 100, 50), block, "shorter is no change");
    cr_expect_eq(arena_grow(arena, block, 100, 1000), block);
    cr_expect(is_zero(block + 100, 900));
    char *other = arena_alloc(arena, 10, 1);
    memset(other, 'y', 10);
    char *moved = arena_grow(arena, block, 1000, 1500);
    cr_assert_not_null(moved);
    cr_expect_neq(moved, block);
    cr_expect(moved[0] == 'x' && moved[99] == 'x' && is_zero(moved + 100, 1400));
    cr_expect_eq(other[9], 'y');
    cr_expect_not_null(arena_grow(arena, NULL, 0, 16), "from nothing");
    arena_free(arena);
}

Test(arena, a_block_that_cannot_grow_stays)
{
    struct arena *arena = arena_new(KIB(4), KIB(1));
    char *block = arena_alloc(arena, 500, 1);
    memset(block, 'x', 500);
    cr_expect_null(arena_grow(arena, block, 500, KIB(8)));
    cr_expect_null(arena_grow(arena, block, 500, SIZE_MAX));
    for (size_t i = 0; i < 500; i++)
        cr_assert_eq(block[i], 'x');
    cr_expect_eq(arena_grow(arena, block, 500, 600), block);
    arena_free(arena);
}

Test(arena, fails_from_the_nth_allocation_on)
{
    struct arena *arena = arena_new(MIB(1), 0);
    arena_fail_after(arena, 3);
    char *first = arena_alloc(arena, 8, 8);
    cr_expect_not_null(first);
    cr_expect_not_null(arena_grow(arena, first, 8, 16), "growing counts");
    cr_expect_null(arena_alloc(arena, 8, 8));
    cr_expect_null(arena_grow(arena, first, 16, 24));
    cr_expect_null(arena_copy(arena, TEXT("x")).data);
    cr_expect_null(arena_print(arena, "%d", 1).data);
    arena_fail_after(arena, 0);
    cr_expect_not_null(arena_alloc(arena, 8, 8));
    arena_free(arena);
}

Test(arena, copies_and_prints_with_a_nul_behind)
{
    struct arena *arena = arena_new(MIB(1), 0);
    struct text copy = arena_copy(arena, (struct text){.data = "a\0b!", .size = 3});
    cr_expect_eq(copy.size, 3);
    cr_expect_eq(memcmp(copy.data, "a\0b", 4), 0);
    struct text empty = arena_copy(arena, TEXT_NONE);
    cr_expect(empty.data != NULL && empty.size == 0 && empty.data[0] == '\0');
    struct text printed = arena_print(arena, "%s=%d", "seats", 12);
    cr_expect(text_is(printed, "seats=12") && printed.data[printed.size] == '\0');
    struct text nothing = arena_print(arena, "%s", "");
    cr_expect(nothing.data != NULL && nothing.size == 0);
    struct text wide = arena_print(arena, "%5000d", 7);
    cr_expect(wide.size == 5000 && wide.data[4999] == '7');
    arena_free(arena);
}

Test(arena, text_past_the_cap_has_no_data)
{
    struct arena *arena = arena_new(512, 512);
    cr_expect_null(arena_print(arena, "%1000d", 7).data);
    char many[1000] = {0};
    cr_expect_null(arena_copy(arena, (struct text){.data = many, .size = sizeof(many)}).data);
    cr_expect_not_null(arena_copy(arena, TEXT("small")).data);
    arena_free(arena);
}

Test(arena, thousands_may_be_parked)
{
    enum { COUNT = 5000 };
    static struct arena *parked[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        parked[i] = arena_new(MIB(256), 384);
        cr_assert_not_null(parked[i]);
        size_t *mine = ARENA_NEW(parked[i], size_t);
        cr_assert_not_null(mine);
        *mine = i;
        cr_assert_eq(arena_bytes(parked[i]), 384);
    }
    for (size_t i = 0; i < COUNT; i++)
        arena_free(parked[i]);
}

#ifdef UNDER_ASAN
Test(arena, unused_bytes_are_poisoned)
{
    struct arena *arena = arena_new(MIB(1), KIB(4));
    char *first = arena_alloc(arena, 13, 1);
    char *second = arena_alloc(arena, 8, 8);
    cr_expect_null(__asan_region_is_poisoned(first, 13));
    cr_expect(__asan_address_is_poisoned(first + 13), "behind a block");
    cr_expect(__asan_address_is_poisoned(second - 1), "before a block");
    cr_expect(__asan_address_is_poisoned(second + 8));
    arena_reset(arena);
    cr_expect(__asan_address_is_poisoned(first), "after a reset");
    arena_free(arena);
}
#endif

Test(arena, must)
{
    struct arena *arena = arena_must_new(1000, 0);
    uint64_t *number = ARENA_MUST_NEW(arena, uint64_t);
    cr_assert_not_null(number);
    cr_expect_eq(*number, 0);
    arena_free(arena);
}

Test(arena, must_aborts_when_full, .signal = SIGABRT)
{
    struct arena *arena = arena_must_new(1000, 0);
    arena_fail_after(arena, 1);
    (void)ARENA_MUST_NEW(arena, uint64_t);
}

Test(arena, all_arenas_share_a_limit)
{
    arena_limit_total(arena_total_bytes() + MIB(8));
    struct arena *large = arena_new(MIB(64), 0), *small = arena_new(MIB(64), 0);
    cr_assert_not_null(arena_alloc(large, MIB(2), 1));
    cr_expect_null(arena_alloc(large, MIB(6), 1));
    cr_expect_null(arena_alloc(small, MIB(7), 1));
    while (arena_alloc(large, KIB(512), 1) != NULL)
        continue;
    cr_expect_not_null(arena_alloc(small, KIB(256), 1), "the large one leaves some to the small ones");
    (void)arena_must_alloc(large, MIB(16), 1);
    cr_expect_null(arena_alloc(small, KIB(64), 1));
    arena_free(large);
    cr_expect_not_null(arena_alloc(small, MIB(2), 1));
    arena_free(small);
    arena_limit_total(0);
}

Test(arena, a_list_doubles_and_keeps_its_items)
{
    struct arena *arena = arena_new(4096, 0);
    size_t capacity = 0;
    uint32_t *items = NULL;
    for (uint32_t i = 0; i < 100; i++) {
        items = arena_reserve(arena, items, i, &capacity, sizeof *items);
        cr_assert_not_null(items);
        cr_assert_gt(capacity, i);
        items[i] = i;
    }
    cr_expect_eq(capacity, 128);
    for (uint32_t i = 0; i < 100; i++)
        cr_expect_eq(items[i], i);
    while (capacity < 1024 && arena_reserve(arena, items, capacity, &capacity, sizeof *items) != NULL)
        ;
    size_t full = capacity;
    cr_expect_null(arena_reserve(arena, items, capacity, &capacity, sizeof *items));
    cr_expect_eq(capacity, full, "a list that cannot grow stays as it was");
    capacity = SIZE_MAX / 2;
    cr_expect_null(arena_reserve(arena, items, capacity, &capacity, sizeof *items));
    arena_free(arena);
}
