/* Compares the available quantity of a product with its reorder point. */
#include "generated/check_reorder_point.h"

#include "erp/action_database.h"
#include "erp/stock_level.h"

enum action_outcome handle_check_reorder_point(struct action_call *call,
                                               const struct check_reorder_point_services *services,
                                               const struct check_reorder_point_config *config,
                                               struct check_reorder_point_result *result)
{
    struct stock_place place = {.product_id = config->product_id,
                                .warehouse_id = config->warehouse_id,
                                .has_warehouse = config->has_warehouse_id,
                                .location_id = config->location_id,
                                .has_location = config->has_location_id};
    if (config->source_from_line_item && stock_place_of_line(call, &place) != ACTION_OUTCOME_DONE)
        return ACTION_OUTCOME_REFUSED;
    struct database_fault fault = {.arena = call->arena};
    struct stock_level level;
    enum database_outcome outcome = stock_level_read(call, services->database, &place, &level, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "query inventory items: query: namedqueryslice", &fault);
    const int64_t point = config->has_custom_threshold ? config->custom_threshold : level.reorder_point;
    *result = (struct check_reorder_point_result){
        .available = level.available,
        .reorder_point = point,
        .needs_reorder = level.available < point,
        .total_on_hand = level.on_hand,
        .reserved = level.reserved,
        .allocated = level.allocated,
        .output = level.available < point ? CHECK_REORDER_POINT_OUTPUT_NEEDS_REORDER : CHECK_REORDER_POINT_OUTPUT_OK,
    };
    return ACTION_OUTCOME_DONE;
}
