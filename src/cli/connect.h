/* From settings to a connection to Temporal. */
#ifndef CLI_CONNECT_H
#define CLI_CONNECT_H

#include "cli/cli.h"
#include "temporal/security.h"

/* False when it cannot be used; the reason is told. Texts are those of the settings. */
bool connect_security(const struct cli_command *command, struct arena *arena, const struct settings *settings,
                      struct temporal_security *security) MUST_CHECK;

#endif
