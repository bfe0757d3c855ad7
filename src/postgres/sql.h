/* Composes statements from names and JSON values that people wrote: names are checked and quoted, and values are bound
   according to the type of the column. Any thread. */
#ifndef POSTGRES_SQL_H
#define POSTGRES_SQL_H

#include "base/buffer.h"
#include "base/uuid.h"
#include "postgres/database.h"

/* Returns whether the name may be the name of a column: ^[a-z][a-z0-9_]{0,62}$. */
bool sql_is_identifier(struct text name);
/* Adds "name", with its quotes doubled. */
void sql_add_identifier(struct buffer *statement, struct text name);
/* Adds "schema"."table" for schema.table. */
void sql_add_table(struct buffer *statement, struct text table);

/* How values of a type are written in JSON. */
enum sql_kind {
    SQL_UNKNOWN, /* not looked up, or no such column: the server decides */
    SQL_TEXT,
    SQL_NUMBER,
    SQL_BOOLEAN,
    SQL_JSON,
    SQL_ENUM,
    SQL_ARRAY,
    SQL_OTHER, /* uuid, times and others: accepts only text */
};

struct sql_column {
    struct text name, type; /* type: as format_type prints it */
    enum sql_kind kind;
    enum sql_kind element; /* of SQL_ARRAY */
};

struct sql_columns {
    const struct sql_column *items;
    size_t count;
};

/* Reads the present columns of schema.table from the catalog; none if the table does not exist. */
enum database_outcome sql_columns_read(struct database_session *session, struct arena *arena, struct text table,
                                       struct sql_columns *columns, struct database_fault *fault) MUST_CHECK;
/* Returns the column, or one of kind SQL_UNKNOWN if it is not among them. */
struct sql_column sql_column_find(const struct sql_columns *columns, struct text name);

/* Returns whether the type of the column is needed to bind the value. Texts and null do not need it, because the server
   infers it. */
bool sql_needs_type(const struct json_value *value);

/* Makes a parameter for the column from a value. DATABASE_REFUSED when the value does not suit the column: "a number
   does not fit column "released" of type boolean". A text suits every column: the server parses it. */
enum database_outcome sql_bind(struct arena *arena, const struct sql_column *column, const struct json_value *value,
                               struct database_parameter *parameter, struct database_fault *fault) MUST_CHECK;
/* Makes one array parameter from a list of such values, for = ANY and <> ALL. A text instead of a list is an array
   literal of PostgreSQL. */
enum database_outcome sql_bind_list(struct arena *arena, const struct sql_column *column, const struct json_value *list,
                                    struct database_parameter *parameter, struct database_fault *fault) MUST_CHECK;

/* Parameters from plain values. When the memory budget of the arena is exceeded, text.data is NULL without is_null: see
   sql_are_complete. */
struct database_parameter sql_uuid(struct arena *arena, struct uuid id); /* the nil id is NULL */
/* The same in binary form, which costs the server less; for statements in which the parameter has type uuid. */
struct database_parameter sql_uuid_binary(struct arena *arena, struct uuid id);
struct database_parameter sql_text(struct text text); /* borrowed; without data: the empty text */
struct database_parameter sql_integer(struct arena *arena, int64_t integer);
/* Build an array literal element by element, from ids or from texts that need no quotes. The buffer must start
   empty. */
void sql_array_add(struct buffer *literal, struct text element);
void sql_array_add_uuid(struct buffer *literal, struct uuid id);
struct database_parameter sql_array_end(struct buffer *literal);
/* False when one of the parameters exceeded the memory budget. */
bool sql_are_complete(const struct database_parameter *parameters, size_t count) MUST_CHECK;

#endif
