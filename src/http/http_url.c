#include "http/http_url.h"

#include <curl/curl.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"

static struct text scheme_of(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (byte == ':')
            return text_slice(text, 0, i);
        if (!letter && (i == 0 || ((byte < '0' || byte > '9') && memchr("+-.", byte, 3) == NULL)))
            break;
    }
    return TEXT_NONE;
}

static enum status bad_scheme(struct text scheme, struct error *error)
{
    return error_set(error, STATUS_INVALID, TEXT_NONE,
                     PUBLIC("only https URLs are allowed for external webhooks (got %.*s)"),
                     TEXT_ARG(text_slice(scheme, 0, 20)));
}

static enum status bad_url(const char *why, struct error *error)
{
    return error_set(error, STATUS_INVALID, TEXT_NONE, PUBLIC("invalid URL: %s"), why);
}

/* Returns the index after the host and its port: where the path begins, or the size of the text. */
static size_t authority_end(struct text text, struct text scheme)
{
    size_t end = scheme.size + sizeof "://" - 1;
    while (end < text.size && memchr("/?#", text.data[end], 3) == NULL)
        end++;
    return end;
}

/* Returns whether a byte after the host is encoded as %XX: RFC 3986 does not allow it, but people write it. */
static bool is_encoded(char byte)
{
    return (unsigned char)byte >= 0x80 || memchr(" \"<>\\^`{|}", byte, 10) != NULL;
}

/* Returns a NUL-terminated text; .data is NULL when the memory budget of the arena is exceeded. */
static struct text encode(struct arena *arena, struct text text, size_t end)
{
    struct buffer buffer = buffer_in(arena, 3 * LIMIT_WEBHOOK_URL + 1);
    for (size_t i = 0; i < text.size; i++) {
        if (i >= end && is_encoded(text.data[i]))
            buffer_print(&buffer, "%%%02X", (unsigned)(unsigned char)text.data[i]);
        else
            buffer_add_byte(&buffer, text.data[i]);
    }
    return buffer_text(&buffer);
}

static const char *fault_of(CURLUcode code)
{
    switch (code) {
    case CURLUE_OK: return NULL;
    case CURLUE_USER_NOT_ALLOWED: return "it contains a user or password";
    case CURLUE_BAD_PORT_NUMBER: return "its port is not a number from 1 to 65535";
    case CURLUE_NO_HOST:
    case CURLUE_BAD_HOSTNAME:
    case CURLUE_BAD_IPV6: return "its host is neither a name nor an address";
    default: return "it is malformed";
    }
}

static enum status check_text(struct text text, struct text scheme, struct error *error)
{
    if (text.size > LIMIT_WEBHOOK_URL)
        return error_set(error, STATUS_INVALID, TEXT_NONE, PUBLIC("invalid URL: larger than %zu bytes"),
                         LIMIT_WEBHOOK_URL);
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
            return bad_url("a line break or control character", error);
    }
    bool is_plain = text_equal_ignoring_case(scheme, TEXT("http"));
    if (!is_plain && !text_equal_ignoring_case(scheme, TEXT("https")))
        return bad_scheme(scheme, error);
    if (!text_starts(text_slice(text, scheme.size, SIZE_MAX), TEXT("://")))
        return bad_url("expected https://host/path", error);
    size_t end = authority_end(text, scheme);
    if (end == scheme.size + sizeof "://" - 1) /* libcurl would skip a third slash */
        return bad_url(fault_of(CURLUE_NO_HOST), error);
    for (size_t i = 0; i < end; i++) {
        if ((unsigned char)text.data[i] >= 0x80)
            return bad_url("its host must be ASCII (xn--... for other letters)", error);
    }
    return STATUS_OK;
}

static enum status take_host(struct arena *arena, struct http_url *url, struct error *error)
{
    char *host = NULL, *port = NULL;
    CURLUcode code = curl_url_get(url->handle, CURLUPART_HOST, &host, 0);
    if (code != CURLUE_OK)
        return bad_url(fault_of(code), error);
    bool good_port =
        curl_url_get(url->handle, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK && strcmp(port, "0") != 0;
    struct buffer small = buffer_in(arena, LIMIT_WEBHOOK_URL);
    for (const char *at = host; *at != '\0'; at++)
        buffer_add_byte(&small, *at >= 'A' && *at <= 'Z' ? (char)(*at | 0x20) : *at);
    url->host = buffer_text(&small);
    curl_free(host);
    curl_free(port);
    if (!good_port)
        return bad_url(fault_of(CURLUE_BAD_PORT_NUMBER), error);
    return url->host.data != NULL ? STATUS_OK : error_budget(error);
}

static enum status parse(struct arena *arena, struct text text, struct text scheme, struct http_url *url,
                         struct error *error)
{
    struct text encoded = encode(arena, text, authority_end(text, scheme));
    url->handle = curl_url();
    if (encoded.data == NULL || url->handle == NULL)
        return error_budget(error);
    const char *fault = fault_of(curl_url_set(url->handle, CURLUPART_URL, encoded.data, CURLU_DISALLOW_USER));
    return fault != NULL ? bad_url(fault, error) : take_host(arena, url, error);
}

enum status http_url_read(struct arena *arena, struct text text, const struct http_policy *policy, struct http_url *url,
                          struct error *error)
{
    struct text scheme = scheme_of(text);
    *url = (struct http_url){0};
    enum status status = check_text(text, scheme, error);
    if (status == STATUS_OK)
        status = parse(arena, text, scheme, url, error);
    if (status == STATUS_OK) {
        url->listed = http_policy_lists(policy, url->host);
        if (scheme.size == sizeof "http" - 1 && !(url->listed && policy->allow_plain))
            status = bad_scheme(TEXT("http"), error);
    }
    if (status != STATUS_OK)
        http_url_free(url);
    return status;
}

void http_url_free(struct http_url *url)
{
    curl_url_cleanup(url->handle);
    url->handle = NULL;
}

enum status http_url_host(struct arena *arena, struct text text, const struct http_policy *policy, struct text *host,
                          struct error *error)
{
    struct text scheme = scheme_of(text);
    size_t template = text_find(text, TEXT("{{"));
    struct http_url url;
    if (scheme.size == 0)
        return bad_scheme(scheme, error);
    if (template != SIZE_MAX && template <= authority_end(text, scheme))
        return bad_url("a template must come after the host and a /", error);
    enum status status = http_url_read(arena, text_slice(text, 0, template), policy, &url, error);
    if (status != STATUS_OK)
        return status;
    *host = url.host;
    http_url_free(&url);
    return STATUS_OK;
}

enum status http_url_check(struct text text, const struct http_policy *policy, struct error *error)
{
    struct text host;
    return http_url_host(error->arena, text, policy, &host, error);
}
