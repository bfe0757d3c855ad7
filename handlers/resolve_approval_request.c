/* Answers an approval request of another run, and then delivers the answer to that run. */
#include "generated/resolve_approval_request.h"

#include "erp/action_database.h"
#include "erp/approval_delivery.h"

static const struct {
    const char *status;
    enum resolve_approval_request_output output;
} resolutions[] = {
    [RESOLVE_APPROVAL_REQUEST_RESOLUTION_APPROVED] = {"approved", RESOLVE_APPROVAL_REQUEST_OUTPUT_RESOLVED_APPROVED},
    [RESOLVE_APPROVAL_REQUEST_RESOLUTION_REJECTED] = {"rejected", RESOLVE_APPROVAL_REQUEST_OUTPUT_RESOLVED_REJECTED},
};

enum action_outcome handle_resolve_approval_request(struct action_call *call,
                                                    const struct resolve_approval_request_services *services,
                                                    const struct resolve_approval_request_config *config,
                                                    struct resolve_approval_request_result *result)
{
    struct database_fault fault = {.arena = call->arena};
    const struct approval_resolution resolution = {
        .id = config->approval_request_id,
        .output = text_from(resolutions[config->resolution].status),
        .by = call->user_id,
        .reason = config->reason,
    };
    struct text status;
    enum database_outcome outcome =
        approval_request_lock(services->database, call->arena, resolution.id, &status, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "query approval request", &fault);
    *result = (struct resolve_approval_request_result){.approval_request_id = resolution.id};
    if (!text_is(status, "pending")) {
        result->current_status = status;
        result->output = status.size > 0 ? RESOLVE_APPROVAL_REQUEST_OUTPUT_ALREADY_RESOLVED
                                         : RESOLVE_APPROVAL_REQUEST_OUTPUT_NOT_FOUND;
        return ACTION_OUTCOME_DONE;
    }
    outcome = approval_request_resolve(services->database, call->arena, &resolution, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "resolve approval request: resolve approval request: resolve",
                                      &fault);
    result->resolution = resolution.output;
    result->output = resolutions[config->resolution].output;
    return ACTION_OUTCOME_DONE;
}

enum action_outcome after_resolve_approval_request(struct action_call *call,
                                                   const struct resolve_approval_request_after_services *services,
                                                   const struct resolve_approval_request_config *config,
                                                   const struct json_value *result)
{
    (void)result;
    return approval_deliver(call, services->database, services->temporal, config->approval_request_id);
}
