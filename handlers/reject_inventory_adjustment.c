/* Rejects a pending adjustment of stock. */
#include "generated/reject_inventory_adjustment.h"

#include "erp/transition.h"

#define SET "approval_status = 'rejected', rejected_by = $2, rejection_reason = $3, " TRANSITION_TOUCHED
#define STATEMENT(event_)                                                                                              \
    TRANSITION("inventory.inventory_adjustments", SET, "o.approval_status = 'pending'", "o.approval_status", event_)
static const struct decision reject = {
    .statement = {.silent = STATEMENT(""),
                  .with_events = STATEMENT(TRANSITION_EVENT(inventory_adjustments, "$4", "$5")),
                  .parameter_count = 3,
                  .event_count = 1},
    .name = "reject adjustment",
    .doing = "reject adjustment: reject",
};

static enum reject_inventory_adjustment_output output_of(const struct transition_end *end)
{
    if (!end->is_found)
        return REJECT_INVENTORY_ADJUSTMENT_OUTPUT_NOT_FOUND;
    if (end->is_done)
        return REJECT_INVENTORY_ADJUSTMENT_OUTPUT_REJECTED;
    return text_is(end->state, "approved") ? REJECT_INVENTORY_ADJUSTMENT_OUTPUT_ALREADY_APPROVED
                                           : REJECT_INVENTORY_ADJUSTMENT_OUTPUT_ALREADY_REJECTED;
}

enum action_outcome handle_reject_inventory_adjustment(struct action_call *call,
                                                       const struct reject_inventory_adjustment_services *services,
                                                       const struct reject_inventory_adjustment_config *config,
                                                       struct reject_inventory_adjustment_result *result)
{
    struct transition_end end;
    enum action_outcome outcome =
        decision_make(call, services->database, &reject, config->adjustment_id, config->rejection_reason, &end);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    result->adjustment_id = config->adjustment_id;
    result->output = output_of(&end);
    if (end.is_done) {
        result->has_rejected_by = true;
        result->rejected_by = end.user;
        result->rejection_reason = config->rejection_reason.size > 0 ? config->rejection_reason : TEXT("");
    }
    return ACTION_OUTCOME_DONE;
}
