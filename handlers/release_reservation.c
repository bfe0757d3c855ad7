/* Makes reserved stock available again. */
#include "generated/release_reservation.h"

#include "erp/stock_reservation.h"

enum action_outcome handle_release_reservation(struct action_call *call,
                                               const struct release_reservation_services *services,
                                               const struct release_reservation_config *config,
                                               struct release_reservation_result *result)
{
    const struct stock_place place = {.product_id = config->product_id, .location_id = config->location_id};
    struct stock_moved moved;
    enum action_outcome outcome =
        stock_end_reservation(call, services->database, &place, config->quantity, false, &moved);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    *result = (struct release_reservation_result){
        .product_id = config->product_id,
        .location_id = config->location_id,
        .previous_reserved = moved.before.reserved,
        .new_reserved = moved.after.reserved,
        .quantity_released = config->quantity,
    };
    return ACTION_OUTCOME_DONE;
}
