/* The effects of actions that ask people, or answer for them. seek_approval is among the first actions. */
#include <criterion/criterion.h>

#include "effects_once.h"

#define REQUEST "7c1f4e0a-0e6c-4f2b-9a53-6d1c8f1b2a01"
#define USERS   "[\"f3c95789-ace1-4954-ac5d-6baed2eac902\", \"cbf27734-ac10-4525-8b66-402800e03d2c\"]"
#define ASKS(action_)                                                                                                  \
    {                                                                                                                  \
        .action = (action_), .config = "{\"approvers\": " USERS ", \"approval_type\": \"any\"}",                       \
        .outcome = ACTION_OUTCOME_PENDING,                                                                             \
        .undo = "DELETE FROM workflow.approval_requests WHERE approval_request_id <> '" REQUEST "';"                   \
                "DELETE FROM workflow.alerts WHERE alert_type = 'approval_request'"                                    \
    }

static const struct effect effects[] = {
    ASKS("approval_request"),
    ASKS("human_verification"),
    ASKS("manager_approval"),
    ASKS("manual_review"),
    /* No completer is present to deliver the answer, so the token stays. */
    {.action = "resolve_approval_request",
     .config = "{\"approval_request_id\": \"" REQUEST "\", \"resolution\": \"approved\", \"reason\": \"paid\"}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "UPDATE workflow.approval_requests SET status = 'pending', resolution_reason = NULL, resolved_date = NULL",
     .needs_ledger = true},
};

const struct effect_group effects_people = EFFECT_GROUP(
    effects,
    .rows =
        "INSERT INTO workflow.approval_requests (approval_request_id, execution_id, action_name, approvers, task_token)"
        " VALUES ('" REQUEST "', '" EXECUTION "', 'ask', '{}', 'token')");

EFFECT_TESTS(effects_people)
