/* Checks whether people can be asked as a rule requires. */
#include "erp/approval_check.h"

#include "generated/approval_request.h"
#include "generated/human_verification.h"
#include "generated/manager_approval.h"
#include "generated/manual_review.h"
#include "generated/seek_approval.h"

#define CHECK(action_)                                                                                                 \
    void check_##action_(struct decoder *decoder, const struct action_##_config *config)                               \
    {                                                                                                                  \
        const struct approval_ask ask = APPROVAL_ASK(config);                                                          \
        approval_check(decoder, &ask);                                                                                 \
    }

CHECK(approval_request)
CHECK(human_verification)
CHECK(manager_approval)
CHECK(manual_review)
CHECK(seek_approval)
