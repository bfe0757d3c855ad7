/* Sends commands in one pipeline, waits for their results and determines the outcome. */
#include <assert.h>
#include <poll.h>
#include <string.h>

#include "postgres/database_internal.h"

/* A pipeline in progress. */
struct exchange {
    struct database_connection *connection;
    struct pipeline *pipeline;
    bool commits;                  /* a command that commits may have reached the server */
    enum database_outcome outcome; /* of the first failure */
    PGresult *result;              /* of the command with rows; owned */
};

/* The exchange was interrupted: the connection is in an unknown state and cannot be used again. */
static enum database_outcome lost(struct exchange *exchange, const char *why)
{
    exchange->connection->broken = true;
    /* An error that arrived before the loss of the connection is more informative than the loss. */
    if (exchange->outcome != DATABASE_OK)
        return exchange->outcome;
    struct database_fault *fault = exchange->pipeline->fault;
    exchange->outcome = exchange->commits ? DATABASE_UNKNOWN : DATABASE_UNAVAILABLE;
    if (why != NULL)
        return database_fault_set(fault, exchange->outcome, NULL, PUBLIC("%s"), why);
    return database_fault_of_connection(exchange->connection->conn, exchange->outcome, "connection lost", fault);
}

/* ---- sending ---- */

static bool send_command(struct database_connection *connection, struct command *command)
{
    PGconn *conn = connection->conn;
    int count = (int)command->count;
    struct prepared *prepared = database_prepared_find(connection, command);
    command->prepared = prepared;
    command->parses = false;
    if (prepared == NULL)
        return PQsendQueryParams(conn, command->text.data, count, command->types, command->values, command->sizes,
                                 command->formats, 0) == 1;
    if (prepared->state == PREPARED_SEEN) {
        if (PQsendPrepare(conn, prepared->name, command->text.data, count, command->types) != 1)
            return false;
        command->parses = true;
        prepared->state = PREPARED_SENT;
    }
    return PQsendQueryPrepared(conn, prepared->name, count, command->values, command->sizes, command->formats, 0) == 1;
}

/* Fills libpq's output buffer, which libpq sends when it grows large. */
static enum database_outcome send_all(struct exchange *exchange)
{
    for (struct command *command = exchange->pipeline->commands; command != NULL; command = command->next) {
        if (!send_command(exchange->connection, command))
            return lost(exchange, NULL);
        exchange->commits = exchange->commits || command->commits;
    }
    return PQpipelineSync(exchange->connection->conn) == 1 ? DATABASE_OK : lost(exchange, NULL);
}

static enum database_outcome wait_for(struct exchange *exchange, short events)
{
    PGconn *conn = exchange->connection->conn;
    switch (database_wait_for_socket(conn, events, exchange->pipeline->limit)) {
    case SOCKET_LATE: return lost(exchange, "no answer in time");
    case SOCKET_CANCELED: return lost(exchange, "canceled");
    case SOCKET_READY: break;
    }
    return PQconsumeInput(conn) == 1 ? DATABASE_OK : lost(exchange, NULL);
}

static enum database_outcome flush(struct exchange *exchange)
{
    for (;;) {
        int left = PQflush(exchange->connection->conn);
        if (left == 0)
            return DATABASE_OK;
        if (left < 0)
            return lost(exchange, NULL);
        enum database_outcome outcome = wait_for(exchange, POLLIN | POLLOUT);
        if (outcome != DATABASE_OK)
            return outcome;
    }
}

/* ---- receiving ---- */

/* Waits for the next result; NULL after the last result of a command. */
static enum database_outcome next_result(struct exchange *exchange, PGresult **result)
{
    while (PQisBusy(exchange->connection->conn)) {
        enum database_outcome outcome = wait_for(exchange, POLLIN);
        if (outcome != DATABASE_OK)
            return outcome;
    }
    *result = PQgetResult(exchange->connection->conn);
    return DATABASE_OK;
}

/* Classes of SQLSTATE that can occur when a table was changed since the statement was prepared: feature not supported
   (the result has another type), data errors, and syntax errors, which include type errors. */
static bool may_be_outdated(const struct database_fault *fault)
{
    static const char *const classes[] = {"0A", "22", "42"};
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strncmp(fault->sqlstate, classes[i], 2) == 0)
            return true;
    return false;
}

/* Handles a refusal to parse a statement, or to execute a prepared one. */
static void judge_prepared(struct exchange *exchange, struct command *command, bool parsing)
{
    struct pipeline *pipeline = exchange->pipeline;
    if (database_fault_is(pipeline->fault, SQLSTATE_DUPLICATE_STATEMENT) ||
        database_fault_is(pipeline->fault, SQLSTATE_NO_SUCH_STATEMENT)) {
        /* Other clients use the session too. */
        exchange->connection->is_pooled = true;
        pipeline->may_send_again = true;
    } else if (parsing) {
        command->prepared->state = PREPARED_SEEN;
    } else if (exchange->outcome == DATABASE_REFUSED && may_be_outdated(pipeline->fault)) {
        command->prepared->state = PREPARED_NEVER;
        pipeline->may_send_again = true;
    }
}

/* If the transaction failed before, COMMIT succeeds but reports ROLLBACK. */
static bool was_rolled_back(const struct command *command, PGresult *result)
{
    return command->commits && strcmp(PQcmdStatus(result), "ROLLBACK") == 0;
}

/* Determines what a result means. The server skips every command after the first one that fails. */
static enum database_outcome judge(struct exchange *exchange, struct command *command, bool parsing, PGresult *result)
{
    struct database_fault *fault = exchange->pipeline->fault;
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        if (parsing)
            command->prepared->state = PREPARED_READY;
        else if (was_rolled_back(command, result))
            exchange->outcome =
                database_fault_set(fault, DATABASE_REFUSED, "25P02", PUBLIC("the transaction had failed"));
        return DATABASE_OK;
    case PGRES_FATAL_ERROR:
        exchange->outcome = database_fault_of_result(exchange->connection, result, exchange->commits, fault);
        if (command->prepared != NULL)
            judge_prepared(exchange, command, parsing);
        return DATABASE_OK;
    case PGRES_PIPELINE_ABORTED:
        if (parsing)
            command->prepared->state = PREPARED_SEEN;
        return exchange->outcome != DATABASE_OK ? DATABASE_OK : lost(exchange, "unexpected kind of result");
    default: return lost(exchange, "unexpected kind of result"); /* such as COPY, which the worker never uses */
    }
}

/* Reads the only result of a command, or of its Parse, and the NULL after it. */
static enum database_outcome receive_one(struct exchange *exchange, struct command *command, bool parsing)
{
    PGresult *result = NULL, *end = NULL;
    enum database_outcome outcome = next_result(exchange, &result);
    if (outcome == DATABASE_OK && result == NULL)
        outcome = lost(exchange, NULL);
    if (outcome == DATABASE_OK)
        outcome = judge(exchange, command, parsing, result);
    if (outcome == DATABASE_OK && !exchange->connection->broken)
        outcome = next_result(exchange, &end);
    if (outcome == DATABASE_OK && end != NULL)
        outcome = lost(exchange, "unexpected kind of result");
    PQclear(end);
    if (outcome == DATABASE_OK && !parsing && command->rows != NULL)
        exchange->result = result;
    else
        PQclear(result);
    return outcome;
}

/* Reads until the server has processed the Sync. Without a transaction, the Sync commits, and can fail. */
static enum database_outcome receive_sync(struct exchange *exchange)
{
    for (bool was_null = false;;) {
        PGresult *result = NULL;
        enum database_outcome outcome = next_result(exchange, &result);
        if (outcome != DATABASE_OK)
            return outcome;
        ExecStatusType status = PQresultStatus(result); /* PGRES_FATAL_ERROR for NULL */
        if (result == NULL && was_null)
            return lost(exchange, NULL);
        was_null = result == NULL;
        if (result != NULL && status == PGRES_FATAL_ERROR && exchange->outcome == DATABASE_OK)
            exchange->outcome =
                database_fault_of_result(exchange->connection, result, exchange->commits, exchange->pipeline->fault);
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC)
            return DATABASE_OK;
        if (exchange->connection->broken)
            return exchange->outcome;
    }
}

static enum database_outcome receive_all(struct exchange *exchange)
{
    enum database_outcome outcome = DATABASE_OK;
    struct command *command = exchange->pipeline->commands;
    for (; outcome == DATABASE_OK && !exchange->connection->broken && command != NULL; command = command->next) {
        if (command->parses)
            outcome = receive_one(exchange, command, true);
        if (outcome == DATABASE_OK && !exchange->connection->broken)
            outcome = receive_one(exchange, command, false);
    }
    if (outcome == DATABASE_OK && !exchange->connection->broken)
        outcome = receive_sync(exchange);
    return outcome;
}

static struct command *find_rows(const struct pipeline *pipeline)
{
    struct command *found = NULL;
    for (struct command *command = pipeline->commands; command != NULL; command = command->next) {
        assert(command->rows == NULL || found == NULL);
        if (command->rows != NULL)
            found = command;
    }
    return found;
}

enum database_outcome database_pipeline_run(struct database_connection *connection, struct pipeline *pipeline)
{
    assert(pipeline->commands != NULL && pipeline->limit->deadline_us != 0);
    assert(!connection->broken);
    struct exchange exchange = {.connection = connection, .pipeline = pipeline};
    const struct command *with_rows = find_rows(pipeline);
    pipeline->may_send_again = false;
    /* Checked before sending: if a command is abandoned after it was sent, its effect is unknown and the connection is
       broken. */
    if (wait_limit_left_us(pipeline->limit) == 0)
        return database_fault_set(pipeline->fault, DATABASE_UNAVAILABLE, NULL, "no time left");
    if (wait_limit_is_canceled(pipeline->limit))
        return database_fault_set(pipeline->fault, DATABASE_UNAVAILABLE, NULL, "canceled");
    enum database_outcome outcome = send_all(&exchange);
    if (outcome == DATABASE_OK)
        outcome = flush(&exchange);
    if (outcome == DATABASE_OK)
        outcome = receive_all(&exchange);
    if (outcome == DATABASE_OK)
        outcome = exchange.outcome;
    if (outcome == DATABASE_OK && with_rows != NULL)
        outcome = database_rows_copy(with_rows->arena, exchange.result, with_rows->rows, pipeline->fault);
    PQclear(exchange.result);
    return outcome;
}

bool database_pipeline_is_alive(struct database_connection *connection)
{
    struct pollfd socket = {.fd = PQsocket(connection->conn), .events = POLLIN};
    while (!connection->broken && poll(&socket, 1, 0) != 0)
        if (PQconsumeInput(connection->conn) != 1 || PQstatus(connection->conn) != CONNECTION_OK)
            connection->broken = true;
    return !connection->broken;
}
