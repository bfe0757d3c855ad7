/* A statement composed from pieces: SQL, names and parameters. Any thread. */
#ifndef POSTGRES_SQL_STATEMENT_H
#define POSTGRES_SQL_STATEMENT_H

#include "postgres/sql.h"

/* What to call a table after its name in a statement in which people name columns: a bare name that is no column would
   otherwise mean the whole row of the table of that name, with columns that nobody asked for. No identifier of
   sql_is_identifier is the same. */
#define SQL_NAMELESS "\"Table\""

struct sql_statement {
    struct arena *arena;
    struct buffer text;
    struct database_parameter *parameters;
    size_t count, capacity; /* of the parameters */
};

/* An empty statement in the arena, with room for `capacity` parameters. False past the budget. */
bool sql_statement_begin(struct sql_statement *statement, struct arena *arena, size_t capacity) MUST_CHECK;
/* Adds SQL: a literal, or text made of literals. */
void sql_statement_add(struct sql_statement *statement, const char *sql);
/* Adds `before` $n `after` for the next parameter. There must be room for it. */
void sql_statement_bind(struct sql_statement *statement, const char *before, struct database_parameter parameter,
                        const char *after);

/* Adds an INSERT of one row: the members are names of columns and their values, each name once. Values are bound as by
   sql_bind. *columns: those of the table where the caller has read them, else none; they are read here when a value
   needs them, which is another round trip. DATABASE_REFUSED: a name is no identifier, or a value does not fit. */
enum database_outcome sql_statement_insert(struct sql_statement *statement, struct database_session *session,
                                           struct text table, const struct json_member *members, size_t count,
                                           struct sql_columns *columns, struct database_fault *fault) MUST_CHECK;

/* Executes it in the transaction of the session. DATABASE_REFUSED also when it did not fit the budget. */
enum database_outcome sql_statement_execute(struct sql_statement *statement, struct database_session *session,
                                            struct database_rows *rows, struct database_fault *fault) MUST_CHECK;
/* Likewise in a transaction of its own, as database_run. */
enum database_outcome sql_statement_run(struct sql_statement *statement, struct database *database,
                                        const struct database_wait *wait, struct database_rows *rows,
                                        struct database_fault *fault) MUST_CHECK;

#endif
