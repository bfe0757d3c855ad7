#include "erp/table_write.h"

#include "erp/cascade.h"
#include "erp/erp_features.h"
#include "erp/table_domain.h"

/* The SQL around the caller's statement. The parameters of the event come first. */
enum { EVENT_ID, DOMAIN, BARE_TABLE, PARAMS, LINEAGE, EVENT_PARAMETERS };
static const char before[] = "WITH written AS (";
#define AFTER(change_)                                                                                                 \
    " RETURNING 1), event AS (" CASCADE_INSERT("$1::uuid", "$2::text", change_, "$3::text", "$4::text",                \
                                               "$5::jsonb") " WHERE EXISTS (SELECT FROM written)" CASCADE_ONCE         \
                                                            ") SELECT count(*) FROM written"
static const char after_insert[] = AFTER("create");
static const char after_update[] = AFTER("update");

static bool bind_event(struct sql_statement *statement, const struct action_call *call, struct text table,
                       struct text domain, const struct table_event *event)
{
    struct arena *arena = call->arena;
    size_t schema = text_find_byte(table, '.') + 1;
    struct database_parameter *parameters = statement->parameters;
    parameters[EVENT_ID] = sql_uuid(arena, action_row_id(call, "cascade", 0));
    parameters[DOMAIN] = sql_text(domain);
    parameters[BARE_TABLE] = sql_text(text_slice(table, schema, table.size - schema));
    parameters[PARAMS].text = cascade_update_params(arena, event->row, call->user_id, &event->entity, event->before);
    parameters[LINEAGE] = cascade_lineage(call);
    statement->count = EVENT_PARAMETERS;
    return sql_are_complete(parameters, EVENT_PARAMETERS);
}

enum database_outcome table_write_begin(struct table_write *write, const struct action_call *call,
                                        struct database_session *session, struct text table, enum table_change change,
                                        const struct table_event *event, size_t capacity, struct database_fault *fault)
{
    struct erp_features features;
    enum database_outcome outcome = erp_features_read(session, call->arena, &features, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    struct text domain = features.cascade_outbox ? table_domain(table) : TEXT_NONE;
    *write = (struct table_write){.change = change, .has_event = domain.size > 0};
    if (!sql_statement_begin(&write->statement, call->arena, EVENT_PARAMETERS + capacity))
        return database_fault_budget(fault);
    if (!write->has_event)
        return DATABASE_OK;
    if (event->entity.type != JSON_OBJECT || !bind_event(&write->statement, call, table, domain, event))
        return database_fault_budget(fault);
    sql_statement_add(&write->statement, before);
    return DATABASE_OK;
}

enum database_outcome table_write_end(struct table_write *write, struct database_session *session, int64_t *affected,
                                      struct database_fault *fault)
{
    if (write->has_event)
        sql_statement_add(&write->statement, write->change == TABLE_INSERT ? after_insert : after_update);
    struct database_rows rows;
    enum database_outcome outcome = sql_statement_execute(&write->statement, session, &rows, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    *affected = rows.affected;
    if (write->has_event && !text_to_int64(rows.cells[0], affected))
        return database_refuse(fault, "the number of rows is not a number");
    return DATABASE_OK;
}

struct json_value table_event_entity(struct arena *arena, struct uuid row, struct text column, struct json_value value)
{
    struct json_member *members = ARENA_ARRAY(arena, 2, struct json_member);
    struct text id = uuid_text(arena, row);
    if (members == NULL || id.data == NULL)
        return json_null();
    members[0] = (struct json_member){column, value};
    if (uuid_is_nil(row))
        return json_object(members, 1);
    size_t count = text_is(column, "id") ? 1 : 2;
    members[count - 1] = (struct json_member){TEXT("id"), json_string(id)};
    return json_object(members, count);
}
