#include "client_trial.h"

static void take_all(struct arena *arena)
{
    static const char *const all[] = {"PLAIN", "TLS", "OTHER", "STRANGER", "OLD", "CLOSING", "DEAF"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        (void)web_server_take(arena, all[i]);
}

void client_trial_open(struct client_trial *trial, const char *allowed)
{
    *trial = (struct client_trial){.arena = arena_new(MIB(8), 0)};
    struct text hosts[HTTP_POLICY_HOSTS], rest = text_from(allowed);
    size_t count = 0;
    while (rest.data != NULL)
        hosts[count++] = text_split(&rest, ',');
    struct error error = ERROR_IN(trial->arena);
    cr_assert_eq(http_policy_read(hosts, count, true, &trial->policy, &error), STATUS_OK, "%.*s",
                 TEXT_ARG(error.message));
    const struct http_options options = {.policy = &trial->policy, .ca_file = text_from(web_server_authority())};
    trial->client = http_client_new(&options, &error);
    cr_assert_not_null(trial->client, "%.*s", TEXT_ARG(error.message));
    trial->request = (struct http_request){.method = "GET", .timeout_ms = 30000, .answer_bytes = LIMIT_WEBHOOK_ANSWER};
    take_all(trial->arena);
}

void client_trial_close(struct client_trial *trial)
{
    http_client_free(trial->client);
    arena_free(trial->arena);
}

enum http_outcome client_trial_send(struct client_trial *trial, struct text url)
{
    trial->request.url = url;
    return http_client_send(trial->client, trial->arena, &trial->request, &trial->limit, &trial->answer, &trial->why);
}

enum http_outcome client_trial_get(struct client_trial *trial, const char *which, const char *path)
{
    return client_trial_send(trial, web_server_url(trial->arena, which, path));
}
