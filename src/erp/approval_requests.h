/* workflow.approval_requests: requests for approval by people. An action writes a request, a person answers it in the
   ERP or by `complete`, and the worker closes requests that can no longer be answered. All SQL of the table is here.
   Any thread. Texts and ids that are passed in are borrowed; results live in the arena given. */
#ifndef ERP_APPROVAL_REQUESTS_H
#define ERP_APPROVAL_REQUESTS_H

#include "erp/alert.h"

/* The id of an action's request; the effects of the action belong to effect_id. ask: the number, from 1, of the person
   asked when each person gets a request; 0: one request asks all of them. */
struct uuid approval_request_id(struct uuid effect_id, struct uuid action_id, uint32_t ask);

struct approval_request {
    struct text approval_type;               /* any, all or majority */
    const struct alert_recipient *approvers; /* users */
    size_t approver_count;
    int64_t timeout_hours;
    struct text message; /* NULL in the row when empty */
};

/* The columns of the row after an answer. */
struct approval {
    struct text id, resolved_by, resolved_by_name, reason;
};

/* An answer that is stored in the row and has not reached the run. */
struct approval_waiting_answer {
    struct text output; /* approved or rejected; empty: there is no such answer */
    struct approval approval;
};

/* Writes the pending request of the call's action with its task token. A deleted rule is stored as NULL. If there is a
   row already:
     pending                           it gets the new token: an earlier attempt was lost
     answered, with another token      it is kept and read into *answer: the ERP could not complete the earlier
                                       attempt, so this one has to end with the answer
     answered, with the same token     it is kept: the answer is on its way to this attempt
     answered, its token is cleared    if the answer is younger than the activity (call->scheduled_us), it is kept and
                                       read into *answer: this attempt repeats one whose commit went unnoticed
     older answer, or ended otherwise  it becomes pending with the new token: the run was reset */
enum database_outcome approval_request_insert(const struct action_call *call, struct database_session *session,
                                              const struct approval_request *request,
                                              struct approval_waiting_answer *answer,
                                              struct database_fault *fault) MUST_CHECK;

/* Selects the request with the id, or else the latest request of the action. */
struct approval_lookup {
    struct text execution_id, action_name;
    struct text request_id; /* from approval_request_id; the Go worker used other ids */
};

struct approval_answer {
    struct text output; /* the new status: approved, rejected or timed_out */
    struct text by;     /* id or username of a user; empty: no user */
    struct text reason;
};

/* Answers a pending request as the ERP does: this call writes the row, then the caller completes the activity, then it
   calls approval_request_forget_token. A failed step can be repeated. STATUS_NOT_FOUND: the request or the table does
   not exist. STATUS_INVALID: the request already has another answer, the user does not exist, or the server refuses the
   statement. STATUS_UNAVAILABLE: the database did not answer. */
enum status approval_request_answer(struct database *database, struct arena *arena,
                                    const struct approval_lookup *lookup, const struct approval_answer *answer,
                                    struct approval *approval, struct error *error) MUST_CHECK;

/* Finds the id of a user by the user's id or username. STATUS_INVALID: the user does not exist. */
enum status approval_user_id(struct database *database, struct arena *arena, struct text by, struct text *id,
                             struct error *error) MUST_CHECK;

/* Clears the task token of an answered request. Call it when the run has the answer, so that the token is not used
   again. */
enum status approval_request_forget_token(struct database *database, struct arena *arena, struct text id,
                                          struct error *error) MUST_CHECK;

/* ---- answers by another rule ---- */

/* Locks the row until the transaction ends. *status is "" when the request does not exist. */
enum database_outcome approval_request_lock(struct database_session *session, struct arena *arena, struct uuid id,
                                            struct text *status, struct database_fault *fault) MUST_CHECK;

struct approval_resolution {
    struct uuid id;
    struct text output; /* the new status: approved or rejected */
    struct uuid by;     /* nil: NULL in the row */
    struct text reason;
};
/* Writes the answer into the row, which must be locked and pending. */
enum database_outcome approval_request_resolve(struct database_session *session, struct arena *arena,
                                               const struct approval_resolution *resolution,
                                               struct database_fault *fault) MUST_CHECK;

/* An answer whose task token has not been cleared. */
struct approval_undelivered {
    struct text output;        /* approved or rejected; empty: there is no such answer */
    struct text written_token; /* as in the row */
    struct text token;         /* decoded bytes; empty when the row's token is not base64 */
    struct text action_name;   /* name of the action that asked */
    struct approval approval;  /* resolved_by_name: first and last name; texts that the row does not have are "" */
};
enum database_outcome approval_request_find_undelivered(struct database *database, struct arena *arena,
                                                        const struct database_wait *wait, struct uuid id,
                                                        struct approval_undelivered *answer,
                                                        struct database_fault *fault) MUST_CHECK;
/* Clears the token, unless the row has another token by now. */
enum database_outcome approval_request_note_delivery(struct database *database, struct arena *arena,
                                                     const struct database_wait *wait,
                                                     const struct approval_undelivered *answer,
                                                     struct database_fault *fault) MUST_CHECK;

/* ---- requests of activities that have ended, as a workflow task knows ---- */

/* How a request ended: it was answered, or it can no longer be answered. */
enum approval_ending {
    APPROVAL_APPROVED,
    APPROVAL_REJECTED,
    APPROVAL_TIMED_OUT,
    APPROVAL_EXPIRED, /* ended in any other way */
    APPROVAL_ENDINGS,
};
/* The status in the row; for an answer, this is also the name of the action's output. */
static inline const char *approval_ending_name(enum approval_ending ending)
{
    static const char *const names[APPROVAL_ENDINGS] = {"approved", "rejected", "timed_out", "expired"};
    return names[ending];
}

/* Identifies a request; see approval_request_id. */
struct approval_key {
    struct text action_id; /* a UUID */
    uint32_t ask;
};
struct approval_end {
    struct text effect_id; /* the id that the effects of the run belong to; a UUID */
    struct approval_key *requests;
    size_t request_count;
    enum approval_ending ending;
    struct wait_limit limit; /* until when an unavailable database is retried */
};

/* Sets the status of the requests that are pending, and clears their tokens and the tokens of requests that already
   have this status. Idempotent. A request with another answer keeps it. A missing request or table is not an error.
   STATUS_UNAVAILABLE: the database did not answer; STATUS_INVALID: it refuses the statement. The arena is for scratch
   memory. */
enum status approval_requests_end(struct database *database, const struct approval_end *end, struct arena *arena,
                                  struct error *error) MUST_CHECK;

/* ---- the sweep of pending requests ---- */

/* Asks whether the caller may sweep now. *taken is true for one caller in each period, the first to ask.
   STATUS_NOT_FOUND: the database has no table for turns. Otherwise as approval_requests_end. */
enum status approval_requests_take_turn(struct database *database, int64_t period_ms, struct arena *arena, bool *taken,
                                        struct error *error) MUST_CHECK;

struct approval_pending {
    struct text id, written_token; /* as in the row */
    struct text token;             /* bytes */
};
struct approval_page {
    struct approval_pending *requests; /* only those whose token is valid base64 */
    size_t count;
    struct text more_after; /* more requests may follow this id; empty: none follow */
};

/* Reads pending requests in the order of their ids, at most LIMIT_APPROVAL_PAGE, that follow the id `after`; "": from
   the first request on. Reads none when the table does not exist. */
enum status approval_requests_read(struct database *database, struct text after, struct arena *arena,
                                   struct approval_page *page, struct error *error) MUST_CHECK;

/* Sets the requests that are still pending with the same token to `expired`, and clears their tokens. *changed: the
   number of these requests. */
enum status approval_requests_expire(struct database *database, const struct approval_pending *requests, size_t count,
                                     struct arena *arena, int64_t *changed, struct error *error) MUST_CHECK;

#endif
