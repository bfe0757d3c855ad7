/* Runs one statement: sends it, waits for the result, copies its rows, says what became of it. */
#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "postgres/database_internal.h"

#define PARAMETERS_MAX 65535 /* of the protocol */

/* One statement and its answer. */
struct exchange {
    struct database_connection *connection;
    bool commits;
    const struct wait_limit *limit;
    struct database_fault *fault;
};

/* The exchange was cut short: the connection is in an unknown state and cannot be used again. */
static enum database_outcome lost(struct exchange *exchange, const char *why)
{
    exchange->connection->broken = true;
    enum database_outcome outcome = exchange->commits ? DATABASE_UNKNOWN : DATABASE_UNAVAILABLE;
    if (why != NULL)
        return database_fault_set(exchange->fault, outcome, NULL, PUBLIC("%s"), why);
    return database_fault_of_connection(exchange->connection->conn, outcome, "connection lost", exchange->fault);
}

static enum database_outcome wait_for(struct exchange *exchange, short events)
{
    PGconn *conn = exchange->connection->conn;
    switch (database_wait_for_socket(conn, events, exchange->limit)) {
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

/* The next result, NULL after the last. */
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

/* COPY sends results without end until its data is read; no statement of ours uses it. */
static bool is_copy(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

/* The statement's one result. Free with PQclear. */
static enum database_outcome receive(struct exchange *exchange, PGresult **received)
{
    PGresult *kept = NULL;
    for (;;) {
        PGresult *result = NULL;
        enum database_outcome outcome = next_result(exchange, &result);
        if (outcome != DATABASE_OK) {
            /* An error that arrived before the connection was lost says more than the loss itself. */
            if (kept != NULL && PQresultStatus(kept) == PGRES_FATAL_ERROR)
                outcome = database_fault_of_result(exchange->connection, kept, exchange->commits, exchange->fault);
            PQclear(kept);
            return outcome;
        }
        if (result == NULL)
            break;
        if (kept != NULL)
            PQclear(result);
        else
            kept = result;
        if (is_copy(kept))
            break;
    }
    if (kept == NULL)
        return lost(exchange, NULL);
    *received = kept;
    return DATABASE_OK;
}

/* Parameters as libpq wants them: NUL-terminated. */
struct bound {
    Oid *types;
    const char **values;
};

static enum database_outcome bind(struct arena *arena, const struct statement *statement, struct bound *bound,
                                  struct database_fault *fault)
{
    if (statement->count > PARAMETERS_MAX)
        return database_fault_set(fault, DATABASE_REFUSED, "54000", PUBLIC("a statement takes %d parameters at most"),
                                  PARAMETERS_MAX);
    bound->types = ARENA_ARRAY(arena, statement->count, Oid);
    bound->values = ARENA_ARRAY(arena, statement->count, const char *);
    if (bound->types == NULL || bound->values == NULL)
        return database_fault_budget(fault);
    for (size_t i = 0; i < statement->count; i++) {
        const struct database_parameter *parameter = &statement->parameters[i];
        bound->types[i] = parameter->type_oid;
        if (parameter->is_null)
            continue;
        if (text_find_byte(parameter->text, '\0') != SIZE_MAX)
            return database_fault_set(fault, DATABASE_REFUSED, "22021",
                                      PUBLIC("parameter %zu holds a NUL byte, which no text in PostgreSQL can"), i + 1);
        bound->values[i] = arena_copy(arena, parameter->text).data;
        if (bound->values[i] == NULL)
            return database_fault_budget(fault);
    }
    return DATABASE_OK;
}

/* Copies out what libpq owns. */
static enum database_outcome copy_rows(struct arena *arena, PGresult *result, struct database_rows *rows,
                                       struct database_fault *fault)
{
    size_t row_count = (size_t)PQntuples(result), column_count = (size_t)PQnfields(result), cell_count;
    if (__builtin_mul_overflow(row_count, column_count, &cell_count))
        return database_fault_budget(fault);
    struct text *columns = ARENA_ARRAY(arena, column_count, struct text);
    struct text *cells = ARENA_ARRAY(arena, cell_count, struct text);
    if (columns == NULL || cells == NULL)
        return database_fault_budget(fault);
    for (size_t i = 0; i < column_count; i++) {
        columns[i] = arena_copy(arena, text_from(PQfname(result, (int)i)));
        if (columns[i].data == NULL)
            return database_fault_budget(fault);
    }
    for (size_t i = 0; i < cell_count; i++) {
        int row = (int)(i / column_count), column = (int)(i % column_count);
        if (PQgetisnull(result, row, column))
            continue;
        struct text cell = {.data = PQgetvalue(result, row, column), .size = (size_t)PQgetlength(result, row, column)};
        cells[i] = arena_copy(arena, cell);
        if (cells[i].data == NULL)
            return database_fault_budget(fault);
    }
    int64_t affected = 0;
    (void)text_to_int64(text_from(PQcmdTuples(result)), &affected);
    *rows = (struct database_rows){
        .row_count = row_count, .column_count = column_count, .columns = columns, .cells = cells, .affected = affected};
    return DATABASE_OK;
}

/* COMMIT succeeds as ROLLBACK when the transaction had failed before. */
static bool was_rolled_back(const struct statement *statement, PGresult *result)
{
    return statement->commits && strcmp(PQcmdStatus(result), "ROLLBACK") == 0;
}

static enum database_outcome read_result(struct exchange *exchange, const struct statement *statement, PGresult *result,
                                         struct arena *arena, struct database_rows *rows)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        if (was_rolled_back(statement, result))
            return database_fault_set(exchange->fault, DATABASE_REFUSED, "25P02", "the transaction had failed");
        return rows != NULL ? copy_rows(arena, result, rows, exchange->fault) : DATABASE_OK;
    case PGRES_FATAL_ERROR:
        return database_fault_of_result(exchange->connection, result, exchange->commits, exchange->fault);
    default: return lost(exchange, "unexpected kind of result");
    }
}

/* The outcome of a statement that was sent, or could not be. */
static enum database_outcome answer(struct exchange *exchange, bool sent, const struct statement *statement,
                                    struct arena *arena, struct database_rows *rows)
{
    if (!sent) {
        exchange->commits = false; /* the server has seen nothing */
        return lost(exchange, NULL);
    }
    PGresult *result = NULL;
    enum database_outcome outcome = flush(exchange);
    if (outcome == DATABASE_OK)
        outcome = receive(exchange, &result);
    if (outcome != DATABASE_OK)
        return outcome;
    outcome = read_result(exchange, statement, result, arena, rows);
    PQclear(result);
    return outcome;
}

static enum database_outcome run_as_text(struct exchange *exchange, const struct statement *statement,
                                         const char *command, const struct bound *bound, struct arena *arena,
                                         struct database_rows *rows)
{
    bool sent = PQsendQueryParams(exchange->connection->conn, command, (int)statement->count, bound->types,
                                  bound->values, NULL, NULL, 0) == 1;
    return answer(exchange, sent, statement, arena, rows);
}

static enum database_outcome prepare(struct exchange *exchange, const struct statement *statement, const char *command,
                                     const struct bound *bound, struct prepared *prepared, struct arena *arena)
{
    if (prepared->state == PREPARED_READY)
        return DATABASE_OK;
    struct exchange preparing = *exchange;
    preparing.commits = false;
    bool sent =
        PQsendPrepare(exchange->connection->conn, prepared->name, command, (int)statement->count, bound->types) == 1;
    enum database_outcome outcome = answer(&preparing, sent, statement, arena, NULL);
    if (outcome == DATABASE_OK)
        prepared->state = PREPARED_READY;
    return outcome;
}

/* Whether the fault can come from a table that was changed since the statement was prepared. Classes of SQLSTATE:
   feature not supported (the result has another type), data, statement names, and syntax, which includes types. */
static bool may_be_outdated(enum database_outcome outcome, const struct database_fault *fault)
{
    static const char *const classes[] = {"0A", "22", "26", "42"};
    for (size_t i = 0; outcome == DATABASE_REFUSED && i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strncmp(fault->sqlstate, classes[i], 2) == 0)
            return true;
    return false;
}

static enum database_outcome run_prepared(struct exchange *exchange, const struct statement *statement,
                                          const char *command, const struct bound *bound, struct prepared *prepared,
                                          struct arena *arena, struct database_rows *rows)
{
    PGconn *conn = exchange->connection->conn;
    bool in_transaction = PQtransactionStatus(conn) != PQTRANS_IDLE;
    enum database_outcome outcome = prepare(exchange, statement, command, bound, prepared, arena);
    if (outcome != DATABASE_OK)
        return outcome;
    bool sent = PQsendQueryPrepared(conn, prepared->name, (int)statement->count, bound->values, NULL, NULL, 0) == 1;
    outcome = answer(exchange, sent, statement, arena, rows);
    if (!may_be_outdated(outcome, exchange->fault))
        return outcome;
    prepared->state = PREPARED_NEVER;
    /* The transaction has failed with it. A repeat sends the statement as text and shows what is wrong. */
    return in_transaction ? DATABASE_CONFLICT : run_as_text(exchange, statement, command, bound, arena, rows);
}

enum database_outcome database_statement_run(struct database_connection *connection, struct arena *arena,
                                             const struct statement *statement, const struct wait_limit *limit,
                                             struct database_rows *rows, struct database_fault *fault)
{
    assert(limit->deadline_us != 0);
    struct exchange exchange = {
        .connection = connection, .commits = statement->commits, .limit = limit, .fault = fault};
    struct bound bound = {0};
    /* A statement that is sent and then given up leaves its effect unknown and breaks the connection. */
    if (wait_limit_left_us(limit) == 0)
        return database_fault_set(fault, DATABASE_UNAVAILABLE, NULL, "no time left");
    if (wait_limit_is_canceled(limit))
        return database_fault_set(fault, DATABASE_UNAVAILABLE, NULL, "canceled");
    struct text command = arena_copy(arena, statement->text);
    if (command.data == NULL)
        return database_fault_budget(fault);
    enum database_outcome outcome = bind(arena, statement, &bound, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    struct prepared *prepared = database_prepared_find(connection, statement);
    return prepared != NULL ? run_prepared(&exchange, statement, command.data, &bound, prepared, arena, rows)
                            : run_as_text(&exchange, statement, command.data, &bound, arena, rows);
}
