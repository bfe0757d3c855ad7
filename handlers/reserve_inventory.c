/* Reserves free stock of a product. */
#include "generated/reserve_inventory.h"

#include "erp/action_database.h"
#include "erp/event_fields.h"
#include "erp/stock_reservation.h"

enum action_outcome handle_reserve_inventory(struct action_call *call,
                                             const struct reserve_inventory_services *services,
                                             const struct reserve_inventory_config *config,
                                             struct reserve_inventory_result *result)
{
    static const enum stock_order orders[] = {
        [RESERVE_INVENTORY_ALLOCATION_STRATEGY_FIFO] = STOCK_OLDEST_FIRST,
        [RESERVE_INVENTORY_ALLOCATION_STRATEGY_LIFO] = STOCK_NEWEST_FIRST,
        [RESERVE_INVENTORY_ALLOCATION_STRATEGY_NEAREST_EXPIRY] = STOCK_EXPIRING_FIRST,
        [RESERVE_INVENTORY_ALLOCATION_STRATEGY_LOWEST_COST] = STOCK_OLDEST_FIRST,
    };
    struct stock_reservation reservation = {
        .want = {.place = {.product_id = config->product_id,
                           .warehouse_id = config->warehouse_id,
                           .has_warehouse = config->has_warehouse_id,
                           .location_id = config->location_id,
                           .has_location = config->has_location_id},
                 .quantity = config->quantity,
                 .order = orders[config->allocation_strategy],
                 .partial = config->allow_partial},
        .hours = config->reservation_duration_hours,
        .reference_id = config->reference_id,
    };
    (void)result; /* the stored result is returned instead */
    if (config->source_from_line_item) {
        struct event_line_item item;
        if (!event_line_item(call, &item))
            return ACTION_OUTCOME_REFUSED;
        reservation.want.place.product_id = item.product_id;
        reservation.want.quantity = item.quantity;
        reservation.reference_id = item.order_id;
    }
    struct database_fault fault = {.arena = call->arena};
    struct stock_writer writer = {.call = call, .session = services->database, .fault = &fault};
    struct json_value data;
    const char *doing;
    enum database_outcome outcome = stock_reserve(&writer, &reservation, &data, &doing);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, doing, &fault);
    return action_return(call, &data);
}
