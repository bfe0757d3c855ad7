/* Makes reserved stock allocated stock. */
#include "generated/commit_allocation.h"

#include "erp/stock_reservation.h"

enum action_outcome handle_commit_allocation(struct action_call *call,
                                             const struct commit_allocation_services *services,
                                             const struct commit_allocation_config *config,
                                             struct commit_allocation_result *result)
{
    const struct stock_place place = {.product_id = config->product_id, .location_id = config->location_id};
    struct stock_moved moved;
    enum action_outcome outcome =
        stock_end_reservation(call, services->database, &place, config->quantity, true, &moved);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    *result = (struct commit_allocation_result){
        .product_id = config->product_id,
        .location_id = config->location_id,
        .previous_reserved = moved.before.reserved,
        .new_reserved = moved.after.reserved,
        .previous_allocated = moved.before.allocated,
        .new_allocated = moved.after.allocated,
        .quantity_committed = config->quantity,
    };
    return ACTION_OUTCOME_DONE;
}
