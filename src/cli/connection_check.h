/* `run --check`: tests the settings and every service that they name. */
#ifndef CLI_CONNECTION_CHECK_H
#define CLI_CONNECTION_CHECK_H

#include "generated/services.h"
#include "runs/connection_settings.h"

/* Tests Temporal and its namespace, PostgreSQL, the mail server and the other services, for a few seconds each; polls,
   writes and sends nothing. Prints a line for each of the first three, for TLS and encryption, and for each fault.
   Returns CLI_FAILURE when one does not answer or would refuse our requests. */
enum cli_exit connection_check(const struct cli_command *command, struct arena *arena, const struct settings *settings,
                               const struct connection_settings *connection, const struct services *services);

#endif
