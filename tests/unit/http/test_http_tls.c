/* Certificates and versions of TLS. */
#include "client_trial.h"

static struct client_trial trial;

static void set_up(void)
{
    client_trial_open(&trial, "127.0.0.1,localhost");
}

static void tear_down(void)
{
    client_trial_close(&trial);
}

TestSuite(http_tls, .init = set_up, .fini = tear_down);

static void assert_untrusted(const char *which)
{
    ASSERT_OUTCOME(client_trial_get(&trial, which, "/ok"), HTTP_UNSENT);
    ASSERT_WHY("the server's certificate is not trusted: ");
    cr_expect_not(trial.answer.sent);
    cr_expect_eq(web_server_take(trial.arena, which).array.count, 0);
}

Test(http_tls, a_certificate_of_another_host)
{
    assert_untrusted("OTHER");
}

Test(http_tls, a_certificate_of_a_stranger)
{
    assert_untrusted("STRANGER");
}

Test(http_tls, the_name_is_checked_as_the_url_has_it)
{
    struct text url = arena_print(trial.arena, "https://localhost:%s/ok", web_server_port("TLS"));
    ASSERT_OUTCOME(client_trial_send(&trial, url), HTTP_ANSWERED);
    struct json_value request = web_server_take_one(trial.arena, "TLS");
    ASSERT_TEXT(json_get_text(&request, TEXT("tls")), "TLSv1.3");
}

Test(http_tls, without_its_authority_nothing_is_trusted)
{
    struct error error = ERROR_IN(trial.arena);
    http_client_free(trial.client);
    trial.client = http_client_new(&(struct http_options){.policy = &trial.policy}, &error);
    cr_assert_not_null(trial.client, "%.*s", TEXT_ARG(error.message));
    assert_untrusted("TLS");
}

Test(http_tls, version_1_1_is_refused)
{
    ASSERT_OUTCOME(client_trial_get(&trial, "OLD", "/ok"), HTTP_UNSENT);
    ASSERT_WHY("no TLS connection: ");
    cr_expect_eq(web_server_take(trial.arena, "OLD").array.count, 0);
}

/* A request over TLS is not sent again without it, nor the other way around. */
Test(http_tls, http_to_a_server_with_tls)
{
    struct text url = arena_print(trial.arena, "http://127.0.0.1:%s/ok", web_server_port("TLS"));
    ASSERT_OUTCOME(client_trial_send(&trial, url), HTTP_LOST);
    cr_expect_eq(web_server_take(trial.arena, "TLS").array.count, 0);
}
