/* Writes rows of a table that an action's config names: one statement writes the rows and, if the ERP takes events of
   the table, the event. Call only from the thread of the action call. */
#ifndef ERP_TABLE_WRITE_H
#define ERP_TABLE_WRITE_H

#include "action/action.h"
#include "postgres/sql_statement.h"

enum table_change { TABLE_INSERT, TABLE_UPDATE };

/* The content of the event. */
struct table_event {
    struct uuid row;                 /* nil: unknown, or several rows */
    struct json_value entity;        /* object: the columns written, with the values from the config */
    const struct json_value *before; /* object: for an update, the same columns before it; NULL: unknown */
};

struct table_write {
    struct sql_statement statement; /* the caller adds its INSERT or UPDATE of one table, without RETURNING */
    enum table_change change;
    bool has_event;
};

/* Begins the statement, with room for `capacity` parameters of the caller's SQL. */
enum database_outcome table_write_begin(struct table_write *write, const struct action_call *call,
                                        struct database_session *session, struct text table, enum table_change change,
                                        const struct table_event *event, size_t capacity,
                                        struct database_fault *fault) MUST_CHECK;
/* Ends and executes the statement. *affected: the number of rows written. The event is written once for an action, if
   there are such rows. */
enum database_outcome table_write_end(struct table_write *write, struct database_session *session, int64_t *affected,
                                      struct database_fault *fault) MUST_CHECK;

/* The entity of an event: this column and, if the row is known, its id. The members live in the arena. JSON null when
   the memory budget is exceeded. */
struct json_value table_event_entity(struct arena *arena, struct uuid row, struct text column,
                                     struct json_value value) MUST_CHECK;

#endif
