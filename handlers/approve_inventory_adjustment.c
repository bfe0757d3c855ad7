/* Approves a pending adjustment of stock and changes the stock by it. */
#include "generated/approve_inventory_adjustment.h"

#include "erp/stock_adjustment.h"
#include "erp/transition.h"

#define SET   "approval_status = 'approved', approved_by = $2, approval_reason = $3, " TRANSITION_TOUCHED
#define STATE "o.approval_status, o.product_id, o.location_id, o.quantity_change"
#define STATEMENT(event_)                                                                                              \
    TRANSITION("inventory.inventory_adjustments", SET, "o.approval_status = 'pending'", STATE, event_)
static const struct decision approve = {
    .statement = {.silent = STATEMENT(""),
                  .with_events = STATEMENT(TRANSITION_EVENT(inventory_adjustments, "$4", "$5")),
                  .parameter_count = 3,
                  .event_count = 1},
    .name = "approve adjustment",
    .doing = "approve adjustment: approve",
    .can_be_undone = true,
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

enum action_outcome handle_approve_inventory_adjustment(struct action_call *call,
                                                        const struct approve_inventory_adjustment_services *services,
                                                        const struct approve_inventory_adjustment_config *config,
                                                        struct approve_inventory_adjustment_result *result)
{
    struct database_session *session = services->database;
    const struct uuid id = config->adjustment_id;
    struct transition_end end;
    enum action_outcome outcome = decision_make(call, session, &approve, id, config->approval_reason, &end);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    bool enough = true;
    int64_t left = 0;
    if (end.is_done && config->adjust_stock)
        outcome = stock_adjust(call, session, id, end.user, end.cells, 1, &enough, &left);
    const bool is_approved = end.is_done && enough;
    *result = (struct approve_inventory_adjustment_result){.adjustment_id = id, .output = output_of(&end)};
    result->has_approved_by = is_approved;
    result->approved_by = end.user;
    if (is_approved)
        result->approval_reason = config->approval_reason.size > 0 ? config->approval_reason : TEXT("");
    if (!enough) {
        result->output = APPROVE_INVENTORY_ADJUSTMENT_OUTPUT_FAILURE;
        result->error = arena_print(call->arena, "the adjustment would leave %lld in stock", (long long)left);
    }
    return outcome;
}
