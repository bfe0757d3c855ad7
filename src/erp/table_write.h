/* How actions write a table that their config names: one statement that writes the rows and, where the ERP takes events
   of that table, the event. The thread of the call. */
#ifndef ERP_TABLE_WRITE_H
#define ERP_TABLE_WRITE_H

#include "action/action.h"
#include "postgres/sql_statement.h"

enum table_change { TABLE_INSERT, TABLE_UPDATE };

/* What the event says. */
struct table_event {
    struct uuid row;                 /* nil: not known, or several */
    struct json_value entity;        /* object: the columns written, and their values as the config gives them */
    const struct json_value *before; /* object: of an update, the same columns before; NULL: not known */
};

struct table_write {
    struct sql_statement statement; /* the caller adds its INSERT or UPDATE of one table, without RETURNING */
    enum table_change change;
    bool has_event;
};

/* Begins the statement, with room for `capacity` parameters of the caller. */
enum database_outcome table_write_begin(struct table_write *write, const struct action_call *call,
                                        struct database_session *session, struct text table, enum table_change change,
                                        const struct table_event *event, size_t capacity,
                                        struct database_fault *fault) MUST_CHECK;
/* Ends and executes it. *affected: the rows written; the event is written when there are any, once for an action. */
enum database_outcome table_write_end(struct table_write *write, struct database_session *session, int64_t *affected,
                                      struct database_fault *fault) MUST_CHECK;

/* The entity of an event: this column and, where the row is known, its id. The members live in the
   arena. Null past the budget. */
struct json_value table_event_entity(struct arena *arena, struct uuid row, struct text column,
                                     struct json_value value) MUST_CHECK;

#endif
