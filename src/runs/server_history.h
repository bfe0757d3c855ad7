/* Reads the history of a run from Temporal. */
#ifndef RUNS_SERVER_HISTORY_H
#define RUNS_SERVER_HISTORY_H

#include "console/command.h"
#include "temporal/history_json.h"

/* Reads the settings of the connection, connects, and reads the history of a run into the arena; run_id NULL: of the
   newest run of the workflow. Anything but CLI_SUCCESS: reported on stderr. */
enum cli_exit server_history_read(const struct cli_command *command, struct arena *arena, const char *workflow_id,
                                  const char *run_id, struct history_json *history) MUST_CHECK;

#endif
