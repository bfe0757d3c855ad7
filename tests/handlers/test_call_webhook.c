/* call_webhook: what is sent, how each answer and each failure ends the action, and that no secret is visible. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/limits.h"
#include "http/http_signature.h"
#include "trial_web.h"

#define TOKEN "tok-3fd9a1c07b"
#define CHAT  "T0001/B0002/xyzw"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "call_webhook");
    trial.environment.async = true;
    trial_web_open(&trial, "TOKEN=" TOKEN "\nCHAT=" CHAT "\n");
}

static void tear_down(void)
{
    trial_web_close(&trial);
    trial_close(&trial);
}

TestSuite(call_webhook, .init = set_up, .fini = tear_down);

/* {"url": "https://127.0.0.1:PORT<path>"<more>} */
static const char *to(const char *which, const char *path, const char *more)
{
    struct text url = web_server_url(trial.arena, which, path);
    return arena_print(trial.arena, "{\"url\": \"%.*s\"%s}", TEXT_ARG(url), more).data;
}

static struct text member(const struct json_value *request, const char *key)
{
    return json_get_text(request, text_from(key));
}

#define ASSERT_MEMBER(request_, key_, wanted_)                                                                         \
    cr_assert(text_is(member((request_), (key_)), (wanted_)), "%s: %.*s", (key_), TEXT_ARG(member((request_), (key_))))
#define ASSERT_HEADER(request_, name_, wanted_)                                                                        \
    cr_assert(text_is(web_server_header((request_), (name_)), (wanted_)), "%s: %.*s", (name_),                         \
              TEXT_ARG(web_server_header((request_), (name_))))

/* ---- what is checked ---- */

Test(call_webhook, every_validation_message)
{
    static const struct {
        const char *config, *fault;
    } rows[] = {
        {"{}", "url is required"},
        {"{\"url\": \"\"}", "url is required"},
        {"{\"url\": \"https://partner.example\"}", ""},
        {"{\"url\": \"https://partner.example/{{id}}\", \"method\": \"patch\", \"timeout_seconds\": -1}", ""},
        {"{\"url\": \"https://user@partner.example\"}", "invalid URL: it contains a user or password"},
        {"{\"url\": \"https://{{host}}/x\"}", "invalid URL: a template must come after the host and a /"},
        {"{\"url\": \"http://partner.example\"}", "only https URLs are allowed for external webhooks (got http)"},
        {"{\"url\": \"http://localhost/{{id}}\"}", "only https URLs are allowed for external webhooks (got http)"},
        {"{\"url\": \"http://erp.internal/{{id}}\"}", ""},
        {"{\"url\": \"http://127.0.0.1/\"}", ""},
        {"{\"url\": \"ftp://127.0.0.1/\"}", "only https URLs are allowed for external webhooks (got ftp)"},
        {"{\"url\": \"{{url}}\"}", "only https URLs are allowed for external webhooks (got )"},
        {"{\"url\": \"https://x\", \"method\": \"HEAD\"}",
         "invalid method \"HEAD\", must be GET/POST/PUT/PATCH/DELETE"},
        {"{\"url\": \"https://x\", \"timeout_seconds\": 120}", ""},
        {"{\"url\": \"https://x\", \"timeout_seconds\": 121}", "timeout_seconds must be <= 120"},
        {"{\"url\": \"https://x\", \"headers\": {\"Host\": \"y\"}}", "header Host: may not be set"},
        {"{\"url\": \"https://x\", \"headers\": {\"A b\": \"y\"}}", "header \"A b\": not a valid header name"},
        {"{\"url\": \"https://x\", \"headers\": {\"A\": \"y\\r\\nB: c\"}}",
         "header A: a line break or control character"},
        {"{\"url\": \"https://x\", \"headers\": {\"A\": \"{{secret.TOKEN}} {{x}}\"}}", ""},
        {"{\"url\": \"https://x\", \"body\": \"{{secret.TOKEN}}\"}",
         "body: secrets are allowed only in the url and in values of headers"},
        {"{\"url\": \"https://x\", \"headers\": {\"x-ichor-signature\": \"y\"}, \"signature\": \"TOKEN\"}",
         "signature: the headers already set X-Ichor-Signature"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ASSERT_TEXT(trial_check(&trial, rows[i].config), rows[i].fault);
    cr_assert_eq(strncmp(trial_check(&trial, "{\"url\": 5}"), "invalid config: ", 16), 0);
    /* Each fault is final when the action is performed, too. */
    trial_refused(&trial, "{\"url\": \"http://partner.example\"}",
                  "only https URLs are allowed for external webhooks (got http)");
    trial_refused(&trial, "{}", "url is required");
    cr_assert_eq(trial_run(&trial, "{\"url\": 5}"), ACTION_OUTCOME_REFUSED);
    cr_assert_eq(strncmp(trial.failure, "parse webhook config: ", 22), 0, "%s", trial.failure);
}

/* ---- what is sent ---- */

Test(call_webhook, a_request_with_templates)
{
    trial_context(&trial, "{\"number\": \"SO 7/ü\", \"total\": 1500000.25, \"customer\": \"O'Hara\"}");
    trial_done(&trial,
               to("TLS", "/ok?number={{number}}",
                  ", \"method\": \"put\", \"headers\": {\"X-Customer\": \"{{customer}}\", \"X-None\": \"{{no}}\"},"
                  " \"body\": \"{\\\"total\\\": {{total}}}\""));
    struct json_value request = web_server_take_one(trial.arena, "TLS");
    ASSERT_MEMBER(&request, "method", "PUT");
    ASSERT_MEMBER(&request, "target", "/ok?number=SO%207/%C3%BC");
    ASSERT_MEMBER(&request, "body", "{\"total\": 1500000.25}");
    ASSERT_HEADER(&request, "x-customer", "O'Hara");
    ASSERT_HEADER(&request, "x-none", "");
    ASSERT_HEADER(&request, "content-type", "application/json");
    ASSERT_HEADER(&request, "user-agent", "ichor-workflow-worker/" WORKER_VERSION);
    ASSERT_HEADER(&request, "traceparent", "");
    struct text result = json_to_text(trial.arena, &trial.report.result);
    cr_assert(text_is(result, "{\"status_code\":200,\"body\":\"{\\\"ok\\\":true}\","
                              "\"content_type\":\"application/json\",\"output\":\"success\"}"),
              "%.*s", TEXT_ARG(result));
}

Test(call_webhook, the_key_is_the_same_on_each_attempt)
{
    trial_done(&trial, to("TLS", "/ok", ""));
    trial.environment.attempt = 2;
    trial_done(&trial, to("TLS", "/ok", ", \"method\": \"DELETE\""));
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_done(&trial, to("TLS", "/ok", ", \"headers\": {\"idempotency-key\": \"mine\"}"));
    trial_done(&trial, to("TLS", "/ok", ""));
    trial_done(&trial, to("TLS", "/ok", ", \"method\": \"GET\""));
    struct json_value requests = web_server_take(trial.arena, "TLS");
    cr_assert_eq(requests.array.count, 5);
    const struct json_value *items = requests.array.items;
    struct text key = web_server_header(&items[0], "idempotency-key");
    struct uuid uuid;
    cr_assert(uuid_parse(key, &uuid), "%.*s", TEXT_ARG(key));
    cr_assert(text_equal(web_server_header(&items[1], "idempotency-key"), key));
    ASSERT_HEADER(&items[2], "idempotency-key", "mine");
    cr_assert_not(text_equal(web_server_header(&items[3], "idempotency-key"), key));
    ASSERT_HEADER(&items[4], "idempotency-key", "");
}

/* A template cannot change the host, whatever its value is. */
Test(call_webhook, values_change_neither_host_nor_headers)
{
    trial_context(&trial, "{\"value\": \"@evil.test/\\\\..//evil.test?#x\", \"line\": \"a\\r\\nX-Evil: 1\","
                          " \"name\": \"{{secret.TOKEN}}\"}");
    trial_done(&trial, to("TLS", "/ok/{{value}}", ""));
    struct json_value request = web_server_take_one(trial.arena, "TLS");
    cr_assert(text_starts(web_server_header(&request, "host"), TEXT("127.0.0.1:")));
    trial_refused(&trial, to("TLS", "/ok", ", \"headers\": {\"X-A\": \"{{line}}\"}"),
                  "header X-A: a line break or control character");
    trial_refused(&trial, to("TLS", "/ok?{{line}}", ""), "invalid URL: a line break or control character");
    trial_done(&trial, to("TLS", "/ok", ", \"headers\": {\"X-A\": \"{{name}}\"}, \"body\": \"{{name}}\""));
    request = web_server_take_one(trial.arena, "TLS");
    ASSERT_HEADER(&request, "x-a", "{{secret.TOKEN}}");
    ASSERT_MEMBER(&request, "body", "{{secret.TOKEN}}");
}

Test(call_webhook, sizes)
{
    char *long_text = arena_alloc(trial.arena, MIB(1) + 2, 1);
    memset(long_text, 'x', MIB(1) + 1);
    struct text text = {.data = long_text, .size = KIB(8)};
    trial_context(&trial, arena_print(trial.arena, "{\"long\": \"%.*s\"}", TEXT_ARG(text)).data);
    trial_refused(&trial, to("TLS", "/{{long}}", ""), "invalid URL: larger than 8192 bytes");
    trial_refused(&trial, to("TLS", "/ok", ", \"headers\": {\"X\": \"{{long}}\"}"), "header X: larger than 8192 bytes");
    text.size = MIB(1) - 1;
    trial_done(&trial, to("TLS", "/ok", arena_print(trial.arena, ", \"body\": \"%.*s{{no}}\"", TEXT_ARG(text)).data));
    text.size = MIB(1) + 1;
    trial_refused(&trial, to("TLS", "/ok", arena_print(trial.arena, ", \"body\": \"%.*s\"", TEXT_ARG(text)).data),
                  "webhook: the body is larger than 1048576 bytes");
}

/* ---- secrets ---- */

static void assert_no_secret(struct text text)
{
    cr_assert_eq(text_find(text, TEXT(TOKEN)), SIZE_MAX, "%.*s", TEXT_ARG(text));
    cr_assert_eq(text_find(text, TEXT(CHAT)), SIZE_MAX, "%.*s", TEXT_ARG(text));
}

Test(call_webhook, secrets_are_sent_and_not_returned)
{
    trial_done(&trial, to("TLS", "/echo/{{secret:CHAT}}?a={{ secret.TOKEN }}",
                          ", \"headers\": {\"Authorization\": \"Bearer {{secret:TOKEN}}\"}"));
    struct json_value request = web_server_take_one(trial.arena, "TLS");
    ASSERT_MEMBER(&request, "target", "/echo/" CHAT "?a=" TOKEN);
    ASSERT_HEADER(&request, "authorization", "Bearer " TOKEN);
    struct text result = json_to_text(trial.arena, &trial.report.result);
    assert_no_secret(result);
    cr_assert_neq(text_find(result, TEXT("Bearer [secret]")), SIZE_MAX, "%.*s", TEXT_ARG(result));
    cr_assert_eq(trial.report.notes.warning_count, 0);
}

#define UNKNOWN                                                                                                        \
    "secret OTHER is not known: ICHOR_SECRETS_DIR has no file of that name, and ICHOR_WEBHOOK_SECRETS no line"

Test(call_webhook, no_failure_has_a_secret)
{
    static const char *const paths[] = {"/status/503", "/cut", "/endless-headers", "/not-http"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct text path = arena_print(trial.arena, "%s/{{secret.CHAT}}", paths[i]);
        cr_assert_neq(trial_run(&trial, to("TLS", path.data, ", \"headers\": {\"A\": \"{{secret.TOKEN}}\"}")),
                      ACTION_OUTCOME_DONE);
        assert_no_secret(trial.report.failure);
        cr_assert_eq(text_find(trial.report.failure, TEXT("secret")), SIZE_MAX);
    }
    trial_refused(&trial, to("TLS", "/ok", ", \"headers\": {\"A\": \"{{secret.TOKEN}}\\n{{secret.CHAT}}{{x}}\"}"),
                  "header A: a line break or control character");
    trial_refused(&trial, to("TLS", "/ok", ", \"headers\": {\"A\": \"{{secret.OTHER}}\"}"), UNKNOWN);
    trial_refused(&trial, to("TLS", "/ok?{{secret.TOKEN | uppercase}}", ""),
                  "url: a secret is named like {{secret:NAME}}");
    trial_refused(&trial, to("TLS", "/ok", ", \"signature\": \"OTHER\""), UNKNOWN);
    (void)web_server_take(trial.arena, "TLS");
}

/* A secret at the end of the kept part of an answer is not cut in two. */
Test(call_webhook, a_secret_at_the_edge_of_an_answer)
{
    struct buffer hex = buffer_in(trial.arena, KIB(64));
    buffer_add(&hex, TEXT("/bytes/"));
    for (size_t i = 0; i < 3000; i++)
        buffer_add(&hex, TEXT("79"));
    for (const char *at = TOKEN; *at != '\0'; at++)
        buffer_print(&hex, "%02x", (unsigned)*at);
    trial_done(&trial, to("TLS", buffer_text(&hex).data, ""));
    assert_no_secret(text_from(trial_result(&trial, "body")));
}

Test(call_webhook, a_signature)
{
    trial_done(&trial, to("TLS", "/ok", ", \"body\": \"{\\\"a\\\":1}\", \"signature\": \"TOKEN\""));
    struct json_value request = web_server_take_one(trial.arena, "TLS");
    struct text rest = web_server_header(&request, "x-ichor-signature"), time = text_split(&rest, ',');
    int64_t seconds;
    char signature[HTTP_SIGNATURE_TEXT];
    cr_assert(text_starts(time, TEXT("t=")) && text_to_int64(text_slice(time, 2, SIZE_MAX), &seconds));
    cr_assert(http_signature_make(TEXT(TOKEN), seconds, member(&request, "body"), signature));
    cr_assert(text_starts(rest, TEXT("v1=")) && text_is(text_slice(rest, 3, SIZE_MAX), signature), "%.*s",
              TEXT_ARG(rest));
}

/* ---- how it ends ---- */

Test(call_webhook, outputs_by_status)
{
    static const struct {
        const char *path, *expected, *output;
    } rows[] = {
        {"/status/200", "", "success"},
        {"/status/201", "", "success"},
        {"/status/202", "", "success"},
        {"/status/204", "", "success"},
        {"/status/203", "", "unexpected_response"},
        {"/status/302", "", "unexpected_response"},
        {"/redirect/metadata", "", "unexpected_response"},
        {"/redirect/loopback", "", "unexpected_response"},
        {"/status/400", "", "client_error"},
        {"/status/404", "", "client_error"},
        {"/status/501", "", "server_error"},
        {"/status/404", ", \"expected_status_codes\": [404]", "success"},
        {"/status/200", ", \"expected_status_codes\": [404]", "unexpected_response"},
        {"/status/503", ", \"expected_status_codes\": [200, 503]", "success"},
        {"/redirect/here", ", \"expected_status_codes\": [302]", "success"},
        {"/status/200", ", \"expected_status_codes\": []", "success"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        trial_done(&trial, to("PLAIN", rows[i].path, rows[i].expected));
        ASSERT_TEXT(trial_result(&trial, "output"), rows[i].output);
        (void)web_server_take_one(trial.arena, "PLAIN");
    }
}

Test(call_webhook, statuses_that_ask_for_another_attempt)
{
    static const int rows[] = {408, 425, 429, 500, 502, 503, 504};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text path = arena_print(trial.arena, "/status/%d", rows[i]);
        trial.environment.last_attempt = false;
        cr_assert_eq(trial_run(&trial, to("PLAIN", path.data, "")), ACTION_OUTCOME_RETRY);
        ASSERT_TEXT(trial.failure, arena_print(trial.arena, "webhook to 127.0.0.1: status %d", rows[i]).data);
        cr_assert_eq(trial.report.retry_delay_ms, 0);
        trial.environment.last_attempt = true;
        trial_done(&trial, to("PLAIN", path.data, ""));
        ASSERT_TEXT(trial_result(&trial, "output"), rows[i] < 500 ? "client_error" : "server_error");
        ASSERT_TEXT(trial_result(&trial, "body"), "as asked");
    }
}

Test(call_webhook, retry_after_is_the_delay_of_the_next_attempt)
{
    cr_assert_eq(trial_run(&trial, to("PLAIN", "/busy/429/7", "")), ACTION_OUTCOME_RETRY);
    cr_assert_eq(trial.report.retry_delay_ms, 7000);
    cr_assert_eq(trial_run(&trial, to("PLAIN", "/busy/503/90000", "")), ACTION_OUTCOME_RETRY);
    cr_assert_eq(trial.report.retry_delay_ms, 3600000);
    cr_assert_eq(trial_run(&trial, to("PLAIN", "/busy-date/503/1800", "")), ACTION_OUTCOME_RETRY);
    cr_assert(trial.report.retry_delay_ms > 0 && trial.report.retry_delay_ms <= 1800000);
    trial_done(&trial, to("PLAIN", "/busy/404/7", ""));
    ASSERT_TEXT(trial_result(&trial, "output"), "client_error");
}

Test(call_webhook, what_is_not_answered)
{
    static const struct {
        const char *which, *path, *failure;
        enum action_outcome outcome;
    } rows[] = {
        {"CLOSING", "/ok", "webhook to 127.0.0.1: no TLS connection: ", ACTION_OUTCOME_RETRY},
        {"STRANGER", "/ok", "webhook to 127.0.0.1: the server's certificate is not trusted: ", ACTION_OUTCOME_RETRY},
        {"TLS", "/cut", "webhook to 127.0.0.1: the connection was lost before an answer: ", ACTION_OUTCOME_RETRY},
        {"TLS", "/endless-headers", "webhook to 127.0.0.1: the headers of the answer are larger than 65536 bytes",
         ACTION_OUTCOME_REFUSED},
        {"PLAIN", "/not-http", "webhook to 127.0.0.1: the answer is not HTTP: ", ACTION_OUTCOME_REFUSED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(trial_run(&trial, to(rows[i].which, rows[i].path, "")), rows[i].outcome, "%s", trial.failure);
        cr_assert_eq(strncmp(trial.failure, rows[i].failure, strlen(rows[i].failure)), 0, "%s", trial.failure);
    }
    trial_refused(&trial, "{\"url\": \"https://127.0.0.2/\"}",
                  "webhook to 127.0.0.2: the address 127.0.0.2 is not allowed");
    trial_refused(&trial, "{\"url\": \"https://[::ffff:169.254.169.254]/latest\"}",
                  "webhook to [::ffff:169.254.169.254]: the address 169.254.169.254 is not allowed");
}

Test(call_webhook, a_timeout_is_an_output)
{
    static const char *const paths[] = {"/silent", "/slow-body", "/slow-head"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        trial_done(&trial, to("TLS", paths[i], ", \"timeout_seconds\": 1"));
        struct text result = json_to_text(trial.arena, &trial.report.result);
        cr_assert(text_is(result, "{\"status_code\":0,\"body\":\"\",\"output\":\"timeout\"}"), "%.*s",
                  TEXT_ARG(result));
    }
}

Test(call_webhook, answers)
{
    trial_done(&trial, to("TLS", "/large/10240", ""));
    cr_assert_eq(strlen(trial_result(&trial, "body")), 10240);
    ASSERT_TEXT(trial_result(&trial, "body_truncated"), "");
    trial_done(&trial, to("TLS", "/large/10241", ""));
    cr_assert_eq(strlen(trial_result(&trial, "body")), 10240);
    ASSERT_TEXT(trial_result(&trial, "body_truncated"), "true");
    ASSERT_TEXT(trial_result(&trial, "content_type"), "text/plain");
    trial_done(&trial, to("TLS", "/endless-body", ""));
    ASSERT_TEXT(trial_result(&trial, "body_truncated"), "true");
    trial_done(&trial, to("TLS", "/cut-body", ""));
    ASSERT_TEXT(trial_result(&trial, "body"), "only this");
    ASSERT_TEXT(trial_result(&trial, "body_truncated"), "true");
    ASSERT_TEXT(trial_result(&trial, "content_type"), "");
    trial_done(&trial, to("TLS", "/bytes/61ff62c3bcc3", ""));
    ASSERT_TEXT(trial_result(&trial, "body"), "a\xef\xbf\xbd"
                                              "b\xc3\xbc\xef\xbf\xbd");
}

Test(call_webhook, out_of_memory)
{
    trial_out_of_memory(&trial, to("CLOSING", "/{{customer}}", ", \"headers\": {\"A\": \"{{secret.CHAT}}\"}"),
                        ACTION_OUTCOME_RETRY);
}
