/* Converts errors of the server and of libpq to outcomes. */
#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "base/buffer.h"
#include "postgres/database_internal.h"

/* Outcomes by SQLSTATE; the first matching prefix decides. Any other SQLSTATE is DATABASE_REFUSED. */
static const struct {
    const char *prefix;
    enum database_outcome outcome;
} outcomes[] = {
    {"08", DATABASE_UNAVAILABLE},                         /* connection exceptions */
    {"25006", DATABASE_UNAVAILABLE},                      /* read-only: a standby, before or after a failover */
    {SQLSTATE_IDLE_IN_TRANSACTION, DATABASE_UNAVAILABLE}, /* the transaction was idle for too long */
    {"40001", DATABASE_CONFLICT},                         /* serialization failure */
    {"40003", DATABASE_UNKNOWN},                          /* statement completion unknown */
    {"40P01", DATABASE_CONFLICT},                         /* deadlock */
    {"53", DATABASE_UNAVAILABLE},                         /* out of disk, memory or connections */
    {"55P03", DATABASE_CONFLICT},                         /* lock not available */
    {"57014", DATABASE_CONFLICT},                         /* statement timeout, usually while waiting for a lock */
    {"57P", DATABASE_UNAVAILABLE},                        /* shutting down, starting up, crashed, database dropped */
    {"58", DATABASE_UNAVAILABLE},                         /* the server's own I/O errors */
};

/* The Go worker's texts. */
static const struct {
    const char *sqlstate;
    const char *message;
} names[] = {
    {SQLSTATE_UNDEFINED_TABLE, "undefined table"},
    {"23505", "duplicated entry"},
    {SQLSTATE_FOREIGN_KEY_VIOLATION, "foreign key violation"},
};

static enum database_outcome set(struct database_fault *fault, enum database_outcome outcome, const char *sqlstate,
                                 const char *format, va_list arguments) PRINTF_LIKE(4, 0);
static enum database_outcome set(struct database_fault *fault, enum database_outcome outcome, const char *sqlstate,
                                 const char *format, va_list arguments)
{
    (void)memset(fault->sqlstate, 0, sizeof(fault->sqlstate));
    if (sqlstate != NULL)
        (void)memcpy(fault->sqlstate, sqlstate, strnlen(sqlstate, sizeof(fault->sqlstate) - 1));
    struct failure failure = {0};
    if (fault->arena != NULL)
        failure = failure_vprint(fault->arena, format, arguments);
    if (failure.text.data == NULL)
        failure = FAILURE_TEXT("database fault (no memory left for its text)");
    fault->message = failure.text;
    fault->head = failure.head;
    fault->tail = failure.tail;
    return outcome;
}

enum database_outcome database_fault_set(struct database_fault *fault, enum database_outcome outcome,
                                         const char *sqlstate, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)set(fault, outcome, sqlstate, format, arguments);
    va_end(arguments);
    return outcome;
}

enum database_outcome database_refuse(struct database_fault *fault, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)set(fault, DATABASE_REFUSED, NULL, format, arguments);
    va_end(arguments);
    return DATABASE_REFUSED;
}

enum database_outcome database_fault_budget(struct database_fault *fault)
{
    return database_fault_set(fault, DATABASE_REFUSED, NULL, "out of the memory budget of this task");
}

bool database_fault_is(const struct database_fault *fault, const char *sqlstate)
{
    return strcmp(fault->sqlstate, sqlstate) == 0;
}

enum status database_status(enum database_outcome outcome, const struct database_fault *fault, struct error *error)
{
    if (outcome == DATABASE_OK)
        return STATUS_OK;
    enum status status = STATUS_UNAVAILABLE;
    if (outcome == DATABASE_REFUSED)
        status = database_fault_is(fault, SQLSTATE_UNDEFINED_TABLE) ? STATUS_NOT_FOUND : STATUS_INVALID;
    return error_set_failure(error, status, TEXT_NONE, database_fault_failure(fault));
}

static enum database_outcome outcome_of(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
        if (strncmp(sqlstate, outcomes[i].prefix, strlen(outcomes[i].prefix)) == 0)
            return outcomes[i].outcome;
    return DATABASE_REFUSED;
}

static const char *name_of(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(sqlstate, names[i].sqlstate) == 0)
            return names[i].message;
    return NULL;
}

enum database_outcome database_fault_of_result(struct database_connection *connection, const PGresult *result,
                                               bool commits, struct database_fault *fault)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (sqlstate == NULL) {
        /* An error of libpq itself: the connection was lost. */
        connection->broken = true;
        return database_fault_of_connection(connection->conn, commits ? DATABASE_UNKNOWN : DATABASE_UNAVAILABLE,
                                            "connection lost", fault);
    }
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    enum database_outcome outcome = outcome_of(sqlstate);
    bool fatal = severity != NULL && strcmp(severity, "ERROR") != 0;
    if (fatal || (outcome == DATABASE_UNAVAILABLE && strncmp(sqlstate, "53", 2) != 0))
        connection->broken = true;
    /* The server ended an idle transaction; it has not read what was sent since. */
    bool idled = strcmp(sqlstate, SQLSTATE_IDLE_IN_TRANSACTION) == 0;
    if (fatal && !idled)
        outcome = commits ? DATABASE_UNKNOWN : DATABASE_UNAVAILABLE;
    const char *name = name_of(sqlstate);
    if (name != NULL)
        return database_fault_set(fault, outcome, sqlstate, PUBLIC("%s"), name);
    return database_fault_set(fault, outcome, sqlstate, PUBLIC("%s") ": %s" PUBLIC(" (SQLSTATE %s)"),
                              severity != NULL ? severity : "ERROR", primary != NULL ? primary : "", sqlstate);
}

enum database_outcome database_fault_of_connection(const PGconn *conn, enum database_outcome outcome, const char *what,
                                                   struct database_fault *fault)
{
    struct text message = text_trim(text_from(PQerrorMessage(conn)));
    if (message.size == 0 || fault->arena == NULL)
        return database_fault_set(fault, outcome, NULL, PUBLIC("%s"), what);
    struct buffer line = buffer_in(fault->arena, message.size);
    bool blank = false;
    for (size_t i = 0; i < message.size; i++) {
        bool was_blank = blank;
        blank = isspace((unsigned char)message.data[i]) != 0;
        if (!blank)
            buffer_add_byte(&line, message.data[i]);
        else if (!was_blank)
            buffer_add_byte(&line, ' ');
    }
    return database_fault_set(fault, outcome, NULL, PUBLIC("%s") ": %.*s", what, TEXT_ARG(buffer_text(&line)));
}
