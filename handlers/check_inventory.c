/* Compares the available quantity of a product with a threshold. */
#include "generated/check_inventory.h"

#include "erp/action_database.h"
#include "erp/event_fields.h"
#include "erp/stock.h"
#include "erp/stock_level.h"

enum action_outcome handle_check_inventory(struct action_call *call, const struct check_inventory_services *services,
                                           const struct check_inventory_config *config,
                                           struct check_inventory_result *result)
{
    struct stock_place place = {.product_id = config->product_id,
                                .warehouse_id = config->warehouse_id,
                                .has_warehouse = config->has_warehouse_id,
                                .location_id = config->location_id,
                                .has_location = config->has_location_id};
    int64_t required = config->threshold;
    if (config->source_from_line_item) {
        if (stock_place_of_line(call, &place) != ACTION_OUTCOME_DONE)
            return ACTION_OUTCOME_REFUSED;
        int64_t quantity = 0;
        if (event_quantity(call, "quantity", &quantity) == EVENT_FIELD_INVALID)
            return stock_refuse_large(call);
        if (quantity > required)
            required = quantity;
    }
    struct database_fault fault = {.arena = call->arena};
    struct stock_level level;
    enum database_outcome outcome = stock_level_read(call, services->database, &place, &level, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "query inventory items: query: namedqueryslice", &fault);
    *result = (struct check_inventory_result){
        .available = level.available,
        .threshold = config->threshold,
        .required = required,
        .sufficient = level.available >= required,
        .total_on_hand = level.on_hand,
        .reserved = level.reserved,
        .allocated = level.allocated,
        .output = level.available >= required ? CHECK_INVENTORY_OUTPUT_SUFFICIENT : CHECK_INVENTORY_OUTPUT_INSUFFICIENT,
    };
    return ACTION_OUTCOME_DONE;
}
