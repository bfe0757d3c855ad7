/* workflow.approval_requests: requests for approval by people. An action writes a request, a person answers it in the
   ERP or by `complete`, and the worker closes requests that can no longer be answered. All SQL of the table is here.
   Any thread. Texts and ids that are passed in are borrowed; results live in the arena given. */
#ifndef ERP_APPROVAL_REQUESTS_H
#define ERP_APPROVAL_REQUESTS_H

#include "erp/alert.h"

/* The id of the request that an action makes whose effects belong to effect_id. ask: which of the people that it asks
   one by one, from 1; 0: it asks all of them by one request. */
struct uuid approval_request_id(struct uuid effect_id, struct uuid action_id, uint32_t ask);

struct approval_request {
    struct text approval_type;               /* any, all or majority */
    const struct alert_recipient *approvers; /* users */
    size_t approver_count;
    int64_t timeout_hours;
    struct text message; /* NULL in the row when empty */
};

/* As the row has it after an answer. */
struct approval {
    struct text id, resolved_by, resolved_by_name, reason;
};

/* An answer that is in the row and has not reached the run. */
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

/* Selects the request with the id, else the latest one of the action. */
struct approval_lookup {
    struct text execution_id, action_name;
    struct text request_id; /* as approval_request_id gives it; the Go worker used other ids */
};

struct approval_answer {
    struct text output; /* the new status: approved, rejected or timed_out */
    struct text by;     /* the id or the username of a user; empty: nobody is named */
    struct text reason;
};

/* Answers a pending request as the ERP does: the row first, then the caller completes the activity, then
   approval_request_forget_token. A step that failed can be repeated. STATUS_NOT_FOUND: no such request, or no table.
   STATUS_INVALID: it has another answer already, there is no such user, or the server refuses the statement.
   STATUS_UNAVAILABLE: the database did not answer. */
enum status approval_request_answer(struct database *database, struct arena *arena,
                                    const struct approval_lookup *lookup, const struct approval_answer *answer,
                                    struct approval *approval, struct error *error) MUST_CHECK;

/* The id of a user by its id or username. STATUS_INVALID: there is no such user. */
enum status approval_user_id(struct database *database, struct arena *arena, struct text by, struct text *id,
                             struct error *error) MUST_CHECK;

/* Clears the task token of an answered request: the run has the answer, and nobody may use the token again. */
enum status approval_request_forget_token(struct database *database, struct arena *arena, struct text id,
                                          struct error *error) MUST_CHECK;

/* ---- answers by another rule ---- */

/* Locks the row for the rest of the transaction. *status: "" when there is no such request. */
enum database_outcome approval_request_lock(struct database_session *session, struct arena *arena, struct uuid id,
                                            struct text *status, struct database_fault *fault) MUST_CHECK;

struct approval_resolution {
    struct uuid id;
    struct text output; /* the new status: approved or rejected */
    struct uuid by;     /* nil: NULL in the row */
    struct text reason;
};
/* Writes the answer into a row that is locked and pending. */
enum database_outcome approval_request_resolve(struct database_session *session, struct arena *arena,
                                               const struct approval_resolution *resolution,
                                               struct database_fault *fault) MUST_CHECK;

/* An answer whose token is not cleared. */
struct approval_undelivered {
    struct text output;        /* approved or rejected; empty: there is no such answer */
    struct text written_token; /* as in the row */
    struct text token;         /* bytes; empty when the row's is not base64 */
    struct text action_name;   /* of the action that asked */
    struct approval approval;  /* resolved_by_name: first and last name; texts that the row does not have are "" */
};
enum database_outcome approval_request_find_undelivered(struct database *database, struct arena *arena,
                                                        const struct database_wait *wait, struct uuid id,
                                                        struct approval_undelivered *answer,
                                                        struct database_fault *fault) MUST_CHECK;
/* Clears the token, unless the row has another one by now. */
enum database_outcome approval_request_note_delivery(struct database *database, struct arena *arena,
                                                     const struct database_wait *wait,
                                                     const struct approval_undelivered *answer,
                                                     struct database_fault *fault) MUST_CHECK;

/* ---- requests of activities that have ended, as a workflow task knows ---- */

/* Requests whose activity has ended: answered, or so that nobody can answer any more. */
enum approval_ending {
    APPROVAL_APPROVED,
    APPROVAL_REJECTED,
    APPROVAL_TIMED_OUT,
    APPROVAL_EXPIRED, /* any other way */
    APPROVAL_ENDINGS,
};
/* As the row has it; of an answer, also the action's output. */
static inline const char *approval_ending_name(enum approval_ending ending)
{
    static const char *const names[APPROVAL_ENDINGS] = {"approved", "rejected", "timed_out", "expired"};
    return names[ending];
}

/* A request of an action, see approval_request_id. */
struct approval_key {
    struct text action_id; /* a UUID */
    uint32_t ask;
};
struct approval_end {
    struct text effect_id; /* what the effects of the run belong to; a UUID */
    struct approval_key *requests;
    size_t request_count;
    enum approval_ending ending;
    struct wait_limit limit; /* an unavailable database is tried again until it is over */
};

/* Sets the status of those that are pending, and clears their tokens and those of requests that have that status
   already. Idempotent; a request that was answered otherwise keeps its answer; a missing request or table is no error.
   STATUS_UNAVAILABLE: the database did not answer; STATUS_INVALID: it refuses. The arena is for scratch. */
enum status approval_requests_end(struct database *database, const struct approval_end *end, struct arena *arena,
                                  struct error *error) MUST_CHECK;

/* ---- requests that wait, as a sweep finds them ---- */

/* Whether the caller may sweep now: true for one caller in each period, whichever comes first. STATUS_NOT_FOUND: the
   database has no table for it; else as approval_requests_end. */
enum status approval_requests_take_turn(struct database *database, int64_t period_ms, struct arena *arena, bool *taken,
                                        struct error *error) MUST_CHECK;

struct approval_pending {
    struct text id, written_token; /* as in the row */
    struct text token;             /* bytes */
};
struct approval_page {
    struct approval_pending *requests; /* those whose token is base64 */
    size_t count;
    struct text more_after; /* there may be more requests after this id; empty: there are none */
};

/* Pending requests in the order of their ids, LIMIT_APPROVAL_PAGE at most, after the id `after`; "": from the first on.
   None when there is no table. */
enum status approval_requests_read(struct database *database, struct text after, struct arena *arena,
                                   struct approval_page *page, struct error *error) MUST_CHECK;

/* Sets those that are still pending with the same token to `expired`, and clears the token. *changed: how many. */
enum status approval_requests_expire(struct database *database, const struct approval_pending *requests, size_t count,
                                     struct arena *arena, int64_t *changed, struct error *error) MUST_CHECK;

#endif
