/* The interface of handlers. A handler is one function:

       enum action_outcome NAME(struct action_call *call, const struct NAME_services *services,
                                const struct NAME_config *config, struct NAME_result *result);

   Its config arrives decoded and checked, with templates expanded; its result is a plain struct. A handler need not
   know about JSON text, Temporal or threads. */
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
    ACTION_OUTCOME_RETRY,   /* failed for now: retried under the action's retry policy */
    ACTION_OUTCOME_REFUSED, /* failed permanently: not retried */
    ACTION_OUTCOME_PENDING, /* async and human actions: completed later with the task token */
};

struct expand_data;
struct template_notes;

/* Hides values that a handler receives and must not reveal, such as secrets. */
struct action_mask {
    /* The text without those values, in the arena or shared; .data NULL past the cap. */
    struct text (*hide)(const struct action_mask *mask, struct arena *arena, struct text text);
};

/* One execution of one action. Borrowed: valid until the handler returns. */
struct action_call {
    struct arena *arena;                          /* everything that the result points to must live here */
    struct uuid execution_id, rule_id, action_id; /* rule_id may be nil */
    uint32_t ask;                   /* number, from 1, of the person asked, if people are asked one by one; else 0 */
    uint32_t reminder;              /* number, from 1, of a reminder to people who have not answered; else 0 */
    struct uuid effect_id;          /* what its effects belong to: usually execution_id, see run.h */
    struct uuid entity_id, user_id; /* nil when the trigger names none */
    struct uuid stand_in;           /* the user when the event names none, see action_user; may be nil */
    struct text rule_name, action_name, action_type, entity_name, event_type;
    struct uuid *idempotency_key; /* cache of action_idempotency_key, nil at first; NULL: the key is not cached */
    unsigned attempt;             /* 1 for the first attempt */
    int64_t scheduled_us;         /* when the activity was first scheduled, monotonic clock; 0 when unknown */
    bool last_attempt;            /* ACTION_OUTCOME_RETRY then fails the action */
    struct text task_token;       /* completes the activity after PENDING; bytes; empty when it cannot be completed */
    const struct json_value *context;  /* object: trigger fields and upstream results that the spec lets it read */
    bool local;                        /* runs inside a workflow task: do not wait for an unavailable service */
    size_t failure_head, failure_tail; /* bytes of the failure that are public, see struct failure */
    struct text failure;               /* set by action_refuse and action_retry */
    int64_t retry_delay_ms;            /* set by action_retry_after; 0: as in the retry policy */
    struct json_value json_result;     /* set by action_return until the generated code takes it; else null */
    bool stored_result;                /* the result is the stored result of an earlier attempt */
    const struct action_mask *mask;  /* applied to failure and result; set by secret_reveal; NULL: nothing is hidden */
    struct template_notes *notes;    /* receives the warnings of action_fill; NULL: they are dropped */
    const struct expand_data *names; /* the names that templates may use, for action_fill; NULL: only the context */
    struct wait_limit limit;         /* past its deadline the outcome is discarded */
};

/* These functions set the failure and return the outcome, so that a handler can write
   `return action_refuse(call, "...")`. PUBLIC in the format marks text that the log may show. */
enum action_outcome action_refuse(struct action_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
enum action_outcome action_retry(struct action_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* action_retry with a delay before the next attempt that replaces the delay of the retry policy. The policy still
   decides whether there is a next attempt. */
enum action_outcome action_retry_after(struct action_call *call, int64_t delay_ms, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Likewise, with an existing failure. */
enum action_outcome action_refuse_with(struct action_call *call, struct failure why);
/* Ends the action with a result that is already JSON, such as a stored result: an object with the members that the spec
   declares. The handler then leaves its result struct unchanged. */
enum action_outcome action_return(struct action_call *call, const struct json_value *result);
/* For generated code: takes the result of action_return. False if absent. */
bool action_take_result(struct action_call *call, struct json_value *result) MUST_CHECK;
/* The outcome that a handler returned; a refusal when it is not a valid outcome, or is PENDING although the mode is
   sync. */
enum action_outcome action_check_outcome(struct action_call *call, enum action_outcome outcome, bool may_be_pending);
/* Applies the mask of the call to a result. False past the budget: the failure is then set. */
bool action_mask_result(struct action_call *call, struct json_value *result) MUST_CHECK;
/* Cheap: a long-running handler calls it now and then, and returns action_retry when it is true. */
bool action_canceled(struct action_call *call);
/* The failure, with how much of it is public. Borrowed. */
static inline struct failure action_failure(const struct action_call *call)
{
    return (struct failure){.text = call->failure, .head = call->failure_head, .tail = call->failure_tail};
}
/* Expands the templates of a text that the spec leaves to the handler (`template: late`). `names`, an object, holds the
   names that the handler adds; they take precedence over the context. False past the budget: the failure is then
   set. */
bool action_fill(struct action_call *call, struct text text, const struct json_value *names,
                 struct text *expanded) MUST_CHECK;
/* Whether a template in the text reads the variable. */
bool action_reads(struct text text, const char *variable);
/* The user who acts: the user of the event, else call->stand_in, which the settings name. False when there is neither:
   the action is then refused with "<what>: no user: the event names none". */
bool action_user(struct action_call *call, const char *what, struct uuid *user) MUST_CHECK;
/* Why a text is not a UUID, in the words of the ERP: "invalid UUID length: 9". */
struct text action_uuid_fault(struct action_call *call, struct text text);
/* A key that is the same on every attempt and different for every other action. Computed on first use. */
struct uuid action_idempotency_key(const struct action_call *call);
/* An id for the row with this index that the action inserts for a purpose: the same on every attempt (UUIDv5 of the
   idempotency key). */
struct uuid action_row_id(const struct action_call *call, const char *purpose, size_t index);

#endif
