#include "generated/seek_approval.h"

#include "base/clock.h"
#include "base/log.h"
#include "erp/approval.h"
#include "erp/approval_requests.h"

/* Nobody can answer, so the run continues as approved, as it did with the first Go worker. */
static enum action_outcome skip(struct action_call *call, struct seek_approval_result *result)
{
    struct text id = uuid_text(call->arena, approval_request_id(call->effect_id, call->action_id, call->ask));
    log_line(LOG_WARN, "seek_approval: no approval can be requested, the run continues as approved",
             LOG_TEXT("approval_id", id));
    *result = (struct seek_approval_result){
        .approval_id = arena_print(call->arena, "approval_%.*s", TEXT_ARG(id)),
        .status = TEXT("pending"),
        .has_requested_at = true,
        .requested_at = clock_utc_seconds_us(),
        .has_reference_id = true,
        .reference_id = call->entity_id,
        .reference_type =
            arena_print(call->arena, "%.*s_%.*s", TEXT_ARG(call->entity_name), TEXT_ARG(call->event_type)),
        .output = SEEK_APPROVAL_OUTPUT_APPROVED,
    };
    if (id.data == NULL || result->approval_id.data == NULL || result->reference_type.data == NULL)
        return action_refuse(call, "out of the memory budget of this task");
    return ACTION_OUTCOME_DONE;
}

enum action_outcome handle_seek_approval(struct action_call *call, const struct seek_approval_services *services,
                                         const struct seek_approval_config *config, struct seek_approval_result *result)
{
    const struct approval_ask ask = APPROVAL_ASK(config);
    struct approval_result answer;
    const enum action_outcome outcome = approval_ask(call, services->database, &ask, &answer);
    if (answer.impossible)
        return skip(call, result);
    if (outcome == ACTION_OUTCOME_DONE)
        *result = (struct seek_approval_result)APPROVAL_RESULT(answer);
    return outcome;
}
