/* How a handler uses the database: how long it may wait, and how the action ends when the database fails. Call only
   from the thread of the action call. */
#ifndef POSTGRES_ACTION_DATABASE_H
#define POSTGRES_ACTION_DATABASE_H

#include "action/action.h"
#include "postgres/sql_select.h"

/* How long the action may wait for the database. A local call does not wait for an unavailable server, because it is
   performed again as an activity, which waits until its deadline or until it is canceled. Statements may be repeated,
   because the idempotency key makes the effects of a handler idempotent. */
struct database_wait action_database_wait(const struct action_call *call);

/* Ends the action after a failure of the database, with the text "<what>: <why>". Permanently refused: errors in the
   statement, in the data or in their integrity, and statements that were refused before they were sent. Any other
   failure is retried. */
enum action_outcome action_database_failed(struct action_call *call, enum database_outcome outcome, const char *what,
                                           const struct database_fault *fault);

/* Reads rows as sql_select_run and sql_select_rows do. DONE: *rows is the array. Any other outcome ends the action,
   with the text "<what>: <why>". */
enum action_outcome action_database_select(struct action_call *call, struct database *database,
                                           const struct sql_select *select, const char *what,
                                           struct json_value *rows) MUST_CHECK;

#endif
