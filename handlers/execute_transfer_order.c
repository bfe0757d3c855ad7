/* Completes a transfer order that is in transit, and moves the stock. */
#include "generated/execute_transfer_order.h"

#include "erp/action_database.h"
#include "erp/rule_entity.h"
#include "erp/stock_transfer.h"
#include "erp/transition.h"

#define SET               "status = 'completed', completed_by = $2, completed_at = " TRANSITION_NOW ", updated_date = " TRANSITION_NOW
#define STATE             "o.status, o.product_id, o.from_location_id, o.to_location_id, o.quantity"
#define STATEMENT(event_) TRANSITION("inventory.transfer_orders", SET, "o.status = 'in_transit'", STATE, event_)
static const struct record_statement execute = {
    .silent = STATEMENT(""),
    .with_events = STATEMENT(TRANSITION_EVENT(transfer_orders, "$3", "$4")),
    .parameter_count = 2,
    .event_count = 1,
};

static bool read_transfer(const struct text *cells, struct stock_transfer *transfer)
{
    return uuid_parse(cells[0], &transfer->product_id) && uuid_parse(cells[1], &transfer->from) &&
           uuid_parse(cells[2], &transfer->to) && text_to_int64(cells[3], &transfer->quantity);
}

static enum execute_transfer_order_output output_of(const struct transition_end *end)
{
    if (!end->is_found)
        return EXECUTE_TRANSFER_ORDER_OUTPUT_NOT_FOUND;
    if (end->is_done)
        return EXECUTE_TRANSFER_ORDER_OUTPUT_EXECUTED;
    return text_is(end->state, "completed") ? EXECUTE_TRANSFER_ORDER_OUTPUT_ALREADY_COMPLETED
                                            : EXECUTE_TRANSFER_ORDER_OUTPUT_NOT_IN_TRANSIT;
}

/* Completes the order; where there is too little stock it is in transit again. */
static enum action_outcome complete(struct action_call *call, struct database_session *session,
                                    struct stock_transfer *transfer, struct execute_transfer_order_result *result)
{
    struct transition_end end;
    struct database_fault fault = {.arena = call->arena};
    enum database_outcome outcome = database_savepoint(session, &fault);
    if (outcome == DATABASE_OK)
        outcome =
            transition_decide(call, session, &execute, transfer->order_id, transfer->user_id, TEXT_NONE, &end, &fault);
    if (outcome == DATABASE_OK && end.is_done && !read_transfer(end.cells, transfer))
        outcome = database_refuse(&fault, "the transfer order cannot be read");
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "execute transfer order: execute", &fault);
    result->has_transfer_order_id = true;
    result->transfer_order_id = transfer->order_id;
    result->output = output_of(&end);
    result->completed_by = transfer->user_id;
    if (result->output == EXECUTE_TRANSFER_ORDER_OUTPUT_NOT_IN_TRANSIT)
        result->current_status = end.state;
    if (!end.is_done)
        return ACTION_OUTCOME_DONE;
    enum action_outcome moved = stock_transfer(call, session, transfer, 1, &result->has_completed_by);
    if (moved == ACTION_OUTCOME_DONE && !result->has_completed_by)
        result->output = EXECUTE_TRANSFER_ORDER_OUTPUT_INSUFFICIENT_STOCK;
    return moved;
}

enum action_outcome handle_execute_transfer_order(struct action_call *call,
                                                  const struct execute_transfer_order_services *services,
                                                  const struct execute_transfer_order_config *config,
                                                  struct execute_transfer_order_result *result)
{
    struct text text = config->transfer_order_id;
    struct stock_transfer transfer = {.quantity = 0};
    if (!rule_entity_or(call, text, &transfer.order_id))
        return action_refuse(call, PUBLIC("invalid transfer_order_id: ") "%.*s",
                             TEXT_ARG(action_uuid_fault(call, text)));
    if (uuid_is_nil(transfer.order_id)) {
        result->output = EXECUTE_TRANSFER_ORDER_OUTPUT_FAILURE;
        result->error = TEXT("no transfer order id");
        return ACTION_OUTCOME_DONE;
    }
    if (!action_user(call, "execute transfer order", &transfer.user_id))
        return ACTION_OUTCOME_REFUSED;
    return complete(call, services->database, &transfer, result);
}
