/* PostgreSQL for handlers: a bounded pool of connections, statements with bound parameters (prepared when they are
   repeated) and deadlines. The outcome says whether a statement took effect, did not, or is unknown. Any thread; a call
   blocks its thread until its deadline at most, plus the time to resolve the host's name on a new connection. */
#ifndef POSTGRES_DATABASE_H
#define POSTGRES_DATABASE_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "base/wait_limit.h"

struct database;
struct database_session;

struct database_options {
    struct text host; /* may carry :port, or be a socket folder */
    struct text user, password, name;
    bool disable_tls;
    struct text ca_file;             /* trusted for the server, whose host name is checked then; "": no check */
    struct text cert_file, key_file; /* of the client; may be "" */
    unsigned connections;            /* open at the same time, at most; 0: 10 */
    int64_t statement_timeout_ms;    /* 0: 30 s */
};

/* Copies the options, opens nothing yet. NULL when out of memory. Free with database_free, after its last user. */
struct database *database_new(const struct database_options *options) MUST_CHECK;
void database_free(struct database *database); /* accepts NULL; closes every connection */

/* database_new by the settings. */
struct settings;
enum status database_start(const struct settings *settings, struct database **database, struct error *error) MUST_CHECK;

/* libpq reads variables such as PGHOSTADDR, PGSERVICE and PGOPTIONS, which can lead elsewhere than the settings say.
   Removes them from the environment; for a process that has no other thread yet. Returns how many there were; their
   names, which are static, are in `forgotten`. */
#define LIBPQ_VARIABLES_MAX 64
size_t database_forget_environment(const char *forgotten[LIBPQ_VARIABLES_MAX]);

/* One object that a layer above keeps with the database, such as what it has learned of its tables: made by `make` at
   the first call, given to `release` by database_free. NULL when out of memory. Each caller passes the same two
   functions. */
void *database_client_data(struct database *database, void *(*make)(void), void (*release)(void *data));
const char *database_name(const struct database *database); /* of the database on the server; borrowed */

/* Whether a connection so far was one to a pooler that gives each transaction another session of the server. Then
   nothing is kept in a session: no settings, no prepared statements. */
bool database_is_pooled(const struct database *database);

/* Tries one connection and whether the database can be written to. STATUS_UNAVAILABLE says why not (never with the
   password). */
enum status database_ping(struct database *database, int64_t timeout_ms, struct error *error) MUST_CHECK;

/* How long a call may take, and what it may repeat meanwhile. */
struct database_wait {
    struct wait_limit limit; /* without a deadline: the statement timeout */
    bool retry;              /* an unavailable server: try again until the deadline, else fail at once */
    bool idempotent;         /* doing it twice is doing it once: with `retry`, database_run and database_transact repeat
                                it when the connection was lost during the commit */
};

/* A parameter: its text form, or with is_binary the binary form of the type in type_oid. The server infers the type
   unless type_oid is set. */
struct database_parameter {
    struct text text;
    bool is_null;
    bool is_binary;
    unsigned type_oid;
};

struct database_rows {
    size_t row_count, column_count;
    const struct text *cells;   /* row by row; .data NULL for SQL NULL; text form */
    const struct text *columns; /* names */
    int64_t affected;           /* rows written, or read by a SELECT */
};

enum database_outcome {
    DATABASE_OK,
    DATABASE_REFUSED,     /* by the server, and it will be again; the fault says why */
    DATABASE_CONFLICT,    /* serialization failure, deadlock, too long behind a lock, or a table that was changed since
                             the statement was prepared: nothing was done, try again */
    DATABASE_UNAVAILABLE, /* not reachable, or lost before anything was applied */
    DATABASE_UNKNOWN,     /* lost during the commit: applied or not; repeat only what is idempotent */
};

/* Why a statement failed. The caller sets `arena`, where the message is made. */
struct database_fault {
    struct arena *arena;
    char sqlstate[6];    /* "" when the server sent none */
    size_t head, tail;   /* bytes of the message that are public, as in struct failure */
    struct text message; /* "undefined table", "duplicated entry", "foreign key violation" or
                            "ERROR: <the server's text> (SQLSTATE xxxxx)", as the Go worker has them */
};

#define SQLSTATE_UNDEFINED_TABLE        "42P01"
#define SQLSTATE_FOREIGN_KEY_VIOLATION  "23503"
#define SQLSTATE_INSUFFICIENT_PRIVILEGE "42501"
bool database_fault_is(const struct database_fault *fault, const char *sqlstate);
/* The message. Borrowed. */
static inline struct failure database_fault_failure(const struct database_fault *fault)
{
    return (struct failure){.text = fault->message, .head = fault->head, .tail = fault->tail};
}
/* Fills the fault: out of the memory budget of this task. Returns DATABASE_REFUSED. */
enum database_outcome database_fault_budget(struct database_fault *fault);
/* The outcome as a status; the error is filled from the fault when it is not STATUS_OK. STATUS_NOT_FOUND: a table that
   the statement names does not exist. STATUS_INVALID: refused for another reason. STATUS_UNAVAILABLE: anything else,
   and trying again can help. */
enum status database_status(enum database_outcome outcome, const struct database_fault *fault,
                            struct error *error) MUST_CHECK;

/* Takes a connection for a transaction, which begins with the first statement: BEGIN costs no round trip. On
   DATABASE_OK the session is the caller's until commit or abandon. It lies in the arena, which must outlive it. */
enum database_outcome database_begin(struct database *database, struct arena *arena, const struct database_wait *wait,
                                     struct database_session **session, struct database_fault *fault) MUST_CHECK;
/* A statement and what is queued, in one round trip. A connection that proves to be lost at the first one is replaced,
   and with wait->retry an unavailable server is waited for: nothing has been done yet. After anything but DATABASE_OK
   the transaction has failed or was not begun. */
enum database_outcome database_execute(struct database_session *session, struct arena *arena, struct text statement,
                                       const struct database_parameter *parameters, size_t count,
                                       struct database_rows *rows, struct database_fault *fault) MUST_CHECK;
/* A statement whose rows nobody needs: it is sent with the next statement or with the commit, ahead of it, and its
   failure is the failure of that call. Everything is copied into the session's arena. DATABASE_OK or
   DATABASE_REFUSED: a parameter that cannot be sent, or no room. */
enum database_outcome database_queue(struct database_session *session, struct text statement,
                                     const struct database_parameter *parameters, size_t count,
                                     struct database_fault *fault) MUST_CHECK;
/* Marks a point of the transaction before statements that may be refused without failing it; one at a time. */
enum database_outcome database_savepoint(struct database_session *session, struct database_fault *fault) MUST_CHECK;
/* Undoes what was done since the savepoint, also after a statement that was refused; the session can be used again. */
enum database_outcome database_rollback_to_savepoint(struct database_session *session,
                                                     struct database_fault *fault) MUST_CHECK;
/* The first outcome of its statements that was not DATABASE_OK, but for those that a savepoint undid. */
enum database_outcome database_session_outcome(const struct database_session *session);
struct database *database_of(const struct database_session *session);
/* What is queued and COMMIT, in one round trip; none when nothing was executed or queued. Ends the session, whatever
   the outcome. DATABASE_UNKNOWN: the connection was lost after COMMIT was sent. Any other failure: nothing was
   applied. */
enum database_outcome database_commit(struct database_session *session, struct database_fault *fault) MUST_CHECK;
void database_abandon(struct database_session *session); /* rolls back and ends the session; accepts NULL */

/* One statement in a transaction of its own, in one round trip; losing the connection is DATABASE_UNKNOWN. Repeats a
   conflict a few times, and with wait->retry what failed because the server was unavailable. `rows` may be NULL. */
enum database_outcome database_run(struct database *database, struct arena *arena, const struct database_wait *wait,
                                   struct text statement, const struct database_parameter *parameters, size_t count,
                                   struct database_rows *rows, struct database_fault *fault) MUST_CHECK;

/* The statements of one transaction. Anything but DATABASE_OK rolls back; a body that fails for reasons of its own sets
   the fault (see database_refuse). May be called several times; its earlier work has been rolled back then. */
typedef enum database_outcome database_body(struct database_session *session, void *userdata,
                                            struct database_fault *fault);

/* begin, body, commit; repeats as database_run does. */
enum database_outcome database_transact(struct database *database, struct arena *arena,
                                        const struct database_wait *wait, database_body *body, void *userdata,
                                        struct database_fault *fault) MUST_CHECK;

/* Fills the fault with a reason that is not the server's. Returns DATABASE_REFUSED. */
enum database_outcome database_refuse(struct database_fault *fault, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
