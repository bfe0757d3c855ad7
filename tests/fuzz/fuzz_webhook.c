/* A template in the URL of a webhook cannot change its host, whatever its value is; headers have no line breaks; no
   text of a server or a file is misread. */
#include <stdlib.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "http/http_header.h"
#include "http/http_url.h"
#include "secrets/secret_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition)
        abort();
}

/* Significant parts of URLs, so that most inputs are almost valid. */
static const char *const pieces[] = {
    "https://", "http://", "HTTPS:", "partner.test", "evil.test", "127.1", "[::1]", "erp.internal",
    ":8443",    ":0",      "/",      "//",           "\\",        "?",     "#",     "@",
    "..",       ".",       "%2f",    "%40",          "%",         ";",     "&a=b",  " ",
    "\n",       "ü",       "{",      "}}",           "{{v}}",     "{{v}}", "a",     "0x7f",
};
enum { PIECES = sizeof pieces / sizeof pieces[0] };

static struct text build(struct arena *arena, const uint8_t *data, size_t size)
{
    struct buffer buffer = buffer_in(arena, KIB(64));
    for (size_t i = 0; i < size; i++)
        buffer_add(&buffer, text_from(pieces[data[i] % PIECES]));
    struct text text = buffer_text(&buffer);
    check(text.data != NULL);
    return text;
}

static struct text fill(struct arena *arena, struct text text, struct text value)
{
    struct buffer buffer = buffer_in(arena, MIB(16));
    size_t at;
    while ((at = text_find(text, TEXT("{{v}}"))) != SIZE_MAX) {
        buffer_add(&buffer, text_slice(text, 0, at));
        buffer_add(&buffer, value);
        text = text_slice(text, at + 5, SIZE_MAX);
    }
    buffer_add(&buffer, text);
    return buffer_text(&buffer);
}

static void check_url(struct arena *arena, struct text url, struct text value)
{
    static const struct text hosts[] = {{"erp.internal", 12}, {"127.0.0.1", 9}};
    struct http_policy policy;
    struct error error = ERROR_IN(arena);
    struct http_url before, after;
    check(http_policy_read(hosts, 2, true, &policy, NULL) == STATUS_OK);
    if (http_url_check(url, &policy, &error) != STATUS_OK)
        return;
    struct text prefix = text_slice(url, 0, text_find(url, TEXT("{{"))), filled = fill(arena, url, value);
    check(http_url_read(arena, prefix, &policy, &before, &error) == STATUS_OK);
    if (filled.data != NULL && http_url_read(arena, filled, &policy, &after, &error) == STATUS_OK) {
        check(text_equal(before.host, after.host));
        http_url_free(&after);
    }
    http_url_free(&before);
}

static void check_header(struct text name, struct text value)
{
    if (http_header_name_check(name, NULL) != STATUS_OK || http_header_value_check(name, value, NULL) != STATUS_OK)
        return;
    check(text_find_byte(name, ':') == SIZE_MAX && text_find_byte(name, '\n') == SIZE_MAX);
    check(text_find_byte(value, '\n') == SIZE_MAX && text_find_byte(value, '\r') == SIZE_MAX);
}

static void check_secrets(struct text text)
{
    const struct secret_options options = {.lines = text};
    struct secret_store *store;
    struct secret_reference reference;
    if (secret_store_new(&options, &store, NULL) == STATUS_OK)
        check(secret_store_longest(store) <= LIMIT_SECRET);
    secret_store_free(store);
    if (secret_text_next(text, &reference))
        check(reference.begin < reference.end && reference.end <= text.size &&
              reference.name.size < reference.end - reference.begin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(32), 0);
    const struct text raw = {.data = (const char *)data, .size = size};
    size_t half = size / 2;
    check_url(arena, build(arena, data, half < 16 ? half : 16),
              build(arena, data + half, size - half < 16 ? size - half : 16));
    check_header(text_slice(raw, 0, half), text_slice(raw, half, SIZE_MAX));
    check_secrets(raw);
    int64_t delay = http_retry_after_ms(raw, INT64_C(1800000000000000));
    check(delay >= -1 && delay <= LIMIT_WEBHOOK_RETRY_AFTER_S * 1000);
    arena_free(arena);
    return 0;
}
