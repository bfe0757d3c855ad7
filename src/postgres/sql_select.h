/* Rows of a table by the values of its columns, as JSON. Any thread. */
#ifndef POSTGRES_SQL_SELECT_H
#define POSTGRES_SQL_SELECT_H

#include "postgres/sql_statement.h"

struct sql_select {
    struct text table;
    struct text *columns; /* what is read, each once; at least one */
    size_t column_count;
    const struct json_member *filter; /* all must be equal; null: IS NULL. Texts, numbers and booleans are compared as
                                         the column's type reads their text */
    size_t filter_count;
    size_t limit; /* rows at most, in the order of `id` where the table has such a column */
};

/* Adds a column to those that are read, unless it is one of them. There must be room for it. */
void sql_select_column(struct sql_select *select, struct text column);

/* Adds the statement. Room for filter_count parameters is needed. DATABASE_REFUSED: a name is no identifier, or a value
   is a list or an object. */
enum database_outcome sql_select_write(struct sql_statement *statement, const struct sql_select *select,
                                       struct database_fault *fault) MUST_CHECK;

/* Runs it in a transaction of its own, as database_run. Refused also as by sql_select_write. */
enum database_outcome sql_select_run(struct database *database, struct arena *arena, const struct database_wait *wait,
                                     const struct sql_select *select, struct database_rows *found,
                                     struct database_fault *fault) MUST_CHECK;

/* What that statement gave: an array of objects whose members are the columns, in their order. By the type of a column:
   numbers (but numeric, which is a text, so that no digit is lost), booleans, JSON, arrays; times and dates as RFC 3339
   in UTC; everything else as text. DATABASE_REFUSED past the budget, or when JSON in a column is deeper or has larger
   numbers than json.h allows. */
enum database_outcome sql_select_rows(struct arena *arena, const struct sql_select *select,
                                      const struct database_rows *found, struct json_value *rows,
                                      struct database_fault *fault) MUST_CHECK;

#endif
