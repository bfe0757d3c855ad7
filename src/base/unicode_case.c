/* Letter case and white space from the tables of utf8proc. */
#include "base/unicode_case.h"

#include <utf8proc.h>

typedef utf8proc_int32_t case_mapping(utf8proc_int32_t letter);

/* utf8proc adds a capital sharp s, which Unicode's table of simple mappings does not have. */
static utf8proc_int32_t to_upper(utf8proc_int32_t letter)
{
    return letter == 0xDF ? letter : utf8proc_toupper(letter);
}

static utf8proc_int32_t to_title(utf8proc_int32_t letter)
{
    return letter == 0xDF ? letter : utf8proc_totitle(letter);
}

static utf8proc_int32_t decode(struct text sequence)
{
    utf8proc_int32_t letter = -1;
    (void)utf8proc_iterate((const utf8proc_uint8_t *)sequence.data, (utf8proc_ssize_t)sequence.size, &letter);
    return letter;
}

/* Takes one letter, or one byte that is not UTF-8, off the text and adds it in the requested case. */
static void add_letter(struct buffer *buffer, struct text *text, case_mapping *map)
{
    size_t size = text_utf8_size(*text, 0);
    struct text sequence = text_slice(*text, 0, size > 0 ? size : 1);
    *text = text_slice(*text, sequence.size, text->size);
    if (size == 0) {
        buffer_add(buffer, sequence);
        return;
    }
    utf8proc_uint8_t mapped[4];
    utf8proc_ssize_t mapped_size = utf8proc_encode_char(map(decode(sequence)), mapped);
    buffer_add(buffer, (struct text){.data = (const char *)mapped, .size = (size_t)mapped_size});
}

static void add_letters(struct buffer *buffer, struct text text, case_mapping *map)
{
    while (text.size > 0 && !buffer->failed)
        add_letter(buffer, &text, map);
}

void unicode_upper(struct buffer *buffer, struct text text)
{
    add_letters(buffer, text, to_upper);
}

void unicode_lower(struct buffer *buffer, struct text text)
{
    add_letters(buffer, text, utf8proc_tolower);
}

void unicode_capitalize(struct buffer *buffer, struct text text)
{
    if (text.size > 0)
        add_letter(buffer, &text, to_title);
    add_letters(buffer, text, utf8proc_tolower);
}

static bool is_blank(utf8proc_int32_t letter)
{
    if ((letter >= '\t' && letter <= '\r') || letter == 0x85)
        return true;
    utf8proc_category_t category = utf8proc_category(letter);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

struct text unicode_trim(struct text text)
{
    size_t size;
    while ((size = text_utf8_size(text, 0)) > 0 && is_blank(decode(text_slice(text, 0, size))))
        text = text_slice(text, size, text.size);
    while (text.size > 0) {
        size_t start = text.size - 1;
        while (start > 0 && text_utf8_size(text, start) == 0 && text.size - start < 4)
            start--;
        size = text_utf8_size(text, start);
        if (size != text.size - start || !is_blank(decode(text_slice(text, start, size))))
            break;
        text.size = start;
    }
    return text;
}
