/* Sessions: the statements of one transaction, and which of them are sent together. */
#include <assert.h>

#include "postgres/database_internal.h"

/* The server ends a statement at its timeout; the client waits this much longer for the error. */
#define TIMEOUT_MARGIN_US   SECOND_US
#define ROLLBACK_TIMEOUT_US SECOND_US

struct database_session {
    struct database *database;
    struct database_connection *connection; /* NULL: lost and not replaced, or the session has ended */
    struct arena *arena;                    /* of database_begin */
    struct database_wait wait;
    struct command *queued, **queue_end; /* sent with the next statement */
    enum database_outcome outcome;       /* of the first statement that failed */
    bool begun;                          /* the server has processed BEGIN */
    bool ended;
};

struct wait_limit database_statement_limit(const struct database *database, const struct wait_limit *limit)
{
    return wait_limit_within(limit, database->settings.statement_timeout_us + TIMEOUT_MARGIN_US);
}

struct wait_limit database_limit_with_deadline(const struct database *database, const struct wait_limit *limit)
{
    return limit->deadline_us != 0 ? *limit : wait_limit_within(limit, database->settings.statement_timeout_us);
}

enum database_outcome database_begin(struct database *database, struct arena *arena, const struct database_wait *wait,
                                     struct database_session **session, struct database_fault *fault)
{
    const struct wait_limit limit = database_limit_with_deadline(database, &wait->limit);
    struct database_session *made = ARENA_NEW(arena, struct database_session);
    if (made == NULL)
        return database_fault_budget(fault);
    *made = (struct database_session){.database = database, .arena = arena, .wait = *wait};
    made->queue_end = &made->queued;
    enum database_outcome outcome = database_pool_take(database, &limit, wait->retry, &made->connection, fault);
    if (outcome == DATABASE_OK)
        *session = made;
    return outcome;
}

/* ---- sending ---- */

static enum database_outcome run_pipeline(struct database_session *session, struct command *commands,
                                          struct database_fault *fault, bool *may_send_again)
{
    const struct wait_limit limit = database_statement_limit(session->database, &session->wait.limit);
    struct pipeline pipeline = {.commands = commands, .limit = &limit, .fault = fault};
    enum database_outcome outcome = database_pipeline_run(session->connection, &pipeline);
    *may_send_again = pipeline.may_send_again;
    return outcome;
}

/* Sends BEGIN and the commands. If a prepared statement causes a failure, everything is sent again, with that statement
   as text, because nothing else has been done in the transaction. */
static enum database_outcome begin_and_run(struct database_session *session, struct command *commands,
                                           struct database_fault *fault)
{
    enum database_outcome outcome = DATABASE_OK;
    bool may_send_again = true;
    for (size_t tries = 0; may_send_again && tries < DATABASE_SENDINGS_MAX; tries++) {
        struct transaction transaction;
        struct command *all = database_transaction_open(&transaction, session->connection, commands);
        outcome = run_pipeline(session, all, fault, &may_send_again);
    }
    return outcome;
}

/* Begins the transaction. Until something has been done in it, it can begin again on another connection. */
static enum database_outcome run_first(struct database_session *session, struct command *commands,
                                       struct database_fault *fault)
{
    const struct wait_limit limit = database_limit_with_deadline(session->database, &session->wait.limit);
    struct backoff backoff = DATABASE_BACKOFF;
    for (;;) {
        enum database_outcome outcome = begin_and_run(session, commands, fault);
        bool lost = outcome == DATABASE_UNAVAILABLE && session->connection->broken;
        if (!lost) {
            session->begun = PQtransactionStatus(session->connection->conn) != PQTRANS_IDLE;
            return outcome;
        }
        /* If a spare connection was lost, this says nothing about the server: try another connection at once. */
        bool stale = session->connection->reused && !wait_limit_is_over(&limit);
        if (!stale && (!session->wait.retry || !backoff_wait(&backoff, &limit)))
            return outcome;
        outcome = database_pool_replace(session->database, &limit, session->wait.retry, &session->connection, fault);
        if (outcome != DATABASE_OK)
            return outcome;
    }
}

/* Sends the queued commands and then this one. */
static enum database_outcome run(struct database_session *session, struct command *command,
                                 struct database_fault *fault)
{
    assert(!session->ended && command->next == NULL);
    *session->queue_end = command;
    struct command *commands = session->queued;
    session->queued = NULL;
    session->queue_end = &session->queued;
    if (session->connection == NULL || session->connection->broken)
        return database_fault_set(fault, DATABASE_UNAVAILABLE, NULL, "connection lost");
    if (!session->begun)
        return run_first(session, commands, fault);
    if (command->commits && !database_pipeline_is_alive(session->connection))
        return database_fault_of_connection(session->connection->conn, DATABASE_UNAVAILABLE, "connection lost", fault);
    bool may_send_again;
    enum database_outcome outcome = run_pipeline(session, commands, fault, &may_send_again);
    /* The transaction has failed. A retry sends the statement as text, which shows the actual error. */
    return may_send_again ? DATABASE_CONFLICT : outcome;
}

enum database_outcome database_execute(struct database_session *session, struct arena *arena, struct text statement,
                                       const struct database_parameter *parameters, size_t count,
                                       struct database_rows *rows, struct database_fault *fault)
{
    struct command command;
    enum database_outcome outcome = database_command_make(arena, statement, parameters, count, &command, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    command.rows = rows;
    command.arena = arena;
    outcome = run(session, &command, fault);
    if (session->outcome == DATABASE_OK)
        session->outcome = outcome;
    return outcome;
}

enum database_outcome database_queue(struct database_session *session, struct text statement,
                                     const struct database_parameter *parameters, size_t count,
                                     struct database_fault *fault)
{
    assert(!session->ended);
    struct command *command = ARENA_NEW(session->arena, struct command);
    if (command == NULL)
        return database_fault_budget(fault);
    enum database_outcome outcome = database_command_make(session->arena, statement, parameters, count, command, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    *session->queue_end = command;
    session->queue_end = &command->next;
    return DATABASE_OK;
}

enum database_outcome database_savepoint(struct database_session *session, struct database_fault *fault)
{
    return database_queue(session, TEXT("SAVEPOINT optional"), NULL, 0, fault);
}

enum database_outcome database_rollback_to_savepoint(struct database_session *session, struct database_fault *fault)
{
    session->outcome = DATABASE_OK;
    return database_execute(session, session->arena, TEXT("ROLLBACK TO SAVEPOINT optional"), NULL, 0, NULL, fault);
}

enum database_outcome database_session_outcome(const struct database_session *session)
{
    return session->outcome;
}

struct database *database_of(const struct database_session *session)
{
    return session->database;
}

/* ---- ending ---- */

void database_session_return(struct database *database, struct database_connection *connection)
{
    PGTransactionStatusType state = PQtransactionStatus(connection->conn);
    if (!connection->broken && (state == PQTRANS_INTRANS || state == PQTRANS_INERROR)) {
        struct command rollback = DATABASE_COMMAND("ROLLBACK");
        const struct wait_limit limit = {.deadline_us = clock_monotonic_us() + ROLLBACK_TIMEOUT_US};
        struct database_fault ignored = {0};
        struct pipeline pipeline = {.commands = &rollback, .limit = &limit, .fault = &ignored};
        /* If this fails, the connection is closed, which rolls back too. */
        (void)database_pipeline_run(connection, &pipeline);
    }
    database_pool_return(database, connection);
}

void database_abandon(struct database_session *session)
{
    if (session == NULL)
        return;
    assert(!session->ended);
    if (session->connection != NULL)
        database_session_return(session->database, session->connection);
    session->connection = NULL;
    session->ended = true;
}

enum database_outcome database_commit(struct database_session *session, struct database_fault *fault)
{
    enum database_outcome outcome = DATABASE_OK;
    struct command commit = DATABASE_COMMAND("COMMIT");
    commit.commits = true;
    if (session->begun || session->queued != NULL)
        outcome = run(session, &commit, fault);
    database_abandon(session);
    return outcome;
}
