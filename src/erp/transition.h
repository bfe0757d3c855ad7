/* Guarded transitions: a record goes from one state to the next in one statement, which locks the row, changes it only
   in the state that allows it, and writes the event. Of two transitions at the same time one sees what the other one
   did. Any thread. */
#ifndef ERP_TRANSITION_H
#define ERP_TRANSITION_H

#include "erp/record_event.h"

/* The statement, in SQL: `table_` with its schema; set_ the columns to change; guard_ a condition; state_ a text,
   perhaps with further columns; all three may name columns of the row as it was, o. $1 is the id. event_ is "" or
   TRANSITION_EVENT. */
#define TRANSITION(table_, set_, guard_, state_, event_)                                                               \
    "WITH old AS (SELECT t.* FROM " table_ " t WHERE t.id = $1 FOR UPDATE),"                                           \
    " new AS (UPDATE " table_ " t SET " set_ " FROM old o WHERE t.id = o.id AND " guard_ " RETURNING t.*)" event_      \
    " SELECT EXISTS (SELECT FROM new), " state_ " FROM old o"
/* Of the bare table; ids_ and lineage_ are parameters, like "$4". */
#define TRANSITION_EVENT(name_, ids_, lineage_)                                                                        \
    ", event AS (" CASCADE_INTO RECORD_UPDATED(name_, "(" ids_ "::uuid[])[1]",                                         \
                                               lineage_ "::jsonb") " FROM new n, old o" CASCADE_ONCE ")"
#define TRANSITION_NOW     "now() AT TIME ZONE 'UTC'"
#define TRANSITION_TOUCHED "updated_date = " TRANSITION_NOW

/* How it ended. */
struct transition_end {
    bool is_found;            /* there is such a row */
    bool is_done;             /* the row was changed */
    struct text state;        /* as it was before; with !is_done, why not */
    const struct text *cells; /* the further columns of state_ */
    struct uuid user;         /* of a decision: who made it */
};

/* Runs the statement, whose first parameter is the id. */
enum database_outcome transition_make(const struct action_call *call, struct database_session *session,
                                      const struct record_statement *statement,
                                      const struct database_parameter *parameters, struct transition_end *end,
                                      struct database_fault *fault) MUST_CHECK;

/* A person's decision on a record: approve, reject, claim, complete. Parameters: $1 the id, $2 the user, $3 the reason
   where there is one, NULL when it is empty. */
struct decision {
    struct record_statement statement;
    const char *name;   /* "approve purchase order": what a failure for want of a user begins with */
    const char *doing;  /* what a failure of the database begins with */
    bool can_be_undone; /* sets the session's savepoint first */
};

/* Makes the decision as the user who acts, end->user. Not DONE: the action has failed, as there is no user or the
   database failed. */
enum action_outcome decision_make(struct action_call *call, struct database_session *session,
                                  const struct decision *decision, struct uuid id, struct text reason,
                                  struct transition_end *end) MUST_CHECK;

#endif
