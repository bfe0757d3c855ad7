/* The pool of connections of a database. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/metrics.h"
#include "postgres/database_internal.h"

#define CONNECTIONS_DEFAULT          10
#define STATEMENT_TIMEOUT_DEFAULT_MS 30000
/* A session may be idle in a transaction at most for the statement timeout divided by this number, because other
   sessions wait for its locks only until their own statement timeout. */
#define IDLE_SHARE 3

/* ---- metrics ---- */

static struct metric *connections, *waiting;

static void make_metrics(void)
{
    static struct metric_family families[] = {
        {.name = "workflow_worker_database_connections",
         .help = "Connections to PostgreSQL, in use or kept",
         .kind = METRIC_GAUGE},
        {.name = "workflow_worker_database_waiting",
         .help = "Threads that wait for a connection to PostgreSQL: all are in use, or it is unavailable",
         .kind = METRIC_GAUGE},
    };
    connections = metric_get(&families[0], "%s", "");
    waiting = metric_get(&families[1], "%s", "");
}

/* ---- making and freeing ---- */

static char *duplicate(struct text text)
{
    return text.data != NULL ? strndup(text.data, text.size) : strdup("");
}

/* host:port, [address]:port, or /folder:port. An IPv6 address without brackets has several colons and no port. */
static bool split_host(struct text host, struct database_settings *settings)
{
    struct text name = host, port = TEXT_NONE;
    size_t colon = text_find_byte(host, ':');
    if (text_starts(host, TEXT("["))) {
        size_t bracket = text_find_byte(host, ']');
        name = text_slice(host, 1, bracket == SIZE_MAX ? SIZE_MAX : bracket - 1);
        struct text rest = bracket == SIZE_MAX ? TEXT_NONE : text_slice(host, bracket + 1, SIZE_MAX);
        if (text_starts(rest, TEXT(":")))
            port = text_slice(rest, 1, SIZE_MAX);
    } else if (colon != SIZE_MAX && text_find_byte(text_slice(host, colon + 1, SIZE_MAX), ':') == SIZE_MAX) {
        name = text_slice(host, 0, colon);
        port = text_slice(host, colon + 1, SIZE_MAX);
    }
    settings->host = duplicate(name);
    settings->port = port.size > 0 ? duplicate(port) : NULL;
    return settings->host != NULL && (port.size == 0 || settings->port != NULL);
}

static bool settings_copy(const struct database_options *options, struct database_settings *settings)
{
    int64_t timeout_ms =
        options->statement_timeout_ms > 0 ? options->statement_timeout_ms : STATEMENT_TIMEOUT_DEFAULT_MS;
    settings->user = duplicate(options->user);
    settings->password = duplicate(options->password);
    settings->name = duplicate(options->name);
    settings->disable_tls = options->disable_tls;
    const struct text files[] = {options->ca_file, options->cert_file, options->key_file};
    char **const copies[] = {&settings->ca_file, &settings->cert_file, &settings->key_file};
    for (size_t i = 0; i < 3; i++) {
        if (files[i].size > 0 && (*copies[i] = duplicate(files[i])) == NULL)
            return false;
    }
    settings->statement_timeout_us = timeout_ms * MILLISECOND_US;
    (void)snprintf(settings->statement_timeout, sizeof(settings->statement_timeout), "%" PRId64 "ms", timeout_ms);
    (void)snprintf(settings->idle_timeout, sizeof(settings->idle_timeout), "%" PRId64 "ms", timeout_ms / IDLE_SHARE);
    return split_host(options->host, settings) && settings->user != NULL && settings->password != NULL &&
           settings->name != NULL;
}

static void settings_free(struct database_settings *settings)
{
    free(settings->host);
    free(settings->port);
    free(settings->user);
    if (settings->password != NULL)
        explicit_bzero(settings->password, strlen(settings->password));
    free(settings->password);
    free(settings->name);
    free(settings->ca_file);
    free(settings->cert_file);
    free(settings->key_file);
}

struct database *database_new(const struct database_options *options)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, make_metrics);
    struct database *database = calloc(1, sizeof(*database));
    if (database == NULL)
        return NULL;
    lease_init(&database->connections, options->connections > 0 ? options->connections : CONNECTIONS_DEFAULT);
    availability_init(&database->availability);
    (void)pthread_mutex_init(&database->client_data_lock, NULL);
    if (!settings_copy(options, &database->settings)) {
        database_free(database);
        return NULL;
    }
    return database;
}

static void close_connection(struct lease_item *item)
{
    database_connection_close((struct database_connection *)item);
    metric_add(connections, -1);
}

void database_free(struct database *database)
{
    if (database == NULL)
        return;
    if (database->client_data != NULL)
        database->release_client_data(database->client_data);
    (void)pthread_mutex_destroy(&database->client_data_lock);
    lease_free(&database->connections, close_connection);
    availability_free(&database->availability);
    settings_free(&database->settings);
    free(database);
}

void *database_client_data(struct database *database, void *(*make)(void), void (*release)(void *data))
{
    (void)pthread_mutex_lock(&database->client_data_lock);
    assert(database->client_data == NULL || database->release_client_data == release);
    if (database->client_data == NULL)
        database->client_data = make();
    database->release_client_data = release;
    void *data = database->client_data;
    (void)pthread_mutex_unlock(&database->client_data_lock);
    return data;
}

const char *database_name(const struct database *database)
{
    return database->settings.name;
}

bool database_is_pooled(const struct database *database)
{
    return atomic_load(&database->is_pooled);
}

/* ---- lending ---- */

static void note_availability(struct database *database, uint64_t begin, bool succeeded, struct text reason)
{
    availability_end(&database->availability, begin, succeeded, reason);
    struct availability_change change = {0};
    while (availability_next(&database->availability, &change)) {
        if (change.is_unavailable)
            log_line(LOG_WARN, "Database unavailable, retrying", LOG_STRING("error", change.reason));
        else
            log_line(LOG_INFO, "Database available again");
    }
}

static void note_pooler(struct database *database, const struct database_connection *connection)
{
    if (connection->is_pooled && !atomic_exchange(&database->is_pooled, true))
        log_line(LOG_INFO, "Connection pooler detected, using no session settings and no prepared statements",
                 LOG_STRING("database", database->settings.name));
}

/* Takes a spare connection, which may be unusable. NULL if no connection is spare, but there is room for a new one. */
static enum database_outcome take_lease(struct database *database, const struct wait_limit *limit,
                                        struct database_connection **connection, struct database_fault *fault)
{
    struct lease_item *item = NULL;
    bool taken = lease_try(&database->connections, &item);
    if (!taken) {
        metric_add(waiting, 1);
        taken = lease_wait(&database->connections, limit, &item);
        metric_add(waiting, -1);
    }
    *connection = (struct database_connection *)item;
    if (taken)
        return DATABASE_OK;
    if (wait_limit_left_us(limit) > 0)
        return database_fault_set(fault, DATABASE_UNAVAILABLE, NULL, "canceled");
    return database_fault_set(fault, DATABASE_UNAVAILABLE, NULL, PUBLIC("all %u database connections are in use"),
                              database->connections.capacity);
}

static enum database_outcome open_connection(struct database *database, const struct wait_limit *limit,
                                             struct database_connection **connection, struct database_fault *fault)
{
    uint64_t begin = availability_begin(&database->availability);
    enum database_outcome outcome = database_connection_open(&database->settings, limit, connection, fault);
    if (outcome == DATABASE_OK || !wait_limit_is_canceled(limit))
        note_availability(database, begin, outcome == DATABASE_OK, fault->message);
    if (outcome != DATABASE_OK) {
        lease_return(&database->connections, NULL);
        return outcome;
    }
    metric_add(connections, 1);
    note_pooler(database, *connection);
    return DATABASE_OK;
}

/* Takes a usable spare connection, or opens a new one. */
static enum database_outcome take_once(struct database *database, const struct wait_limit *limit,
                                       struct database_connection **connection, struct database_fault *fault)
{
    for (;;) {
        struct database_connection *found = NULL;
        enum database_outcome outcome = take_lease(database, limit, &found, fault);
        if (outcome != DATABASE_OK)
            return outcome;
        if (found == NULL)
            return open_connection(database, limit, connection, fault);
        if (database_connection_is_sound(found)) {
            *connection = found;
            return DATABASE_OK;
        }
        close_connection(&found->item);
        lease_return(&database->connections, NULL);
    }
}

enum database_outcome database_pool_take(struct database *database, const struct wait_limit *limit, bool retry,
                                         struct database_connection **connection, struct database_fault *fault)
{
    assert(limit->deadline_us != 0);
    struct backoff backoff = DATABASE_BACKOFF;
    for (;;) {
        enum database_outcome outcome = take_once(database, limit, connection, fault);
        if (outcome != DATABASE_UNAVAILABLE || !retry)
            return outcome;
        metric_add(waiting, 1);
        bool again = backoff_wait(&backoff, limit);
        metric_add(waiting, -1);
        if (!again)
            return outcome;
    }
}

enum database_outcome database_pool_replace(struct database *database, const struct wait_limit *limit, bool retry,
                                            struct database_connection **connection, struct database_fault *fault)
{
    assert((*connection)->broken);
    close_connection(&(*connection)->item);
    *connection = NULL;
    enum database_outcome outcome = open_connection(database, limit, connection, fault);
    return outcome == DATABASE_UNAVAILABLE && retry ? database_pool_take(database, limit, retry, connection, fault)
                                                    : outcome;
}

void database_pool_return(struct database *database, struct database_connection *connection)
{
    assert(connection != NULL && connection->conn != NULL);
    note_pooler(database, connection);
    if (connection->broken || PQtransactionStatus(connection->conn) != PQTRANS_IDLE) {
        close_connection(&connection->item);
        lease_return(&database->connections, NULL);
        return;
    }
    connection->reused = true;
    lease_return(&database->connections, &connection->item);
}
