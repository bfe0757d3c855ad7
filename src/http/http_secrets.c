#include "http/http_secrets.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"

struct http_secrets {
    char *lines; /* the texts point into it */
    size_t size, count, longest;
    struct secret {
        struct text name, value;
    } items[LIMIT_WEBHOOK_SECRETS];
};

static bool is_name(struct text name)
{
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.data[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && byte != '_' && (i == 0 || byte < '0' || byte > '9'))
            return false;
    }
    return name.size > 0 && name.size <= LIMIT_WEBHOOK_SECRET_NAME;
}

/* What may stand in a header. */
static bool is_value(struct text value)
{
    for (size_t i = 0; i < value.size; i++) {
        unsigned char byte = (unsigned char)value.data[i];
        if (byte < ' ' || byte == 0x7f)
            return false;
    }
    return value.size >= LIMIT_WEBHOOK_SECRET_SHORTEST && value.size <= LIMIT_WEBHOOK_SECRET;
}

static enum status read_line(struct text line, size_t number, struct http_secrets *secrets, struct error *error)
{
    struct text value = line, name = text_trim(text_split(&value, '=')), other;
    value = text_trim(value);
    if (secrets->count == LIMIT_WEBHOOK_SECRETS)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "line %zu: more than %d secrets", number,
                         LIMIT_WEBHOOK_SECRETS);
    if (!is_name(name) || !is_value(value))
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         "line %zu: expected NAME=value, where the name has letters, digits and _, and the value %d to "
                         "%zu bytes without control characters",
                         number, LIMIT_WEBHOOK_SECRET_SHORTEST, LIMIT_WEBHOOK_SECRET);
    if (http_secrets_find(secrets, name, &other))
        return error_set(error, STATUS_INVALID, TEXT_NONE, "line %zu: there is another secret of that name", number);
    secrets->items[secrets->count++] = (struct secret){.name = name, .value = value};
    if (value.size > secrets->longest)
        secrets->longest = value.size;
    return STATUS_OK;
}

enum status http_secrets_read(struct text lines, struct http_secrets **secrets, struct error *error)
{
    struct http_secrets *read = calloc(1, sizeof *read);
    *secrets = NULL;
    if (read == NULL)
        return error_budget(error);
    read->lines = strndup(lines.data != NULL ? lines.data : "", lines.size);
    read->size = read->lines != NULL ? strlen(read->lines) : 0;
    enum status status = read->lines != NULL ? STATUS_OK : error_budget(error);
    struct text rest = {.data = read->lines, .size = read->size};
    for (size_t number = 1; status == STATUS_OK && rest.data != NULL; number++) {
        struct text line = text_trim(text_split(&rest, '\n'));
        if (line.size > 0 && line.data[0] != '#')
            status = read_line(line, number, read, error);
    }
    if (status == STATUS_OK)
        *secrets = read;
    else
        http_secrets_free(read);
    return status;
}

void http_secrets_free(struct http_secrets *secrets)
{
    if (secrets == NULL)
        return;
    if (secrets->lines != NULL)
        OPENSSL_cleanse(secrets->lines, secrets->size);
    free(secrets->lines);
    free(secrets);
}

bool http_secrets_find(const struct http_secrets *secrets, struct text name, struct text *value)
{
    for (size_t i = 0; i < secrets->count; i++) {
        if (!text_equal(secrets->items[i].name, name))
            continue;
        *value = secrets->items[i].value;
        return true;
    }
    return false;
}

bool http_secret_next(struct text text, size_t *begin, size_t *end, struct text *name)
{
    for (size_t from = 0; from < text.size;) {
        size_t start = text_find(text_slice(text, from, SIZE_MAX), TEXT("{{"));
        if (start == SIZE_MAX)
            return false;
        start += from;
        size_t size = text_find(text_slice(text, start + 2, SIZE_MAX), TEXT("}}"));
        if (size == SIZE_MAX)
            return false;
        struct text inner = text_trim(text_slice(text, start + 2, size));
        if (text_starts(inner, TEXT("secret."))) {
            *begin = start;
            *end = start + 2 + size + 2;
            *name = text_slice(inner, sizeof "secret." - 1, SIZE_MAX);
            return true;
        }
        from = start + 2;
    }
    return false;
}

size_t http_secrets_longest(const struct http_secrets *secrets)
{
    return secrets->longest;
}

struct text http_secrets_trim(const struct http_secrets *secrets, struct text text)
{
    size_t most = 0;
    for (size_t i = 0; i < secrets->count; i++) {
        struct text value = secrets->items[i].value;
        for (size_t size = value.size - 1; size > most; size--) {
            if (text_ends(text, text_slice(value, 0, size)))
                most = size;
        }
    }
    return text_slice(text, 0, text.size - most);
}

static struct text hide(struct arena *arena, struct text text, struct text value)
{
    struct buffer hidden = buffer_in(arena, SIZE_MAX);
    size_t at;
    while ((at = text_find(text, value)) != SIZE_MAX) {
        buffer_add(&hidden, text_slice(text, 0, at));
        buffer_add(&hidden, TEXT("[secret]"));
        text = text_slice(text, at + value.size, SIZE_MAX);
    }
    buffer_add(&hidden, text);
    return buffer_text(&hidden);
}

struct text http_secrets_hide(const struct http_secrets *secrets, struct arena *arena, struct text text)
{
    for (size_t i = 0; i < secrets->count && text.data != NULL; i++) {
        if (text_find(text, secrets->items[i].value) != SIZE_MAX)
            text = hide(arena, text, secrets->items[i].value);
    }
    return text;
}

bool http_secret_sign(struct text value, int64_t seconds, struct text body, char signature[HTTP_SIGNATURE_TEXT])
{
    unsigned char code[EVP_MAX_MD_SIZE];
    size_t size = 0;
    char stamp[sizeof "-9223372036854775808."];
    int stamp_size = snprintf(stamp, sizeof stamp, "%lld.", (long long)seconds);
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, (const unsigned char *)value.data, value.size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = key != NULL && context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestSignUpdate(context, stamp, (size_t)stamp_size) == 1 &&
                EVP_DigestSignUpdate(context, body.data != NULL ? body.data : "", body.size) == 1 &&
                (size = sizeof code, EVP_DigestSignFinal(context, code, &size)) == 1 &&
                size * 2 == HTTP_SIGNATURE_TEXT - 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    for (size_t i = 0; good && i < size; i++)
        (void)snprintf(signature + 2 * i, 3, "%02x", code[i]);
    return good;
}
