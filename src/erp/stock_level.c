#include "erp/stock_level.h"

#include "erp/action_database.h"
#include "erp/event_fields.h"
#include "postgres/sql.h"

static const char read_level[] = "SELECT coalesce(sum(i.quantity), 0), coalesce(sum(i.reserved_quantity), 0),"
                                 " coalesce(sum(i.allocated_quantity), 0), coalesce(max(i.reorder_point), 0)"
                                 " FROM inventory.inventory_items i WHERE " STOCK_AT_PLACE;

enum database_outcome stock_level_read(const struct action_call *call, struct database *database,
                                       const struct stock_place *place, struct stock_level *level,
                                       struct database_fault *fault)
{
    struct database_parameter parameters[STOCK_PLACE_PARAMETERS];
    stock_place_bind(call->arena, place, parameters);
    if (!sql_are_complete(parameters, STOCK_PLACE_PARAMETERS))
        return database_fault_budget(fault);
    const struct database_wait wait = action_database_wait(call);
    struct database_rows rows;
    enum database_outcome outcome =
        database_run(database, call->arena, &wait, TEXT(read_level), parameters, STOCK_PLACE_PARAMETERS, &rows, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    int64_t *const numbers[] = {&level->on_hand, &level->reserved, &level->allocated, &level->reorder_point};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (rows.row_count == 0 || !text_to_int64(rows.cells[i], numbers[i]))
            return database_refuse(fault, "the sums of stock cannot be read");
    level->available = level->on_hand - level->reserved - level->allocated;
    return DATABASE_OK;
}

enum action_outcome stock_place_of_line(struct action_call *call, struct stock_place *place)
{
    switch (event_id(call, "product_id", &place->product_id)) {
    case EVENT_FIELD_FOUND: return ACTION_OUTCOME_DONE;
    case EVENT_FIELD_ABSENT: return action_refuse(call, "product_id not found in line item RawData");
    case EVENT_FIELD_INVALID: break;
    }
    return action_refuse(call, "invalid product_id: %.*s", TEXT_ARG(event_id_fault(call, "product_id")));
}
