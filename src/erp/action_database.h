/* The database as a handler uses it: how long it may wait, and how the action ends when the database fails. The thread
   of the call. */
#ifndef POSTGRES_ACTION_DATABASE_H
#define POSTGRES_ACTION_DATABASE_H

#include "action/action.h"
#include "postgres/sql_select.h"

/* A local call does not wait for an unavailable server, because it becomes an activity, which does. An activity waits
   until its deadline or until it is canceled. The effects of a handler are idempotent by its key. */
struct database_wait action_database_wait(const struct action_call *call);

/* Ends the action after a failure of the database, with the text "<what>: <why>". Refused for good: errors in the
   statement, the data or their integrity, and what was refused before it was sent. Anything else is retried. */
enum action_outcome action_database_failed(struct action_call *call, enum database_outcome outcome, const char *what,
                                           const struct database_fault *fault);

/* Reads rows as sql_select_run and sql_select_rows do. DONE: *rows is the array. Anything else is the end of the
   action, with the text "<what>: <why>". */
enum action_outcome action_database_select(struct action_call *call, struct database *database,
                                           const struct sql_select *select, const char *what,
                                           struct json_value *rows) MUST_CHECK;

#endif
