/* Sends one request at a time to Temporal and waits for its answer. */
#include "runs/blocking_client.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

void blocking_client_done(void *userdata, const struct client_result *result)
{
    struct blocking_client *temporal = userdata;
    temporal->result = (struct client_result){
        .code = result->code, .fault = result->fault, .message = arena_copy(temporal->arena, result->message)};
}

void blocking_client_history_done(void *userdata, const struct workflow_task *task, const struct client_result *result)
{
    struct blocking_client *temporal = userdata;
    blocking_client_done(temporal, result);
    struct workflow_task *history = task != NULL ? ARENA_NEW(temporal->arena, struct workflow_task) : NULL;
    if (history != NULL)
        *history = *task;
    temporal->history = history;
}

void blocking_client_finish(struct blocking_client *temporal)
{
    channel_run(client_channel(temporal->client), true);
}

bool blocking_client_wait(struct blocking_client *temporal, const char *subject_format, ...)
{
    blocking_client_finish(temporal);
    if (temporal->result.code == RPC_OK)
        return true;
    va_list arguments;
    va_start(arguments, subject_format);
    struct text subject = arena_vprint(temporal->arena, subject_format, arguments);
    va_end(arguments);
    cli_fail(temporal->command, "%.*s: %.*s", TEXT_ARG(subject), TEXT_ARG(temporal->result.message));
    return false;
}

bool blocking_client_open(struct blocking_client *temporal, const struct cli_command *command, struct arena *arena,
                          const struct settings *settings)
{
    temporal->command = command;
    temporal->arena = arena;
    temporal->client = client_new(&(struct client_options){
        .target = settings->temporal_target,
        .namespace_ = settings->temporal_namespace,
        .identity = arena_print(arena, "%ld@" PROGRAM "-%s", (long)getpid(), command->name),
        .security = temporal->connection.security,
        .keys = &temporal->connection.keys,
    });
    if (temporal->client == NULL) {
        cli_out_of_memory(command);
        return false;
    }
    client_ping(temporal->client, arena, blocking_client_done, temporal);
    return blocking_client_wait(temporal, "Temporal at %.*s does not answer", TEXT_ARG(settings->temporal_target));
}

void blocking_client_close(struct blocking_client *temporal)
{
    client_free(temporal->client);
}

struct text blocking_client_sender(struct arena *arena)
{
    char host[256] = "";
    const char *user = getenv("USER");
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    return arena_print(arena, "%s@%s", user != NULL && user[0] != '\0' ? user : "uid", host);
}
