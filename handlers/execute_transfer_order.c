/* Completes a transfer order that is in transit, and moves the stock. */
#include "generated/execute_transfer_order.h"

#include "erp/rule_entity.h"
#include "erp/stock_transfer.h"
#include "erp/transition.h"

#define SET         "status = 'completed', completed_by = $2, completed_at = " TRANSITION_NOW ", " TRANSITION_TOUCHED
#define STATE       "o.status, o.product_id, o.from_location_id, o.to_location_id, o.quantity"
#define SQL(event_) TRANSITION("inventory.transfer_orders", SET, "o.status = 'in_transit'", STATE, event_)
static const struct decision execute = {
    .statement = {.silent = SQL(""),
                  .with_events = SQL(TRANSITION_EVENT(transfer_orders, "$3", "$4")),
                  .parameter_count = 2,
                  .event_count = 1},
    .name = "execute transfer order",
    .doing = "execute transfer order: execute",
    .can_be_undone = true,
};

static enum execute_transfer_order_output output_of(const struct transition_end *end)
{
    if (!end->is_found)
        return EXECUTE_TRANSFER_ORDER_OUTPUT_NOT_FOUND;
    if (end->is_done)
        return EXECUTE_TRANSFER_ORDER_OUTPUT_EXECUTED;
    return text_is(end->state, "completed") ? EXECUTE_TRANSFER_ORDER_OUTPUT_ALREADY_COMPLETED
                                            : EXECUTE_TRANSFER_ORDER_OUTPUT_NOT_IN_TRANSIT;
}

enum action_outcome handle_execute_transfer_order(struct action_call *call,
                                                  const struct execute_transfer_order_services *services,
                                                  const struct execute_transfer_order_config *config,
                                                  struct execute_transfer_order_result *result)
{
    struct uuid id;
    struct transition_end end;
    if (!rule_entity_or(call, "invalid transfer_order_id: ", config->transfer_order_id, &id))
        return ACTION_OUTCOME_REFUSED;
    if (uuid_is_nil(id)) {
        result->output = EXECUTE_TRANSFER_ORDER_OUTPUT_FAILURE;
        result->error = TEXT("no transfer order id");
        return ACTION_OUTCOME_DONE;
    }
    enum action_outcome outcome = decision_make(call, services->database, &execute, id, TEXT_NONE, &end);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    result->has_transfer_order_id = true;
    result->transfer_order_id = id;
    result->output = output_of(&end);
    result->completed_by = end.user;
    if (result->output == EXECUTE_TRANSFER_ORDER_OUTPUT_NOT_IN_TRANSIT)
        result->current_status = end.state;
    if (!end.is_done)
        return ACTION_OUTCOME_DONE;
    outcome = stock_transfer(call, services->database, id, end.user, end.cells, 1, &result->has_completed_by);
    if (outcome == ACTION_OUTCOME_DONE && !result->has_completed_by)
        result->output = EXECUTE_TRANSFER_ORDER_OUTPUT_INSUFFICIENT_STOCK;
    return outcome;
}
