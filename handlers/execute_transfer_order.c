/* Completes a transfer order that is in transit. execute_transfer_order_stock.c moves the stock. */
#include "erp/action_database.h"
#include "erp/rule_entity.h"
#include "erp/stock.h"
#include "erp/transition.h"
#include "handlers/execute_transfer_order_internal.h"

#define SET               "status = 'completed', completed_by = $2, completed_at = " TRANSITION_NOW ", updated_date = " TRANSITION_NOW
#define STATE             "o.status, o.product_id, o.from_location_id, o.to_location_id, o.quantity"
#define STATEMENT(event_) TRANSITION("inventory.transfer_orders", SET, "o.status = 'in_transit'", STATE, event_)
static const struct record_statement execute = {
    .silent = STATEMENT(""),
    .with_events = STATEMENT(TRANSITION_EVENT(transfer_orders, "$3", "$4")),
    .parameter_count = 2,
    .event_count = 1,
};

static bool read_transfer(const struct text *cells, struct transfer *transfer)
{
    return uuid_parse(cells[0], &transfer->product_id) && uuid_parse(cells[1], &transfer->from) &&
           uuid_parse(cells[2], &transfer->to) && text_to_int64(cells[3], &transfer->quantity);
}

/* The order has been completed. Where there is too little stock it is in transit again. */
static enum action_outcome move_stock(struct action_call *call, struct database_session *session,
                                      struct transfer *transfer, struct execute_transfer_order_result *result)
{
    struct database_fault fault = {.arena = call->arena};
    struct stock_writer writer = {.call = call, .session = session, .fault = &fault, .events = 1};
    enum stock_outcome ended;
    if (transfer->quantity <= 0)
        return action_refuse(
            call, PUBLIC("decrement source inventory: decrement quantity: quantity must be positive, got %lld"),
            (long long)transfer->quantity);
    enum database_outcome outcome = execute_transfer_order_move(&writer, transfer, &ended);
    if (outcome == DATABASE_OK && ended == STOCK_TOO_LARGE)
        return stock_refuse_large(call);
    bool enough = ended == STOCK_MOVED;
    if (outcome == DATABASE_OK && !enough)
        outcome = database_rollback_to_savepoint(session, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, transfer->doing, &fault);
    result->has_completed_by = enough;
    if (!enough)
        result->output = EXECUTE_TRANSFER_ORDER_OUTPUT_INSUFFICIENT_STOCK;
    return ACTION_OUTCOME_DONE;
}

static enum action_outcome settle(const struct transition_end *end, struct execute_transfer_order_result *result)
{
    if (!end->is_found) {
        result->output = EXECUTE_TRANSFER_ORDER_OUTPUT_NOT_FOUND;
    } else if (text_is(end->state, "completed")) {
        result->output = EXECUTE_TRANSFER_ORDER_OUTPUT_ALREADY_COMPLETED;
    } else {
        result->output = EXECUTE_TRANSFER_ORDER_OUTPUT_NOT_IN_TRANSIT;
        result->current_status = end->state;
    }
    return ACTION_OUTCOME_DONE;
}

enum action_outcome handle_execute_transfer_order(struct action_call *call,
                                                  const struct execute_transfer_order_services *services,
                                                  const struct execute_transfer_order_config *config,
                                                  struct execute_transfer_order_result *result)
{
    struct database_session *session = services->database;
    struct text text = config->transfer_order_id;
    struct transfer transfer = {.doing = "execute transfer order: execute"};
    struct transition_end end;
    struct database_fault fault = {.arena = call->arena};
    if (!rule_entity_or(call, text, &transfer.id))
        return action_refuse(call, PUBLIC("invalid transfer_order_id: ") "%.*s",
                             TEXT_ARG(action_uuid_fault(call, text)));
    if (uuid_is_nil(transfer.id)) {
        result->output = EXECUTE_TRANSFER_ORDER_OUTPUT_FAILURE;
        result->error = TEXT("no transfer order id");
        return ACTION_OUTCOME_DONE;
    }
    if (!action_user(call, "execute transfer order", &transfer.user))
        return ACTION_OUTCOME_REFUSED;
    enum database_outcome outcome = database_savepoint(session, &fault);
    if (outcome == DATABASE_OK)
        outcome = transition_decide(call, session, &execute, transfer.id, transfer.user, TEXT_NONE, &end, &fault);
    if (outcome == DATABASE_OK && end.is_done && !read_transfer(end.cells, &transfer))
        outcome = database_refuse(&fault, "the transfer order cannot be read");
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, transfer.doing, &fault);
    result->has_transfer_order_id = true;
    result->transfer_order_id = transfer.id;
    result->completed_by = transfer.user;
    return end.is_done ? move_stock(call, session, &transfer, result) : settle(&end, result);
}
