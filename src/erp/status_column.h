/* A status: one column of one row, read and written as text whatever its type is. The thread of the call. */
#ifndef ERP_STATUS_COLUMN_H
#define ERP_STATUS_COLUMN_H

#include "action/action.h"
#include "postgres/database.h"

struct status_column {
    struct text table;  /* "schema.table" */
    struct text column; /* an identifier */
    struct text id;     /* of the row, as the column `id` reads it */
};

/* Reads it and locks the row until the transaction ends. *status: .data NULL when it is NULL, or when there is no such
   row (*found is false then). */
enum database_outcome status_column_lock(struct arena *arena, struct database_session *session,
                                         const struct status_column *column, bool *found, struct text *status,
                                         struct database_fault *fault) MUST_CHECK;

/* Writes it after it was read as `from`, with the event. *affected: 0 when the database kept the row as it was. */
enum database_outcome status_column_write(const struct action_call *call, struct database_session *session,
                                          const struct status_column *column, struct text from, struct text to,
                                          int64_t *affected, struct database_fault *fault) MUST_CHECK;

#endif
