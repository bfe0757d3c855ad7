/* Transactions, and repeating what failed for reasons that pass. */
#include <assert.h>

#include "postgres/database_internal.h"

/* Tries of a transaction that conflicts with others. */
#define CONFLICTS_MAX 5
/* The server ends a statement at its timeout; the client waits this much longer for the error. */
#define TIMEOUT_MARGIN_US   SECOND_US
#define ROLLBACK_TIMEOUT_US SECOND_US

static struct wait_limit statement_limit(const struct database *database, const struct wait_limit *limit)
{
    return wait_limit_within(limit, database->settings.statement_timeout_us + TIMEOUT_MARGIN_US);
}

static struct wait_limit with_deadline(const struct database *database, const struct wait_limit *limit)
{
    return limit->deadline_us != 0 ? *limit : wait_limit_within(limit, database->settings.statement_timeout_us);
}

/* BEGIN on a connection of the pool, which is returned on failure. */
static enum database_outcome begin_once(struct database *database, struct arena *arena, const struct wait_limit *limit,
                                        bool retry, struct database_connection **connection,
                                        struct database_fault *fault, bool *stale)
{
    *stale = false;
    enum database_outcome outcome = database_pool_take(database, limit, retry, connection, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    struct statement begin = {.text = TEXT("BEGIN")};
    const struct wait_limit within = statement_limit(database, limit);
    outcome = database_statement_run(*connection, arena, &begin, &within, NULL, fault);
    if (outcome == DATABASE_OK)
        return outcome;
    *stale = (*connection)->reused && outcome == DATABASE_UNAVAILABLE && !wait_limit_is_canceled(limit);
    (*connection)->broken = true;
    database_pool_return(database, *connection);
    return outcome;
}

enum database_outcome database_begin(struct database *database, struct arena *arena, const struct database_wait *wait,
                                     struct database_session **session, struct database_fault *fault)
{
    const struct wait_limit limit = with_deadline(database, &wait->limit);
    struct database_connection *connection = NULL;
    struct backoff backoff = DATABASE_BACKOFF;
    for (;;) {
        bool stale;
        enum database_outcome outcome = begin_once(database, arena, &limit, wait->retry, &connection, fault, &stale);
        if (outcome == DATABASE_OK)
            break;
        /* A connection that was lost while it was spare says nothing about the server; try another at once. */
        if (stale && wait_limit_left_us(&limit) > 0)
            continue;
        if (outcome != DATABASE_UNAVAILABLE || !wait->retry || !backoff_wait(&backoff, &limit))
            return outcome;
    }
    struct database_session *made = ARENA_NEW(arena, struct database_session);
    if (made == NULL) {
        connection->broken = true;
        database_pool_return(database, connection);
        return database_fault_budget(fault);
    }
    *made = (struct database_session){.database = database, .connection = connection, .limit = wait->limit};
    *session = made;
    return DATABASE_OK;
}

enum database_outcome database_execute(struct database_session *session, struct arena *arena, struct text statement,
                                       const struct database_parameter *parameters, size_t count,
                                       struct database_rows *rows, struct database_fault *fault)
{
    assert(session->connection != NULL);
    struct statement run = {.text = statement, .parameters = parameters, .count = count};
    const struct wait_limit limit = statement_limit(session->database, &session->limit);
    enum database_outcome outcome = database_statement_run(session->connection, arena, &run, &limit, rows, fault);
    if (session->outcome == DATABASE_OK)
        session->outcome = outcome;
    return outcome;
}

enum database_outcome database_queue(struct database_session *session, struct arena *arena, struct text statement,
                                     const struct database_parameter *parameters, size_t count,
                                     struct database_fault *fault)
{
    return database_execute(session, arena, statement, parameters, count, NULL, fault);
}

enum database_outcome database_savepoint(struct database_session *session, struct arena *arena,
                                         struct database_fault *fault)
{
    return database_queue(session, arena, TEXT("SAVEPOINT optional"), NULL, 0, fault);
}

enum database_outcome database_rollback_to_savepoint(struct database_session *session, struct arena *arena,
                                                     struct database_fault *fault)
{
    session->outcome = DATABASE_OK;
    return database_execute(session, arena, TEXT("ROLLBACK TO SAVEPOINT optional"), NULL, 0, NULL, fault);
}

enum database_outcome database_session_outcome(const struct database_session *session)
{
    return session->outcome;
}

struct database *database_of(const struct database_session *session)
{
    return session->database;
}

enum database_outcome database_commit(struct database_session *session, struct database_fault *fault)
{
    assert(session->connection != NULL);
    struct database *database = session->database;
    struct arena *scratch = arena_new(KIB(16), 0);
    if (scratch == NULL) {
        database_abandon(session);
        return database_fault_budget(fault);
    }
    struct statement commit = {.text = TEXT("COMMIT"), .commits = true};
    const struct wait_limit limit = statement_limit(database, &session->limit);
    enum database_outcome outcome = database_statement_run(session->connection, scratch, &commit, &limit, NULL, fault);
    arena_free(scratch);
    database_pool_return(database, session->connection);
    session->connection = NULL;
    return outcome;
}

void database_abandon(struct database_session *session)
{
    if (session == NULL)
        return;
    struct database_connection *connection = session->connection;
    assert(connection != NULL);
    PGTransactionStatusType state = PQtransactionStatus(connection->conn);
    struct arena *scratch = arena_new(KIB(16), 0);
    if (scratch != NULL && !connection->broken && (state == PQTRANS_INTRANS || state == PQTRANS_INERROR)) {
        struct statement rollback = {.text = TEXT("ROLLBACK")};
        const struct wait_limit limit = {.deadline_us = clock_monotonic_us() + ROLLBACK_TIMEOUT_US};
        struct database_fault ignored = {.arena = scratch};
        /* A failure closes the connection, which rolls back too. */
        (void)database_statement_run(connection, scratch, &rollback, &limit, NULL, &ignored);
    }
    arena_free(scratch);
    database_pool_return(session->database, connection);
    session->connection = NULL;
}

struct repeat {
    struct database_wait wait; /* with a deadline */
    struct backoff backoff;
    unsigned conflicts;
};

static struct repeat repeat_begin(const struct database *database, const struct database_wait *wait)
{
    struct repeat repeat = {.wait = *wait, .backoff = DATABASE_BACKOFF};
    repeat.wait.limit = with_deadline(database, &wait->limit);
    return repeat;
}

/* Waits and returns true when another try can end better. */
static bool may_repeat(struct repeat *repeat, enum database_outcome outcome)
{
    bool again = false;
    switch (outcome) {
    case DATABASE_OK:
    case DATABASE_REFUSED: break;
    case DATABASE_CONFLICT: again = ++repeat->conflicts < CONFLICTS_MAX; break;
    case DATABASE_UNAVAILABLE: again = repeat->wait.retry; break;
    case DATABASE_UNKNOWN: again = repeat->wait.retry && repeat->wait.idempotent; break;
    }
    return again && backoff_wait(&repeat->backoff, &repeat->wait.limit);
}

static enum database_outcome transact_once(struct database *database, struct arena *arena,
                                           const struct database_wait *wait, database_body *body, void *userdata,
                                           struct database_fault *fault)
{
    struct database_session *session = NULL;
    enum database_outcome outcome = database_begin(database, arena, wait, &session, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    outcome = body(session, userdata, fault);
    if (outcome == DATABASE_OK)
        return database_commit(session, fault);
    database_abandon(session);
    return outcome;
}

enum database_outcome database_transact(struct database *database, struct arena *arena,
                                        const struct database_wait *wait, database_body *body, void *userdata,
                                        struct database_fault *fault)
{
    struct repeat repeat = repeat_begin(database, wait);
    for (;;) {
        enum database_outcome outcome = transact_once(database, arena, &repeat.wait, body, userdata, fault);
        if (!may_repeat(&repeat, outcome))
            return outcome;
    }
}

static enum database_outcome run_once(struct database *database, struct arena *arena, const struct database_wait *wait,
                                      const struct statement *statement, struct database_rows *rows,
                                      struct database_fault *fault)
{
    struct database_connection *connection = NULL;
    enum database_outcome outcome = database_pool_take(database, &wait->limit, wait->retry, &connection, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    const struct wait_limit limit = statement_limit(database, &wait->limit);
    outcome = database_statement_run(connection, arena, statement, &limit, rows, fault);
    database_pool_return(database, connection);
    return outcome;
}

enum database_outcome database_run(struct database *database, struct arena *arena, const struct database_wait *wait,
                                   struct text statement, const struct database_parameter *parameters, size_t count,
                                   struct database_rows *rows, struct database_fault *fault)
{
    struct statement run = {.text = statement, .parameters = parameters, .count = count, .commits = true};
    struct repeat repeat = repeat_begin(database, wait);
    for (;;) {
        enum database_outcome outcome = run_once(database, arena, &repeat.wait, &run, rows, fault);
        if (!may_repeat(&repeat, outcome))
            return outcome;
    }
}

enum status database_ping(struct database *database, int64_t timeout_ms, struct error *error)
{
    struct arena *arena = arena_new(KIB(64), 0);
    if (arena == NULL)
        return error_budget(error);
    const struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + timeout_ms * MILLISECOND_US};
    struct database_fault fault = {.arena = arena};
    enum status status = STATUS_OK;
    if (database_run(database, arena, &wait, TEXT("SELECT 1"), NULL, 0, NULL, &fault) != DATABASE_OK)
        status = error_set_failure(error, STATUS_UNAVAILABLE, TEXT("database"), database_fault_failure(&fault));
    arena_free(arena);
    return status;
}
