/* Makes the HTTP client from the settings of the worker. */
#include "http/http_client.h"
#include "settings/settings.h"

enum status http_start(const struct settings *settings, struct http_client **client, struct error *error)
{
    const struct http_options options = {.policy = http_policy_of_process(),
                                         .ca_file = settings->webhook_ca,
                                         .secrets = settings->webhook_secrets,
                                         .secrets_folder = settings->secrets_folder,
                                         .requests = (unsigned)settings->async_threads};
    *client = http_client_new(&options, error);
    return *client != NULL ? STATUS_OK : STATUS_INVALID;
}
