#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#include "base/buffer.h"
#include "postgres/database_internal.h"

/* What an SQLSTATE tells about trying again. The longest prefix that fits counts. */
static const struct {
    const char *prefix;
    enum database_outcome outcome;
} meanings[] = {
    {"08", DATABASE_AWAY},        /* connection exceptions */
    {"25006", DATABASE_AWAY},     /* read-only: a standby, after or before a failover */
    {"25P03", DATABASE_AWAY},     /* we were stopped in mid-transaction for too long */
    {"40001", DATABASE_CONFLICT}, /* serialization failure */
    {"40003", DATABASE_UNKNOWN},  /* statement completion unknown */
    {"40P01", DATABASE_CONFLICT}, /* deadlock */
    {"53", DATABASE_AWAY},        /* out of disk, memory or connections */
    {"55P03", DATABASE_CONFLICT}, /* lock not available */
    {"57014", DATABASE_CONFLICT}, /* statement timeout, mostly behind somebody's lock */
    {"57P", DATABASE_AWAY},       /* shutting down, starting up, crashed, database dropped */
    {"58", DATABASE_AWAY},        /* the server's own input and output */
};

/* The texts of contract handlers 6.2. */
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
    fault->message = fault->arena != NULL ? arena_vprint(fault->arena, format, arguments) : TEXT_NONE;
    if (fault->message.data == NULL)
        fault->message = TEXT("database fault (no memory left for its text)");
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
    return error_set(error, status, TEXT_NONE, "%.*s", TEXT_ARG(fault->message));
}

static enum database_outcome meaning_of(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (strncmp(sqlstate, meanings[i].prefix, strlen(meanings[i].prefix)) == 0)
            return meanings[i].outcome;
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
        /* libpq's own word, not the server's: it lost the connection. */
        connection->broken = true;
        return database_fault_of_connection(connection->wire, commits ? DATABASE_UNKNOWN : DATABASE_AWAY,
                                            "connection lost", fault);
    }
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    enum database_outcome outcome = meaning_of(sqlstate);
    bool fatal = severity != NULL && strcmp(severity, "ERROR") != 0;
    if (fatal || (outcome == DATABASE_AWAY && strncmp(sqlstate, "53", 2) != 0))
        connection->broken = true;
    if (fatal)
        outcome = commits ? DATABASE_UNKNOWN : DATABASE_AWAY;
    const char *name = name_of(sqlstate);
    if (name != NULL)
        return database_fault_set(fault, outcome, sqlstate, "%s", name);
    return database_fault_set(fault, outcome, sqlstate, "%s: %s (SQLSTATE %s)", severity != NULL ? severity : "ERROR",
                              primary != NULL ? primary : "", sqlstate);
}

enum database_outcome database_fault_of_connection(const PGconn *wire, enum database_outcome outcome, const char *what,
                                                   struct database_fault *fault)
{
    struct text words = text_trim(text_from(PQerrorMessage(wire)));
    if (words.size == 0 || fault->arena == NULL)
        return database_fault_set(fault, outcome, NULL, "%s", what);
    struct buffer line = buffer_in(fault->arena, words.size);
    bool blank = false;
    for (size_t i = 0; i < words.size; i++) {
        bool was_blank = blank;
        blank = isspace((unsigned char)words.data[i]) != 0;
        if (!blank)
            buffer_add_byte(&line, words.data[i]);
        else if (!was_blank)
            buffer_add_byte(&line, ' ');
    }
    return database_fault_set(fault, outcome, NULL, "%s: %.*s", what, TEXT_ARG(buffer_text(&line)));
}
