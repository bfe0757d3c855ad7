/* Guarded transitions: one statement moves a record from one state to the next. It locks the row, changes the row only
   if its state allows that, and writes the event. Of two concurrent transitions, the second one sees the result of the
   first. Any thread. */
#ifndef ERP_TRANSITION_H
#define ERP_TRANSITION_H

#include "erp/record_event.h"

/* The SQL of the statement. table_: the table with its schema. set_: the columns to change. guard_: a condition.
   state_: an expression of type text, optionally followed by further columns. set_, guard_ and state_ may refer to o,
   the row before the change. $1 is the id. event_: "" or TRANSITION_EVENT. */
#define TRANSITION(table_, set_, guard_, state_, event_)                                                               \
    "WITH old AS (SELECT t.* FROM " table_ " t WHERE t.id = $1 FOR UPDATE),"                                           \
    " new AS (UPDATE " table_ " t SET " set_ " FROM old o WHERE t.id = o.id AND " guard_ " RETURNING t.*)" event_      \
    " SELECT EXISTS (SELECT FROM new), " state_ " FROM old o"
/* name_: the table without its schema. ids_ and lineage_ are parameters, like "$4". */
#define TRANSITION_EVENT(name_, ids_, lineage_)                                                                        \
    ", event AS (" CASCADE_INTO RECORD_UPDATED(name_, "(" ids_ "::uuid[])[1]",                                         \
                                               lineage_ "::jsonb") " FROM new n, old o" CASCADE_ONCE ")"
#define TRANSITION_NOW     "now() AT TIME ZONE 'UTC'"
#define TRANSITION_TOUCHED "updated_date = " TRANSITION_NOW

/* The result of a transition. */
struct transition_end {
    bool is_found;            /* the row exists */
    bool is_done;             /* the row was changed */
    struct text state;        /* before the change; if !is_done, it says why */
    const struct text *cells; /* the further columns of state_ */
    struct uuid user;         /* for a decision: the user who made it */
};

/* Runs the statement, whose first parameter is the id. */
enum database_outcome transition_make(const struct action_call *call, struct database_session *session,
                                      const struct record_statement *statement,
                                      const struct database_parameter *parameters, struct transition_end *end,
                                      struct database_fault *fault) MUST_CHECK;

/* A person's decision on a record: approve, reject, claim or complete. Parameters: $1 is the id; $2 is the user; $3 is
   the reason, if the decision takes one, and NULL when the reason is empty. */
struct decision {
    struct record_statement statement;
    const char *name;   /* like "approve purchase order": begins the text of a failure because of a missing user */
    const char *doing;  /* begins the text of a failure of the database */
    bool can_be_undone; /* sets the session's savepoint first */
};

/* Makes the decision as the acting user, end->user. Not DONE: the action has failed, because there is no user or
   because the database failed. */
enum action_outcome decision_make(struct action_call *call, struct database_session *session,
                                  const struct decision *decision, struct uuid id, struct text reason,
                                  struct transition_end *end) MUST_CHECK;

#endif
