/* Approves a pending adjustment and moves the stock by it. */
#include "generated/approve_inventory_adjustment.h"

#include "erp/action_database.h"
#include "erp/stock_adjustment.h"
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

static bool read_adjustment(const struct text *cells, struct stock_adjustment *adjustment)
{
    return uuid_parse(cells[0], &adjustment->product_id) && uuid_parse(cells[1], &adjustment->location_id) &&
           text_to_int64(cells[2], &adjustment->change);
}

/* The adjustment has been approved. Where the stock would be below zero it is pending again. */
static enum action_outcome move_stock(struct action_call *call, struct database_session *session,
                                      const struct text *cells, struct approve_inventory_adjustment_result *result)
{
    struct database_fault fault = {.arena = call->arena};
    struct stock_writer writer = {.call = call, .session = session, .fault = &fault, .events = 1};
    struct stock_adjustment adjustment = {.adjustment_id = result->adjustment_id, .user_id = result->approved_by};
    int64_t left = 0;
    enum stock_outcome ended = STOCK_MOVED;
    enum database_outcome outcome = read_adjustment(cells, &adjustment)
                                        ? stock_adjust(&writer, &adjustment, &ended, &left)
                                        : database_refuse(&fault, "the adjustment cannot be read");
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "approve adjustment: approve", &fault);
    if (ended == STOCK_TOO_LARGE)
        return stock_refuse_large(call);
    if (ended == STOCK_MOVED)
        return ACTION_OUTCOME_DONE;
    *result = (struct approve_inventory_adjustment_result){
        .adjustment_id = adjustment.adjustment_id,
        .error = arena_print(call->arena, "the adjustment would leave %lld in stock", (long long)left),
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
