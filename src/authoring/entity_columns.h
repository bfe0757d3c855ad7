/* The columns of the tables of a database, as entities whose fields the trigger of a rule has. */
#ifndef AUTHORING_ENTITY_COLUMNS_H
#define AUTHORING_ENTITY_COLUMNS_H

#include "action/registry.h"
#include "postgres/database.h"

/* Reads the catalog of the database; the entities live in the arena, sorted by name. STATUS_UNAVAILABLE or
   STATUS_INVALID: it cannot be read. */
enum status entity_columns_read(struct database *database, struct arena *arena, const struct entity_type **entities,
                                size_t *count, struct error *error) MUST_CHECK;

#endif
