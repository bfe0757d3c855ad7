#include "postgres/sql_statement.h"

#include <assert.h>

#include "base/limits.h"

bool sql_statement_begin(struct sql_statement *statement, struct arena *arena, size_t capacity)
{
    *statement = (struct sql_statement){
        .arena = arena,
        .text = buffer_in(arena, LIMIT_JSON_BYTES),
        .parameters = ARENA_ARRAY(arena, capacity, struct database_parameter),
        .capacity = capacity,
    };
    return statement->parameters != NULL;
}

void sql_statement_add(struct sql_statement *statement, const char *sql)
{
    buffer_add(&statement->text, text_from(sql));
}

void sql_statement_bind(struct sql_statement *statement, const char *before, struct database_parameter parameter,
                        const char *after)
{
    assert(statement->count < statement->capacity);
    statement->parameters[statement->count++] = parameter;
    buffer_print(&statement->text, "%s$%zu%s", before, statement->count, after);
}

static bool any_needs_type(const struct json_member *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sql_needs_type(&members[i].value))
            return true;
    return false;
}

static enum database_outcome check_names(const struct json_member *members, size_t count, struct database_fault *fault)
{
    for (size_t i = 0; i < count; i++)
        if (!sql_is_identifier(members[i].key))
            return database_refuse(fault, PUBLIC("invalid column: ") "\"%.*s\"", TEXT_ARG(members[i].key));
    return DATABASE_OK;
}

static void add_names(struct sql_statement *statement, const struct json_member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sql_statement_add(statement, i == 0 ? " (" : ", ");
        sql_add_identifier(&statement->text, members[i].key);
    }
}

enum database_outcome sql_statement_insert(struct sql_statement *statement, struct database_session *session,
                                           struct text table, const struct json_member *members, size_t count,
                                           struct sql_columns *columns, struct database_fault *fault)
{
    assert(count > 0);
    enum database_outcome outcome = check_names(members, count, fault);
    if (outcome == DATABASE_OK && columns->count == 0 && any_needs_type(members, count))
        outcome = sql_columns_read(session, statement->arena, table, columns, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    sql_statement_add(statement, "INSERT INTO ");
    sql_add_table(&statement->text, table);
    add_names(statement, members, count);
    sql_statement_add(statement, ") VALUES (");
    for (size_t i = 0; i < count && outcome == DATABASE_OK; i++) {
        const struct sql_column column = sql_column_find(columns, members[i].key);
        struct database_parameter parameter;
        outcome = sql_bind(statement->arena, &column, &members[i].value, &parameter, fault);
        if (outcome == DATABASE_OK)
            sql_statement_bind(statement, i == 0 ? "" : ", ", parameter, "");
    }
    sql_statement_add(statement, ")");
    return outcome;
}

static bool is_complete(struct sql_statement *statement)
{
    return buffer_text(&statement->text).data != NULL && sql_are_complete(statement->parameters, statement->count);
}

enum database_outcome sql_statement_execute(struct sql_statement *statement, struct database_session *session,
                                            struct database_rows *rows, struct database_fault *fault)
{
    if (!is_complete(statement))
        return database_fault_budget(fault);
    return database_execute(session, statement->arena, buffer_text(&statement->text), statement->parameters,
                            statement->count, rows, fault);
}

enum database_outcome sql_statement_run(struct sql_statement *statement, struct database *database,
                                        const struct database_wait *wait, struct database_rows *rows,
                                        struct database_fault *fault)
{
    if (!is_complete(statement))
        return database_fault_budget(fault);
    return database_run(database, statement->arena, wait, buffer_text(&statement->text), statement->parameters,
                        statement->count, rows, fault);
}
