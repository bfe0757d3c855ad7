/* Growth and limits of buffers. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"

static struct arena *arena;

static void set_up(void)
{
    arena = arena_new(MIB(1), 0);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(buffer, .init = set_up, .fini = tear_down);

Test(buffer, holds_what_was_added)
{
    struct buffer buffer = buffer_in(arena, 100);
    buffer_add(&buffer, TEXT("one"));
    buffer_add_byte(&buffer, ' ');
    buffer_add(&buffer, TEXT_NONE);
    buffer_print(&buffer, "%s %d", "two", 3);
    struct text text = buffer_text(&buffer);
    cr_expect(text_is(text, "one two 3"));
    cr_expect_eq(text.data[text.size], '\0');
    buffer_add(&buffer, TEXT("!"));
    cr_expect(text_is(buffer_text(&buffer), "one two 3!"), "reading does not end it");
}

Test(buffer, empty_is_an_empty_text)
{
    struct buffer buffer = buffer_in(arena, 0);
    struct text text = buffer_text(&buffer);
    cr_assert_not_null(text.data);
    cr_expect(text.size == 0 && text.data[0] == '\0');
    buffer_print(&buffer, "%s", "");
    cr_expect_not(buffer.failed);
    buffer_add_byte(&buffer, 'x');
    cr_expect(buffer.failed);
}

Test(buffer, limit_is_met_exactly)
{
    for (size_t limit = 1; limit < 300; limit++) {
        struct buffer bytes = buffer_in(arena, limit), printed = buffer_in(arena, limit);
        for (size_t i = 0; i < limit; i++)
            buffer_add_byte(&bytes, 'a');
        buffer_print(&printed, "%*d", (int)limit, 7);
        cr_assert_eq(buffer_text(&bytes).size, limit);
        cr_assert_eq(buffer_text(&printed).size, limit);
        cr_assert_eq(strlen(buffer_text(&printed).data), limit);
        buffer_add(&bytes, TEXT("b"));
        buffer_print(&printed, "%d", 1);
        cr_assert_null(buffer_text(&bytes).data);
        cr_assert_null(buffer_text(&printed).data);
        arena_reset(arena);
    }
}

Test(buffer, a_print_past_the_limit_fails_though_there_is_room)
{
    struct buffer buffer = buffer_in(arena, 10);
    buffer_add(&buffer, TEXT("12345"));
    buffer_print(&buffer, "%s", "678901");
    cr_expect(buffer.failed);
}

Test(buffer, failing_is_sticky)
{
    struct buffer buffer = buffer_in(arena, 4);
    buffer_add(&buffer, TEXT("12345"));
    cr_expect(buffer.failed);
    buffer_add(&buffer, TEXT("1"));
    buffer_print(&buffer, "%d", 1);
    buffer_add_byte(&buffer, '1');
    cr_expect_null(buffer_text(&buffer).data);
}

Test(buffer, cap_of_the_arena_fails_it)
{
    struct arena *small = arena_new(KIB(2), 512);
    struct buffer buffer = buffer_in(small, SIZE_MAX);
    for (size_t i = 0; i < KIB(4); i++)
        buffer_add_byte(&buffer, 'x');
    cr_expect(buffer.failed);
    cr_expect_leq(arena_bytes(small), KIB(2));
    arena_free(small);
}

Test(buffer, grows_over_chunks)
{
    struct buffer buffer = buffer_in(arena, KIB(200));
    for (int i = 0; i < 20000; i++)
        buffer_print(&buffer, "%05d,", i);
    struct text text = buffer_text(&buffer);
    cr_assert_eq(text.size, 120000);
    cr_expect(text_starts(text, TEXT("00000,00001,")));
    cr_expect(text_ends(text, TEXT("19999,")));
}
