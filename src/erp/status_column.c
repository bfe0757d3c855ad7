#include "erp/status_column.h"

#include "erp/table_write.h"

enum database_outcome status_column_lock(struct arena *arena, struct database_session *session,
                                         const struct status_column *column, bool *found, struct text *status,
                                         struct database_fault *fault)
{
    struct sql_statement statement;
    if (!sql_statement_begin(&statement, arena, 1))
        return database_fault_budget(fault);
    sql_statement_add(&statement, "SELECT ");
    sql_add_identifier(&statement.text, column->column);
    sql_statement_add(&statement, "::text FROM ");
    sql_add_table(&statement.text, column->table);
    sql_statement_add(&statement, " " SQL_NAMELESS " WHERE \"id\" = ");
    sql_statement_bind(&statement, "", (struct database_parameter){.text = column->id}, " FOR NO KEY UPDATE");
    struct database_rows rows;
    enum database_outcome outcome = sql_statement_execute(&statement, session, &rows, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    *found = rows.row_count > 0;
    *status = *found ? rows.cells[0] : TEXT_NONE;
    return DATABASE_OK;
}

enum database_outcome status_column_write(const struct action_call *call, struct database_session *session,
                                          const struct status_column *column, struct text from, struct text to,
                                          int64_t *affected, struct database_fault *fault)
{
    struct uuid row = {0};
    if (!uuid_parse(column->id, &row))
        row = (struct uuid){0};
    const struct json_value before = table_event_entity(call->arena, row, column->column, json_string(from));
    const struct table_event event = {
        .row = row,
        .entity = table_event_entity(call->arena, row, column->column, json_string(to)),
        .before = &before,
    };
    struct table_write write;
    enum database_outcome outcome =
        table_write_begin(&write, call, session, column->table, TABLE_UPDATE, &event, 2, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    sql_statement_add(&write.statement, "UPDATE ");
    sql_add_table(&write.statement.text, column->table);
    sql_statement_add(&write.statement, " " SQL_NAMELESS " SET ");
    sql_add_identifier(&write.statement.text, column->column);
    sql_statement_bind(&write.statement, " = ", sql_text(to), "");
    sql_statement_bind(&write.statement, " WHERE \"id\" = ", (struct database_parameter){.text = column->id}, "");
    return table_write_end(&write, session, affected, fault);
}
