/* Creates the tables that the worker needs and the database lacks. */
#ifndef ERP_SCHEMA_H
#define ERP_SCHEMA_H

#include "postgres/database.h"

/* Reports one object that was created: kind is "schema", "type", "table" or "index", name is qualified. */
typedef void schema_made(void *userdata, const char *kind, const char *name);

/* Creates every schema, type and table that does not exist, in one transaction: all of them or, on a fault, none. An
   object that exists is not changed, even if its definition differs; an index is created only together with its table.
   Two migrations at the same time run one after the other. `made` is called for each new object after the commit, in
   order of creation; it may be NULL. STATUS_UNAVAILABLE: the server is unavailable. STATUS_INVALID: the server refused
   a statement; error.where names the object. */
enum status schema_migrate(struct database *database, const struct database_wait *wait, schema_made *made,
                           void *userdata, struct error *error) MUST_CHECK;

#endif
