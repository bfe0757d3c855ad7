#include "postgres/database_internal.h"

/* Tries of what others keep getting in the way of. */
#define CONFLICTS_MOST 5
/* The server ends a statement at its timeout and says so; we wait a little longer to hear it. */
#define SERVER_SAYS_US SECOND_US
/* For what only tidies up. */
#define ROLLBACK_US SECOND_US

static int64_t statement_deadline(const struct database *database, const struct database_patience *patience)
{
    return database_wait_deadline(patience, database->settings.statement_timeout_us + SERVER_SAYS_US);
}

static struct database_patience with_deadline(const struct database *database, const struct database_patience *patience)
{
    struct database_patience bounded = *patience;
    if (bounded.deadline_us == 0)
        bounded.deadline_us = database_wait_deadline(patience, database->settings.statement_timeout_us);
    return bounded;
}

/* BEGIN on a connection of the pool; on failure the connection is gone again. */
static enum database_outcome begin_once(struct database *database, struct arena *arena,
                                        const struct database_patience *patience,
                                        struct database_connection **connection, struct database_fault *fault,
                                        bool *stale)
{
    *stale = false;
    enum database_outcome outcome = database_pool_take(database, patience, connection, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    struct statement begin = {.text = TEXT("BEGIN")};
    int64_t deadline = statement_deadline(database, patience);
    outcome = database_statement_run(*connection, arena, &begin, deadline, patience, NULL, fault);
    if (outcome == DATABASE_OK)
        return outcome;
    *stale = (*connection)->reused && outcome == DATABASE_AWAY && !database_wait_canceled(patience);
    (*connection)->broken = true;
    database_pool_return(database, *connection);
    return outcome;
}

enum database_outcome database_begin(struct database *database, struct arena *arena,
                                     const struct database_patience *patience, struct database_session **session,
                                     struct database_fault *fault)
{
    struct database_patience bounded = with_deadline(database, patience);
    struct database_connection *connection = NULL;
    struct backoff backoff = {0};
    for (;;) {
        bool stale;
        enum database_outcome outcome = begin_once(database, arena, &bounded, &connection, fault, &stale);
        if (outcome == DATABASE_OK)
            break;
        /* A connection that died while nobody used it says nothing about the server: the next one does. */
        if (stale && clock_monotonic_us() < bounded.deadline_us)
            continue;
        if (outcome != DATABASE_AWAY || !patience->wait ||
            !database_wait_backoff(&backoff, bounded.deadline_us, &bounded))
            return outcome;
    }
    struct database_session *made = ARENA_NEW(arena, struct database_session);
    if (made == NULL) {
        connection->broken = true;
        database_pool_return(database, connection);
        (void)database_fault_budget(fault);
        return DATABASE_REFUSED;
    }
    *made = (struct database_session){.database = database, .connection = connection, .patience = *patience};
    *session = made;
    return DATABASE_OK;
}

enum database_outcome database_execute(struct database_session *session, struct arena *arena, struct text statement,
                                       const struct database_parameter *parameters, size_t count,
                                       struct database_rows *rows, struct database_fault *fault)
{
    struct statement run = {.text = statement, .parameters = parameters, .count = count};
    return database_statement_run(session->connection, arena, &run,
                                  statement_deadline(session->database, &session->patience), &session->patience, rows,
                                  fault);
}

enum database_outcome database_commit(struct database_session *session, struct database_fault *fault)
{
    struct database *database = session->database;
    struct arena *scratch = arena_new(KIB(16), 0);
    if (scratch == NULL) {
        database_abandon(session);
        return database_fault_budget(fault);
    }
    struct statement commit = {.text = TEXT("COMMIT"), .commits = true};
    enum database_outcome outcome =
        database_statement_run(session->connection, scratch, &commit, statement_deadline(database, &session->patience),
                               &session->patience, NULL, fault);
    arena_free(scratch);
    database_pool_return(database, session->connection);
    return outcome;
}

void database_abandon(struct database_session *session)
{
    if (session == NULL)
        return;
    struct database_connection *connection = session->connection;
    PGTransactionStatusType state = PQtransactionStatus(connection->wire);
    struct arena *scratch = arena_new(KIB(16), 0);
    if (scratch != NULL && !connection->broken && (state == PQTRANS_INTRANS || state == PQTRANS_INERROR)) {
        struct statement rollback = {.text = TEXT("ROLLBACK")};
        struct database_patience firm = {0};
        struct database_fault ignored = {.arena = scratch};
        /* When this fails the connection is closed, which rolls back too. */
        (void)database_statement_run(connection, scratch, &rollback, clock_monotonic_us() + ROLLBACK_US, &firm, NULL,
                                     &ignored);
    }
    arena_free(scratch);
    database_pool_return(session->database, connection);
}

/* Trying again what did not come about. */
struct repeat {
    struct database_patience patience;
    struct backoff backoff;
    unsigned conflicts;
};

/* Waits and says true when the outcome is one that another try can better. */
static bool worth_repeating(struct repeat *repeat, enum database_outcome outcome)
{
    bool again = false;
    switch (outcome) {
    case DATABASE_OK:
    case DATABASE_REFUSED: break;
    case DATABASE_CONFLICT: again = ++repeat->conflicts < CONFLICTS_MOST; break;
    case DATABASE_AWAY: again = repeat->patience.wait; break;
    case DATABASE_UNKNOWN: again = repeat->patience.wait && repeat->patience.idempotent; break;
    }
    return again && database_wait_backoff(&repeat->backoff, repeat->patience.deadline_us, &repeat->patience);
}

static enum database_outcome transact_once(struct database *database, struct arena *arena,
                                           const struct database_patience *patience, database_body *body, void *hook,
                                           struct database_fault *fault)
{
    struct database_session *session = NULL;
    enum database_outcome outcome = database_begin(database, arena, patience, &session, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    outcome = body(session, hook, fault);
    if (outcome == DATABASE_OK)
        return database_commit(session, fault);
    database_abandon(session);
    return outcome;
}

enum database_outcome database_transact(struct database *database, struct arena *arena,
                                        const struct database_patience *patience, database_body *body, void *hook,
                                        struct database_fault *fault)
{
    struct repeat repeat = {.patience = with_deadline(database, patience)};
    for (;;) {
        enum database_outcome outcome = transact_once(database, arena, &repeat.patience, body, hook, fault);
        if (!worth_repeating(&repeat, outcome))
            return outcome;
    }
}

static enum database_outcome run_once(struct database *database, struct arena *arena,
                                      const struct database_patience *patience, const struct statement *statement,
                                      struct database_rows *rows, struct database_fault *fault)
{
    struct database_connection *connection = NULL;
    enum database_outcome outcome = database_pool_take(database, patience, &connection, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    outcome = database_statement_run(connection, arena, statement, statement_deadline(database, patience), patience,
                                     rows, fault);
    database_pool_return(database, connection);
    return outcome;
}

enum database_outcome database_run(struct database *database, struct arena *arena,
                                   const struct database_patience *patience, struct text statement,
                                   const struct database_parameter *parameters, size_t count,
                                   struct database_rows *rows, struct database_fault *fault)
{
    struct statement run = {.text = statement, .parameters = parameters, .count = count, .commits = true};
    struct repeat repeat = {.patience = with_deadline(database, patience)};
    for (;;) {
        enum database_outcome outcome = run_once(database, arena, &repeat.patience, &run, rows, fault);
        if (!worth_repeating(&repeat, outcome))
            return outcome;
    }
}

enum status database_ping(struct database *database, int64_t timeout_ms, struct error *error)
{
    struct arena *arena = arena_new(KIB(64), 0);
    if (arena == NULL)
        return error_budget(error);
    struct database_patience patience = {.deadline_us = clock_monotonic_us() + timeout_ms * MILLISECOND_US};
    struct database_fault fault = {.arena = arena};
    enum status status = STATUS_OK;
    if (database_run(database, arena, &patience, TEXT("SELECT 1"), NULL, 0, NULL, &fault) != DATABASE_OK)
        status = error_set(error, STATUS_UNAVAILABLE, TEXT("database"), "%.*s", TEXT_ARG(fault.message));
    arena_free(arena);
    return status;
}
