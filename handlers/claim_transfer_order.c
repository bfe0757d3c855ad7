/* Claims an approved transfer order. */
#include "generated/claim_transfer_order.h"

#include "erp/rule_entity.h"
#include "erp/transition.h"

#define SET         "status = 'in_transit', claimed_by = $2, claimed_at = " TRANSITION_NOW ", " TRANSITION_TOUCHED
#define SQL(event_) TRANSITION("inventory.transfer_orders", SET, "o.status = 'approved'", "o.status", event_)
static const struct decision claim = {
    .statement = {.silent = SQL(""),
                  .with_events = SQL(TRANSITION_EVENT(transfer_orders, "$3", "$4")),
                  .parameter_count = 2,
                  .event_count = 1},
    .name = "claim transfer order",
    .doing = "claim transfer order: claim",
};

static enum claim_transfer_order_output output_of(const struct transition_end *end)
{
    if (!end->is_found)
        return CLAIM_TRANSFER_ORDER_OUTPUT_NOT_FOUND;
    if (end->is_done)
        return CLAIM_TRANSFER_ORDER_OUTPUT_CLAIMED;
    if (text_is(end->state, "in_transit"))
        return CLAIM_TRANSFER_ORDER_OUTPUT_ALREADY_IN_TRANSIT;
    return text_is(end->state, "completed") ? CLAIM_TRANSFER_ORDER_OUTPUT_ALREADY_COMPLETED
                                            : CLAIM_TRANSFER_ORDER_OUTPUT_NOT_APPROVED;
}

enum action_outcome handle_claim_transfer_order(struct action_call *call,
                                                const struct claim_transfer_order_services *services,
                                                const struct claim_transfer_order_config *config,
                                                struct claim_transfer_order_result *result)
{
    struct uuid id;
    struct transition_end end;
    if (!rule_entity_or(call, "invalid transfer_order_id: ", config->transfer_order_id, &id))
        return ACTION_OUTCOME_REFUSED;
    if (uuid_is_nil(id)) {
        result->output = CLAIM_TRANSFER_ORDER_OUTPUT_FAILURE;
        result->error = TEXT("no transfer order id");
        return ACTION_OUTCOME_DONE;
    }
    enum action_outcome outcome = decision_make(call, services->database, &claim, id, TEXT_NONE, &end);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    result->has_transfer_order_id = true;
    result->transfer_order_id = id;
    result->output = output_of(&end);
    result->has_claimed_by = end.is_done;
    result->claimed_by = end.user;
    if (result->output == CLAIM_TRANSFER_ORDER_OUTPUT_NOT_APPROVED)
        result->current_status = end.state;
    return ACTION_OUTCOME_DONE;
}
