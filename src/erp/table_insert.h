/* Inserts a row, with its event, into a table that a config names. Call only from the thread of the action call. */
#ifndef ERP_TABLE_INSERT_H
#define ERP_TABLE_INSERT_H

#include "action/action.h"
#include "postgres/database.h"

/* The members are names of columns and their values; each name occurs once. If no member is `id`, the row gets an id
   that is the same on every attempt; a row that already has this id was inserted by an earlier attempt, which is not a
   fault. *id: the value of `id`. */
enum database_outcome table_insert(const struct action_call *call, struct database_session *session, struct text table,
                                   const struct json_member *members, size_t count, struct json_value *id,
                                   struct database_fault *fault) MUST_CHECK;

#endif
