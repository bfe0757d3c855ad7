/* A new row in a table that a config names, with its event. The thread of the call. */
#ifndef ERP_TABLE_INSERT_H
#define ERP_TABLE_INSERT_H

#include "action/action.h"
#include "postgres/database.h"

/* The members are names of columns and their values, each name once. Without an `id` among them the row gets one that
   is the same on every attempt; a row that is there under it was inserted by an earlier attempt, which is no fault.
   *id: the value of `id`. */
enum database_outcome table_insert(const struct action_call *call, struct database_session *session, struct text table,
                                   const struct json_member *members, size_t count, struct json_value *id,
                                   struct database_fault *fault) MUST_CHECK;

#endif
