/* Whole transactions, repeated when they fail for reasons that pass. */
#include "postgres/database_internal.h"

/* Tries of a transaction that conflicts with others. */
#define CONFLICTS_MAX 5

struct repeat {
    struct database_wait wait; /* with a deadline */
    struct backoff backoff;
    unsigned conflicts;
};

static struct repeat repeat_begin(const struct database *database, const struct database_wait *wait)
{
    struct repeat repeat = {.wait = *wait, .backoff = DATABASE_BACKOFF};
    repeat.wait.limit = database_limit_with_deadline(database, &wait->limit);
    return repeat;
}

/* Waits and returns true when another try can end better. */
static bool may_repeat(struct repeat *repeat, enum database_outcome outcome)
{
    bool again = false;
    switch (outcome) {
    case DATABASE_OK:
    case DATABASE_REFUSED: break;
    case DATABASE_CONFLICT: again = ++repeat->conflicts < CONFLICTS_MAX; break;
    case DATABASE_UNAVAILABLE: again = repeat->wait.retry; break;
    case DATABASE_UNKNOWN: again = repeat->wait.retry && repeat->wait.idempotent; break;
    }
    return again && backoff_wait(&repeat->backoff, &repeat->wait.limit);
}

static enum database_outcome transact_once(struct database *database, struct arena *arena,
                                           const struct database_wait *wait, database_body *body, void *userdata,
                                           struct database_fault *fault)
{
    struct database_session *session = NULL;
    enum database_outcome outcome = database_begin(database, arena, wait, &session, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    outcome = body(session, userdata, fault);
    if (outcome == DATABASE_OK)
        return database_commit(session, fault);
    database_abandon(session);
    return outcome;
}

enum database_outcome database_transact(struct database *database, struct arena *arena,
                                        const struct database_wait *wait, database_body *body, void *userdata,
                                        struct database_fault *fault)
{
    struct repeat repeat = repeat_begin(database, wait);
    for (;;) {
        enum database_outcome outcome = transact_once(database, arena, &repeat.wait, body, userdata, fault);
        if (!may_repeat(&repeat, outcome))
            return outcome;
    }
}

static enum database_outcome run_once(struct database *database, const struct database_wait *wait,
                                      struct command *command, struct database_fault *fault)
{
    struct database_connection *connection = NULL;
    enum database_outcome outcome = database_pool_take(database, &wait->limit, wait->retry, &connection, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    const struct wait_limit limit = database_statement_limit(database, &wait->limit);
    struct pipeline pipeline = {.commands = command, .limit = &limit, .fault = fault};
    outcome = database_pipeline_run(connection, &pipeline);
    for (size_t tries = 0; pipeline.may_send_again && tries < 2; tries++)
        outcome = database_pipeline_run(connection, &pipeline);
    database_session_return(database, connection);
    return outcome;
}

enum database_outcome database_run(struct database *database, struct arena *arena, const struct database_wait *wait,
                                   struct text statement, const struct database_parameter *parameters, size_t count,
                                   struct database_rows *rows, struct database_fault *fault)
{
    struct command command;
    enum database_outcome outcome = database_command_make(arena, statement, parameters, count, &command, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    command.commits = true;
    command.rows = rows;
    command.arena = arena;
    struct repeat repeat = repeat_begin(database, wait);
    for (;;) {
        outcome = run_once(database, &repeat.wait, &command, fault);
        if (!may_repeat(&repeat, outcome))
            return outcome;
    }
}

enum status database_ping(struct database *database, int64_t timeout_ms, struct error *error)
{
    struct arena *arena = arena_new(KIB(64), 0);
    if (arena == NULL)
        return error_budget(error);
    const struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + timeout_ms * MILLISECOND_US};
    struct database_fault fault = {.arena = arena};
    enum status status = STATUS_OK;
    if (database_run(database, arena, &wait, TEXT("SELECT 1"), NULL, 0, NULL, &fault) != DATABASE_OK)
        status = error_set_failure(error, STATUS_UNAVAILABLE, TEXT("database"), database_fault_failure(&fault));
    arena_free(arena);
    return status;
}
