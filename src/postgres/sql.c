/* Names in statements, and the columns of tables. */
#include "postgres/sql.h"

#include "base/limits.h"

#define IDENTIFIER_MAX 63

static bool is_lower(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

bool sql_is_identifier(struct text name)
{
    if (name.size == 0 || name.size > IDENTIFIER_MAX || !is_lower(name.data[0]))
        return false;
    for (size_t i = 1; i < name.size; i++)
        if (!is_lower(name.data[i]) && !(name.data[i] >= '0' && name.data[i] <= '9') && name.data[i] != '_')
            return false;
    return true;
}

void sql_add_identifier(struct buffer *statement, struct text name)
{
    buffer_add_byte(statement, '"');
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '"')
            buffer_add_byte(statement, '"');
        buffer_add_byte(statement, name.data[i]);
    }
    buffer_add_byte(statement, '"');
}

void sql_add_table(struct buffer *statement, struct text table)
{
    struct text name = table;
    struct text schema = text_split(&name, '.');
    sql_add_identifier(statement, schema);
    buffer_add_byte(statement, '.');
    sql_add_identifier(statement, name);
}

/* The category of a type in the catalog, one character; J for JSON. A domain has the category of its base type. */
#define KIND(type_)                                                                                                    \
    "CASE WHEN coalesce(nullif(" type_ ".typbasetype, 0), " type_ ".oid) IN (114, 3802)"                               \
    " THEN 'J' ELSE " type_ ".typcategory END"

static const char catalog[] = "SELECT a.attname, format_type(a.atttypid, a.atttypmod), " KIND("t") ", " KIND(
    "e") " FROM pg_catalog.pg_attribute a"
         " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
         " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
         " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
         " LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem"
         " WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped";

static enum sql_kind kind_of(struct text category)
{
    switch (category.size == 1 ? category.data[0] : '\0') {
    case 'S': return SQL_TEXT;
    case 'N': return SQL_NUMBER;
    case 'B': return SQL_BOOLEAN;
    case 'J': return SQL_JSON;
    case 'E': return SQL_ENUM;
    case 'A': return SQL_ARRAY;
    default: return SQL_OTHER;
    }
}

enum database_outcome sql_columns_read(struct database_session *session, struct arena *arena, struct text table,
                                       struct sql_columns *columns, struct database_fault *fault)
{
    struct text name = table;
    struct text schema = text_split(&name, '.');
    const struct database_parameter parameters[] = {{.text = schema}, {.text = name}};
    struct database_rows rows;
    enum database_outcome outcome = database_execute(session, arena, TEXT(catalog), parameters, 2, &rows, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    struct sql_column *items = ARENA_ARRAY(arena, rows.row_count, struct sql_column);
    if (items == NULL)
        return database_fault_budget(fault);
    for (size_t i = 0; i < rows.row_count; i++) {
        const struct text *row = &rows.cells[i * rows.column_count];
        items[i] =
            (struct sql_column){.name = row[0], .type = row[1], .kind = kind_of(row[2]), .element = kind_of(row[3])};
    }
    *columns = (struct sql_columns){.items = items, .count = rows.row_count};
    return DATABASE_OK;
}

struct sql_column sql_column_find(const struct sql_columns *columns, struct text name)
{
    for (size_t i = 0; i < columns->count; i++)
        if (text_equal(columns->items[i].name, name))
            return columns->items[i];
    return (struct sql_column){.name = name, .kind = SQL_UNKNOWN};
}
