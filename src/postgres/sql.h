/* What an action needs to compose a statement from names and JSON values that people wrote: names are checked and
   quoted, values are bound, by the type that the column has. Any thread. */
#ifndef POSTGRES_SQL_H
#define POSTGRES_SQL_H

#include "base/buffer.h"
#include "base/uuid.h"
#include "postgres/database.h"

/* ^[a-z][a-z0-9_]{0,62}$: what may name a column. */
bool sql_is_identifier(struct text name);
/* "name", with quotes in it doubled. */
void sql_add_identifier(struct buffer *statement, struct text name);
/* "schema"."table" of schema.table. */
void sql_add_table(struct buffer *statement, struct text table);

/* What a type is to JSON. */
enum sql_kind {
    SQL_UNKNOWN, /* not looked up, or no such column: the server judges */
    SQL_TEXT,
    SQL_NUMBER,
    SQL_BOOLEAN,
    SQL_JSON,
    SQL_ENUM,
    SQL_ARRAY,
    SQL_OTHER, /* uuid, times, ... : takes text only */
};

struct sql_column {
    struct text name, type; /* type as format_type prints it */
    enum sql_kind kind;
    enum sql_kind element; /* of SQL_ARRAY */
};

struct sql_columns {
    const struct sql_column *items;
    size_t count;
};

/* The columns of schema.table as the catalog has them now; none when there is no such table. */
enum database_outcome sql_columns_read(struct database_session *session, struct arena *arena, struct text table,
                                       struct sql_columns *columns, struct database_fault *fault) MUST_CHECK;
/* That column, or one of SQL_UNKNOWN. */
struct sql_column sql_column_find(const struct sql_columns *columns, struct text name);

/* Whether binding the value needs the column's type. Texts and null do not: the server infers it. */
bool sql_needs_type(const struct json_value *value);

/* A value as a parameter for the column. DATABASE_REFUSED when the two do not
   go together: "a number does not fit column "released" of type boolean". A text always goes: the server parses it. */
enum database_outcome sql_bind(struct arena *arena, const struct sql_column *column, const struct json_value *value,
                               struct database_parameter *parameter, struct database_fault *fault) MUST_CHECK;
/* A list of such values as one array parameter, for = ANY and <> ALL; a text is an array literal of PostgreSQL. */
enum database_outcome sql_bind_list(struct arena *arena, const struct sql_column *column, const struct json_value *list,
                                    struct database_parameter *parameter, struct database_fault *fault) MUST_CHECK;

/* Parameters of plain values. Past the budget of the arena, text.data is NULL without is_null: see sql_are_complete. */
struct database_parameter sql_uuid(struct arena *arena, struct uuid id); /* the nil id is NULL */
/* Likewise in binary form, which costs the server less; for a statement in which the parameter is a uuid. */
struct database_parameter sql_uuid_binary(struct arena *arena, struct uuid id);
struct database_parameter sql_text(struct text text); /* borrowed; none is the empty text */
struct database_parameter sql_integer(struct arena *arena, int64_t integer);
/* An array literal, element by element: ids, or texts that need no quotes. The buffer starts empty. */
void sql_array_add(struct buffer *literal, struct text element);
void sql_array_add_uuid(struct buffer *literal, struct uuid id);
struct database_parameter sql_array_end(struct buffer *literal);
/* False when one of them did not fit the budget. */
bool sql_are_complete(const struct database_parameter *parameters, size_t count) MUST_CHECK;

#endif
