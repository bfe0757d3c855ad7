#include "generated/manual_review.h"

#include "erp/approval.h"

enum action_outcome handle_manual_review(struct action_call *call, const struct manual_review_services *services,
                                         const struct manual_review_config *config, struct manual_review_result *result)
{
    const struct approval_ask ask = APPROVAL_ASK(config);
    struct approval_result answer;
    const enum action_outcome outcome = approval_ask(call, services->database, &ask, &answer);
    if (outcome == ACTION_OUTCOME_DONE)
        *result = (struct manual_review_result)APPROVAL_RESULT(answer);
    return outcome;
}
