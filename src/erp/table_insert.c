#include "erp/table_insert.h"

#include "erp/table_write.h"

/* The members, preceded by an id if they have none. */
struct row {
    const struct json_member *members;
    size_t count;
    struct json_value id;
    bool has_own_id; /* the id comes from the action, not from the config */
};

/* False: the memory budget is exceeded. */
static bool complete(const struct action_call *call, const struct json_member *members, size_t count, struct row *row)
{
    *row = (struct row){.members = members, .count = count};
    for (size_t i = 0; i < count; i++)
        if (text_is(members[i].key, "id")) {
            row->id = members[i].value;
            return true;
        }
    struct json_member *more = ARENA_ARRAY(call->arena, count + 1, struct json_member);
    struct text id = uuid_text(call->arena, action_row_id(call, "row", 0));
    if (more == NULL || id.data == NULL)
        return false;
    *row = (struct row){.members = more, .count = count + 1, .id = json_string(id), .has_own_id = true};
    more[0] = (struct json_member){TEXT("id"), row->id};
    for (size_t i = 0; i < count; i++)
        more[i + 1] = members[i];
    return true;
}

/* Called when nothing was inserted: finds out whether the row of an earlier attempt exists or another row conflicts. */
static enum database_outcome find_own(struct arena *arena, struct database_session *session, struct text table,
                                      const struct row *row, struct database_fault *fault)
{
    struct sql_statement statement;
    if (!sql_statement_begin(&statement, arena, 1))
        return database_fault_budget(fault);
    sql_statement_add(&statement, "SELECT FROM ");
    sql_add_table(&statement.text, table);
    sql_statement_bind(&statement, " WHERE \"id\" = ", sql_text(row->id.string), "");
    struct database_rows rows;
    enum database_outcome outcome = sql_statement_execute(&statement, session, &rows, fault);
    if (outcome != DATABASE_OK || rows.affected > 0)
        return outcome;
    return database_refuse(fault, PUBLIC("duplicated entry"));
}

enum database_outcome table_insert(const struct action_call *call, struct database_session *session, struct text table,
                                   const struct json_member *members, size_t count, struct json_value *id,
                                   struct database_fault *fault)
{
    struct row row;
    if (!complete(call, members, count, &row))
        return database_fault_budget(fault);
    *id = row.id;
    struct table_event event = {.entity = json_object(row.members, row.count)};
    if (row.id.type != JSON_STRING || !uuid_parse(row.id.string, &event.row))
        event.row = (struct uuid){0};
    struct table_write write;
    struct sql_columns columns = {0};
    int64_t inserted = 0;
    enum database_outcome outcome =
        table_write_begin(&write, call, session, table, TABLE_INSERT, &event, row.count, fault);
    if (outcome == DATABASE_OK)
        outcome = sql_statement_insert(&write.statement, session, table, row.members, row.count, &columns, fault);
    if (outcome == DATABASE_OK && row.has_own_id)
        sql_statement_add(&write.statement, " ON CONFLICT DO NOTHING");
    if (outcome == DATABASE_OK)
        outcome = table_write_end(&write, session, &inserted, fault);
    if (outcome == DATABASE_OK && inserted == 0 && row.has_own_id)
        outcome = find_own(call->arena, session, table, &row, fault);
    return outcome;
}
