/* The database as a handler uses it: waiting as its call allows, and ending as the database did. The thread of the
   call. */
#ifndef POSTGRES_ACTION_DATABASE_H
#define POSTGRES_ACTION_DATABASE_H

#include "action/action.h"
#include "postgres/database.h"

/* A local call does not wait for a server that is away (it is handed over to an activity, which does); every other
   waits until its deadline, or until it is canceled. What a handler does is idempotent by its key. */
struct database_patience action_patience(const struct action_call *call);

/* How the action ends when the database did not do its work: never DONE. The text is "<what>: <why>". Refused
   for good is what the server calls a fault of the statement, of the data, or of their integrity, and what was refused
   before it came to the server; the rest is tried again. */
enum action_outcome action_database_failed(struct action_call *call, enum database_outcome outcome, const char *what,
                                           const struct database_fault *fault);

#endif
