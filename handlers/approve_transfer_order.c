/* Approves a pending transfer order. */
#include "generated/approve_transfer_order.h"

#include "erp/transition.h"

#define SET               "status = 'approved', approved_by = $2, approval_reason = $3, " TRANSITION_TOUCHED
#define STATEMENT(event_) TRANSITION("inventory.transfer_orders", SET, "o.status = 'pending'", "o.status", event_)
static const struct decision approve = {
    .statement = {.silent = STATEMENT(""),
                  .with_events = STATEMENT(TRANSITION_EVENT(transfer_orders, "$4", "$5")),
                  .parameter_count = 3,
                  .event_count = 1},
    .name = "approve transfer order",
    .doing = "approve transfer order: approve: namedexeccontext",
};

static enum approve_transfer_order_output output_of(const struct transition_end *end)
{
    if (!end->is_found)
        return APPROVE_TRANSFER_ORDER_OUTPUT_NOT_FOUND;
    if (end->is_done)
        return APPROVE_TRANSFER_ORDER_OUTPUT_APPROVED;
    if (text_is(end->state, "rejected"))
        return APPROVE_TRANSFER_ORDER_OUTPUT_ALREADY_REJECTED;
    bool was_approved =
        text_is(end->state, "approved") || text_is(end->state, "in_transit") || text_is(end->state, "completed");
    return was_approved ? APPROVE_TRANSFER_ORDER_OUTPUT_ALREADY_APPROVED : APPROVE_TRANSFER_ORDER_OUTPUT_FAILURE;
}

enum action_outcome handle_approve_transfer_order(struct action_call *call,
                                                  const struct approve_transfer_order_services *services,
                                                  const struct approve_transfer_order_config *config,
                                                  struct approve_transfer_order_result *result)
{
    struct transition_end end;
    enum action_outcome outcome =
        decision_make(call, services->database, &approve, config->transfer_order_id, config->approval_reason, &end);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    result->transfer_order_id = config->transfer_order_id;
    result->output = output_of(&end);
    if (end.is_done) {
        result->has_approved_by = true;
        result->approved_by = end.user;
        result->approval_reason = config->approval_reason.size > 0 ? config->approval_reason : TEXT("");
    }
    if (result->output == APPROVE_TRANSFER_ORDER_OUTPUT_ALREADY_APPROVED && !text_is(end.state, "approved"))
        result->current_status = end.state;
    if (result->output != APPROVE_TRANSFER_ORDER_OUTPUT_FAILURE)
        return ACTION_OUTCOME_DONE;
    result->error = arena_print(call->arena, "transfer order is %.*s", TEXT_ARG(end.state));
    return result->error.data != NULL ? ACTION_OUTCOME_DONE
                                      : action_refuse(call, "out of the memory budget of this task");
}
