/* Opens and closes connections to the server. */
#include <assert.h>
#include <poll.h>
#include <stdlib.h>

#include "base/log.h"
#include "postgres/database_internal.h"

/* For one attempt to connect. */
#define CONNECT_TIMEOUT_US (10 * SECOND_US)

/* Without a file name, libpq reads certificates and keys from .postgresql in the user's home, whatever the settings
   say. */
static const char *named_only(const char *file)
{
    return file != NULL ? file : "/dev/null/none";
}

static PGconn *start_connecting(const struct database_settings *settings)
{
    const char *keywords[] = {"host",
                              "port",
                              "user",
                              "password",
                              "dbname",
                              "sslmode",
                              "sslrootcert",
                              "sslcert",
                              "sslkey",
                              "gssencmode",
                              "application_name",
                              "client_encoding",
                              "keepalives",
                              "keepalives_idle",
                              "keepalives_interval",
                              "keepalives_count",
                              "tcp_user_timeout",
                              NULL};
    const char *values[] = {settings->host,
                            settings->port,
                            settings->user,
                            settings->password,
                            settings->name,
                            settings->disable_tls       ? "disable"
                            : settings->ca_file != NULL ? "verify-full"
                                                        : "require",
                            named_only(settings->ca_file),
                            named_only(settings->cert_file),
                            named_only(settings->key_file),
                            /* gssencmode */ "disable",
                            "workflow-worker",
                            "UTF8",
                            /* keepalives */ "1",
                            "30",
                            "10",
                            "3",
                            "15000",
                            NULL};
    return PQconnectStartParams(keywords, values, 0);
}

/* By default libpq prints the server's notices to stderr. */
static void log_notice(void *userdata, const char *message)
{
    (void)userdata;
    log_line(LOG_DEBUG, "Database notice", LOG_TEXT("notice", text_trim(text_from(message))));
}

/* SOCKET_READY: libpq has finished connecting, or failed. */
static enum socket_wait finish_connecting(PGconn *conn, const struct wait_limit *limit)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
        short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        enum socket_wait end = database_wait_for_socket(conn, events, limit);
        if (end != SOCKET_READY)
            return end;
        next = PQconnectPoll(conn);
    }
    return SOCKET_READY;
}

static enum database_outcome probe(struct database_connection *connection, struct arena *arena,
                                   const struct wait_limit *limit, struct database_fault *fault)
{
    struct command command;
    enum database_outcome outcome = database_transaction_probe(arena, connection, &command, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    struct database_rows rows;
    command.rows = &rows;
    command.arena = arena;
    struct pipeline pipeline = {.commands = &command, .limit = limit, .fault = fault};
    outcome = database_pipeline_run(connection, &pipeline);
    if (outcome == DATABASE_OK)
        connection->is_pooled = text_is(rows.cells[0], "t");
    return outcome;
}

static enum database_outcome set_up_session(struct database_connection *connection, const struct wait_limit *limit,
                                            struct database_fault *fault)
{
    struct arena *arena = arena_new(KIB(64), 0);
    if (arena == NULL)
        return database_fault_budget(fault);
    connection->checks_client = PQserverVersion(connection->conn) >= 140000;
    enum database_outcome outcome = probe(connection, arena, limit, fault);
    if (outcome == DATABASE_REFUSED && connection->checks_client) {
        connection->checks_client = false; /* not supported: a canceled statement ends later */
        outcome = probe(connection, arena, limit, fault);
    }
    arena_free(arena);
    return outcome == DATABASE_OK ? DATABASE_OK : DATABASE_UNAVAILABLE;
}

static enum database_outcome connect_and_set_up(struct database_connection *connection, const struct wait_limit *limit,
                                                struct database_fault *fault)
{
    connection->conn = start_connecting(connection->settings);
    if (connection->conn == NULL)
        return database_fault_set(fault, DATABASE_UNAVAILABLE, NULL, "cannot connect: out of memory");
    (void)PQsetNoticeProcessor(connection->conn, log_notice, NULL);
    if (PQstatus(connection->conn) != CONNECTION_BAD) {
        switch (finish_connecting(connection->conn, limit)) {
        case SOCKET_LATE:
            return database_fault_set(fault, DATABASE_UNAVAILABLE, NULL, "cannot connect: no answer in time");
        case SOCKET_CANCELED: return database_fault_set(fault, DATABASE_UNAVAILABLE, NULL, "canceled");
        case SOCKET_READY: break;
        }
    }
    if (PQstatus(connection->conn) != CONNECTION_OK)
        return database_fault_of_connection(connection->conn, DATABASE_UNAVAILABLE, "cannot connect", fault);
    if (PQsetnonblocking(connection->conn, 1) != 0 || PQenterPipelineMode(connection->conn) != 1)
        return database_fault_of_connection(connection->conn, DATABASE_UNAVAILABLE, "cannot connect", fault);
    return set_up_session(connection, limit, fault);
}

enum database_outcome database_connection_open(const struct database_settings *settings, const struct wait_limit *limit,
                                               struct database_connection **connection, struct database_fault *fault)
{
    struct database_connection *made = calloc(1, sizeof(*made));
    if (made == NULL)
        return database_fault_set(fault, DATABASE_UNAVAILABLE, NULL, "cannot connect: out of memory");
    made->settings = settings;
    const struct wait_limit attempt = wait_limit_within(limit, CONNECT_TIMEOUT_US);
    enum database_outcome outcome = connect_and_set_up(made, &attempt, fault);
    if (outcome != DATABASE_OK) {
        database_connection_close(made);
        return outcome;
    }
    *connection = made;
    return DATABASE_OK;
}

void database_connection_close(struct database_connection *connection)
{
    if (connection == NULL)
        return;
    PQfinish(connection->conn);
    database_prepared_free(connection);
    free(connection);
}

bool database_connection_is_sound(const struct database_connection *connection)
{
    if (connection->broken || PQstatus(connection->conn) != CONNECTION_OK)
        return false;
    /* Between statements, a server sends only the end of the connection and, rarely, a changed setting. */
    struct pollfd socket = {.fd = PQsocket(connection->conn), .events = POLLIN};
    return poll(&socket, 1, 0) == 0;
}
