/* Internal to the postgres room. Files, each of which calls only those after it: run (whole transactions, repeated when
   they fail for reasons that pass), session (one transaction), pool (lends connections), connection (opens and closes
   them), transaction (the commands around those of a transaction), pipeline (sends commands and reads their results),
   prepared (which statements the server knows), command (a statement as libpq takes it), wait (for the server's
   answer), fault (what an error means). Locks: that of the lease set and that of the availability, both leaves; neither
   is held over a call to libpq, a callback or a line of the log. */
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
    char statement_timeout[24], idle_timeout[24]; /* as PostgreSQL takes them */
};

/* A statement that was run before on a connection. */
struct prepared {
    char *copy; /* of its text, owned; NULL: this entry is free */
    struct text text;
    unsigned *types; /* of its parameters, as the caller gave them; owned */
    size_t count;
    char name[UUID_TEXT_SIZE + 1]; /* on the server; made from the text and the types */
    enum {
        PREPARED_SEEN,
        PREPARED_SENT,  /* its Parse is in the pipeline that is under way */
        PREPARED_READY, /* by the server, under the name */
        PREPARED_NEVER, /* the prepared statement was outdated once: it is sent as text */
    } state;
    uint64_t last_use; /* by the connection's count of uses */
};

/* One connection: spare in the pool, or lent to one thread. */
struct database_connection {
    struct lease_item item;
    PGconn *conn;
    bool broken;        /* not to be used again */
    bool reused;        /* was spare: the server may have closed it meanwhile */
    bool is_pooled;     /* a pooler gives each transaction another session: nothing may be kept in one */
    bool checks_client; /* the server can end the statement of a client that has gone */
    const struct database_settings *settings; /* of the database */
    struct prepared *prepared;                /* LIMIT_PREPARED_STATEMENTS of them; NULL before the first */
    uint64_t uses;
};

struct database {
    struct database_settings settings;
    struct lease_set connections;
    struct availability availability;
    atomic_bool is_pooled;            /* a connection has met a pooler */
    pthread_mutex_t client_data_lock; /* a leaf */
    void *client_data;                /* under its lock; NULL before the first use */
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
/* What the error in a result means. Marks the connection broken where the server ends it. `commits`: success would have
   made something last. */
enum database_outcome database_fault_of_result(struct database_connection *connection, const PGresult *result,
                                               bool commits, struct database_fault *fault);
/* "<what>: <libpq's error message, on one line>". */
enum database_outcome database_fault_of_connection(const PGconn *conn, enum database_outcome outcome, const char *what,
                                                   struct database_fault *fault);

/* ---- database_command.c ---- */

/* A statement as libpq takes it: every text ends with NUL. Commands that are sent together form a list. */
struct command {
    struct command *next;
    struct text text;
    size_t count; /* of parameters, whose types and values follow */
    const unsigned *types;
    const char *const *values;
    const int *sizes, *formats; /* of the values; NULL: all are texts */
    bool is_fixed;              /* its text never changes: worth preparing even without parameters */
    bool commits;               /* success makes something last: a lost connection leaves that open */
    struct database_rows *rows; /* filled in the arena; NULL: nobody needs them */
    struct arena *arena;
    struct prepared *prepared; /* while in a pipeline; NULL: sent as text */
    bool parses;               /* likewise: its Parse goes ahead of it */
};

/* A statement without parameters and rows. */
#define DATABASE_COMMAND(literal_) ((struct command){.text = TEXT(literal_), .is_fixed = true})
/* Copies everything into the arena. DATABASE_OK or DATABASE_REFUSED: a value that the protocol does not carry, or no
   room. */
enum database_outcome database_command_make(struct arena *arena, struct text text,
                                            const struct database_parameter *parameters, size_t count,
                                            struct command *command, struct database_fault *fault);
/* Copies out what libpq owns. DATABASE_OK or DATABASE_REFUSED: no room. */
enum database_outcome database_rows_copy(struct arena *arena, PGresult *result, struct database_rows *rows,
                                         struct database_fault *fault);

/* ---- database_prepared.c ---- */

/* The entry of a command that was run before on this connection, unless it is PREPARED_NEVER. NULL: it is to be sent as
   text, because it is new, has no parameters, is too long, there is no room for its entry or the connection is pooled.
 */
struct prepared *database_prepared_find(struct database_connection *connection, const struct command *command);
void database_prepared_free(struct database_connection *connection);

/* ---- database_pipeline.c ---- */

/* Commands that are sent together, in order, and end with a Sync: one round trip. The server skips what follows a
   command that fails. At most one of them has rows. */
struct pipeline {
    struct command *commands;
    const struct wait_limit *limit; /* has a deadline */
    struct database_fault *fault;
    bool may_send_again; /* out: a failure was caused by a prepared statement; the command is sent as text next time */
};
/* How often a command is sent: as it is prepared, as text, and on a connection that turned out to be pooled. */
#define DATABASE_SENDINGS_MAX 3
/* The outcome of the first command that fails. What had not been executed before stays undone: outside a transaction,
   nothing is applied. After anything but DATABASE_OK, look at connection->broken and the transaction status. */
enum database_outcome database_pipeline_run(struct database_connection *connection, struct pipeline *pipeline);
/* Reads what the server has sent unasked. False: it has closed the connection, which is marked as broken. No round
   trip. */
bool database_pipeline_is_alive(struct database_connection *connection);

/* ---- database_transaction.c ---- */

/* The commands around those of a transaction. In the caller's frame: the list that is sent refers to it. */
struct transaction {
    struct command rollback, begin, settings, commit;
    const char *values[2]; /* of the settings */
};
/* The commands after BEGIN, and on a pooled connection the settings of a session. What is left of a failed transaction
   is rolled back first. */
struct command *database_transaction_open(struct transaction *transaction, const struct database_connection *connection,
                                          struct command *commands);
/* One command that commits by itself, or in a transaction around it on a pooled connection. */
struct command *database_transaction_around(struct transaction *transaction,
                                            const struct database_connection *connection, struct command *command);
/* Makes the command that finds out whether a new connection is pooled, which the first cell of its row says, and unless
   it is, gives the session its settings. */
enum database_outcome database_transaction_probe(struct arena *arena, const struct database_connection *connection,
                                                 struct command *command, struct database_fault *fault);

/* ---- database_connection.c ---- */

/* DATABASE_OK or DATABASE_UNAVAILABLE. The connection is ready for pipelines; free it with database_connection_close.
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
/* Exchanges a broken connection for a new one; others cannot take its place meanwhile. On failure it is gone:
   *connection is NULL. */
enum database_outcome database_pool_replace(struct database *database, const struct wait_limit *limit, bool retry,
                                            struct database_connection **connection, struct database_fault *fault);
/* Closes it when it is broken or in a transaction. */
void database_pool_return(struct database *database, struct database_connection *connection);
/* Between tries of an unavailable server. */
#define DATABASE_BACKOFF ((struct backoff){.first_us = 100 * MILLISECOND_US, .max_us = 5 * SECOND_US})

/* ---- database_session.c ---- */

/* Ends the transaction of a connection that failed within it, and returns the connection to the pool. */
void database_session_return(struct database *database, struct database_connection *connection);
/* The limit of one round trip: the server ends a statement at its timeout, and the client waits a little longer for the
   error. */
struct wait_limit database_statement_limit(const struct database *database, const struct wait_limit *limit);
/* The limit, or the statement timeout where it has no deadline. */
struct wait_limit database_limit_with_deadline(const struct database *database, const struct wait_limit *limit);

/* ---- database_wait.c ---- */

enum socket_wait { SOCKET_READY, SOCKET_LATE, SOCKET_CANCELED };
/* Waits until the connection's socket is ready for one of the poll(2) events, or the limit is over. */
enum socket_wait database_wait_for_socket(const PGconn *conn, short events, const struct wait_limit *limit);

#endif
