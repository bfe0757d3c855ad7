/* run --check: are the settings good, and is all there that they name? */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include "cli/cli.h"
#include "generated/services.h"
#include "temporal/security.h"

/* Tries Temporal (with its namespace), PostgreSQL, the mail server and the other services, a few seconds each, and prints
   a line for each of the first three and for what is not well; nothing is polled, written or sent. CLI_BAD when one does
   not answer, or would not serve us. */
enum cli_exit check_connections(const struct cli_command *command, struct arena *arena, const struct settings *settings,
                                const struct temporal_security *security, const struct services *services);

#endif
