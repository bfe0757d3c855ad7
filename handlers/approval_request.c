#include "generated/approval_request.h"

#include "erp/approval.h"

enum action_outcome handle_approval_request(struct action_call *call, const struct approval_request_services *services,
                                            const struct approval_request_config *config,
                                            struct approval_request_result *result)
{
    const struct approval_ask ask = APPROVAL_ASK(config);
    struct approval_result answer;
    const enum action_outcome outcome = approval_ask(call, services->database, &ask, &answer);
    if (outcome == ACTION_OUTCOME_DONE)
        *result = (struct approval_request_result)APPROVAL_RESULT(answer);
    return outcome;
}
