/* Payload keys as settings give them: all of them, or all that is wrong with them. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/buffer.h"
#include "temporal/keys.h"

#define SECRET "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define OTHER  "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA="
#define WRONG  ": expected an id, a colon, and 32 bytes as base64 (44 characters)"

static struct payload_keys keys;

static struct text fault_of(struct arena *arena, struct text text)
{
    struct error error = ERROR_IN(arena);
    enum status status = payload_keys_read(text, &keys, &error);
    cr_assert_eq(status, error.status);
    cr_assert_eq(status, error.message.size > 0 ? STATUS_INVALID : STATUS_OK);
    return error.message;
}

#define ASSERT_FAULT(text_, fault_)                                                                                    \
    do {                                                                                                               \
        struct arena *arena = arena_new(MIB(1), 0);                                                                    \
        struct text found = fault_of(arena, text_from(text_));                                                         \
        cr_assert(text_is(found, fault_), "%.*s", TEXT_ARG(found));                                                    \
        arena_free(arena);                                                                                             \
    } while (0)

Test(keys, none)
{
    ASSERT_FAULT("", "");
    ASSERT_FAULT(" ,\n,", "");
    cr_assert_eq(keys.count, 0);
}

Test(keys, all_of_a_list)
{
    struct arena *arena = arena_new(MIB(1), 0);
    cr_assert_eq(fault_of(arena, TEXT("new:" SECRET ", old : " OTHER "\r\nolder:" SECRET "\n")).size, 0);
    cr_assert_eq(keys.count, 3);
    cr_expect(text_is(keys.items[0].id, "new"));
    cr_expect_eq(keys.items[0].secret[31], 31);
    const struct payload_key *old = payload_keys_find(&keys, TEXT("old"));
    cr_assert_eq(old, &keys.items[1]);
    cr_expect_eq(old->secret[0], 31);
    cr_expect_null(payload_keys_find(&keys, TEXT("ol")));
    arena_free(arena);
}

Test(keys, every_fault_at_once_and_no_secret)
{
    ASSERT_FAULT("one", "key 1" WRONG);
    ASSERT_FAULT(":" SECRET, "key 1" WRONG);
    ASSERT_FAULT("one:" SECRET "=", "key 1" WRONG);
    ASSERT_FAULT("one:hidden,two:" SECRET ",,three:hidden,two:" OTHER,
                 "key 1" WRONG "; key 3" WRONG "; key 4: id two is used twice");
}

Test(keys, as_many_as_there_may_be)
{
    struct arena *arena = arena_new(MIB(1), 0);
    struct buffer text = buffer_in(arena, KIB(64));
    for (int i = 0; i < LIMIT_PAYLOAD_KEYS; i++)
        buffer_print(&text, "key-%d:" SECRET "\n", i);
    cr_assert_eq(fault_of(arena, buffer_text(&text)).size, 0);
    cr_assert_eq(keys.count, LIMIT_PAYLOAD_KEYS);
    buffer_print(&text, "one:" SECRET "\ntwo:" SECRET);
    struct text expected = arena_print(arena, "more than %d keys", LIMIT_PAYLOAD_KEYS);
    cr_assert(text_equal(fault_of(arena, buffer_text(&text)), expected));
    arena_free(arena);
}
