/* The settings of a connection to Temporal, and checks of connection settings before anything connects. */
#ifndef RUNS_CONNECTION_SETTINGS_H
#define RUNS_CONNECTION_SETTINGS_H

#include "console/command.h"
#include "temporal/keys.h"
#include "temporal/security.h"

struct connection_settings {
    struct temporal_security security;
    struct payload_keys keys;
};

/* Fills *connection from settings that have been read; adds what is wrong with it, or with the settings of mail, to the
   faults. Texts are those of the settings, or live in the faults' arena. */
void connection_settings_check(const struct settings *settings, struct connection_settings *connection,
                               struct settings_faults *faults);

/* As cli_accept_settings; also logs a warning when the connection is less secure than its settings suggest. */
bool connection_settings_accept(const struct cli_command *command, const struct settings *settings,
                                const struct connection_settings *connection,
                                const struct settings_faults *faults) MUST_CHECK;

/* Reads the command's settings and does both, as cli_read_settings. */
bool connection_settings_read(const struct cli_command *command, struct arena *arena, struct settings *settings,
                              struct connection_settings *connection) MUST_CHECK;

#endif
