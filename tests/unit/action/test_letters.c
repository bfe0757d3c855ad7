#include "action/letters.h"
#include "support.h"

typedef void change_case(struct buffer *buffer, struct text text);

static struct text changed(struct arena *arena, change_case *change, struct text text)
{
    struct buffer buffer = buffer_in(arena, 10000);
    change(&buffer, text);
    return buffer_text(&buffer);
}

Test(letters, case_of_words)
{
    static const struct {
        const char *text, *upper, *lower, *capital;
    } rows[] = {
        {"", "", "", ""},
        {"a", "A", "a", "A"},
        {"john DOE 7z!", "JOHN DOE 7Z!", "john doe 7z!", "John doe 7z!"},
        {"Äöü ß ÿ", "ÄÖÜ ß Ÿ", "äöü ß ÿ", "Äöü ß ÿ"},
        {"École ŒUVRE", "ÉCOLE ŒUVRE", "école œuvre", "École œuvre"},
        {"Škoda Ťažko Łódź", "ŠKODA ŤAŽKO ŁÓDŹ", "škoda ťažko łódź", "Škoda ťažko łódź"},
        {"Việt Ơn Ưu", "VIỆT ƠN ƯU", "việt ơn ưu", "Việt ơn ưu"},
        {"Șțiință", "ȘȚIINȚĂ", "șțiință", "Șțiință"},
        {"Ελλάς Ώρα", "ΕΛΛΆΣ ΏΡΑ", "ελλάς ώρα", "Ελλάς ώρα"},
        {"Ёлка Їжак", "ЁЛКА ЇЖАК", "ёлка їжак", "Ёлка їжак"},
        {"Հայ", "ՀԱՅ", "հայ", "Հայ"},
        {"İı", "İI", "iı", "İı"},
        {"µſẞ", "ΜSẞ", "µſß", "Μſß"},
        {"×÷", "×÷", "×÷", "×÷"},
        {"日本 😀", "日本 😀", "日本 😀", "日本 😀"},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text text = text_from(rows[i].text);
        assert_text(changed(arena, letters_upper, text), rows[i].upper);
        assert_text(changed(arena, letters_lower, text), rows[i].lower);
        assert_text(changed(arena, letters_capitalize, text), rows[i].capital);
    }
    arena_free(arena);
}

/* Going up and down again ends where it began, for every letter that changes in both directions. */
Test(letters, partners_are_mutual)
{
    struct arena *arena = test_arena();
    size_t pairs = 0;
    for (uint32_t letter = 0x80; letter < 0x2000; letter++) {
        char bytes[3];
        size_t size = 0;
        if (letter < 0x800) {
            bytes[size++] = (char)(0xC0 | letter >> 6);
        } else {
            bytes[size++] = (char)(0xE0 | letter >> 12);
            bytes[size++] = (char)(0x80 | (letter >> 6 & 0x3F));
        }
        bytes[size++] = (char)(0x80 | (letter & 0x3F));
        struct text text = {.data = bytes, .size = size};
        struct text lower = changed(arena, letters_lower, text), upper = changed(arena, letters_upper, text);
        cr_assert(text_is_utf8(lower) && text_is_utf8(upper), "U+%04X", letter);
        cr_assert(text_equal(lower, text) || text_equal(upper, text), "U+%04X has two partners", letter);
        bool odd = letter == 0x130 || letter == 0x1E9E;
        if (!text_equal(lower, text) && !odd) {
            cr_assert(text_equal(changed(arena, letters_upper, lower), text), "U+%04X does not come back", letter);
            pairs++;
        }
        arena_reset(arena);
    }
    cr_expect_gt(pairs, 450);
    arena_free(arena);
}

Test(letters, bytes_that_are_no_utf8_stay)
{
    struct arena *arena = test_arena();
    assert_text(changed(arena, letters_upper, TEXT("a\xFF\xC3z\xE2\x82")), "A\xFF\xC3Z\xE2\x82");
    assert_text(changed(arena, letters_capitalize,
                        TEXT("\xFF"
                             "A")),
                "\xFF"
                "a");
    arena_free(arena);
}

Test(letters, past_the_limit)
{
    struct arena *arena = test_arena();
    struct buffer buffer = buffer_in(arena, 3);
    letters_upper(&buffer, TEXT("ééé"));
    cr_expect(buffer.failed);
    arena_free(arena);
}

Test(letters, trim)
{
    static const struct {
        const char *text, *trimmed;
    } rows[] = {
        {"", ""},
        {"  ", ""},
        {" a b ", "a b"},
        {"\t\r\n\v\fx\n", "x"},
        {"\u00a0\u2003x\u3000\xC2\x85", "x"},
        {"\u2028\u2029\u202f\u205f\u1680\u200ax", "x"},
        {"é ", "é"},
        {" 😀", "😀"},
        {"\u200bx", "\u200bx"}, /* of no width, but no blank */
        {"\x80 ", "\x80"},
        {" \xC2", "\xC2"},
        {"x\xA0", "x\xA0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_text(letters_trim(text_from(rows[i].text)), rows[i].trimmed);
}
