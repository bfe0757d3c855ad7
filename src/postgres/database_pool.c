#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/metrics.h"
#include "postgres/database_internal.h"

#define CONNECTIONS_DEFAULT          10
#define STATEMENT_TIMEOUT_DEFAULT_MS 30000
/* How long a waiter may not notice that it is canceled. */
#define WAITER_SLICE_US (100 * MILLISECOND_US)

/* ---- what operators see ---- */

static struct metric *connections, *waiting;

static void make_metrics(void)
{
    static struct metric_family families[] = {
        {.name = "workflow_worker_database_connections",
         .help = "Connections to PostgreSQL, in use or kept",
         .kind = METRIC_GAUGE},
        {.name = "workflow_worker_database_waiting",
         .help = "Threads that wait for a connection to PostgreSQL: all are in use, or it is away",
         .kind = METRIC_GAUGE},
    };
    connections = metric_new(&families[0], "%s", "");
    waiting = metric_new(&families[1], "%s", "");
}

static void close_connection(struct database_connection *connection)
{
    database_connection_close(connection);
    metric_add(connections, -1);
}

/* ---- making and freeing ---- */

static char *duplicate(struct text text)
{
    return text.data != NULL ? strndup(text.data, text.size) : strdup("");
}

/* host:port, [address]:port, or /folder:port. An address of IPv6 without brackets has several colons and no port. */
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
    (void)pthread_mutex_init(&database->lock, NULL);
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&database->returned, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    database->capacity = options->connections > 0 ? options->connections : CONNECTIONS_DEFAULT;
    if (!settings_copy(options, &database->settings)) {
        database_free(database);
        return NULL;
    }
    return database;
}

void *database_client_data(struct database *database, void *(*make)(void), void (*release)(void *data))
{
    (void)pthread_mutex_lock(&database->lock);
    if (database->client_data == NULL)
        database->client_data = make();
    database->release_client_data = release;
    void *data = database->client_data;
    (void)pthread_mutex_unlock(&database->lock);
    return data;
}

const char *database_name(const struct database *database)
{
    return database->settings.name;
}

void database_free(struct database *database)
{
    if (database == NULL)
        return;
    if (database->client_data != NULL)
        database->release_client_data(database->client_data);
    while (database->idle != NULL) {
        struct database_connection *connection = database->idle;
        database->idle = connection->next;
        database->open--;
        close_connection(connection);
    }
    assert(database->open == 0 && "a session outlives its database");
    settings_free(&database->settings);
    (void)pthread_cond_destroy(&database->returned);
    (void)pthread_mutex_destroy(&database->lock);
    free(database);
}

/* ---- lending ---- */

/* Under the lock. Until something is returned, or a while has passed. */
static void wait_for_return(struct database *database, int64_t deadline_us, const struct database_patience *patience)
{
    int64_t until = deadline_us;
    int64_t slice = clock_monotonic_us() + WAITER_SLICE_US;
    if (patience->is_canceled != NULL && slice < until)
        until = slice;
    struct timespec end = {.tv_sec = until / SECOND_US, .tv_nsec = until % SECOND_US * 1000};
    metric_add(waiting, 1);
    (void)pthread_cond_timedwait(&database->returned, &database->lock, &end);
    metric_add(waiting, -1);
}

/* Under the lock. DATABASE_OK with *connection NULL: there is room for a new one, which the caller opens. */
static enum database_outcome take_place(struct database *database, int64_t deadline_us,
                                        const struct database_patience *patience,
                                        struct database_connection **connection, struct database_fault *fault)
{
    for (;;) {
        if (database->idle != NULL) {
            *connection = database->idle;
            database->idle = (*connection)->next;
            return DATABASE_OK;
        }
        if (database->open < database->capacity) {
            *connection = NULL;
            database->open++;
            return DATABASE_OK;
        }
        if (clock_monotonic_us() >= deadline_us)
            return database_fault_set(fault, DATABASE_AWAY, NULL, "all %u database connections are in use",
                                      database->capacity);
        if (database_wait_canceled(patience))
            return database_fault_set(fault, DATABASE_AWAY, NULL, "canceled");
        wait_for_return(database, deadline_us, patience);
    }
}

static void give_place_back(struct database *database)
{
    (void)pthread_mutex_lock(&database->lock);
    database->open--;
    (void)pthread_cond_signal(&database->returned);
    (void)pthread_mutex_unlock(&database->lock);
}

/* Tells the log when the server goes and when it is back, not how often we asked. A failed attempt tells nothing when
   another one has been let in since it began. */
static void note_presence(struct database *database, bool away, uint64_t opened_before, struct text why)
{
    (void)pthread_mutex_lock(&database->lock);
    bool outdated = away && database->opened != opened_before;
    bool changed = !outdated && database->away != away;
    if (!away)
        database->opened++;
    if (changed)
        database->away = away;
    /* Under the lock: the two lines stand in the log in the order in which it happened. */
    if (changed && away)
        log_line(LOG_WARN, "Database is away", LOG_TEXT("error", why));
    else if (changed)
        log_line(LOG_INFO, "Database is back");
    (void)pthread_mutex_unlock(&database->lock);
}

/* An idle connection that still lives, or a new one. */
static enum database_outcome take_once(struct database *database, int64_t deadline_us,
                                       const struct database_patience *patience,
                                       struct database_connection **connection, struct database_fault *fault)
{
    for (;;) {
        struct database_connection *found = NULL;
        (void)pthread_mutex_lock(&database->lock);
        enum database_outcome outcome = take_place(database, deadline_us, patience, &found, fault);
        uint64_t opened_before = database->opened;
        (void)pthread_mutex_unlock(&database->lock);
        if (outcome != DATABASE_OK)
            return outcome;
        if (found != NULL && !database_connection_is_sound(found)) {
            close_connection(found);
            give_place_back(database);
            continue;
        }
        if (found == NULL) {
            outcome = database_connection_open(&database->settings, patience, deadline_us, &found, fault);
            if (!database_wait_canceled(patience))
                note_presence(database, outcome != DATABASE_OK, opened_before, fault->message);
            if (outcome != DATABASE_OK) {
                give_place_back(database);
                return outcome;
            }
            metric_add(connections, 1);
        }
        *connection = found;
        return DATABASE_OK;
    }
}

enum database_outcome database_pool_take(struct database *database, const struct database_patience *patience,
                                         struct database_connection **connection, struct database_fault *fault)
{
    int64_t deadline = database_wait_deadline(patience, INT64_MAX / 2);
    if (patience->deadline_us == 0)
        deadline = database_wait_deadline(patience, database->settings.statement_timeout_us);
    struct backoff backoff = {0};
    for (;;) {
        enum database_outcome outcome = take_once(database, deadline, patience, connection, fault);
        if (outcome != DATABASE_AWAY || !patience->wait)
            return outcome;
        metric_add(waiting, 1);
        bool again = database_wait_backoff(&backoff, deadline, patience);
        metric_add(waiting, -1);
        if (!again)
            return outcome;
    }
}

void database_pool_return(struct database *database, struct database_connection *connection)
{
    if (connection->broken || PQtransactionStatus(connection->wire) != PQTRANS_IDLE) {
        close_connection(connection);
        give_place_back(database);
        return;
    }
    connection->reused = true;
    (void)pthread_mutex_lock(&database->lock);
    connection->next = database->idle;
    database->idle = connection;
    (void)pthread_cond_signal(&database->returned);
    (void)pthread_mutex_unlock(&database->lock);
}
