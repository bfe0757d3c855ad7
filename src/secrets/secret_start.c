/* The secrets from the settings of the worker. */
#include "secrets/secret_store.h"
#include "settings/settings.h"

enum status secret_store_start(const struct settings *settings, struct secret_store **store, struct error *error)
{
    const struct secret_options options = {.lines = settings->webhook_secrets, .folder = settings->secrets_folder};
    return secret_store_new(&options, store, error);
}
