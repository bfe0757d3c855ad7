#include "http/webhook.h"

#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/http_signature.h"
#include "http/http_url.h"
#include "secrets/secret_reveal.h"

#define TIMEOUT_DEFAULT_S 30
#define ADDED_HEADERS     3 /* Content-Type, Idempotency-Key, X-Ichor-Signature */

/* A request while it is being made. */
struct sending {
    struct action_call *call;
    const struct http_client *client;
    struct secret_store *secrets;
    struct text host; /* the host that secrets may be sent to */
    const struct webhook *webhook;
    struct http_request request;
    struct http_header *headers;
    char signature[HTTP_SIGNATURE_TEXT];
};

static bool refuse_budget(struct action_call *call)
{
    (void)action_refuse(call, "out of the memory budget of this task");
    return false;
}

static bool refuse_error(struct action_call *call, const struct error *error)
{
    (void)action_refuse_with(call, error_failure(error));
    return false;
}

/* ---- the request ---- */

static bool fill(struct sending *sending, struct text text, struct text *filled)
{
    const struct secret_text source = {.source = text, .templates = true};
    return secret_reveal(sending->call, sending->secrets, source, sending->host, filled);
}

static void add_header(struct sending *sending, const char *name, struct text value)
{
    if (http_header_find(sending->headers, sending->request.header_count, name) == NULL)
        sending->headers[sending->request.header_count++] =
            (struct http_header){.name = text_from(name), .value = value};
}

static bool take_headers(struct sending *sending)
{
    const struct webhook *webhook = sending->webhook;
    sending->headers = ARENA_ARRAY(sending->call->arena, webhook->header_count + ADDED_HEADERS, struct http_header);
    if (sending->headers == NULL)
        return refuse_budget(sending->call);
    sending->request.headers = sending->headers;
    for (size_t i = 0; i < webhook->header_count; i++) {
        struct http_header header = {.name = webhook->headers[i].name};
        struct error error = ERROR_IN(sending->call->arena);
        if (!fill(sending, webhook->headers[i].value, &header.value))
            return false;
        if (http_header_name_check(header.name, &error) != STATUS_OK ||
            http_header_value_check(header.name, header.value, &error) != STATUS_OK)
            return refuse_error(sending->call, &error);
        sending->headers[sending->request.header_count++] = header;
    }
    return true;
}

static bool sign(struct sending *sending)
{
    struct text secret;
    int64_t now = clock_utc_us() / 1000000;
    if (sending->webhook->signature.size == 0)
        return true;
    if (!secret_find(sending->call, sending->secrets, sending->webhook->signature, sending->host, &secret))
        return false;
    if (!http_signature_make(secret, now, sending->request.body, sending->signature)) {
        (void)action_refuse(sending->call, "webhook: libcrypto cannot sign the body");
        return false;
    }
    struct text value = arena_print(sending->call->arena, "t=%lld,v1=%s", (long long)now, sending->signature);
    add_header(sending, "X-Ichor-Signature", value);
    return value.data != NULL || refuse_budget(sending->call);
}

static bool add_headers(struct sending *sending)
{
    if (sending->request.body.size > 0)
        add_header(sending, "Content-Type", TEXT("application/json"));
    struct text key = uuid_text(sending->call->arena, action_idempotency_key(sending->call));
    if (strcmp(sending->request.method, "GET") != 0)
        add_header(sending, "Idempotency-Key", key);
    return key.data != NULL && sign(sending);
}

static const char *method_of(struct text method)
{
    static const char *const methods[] = {"GET", "PUT", "PATCH", "DELETE"};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (text_equal_ignoring_case(method, text_from(methods[i])))
            return methods[i];
    }
    return "POST";
}

/* Finds the host of the URL. Templates and secrets come after it. */
static bool find_host(struct sending *sending)
{
    struct error error = ERROR_IN(sending->call->arena);
    const struct http_policy *policy = http_client_policy(sending->client);
    if (http_url_host(sending->call->arena, sending->webhook->url, policy, &sending->host, &error) == STATUS_OK)
        return true;
    return refuse_error(sending->call, &error);
}

static bool make(struct sending *sending)
{
    struct action_call *call = sending->call;
    struct http_request *request = &sending->request;
    int64_t timeout_s = sending->webhook->timeout_s > 0 ? sending->webhook->timeout_s : TIMEOUT_DEFAULT_S;
    const struct json_value no_names = json_object(NULL, 0);
    request->method = method_of(sending->webhook->method);
    request->timeout_ms = 1000 * (timeout_s < LIMIT_WEBHOOK_TIMEOUT_S ? timeout_s : LIMIT_WEBHOOK_TIMEOUT_S);
    if (!find_host(sending) || !fill(sending, sending->webhook->url, &request->url))
        return false;
    if (sending->webhook->json == NULL) {
        if (!action_fill(call, sending->webhook->body, &no_names, &request->body))
            return false;
    } else {
        request->body = json_to_text(call->arena, sending->webhook->json);
        if (request->body.data == NULL)
            return refuse_budget(call);
    }
    if (request->body.size > LIMIT_WEBHOOK_BODY) {
        (void)action_refuse(call, PUBLIC("webhook: the body is larger than %zu bytes"), LIMIT_WEBHOOK_BODY);
        return false;
    }
    if (!take_headers(sending) || !add_headers(sending))
        return false;
    /* A secret that is cut by the limit would not be found and hidden. */
    request->answer_bytes = LIMIT_WEBHOOK_ANSWER + secret_store_longest(sending->secrets);
    return true;
}

/* ---- the answer ---- */

static bool is_expected(const struct webhook *webhook, int status)
{
    static const int64_t usual[] = {200, 201, 202, 204};
    const int64_t *expected = webhook->expected_count > 0 ? webhook->expected : usual;
    size_t count = webhook->expected_count > 0 ? webhook->expected_count : sizeof usual / sizeof usual[0];
    for (size_t i = 0; i < count; i++) {
        if (expected[i] == status)
            return true;
    }
    return false;
}

static bool asks_for_retry(int status)
{
    switch (status) {
    case 408:
    case 425:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504: return true;
    default: return false;
    }
}

static enum webhook_verdict verdict_of(const struct webhook *webhook, int status)
{
    if (is_expected(webhook, status))
        return WEBHOOK_EXPECTED;
    if (status >= 500)
        return WEBHOOK_SERVER_ERROR;
    return status >= 400 ? WEBHOOK_CLIENT_ERROR : WEBHOOK_UNEXPECTED;
}

/* Returns at most `limit` of the bytes, without secrets, and with U+FFFD for each byte that is not UTF-8. .data is NULL
   when the memory budget of the arena is exceeded. */
static struct text readable(struct sending *sending, struct text bytes, size_t limit, bool *cut)
{
    bytes = secret_store_hide(sending->secrets, sending->call->arena, bytes.data != NULL ? bytes : TEXT(""));
    if (*cut)
        bytes = secret_store_trim(sending->secrets, bytes);
    *cut = *cut || bytes.size > limit;
    bytes = text_cut_utf8(bytes, limit);
    struct buffer buffer = buffer_in(sending->call->arena, 3 * limit);
    for (size_t at = 0; at < bytes.size;) {
        size_t size = text_utf8_size(bytes, at);
        buffer_add(&buffer, size > 0 ? text_slice(bytes, at, size) : TEXT("\xef\xbf\xbd"));
        at += size > 0 ? size : 1;
    }
    return buffer_text(&buffer);
}

static enum action_outcome take_answer(struct sending *sending, const struct http_answer *from,
                                       struct webhook_answer *answer)
{
    struct action_call *call = sending->call;
    bool type_cut = false;
    *answer = (struct webhook_answer){
        .verdict = verdict_of(sending->webhook, from->status), .status = from->status, .body_truncated = from->cut};
    log_line(LOG_INFO, "webhook answered", LOG_TEXT("host", from->host), LOG_INTEGER("status", from->status),
             LOG_INTEGER("milliseconds", from->took_us / 1000));
    if (answer->verdict != WEBHOOK_EXPECTED && asks_for_retry(from->status) && !call->last_attempt)
        return action_retry_after(call, from->retry_after_ms > 0 ? from->retry_after_ms : 0,
                                  PUBLIC("webhook to %.*s: status %d"), TEXT_ARG(from->host), from->status);
    answer->body = readable(sending, from->body, LIMIT_WEBHOOK_ANSWER, &answer->body_truncated);
    answer->content_type = readable(sending, from->content_type, LIMIT_WEBHOOK_CONTENT_TYPE, &type_cut);
    if (answer->body.data == NULL || answer->content_type.data == NULL)
        return action_refuse(call, "out of the memory budget of this task");
    return ACTION_OUTCOME_DONE;
}

static enum action_outcome not_answered(struct action_call *call, enum http_outcome outcome, struct text host,
                                        struct failure why)
{
    if (host.size > 0)
        why = failure_join(call->arena, failure_print(call->arena, PUBLIC("webhook to %.*s: "), TEXT_ARG(host)), why);
    (void)action_refuse_with(call, why);
    bool is_final = outcome == HTTP_REFUSED || outcome == HTTP_UNREADABLE;
    return is_final ? ACTION_OUTCOME_REFUSED : ACTION_OUTCOME_RETRY;
}

enum action_outcome webhook_send(struct action_call *call, struct http_client *client, const struct webhook *webhook,
                                 struct webhook_answer *answer)
{
    struct sending sending = {
        .call = call, .client = client, .secrets = http_client_secrets(client), .webhook = webhook};
    struct http_answer got;
    struct failure why;
    if (!make(&sending))
        return ACTION_OUTCOME_REFUSED;
    enum http_outcome outcome = http_client_send(client, call->arena, &sending.request, &call->limit, &got, &why);
    if (outcome == HTTP_ANSWERED)
        return take_answer(&sending, &got, answer);
    if (outcome != HTTP_TIMED_OUT)
        return not_answered(call, outcome, got.host, why);
    log_line(LOG_WARN, "webhook not answered in time", LOG_TEXT("host", got.host),
             LOG_INTEGER("milliseconds", got.took_us / 1000), LOG_BOOLEAN("sent", got.sent));
    *answer = (struct webhook_answer){.verdict = WEBHOOK_TIMEOUT, .body = TEXT("")};
    return ACTION_OUTCOME_DONE;
}
