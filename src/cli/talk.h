/* Talking to the Temporal server: one request at a time, each awaited. */
#ifndef CLI_TALK_H
#define CLI_TALK_H

#include "cli/connect.h"
#include "temporal/client.h"

struct talk {
    const struct cli_command *command;
    struct arena *arena;
    struct connect connect;
    struct client *client;
    struct client_result result;         /* of the last request */
    const struct workflow_task *history; /* of the last one that read one; NULL: none came */
};

/* Asks whether somebody is there; talk->connect is set, all else is zero. False: told on stderr; close it all the same. */
bool talk_open(struct talk *talk, const struct cli_command *command, struct arena *arena,
               const struct settings *settings) MUST_CHECK;
void talk_close(struct talk *talk);

/* What a request is given as its `done`, with the talk as context. */
void talk_done(void *context, const struct client_result *result);
void talk_history_came(void *context, const struct workflow_task *task, const struct client_result *result);

/* Waits for the answer to the request. False: it went wrong, told as "WHAT: the server's words". */
bool talk_wait(struct talk *talk, const char *what_format, ...) PRINTF_LIKE(2, 3);

#endif
