/* PostgreSQL for handlers: a bounded pool of connections, statements with bound parameters (prepared when they are
   repeated), and deadlines. An outcome says that a statement took effect, that it did not, or that this is unknown. Any
   thread; a call blocks its thread at most until its deadline, plus the time to resolve the host's name for a new
   connection. */
#ifndef POSTGRES_DATABASE_H
#define POSTGRES_DATABASE_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "base/wait_limit.h"

struct database;
struct database_session;

struct database_options {
    struct text host; /* may end with :port, or be a folder with a socket */
    struct text user, password, name;
    bool disable_tls;
    struct text ca_file;             /* trusted CA; the server's host name is then checked too; "": no check */
    struct text cert_file, key_file; /* of the client; "" for none */
    unsigned connections;            /* maximum of open connections; 0: 10 */
    int64_t statement_timeout_ms;    /* 0: 30 s */
};

/* Copies the options and opens no connection yet. NULL when out of memory. Free with database_free when nothing uses it
   any more. */
struct database *database_new(const struct database_options *options) MUST_CHECK;
void database_free(struct database *database); /* accepts NULL; closes every connection */

/* database_new with the options from the settings. */
struct settings;
enum status database_start(const struct settings *settings, struct database **database, struct error *error) MUST_CHECK;

/* Removes the variables of libpq, such as PGHOSTADDR, PGSERVICE and PGOPTIONS, from the environment, because they can
   override the settings. Call before the process starts another thread. Returns the number of removed variables and
   stores their names, which are static, in `forgotten`. */
#define LIBPQ_VARIABLES_MAX 64
size_t database_forget_environment(const char *forgotten[LIBPQ_VARIABLES_MAX]);

/* Returns the one object that a higher layer keeps with the database, such as cached facts about its tables. The first
   call makes it with `make`, and database_free passes it to `release`. NULL when out of memory. Every call must pass
   the same two functions. */
void *database_client_data(struct database *database, void *(*make)(void), void (*release)(void *data));
const char *database_name(const struct database *database); /* its name on the server; borrowed */

/* Returns whether any connection so far led to a pooler that gives each transaction another session of the server. The
   client then keeps nothing in a session, neither settings nor prepared statements. */
bool database_is_pooled(const struct database *database);

/* Checks that a connection can be made and that the database can be written to. STATUS_UNAVAILABLE: it cannot; the
   error says why, never with the password. */
enum status database_ping(struct database *database, int64_t timeout_ms, struct error *error) MUST_CHECK;

/* How long a call may take, and what it may retry in that time. */
struct database_wait {
    struct wait_limit limit; /* the statement timeout applies if it has no deadline */
    bool retry;              /* retries an unavailable server until the deadline; otherwise the call fails at once */
    bool idempotent;         /* a repetition changes nothing: with `retry`, database_run and database_transact repeat
                                the work when the connection is lost during the commit */
};

/* A parameter in text form, or with is_binary in the binary form of the type type_oid. The server infers the type
   unless type_oid is set. */
struct database_parameter {
    struct text text;
    bool is_null;
    bool is_binary;
    unsigned type_oid;
};

struct database_rows {
    size_t row_count, column_count;
    const struct text *cells;   /* row by row, in text form; .data is NULL for SQL NULL */
    const struct text *columns; /* names */
    int64_t affected;           /* rows written, or read by a SELECT */
};

enum database_outcome {
    DATABASE_OK,
    DATABASE_REFUSED,     /* by the server, and a retry would be refused again; the fault says why */
    DATABASE_CONFLICT,    /* serialization failure, deadlock, too long a wait for a lock, or a table that was changed
                             since the statement was prepared: nothing was done, retry */
    DATABASE_UNAVAILABLE, /* the server is not reachable, or was lost before anything was applied */
    DATABASE_UNKNOWN,     /* lost during the commit, which may have been applied: repeat only idempotent work */
};

/* Why a statement failed. The caller sets `arena`; the message is allocated from it. */
struct database_fault {
    struct arena *arena;
    char sqlstate[6];    /* "" when the server sent none */
    size_t head, tail;   /* bytes of the message that are public, as in struct failure */
    struct text message; /* as in the Go worker: "undefined table", "duplicated entry", "foreign key violation" or
                            "ERROR: <the server's text> (SQLSTATE xxxxx)" */
};

#define SQLSTATE_UNDEFINED_TABLE        "42P01"
#define SQLSTATE_FOREIGN_KEY_VIOLATION  "23503"
#define SQLSTATE_INSUFFICIENT_PRIVILEGE "42501"
bool database_fault_is(const struct database_fault *fault, const char *sqlstate);
/* The message as a failure; borrowed. */
static inline struct failure database_fault_failure(const struct database_fault *fault)
{
    return (struct failure){.text = fault->message, .head = fault->head, .tail = fault->tail};
}
/* Sets the fault to: the memory budget of the task is exceeded. Returns DATABASE_REFUSED. */
enum database_outcome database_fault_budget(struct database_fault *fault);
/* Converts the outcome to a status, and fills the error from the fault unless it is STATUS_OK. STATUS_NOT_FOUND: a
   table that the statement names does not exist. STATUS_INVALID: the statement was refused for another reason.
   STATUS_UNAVAILABLE: any other failure; a retry can help. */
enum status database_status(enum database_outcome outcome, const struct database_fault *fault,
                            struct error *error) MUST_CHECK;

/* Takes a connection for a transaction. The transaction begins with the first statement, so BEGIN costs no round trip.
   On DATABASE_OK the caller owns the session until database_commit or database_abandon. The session is allocated from
   the arena, which must outlive it. */
enum database_outcome database_begin(struct database *database, struct arena *arena, const struct database_wait *wait,
                                     struct database_session **session, struct database_fault *fault) MUST_CHECK;
/* Executes the queued statements and this one, in one round trip. If the connection turns out to be lost at the first
   statement, it is replaced, and with wait->retry the call waits for an unavailable server, because nothing has been
   done yet. After any outcome but DATABASE_OK the transaction has failed or has not begun. */
enum database_outcome database_execute(struct database_session *session, struct arena *arena, struct text statement,
                                       const struct database_parameter *parameters, size_t count,
                                       struct database_rows *rows, struct database_fault *fault) MUST_CHECK;
/* Queues a statement whose rows are not needed. It is sent just before the next statement or the commit, in the same
   round trip, and that call reports its failure. Everything is copied into the session's arena. Returns DATABASE_OK, or
   DATABASE_REFUSED when a parameter cannot be sent or the arena is full. */
enum database_outcome database_queue(struct database_session *session, struct text statement,
                                     const struct database_parameter *parameters, size_t count,
                                     struct database_fault *fault) MUST_CHECK;
/* Sets the savepoint, before statements whose refusal must not fail the transaction. A session has at most one
   savepoint at a time. */
enum database_outcome database_savepoint(struct database_session *session, struct database_fault *fault) MUST_CHECK;
/* Undoes everything since the savepoint, even after a refused statement; the session can then be used again. */
enum database_outcome database_rollback_to_savepoint(struct database_session *session,
                                                     struct database_fault *fault) MUST_CHECK;
/* The first outcome of the session's statements that is not DATABASE_OK, except those that
   database_rollback_to_savepoint has undone. DATABASE_OK if all were good. */
enum database_outcome database_session_outcome(const struct database_session *session);
struct database *database_of(const struct database_session *session);
/* Executes the queued statements and COMMIT, in one round trip, or in none if nothing was executed or queued. Ends the
   session, whatever the outcome. DATABASE_UNKNOWN: the connection was lost after COMMIT was sent. Any other failure:
   nothing was applied. */
enum database_outcome database_commit(struct database_session *session, struct database_fault *fault) MUST_CHECK;
void database_abandon(struct database_session *session); /* rolls back and ends the session; accepts NULL */

/* Executes one statement in a separate transaction, in one round trip; if the connection is lost, the outcome is
   DATABASE_UNKNOWN. Retries a few times after a conflict, and with wait->retry also while the server is unavailable.
   `rows` may be NULL. */
enum database_outcome database_run(struct database *database, struct arena *arena, const struct database_wait *wait,
                                   struct text statement, const struct database_parameter *parameters, size_t count,
                                   struct database_rows *rows, struct database_fault *fault) MUST_CHECK;

/* Executes the statements of one transaction. Any outcome but DATABASE_OK rolls it back; a body that fails for a reason
   of its own sets the fault (see database_refuse). The body may be called several times; its earlier work has then been
   rolled back. */
typedef enum database_outcome database_body(struct database_session *session, void *userdata,
                                            struct database_fault *fault);

/* Begins a transaction, calls the body and commits; retries as database_run does. */
enum database_outcome database_transact(struct database *database, struct arena *arena,
                                        const struct database_wait *wait, database_body *body, void *userdata,
                                        struct database_fault *fault) MUST_CHECK;

/* Fills the fault with a reason that does not come from the server. Returns DATABASE_REFUSED. */
enum database_outcome database_refuse(struct database_fault *fault, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
