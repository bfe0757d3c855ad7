/* Case mappings, as Go does them. */
#include "base/unicode_case.h"
#include "support.h"

typedef void change_case(struct buffer *buffer, struct text text);

static struct text changed(struct arena *arena, change_case *change, struct text text)
{
    struct buffer buffer = buffer_in(arena, 10000);
    change(&buffer, text);
    return buffer_text(&buffer);
}

Test(unicode_case, case_of_words)
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
        {"ǆiǄ", "ǄIǄ", "ǆiǆ", "ǅiǆ"}, /* a letter with a title case of its own */
        {"აბ 𐐨", "ᲐᲑ 𐐀", "აბ 𐐨", "აბ 𐐨"},
        {"ᏸ ꭰ", "Ᏸ Ꭰ", "ᏸ ꭰ", "Ᏸ ꭰ"},
        {"日本 😀", "日本 😀", "日本 😀", "日本 😀"},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text text = text_from(rows[i].text);
        assert_text(changed(arena, unicode_upper, text), rows[i].upper);
        assert_text(changed(arena, unicode_lower, text), rows[i].lower);
        assert_text(changed(arena, unicode_capitalize, text), rows[i].capital);
    }
    arena_free(arena);
}

Test(unicode_case, bytes_that_are_not_utf8_stay)
{
    struct arena *arena = test_arena();
    assert_text(changed(arena, unicode_upper, TEXT("a\xFF\xC3z\xE2\x82")), "A\xFF\xC3Z\xE2\x82");
    assert_text(changed(arena, unicode_capitalize,
                        TEXT("\xFF"
                             "A")),
                "\xFF"
                "a");
    arena_free(arena);
}

Test(unicode_case, past_the_limit)
{
    struct arena *arena = test_arena();
    struct buffer buffer = buffer_in(arena, 3);
    unicode_upper(&buffer, TEXT("ééé"));
    cr_expect(buffer.failed);
    arena_free(arena);
}

Test(unicode_case, trim)
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
        assert_text(unicode_trim(text_from(rows[i].text)), rows[i].trimmed);
}
