/* Reads runs from the server. */
#include "runs/run_reading.h"

static enum cli_exit read_history(struct run_reading *reading, struct blocking_client *temporal)
{
    const struct run_info *info = &reading->description->run;
    client_read_workflow(temporal->client, info->workflow_id, info->run_id, false, temporal->arena,
                         blocking_client_history_done, temporal);
    if (!blocking_client_wait(temporal, "cannot read the history of %.*s", TEXT_ARG(info->workflow_id)))
        return CLI_FAILURE;
    if (temporal->history == NULL)
        return cli_out_of_memory(temporal->command);
    reading->events = temporal->history->events;
    reading->event_count = temporal->history->event_count;
    return CLI_SUCCESS;
}

static enum cli_exit fold(struct run_reading *reading, const struct blocking_client *temporal)
{
    struct error error = ERROR_IN(temporal->arena);
    if (run_picture_read(&reading->picture, temporal->arena, reading->events, reading->event_count, &error) !=
        STATUS_OK)
        return cli_fail(temporal->command, "the history cannot be read: %.*s%s%.*s", TEXT_ARG(error.where),
                        error.where.size > 0 ? ": " : "", TEXT_ARG(error.message));
    if (!run_waits_read(temporal->arena, reading->picture.run, reading->events, reading->event_count,
                        reading->description, &reading->waits))
        return cli_out_of_memory(temporal->command);
    return CLI_SUCCESS;
}

enum cli_exit run_reading_open(struct run_reading *reading, struct blocking_client *temporal,
                               const struct settings *settings, const char *word)
{
    enum cli_exit code = run_reference_find(temporal, settings, word, &reading->description);
    if (code == CLI_SUCCESS)
        code = read_history(reading, temporal);
    return code == CLI_SUCCESS ? fold(reading, temporal) : code;
}

void run_reading_close(struct run_reading *reading)
{
    run_picture_close(&reading->picture);
}
