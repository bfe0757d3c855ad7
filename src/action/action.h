/* The interface of handlers. A handler is one function:

       enum action_outcome NAME(struct action_call *call, const struct NAME_services *services,
                                const struct NAME_config *config, struct NAME_result *result);

   Its config arrives decoded, checked and with templates expanded; its result is a plain struct. It deals with
   neither JSON text nor Temporal nor threads. */
#ifndef ACTION_ACTION_H
#define ACTION_ACTION_H

#include "action/secret_text.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "base/uuid.h"
#include "base/wait_limit.h"

/* How an action ended. */
enum action_outcome {
    ACTION_OUTCOME_DONE,    /* result is filled */
    ACTION_OUTCOME_RETRY,   /* failed for now: retried as the action's retry policy says */
    ACTION_OUTCOME_REFUSED, /* failed for good: not retried */
    ACTION_OUTCOME_PENDING, /* async and human actions: completed later by token */
};

struct expand_data;
struct template_notes;

/* Hides what a handler was given and must not give away, such as secrets. */
struct action_mask {
    /* The text without it, in the arena or shared; .data NULL past the cap. */
    struct text (*hide)(const struct action_mask *mask, struct arena *arena, struct text text);
};

/* One execution of one action. Borrowed: valid until the handler returns. */
struct action_call {
    struct arena *arena;                          /* everything that the result points to comes from here */
    struct uuid execution_id, rule_id, action_id; /* rule_id may be nil */
    uint32_t ask;                                 /* which of the people that it asks one by one; 0: it does not */
    uint32_t reminder;              /* which reminder of people who have not answered; 0: not a reminder */
    struct uuid effect_id;          /* what its effects belong to: as a rule execution_id, see run.h */
    struct uuid entity_id, user_id; /* nil when the trigger named none */
    struct uuid stand_in;           /* acts where there is no user, see action_user; may be nil */
    struct text rule_name, action_name, action_type, entity_name, event_type;
    struct uuid *idempotency_key; /* where action_idempotency_key keeps it; nil until then; NULL: it is not kept */
    unsigned attempt;             /* 1 on the first */
    int64_t scheduled_us;         /* of the activity's first attempt, monotonic clock; 0 when unknown */
    bool last_attempt;            /* after it ACTION_OUTCOME_RETRY fails the action */
    struct text task_token;       /* bytes by which the activity is completed after PENDING; empty where it cannot be */
    const struct json_value *context;  /* object: trigger fields, results upstream (only what the spec lets it read) */
    bool local;                        /* inside a workflow task: do not wait for an unavailable service */
    size_t failure_head, failure_tail; /* what of the failure is public, see struct failure */
    struct text failure;               /* set by action_refuse and action_retry */
    int64_t retry_delay_ms;            /* set by action_retry_after; 0: as the retry policy says */
    struct json_value json_result;     /* set by action_return, until the generated code takes it; else null */
    bool stored_result;                /* the result is that of an earlier attempt, as it was stored */
    const struct action_mask *mask;  /* applied to failure and result; set by secret_reveal; NULL: nothing is hidden */
    struct template_notes *notes;    /* where action_fill adds its warnings; NULL: they are dropped */
    const struct expand_data *names; /* what templates may name, for action_fill; NULL: the context alone */
    struct wait_limit limit;         /* past its deadline the outcome is discarded */
};

/* Write the failure and return the outcome, so that a handler can write `return action_refuse(call, "...")`. PUBLIC in
   the format marks what the log may show. */
enum action_outcome action_refuse(struct action_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
enum action_outcome action_retry(struct action_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* action_retry, where the next attempt is due after that delay, whatever the retry policy says; it still says whether
   there is one. */
enum action_outcome action_retry_after(struct action_call *call, int64_t delay_ms, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Likewise with a failure that came from elsewhere. */
enum action_outcome action_refuse_with(struct action_call *call, struct failure why);
/* Ends the action with a result that is JSON already, because it is stored so: an object with the members that the spec
   declares. The handler leaves its struct as it is. */
enum action_outcome action_return(struct action_call *call, const struct json_value *result);
/* For generated code: takes that result. False when there is none. */
bool action_take_result(struct action_call *call, struct json_value *result) MUST_CHECK;
/* What a handler returned, or a refusal when it is no outcome, or PENDING although the mode is sync. */
enum action_outcome action_check_outcome(struct action_call *call, enum action_outcome outcome, bool may_be_pending);
/* Hides in a result what the mask of the call hides. False past the budget: the failure is then set. */
bool action_mask_result(struct action_call *call, struct json_value *result) MUST_CHECK;
/* Cheap: a handler that takes long calls it now and then, and returns action_retry when it is true. */
bool action_canceled(struct action_call *call);
/* The failure, with how much of it is public. Borrowed. */
static inline struct failure action_failure(const struct action_call *call)
{
    return (struct failure){.text = call->failure, .head = call->failure_head, .tail = call->failure_tail};
}
/* Fills in the templates of a text that the spec leaves to the handler (`template: late`). `names`, an object, holds
   what the handler knows besides and takes precedence over the context. False past the budget: the failure is then set.
   */
bool action_fill(struct action_call *call, struct text text, const struct json_value *names,
                 struct text *expanded) MUST_CHECK;
/* Whether a template in the text reads the variable. */
bool action_reads(struct text text, const char *variable);
/* Who acts: the user of the event, else the one that the settings name. False when there is neither: the action is then
   refused with "<what>: no user: the event names none". */
bool action_user(struct action_call *call, const char *what, struct uuid *user) MUST_CHECK;
/* Why a text is not a UUID, as the ERP's messages have it: "invalid UUID length: 9". */
struct text action_uuid_fault(struct action_call *call, struct text text);
/* The same on every attempt, unlike any other action's. Made when it is first asked for. */
struct uuid action_idempotency_key(const struct action_call *call);
/* An id for the n-th row that this action inserts: the same on every attempt (UUIDv5 of the idempotency key). */
struct uuid action_row_id(const struct action_call *call, const char *purpose, size_t index);

#endif
