/* Rejects a purchase order that has been neither approved nor rejected. */
#include "generated/reject_purchase_order.h"

#include "erp/transition.h"

#define STATE "CASE WHEN o.approved_by IS NOT NULL THEN 'approved' WHEN o.rejected_by IS NOT NULL THEN 'rejected' END"
#define SET                                                                                                            \
    "rejected_by = $2, rejected_date = " TRANSITION_NOW ", rejection_reason = $3, "                                    \
    "updated_by = $2, " TRANSITION_TOUCHED
#define STATEMENT(event_)                                                                                              \
    TRANSITION("procurement.purchase_orders", SET, "o.approved_by IS NULL AND o.rejected_by IS NULL", STATE, event_)
static const struct decision reject = {
    .statement = {.silent = STATEMENT(""),
                  .with_events = STATEMENT(TRANSITION_EVENT(purchase_orders, "$4", "$5")),
                  .parameter_count = 3,
                  .event_count = 1},
    .name = "reject purchase order",
    .doing = "reject purchase order: reject: namedexeccontext",
};

static enum reject_purchase_order_output output_of(const struct transition_end *end)
{
    if (!end->is_found)
        return REJECT_PURCHASE_ORDER_OUTPUT_NOT_FOUND;
    if (end->is_done)
        return REJECT_PURCHASE_ORDER_OUTPUT_REJECTED;
    return text_is(end->state, "approved") ? REJECT_PURCHASE_ORDER_OUTPUT_ALREADY_APPROVED
                                           : REJECT_PURCHASE_ORDER_OUTPUT_ALREADY_REJECTED;
}

enum action_outcome handle_reject_purchase_order(struct action_call *call,
                                                 const struct reject_purchase_order_services *services,
                                                 const struct reject_purchase_order_config *config,
                                                 struct reject_purchase_order_result *result)
{
    struct transition_end end;
    enum action_outcome outcome =
        decision_make(call, services->database, &reject, config->purchase_order_id, config->rejection_reason, &end);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    result->purchase_order_id = config->purchase_order_id;
    result->output = output_of(&end);
    if (end.is_done) {
        result->has_rejected_by = true;
        result->rejected_by = end.user;
        result->rejection_reason = config->rejection_reason.size > 0 ? config->rejection_reason : TEXT("");
    }
    return ACTION_OUTCOME_DONE;
}
