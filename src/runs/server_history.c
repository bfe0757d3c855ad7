/* Reads histories from Temporal. */
#include "runs/server_history.h"

#include "runs/blocking_client.h"

static bool fetch(struct blocking_client *temporal, struct text workflow_id, struct text run_id)
{
    client_read_workflow(temporal->client, workflow_id, run_id, false, temporal->arena, blocking_client_history_done,
                         temporal);
    return blocking_client_wait(temporal, "cannot read the history of %.*s", TEXT_ARG(workflow_id));
}

enum cli_exit server_history_read(const struct cli_command *command, struct arena *arena, const char *workflow_id,
                                  const char *run_id, struct history_json *history)
{
    struct cli_command connecting = *command;
    struct settings settings;
    struct blocking_client temporal = {0};
    connecting.settings = SETTINGS_TEMPORAL | SETTINGS_LOG;
    if (!connection_settings_read(&connecting, arena, &settings, &temporal.connection))
        return CLI_USAGE;
    bool read = blocking_client_open(&temporal, command, arena, &settings) &&
                fetch(&temporal, text_from(workflow_id), text_from(run_id));
    enum cli_exit code = read ? CLI_SUCCESS : CLI_FAILURE;
    if (read && temporal.history == NULL)
        code = cli_out_of_memory(command);
    else if (read)
        *history = (struct history_json){temporal.history->events, temporal.history->event_count};
    blocking_client_close(&temporal);
    return code;
}
