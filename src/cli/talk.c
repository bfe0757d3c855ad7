#include "cli/talk.h"

#include <stdarg.h>
#include <unistd.h>

void talk_done(void *context, const struct client_result *result)
{
    struct talk *talk = context;
    talk->result = (struct client_result){.code = result->code, .message = arena_copy(talk->arena, result->message)};
}

void talk_history_came(void *context, const struct workflow_task *task, const struct client_result *result)
{
    struct talk *talk = context;
    talk_done(talk, result);
    struct workflow_task *history = task != NULL ? ARENA_NEW(talk->arena, struct workflow_task) : NULL;
    if (history != NULL)
        *history = *task;
    talk->history = history;
}

bool talk_wait(struct talk *talk, const char *what_format, ...)
{
    channel_run(client_channel(talk->client), true);
    if (talk->result.code == RPC_OK)
        return true;
    va_list arguments;
    va_start(arguments, what_format);
    struct text what = arena_vprint(talk->arena, what_format, arguments);
    va_end(arguments);
    cli_fail(talk->command, "%.*s: %.*s", TEXT_ARG(what), TEXT_ARG(talk->result.message));
    return false;
}

bool talk_open(struct talk *talk, const struct cli_command *command, struct arena *arena,
               const struct settings *settings)
{
    talk->command = command;
    talk->arena = arena;
    talk->client = client_new(&(struct client_options){
        .target = settings->temporal_target,
        .namespace_ = settings->temporal_namespace,
        .identity = arena_print(arena, "%ld@" PROGRAM "-%s", (long)getpid(), command->name),
        .security = talk->connect.security,
        .keys = &talk->connect.keys,
    });
    if (talk->client == NULL) {
        cli_fail(command, "out of memory");
        return false;
    }
    client_ping(talk->client, arena, talk_done, talk);
    return talk_wait(talk, "Temporal at %.*s does not answer", TEXT_ARG(settings->temporal_target));
}

void talk_close(struct talk *talk)
{
    client_free(talk->client);
}
