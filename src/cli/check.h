/* run --check: are the settings good, and is all there that they name? */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include "cli/cli.h"
#include "temporal/security.h"

struct database; /* of service/database.h */

/* Tries Temporal (with its namespace) and PostgreSQL, a few seconds each, and prints a line for each; nothing is polled
   and nothing is written. CLI_BAD when one does not answer. */
enum cli_exit check_connections(const struct cli_command *command, struct arena *arena, const struct settings *settings,
                                const struct temporal_security *security, struct database *database);

#endif
