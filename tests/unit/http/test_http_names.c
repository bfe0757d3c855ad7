/* Names, and the addresses that they resolve to: every candidate is checked when a connection to it is opened. */
#include "client_trial.h"
#include "names.h"

static struct client_trial trial;

static void set_up(void)
{
    client_trial_open(&trial, "127.0.0.1,safe.test");
}

static void tear_down(void)
{
    names_forget();
    client_trial_close(&trial);
}

TestSuite(http_names, .init = set_up, .fini = tear_down);

static enum http_outcome send_to(const char *name, const char *path)
{
    return client_trial_send(&trial, arena_print(trial.arena, "https://%s:%s%s", name, web_server_port("TLS"), path));
}

static void resolve(const char *name, const char *const *answers)
{
    names_set(name, answers);
}

#define RESOLVE(name_, ...) resolve((name_), (const char *const[]){__VA_ARGS__, NULL})

Test(http_names, an_address_that_is_allowed)
{
    RESOLVE("partner.test", "127.0.0.1");
    ASSERT_OUTCOME(send_to("partner.test", "/ok"), HTTP_ANSWERED);
    struct json_value request = web_server_take_one(trial.arena, "TLS");
    cr_assert(text_starts(web_server_header(&request, "host"), TEXT("partner.test:")));
}

Test(http_names, an_address_that_is_not)
{
    static const char *const rows[] = {"127.0.0.2",       "10.0.0.1",      "169.254.169.254", "::1",
                                       "::ffff:10.0.0.1", "fd00:ec2::254", "64:ff9b::7f00:1"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        RESOLVE("partner.test", rows[i]);
        ASSERT_OUTCOME(send_to("partner.test", "/ok"), HTTP_REFUSED);
        cr_expect_not(trial.answer.sent);
        cr_expect(text_starts(trial.why.text, TEXT("the address ")), "%.*s", TEXT_ARG(trial.why.text));
        cr_expect(text_ends(trial.why.text, TEXT(" is not allowed")), "%.*s", TEXT_ARG(trial.why.text));
        ASSERT_TEXT(trial.answer.host, "partner.test");
    }
    cr_expect_eq(web_server_take(trial.arena, "TLS").array.count, 0);
}

Test(http_names, each_candidate_is_checked)
{
    RESOLVE("partner.test", "10.0.0.1,169.254.169.254,127.0.0.1");
    ASSERT_OUTCOME(send_to("partner.test", "/ok"), HTTP_ANSWERED);
    (void)web_server_take_one(trial.arena, "TLS");
    RESOLVE("partner.test", "::1,10.0.0.1,127.0.0.2");
    ASSERT_OUTCOME(send_to("partner.test", "/status/204"), HTTP_ANSWERED); /* on the connection that was kept */
    (void)web_server_take_one(trial.arena, "TLS");
    ASSERT_OUTCOME(send_to("partner.test", "/close-after"), HTTP_ANSWERED);
    ASSERT_OUTCOME(send_to("partner.test", "/ok"), HTTP_REFUSED);
}

/* The answer changes between two requests: a connection that was checked may be kept, a new one is checked again. */
Test(http_names, a_name_that_resolves_differently_the_second_time)
{
    RESOLVE("partner.test", "127.0.0.1", "169.254.169.254");
    ASSERT_OUTCOME(send_to("partner.test", "/close-after"), HTTP_ANSWERED);
    ASSERT_OUTCOME(send_to("partner.test", "/ok"), HTTP_REFUSED);
    ASSERT_TEXT(trial.why.text, "the address 169.254.169.254 is not allowed");
    cr_expect_eq(names_asked(), 2);
    cr_expect_eq(web_server_take(trial.arena, "TLS").array.count, 1);
}

Test(http_names, a_listed_name_may_have_any_address)
{
    RESOLVE("safe.test", "127.0.0.1");
    ASSERT_OUTCOME(send_to("safe.test", "/ok"), HTTP_ANSWERED);
    RESOLVE("SAFE.test", "127.0.0.1");
    ASSERT_OUTCOME(send_to("SAFE.test", "/ok"), HTTP_ANSWERED);
}

/* A connection of one host is not used for another one, although both are at the same address. */
Test(http_names, hosts_do_not_share_connections)
{
    RESOLVE("safe.test", "127.0.0.1");
    ASSERT_OUTCOME(send_to("safe.test", "/ok"), HTTP_ANSWERED);
    RESOLVE("partner.test", "127.0.0.2");
    ASSERT_OUTCOME(send_to("partner.test", "/ok"), HTTP_REFUSED);
    (void)web_server_take_one(trial.arena, "TLS");
}

Test(http_names, numbers_are_addresses)
{
    static const char *const rows[] = {"0x7f.2", "2130706434", "127.2", "0177.0.0.2", "[::ffff:127.0.0.2]", "[::1]"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ASSERT_OUTCOME(send_to(rows[i], "/ok"), HTTP_REFUSED);
        ASSERT_WHY(" is not allowed");
    }
    ASSERT_OUTCOME(send_to("127.1", "/ok"), HTTP_ANSWERED);
    ASSERT_OUTCOME(send_to("[::ffff:127.0.0.1]", "/ok"), HTTP_UNSENT); /* allowed; the certificate has another name */
    ASSERT_WHY("the server's certificate is not trusted: ");
}

Test(http_names, a_name_without_an_address)
{
    RESOLVE("partner.test", "-");
    ASSERT_OUTCOME(send_to("partner.test", "/ok"), HTTP_UNSENT);
    ASSERT_WHY("the host's name has no address: ");
}

Test(http_names, a_resolver_that_hangs_does_not_extend_the_time)
{
    RESOLVE("partner.test", "?");
    trial.request.timeout_ms = 300;
    ASSERT_OUTCOME(send_to("partner.test", "/ok"), HTTP_TIMED_OUT);
    cr_expect_not(trial.answer.sent);
}
