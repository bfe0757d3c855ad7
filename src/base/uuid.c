/* Reads, writes and makes UUIDs. */
#include "base/uuid.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

bool uuid_parse(struct text text, struct uuid *uuid)
{
    struct text urn = TEXT("urn:uuid:");
    bool prefixed = text.size == urn.size + UUID_TEXT_SIZE;
    if (prefixed && text_equal_ignoring_case(text_slice(text, 0, urn.size), urn))
        text = text_slice(text, urn.size, SIZE_MAX);
    else if (text.size == UUID_TEXT_SIZE + 2 && text.data[0] == '{' && text.data[text.size - 1] == '}')
        text = text_slice(text, 1, UUID_TEXT_SIZE);

    bool dashes = text.size == UUID_TEXT_SIZE;
    if (!dashes && text.size != 32)
        return false;
    struct uuid parsed;
    size_t at = 0;
    for (size_t i = 0; i < sizeof(parsed.bytes); i++) {
        if (dashes && (i == 4 || i == 6 || i == 8 || i == 10) && text.data[at++] != '-')
            return false;
        int high = text_hex_digit(text.data[at]), low = text_hex_digit(text.data[at + 1]);
        if (high < 0 || low < 0)
            return false;
        parsed.bytes[i] = (uint8_t)(high * 16 + low);
        at += 2;
    }
    *uuid = parsed;
    return true;
}

struct text uuid_fault(struct arena *arena, struct text text)
{
    static const size_t urn = sizeof "urn:uuid:" - 1;
    switch (text.size) {
    case UUID_TEXT_SIZE:
    case UUID_TEXT_SIZE + 2:
    case 32: return TEXT("invalid UUID format");
    case UUID_TEXT_SIZE + sizeof "urn:uuid:" - 1:
        if (text_equal_ignoring_case(text_slice(text, 0, urn), TEXT("urn:uuid:")))
            return TEXT("invalid UUID format");
        return arena_print(arena, "invalid urn prefix: \"%.*s\"", TEXT_ARG(text_cut_utf8(text, urn)));
    default: return arena_print(arena, "invalid UUID length: %zu", text.size);
    }
}

void uuid_format(struct uuid uuid, char out[UUID_TEXT_SIZE + 1])
{
    static const char digits[] = "0123456789abcdef";
    char *at = out;
    for (size_t i = 0; i < sizeof(uuid.bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[uuid.bytes[i] >> 4];
        *at++ = digits[uuid.bytes[i] & 15];
    }
    *at = '\0';
}

struct text uuid_text(struct arena *arena, struct uuid uuid)
{
    char *text = arena_alloc(arena, UUID_TEXT_SIZE + 1, 1);
    if (text == NULL)
        return TEXT_NONE;
    uuid_format(uuid, text);
    return (struct text){.data = text, .size = UUID_TEXT_SIZE};
}

bool uuid_is_nil(struct uuid uuid)
{
    return uuid_equal(uuid, (struct uuid){0});
}

bool uuid_equal(struct uuid a, struct uuid b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

int uuid_compare(struct uuid a, struct uuid b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes);
}

static struct uuid with_version(struct uuid uuid, unsigned version)
{
    uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0F) | version << 4);
    uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3F) | 0x80);
    return uuid;
}

struct uuid uuid_from_name(struct uuid space, struct text name)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool hashed = context != NULL && EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1 &&
                  EVP_DigestUpdate(context, space.bytes, sizeof(space.bytes)) == 1 &&
                  EVP_DigestUpdate(context, name.data, name.size) == 1 && EVP_DigestFinal_ex(context, hash, NULL) == 1;
    EVP_MD_CTX_free(context);
    /* A wrong id could repeat an effect; ending the process is safer. */
    if (!hashed)
        abort();
    struct uuid uuid;
    memcpy(uuid.bytes, hash, sizeof(uuid.bytes));
    return with_version(uuid, 5);
}

struct uuid uuid_random(void)
{
    struct uuid uuid;
    random_bytes(uuid.bytes, sizeof(uuid.bytes));
    return with_version(uuid, 4);
}
