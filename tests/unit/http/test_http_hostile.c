/* Servers that mean no good, or are ill: each ends with the right outcome, in time, within the memory of the arena. */
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

TestSuite(http_hostile, .init = set_up, .fini = tear_down);

Test(http_hostile, an_endless_body_is_cut)
{
    size_t before = arena_bytes(trial.arena);
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/endless-body"), HTTP_ANSWERED);
    cr_expect_eq(trial.answer.status, 200);
    cr_expect_eq(trial.answer.body.size, 10240);
    cr_expect(trial.answer.cut);
    cr_expect_lt(arena_bytes(trial.arena) - before, KIB(64));
}

Test(http_hostile, endless_headers_are_refused)
{
    static const char *const rows[] = {"/endless-headers", "/endless-line", "/endless-interim"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t before = arena_bytes(trial.arena);
        ASSERT_OUTCOME(client_trial_get(&trial, "TLS", rows[i]), HTTP_UNREADABLE);
        ASSERT_TEXT(trial.why.text, "the headers of the answer are larger than 65536 bytes");
        cr_expect(trial.answer.sent);
        cr_expect_lt(arena_bytes(trial.arena) - before, KIB(64));
    }
}

Test(http_hostile, slow_bytes_do_not_extend_the_time)
{
    static const char *const rows[] = {"/slow-head", "/slow-body", "/silent"};
    trial.request.timeout_ms = 500;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ASSERT_OUTCOME(client_trial_get(&trial, "TLS", rows[i]), HTTP_TIMED_OUT);
        ASSERT_TEXT(trial.why.text, "no answer in time");
        cr_expect(trial.answer.sent);
    }
}

Test(http_hostile, a_handshake_that_never_ends)
{
    trial.request.timeout_ms = 500;
    ASSERT_OUTCOME(client_trial_get(&trial, "DEAF", "/ok"), HTTP_TIMED_OUT);
    cr_expect_not(trial.answer.sent);
}

Test(http_hostile, closed_before_the_request)
{
    ASSERT_OUTCOME(client_trial_get(&trial, "CLOSING", "/ok"), HTTP_UNSENT);
    cr_expect_not(trial.answer.sent);
    ASSERT_WHY("no TLS connection: ");
    web_server_stop("TLS");
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/ok"), HTTP_UNSENT);
    ASSERT_WHY("no connection: ");
    web_server_start("TLS");
}

Test(http_hostile, closed_after_the_request)
{
    static const char *const rows[] = {"/cut", "/reset", "/cut-head"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ASSERT_OUTCOME(client_trial_get(&trial, "TLS", rows[i]), HTTP_LOST);
        cr_expect(trial.answer.sent);
        ASSERT_WHY("the connection was lost before an answer: ");
        ASSERT_OUTCOME(client_trial_get(&trial, "PLAIN", rows[i]), HTTP_LOST);
    }
}

/* The status says what became of it. */
Test(http_hostile, closed_within_the_body)
{
    ASSERT_OUTCOME(client_trial_get(&trial, "TLS", "/cut-body"), HTTP_ANSWERED);
    cr_expect_eq(trial.answer.status, 200);
    ASSERT_TEXT(trial.answer.body, "only this");
    cr_expect(trial.answer.cut);
}

Test(http_hostile, another_protocol)
{
    ASSERT_OUTCOME(client_trial_get(&trial, "PLAIN", "/not-http"), HTTP_UNREADABLE);
    ASSERT_WHY("the answer is not HTTP: ");
}
