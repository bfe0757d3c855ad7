#include "trial_web.h"

#include <criterion/criterion.h>

static struct http_policy policy;

void trial_web_open(struct trial *trial, const char *secrets)
{
    const struct text hosts[] = {TEXT("127.0.0.1"), TEXT("erp.internal")};
    struct error error = ERROR_IN(trial->arena);
    cr_assert_eq(http_policy_read(hosts, sizeof hosts / sizeof hosts[0], true, &policy, NULL), STATUS_OK);
    http_policy_set(&policy);
    const struct http_options options = {
        .policy = &policy, .ca_file = text_from(web_server_authority()), .secrets = text_from(secrets)};
    trial->services.http = http_client_new(&options, &error);
    cr_assert_not_null(trial->services.http, "%.*s", TEXT_ARG(error.message));
    (void)web_server_take(trial->arena, "TLS");
    (void)web_server_take(trial->arena, "PLAIN");
}

void trial_web_close(struct trial *trial)
{
    http_client_free(trial->services.http);
}
