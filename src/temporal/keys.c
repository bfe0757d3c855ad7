#include "temporal/keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

/* Base64 of 32 bytes. */
#define SECRET_TEXT 44

static bool is_id(struct text id)
{
    for (size_t i = 0; i < id.size; i++) {
        if (id.data[i] <= ' ' || id.data[i] > '~')
            return false;
    }
    return id.size > 0 && id.size <= LIMIT_PAYLOAD_KEY_ID;
}

static bool read_secret(struct text text, unsigned char *secret)
{
    unsigned char bytes[SECRET_TEXT / 4 * 3];
    if (text.size != SECRET_TEXT || text.data[SECRET_TEXT - 1] != '=' || text.data[SECRET_TEXT - 2] == '=')
        return false;
    bool good = EVP_DecodeBlock(bytes, (const unsigned char *)text.data, SECRET_TEXT) == sizeof(bytes);
    for (size_t i = 0; good && i < PAYLOAD_KEY_BYTES; i++)
        secret[i] = bytes[i];
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return good;
}

static enum status read_key(struct text text, struct payload_keys *keys, struct error *error)
{
    size_t place = keys->count + 1;
    if (keys->count == LIMIT_PAYLOAD_KEYS)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "more than %d keys", LIMIT_PAYLOAD_KEYS);
    struct text id = text_trim(text_split(&text, ':'));
    struct payload_key *key = &keys->items[keys->count];
    if (!is_id(id) || !read_secret(text_trim(text), key->secret))
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         "key %zu: expected an id, a colon, and %d bytes as base64 (%d characters)", place,
                         PAYLOAD_KEY_BYTES, SECRET_TEXT);
    if (payload_keys_find(keys, id) != NULL)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "key %zu: there is another one of id %.*s", place,
                         TEXT_ARG(id));
    key->id = arena_copy(error->arena, id);
    keys->count++;
    return key->id.data != NULL ? STATUS_OK : error_budget(error);
}

enum status payload_keys_read(struct text text, struct payload_keys *keys, struct error *error)
{
    keys->count = 0;
    while (text.data != NULL) {
        struct text line = text_split(&text, '\n');
        while (line.data != NULL) {
            struct text item = text_trim(text_split(&line, ','));
            if (item.size == 0)
                continue;
            enum status status = read_key(item, keys, error);
            if (status != STATUS_OK)
                return status;
        }
    }
    return STATUS_OK;
}

const struct payload_key *payload_keys_find(const struct payload_keys *keys, struct text id)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (text_equal(keys->items[i].id, id))
            return &keys->items[i];
    }
    return NULL;
}
