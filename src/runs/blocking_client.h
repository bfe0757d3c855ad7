/* A client of Temporal for commands: one request at a time, each waited for. Single-threaded. */
#ifndef RUNS_BLOCKING_CLIENT_H
#define RUNS_BLOCKING_CLIENT_H

#include "runs/connection_settings.h"
#include "temporal/client.h"

struct blocking_client {
    const struct cli_command *command;
    struct arena *arena; /* the caller's: all results live in it */
    struct connection_settings connection;
    struct client *client;
    struct client_result result;         /* of the last request */
    const struct workflow_task *history; /* of the last request that read one; NULL when none came */
};

/* Connects and pings. The caller has set `connection`; all else is zero. False: reported on stderr; close it all the
   same. */
bool blocking_client_open(struct blocking_client *temporal, const struct cli_command *command, struct arena *arena,
                          const struct settings *settings) MUST_CHECK;
void blocking_client_close(struct blocking_client *temporal);

/* The `done` callbacks of a request, with the blocking client as userdata. */
void blocking_client_done(void *userdata, const struct client_result *result);
void blocking_client_history_done(void *userdata, const struct workflow_task *task, const struct client_result *result);

/* Waits for the request's answer, and reports nothing: `result` says how it ended. */
void blocking_client_finish(struct blocking_client *temporal);
/* The same. False: the request failed, reported as "SUBJECT: the server's message". */
bool blocking_client_wait(struct blocking_client *temporal, const char *subject_format, ...) PRINTF_LIKE(2, 3);

/* user@host, for the history of a run: who has asked. In the arena. */
struct text blocking_client_sender(struct arena *arena) MUST_CHECK;

#endif
