/* UUIDs read, written and derived from names. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/uuid.h"

static const char *formatted(struct uuid uuid)
{
    static char text[UUID_TEXT_SIZE + 1];
    uuid_format(uuid, text);
    return text;
}

Test(uuid, reads_every_form)
{
    static const char *const forms[] = {
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",          "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
        "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "URN:UUID:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}",        "6ba7b8109dad11d180b400c04fd430c8",
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct uuid uuid = {0};
        cr_expect(uuid_parse(text_from(forms[i]), &uuid), "%s", forms[i]);
        cr_expect_str_eq(formatted(uuid), "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    }
}

Test(uuid, refuses_the_rest)
{
    static const char *const bad[] = {
        "",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c88",
        "6ba7b810-9dad-11d1-80b4-00c04fd430cg",
        "6ba7b810_9dad-11d1-80b4-00c04fd430c8",
        "6ba7b8109-dad-11d1-80b4-00c04fd430c8",
        "{6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "(6ba7b810-9dad-11d1-80b4-00c04fd430c8)",
        "{6ba7b8109dad11d180b400c04fd430c8}",
        "urn:uuix:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "6ba7b8109dad11d180b400c04fd430c-",
        " 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8 ",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct uuid uuid = {.bytes = {7}};
        cr_expect_not(uuid_parse(text_from(bad[i]), &uuid), "'%s'", bad[i]);
        cr_expect_eq(uuid.bytes[0], 7, "'%s' left a trace", bad[i]);
    }
}

Test(uuid, nil_and_equal)
{
    struct uuid nil = {0}, other = {.bytes = {[15] = 1}};
    cr_expect(uuid_is_nil(nil));
    cr_expect_not(uuid_is_nil(other));
    cr_expect(uuid_equal(other, other));
    cr_expect_not(uuid_equal(nil, other));
    cr_expect_str_eq(formatted(nil), "00000000-0000-0000-0000-000000000000");
}

Test(uuid, from_name_is_version_5)
{
    struct uuid dns;
    cr_assert(uuid_parse(TEXT("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), &dns));
    /* RFC 9562, appendix A.4 */
    cr_expect_str_eq(formatted(uuid_from_name(dns, TEXT("www.example.com"))), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    cr_expect_str_eq(formatted(uuid_from_name(dns, TEXT("python.org"))), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
    cr_expect(uuid_equal(uuid_from_name(dns, TEXT_NONE), uuid_from_name(dns, TEXT(""))));
    cr_expect_not(uuid_equal(uuid_from_name(dns, TEXT("a")), uuid_from_name((struct uuid){0}, TEXT("a"))));
}

Test(uuid, random_is_version_4)
{
    struct uuid seen[64];
    for (size_t i = 0; i < 64; i++) {
        seen[i] = uuid_random();
        cr_expect_eq(seen[i].bytes[6] >> 4, 4);
        cr_expect_eq(seen[i].bytes[8] >> 6, 2);
        for (size_t j = 0; j < i; j++)
            cr_expect_not(uuid_equal(seen[i], seen[j]));
    }
}

Test(uuid, text_in_an_arena)
{
    struct uuid uuid;
    struct arena *arena = arena_new(1000, 0);
    cr_assert(uuid_parse(TEXT("6BA7B810-9dad-11d1-80b4-00c04fd430c8"), &uuid));
    cr_expect(text_is(uuid_text(arena, uuid), "6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
    arena_fail_after(arena, 1);
    cr_expect_null(uuid_text(arena, uuid).data);
    arena_free(arena);
}

/* A prefix that ends within a character is cut before it. */
Test(uuid, a_fault_is_valid_utf8)
{
    struct arena *arena = arena_new(1000, 0);
    struct text fault = uuid_fault(arena, TEXT("rn:uuid:\xCA\xA0"
                                               "f37266-3473-4006-984f-93251226678b7"));
    cr_expect_str_eq(fault.data, "invalid urn prefix: \"rn:uuid:\"");
    arena_free(arena);
}
