/* Requests and answers: what arrives, what comes back, kept connections, cancel. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "client_trial.h"

static struct client_trial trial;

static void set_up(void)
{
    client_trial_open(&trial, "127.0.0.1");
}

static void tear_down(void)
{
    client_trial_close(&trial);
}

TestSuite(http_client, .init = set_up, .fini = tear_down);

static struct text member(const struct json_value *request, const char *key)
{
    return json_get_text(request, text_from(key));
}

Test(http_client, a_request_arrives_as_it_was_made)
{
    const struct http_header headers[] = {{TEXT("X-One"), TEXT(" first ")},
                                          {TEXT("Content-Type"), TEXT("application/json")},
                                          {TEXT("x-empty"), TEXT("")}};
    trial.request.method = "POST";
    trial.request.headers = headers;
    trial.request.header_count = 3;
    trial.request.body = TEXT("{\"name\":\"Größe\"}");
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/ok?a=1&b=x%20y#not-this"), HTTP_ANSWERED);
    cr_expect_eq(trial.answer.status, 200);
    cr_expect(trial.answer.sent);
    cr_expect_not(trial.answer.cut);
    cr_expect_eq(trial.answer.retry_after_ms, -1);
    ASSERT_TEXT(trial.answer.body, "{\"ok\":true}");
    ASSERT_TEXT(trial.answer.content_type, "application/json");
    ASSERT_TEXT(trial.answer.host, "127.0.0.1");

    struct json_value request = web_server_take_one(trial.arena, "TLS");
    ASSERT_TEXT(member(&request, "method"), "POST");
    ASSERT_TEXT(member(&request, "target"), "/ok?a=1&b=x%20y");
    ASSERT_TEXT(member(&request, "body"), "{\"name\":\"Größe\"}");
    ASSERT_TEXT(web_server_header(&request, "x-one"), "first");
    ASSERT_TEXT(web_server_header(&request, "content-type"), "application/json");
    ASSERT_TEXT(web_server_header(&request, "user-agent"), "ichor-workflow-worker/" WORKER_VERSION);
    ASSERT_TEXT(web_server_header(&request, "content-length"), "18");
    struct text names = json_to_text(trial.arena, json_get(&request, TEXT("names")));
    ASSERT_TEXT(names,
                "[\"Host\",\"User-Agent\",\"Accept\",\"X-One\",\"Content-Type\",\"x-empty\",\"Content-Length\"]");
}

Test(http_client, methods_and_bodies)
{
    static const struct {
        const char *method, *body, *length;
    } rows[] = {{"GET", "", ""},    {"GET", "b", "1"},  {"POST", "", "0"},   {"PUT", "bb", "2"},
                {"PATCH", "", "0"}, {"DELETE", "", ""}, {"DELETE", "b", "1"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        trial.request.method = rows[i].method;
        trial.request.body = text_from(rows[i].body);
        ASSERT_OUTCOME(client_trial_get(&trial, "PLAIN", "/ok"), HTTP_ANSWERED);
        struct json_value request = web_server_take_one(trial.arena, "PLAIN");
        ASSERT_TEXT(member(&request, "method"), rows[i].method);
        ASSERT_TEXT(member(&request, "body"), rows[i].body);
        ASSERT_TEXT(web_server_header(&request, "content-length"), rows[i].length);
        ASSERT_TEXT(web_server_header(&request, "content-type"), "");
    }
}

Test(http_client, statuses)
{
    static const int rows[] = {200, 201, 204, 304, 400, 404, 418, 500, 503, 599};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text path = arena_print(trial.arena, "/status/%d", rows[i]);
        ASSERT_OUTCOME(client_trial_get(&trial, "PLAIN", path.data), HTTP_ANSWERED);
        cr_expect_eq(trial.answer.status, rows[i]);
    }
}

Test(http_client, redirects_are_answers)
{
    static const char *const rows[] = {"/redirect/metadata", "/redirect/loopback", "/redirect/here"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ASSERT_OUTCOME(client_trial_get(&trial, "TLS", rows[i]), HTTP_ANSWERED);
        cr_expect_eq(trial.answer.status, 302);
        (void)web_server_take_one(trial.arena, "TLS");
    }
}

Test(http_client, retry_after_in_both_forms)
{
    ASSERT_OUTCOME(client_trial_get(&trial, "PLAIN", "/busy/429/7"), HTTP_ANSWERED);
    cr_expect_eq(trial.answer.status, 429);
    cr_expect_eq(trial.answer.retry_after_ms, 7000);
    ASSERT_OUTCOME(client_trial_get(&trial, "PLAIN", "/busy-date/503/1800"), HTTP_ANSWERED);
    cr_expect_eq(trial.answer.status, 503);
    cr_expect(trial.answer.retry_after_ms > 0 && trial.answer.retry_after_ms <= 1800000);
    ASSERT_OUTCOME(client_trial_get(&trial, "PLAIN", "/busy-date/503/-10"), HTTP_ANSWERED);
    cr_expect_eq(trial.answer.retry_after_ms, 0);
}

Test(http_client, the_body_is_cut)
{
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/large/10240"), HTTP_ANSWERED);
    cr_expect_eq(trial.answer.body.size, 10240);
    cr_expect_not(trial.answer.cut);
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/large/10241"), HTTP_ANSWERED);
    cr_expect_eq(trial.answer.body.size, 10240);
    cr_expect(trial.answer.cut);
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/large/0"), HTTP_ANSWERED);
    cr_expect_eq(trial.answer.body.size, 0);
    cr_expect_not(trial.answer.cut);
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/large/3000000"), HTTP_ANSWERED);
    cr_expect(trial.answer.cut);
}

static int64_t connection(void)
{
    int64_t number = 0;
    struct json_value request = web_server_take_one(trial.arena, "TLS");
    cr_assert(text_to_int64(json_get(&request, TEXT("connection"))->number, &number));
    return number;
}

Test(http_client, a_connection_is_kept_for_the_next_request)
{
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/ok"), HTTP_ANSWERED);
    int64_t first = connection();
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/status/404"), HTTP_ANSWERED);
    cr_expect_eq(connection(), first);
    /* Not one whose answer was not read to its end. */
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/large/3000000"), HTTP_ANSWERED);
    cr_expect_eq(connection(), first);
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/ok"), HTTP_ANSWERED);
    cr_expect_neq(connection(), first);
}

Test(http_client, a_kept_connection_that_was_closed_costs_nothing)
{
    trial.request.method = "POST";
    trial.request.body = TEXT("x");
    for (int i = 0; i < 3; i++)
        ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/close-after"), HTTP_ANSWERED);
    cr_expect_eq(web_server_take(trial.arena, "TLS").array.count, 3);
    web_server_stop("TLS");
    web_server_start("TLS");
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/ok"), HTTP_ANSWERED);
}

static bool cancel_once_sent(void *userdata)
{
    (void)userdata;
    return trial.answer.sent;
}

static bool cancel_at_once(void *userdata)
{
    (void)userdata;
    return true;
}

Test(http_client, a_cancel_ends_the_wait)
{
    trial.limit.is_canceled = cancel_once_sent;
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/silent"), HTTP_CANCELED);
    cr_expect(trial.answer.sent);
    ASSERT_TEXT(trial.why.text, "canceled");
    trial.limit.is_canceled = cancel_at_once;
    ASSERT_OUTCOME(client_trial_get(&trial, "DEAF", "/ok"), HTTP_CANCELED);
    cr_expect_not(trial.answer.sent);
}

Test(http_client, the_limit_of_the_call_counts_too)
{
    trial.limit.deadline_us = clock_monotonic_us() + 200000;
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/silent"), HTTP_TIMED_OUT);
    trial.limit.deadline_us = clock_monotonic_us();
    ASSERT_OUTCOME(client_trial_get(&trial, "DEAF", "/ok"), HTTP_TIMED_OUT);
}

#define THREADS 8

static void *send_ten(void *userdata)
{
    struct client_trial *own = userdata;
    size_t answered = 0;
    for (int i = 0; i < 10; i++)
        answered += client_trial_get(own, "TLS", "/ok") == HTTP_ANSWERED && own->answer.status == 200;
    return (void *)answered;
}

Test(http_client, many_threads)
{
    pthread_t threads[THREADS];
    struct client_trial own[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        own[i] = trial;
        own[i].arena = arena_new(MIB(8), 0);
        cr_assert_eq(pthread_create(&threads[i], NULL, send_ten, &own[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *answered;
        cr_assert_eq(pthread_join(threads[i], &answered), 0);
        cr_expect_eq((size_t)answered, 10);
        arena_free(own[i].arena);
    }
    cr_expect_eq(web_server_take(trial.arena, "TLS").array.count, 10 * THREADS);
}

/* Whatever a proxy or a .netrc of the machine would do. */
Test(http_client, the_environment_is_not_asked)
{
    cr_assert_eq(setenv("https_proxy", "http://127.0.0.1:1", 1), 0);
    cr_assert_eq(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    cr_assert_eq(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/ok"), HTTP_ANSWERED);
    ASSERT_OUTCOME(client_trial_get(&trial, "PLAIN", "/ok"), HTTP_ANSWERED);
}

Test(http_client, out_of_memory)
{
    for (size_t n = 1;; n++) {
        cr_assert_lt(n, 200);
        arena_fail_after(trial.arena, n);
        enum http_outcome outcome = client_trial_send(&trial, TEXT("https://127.0.0.1:1/"));
        arena_fail_after(trial.arena, 0);
        if (outcome == HTTP_UNSENT && trial.why.text.data != NULL)
            break;
    }
}
