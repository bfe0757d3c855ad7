/* What schema_migrate makes, in the order of making. */
#ifndef ERP_SCHEMA_TABLES_H
#define ERP_SCHEMA_TABLES_H

#include <stddef.h>

enum schema_kind { SCHEMA_SCHEMA, SCHEMA_TYPE, SCHEMA_TABLE, SCHEMA_INDEX };

struct schema_object {
    enum schema_kind kind;
    const char *name;      /* "schema" or "schema.name" */
    const char *statement; /* makes it; it does not exist */
};

extern const struct schema_object schema_objects[];
extern const size_t schema_object_count;

#endif
