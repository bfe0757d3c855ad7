/* Internal to src/postgres. Each of these files calls only the ones after it: run (whole transactions, retried after
   temporary failures), session (one transaction), pool (lends connections), connection (opens and closes them),
   transaction (the commands that enclose a transaction), pipeline (sends commands and reads their results), prepared
   (the statements that the server has prepared), command (a statement as libpq takes it), wait (waits for the server's
   answer), fault (what an error means). The locks of the lease set and of the availability are leaves; neither is held
   during a call to libpq, a callback or a log line. */
#ifndef POSTGRES_DATABASE_INTERNAL_H
#define POSTGRES_DATABASE_INTERNAL_H

#include <libpq-fe.h>
#include <stdatomic.h>

#include "base/availability.h"
#include "base/backoff.h"
#include "base/lease.h"
#include "base/limits.h"
#include "base/uuid.h"
#include "postgres/database.h"

#define MILLISECOND_US INT64_C(1000)
#define SECOND_US      INT64_C(1000000)

/* NUL-terminated for libpq; owned by the database. */
struct database_settings {
    char *host, *port, *user, *password, *name; /* port NULL: libpq's default */
    bool disable_tls;
    char *ca_file, *cert_file, *key_file; /* may be NULL */
    int64_t statement_timeout_us;
    char statement_timeout[24], idle_timeout[24]; /* in PostgreSQL's notation */
};

/* A statement that was run on a connection before. */
struct prepared {
    char *copy; /* of its text; owned; NULL: this entry is free */
    struct text text;
    unsigned *types; /* of its parameters, as the caller gave them; owned */
    size_t count;
    char name[UUID_TEXT_SIZE + 1]; /* on the server; made from the text and the types */
    enum {
        PREPARED_SEEN,
        PREPARED_SENT,  /* its Parse is in the pipeline in progress */
        PREPARED_READY, /* the server has prepared it under the name */
        PREPARED_NEVER, /* its prepared statement was outdated once: it is always sent as text */
    } state;
    uint64_t last_use; /* value of the connection's `uses` */
};

/* One connection: spare in the pool, or lent to one thread. */
struct database_connection {
    struct lease_item item;
    PGconn *conn;
    bool broken;        /* not to be used again */
    bool reused;        /* was spare: the server may have closed it in the meantime */
    bool is_pooled;     /* a pooler gives each transaction another session: keep nothing in a session */
    bool checks_client; /* the server can end the statement of a client that has disconnected */
    const struct database_settings *settings; /* of the database */
    struct prepared *prepared;                /* LIMIT_PREPARED_STATEMENTS entries; NULL before the first use */
    uint64_t uses;
};

struct database {
    struct database_settings settings;
    struct lease_set connections;
    struct availability availability;
    atomic_bool is_pooled;            /* a connection has led to a pooler */
    pthread_mutex_t client_data_lock; /* a leaf */
    void *client_data;                /* guarded by client_data_lock; NULL before the first use */
    void (*release_client_data)(void *data);
};

/* ---- database_fault.c ---- */

#define SQLSTATE_IDLE_IN_TRANSACTION "25P03"
#define SQLSTATE_READ_ONLY           "25006"
#define SQLSTATE_NO_SUCH_STATEMENT   "26000"
#define SQLSTATE_DUPLICATE_STATEMENT "42P05"

/* Fills the fault; sqlstate may be NULL. Returns the outcome, so that a caller can write `return
   database_fault_set(...)`. */
enum database_outcome database_fault_set(struct database_fault *fault, enum database_outcome outcome,
                                         const char *sqlstate, const char *format, ...) PRINTF_LIKE(4, 5);
/* Fills the fault from the error in a result, and returns the outcome. Marks the connection as broken if the server
   closes it. `commits`: success would have committed something. */
enum database_outcome database_fault_of_result(struct database_connection *connection, const PGresult *result,
                                               bool commits, struct database_fault *fault);
/* Fills the fault with "<what>: <libpq's error message, on one line>". */
enum database_outcome database_fault_of_connection(const PGconn *conn, enum database_outcome outcome, const char *what,
                                                   struct database_fault *fault);

/* ---- database_command.c ---- */

/* A statement as libpq takes it: every text is NUL-terminated. Commands that are sent together form a list. */
struct command {
    struct command *next;
    struct text text;
    size_t count; /* of parameters, whose types and values follow */
    const unsigned *types;
    const char *const *values;
    const int *sizes, *formats; /* of the values; NULL: all values are texts */
    bool is_fixed;              /* its text never changes: worth preparing even without parameters */
    bool commits;               /* success commits something: when the connection is lost, the outcome is unknown */
    struct database_rows *rows; /* filled from the arena; NULL: not needed */
    struct arena *arena;
    struct prepared *prepared; /* set while in a pipeline; NULL: sent as text */
    bool parses;               /* set while in a pipeline: its Parse is sent before it */
};

/* A statement without parameters or rows. */
#define DATABASE_COMMAND(literal_) ((struct command){.text = TEXT(literal_), .is_fixed = true})
/* Copies everything into the arena. Returns DATABASE_OK, or DATABASE_REFUSED when the protocol cannot carry a value or
   the arena is full. */
enum database_outcome database_command_make(struct arena *arena, struct text text,
                                            const struct database_parameter *parameters, size_t count,
                                            struct command *command, struct database_fault *fault);
/* Copies the rows that libpq owns into the arena. Returns DATABASE_OK, or DATABASE_REFUSED when the arena is full. */
enum database_outcome database_rows_copy(struct arena *arena, PGresult *result, struct database_rows *rows,
                                         struct database_fault *fault);

/* ---- database_prepared.c ---- */

/* Returns the entry of a command that was run on this connection before, unless the entry is PREPARED_NEVER. NULL: send
   the command as text, because it is new, has no parameters or is too long, because there is no room for its entry, or
   because the connection is pooled. */
struct prepared *database_prepared_find(struct database_connection *connection, const struct command *command);
void database_prepared_free(struct database_connection *connection);

/* ---- database_pipeline.c ---- */

/* Commands that are sent together, in order, followed by a Sync: one round trip. The server skips the commands after
   one that fails. At most one of them has rows. */
struct pipeline {
    struct command *commands;
    const struct wait_limit *limit; /* has a deadline */
    struct database_fault *fault;
    bool may_send_again; /* out: a failure was caused by a prepared statement; the command is sent as text next time */
};
/* How often a command may be sent: as a prepared statement, as text, and on a connection that turned out to be
   pooled. */
#define DATABASE_SENDINGS_MAX 3
/* Returns the outcome of the first command that fails; the commands after it are not executed. Outside a transaction,
   nothing is applied then. After any outcome but DATABASE_OK, check connection->broken and the transaction status. */
enum database_outcome database_pipeline_run(struct database_connection *connection, struct pipeline *pipeline);
/* Reads what the server has sent without a request. False: the server has closed the connection, which is marked as
   broken. Takes no round trip. */
bool database_pipeline_is_alive(struct database_connection *connection);

/* ---- database_transaction.c ---- */

/* The commands that enclose a transaction. It must live as long as the list that is sent, which refers to it. */
struct transaction {
    struct command rollback, begin, settings, commit;
    const char *values[2]; /* of the settings */
};
/* Returns the list: BEGIN, on a pooled connection the settings of the session, then the commands. If the connection is
   still in a failed transaction, ROLLBACK comes first. */
struct command *database_transaction_open(struct transaction *transaction, const struct database_connection *connection,
                                          struct command *commands);
/* Returns the list that executes and commits one command: the command alone or, on a pooled connection, a transaction
   around it. */
struct command *database_transaction_around(struct transaction *transaction,
                                            const struct database_connection *connection, struct command *command);
/* Makes the command that finds out whether a new connection is pooled, which is the first cell of its row. If the
   connection is not pooled, the command also applies the settings of the session. */
enum database_outcome database_transaction_probe(struct arena *arena, const struct database_connection *connection,
                                                 struct command *command, struct database_fault *fault);

/* ---- database_connection.c ---- */

/* Opens a connection that is ready for pipelines; free it with database_connection_close. Returns DATABASE_OK or
   DATABASE_UNAVAILABLE. */
enum database_outcome database_connection_open(const struct database_settings *settings, const struct wait_limit *limit,
                                               struct database_connection **connection, struct database_fault *fault);
void database_connection_close(struct database_connection *connection); /* accepts NULL */
/* Returns whether a spare connection can still be used. Checks only its socket, without a round trip. */
bool database_connection_is_sound(const struct database_connection *connection);

/* ---- database_pool.c ---- */

/* Lends a connection; return it with database_pool_return. The limit must have a deadline. */
enum database_outcome database_pool_take(struct database *database, const struct wait_limit *limit, bool retry,
                                         struct database_connection **connection, struct database_fault *fault);
/* Replaces a broken connection with a new one, and keeps its place in the pool. On failure the place is given up, and
   *connection is NULL. */
enum database_outcome database_pool_replace(struct database *database, const struct wait_limit *limit, bool retry,
                                            struct database_connection **connection, struct database_fault *fault);
/* Returns a connection to the pool. Closes it if it is broken or in a transaction. */
void database_pool_return(struct database *database, struct database_connection *connection);
/* The backoff between retries while the server is unavailable. */
#define DATABASE_BACKOFF ((struct backoff){.first_us = 100 * MILLISECOND_US, .max_us = 5 * SECOND_US})

/* ---- database_session.c ---- */

/* Ends a transaction that failed on the connection, and returns the connection to the pool. */
void database_session_return(struct database *database, struct database_connection *connection);
/* The limit of one round trip: the server ends a statement at its timeout, and the client waits a little longer for the
   error. */
struct wait_limit database_statement_limit(const struct database *database, const struct wait_limit *limit);
/* The limit itself or, if it has no deadline, the limit with the statement timeout as its deadline. */
struct wait_limit database_limit_with_deadline(const struct database *database, const struct wait_limit *limit);

/* ---- database_wait.c ---- */

enum socket_wait { SOCKET_READY, SOCKET_LATE, SOCKET_CANCELED };
/* Waits until the connection's socket is ready for one of the poll(2) events or the limit is over. */
enum socket_wait database_wait_for_socket(const PGconn *conn, short events, const struct wait_limit *limit);

#endif
