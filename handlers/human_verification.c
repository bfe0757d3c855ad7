#include "generated/human_verification.h"

#include "erp/approval.h"

enum action_outcome handle_human_verification(struct action_call *call,
                                              const struct human_verification_services *services,
                                              const struct human_verification_config *config,
                                              struct human_verification_result *result)
{
    const struct approval_ask ask = APPROVAL_ASK(config);
    struct approval_result answer;
    const enum action_outcome outcome = approval_ask(call, services->database, &ask, &answer);
    if (outcome == ACTION_OUTCOME_DONE)
        *result = (struct human_verification_result)APPROVAL_RESULT(answer);
    return outcome;
}
