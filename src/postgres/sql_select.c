#include "postgres/sql_select.h"

#include <assert.h>

#include "base/date.h"
#include "base/decimal.h"

/* ---- the statement ----

   SELECT to_jsonb(c0), pg_typeof(c0) FROM (SELECT NULL::uuid AS "id") "Without",
   LATERAL (SELECT "name" AS c0 FROM "products"."brands" "Table" WHERE "code" = $1 ORDER BY "id" LIMIT 9) AS found

   Names of columns are not qualified: "Table"."row_to_json" would call a function of the whole row. If the table has no
   `id`, ORDER BY uses the `id` of the outer row. */

void sql_select_column(struct sql_select *select, struct text column)
{
    for (size_t i = 0; i < select->column_count; i++)
        if (text_equal(select->columns[i], column))
            return;
    select->columns[select->column_count++] = column;
}

/* The `id` of the outer row must not replace a missing column that is read. */
static void add_column(struct sql_statement *statement, struct text name)
{
    if (text_is(name, "id"))
        sql_statement_add(statement, SQL_NAMELESS ".\"id\"");
    else
        sql_add_identifier(&statement->text, name);
}

static enum database_outcome check_names(const struct sql_select *select, struct database_fault *fault)
{
    for (size_t i = 0; i < select->column_count + select->filter_count; i++) {
        bool is_column = i < select->column_count;
        struct text name = is_column ? select->columns[i] : select->filter[i - select->column_count].key;
        if (!sql_is_identifier(name))
            return database_refuse(fault, PUBLIC("invalid column: ") "\"%.*s\"", TEXT_ARG(name));
    }
    return DATABASE_OK;
}

static enum database_outcome add_condition(struct sql_statement *statement, const struct json_member *condition,
                                           struct database_fault *fault)
{
    const struct json_value *value = &condition->value;
    struct text text = TEXT_NONE;
    add_column(statement, condition->key);
    switch (value->type) {
    case JSON_NULL: sql_statement_add(statement, " IS NULL"); return DATABASE_OK;
    case JSON_STRING: text = sql_text(value->string).text; break;
    case JSON_BOOLEAN: text = value->boolean ? TEXT("true") : TEXT("false"); break;
    case JSON_NUMBER: text = decimal_plain(statement->arena, value->number); break;
    default:
        return database_refuse(fault, PUBLIC("a column cannot be compared with an %s"), json_type_name(value->type));
    }
    if (text.data == NULL)
        return database_fault_budget(fault);
    sql_statement_bind(statement, " = ", (struct database_parameter){.text = text}, "");
    return DATABASE_OK;
}

static void add_values(struct sql_statement *statement, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_print(&statement->text, "%sto_jsonb(c%zu), pg_typeof(c%zu)", i == 0 ? "SELECT " : ", ", i, i);
}

enum database_outcome sql_select_write(struct sql_statement *statement, const struct sql_select *select,
                                       struct database_fault *fault)
{
    assert(select->column_count > 0 && select->limit > 0);
    enum database_outcome outcome = check_names(select, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    add_values(statement, select->column_count);
    sql_statement_add(statement, " FROM (SELECT NULL::uuid AS \"id\") \"Without\", LATERAL (");
    for (size_t i = 0; i < select->column_count; i++) {
        sql_statement_add(statement, i == 0 ? "SELECT " : ", ");
        add_column(statement, select->columns[i]);
        buffer_print(&statement->text, " AS c%zu", i);
    }
    sql_statement_add(statement, " FROM ");
    sql_add_table(&statement->text, select->table);
    sql_statement_add(statement, " " SQL_NAMELESS);
    for (size_t i = 0; i < select->filter_count && outcome == DATABASE_OK; i++) {
        sql_statement_add(statement, i == 0 ? " WHERE " : " AND ");
        outcome = add_condition(statement, &select->filter[i], fault);
    }
    buffer_print(&statement->text, " ORDER BY \"id\" LIMIT %zu) AS found", select->limit);
    return outcome;
}

enum database_outcome sql_select_run(struct database *database, struct arena *arena, const struct database_wait *wait,
                                     const struct sql_select *select, struct database_rows *found,
                                     struct database_fault *fault)
{
    struct sql_statement statement;
    if (!sql_statement_begin(&statement, arena, select->filter_count))
        return database_fault_budget(fault);
    enum database_outcome outcome = sql_select_write(&statement, select, fault);
    return outcome == DATABASE_OK ? sql_statement_run(&statement, database, wait, found, fault) : outcome;
}

/* ---- the rows ---- */

enum kind { PLAIN, EXACT, DATE, TIME, TIME_WITH_ZONE };

/* The kind for a type as pg_typeof prints it; an array has the kind of its elements. */
static enum kind kind_of(struct text type)
{
    static const struct {
        const char *type;
        enum kind kind;
    } kinds[] = {{"numeric", EXACT},
                 {"date", DATE},
                 {"timestamp without time zone", TIME},
                 {"timestamp with time zone", TIME_WITH_ZONE}};
    if (text_ends(type, TEXT("[]")))
        type.size -= 2;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (text_is(type, kinds[i].type))
            return kinds[i].kind;
    return PLAIN;
}

/* Converts a time that to_jsonb wrote to RFC 3339; "infinity" stays unchanged. .data is NULL when the memory budget is
   exceeded. */
static struct text time_text(struct arena *arena, enum kind kind, struct text text)
{
    struct text local = arena_print(arena, "%.*s%s", TEXT_ARG(text), kind == DATE ? "T00:00:00Z" : "Z");
    int64_t us;
    if (local.data == NULL)
        return TEXT_NONE;
    if (!date_read_rfc3339(kind == TIME_WITH_ZONE ? text : local, &us))
        return text;
    return date_text(arena, us, DATE_RFC3339);
}

static bool convert(struct arena *arena, enum kind kind, struct json_value *value);

static bool convert_items(struct arena *arena, enum kind kind, struct json_value *list)
{
    size_t count = list->array.count;
    struct json_value *items = ARENA_ARRAY(arena, count, struct json_value);
    for (size_t i = 0; i < count && items != NULL; i++) {
        items[i] = list->array.items[i];
        if (!convert(arena, kind, &items[i]))
            return false;
    }
    *list = json_array(items, count);
    return items != NULL;
}

/* False: the memory budget is exceeded. */
static bool convert(struct arena *arena, enum kind kind, struct json_value *value)
{
    if (kind == PLAIN)
        return true;
    if (value->type == JSON_ARRAY)
        return convert_items(arena, kind, value);
    if (value->type == JSON_NUMBER)
        *value = json_string(value->number);
    else if (value->type == JSON_STRING && kind != EXACT)
        *value = json_string(time_text(arena, kind, value->string));
    return value->type != JSON_STRING || value->string.data != NULL;
}

static enum database_outcome read_cell(struct arena *arena, struct text json, struct text type,
                                       struct json_value *value, struct database_fault *fault)
{
    *value = json_null();
    if (json.data == NULL)
        return DATABASE_OK;
    struct error error = ERROR_IN(arena);
    enum status status = json_read(arena, json, value, &error);
    if (status == STATUS_INVALID)
        return database_refuse(fault, PUBLIC("a value of type %.*s cannot be read: %.*s"), TEXT_ARG(type),
                               TEXT_ARG(error.message));
    if (status != STATUS_OK || !convert(arena, kind_of(type), value))
        return database_fault_budget(fault);
    return DATABASE_OK;
}

static enum database_outcome read_row(struct arena *arena, const struct sql_select *select, const struct text *cells,
                                      struct json_value *row, struct database_fault *fault)
{
    struct json_member *members = ARENA_ARRAY(arena, select->column_count, struct json_member);
    if (members == NULL)
        return database_fault_budget(fault);
    enum database_outcome outcome = DATABASE_OK;
    for (size_t i = 0; i < select->column_count && outcome == DATABASE_OK; i++) {
        members[i].key = select->columns[i];
        outcome = read_cell(arena, cells[2 * i], cells[2 * i + 1], &members[i].value, fault);
    }
    *row = json_object(members, select->column_count);
    return outcome;
}

enum database_outcome sql_select_rows(struct arena *arena, const struct sql_select *select,
                                      const struct database_rows *found, struct json_value *rows,
                                      struct database_fault *fault)
{
    assert(found->row_count == 0 || found->column_count == 2 * select->column_count);
    struct json_value *items = ARENA_ARRAY(arena, found->row_count, struct json_value);
    if (items == NULL)
        return database_fault_budget(fault);
    enum database_outcome outcome = DATABASE_OK;
    for (size_t i = 0; i < found->row_count && outcome == DATABASE_OK; i++)
        outcome = read_row(arena, select, &found->cells[i * found->column_count], &items[i], fault);
    *rows = json_array(items, found->row_count);
    return outcome;
}
