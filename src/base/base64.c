/* Base64: OpenSSL encodes; the lenient decoder is written here. */
#include "base/base64.h"

#include <limits.h>
#include <openssl/evp.h>

struct text base64_encode(struct arena *arena, struct text bytes)
{
    if (bytes.size > INT_MAX / 2)
        return TEXT_NONE;
    char *text = arena_alloc(arena, 4 * ((bytes.size + 2) / 3) + 1, 1);
    if (text == NULL)
        return TEXT_NONE;
    int size = EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)bytes.data, (int)bytes.size);
    return (struct text){.data = text, .size = (size_t)size};
}

static int sextet(char letter)
{
    if (letter >= 'A' && letter <= 'Z')
        return letter - 'A';
    if (letter >= 'a' && letter <= 'z')
        return letter - 'a' + 26;
    if (letter >= '0' && letter <= '9')
        return letter - '0' + 52;
    return letter == '+' || letter == '-' ? 62 : letter == '/' || letter == '_' ? 63 : -1;
}

/* OpenSSL's decoder supports neither the URL alphabet nor missing padding, and it skips blanks. */
bool base64_decode(struct text text, uint8_t *bytes, size_t *size)
{
    size_t end = text.size, count = 0;
    while (end > 0 && text.size - end < 2 && text.data[end - 1] == '=')
        end--;
    uint32_t bits = 0;
    for (size_t i = 0; i < end; i++) {
        int value = sextet(text.data[i]);
        if (value < 0) {
            *size = i;
            return false;
        }
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 != 0)
            bytes[count++] = (uint8_t)(bits >> (6 - i % 4 * 2));
    }
    *size = end % 4 == 1 ? text.size : count;
    return end % 4 != 1;
}
