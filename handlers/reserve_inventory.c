/* Reserves free stock of a product. reserve_inventory_result.c reads the result that is stored. */
#include "erp/action_database.h"
#include "erp/event_fields.h"
#include "erp/stock_reservation.h"
#include "handlers/reserve_inventory_internal.h"

/* False: the entity is not a line of an order, and the action is refused. */
static bool read_line_item(struct action_call *call, struct stock_reservation *reservation)
{
    struct stock_want *want = &reservation->want;
    if (event_id(call, "product_id", &want->place.product_id) != EVENT_FIELD_FOUND) {
        (void)action_refuse(call, "invalid product_id in line item: %.*s",
                            TEXT_ARG(event_id_fault(call, "product_id")));
        return false;
    }
    if (event_quantity(call, "quantity", &want->quantity) != EVENT_FIELD_FOUND || want->quantity <= 0) {
        (void)action_refuse(call, "quantity must be greater than 0");
        return false;
    }
    reservation->reference_id = json_get_text(call->context, TEXT("order_id"));
    return true;
}

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
    if (config->source_from_line_item && !read_line_item(call, &reservation))
        return ACTION_OUTCOME_REFUSED;
    struct database_fault fault = {.arena = call->arena};
    struct stock_writer writer = {.call = call, .session = services->database, .fault = &fault};
    struct json_value data;
    const char *doing;
    enum database_outcome outcome = stock_reserve(&writer, &reservation, &data, &doing);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, doing, &fault);
    return reserve_inventory_read(call, &data, result);
}
