/* Selects rows of a table by the values of its columns and returns them as JSON. Any thread. */
#ifndef POSTGRES_SQL_SELECT_H
#define POSTGRES_SQL_SELECT_H

#include "postgres/sql_statement.h"

struct sql_select {
    struct text table;
    struct text *columns; /* the columns to read; at least one, each once */
    size_t column_count;
    const struct json_member *filter; /* all must match; null means IS NULL. The text of a string, number or boolean is
                                         converted to the column's type and compared */
    size_t filter_count;
    size_t limit; /* maximum of rows, in the order of `id` if the table has such a column */
};

/* Adds a column to the columns to read, unless it is among them. `columns` must have room for it. */
void sql_select_column(struct sql_select *select, struct text column);

/* Adds the SELECT to the statement, which must have room for filter_count parameters. DATABASE_REFUSED: a name is not
   an identifier, or a value is a list or an object. */
enum database_outcome sql_select_write(struct sql_statement *statement, const struct sql_select *select,
                                       struct database_fault *fault) MUST_CHECK;

/* Runs the SELECT in a separate transaction, as database_run does. It can also be refused as by sql_select_write. */
enum database_outcome sql_select_run(struct database *database, struct arena *arena, const struct database_wait *wait,
                                     const struct sql_select *select, struct database_rows *found,
                                     struct database_fault *fault) MUST_CHECK;

/* Converts the result to an array of objects, whose members are the columns in their order. The type of a column
   decides the JSON type: numbers (except numeric, which becomes text so that no digit is lost), booleans, JSON, arrays;
   times and dates become RFC 3339 in UTC; everything else becomes text. DATABASE_REFUSED: the memory budget is
   exceeded, or JSON in a column is nested deeper or has larger numbers than json.h allows. */
enum database_outcome sql_select_rows(struct arena *arena, const struct sql_select *select,
                                      const struct database_rows *found, struct json_value *rows,
                                      struct database_fault *fault) MUST_CHECK;

#endif
