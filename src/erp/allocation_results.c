#include "erp/allocation_results.h"

#include "erp/record_event.h"
#include "postgres/sql.h"

struct text allocation_key(const struct action_call *call)
{
    char execution[UUID_TEXT_SIZE + 1], rule[UUID_TEXT_SIZE + 1] = "manual", action[UUID_TEXT_SIZE + 1];
    uuid_format(call->effect_id, execution);
    if (!uuid_is_nil(call->rule_id))
        uuid_format(call->rule_id, rule);
    uuid_format(call->action_id, action);
    return arena_print(call->arena, "%s_%s_%.*s_%s", execution, rule, TEXT_ARG(call->action_type), action);
}

enum database_outcome allocation_find(const struct stock_writer *writer, struct text key, struct json_value *data)
{
    static const char find[] = "SELECT allocation_data FROM workflow.allocation_results WHERE idempotency_key = $1";
    struct arena *arena = writer->call->arena;
    *data = json_null();
    const struct database_parameter parameter = {.text = key};
    struct database_rows rows;
    enum database_outcome outcome =
        database_execute(writer->session, arena, TEXT(find), &parameter, 1, &rows, writer->fault);
    if (outcome != DATABASE_OK || rows.row_count == 0)
        return outcome;
    struct error error = ERROR_IN(arena);
    if (json_read(arena, rows.cells[0], data, &error) != STATUS_OK)
        return database_refuse(writer->fault, "%.*s", TEXT_ARG(error.message));
    return DATABASE_OK;
}

enum database_outcome allocation_find_of_go(const struct stock_writer *writer, struct text key, struct json_value *data)
{
    return allocation_find(writer, text_slice(key, 0, key.size - (UUID_TEXT_SIZE + 1)), data);
}

bool allocation_names(const struct json_value *items, struct uuid product)
{
    if (items == NULL || items->type != JSON_ARRAY)
        return false;
    for (size_t i = 0; i < items->array.count; i++) {
        struct uuid found;
        if (uuid_parse(json_get_text(&items->array.items[i], TEXT("product_id")), &found) && uuid_equal(found, product))
            return true;
    }
    return false;
}

#define STORE(event_)                                                                                                  \
    "WITH n AS (INSERT INTO workflow.allocation_results (id, idempotency_key, allocation_data, created_date)"          \
    " VALUES ($1, $2, $3, now() AT TIME ZONE 'UTC') RETURNING *)" event_ " SELECT FROM n"
static const struct record_statement store = {
    .silent = STORE(""),
    .with_events = STORE(", event AS (" CASCADE_INTO RECORD_CREATED(allocation_results, "($4::uuid[])[1]",
                                                                    "$5::jsonb") " FROM n" CASCADE_ONCE ")"),
    .parameter_count = 3,
    .event_count = 1};

enum database_outcome allocation_store(struct stock_writer *writer, struct text key, const struct json_value *data)
{
    struct arena *arena = writer->call->arena;
    const struct database_parameter parameters[] = {
        sql_uuid(arena, action_row_id(writer->call, "allocation_result", 0)),
        {.text = key},
        {.text = json_to_text(arena, data)},
    };
    enum database_outcome outcome =
        record_write(writer->call, writer->session, &store, parameters, writer->events, NULL, writer->fault);
    writer->events++;
    return outcome;
}
