/* Internal to the postgres room. Files, each of which calls only those after it: session (transactions and repeats),
   pool (lends connections), connection (opens and closes them), statement (runs one statement), prepared (which
   statements the server knows), wait (for its answer), fault (what an error means). Locks: that of the lease set and
   that of the availability, both leaves; neither is held over a call to libpq, a callback or a line of the log. */
#ifndef POSTGRES_DATABASE_INTERNAL_H
#define POSTGRES_DATABASE_INTERNAL_H

#include <libpq-fe.h>

#include "base/availability.h"
#include "base/backoff.h"
#include "base/lease.h"
#include "base/limits.h"
#include "postgres/database.h"

#define MILLISECOND_US INT64_C(1000)
#define SECOND_US      INT64_C(1000000)

/* NUL-terminated for libpq; owned by the database. */
struct database_settings {
    char *host, *port, *user, *password, *name; /* port NULL: libpq's default */
    bool disable_tls;
    char *ca_file, *cert_file, *key_file; /* may be NULL */
    int64_t statement_timeout_us;
};

/* A statement that was run before on a connection. */
struct prepared {
    char *copy; /* of its text, owned; NULL: this entry is free */
    struct text text;
    unsigned *types; /* of its parameters, as the caller gave them; owned */
    size_t count;
    char name[16]; /* on the server, in this connection */
    enum {
        PREPARED_SEEN,
        PREPARED_READY, /* by the server, under the name */
        PREPARED_NEVER, /* the prepared statement was outdated once: it is sent as text */
    } state;
    uint64_t last_use; /* by the connection's count of uses */
};

/* One connection: spare in the pool, or lent to one thread. */
struct database_connection {
    struct lease_item item;
    PGconn *conn;
    bool broken;               /* not to be used again */
    bool reused;               /* was spare: the server may have closed it meanwhile */
    struct prepared *prepared; /* LIMIT_PREPARED_STATEMENTS of them; NULL before the first */
    uint64_t uses;
};

struct database {
    struct database_settings settings;
    struct lease_set connections;
    struct availability availability;
    pthread_mutex_t client_data_lock; /* a leaf */
    void *client_data;                /* under its lock; NULL before the first use */
    void (*release_client_data)(void *data);
};

struct database_session {
    struct database *database;
    struct database_connection *connection; /* NULL once the session has ended */
    struct wait_limit limit;
    enum database_outcome outcome; /* the first that was not DATABASE_OK */
};

/* ---- database_fault.c ---- */

/* Fills the fault; sqlstate may be NULL. Returns the outcome, so that a caller can write `return
   database_fault_set(...)`. */
enum database_outcome database_fault_set(struct database_fault *fault, enum database_outcome outcome,
                                         const char *sqlstate, const char *format, ...) PRINTF_LIKE(4, 5);
/* What the error in a result means. Marks the connection broken where the server ends it. `commits`: success would have
   made something last. */
enum database_outcome database_fault_of_result(struct database_connection *connection, const PGresult *result,
                                               bool commits, struct database_fault *fault);
/* "<what>: <libpq's error message, on one line>". */
enum database_outcome database_fault_of_connection(const PGconn *conn, enum database_outcome outcome, const char *what,
                                                   struct database_fault *fault);

/* ---- database_connection.c ---- */

/* DATABASE_OK or DATABASE_UNAVAILABLE. The connection is ready for statements; free it with database_connection_close.
   */
enum database_outcome database_connection_open(const struct database_settings *settings, const struct wait_limit *limit,
                                               struct database_connection **connection, struct database_fault *fault);
void database_connection_close(struct database_connection *connection); /* accepts NULL */
/* Whether a spare connection can still be used: a look at its socket, no round trip. */
bool database_connection_is_sound(const struct database_connection *connection);

/* ---- database_pool.c ---- */

/* Lends a connection. It goes back by database_pool_return. The limit has a deadline. */
enum database_outcome database_pool_take(struct database *database, const struct wait_limit *limit, bool retry,
                                         struct database_connection **connection, struct database_fault *fault);
/* Closes it when it is broken or in a transaction. */
void database_pool_return(struct database *database, struct database_connection *connection);
/* Between tries of an unavailable server. */
#define DATABASE_BACKOFF ((struct backoff){.first_us = 100 * MILLISECOND_US, .max_us = 5 * SECOND_US})

/* ---- database_prepared.c ---- */

struct statement;
/* The statement's entry when it was run before on this connection, READY or to be prepared now. NULL: it is to be sent
   as text, because it is new, has no parameters, is too long or there is no room for its entry. */
struct prepared *database_prepared_find(struct database_connection *connection, const struct statement *statement);
void database_prepared_free(struct database_connection *connection);

/* ---- database_statement.c ---- */

struct statement {
    struct text text;
    const struct database_parameter *parameters;
    size_t count;
    bool commits; /* success makes something last: a lost connection leaves that open */
};
/* Runs it. The limit has a deadline. `rows` may be NULL. After anything but DATABASE_OK, look at connection->broken. */
enum database_outcome database_statement_run(struct database_connection *connection, struct arena *arena,
                                             const struct statement *statement, const struct wait_limit *limit,
                                             struct database_rows *rows, struct database_fault *fault);

/* ---- database_wait.c ---- */

enum socket_wait { SOCKET_READY, SOCKET_LATE, SOCKET_CANCELED };
/* Waits until the connection's socket is ready for one of the poll(2) events, or the limit is over. */
enum socket_wait database_wait_for_socket(const PGconn *conn, short events, const struct wait_limit *limit);

#endif
