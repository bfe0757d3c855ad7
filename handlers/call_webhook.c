/* Sends a request to a web service. */
#include "handlers/call_webhook_internal.h"
#include "http/webhook.h"

static const enum call_webhook_output outputs[] = {
    [WEBHOOK_EXPECTED] = CALL_WEBHOOK_OUTPUT_SUCCESS,
    [WEBHOOK_CLIENT_ERROR] = CALL_WEBHOOK_OUTPUT_CLIENT_ERROR,
    [WEBHOOK_SERVER_ERROR] = CALL_WEBHOOK_OUTPUT_SERVER_ERROR,
    [WEBHOOK_UNEXPECTED] = CALL_WEBHOOK_OUTPUT_UNEXPECTED_RESPONSE,
    [WEBHOOK_TIMEOUT] = CALL_WEBHOOK_OUTPUT_TIMEOUT,
};

enum action_outcome handle_call_webhook(struct action_call *call, const struct call_webhook_services *services,
                                        const struct call_webhook_config *config, struct call_webhook_result *result)
{
    struct webhook webhook;
    struct webhook_answer answer;
    if (!call_webhook_read(call->arena, config, &webhook))
        return action_refuse(call, "out of the memory budget of this task");
    enum action_outcome outcome = webhook_send(call, services->http, &webhook, &answer);
    if (outcome != ACTION_OUTCOME_DONE)
        return outcome;
    *result = (struct call_webhook_result){
        .output = outputs[answer.verdict],
        .status_code = answer.status,
        .body = answer.body,
        .content_type = answer.content_type,
        .has_body_truncated = answer.body_truncated,
        .body_truncated = answer.body_truncated,
    };
    return ACTION_OUTCOME_DONE;
}
