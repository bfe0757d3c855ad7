/* The effects of actions that ask people. seek_approval is among the first actions. */
#include <criterion/criterion.h>

#include "effects_once.h"

#define USERS "[\"f3c95789-ace1-4954-ac5d-6baed2eac902\", \"cbf27734-ac10-4525-8b66-402800e03d2c\"]"
#define ASKS(action_)                                                                                                  \
    {                                                                                                                  \
        .action = (action_), .config = "{\"approvers\": " USERS ", \"approval_type\": \"any\"}",                       \
        .outcome = ACTION_OUTCOME_PENDING,                                                                             \
        .undo = "DELETE FROM workflow.approval_requests;"                                                              \
                "DELETE FROM workflow.alerts WHERE alert_type = 'approval_request'"                                    \
    }

static const struct effect effects[] = {
    ASKS("approval_request"),
    ASKS("human_verification"),
    ASKS("manager_approval"),
    ASKS("manual_review"),
};

const struct effect_group effects_people = EFFECT_GROUP(effects);

EFFECT_TESTS(effects_people)
