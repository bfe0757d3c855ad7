/* Whether as many people can approve as a rule wants. */
#include "action/decode.h"
#include "base/limits.h"
#include "generated/approval_request.h"
#include "generated/human_verification.h"
#include "generated/manager_approval.h"
#include "generated/manual_review.h"
#include "generated/seek_approval.h"

/* As the engine counts them: each person once. */
static size_t count_people(const struct text *approvers, size_t count)
{
    size_t people = 0;
    for (size_t i = 0; i < count && i <= LIMIT_ASKED; i++) {
        bool again = false;
        for (size_t k = 0; k < i && !again; k++)
            again = text_equal_ignoring_case(approvers[k], approvers[i]);
        people += !again;
    }
    return people;
}

static void check(struct decoder *decoder, const struct text *approvers, size_t count, struct text type,
                  int64_t required)
{
    size_t people = count_people(approvers, count);
    bool one_by_one = required > 0 || text_is(type, "all") || text_is(type, "majority");
    if (one_by_one && people > LIMIT_ASKED)
        decode_reject(decoder, "/approvers", PUBLIC("at most %d people can be asked one by one"), LIMIT_ASKED);
    else if (required > 0 && (uint64_t)required > people)
        decode_reject(decoder, "/required", PUBLIC("required is %lld, and %zu people are asked"), (long long)required,
                      people);
}

#define CHECK(action_)                                                                                                 \
    void check_##action_(struct decoder *decoder, const struct action_##_config *config)                               \
    {                                                                                                                  \
        check(decoder, config->approvers.items, config->approvers.count, config->approval_type, config->required);     \
    }

CHECK(approval_request)
CHECK(human_verification)
CHECK(manager_approval)
CHECK(manual_review)
CHECK(seek_approval)
