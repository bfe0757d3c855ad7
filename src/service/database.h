/* PostgreSQL for handlers: a bounded pool, statements with bound parameters, deadlines, and an honest word about what
   became of a statement. Any thread; a call blocks its thread until its deadline at most. */
#ifndef SERVICE_DATABASE_H
#define SERVICE_DATABASE_H

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"

struct database;
struct database_session;

struct database_options {
    struct text host; /* may carry :port, or be a socket folder */
    struct text user, password, name;
    bool disable_tls;
    unsigned connections; /* most open at once; 0: 10 */
    int64_t statement_timeout_ms; /* 0: 30 s */
};

/* Opens nothing yet; copies the options. NULL when out of memory. Free with database_free, after its last user. */
struct database *database_new(const struct database_options *options) MUST_CHECK;
void database_free(struct database *database); /* accepts NULL; closes every connection */

/* Tries one connection and `SELECT 1`. STATUS_UNAVAILABLE says why (never with the password). */
enum status database_ping(struct database *database, int64_t timeout_ms, struct error *error) MUST_CHECK;

/* How long, and whether to wait for a server that is away. */
struct database_patience {
    int64_t deadline_us;             /* monotonic clock; 0: statement timeout only */
    bool wait;                       /* the server is away: try again until the deadline, else fail at once */
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
    const struct text *cells;   /* row by row; .data NULL for SQL NULL */
    const struct text *columns; /* names */
    int64_t affected;           /* rows written */
};

enum database_outcome {
    DATABASE_OK,
    DATABASE_REFUSED, /* the server said no, and will again: error.message; sqlstate tells why */
    DATABASE_CONFLICT,/* serialization failure or deadlock: nothing was done, try again */
    DATABASE_AWAY,    /* not reachable, or lost before anything was applied */
    DATABASE_UNKNOWN, /* lost while committing: applied or not; repeat only what is idempotent */
};

struct database_fault {
    struct arena *arena;
    char sqlstate[6]; /* "" when the server sent none */
    struct text message; /* "undefined table", "duplicated entry", "foreign key violation" or the server's text (6.2) */
};

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

/* begin, one statement, commit. */
enum database_outcome database_run(struct database *database, struct arena *arena,
                                   const struct database_patience *patience, struct text statement,
                                   const struct database_parameter *parameters, size_t count,
                                   struct database_rows *rows, struct database_fault *fault) MUST_CHECK;

#endif
