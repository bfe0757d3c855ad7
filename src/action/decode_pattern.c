/* Matches texts against the patterns of rules. */
#include "action/decode_internal.h"

/* Size of the character at `at` when it is in the piece's set, else 0. */
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
