#include <poll.h>
#include <stdlib.h>

#include "base/log.h"
#include "postgres/database_internal.h"

/* One attempt; a server behind a cut cable is given up after it and tried anew. */
#define CONNECT_US (10 * SECOND_US)

/* Times and time-outs as we count them, whatever the server's own settings are. A statement that the server cannot
   finish ends there too, and a transaction of ours does not hold locks when this process is stopped. */
static const char session_settings[] = "SELECT set_config('TimeZone', 'UTC', false),"
                                       " set_config('statement_timeout', $1, false),"
                                       " set_config('idle_in_transaction_session_timeout', '60s', false)";
/* Since PostgreSQL 14, on some systems: a statement stops when its client is gone. That is our cancel: PQcancel opens a
   connection of its own and blocks for as long as the server likes. */
static const char notice_our_end[] = "SELECT set_config('client_connection_check_interval', '1s', false)";

static PGconn *start(const struct database_settings *settings)
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
                            settings->ca_file,
                            settings->cert_file,
                            settings->key_file,
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

/* libpq would print what the server remarks on stderr. */
static void take_notice(void *hook, const char *message)
{
    (void)hook;
    log_line(LOG_DEBUG, "Database remarks", LOG_TEXT("notice", text_trim(text_from(message))));
}

/* Drives libpq's connecting to its end, good or bad. */
static enum wait_end finish(PGconn *wire, int64_t deadline_us, const struct database_patience *patience)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
        short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        enum wait_end end = database_wait_for_socket(PQsocket(wire), events, deadline_us, patience);
        if (end != WAIT_READY)
            return end;
        next = PQconnectPoll(wire);
    }
    return WAIT_READY;
}

static enum database_outcome set_up_session(struct database_connection *connection, int64_t timeout_us,
                                            const struct database_patience *patience, int64_t deadline_us,
                                            struct database_fault *fault)
{
    struct arena *arena = arena_new(KIB(64), 0);
    if (arena == NULL)
        return database_fault_budget(fault);
    struct database_parameter timeout = {.text =
                                             arena_print(arena, "%lldms", (long long)(timeout_us / MILLISECOND_US))};
    struct statement settings = {.text = TEXT(session_settings), .parameters = &timeout, .count = 1};
    enum database_outcome outcome =
        database_statement_run(connection, arena, &settings, deadline_us, patience, NULL, fault);
    if (outcome == DATABASE_OK && PQserverVersion(connection->wire) >= 140000) {
        struct statement check = {.text = TEXT(notice_our_end)};
        struct database_fault ignored = {.arena = arena};
        outcome = database_statement_run(connection, arena, &check, deadline_us, patience, NULL, &ignored);
        if (outcome == DATABASE_REFUSED)
            outcome = DATABASE_OK; /* a server's system that cannot: nothing worse than a slower end */
        if (outcome != DATABASE_OK)
            (void)database_fault_set(fault, outcome, NULL, "%.*s", TEXT_ARG(ignored.message));
    }
    arena_free(arena);
    return outcome == DATABASE_OK ? DATABASE_OK : DATABASE_AWAY;
}

static enum database_outcome connect_and_set_up(struct database_connection *connection,
                                                const struct database_settings *settings,
                                                const struct database_patience *patience, int64_t deadline_us,
                                                struct database_fault *fault)
{
    connection->wire = start(settings);
    if (connection->wire == NULL)
        return database_fault_set(fault, DATABASE_AWAY, NULL, "cannot connect: out of memory");
    (void)PQsetNoticeProcessor(connection->wire, take_notice, NULL);
    if (PQstatus(connection->wire) != CONNECTION_BAD) {
        switch (finish(connection->wire, deadline_us, patience)) {
        case WAIT_LATE: return database_fault_set(fault, DATABASE_AWAY, NULL, "cannot connect: no answer in time");
        case WAIT_CANCELED: return database_fault_set(fault, DATABASE_AWAY, NULL, "canceled");
        case WAIT_READY: break;
        }
    }
    if (PQstatus(connection->wire) != CONNECTION_OK)
        return database_fault_of_connection(connection->wire, DATABASE_AWAY, "cannot connect", fault);
    if (PQsetnonblocking(connection->wire, 1) != 0)
        return database_fault_of_connection(connection->wire, DATABASE_AWAY, "cannot connect", fault);
    return set_up_session(connection, settings->statement_timeout_us, patience, deadline_us, fault);
}

enum database_outcome database_connection_open(const struct database_settings *settings,
                                               const struct database_patience *patience, int64_t deadline_us,
                                               struct database_connection **connection, struct database_fault *fault)
{
    int64_t latest = clock_monotonic_us() + CONNECT_US;
    struct database_connection *made = calloc(1, sizeof(*made));
    if (made == NULL)
        return database_fault_set(fault, DATABASE_AWAY, NULL, "cannot connect: out of memory");
    enum database_outcome outcome =
        connect_and_set_up(made, settings, patience, deadline_us < latest ? deadline_us : latest, fault);
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
    PQfinish(connection->wire);
    database_prepared_free(connection);
    free(connection);
}

bool database_connection_is_sound(const struct database_connection *connection)
{
    if (connection->broken || PQstatus(connection->wire) != CONNECTION_OK)
        return false;
    /* Between statements a server says nothing but good-bye (or what a changed setting is, which is rare enough). */
    struct pollfd socket = {.fd = PQsocket(connection->wire), .events = POLLIN};
    return poll(&socket, 1, 0) == 0;
}
