/* RFC 4648 test vectors and faults. */
#include "base/base64.h"
#include "support.h"

static const struct {
    const char *bytes, *text;
} rows[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xFB\xFF\xBF", "+/+/"},
};

static bool decode(const char *text, struct text *bytes, size_t *size)
{
    static uint8_t room[100];
    cr_assert_leq(BASE64_BYTES_MAX(strlen(text)), sizeof room);
    bool is_good = base64_decode(text_from(text), room, size);
    *bytes = (struct text){.data = (const char *)room, .size = *size};
    return is_good;
}

Test(base64, both_ways)
{
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text bytes;
        size_t size;
        assert_text(base64_encode(arena, text_from(rows[i].bytes)), rows[i].text);
        cr_expect(decode(rows[i].text, &bytes, &size), "%s", rows[i].text);
        assert_text(bytes, rows[i].bytes);
    }
    arena_free(arena);
}

Test(base64, other_alphabet_and_no_padding)
{
    struct text bytes;
    size_t size;
    cr_assert(decode("-_-_", &bytes, &size));
    assert_text(bytes, "\xFB\xFF\xBF");
    cr_assert(decode("Zm9vYg", &bytes, &size));
    assert_text(bytes, "foob");
    cr_assert(decode("Zm9vYg=", &bytes, &size));
    assert_text(bytes, "foob");
}

Test(base64, faults)
{
    struct text bytes;
    size_t at;
    cr_expect_not(decode("Zm9v Zg==", &bytes, &at));
    cr_expect_eq(at, 4);
    cr_expect_not(decode("Zg===", &bytes, &at));
    cr_expect_eq(at, 2);
    cr_expect_not(decode("Zm9vZ", &bytes, &at));
    cr_expect_eq(at, 5);
    cr_expect_not(decode("=", &bytes, &at) && at > 0);
}

Test(base64, no_memory)
{
    struct arena *arena = test_arena();
    arena_fail_after(arena, 1);
    cr_expect_null(base64_encode(arena, TEXT("x")).data);
    arena_free(arena);
}
