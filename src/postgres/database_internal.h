/* What the files of the database share among themselves: pool.c hands out connections, connection.c opens and closes
   them, statement.c runs statements on one, prepared.c remembers which. Nobody outside this room includes it. */
#ifndef POSTGRES_DATABASE_INTERNAL_H
#define POSTGRES_DATABASE_INTERNAL_H

#include <libpq-fe.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/limits.h"
#include "postgres/database.h"

#define MILLISECOND_US ((int64_t)1000)
#define SECOND_US      ((int64_t)1000000)

/* NUL-terminated for libpq; owned by the database. */
struct database_settings {
    char *host, *port, *user, *password, *name; /* port NULL: libpq's default */
    bool disable_tls;
    char *ca_file, *cert_file, *key_file; /* NULL: none */
    int64_t statement_timeout_us;
};

/* A statement that came before on a connection. */
struct prepared {
    char *copy; /* of its text, owned; NULL: this entry is free */
    struct text text;
    unsigned *types; /* of its parameters, as the caller gave them; owned */
    size_t count;
    char name[16]; /* on the server, in this connection */
    enum {
        PREPARED_SEEN,
        PREPARED_READY, /* by the server, under the name */
        PREPARED_NEVER, /* what was prepared did not fit any more once: it is run as it comes */
    } state;
    uint64_t last_use; /* by the connection's count of uses */
};

/* One connection: in the pool's idle list, or lent to one thread. */
struct database_connection {
    PGconn *wire;
    struct database_connection *next;
    bool broken;               /* not to be used again */
    bool reused;               /* has been idle: the server may have gone meanwhile */
    struct prepared *prepared; /* LIMIT_PREPARED_STATEMENTS of them; NULL: none yet */
    uint64_t uses;
};

struct database {
    struct database_settings settings;
    unsigned capacity;
    pthread_mutex_t lock;
    pthread_cond_t returned; /* an idle connection, or room for a new one */
    /* under the lock: */
    struct database_connection *idle; /* the latest first */
    unsigned open;                    /* idle, lent and being opened */
    uint64_t opened;                  /* connections that the server has ever let in */
    bool away;                        /* the last attempt to connect failed: said once in the log */
    void *client_data;                /* NULL: none yet */
    void (*release_client_data)(void *data);
};

struct database_session {
    struct database *database;
    struct database_connection *connection;
    struct database_patience patience;
};

/* Waiting time that doubles, up to a bound, with some chance in it. Starts zeroed. */
struct backoff {
    int64_t next_us;
};

/* fault.c */
/* Fills the fault; sqlstate may be NULL. Returns the outcome, so that a caller can write `return
   database_fault_set(...)`. */
enum database_outcome database_fault_set(struct database_fault *fault, enum database_outcome outcome,
                                         const char *sqlstate, const char *format, ...) PRINTF_LIKE(4, 5);
/* What a refused statement means; breaks the connection where the server says that it ends it. `commits`: success
   would have made something last. */
enum database_outcome database_fault_of_result(struct database_connection *connection, const PGresult *result,
                                               bool commits, struct database_fault *fault);
/* libpq's words about the connection, on one line. */
enum database_outcome database_fault_of_connection(const PGconn *wire, enum database_outcome outcome, const char *what,
                                                   struct database_fault *fault);

/* wait.c */
enum wait_end { WAIT_READY, WAIT_LATE, WAIT_CANCELED };
/* Until the socket is ready for one of the poll(2) events, the deadline or a cancel. */
enum wait_end database_wait_for_socket(int descriptor, short events, int64_t deadline_us,
                                       const struct database_patience *patience);
/* False when the deadline comes before the pause is over, or on a cancel. */
bool database_wait_backoff(struct backoff *backoff, int64_t deadline_us, const struct database_patience *patience);
bool database_wait_canceled(const struct database_patience *patience);
/* The sooner of the patience's deadline and `longest_us` from now. */
int64_t database_wait_deadline(const struct database_patience *patience, int64_t longest_us);

/* connection.c */
/* DATABASE_OK or DATABASE_AWAY. The connection is ready for statements; free it with database_connection_close. */
enum database_outcome database_connection_open(const struct database_settings *settings,
                                               const struct database_patience *patience, int64_t deadline_us,
                                               struct database_connection **connection, struct database_fault *fault);
void database_connection_close(struct database_connection *connection); /* accepts NULL */
/* Can this connection, idle until now, still be used? A look at its socket, no round trip. */
bool database_connection_is_sound(const struct database_connection *connection);

/* pool.c */
/* A connection of the pool, by the patience given. `*connection` goes back by database_pool_return. */
enum database_outcome database_pool_take(struct database *database, const struct database_patience *patience,
                                         struct database_connection **connection, struct database_fault *fault);
/* Closes it when it is broken or in the middle of something. */
void database_pool_return(struct database *database, struct database_connection *connection);

/* prepared.c */
struct statement;
/* The statement's entry when it came before on this connection, READY or to be prepared now. NULL: it is better run as it
   comes, as what came for the first time, takes no parameters, is too long, or is one too many. */
struct prepared *database_prepared_find(struct database_connection *connection, const struct statement *statement);
void database_prepared_free(struct database_connection *connection);

/* statement.c */
struct statement {
    struct text text;
    const struct database_parameter *parameters;
    size_t count;
    bool commits; /* when it succeeds, something lasts: losing the connection leaves that open */
};
/* Runs it within the deadline. `rows` may be NULL. After anything but OK, look at connection->broken. */
enum database_outcome database_statement_run(struct database_connection *connection, struct arena *arena,
                                             const struct statement *statement, int64_t deadline_us,
                                             const struct database_patience *patience, struct database_rows *rows,
                                             struct database_fault *fault);

#endif
