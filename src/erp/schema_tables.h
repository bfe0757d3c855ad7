/* The objects that schema_migrate creates, in order of creation. */
#ifndef ERP_SCHEMA_TABLES_H
#define ERP_SCHEMA_TABLES_H

#include <stddef.h>

enum schema_kind { SCHEMA_SCHEMA, SCHEMA_TYPE, SCHEMA_TABLE, SCHEMA_INDEX };

struct schema_object {
    enum schema_kind kind;
    const char *name;      /* "schema" or "schema.name" */
    const char *statement; /* SQL that creates it */
};

extern const struct schema_object schema_objects[];
extern const size_t schema_object_count;

#endif
