/* From settings to a connection to Temporal, and what else can be seen of connections before one is made. */
#ifndef CLI_CONNECT_H
#define CLI_CONNECT_H

#include "cli/cli.h"
#include "temporal/keys.h"
#include "temporal/security.h"

struct connect {
    struct temporal_security security;
    struct payload_keys keys;
};

/* Makes what connects of settings that have been read; what is wrong with it, or with those of mail, is added to the
   faults. Texts are those of the settings, or in the faults' arena. */
void connect_read(const struct settings *settings, struct connect *connect, struct settings_faults *faults);

/* As cli_settled, and warns of a connection that is less secure than it looks. */
bool connect_settled(const struct cli_command *command, const struct settings *settings, const struct connect *connect,
                     const struct settings_faults *faults) MUST_CHECK;

/* All of it for the settings of the command, as cli_settings. */
bool connect_settings(const struct cli_command *command, struct arena *arena, struct settings *settings,
                      struct connect *connect) MUST_CHECK;

#endif
