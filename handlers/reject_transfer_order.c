/* Rejects a pending transfer order. */
#include "generated/reject_transfer_order.h"

#include "erp/transition.h"

#define SET         "status = 'rejected', rejected_by_id = $2, rejection_reason = $3, " TRANSITION_TOUCHED
#define SQL(event_) TRANSITION("inventory.transfer_orders", SET, "o.status = 'pending'", "o.status", event_)
static const struct decision reject = {
    .statement = {.silent = SQL(""),
                  .with_events = SQL(TRANSITION_EVENT(transfer_orders, "$4", "$5")),
                  .parameter_count = 3,
                  .event_count = 1},
    .name = "reject transfer order",
    .doing = "reject transfer order: reject: namedexeccontext",
};

static enum reject_transfer_order_output output_of(const struct transition_end *end)
{
    if (!end->is_found)
        return REJECT_TRANSFER_ORDER_OUTPUT_NOT_FOUND;
    if (end->is_done)
        return REJECT_TRANSFER_ORDER_OUTPUT_REJECTED;
    if (text_is(end->state, "rejected"))
        return REJECT_TRANSFER_ORDER_OUTPUT_ALREADY_REJECTED;
    bool was_approved =
        text_is(end->state, "approved") || text_is(end->state, "in_transit") || text_is(end->state, "completed");
    return was_approved ? REJECT_TRANSFER_ORDER_OUTPUT_ALREADY_APPROVED : REJECT_TRANSFER_ORDER_OUTPUT_FAILURE;
}

enum action_outcome handle_reject_transfer_order(struct action_call *call,
                                                 const struct reject_transfer_order_services *services,
                                                 const struct reject_transfer_order_config *config,
                                                 struct reject_transfer_order_result *result)
{
    struct transition_end end;
    enum action_outcome outcome =
        decision_make(call, services->database, &reject, config->transfer_order_id, config->rejection_reason, &end);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    result->transfer_order_id = config->transfer_order_id;
    result->output = output_of(&end);
    if (end.is_done) {
        result->has_rejected_by = true;
        result->rejected_by = end.user;
        result->rejection_reason = config->rejection_reason.size > 0 ? config->rejection_reason : TEXT("");
    }
    if (result->output == REJECT_TRANSFER_ORDER_OUTPUT_ALREADY_APPROVED && !text_is(end.state, "approved"))
        result->current_status = end.state;
    if (result->output != REJECT_TRANSFER_ORDER_OUTPUT_FAILURE)
        return ACTION_OUTCOME_DONE;
    result->error = arena_print(call->arena, "transfer order is %.*s", TEXT_ARG(end.state));
    return result->error.data != NULL ? ACTION_OUTCOME_DONE
                                      : action_refuse(call, "out of the memory budget of this task");
}
