/* Asks people for an approval: writes a row that says who may answer and with which token, and an alert for each
   approver. seek_approval and the other actions of mode human use it. Call only from the thread of the action call. */
#ifndef ERP_APPROVAL_H
#define ERP_APPROVAL_H

#include "action/action.h"
#include "postgres/database.h"

#define APPROVAL_DEFAULT_HOURS 72

/* The request as the config describes it; borrowed. */
struct approval_ask {
    const struct text *approvers; /* user ids */
    size_t approver_count;
    struct text approval_type; /* any, all or majority; other texts count as any */
    int64_t required;          /* how many must approve; 0: approval_type decides */
    int64_t timeout_hours;     /* 0 or less: 72 */
    struct text message;       /* "": a default message */
    /* Used by the engine: */
    struct text remind_after, escalate_after; /* durations; "": never */
    const struct text *escalate_to;           /* user ids */
    size_t escalate_count;
};
/* Makes a struct approval_ask from a generated config with these fields. */
#define APPROVAL_ASK(config_)                                                                                          \
    {                                                                                                                  \
        .approvers = (config_)->approvers.items, .approver_count = (config_)->approvers.count,                         \
        .approval_type = (config_)->approval_type, .required = (config_)->required,                                    \
        .timeout_hours = (config_)->timeout_hours, .message = (config_)->approval_message,                             \
        .escalate_to = (config_)->escalate_to.items, .escalate_count = (config_)->escalate_to.count,                   \
        .remind_after = (config_)->remind_after, .escalate_after = (config_)->escalate_after                           \
    }

/* In the order of the outputs that all these actions have. */
enum approval_output { APPROVAL_OUTPUT_APPROVED, APPROVAL_OUTPUT_REJECTED };

struct approval_result {
    enum approval_output output;
    struct text approval_id, resolved_by, resolved_by_name, reason;
    bool impossible; /* refused because nobody can be asked: no run waits, or the database has no table of requests */
};
/* Makes the initializer of a generated result with these fields. */
#define APPROVAL_RESULT(result_)                                                                                       \
    {                                                                                                                  \
        .output = (unsigned)(result_).output, .approval_id = (result_).approval_id,                                    \
        .resolved_by = (result_).resolved_by, .resolved_by_name = (result_).resolved_by_name,                          \
        .reason = (result_).reason                                                                                     \
    }

/* PENDING: people have been asked, and their answer completes the activity. DONE with an empty *result: call->reminder
   says that the people were asked before, and they have been alerted once more. DONE with a filled *result: the request
   already has an answer, which did not reach an earlier attempt. A repeated call does not ask again. */
enum action_outcome approval_ask(struct action_call *call, struct database_session *session,
                                 const struct approval_ask *ask, struct approval_result *result) MUST_CHECK;

#endif
