/* A statement composed from pieces: SQL, names and parameters. Any thread. */
#ifndef POSTGRES_SQL_STATEMENT_H
#define POSTGRES_SQL_STATEMENT_H

#include "postgres/sql.h"

/* The alias of the table in a statement in which people name columns. Without the alias, a name that is not a column
   but equals the table's name would mean the whole row, with columns that were not asked for. sql_is_identifier accepts
   no name that equals the alias. */
#define SQL_NAMELESS "\"Table\""

struct sql_statement {
    struct arena *arena;
    struct buffer text;
    struct database_parameter *parameters;
    size_t count, capacity; /* of the parameters */
};

/* Begins an empty statement in the arena, with room for `capacity` parameters. False: the memory budget is exceeded. */
bool sql_statement_begin(struct sql_statement *statement, struct arena *arena, size_t capacity) MUST_CHECK;
/* Adds SQL: a string literal, or a text made of string literals. */
void sql_statement_add(struct sql_statement *statement, const char *sql);
/* Adds `before` $n `after` for the next parameter. The statement must have room for it. */
void sql_statement_bind(struct sql_statement *statement, const char *before, struct database_parameter parameter,
                        const char *after);

/* Adds an INSERT of one row. The members are names of columns and their values; each name occurs once. Values are bound
   as by sql_bind. *columns: the columns of the table if the caller has read them, otherwise none; they are read here,
   in another round trip, if a value needs them. DATABASE_REFUSED: a name is not an identifier, or a value does not
   fit. */
enum database_outcome sql_statement_insert(struct sql_statement *statement, struct database_session *session,
                                           struct text table, const struct json_member *members, size_t count,
                                           struct sql_columns *columns, struct database_fault *fault) MUST_CHECK;

/* Executes the statement in the transaction of the session. It is also DATABASE_REFUSED when the memory budget was
   exceeded. */
enum database_outcome sql_statement_execute(struct sql_statement *statement, struct database_session *session,
                                            struct database_rows *rows, struct database_fault *fault) MUST_CHECK;
/* The same in a separate transaction, as database_run does. */
enum database_outcome sql_statement_run(struct sql_statement *statement, struct database *database,
                                        const struct database_wait *wait, struct database_rows *rows,
                                        struct database_fault *fault) MUST_CHECK;

#endif
