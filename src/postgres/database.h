/* PostgreSQL for handlers: a bounded pool, statements with bound parameters (prepared when they come again), deadlines,
   and an honest word about what became of a statement. Any thread; a call blocks its thread until its deadline at most (plus, on a new connection,
   what the system takes to resolve the host's name). */
#ifndef POSTGRES_DATABASE_H
#define POSTGRES_DATABASE_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"

struct database;
struct database_session;

struct database_options {
    struct text host; /* may carry :port, or be a socket folder */
    struct text user, password, name;
    bool disable_tls;
    struct text ca_file;             /* who may vouch for the server, whose name is checked then; "": anybody */
    struct text cert_file, key_file; /* ours; "": none */
    unsigned connections;            /* most open at once; 0: 10 */
    int64_t statement_timeout_ms;    /* 0: 30 s */
};

/* Opens nothing yet; copies the options. NULL when out of memory. Free with database_free, after its last user. */
struct database *database_new(const struct database_options *options) MUST_CHECK;
void database_free(struct database *database); /* accepts NULL; closes every connection */

/* database_new by the settings. */
struct settings;
enum status database_start(const struct settings *settings, struct database **database, struct error *error) MUST_CHECK;

/* One object that a layer above keeps with the database, such as what it has learned of its tables: made by `make` at the
   first call, given to `release` by database_free. NULL when out of memory. Each caller passes the same two functions. */
void *database_client_data(struct database *database, void *(*make)(void), void (*release)(void *data));
const char *database_name(const struct database *database); /* of the database on the server; borrowed */

/* Tries one connection and `SELECT 1`. STATUS_UNAVAILABLE says why (never with the password). */
enum status database_ping(struct database *database, int64_t timeout_ms, struct error *error) MUST_CHECK;

/* How long, and whether to wait for a server that is away. */
struct database_patience {
    int64_t deadline_us;             /* monotonic clock; 0: statement timeout only */
    bool wait;                       /* the server is away: try again until the deadline, else fail at once */
    bool idempotent;                 /* doing it twice is doing it once: database_run and database_transact repeat it
                                        when a commit was lost and they may wait */
    bool (*is_canceled)(void *hook); /* asked while waiting; may be NULL */
    void *hook;
};

/* A parameter: text form, NULL data for SQL NULL. Its type is inferred by the server unless type_oid is set. */
struct database_parameter {
    struct text text;
    bool is_null;
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
    DATABASE_REFUSED,  /* the server said no, and will again: error.message; sqlstate tells why */
    DATABASE_CONFLICT, /* serialization failure, deadlock, too long behind a lock, or a table that was changed since
                          the statement was prepared: nothing was done, try again */
    DATABASE_AWAY,     /* not reachable, or lost before anything was applied */
    DATABASE_UNKNOWN,  /* lost while committing: applied or not; repeat only what is idempotent */
};

/* Why. `arena` is the caller's to set: the message is made there. */
struct database_fault {
    struct arena *arena;
    char sqlstate[6];    /* "" when the server sent none */
    struct text message; /* "undefined table", "duplicated entry", "foreign key violation" or
                            "ERROR: <the server's text> (SQLSTATE xxxxx)" (contract handlers 6.2) */
};

#define SQLSTATE_UNDEFINED_TABLE       "42P01"
#define SQLSTATE_FOREIGN_KEY_VIOLATION "23503"
bool database_fault_is(const struct database_fault *fault, const char *sqlstate);
/* Fills the fault: out of the memory budget of this task. Returns DATABASE_REFUSED. */
enum database_outcome database_fault_budget(struct database_fault *fault);
/* The outcome as a status; the error is filled from the fault when it is not STATUS_OK. STATUS_NOT_FOUND: a table that
   the statement names does not exist. STATUS_INVALID: refused for another reason. STATUS_UNAVAILABLE: anything else, and
   trying again can help. */
enum status database_status(enum database_outcome outcome, const struct database_fault *fault,
                            struct error *error) MUST_CHECK;

/* Takes a connection and begins a transaction. On DATABASE_OK the session is the caller's until commit or abandon. */
enum database_outcome database_begin(struct database *database, struct arena *arena,
                                     const struct database_patience *patience, struct database_session **session,
                                     struct database_fault *fault) MUST_CHECK;
enum database_outcome database_execute(struct database_session *session, struct arena *arena, struct text statement,
                                       const struct database_parameter *parameters, size_t count,
                                       struct database_rows *rows, struct database_fault *fault) MUST_CHECK;
/* Gives the connection back whatever happens; the session is gone afterwards. */
enum database_outcome database_commit(struct database_session *session, struct database_fault *fault) MUST_CHECK;
void database_abandon(struct database_session *session); /* rolls back; accepts NULL */

/* One statement in a transaction of its own, in one round trip (so a lost connection is DATABASE_UNKNOWN). Repeats by
   itself: a conflict a few times, and with patience->wait whatever failed because the server was away. */
enum database_outcome database_run(struct database *database, struct arena *arena,
                                   const struct database_patience *patience, struct text statement,
                                   const struct database_parameter *parameters, size_t count,
                                   struct database_rows *rows, struct database_fault *fault) MUST_CHECK;

/* What is done in one transaction. Anything but DATABASE_OK rolls back; a body that fails for reasons of its own sets
   the fault (see database_refuse). May be called several times: each time its work before was undone. */
typedef enum database_outcome database_body(struct database_session *session, void *hook, struct database_fault *fault);

/* begin, body, commit; repeats as database_run does. */
enum database_outcome database_transact(struct database *database, struct arena *arena,
                                        const struct database_patience *patience, database_body *body, void *hook,
                                        struct database_fault *fault) MUST_CHECK;

/* Fills the fault and returns DATABASE_REFUSED, with a reason that is not the server's. */
enum database_outcome database_refuse(struct database_fault *fault, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
