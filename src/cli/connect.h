/* From settings to a connection to Temporal. */
#ifndef CLI_CONNECT_H
#define CLI_CONNECT_H

#include "cli/cli.h"
#include "temporal/keys.h"
#include "temporal/security.h"

struct connect {
    struct temporal_security security;
    struct payload_keys keys;
};

/* False when it cannot be used; the reason is told. Texts are those of the settings, or in the arena. */
bool connect_read(const struct cli_command *command, struct arena *arena, const struct settings *settings,
                  struct connect *connect) MUST_CHECK;

#endif
