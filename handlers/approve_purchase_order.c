/* Approves a purchase order that has been neither approved nor rejected. */
#include "generated/approve_purchase_order.h"

#include "erp/transition.h"

#define STATE "CASE WHEN o.approved_by IS NOT NULL THEN 'approved' WHEN o.rejected_by IS NOT NULL THEN 'rejected' END"
#define SET                                                                                                            \
    "approved_by = $2, approved_date = " TRANSITION_NOW ", approval_reason = $3, updated_by = $2, " TRANSITION_TOUCHED
#define STATEMENT(event_)                                                                                              \
    TRANSITION("procurement.purchase_orders", SET, "o.approved_by IS NULL AND o.rejected_by IS NULL", STATE, event_)
static const struct decision approve = {
    .statement = {.silent = STATEMENT(""),
                  .with_events = STATEMENT(TRANSITION_EVENT(purchase_orders, "$4", "$5")),
                  .parameter_count = 3,
                  .event_count = 1},
    .name = "approve purchase order",
    .doing = "approve purchase order: approve: namedexeccontext",
};

static enum approve_purchase_order_output output_of(const struct transition_end *end)
{
    if (!end->is_found)
        return APPROVE_PURCHASE_ORDER_OUTPUT_NOT_FOUND;
    if (end->is_done)
        return APPROVE_PURCHASE_ORDER_OUTPUT_APPROVED;
    return text_is(end->state, "approved") ? APPROVE_PURCHASE_ORDER_OUTPUT_ALREADY_APPROVED
                                           : APPROVE_PURCHASE_ORDER_OUTPUT_ALREADY_REJECTED;
}

enum action_outcome handle_approve_purchase_order(struct action_call *call,
                                                  const struct approve_purchase_order_services *services,
                                                  const struct approve_purchase_order_config *config,
                                                  struct approve_purchase_order_result *result)
{
    struct transition_end end;
    enum action_outcome outcome =
        decision_make(call, services->database, &approve, config->purchase_order_id, config->approval_reason, &end);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    result->purchase_order_id = config->purchase_order_id;
    result->output = output_of(&end);
    if (end.is_done) {
        result->has_approved_by = true;
        result->approved_by = end.user;
        result->approval_reason = config->approval_reason.size > 0 ? config->approval_reason : TEXT("");
    }
    return ACTION_OUTCOME_DONE;
}
