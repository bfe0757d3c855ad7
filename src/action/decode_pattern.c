/* Matches texts against the patterns of rules and against the form of a URL. */
#include "action/decode_internal.h"

/* The size of the character at `at` when it is in the piece's set; otherwise 0. */
static size_t piece_takes(const struct decode_piece *piece, struct text text, size_t at)
{
    const unsigned char byte = (unsigned char)text.data[at];
    bool listed = false;
    for (const char *pair = piece->set; *pair != '\0'; pair += 2)
        listed = listed || (byte >= (unsigned char)pair[0] && byte <= (unsigned char)pair[1]);
    if (!piece->inverted)
        return listed ? 1 : 0;
    if (listed)
        return 0;

    size_t size = 1;
    while (at + size < text.size && ((unsigned char)text.data[at + size] & 0xC0) == 0x80)
        size++;
    return size;
}

bool decode_matches(const struct decode_rule *rule, struct text text)
{
    size_t at = 0;
    for (size_t i = 0; i < rule->piece_count; i++) {
        const struct decode_piece *piece = &rule->pieces[i];
        size_t count = 0;
        for (; at < text.size && count < piece->maximum; count++) {
            const size_t size = piece_takes(piece, text, at);
            if (size == 0)
                break;
            at += size;
        }
        if (count < piece->minimum)
            return false;
    }
    return at == text.size;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter_or_digit(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* The size of a host at the beginning: a name, or an address in brackets; 0 if absent. */
static size_t host_size(struct text text)
{
    size_t size = 1;
    if (text.size > 0 && text.data[0] == '[') {
        while (size < text.size &&
               (text_hex_digit(text.data[size]) >= 0 || text.data[size] == ':' || text.data[size] == '.'))
            size++;
        return size > 1 && size < text.size && text.data[size] == ']' ? size + 1 : 0;
    }
    if (text.size == 0 || !is_letter_or_digit(text.data[0]))
        return 0;
    while (size < text.size &&
           (is_letter_or_digit(text.data[size]) || text.data[size] == '.' || text.data[size] == '-'))
        size++;
    return size;
}

/* The size of a port with its colon; 0 if absent. */
static size_t port_size(struct text text)
{
    size_t size = 1;
    if (text.size == 0 || text.data[0] != ':')
        return 0;
    while (size < text.size && size <= 5 && is_digit(text.data[size]))
        size++;
    return size > 1 ? size : 0;
}

bool decode_is_url(struct text text)
{
    size_t scheme = 0;
    if (text_equal_ignoring_case(text_slice(text, 0, sizeof "https://" - 1), TEXT("https://")))
        scheme = sizeof "https://" - 1;
    else if (text_equal_ignoring_case(text_slice(text, 0, sizeof "http://" - 1), TEXT("http://")))
        scheme = sizeof "http://" - 1;
    struct text rest = text_slice(text, scheme, text.size);
    const size_t host = host_size(rest);
    if (scheme == 0 || host == 0)
        return false;
    rest = text_slice(rest, host, rest.size);
    rest = text_slice(rest, port_size(rest), rest.size);
    if (rest.size > 0 && rest.data[0] != '/' && rest.data[0] != '?' && rest.data[0] != '#')
        return false;
    for (size_t i = 0; i < rest.size; i++)
        if (rest.data[i] < '!' || rest.data[i] > '~')
            return false;
    return true;
}
