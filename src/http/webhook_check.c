/* Checks a webhook when its rule is saved. */
#include "base/limits.h"
#include "http/http_url.h"
#include "http/webhook.h"

static void check_url(struct decoder *decoder, struct text url)
{
    struct error error = ERROR_IN(decoder->arena);
    if (http_url_check(url, http_policy_of_process(), &error) != STATUS_OK)
        decode_reject(decoder, "/url", PUBLIC("%.*s"), TEXT_ARG(error.message));
}

static void check_method(struct decoder *decoder, struct text method)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (text_equal_ignoring_case(method, text_from(methods[i])))
            return;
    }
    if (method.size > 0)
        decode_reject(decoder, "/method",
                      PUBLIC("invalid method \"") "%.*s" PUBLIC("\", must be GET/POST/PUT/PATCH/DELETE"),
                      TEXT_ARG(text_cut_utf8(method, LIMIT_FAULT_VALUE)));
}

static void check_headers(struct decoder *decoder, const struct webhook *webhook)
{
    const struct http_header *headers = webhook->headers;
    if (webhook->header_count > LIMIT_WEBHOOK_HEADERS)
        decode_reject(decoder, "/headers", PUBLIC("headers: more than %d"), LIMIT_WEBHOOK_HEADERS);
    for (size_t i = 0; i < webhook->header_count && i < LIMIT_WEBHOOK_HEADERS; i++) {
        struct error error = ERROR_IN(decoder->arena);
        enum status status = http_header_name_check(headers[i].name, &error);
        if (status == STATUS_OK)
            status = http_header_value_check(headers[i].name, headers[i].value, &error);
        if (status != STATUS_OK)
            decode_reject(decoder, "/headers", "%.*s", TEXT_ARG(error.message));
    }
}

/* A body may not hold secrets, because anybody who can read the history can read the body. */
static void check_body(struct decoder *decoder, struct text body)
{
    struct secret_reference reference;
    if (secret_text_next(body, &reference))
        decode_reject(decoder, "/body", PUBLIC("body: secrets are allowed only in the url and in values of headers"));
}

void webhook_check(struct decoder *decoder, const struct webhook *webhook)
{
    check_url(decoder, webhook->url);
    check_method(decoder, webhook->method);
    check_headers(decoder, webhook);
    check_body(decoder, webhook->body);
    if (webhook->signature.size > 0 &&
        http_header_find(webhook->headers, webhook->header_count, "X-Ichor-Signature") != NULL)
        decode_reject(decoder, "/signature", PUBLIC("signature: the headers already set X-Ichor-Signature"));
}
