/* Approves a pending adjustment and moves the stock by it. */
#include "generated/approve_inventory_adjustment.h"

#include "erp/action_database.h"
#include "erp/stock.h"
#include "erp/transition.h"

#define SET   "approval_status = 'approved', approved_by = $2, approval_reason = $3, updated_date = " TRANSITION_NOW
#define STATE "o.approval_status, o.product_id, o.location_id, o.quantity_change"
#define STATEMENT(event_)                                                                                              \
    TRANSITION("inventory.inventory_adjustments", SET, "o.approval_status = 'pending'", STATE, event_)
static const struct record_statement approve = {
    .silent = STATEMENT(""),
    .with_events = STATEMENT(TRANSITION_EVENT(inventory_adjustments, "$4", "$5")),
    .parameter_count = 3,
    .event_count = 1,
};

static enum approve_inventory_adjustment_output output_of(const struct transition_end *end)
{
    if (!end->is_found)
        return APPROVE_INVENTORY_ADJUSTMENT_OUTPUT_NOT_FOUND;
    if (end->is_done)
        return APPROVE_INVENTORY_ADJUSTMENT_OUTPUT_APPROVED;
    return text_is(end->state, "approved") ? APPROVE_INVENTORY_ADJUSTMENT_OUTPUT_ALREADY_APPROVED
                                           : APPROVE_INVENTORY_ADJUSTMENT_OUTPUT_ALREADY_REJECTED;
}

/* Writes the transaction and moves the stock, or finds that it cannot be moved. */
static enum database_outcome adjust(struct stock_writer *writer, const struct text *cells,
                                    const struct approve_inventory_adjustment_result *result, struct stock_move *move,
                                    struct stock_moved *moved)
{
    struct uuid id;
    if (!uuid_parse(cells[0], &move->product_id) || !uuid_parse(cells[1], &move->location_id) ||
        !text_to_int64(cells[2], &move->quantity))
        return database_refuse(writer->fault, "the adjustment cannot be read");
    move->make_row = move->quantity >= 0;
    const struct stock_transaction transaction = {
        .product_id = move->product_id,
        .location_id = move->location_id,
        .user_id = result->approved_by,
        .type = "ADJUSTMENT",
        .quantity = move->quantity,
        .reference = uuid_text(writer->call->arena, result->adjustment_id),
    };
    if (transaction.reference.data == NULL)
        return database_fault_budget(writer->fault);
    enum database_outcome outcome = stock_lock(writer, &move->product_id, 1);
    if (outcome == DATABASE_OK)
        outcome = stock_record(writer, &transaction, &id);
    return outcome == DATABASE_OK ? stock_move(writer, move, moved) : outcome;
}

/* The adjustment has been approved. Where the stock cannot be moved it is pending again. */
static enum action_outcome move_stock(struct action_call *call, struct database_session *session,
                                      const struct text *cells, struct approve_inventory_adjustment_result *result)
{
    struct database_fault fault = {.arena = call->arena};
    struct stock_writer writer = {.call = call, .session = session, .fault = &fault, .events = 1};
    struct stock_move move = {0};
    struct stock_moved moved = {.outcome = STOCK_MOVED};
    enum database_outcome outcome = adjust(&writer, cells, result, &move, &moved);
    if (outcome == DATABASE_OK && moved.outcome == STOCK_TOO_LARGE)
        return stock_refuse_large(call);
    if (outcome == DATABASE_OK && moved.outcome == STOCK_MOVED)
        return ACTION_OUTCOME_DONE;
    if (outcome == DATABASE_OK)
        outcome = database_rollback_to_savepoint(session, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "approve adjustment: approve", &fault);
    *result = (struct approve_inventory_adjustment_result){
        .adjustment_id = result->adjustment_id,
        .error = arena_print(call->arena, "the adjustment would leave %lld in stock",
                             (long long)(moved.before.quantity + move.quantity)),
        .output = APPROVE_INVENTORY_ADJUSTMENT_OUTPUT_FAILURE,
    };
    return result->error.data != NULL ? ACTION_OUTCOME_DONE
                                      : action_refuse(call, "out of the memory budget of this task");
}

enum action_outcome handle_approve_inventory_adjustment(struct action_call *call,
                                                        const struct approve_inventory_adjustment_services *services,
                                                        const struct approve_inventory_adjustment_config *config,
                                                        struct approve_inventory_adjustment_result *result)
{
    struct database_session *session = services->database;
    struct uuid user;
    struct transition_end end;
    struct database_fault fault = {.arena = call->arena};
    if (!action_user(call, "approve adjustment", &user))
        return ACTION_OUTCOME_REFUSED;
    enum database_outcome outcome = database_savepoint(session, &fault);
    if (outcome == DATABASE_OK)
        outcome = transition_decide(call, session, &approve, config->adjustment_id, user, config->approval_reason, &end,
                                    &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "approve adjustment: approve", &fault);
    result->adjustment_id = config->adjustment_id;
    result->output = output_of(&end);
    if (!end.is_done)
        return ACTION_OUTCOME_DONE;
    result->has_approved_by = true;
    result->approved_by = user;
    result->approval_reason = config->approval_reason.size > 0 ? config->approval_reason : TEXT("");
    return config->adjust_stock ? move_stock(call, session, end.cells, result) : ACTION_OUTCOME_DONE;
}
