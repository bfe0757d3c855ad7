/* A status: one column of one row, read and written as text whatever its type is. Call only from the thread of the
   action call. */
#ifndef ERP_STATUS_COLUMN_H
#define ERP_STATUS_COLUMN_H

#include "action/action.h"
#include "postgres/database.h"

struct status_column {
    struct text table;  /* "schema.table" */
    struct text column; /* an identifier */
    struct text id;     /* of the row, as text that the column `id` accepts */
};

/* Reads the status and locks the row until the transaction ends. status->data is NULL when the column is NULL, and when
   the row does not exist; *found is false only then. */
enum database_outcome status_column_lock(struct arena *arena, struct database_session *session,
                                         const struct status_column *column, bool *found, struct text *status,
                                         struct database_fault *fault) MUST_CHECK;

/* Writes the status `to`, with the event; `from` is the status that was read. *affected is 0 when the database did not
   change the row. */
enum database_outcome status_column_write(const struct action_call *call, struct database_session *session,
                                          const struct status_column *column, struct text from, struct text to,
                                          int64_t *affected, struct database_fault *fault) MUST_CHECK;

#endif
