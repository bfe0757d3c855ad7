/* run --check: are the settings good, and is all there that they name? */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include "cli/connect.h"
#include "generated/services.h"

/* Tries Temporal (with its namespace), PostgreSQL, the mail server and the other services, a few seconds each, and prints
   a line for each of the first three, for what is not well, and for how safe it all is; nothing is polled, written or sent. CLI_BAD when one does
   not answer, or would not serve us. */
enum cli_exit check_connections(const struct cli_command *command, struct arena *arena, const struct settings *settings,
                                const struct connect *connect, const struct services *services);

#endif
