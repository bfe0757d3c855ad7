#include "generated/manager_approval.h"

#include "erp/approval.h"

enum action_outcome handle_manager_approval(struct action_call *call, const struct manager_approval_services *services,
                                            const struct manager_approval_config *config,
                                            struct manager_approval_result *result)
{
    const struct approval_ask ask = APPROVAL_ASK(config);
    struct approval_result answer;
    const enum action_outcome outcome = approval_ask(call, services->database, &ask, &answer);
    if (outcome == ACTION_OUTCOME_DONE)
        *result = (struct manager_approval_result)APPROVAL_RESULT(answer);
    return outcome;
}
