#include "postgres.h"

#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

static PGconn *watcher;

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    cr_assert(value != NULL, "%s is not set: run me by tests/handlers/with_postgres.py", name);
    return value;
}

struct database_options postgres_options(void)
{
    return (struct database_options){
        .host = text_from(setting("ICHOR_DB_HOST")),
        .user = text_from(setting("ICHOR_DB_USER")),
        .password = text_from(setting("ICHOR_DB_PASSWORD")),
        .name = text_from(setting("ICHOR_DB_NAME")),
        .disable_tls = true,
    };
}

static PGconn *open_connection(const char *address, const char *database, const char *options)
{
    struct arena *arena = arena_new(4096, 0);
    struct text host = text_from(address);
    struct text name = text_split(&host, ':');
    const char *keys[] = {"host", "port", "user", "password", "dbname", "options", NULL};
    const char *values[] = {arena_copy(arena, name).data,
                            host.data,
                            setting("ICHOR_DB_USER"),
                            setting("ICHOR_DB_PASSWORD"),
                            database,
                            options,
                            NULL};
    PGconn *conn = PQconnectdbParams(keys, values, 0);
    arena_free(arena);
    cr_assert_eq(PQstatus(conn), CONNECTION_OK, "%s", PQerrorMessage(conn));
    return conn;
}

static PGconn *watch(void)
{
    if (watcher == NULL)
        watcher = open_connection(setting("ICHOR_DB_HOST"), setting("ICHOR_DB_NAME"),
                                  "-c client_min_messages=warning -c timezone=UTC");
    return watcher;
}

static PGresult *ask(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    cr_assert(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s\nin %s", PQresultErrorMessage(result), sql);
    return result;
}

void postgres_do(const char *sql)
{
    PQclear(ask(watch(), sql));
}

static const char *value(struct arena *arena, PGconn *conn, const char *sql)
{
    PGresult *result = ask(conn, sql);
    const char *first = "";
    if (PQntuples(result) > 0)
        first = PQgetisnull(result, 0, 0) ? "NULL" : arena_copy(arena, text_from(PQgetvalue(result, 0, 0))).data;
    PQclear(result);
    return first;
}

const char *postgres_value(struct arena *arena, const char *sql)
{
    return value(arena, watch(), sql);
}

long postgres_count(const char *sql)
{
    PGresult *result = ask(watch(), sql);
    cr_assert_eq(PQntuples(result), 1, "%s", sql);
    long count = strtol(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return count;
}

void postgres_await(const char *sql, long wanted)
{
    int64_t end = clock_monotonic_us() + 60000000;
    while (postgres_count(sql) != wanted) {
        cr_assert(clock_monotonic_us() < end, "never %ld: %s", wanted, sql);
        (void)poll(NULL, 0, 5);
    }
}

/* Makes one database a copy of another one, to which nobody may be connected. */
static void copy_database(PGconn *conn, const char *from, const char *to)
{
    char sql[200];
    (void)snprintf(sql, sizeof(sql), "DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", to);
    PQclear(ask(conn, sql));
    (void)snprintf(sql, sizeof(sql), "CREATE DATABASE \"%s\" TEMPLATE \"%s\"", to, from);
    PQclear(ask(conn, sql));
}

static PGconn *leave_database(void)
{
    PQfinish(watcher);
    watcher = NULL;
    return open_connection(setting("ICHOR_DB_HOST"), "postgres", "-c client_min_messages=error");
}

void postgres_keep(const char *name)
{
    PGconn *conn = leave_database();
    copy_database(conn, setting("ICHOR_DB_NAME"), name);
    PQfinish(conn);
}

bool postgres_restore(const char *name)
{
    PGconn *conn = leave_database();
    const char *parameters[] = {name};
    PGresult *result =
        PQexecParams(conn, "SELECT FROM pg_database WHERE datname = $1", 1, NULL, parameters, NULL, NULL, 0);
    bool found = PQntuples(result) == 1;
    PQclear(result);
    if (found)
        copy_database(conn, name, setting("ICHOR_DB_NAME"));
    PQfinish(conn);
    return found;
}

static void control(const char *command)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = setting("ICHOR_TEST_CONTROL");
    cr_assert(strlen(path) < sizeof(address.sun_path));
    (void)memcpy(address.sun_path, path, strlen(path));
    int caller = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(caller, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(write(caller, command, strlen(command)), (ssize_t)strlen(command));
    char answer[4];
    cr_assert_eq(read(caller, answer, sizeof(answer)), 3, "%s", command);
    (void)close(caller);
}

void postgres_stop(void)
{
    control("stop");
    PQfinish(watcher);
    watcher = NULL;
}

void postgres_start(void)
{
    control("start");
}

struct text postgres_pool(void)
{
    control("pool");
    return text_from(setting("ICHOR_TEST_PGBOUNCER"));
}

const char *postgres_pooled_value(struct arena *arena, const char *sql)
{
    PGconn *conn = open_connection(postgres_pool().data, setting("ICHOR_DB_NAME"), NULL);
    const char *first = value(arena, conn, sql);
    PQfinish(conn);
    return first;
}
