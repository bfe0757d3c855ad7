/* The tables that the worker needs (contract schema.md), made where they are missing. */
#ifndef ERP_SCHEMA_H
#define ERP_SCHEMA_H

#include "postgres/database.h"

/* What was made: kind is "schema", "type", "table" or "index", name is qualified. */
typedef void schema_made(void *hook, const char *kind, const char *name);

/* Creates every schema, type and table that does not exist, in one transaction: all or, on a fault, nothing. What
   exists is left as it is, whatever its shape; an index is made only together with its table. Two that run at a time
   take turns. `made` is told of each thing after the commit, in order of making; it may be NULL.
   STATUS_UNAVAILABLE: the server is away; STATUS_INVALID: it refused, error.where names what was being made. */
enum status schema_migrate(struct database *database, const struct database_patience *patience, schema_made *made,
                           void *hook, struct error *error) MUST_CHECK;

#endif
