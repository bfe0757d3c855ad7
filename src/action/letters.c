#include "action/letters.h"

/* Upper-case letters from first to last, each step-th; their lower-case partners lie `distance` behind. Latin, then
   Greek, Cyrillic and Armenian. */
struct letter_range {
    uint32_t first, last, step;
    int32_t distance;
};
static const struct letter_range ranges[] = {
    {0x0041, 0x005A, 1, 32}, {0x00C0, 0x00D6, 1, 32},  {0x00D8, 0x00DE, 1, 32}, {0x0100, 0x012E, 2, 1},
    {0x0132, 0x0136, 2, 1},  {0x0139, 0x0147, 2, 1},   {0x014A, 0x0176, 2, 1},  {0x0178, 0x0178, 1, -121},
    {0x0179, 0x017D, 2, 1},  {0x018F, 0x018F, 1, 202}, {0x01A0, 0x01A0, 1, 1},  {0x01AF, 0x01AF, 1, 1},
    {0x01CD, 0x01DB, 2, 1},  {0x01DE, 0x01EE, 2, 1},   {0x01F8, 0x021E, 2, 1},  {0x0222, 0x0232, 2, 1},
    {0x1E00, 0x1E94, 2, 1},  {0x1EA0, 0x1EFE, 2, 1},   {0x0386, 0x0386, 1, 38}, {0x0388, 0x038A, 1, 37},
    {0x038C, 0x038C, 1, 64}, {0x038E, 0x038F, 1, 63},  {0x0391, 0x03A1, 1, 32}, {0x03A3, 0x03AB, 1, 32},
    {0x0400, 0x040F, 1, 80}, {0x0410, 0x042F, 1, 32},  {0x0460, 0x0480, 2, 1},  {0x048A, 0x04BE, 2, 1},
    {0x04C0, 0x04C0, 1, 15}, {0x04C1, 0x04CD, 2, 1},   {0x04D0, 0x052E, 2, 1},  {0x0531, 0x0556, 1, 48},
};

/* Letters whose partner's partner is another one: micro, dotted and dotless i, long s, final sigma, capital sharp s. */
static const struct {
    uint32_t letter, upper, lower;
} oddities[] = {
    {0x00B5, 0x039C, 0x00B5}, {0x0130, 0x0130, 0x0069}, {0x0131, 0x0049, 0x0131},
    {0x017F, 0x0053, 0x017F}, {0x03C2, 0x03A3, 0x03C2}, {0x1E9E, 0x1E9E, 0x00DF},
};

static uint32_t partner(uint32_t letter, bool upper)
{
    for (size_t i = 0; i < sizeof oddities / sizeof oddities[0]; i++)
        if (oddities[i].letter == letter)
            return upper ? oddities[i].upper : oddities[i].lower;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const struct letter_range *range = &ranges[i];
        /* Where the letter lies among the upper-case ones, counted from the first; huge when before it. */
        uint32_t place = letter - range->first - (upper ? (uint32_t)range->distance : 0);
        if (place <= range->last - range->first && place % range->step == 0)
            return letter + (upper ? -(uint32_t)range->distance : (uint32_t)range->distance);
    }
    return letter;
}

static uint32_t decode(struct text sequence)
{
    static const unsigned char lead_masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t letter = (unsigned char)sequence.data[0] & lead_masks[sequence.size];
    for (size_t i = 1; i < sequence.size; i++)
        letter = letter << 6 | ((unsigned char)sequence.data[i] & 0x3F);
    return letter;
}

/* For letters below U+10000: all that a partner can be. */
static void encode(struct buffer *buffer, uint32_t letter)
{
    if (letter < 0x80) {
        buffer_add_byte(buffer, (char)letter);
        return;
    }
    if (letter < 0x800) {
        buffer_add_byte(buffer, (char)(0xC0 | letter >> 6));
    } else {
        buffer_add_byte(buffer, (char)(0xE0 | letter >> 12));
        buffer_add_byte(buffer, (char)(0x80 | (letter >> 6 & 0x3F)));
    }
    buffer_add_byte(buffer, (char)(0x80 | (letter & 0x3F)));
}

/* Takes one letter, or one byte that is no UTF-8, off the text and adds it in the wanted case. */
static void add_letter(struct buffer *buffer, struct text *text, bool upper)
{
    size_t size = text_utf8_size(*text, 0);
    struct text sequence = text_slice(*text, 0, size > 0 ? size : 1);
    *text = text_slice(*text, sequence.size, text->size);
    uint32_t letter = size > 0 ? decode(sequence) : 0;
    uint32_t other = partner(letter, upper);
    if (other == letter)
        buffer_add(buffer, sequence);
    else
        encode(buffer, other);
}

void letters_upper(struct buffer *buffer, struct text text)
{
    while (text.size > 0 && !buffer->failed)
        add_letter(buffer, &text, true);
}

void letters_lower(struct buffer *buffer, struct text text)
{
    while (text.size > 0 && !buffer->failed)
        add_letter(buffer, &text, false);
}

void letters_capitalize(struct buffer *buffer, struct text text)
{
    if (text.size > 0)
        add_letter(buffer, &text, true);
    letters_lower(buffer, text);
}

static bool is_blank(uint32_t letter)
{
    return letter == ' ' || (letter >= '\t' && letter <= '\r') || letter == 0x85 || letter == 0xA0 ||
           letter == 0x1680 || (letter >= 0x2000 && letter <= 0x200A) || letter == 0x2028 || letter == 0x2029 ||
           letter == 0x202F || letter == 0x205F || letter == 0x3000;
}

struct text letters_trim(struct text text)
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
