/* Reads the setting that holds the keys of payloads. */
#include "temporal/keys.h"

#include <openssl/crypto.h>

#include "base/base64.h"
#include "base/buffer.h"

/* Characters of base64 for PAYLOAD_KEY_BYTES. */
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
    uint8_t bytes[BASE64_BYTES_MAX(SECRET_TEXT)];
    size_t size;
    bool good = text.size == SECRET_TEXT && base64_decode(text, bytes, &size) && size == PAYLOAD_KEY_BYTES;
    for (size_t i = 0; good && i < PAYLOAD_KEY_BYTES; i++)
        secret[i] = bytes[i];
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return good;
}

/* Reads item `number` of the list, from 1. */
static enum status read_key(struct text text, size_t number, struct payload_keys *keys, struct error *error)
{
    if (number > LIMIT_PAYLOAD_KEYS)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "more than %d keys", LIMIT_PAYLOAD_KEYS);
    struct text id = text_trim(text_split(&text, ':'));
    struct payload_key *key = &keys->items[keys->count];
    if (!is_id(id) || !read_secret(text_trim(text), key->secret))
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         "key %zu: expected an id, a colon, and %d bytes as base64 (%d characters)", number,
                         PAYLOAD_KEY_BYTES, SECRET_TEXT);
    if (payload_keys_find(keys, id) != NULL)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "key %zu: id %.*s is used twice", number, TEXT_ARG(id));
    key->id = arena_copy(error->arena, id);
    keys->count++;
    return key->id.data != NULL ? STATUS_OK : error_budget(error);
}

/* The next item that is not empty. */
static bool next_item(struct text *rest, struct text *item)
{
    while (rest->data != NULL) {
        size_t end = 0;
        while (end < rest->size && rest->data[end] != ',' && rest->data[end] != '\n')
            end++;
        *item = text_trim(text_slice(*rest, 0, end));
        *rest = end < rest->size ? text_slice(*rest, end + 1, SIZE_MAX) : TEXT_NONE;
        if (item->size > 0)
            return true;
    }
    return false;
}

enum status payload_keys_read(struct text text, struct payload_keys *keys, struct error *error)
{
    struct buffer faults = buffer_in(error->arena, KIB(8));
    struct text item;
    keys->count = 0;
    for (size_t number = 1; number <= LIMIT_PAYLOAD_KEYS + 1 && next_item(&text, &item); number++) {
        struct error fault = ERROR_IN(error->arena);
        enum status status = read_key(item, number, keys, &fault);
        if (status == STATUS_BUDGET)
            return error_budget(error);
        if (status != STATUS_OK)
            buffer_print(&faults, "%s%.*s", faults.size > 0 ? "; " : "", TEXT_ARG(fault.message));
    }
    if (faults.size == 0)
        return STATUS_OK;
    *error = (struct error){.arena = error->arena, .status = STATUS_INVALID, .message = buffer_text(&faults)};
    return STATUS_INVALID;
}

const struct payload_key *payload_keys_find(const struct payload_keys *keys, struct text id)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (text_equal(keys->items[i].id, id))
            return &keys->items[i];
    }
    return NULL;
}
