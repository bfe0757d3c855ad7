/* Releases an order to picking. */
#include "generated/release_to_picking.h"

#include "erp/action_database.h"
#include "erp/picking.h"
#include "erp/rule_entity.h"

static void write_result(const struct picking *picking, struct release_to_picking_result *result)
{
    static const enum release_to_picking_output outputs[] = {
        [PICKING_RELEASED] = RELEASE_TO_PICKING_OUTPUT_RELEASED,
        [PICKING_SHORT] = RELEASE_TO_PICKING_OUTPUT_INSUFFICIENT_STOCK,
        [PICKING_NO_ORDER] = RELEASE_TO_PICKING_OUTPUT_NOT_FOUND,
        [PICKING_INVALID_STATUS] = RELEASE_TO_PICKING_OUTPUT_INVALID_STATUS,
        [PICKING_NO_LINES] = RELEASE_TO_PICKING_OUTPUT_NO_LINE_ITEMS,
    };
    *result = (struct release_to_picking_result){
        .output = outputs[picking->end],
        .has_order_id = true,
        .order_id = picking->order_id,
        .has_current_status = picking->end == PICKING_INVALID_STATUS,
        .current_status = picking->status,
        .has_tasks_created = picking->end == PICKING_RELEASED || picking->end == PICKING_SHORT,
        .tasks_created = (int64_t)picking->count,
        .has_transitioned = picking->is_due,
        .transitioned = true,
    };
}

enum action_outcome handle_release_to_picking(struct action_call *call,
                                              const struct release_to_picking_services *services,
                                              const struct release_to_picking_config *config,
                                              struct release_to_picking_result *result)
{
    struct picking picking = {.count = 0};
    struct database_fault fault = {.arena = call->arena};
    if (!rule_entity_or(call, "invalid order_id: ", config->order_id, &picking.order_id))
        return ACTION_OUTCOME_REFUSED;
    if (uuid_is_nil(picking.order_id)) {
        *result = (struct release_to_picking_result){.output = RELEASE_TO_PICKING_OUTPUT_FAILURE,
                                                     .error = TEXT("no order id")};
        return ACTION_OUTCOME_DONE;
    }
    enum database_outcome outcome = picking_plan(call, services->database, &picking, &fault);
    if (outcome == DATABASE_OK && picking.end == PICKING_NO_STATUS)
        return action_refuse(call, PUBLIC("resolve %s status: order fulfillment status \"%s\" not found"),
                             picking.lacking, picking.lacking);
    if (outcome == DATABASE_OK && picking.is_due) {
        struct uuid user;
        if (!action_user(call, "transition order to PICKING", &user))
            return ACTION_OUTCOME_REFUSED;
        outcome = picking_release(call, services->database, &picking, user, &fault);
    }
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, picking.doing, &fault);
    write_result(&picking, result);
    return ACTION_OUTCOME_DONE;
}
