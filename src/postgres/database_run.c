/* Runs whole transactions, and retries them after temporary failures. */
#include "postgres/database_internal.h"

/* Maximum of tries of a transaction that conflicts with others. */
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

/* If another try can succeed, waits and returns true. */
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

static enum database_outcome run_on(const struct database *database, struct database_connection *connection,
                                    struct command *command, const struct wait_limit *limit,
                                    struct database_fault *fault)
{
    const struct wait_limit within = database_statement_limit(database, limit);
    struct pipeline pipeline = {.limit = &within, .fault = fault, .may_send_again = true};
    enum database_outcome outcome = DATABASE_OK;
    for (size_t tries = 0; pipeline.may_send_again && tries < DATABASE_SENDINGS_MAX; tries++) {
        struct transaction transaction;
        pipeline.commands = database_transaction_around(&transaction, connection, command);
        outcome = database_pipeline_run(connection, &pipeline);
    }
    return outcome;
}

static enum database_outcome run_once(struct database *database, const struct database_wait *wait,
                                      struct command *command, struct database_fault *fault)
{
    struct database_connection *connection = NULL;
    enum database_outcome outcome = database_pool_take(database, &wait->limit, wait->retry, &connection, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    outcome = run_on(database, connection, command, &wait->limit, fault);
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
    command.rows = rows;
    command.arena = arena;
    struct repeat repeat = repeat_begin(database, wait);
    for (;;) {
        outcome = run_once(database, &repeat.wait, &command, fault);
        if (!may_repeat(&repeat, outcome))
            return outcome;
    }
}

static const char ask_writable[] = "SELECT current_setting('transaction_read_only'), pg_is_in_recovery()";

/* Determines why nothing can be written. An old address of the server may lead to a standby, so the connection is not
   kept. */
static enum database_outcome judge_writable(struct database_connection *connection, const struct database_rows *rows,
                                            struct database_fault *fault)
{
    if (text_is(rows->cells[0], "off"))
        return DATABASE_OK;
    connection->broken = true;
    return database_fault_set(fault, DATABASE_UNAVAILABLE, SQLSTATE_READ_ONLY, PUBLIC("the database is read-only: %s"),
                              text_is(rows->cells[1], "t") ? "the server is a standby"
                                                           : "default_transaction_read_only is on");
}

static enum database_outcome ping(struct database *database, struct arena *arena, const struct wait_limit *limit,
                                  struct database_fault *fault)
{
    struct database_rows rows;
    struct command command = DATABASE_COMMAND(ask_writable);
    command.rows = &rows;
    command.arena = arena;
    struct database_connection *connection = NULL;
    enum database_outcome outcome = database_pool_take(database, limit, false, &connection, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    outcome = run_on(database, connection, &command, limit, fault);
    if (outcome == DATABASE_OK)
        outcome = judge_writable(connection, &rows, fault);
    database_session_return(database, connection);
    return outcome;
}

enum status database_ping(struct database *database, int64_t timeout_ms, struct error *error)
{
    struct arena *arena = arena_new(KIB(64), 0);
    if (arena == NULL)
        return error_budget(error);
    const struct wait_limit limit = {.deadline_us = clock_monotonic_us() + timeout_ms * MILLISECOND_US};
    struct database_fault fault = {.arena = arena};
    enum status status = STATUS_OK;
    if (ping(database, arena, &limit, &fault) != DATABASE_OK)
        status = error_set_failure(error, STATUS_UNAVAILABLE, TEXT("database"), database_fault_failure(&fault));
    arena_free(arena);
    return status;
}
