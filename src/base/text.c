/* Views of text: comparing, searching, cutting, UTF-8. */
#include "base/text.h"

#include <limits.h>
#include <string.h>

int text_print_size(struct text text)
{
    return text.size > INT_MAX ? INT_MAX : (int)text.size;
}

struct text text_from(const char *string)
{
    if (string == NULL)
        return TEXT_NONE;
    return (struct text){.data = string, .size = strlen(string)};
}

bool text_equal(struct text a, struct text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* tolower() depends on the locale. */
static unsigned char lower(char byte)
{
    return (unsigned char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
}

bool text_equal_ignoring_case(struct text a, struct text b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        if (lower(a.data[i]) != lower(b.data[i]))
            return false;
    return true;
}

bool text_is(struct text text, const char *string)
{
    return text_equal(text, text_from(string));
}

int text_compare(struct text a, struct text b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common > 0 ? memcmp(a.data, b.data, common) : 0;
    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

bool text_starts(struct text text, struct text prefix)
{
    return text.size >= prefix.size && text_equal(text_slice(text, 0, prefix.size), prefix);
}

bool text_ends(struct text text, struct text suffix)
{
    return text.size >= suffix.size && text_equal(text_slice(text, text.size - suffix.size, suffix.size), suffix);
}

size_t text_find(struct text text, struct text part)
{
    if (part.size == 0)
        return 0;
    if (part.size > text.size)
        return SIZE_MAX;
    const char *found = memmem(text.data, text.size, part.data, part.size);
    return found != NULL ? (size_t)(found - text.data) : SIZE_MAX;
}

size_t text_find_byte(struct text text, char byte)
{
    const char *found = text.size > 0 ? memchr(text.data, byte, text.size) : NULL;
    return found != NULL ? (size_t)(found - text.data) : SIZE_MAX;
}

struct text text_slice(struct text text, size_t start, size_t size)
{
    if (start >= text.size)
        return (struct text){.data = text.data != NULL ? text.data + text.size : NULL, .size = 0};
    size_t left = text.size - start;
    return (struct text){.data = text.data + start, .size = size < left ? size : left};
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

struct text text_trim(struct text text)
{
    while (text.size > 0 && is_blank(text.data[text.size - 1]))
        text.size--;
    while (text.size > 0 && is_blank(text.data[0])) {
        text.data++;
        text.size--;
    }
    return text;
}

struct text text_split(struct text *rest, char separator)
{
    struct text whole = *rest;
    size_t at = text_find_byte(whole, separator);
    if (at == SIZE_MAX) {
        *rest = TEXT_NONE;
        return whole;
    }
    *rest = text_slice(whole, at + 1, SIZE_MAX);
    return text_slice(whole, 0, at);
}

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The size in bytes of a sequence that starts with this byte; 0 when no sequence does. */
static size_t sequence_size(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2)
        return 0;
    if (lead < 0xE0)
        return 2;
    if (lead < 0xF0)
        return 3;
    return lead < 0xF5 ? 4 : 0;
}

size_t text_utf8_size(struct text text, size_t at)
{
    if (at >= text.size)
        return 0;
    const unsigned char *bytes = (const unsigned char *)text.data + at;
    size_t size = sequence_size(bytes[0]);
    if (size > text.size - at)
        return 0;
    for (size_t i = 1; i < size; i++)
        if (!is_continuation(bytes[i]))
            return 0;
    /* The second byte reveals overlong forms, surrogates and code points above U+10FFFF. */
    if ((bytes[0] == 0xE0 && bytes[1] < 0xA0) || (bytes[0] == 0xED && bytes[1] > 0x9F) ||
        (bytes[0] == 0xF0 && bytes[1] < 0x90) || (bytes[0] == 0xF4 && bytes[1] > 0x8F))
        return 0;
    return size;
}

bool text_is_utf8(struct text text)
{
    size_t at = 0;
    while (at < text.size) {
        size_t size = text_utf8_size(text, at);
        if (size == 0)
            return false;
        at += size;
    }
    return true;
}

struct text text_cut_utf8(struct text text, size_t limit)
{
    if (text.size <= limit)
        return text;
    for (size_t back = 1; back <= 3 && back <= limit; back++) {
        unsigned char byte = (unsigned char)text.data[limit - back];
        if (is_continuation(byte))
            continue;
        if (sequence_size(byte) > back)
            limit -= back;
        break;
    }
    return text_slice(text, 0, limit);
}

int text_hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

bool text_to_int64(struct text text, int64_t *value)
{
    bool negative = text.size > 0 && text.data[0] == '-';
    size_t at = negative ? 1 : 0;
    if (at >= text.size)
        return false;
    int64_t sum = 0;
    for (; at < text.size; at++) {
        if (text.data[at] < '0' || text.data[at] > '9')
            return false;
        int64_t digit = text.data[at] - '0';
        if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, negative ? -digit : digit, &sum))
            return false;
    }
    *value = sum;
    return true;
}

enum { LONGEST_NAME = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t text_distance(struct text a, struct text b)
{
    if (a.size > LONGEST_NAME || b.size > LONGEST_NAME)
        return SIZE_MAX;
    size_t rows[3][LONGEST_NAME + 1]; /* of the last three prefixes of a; columns are prefixes of b */
    for (size_t i = 0; i <= a.size; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            if (i == 0) {
                row[j] = j;
                continue;
            }
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a.data[i - 1] != b.data[j - 1]));
            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1])
                row[j] = least(row[j], higher[j - 2] + 1);
        }
    }
    return rows[a.size % 3][b.size];
}
