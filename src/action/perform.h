/* Performs one action: from a workflow's request to the report it gets back, with the Go worker's failure texts. Used
   for activities, for local actions and by `try`. Pure but for what the handler does. */
#ifndef ACTION_PERFORM_H
#define ACTION_PERFORM_H

#include "action/registry.h"
#include "action/template.h"

/* An action to be performed: the input of its activity. Borrowed views. */
struct action_request {
    struct text action_id, action_name, action_type;
    struct text rule_id, rule_name, execution_id;
    struct text effect_id;     /* what its effects belong to; empty: execution_id */
    uint32_t ask;              /* which of the people that the action asks one by one; 0: it does not */
    uint32_t reminder;         /* which reminder of people who have not answered; 0: not a reminder */
    struct json_value config;  /* as saved; templates not expanded */
    struct json_value context; /* object */
};

/* {"action_id":...,"context":{...},...}. */
void action_request_write(struct buffer *buffer, const struct action_request *request);
/* Unknown keys are ignored, absent ones give empty values. STATUS_INVALID when the text is not a JSON object or a key
   has a wrong type. action_perform checks that ids and names are present. */
enum status action_request_read(struct arena *arena, struct text json, struct action_request *request,
                                struct error *error) MUST_CHECK;

struct action_report {
    enum action_outcome outcome;
    struct json_value result;          /* ACTION_OUTCOME_DONE: object, `output` filled in, large values cut */
    size_t failure_head, failure_tail; /* what of the failure is public, see struct failure */
    struct text failure;               /* otherwise: the whole text, "action N (ID): execute: ..." */
    bool stored_result;                /* of an earlier attempt: nothing was done this time */
    struct text reason;                /* the failure without its prefix, as the handler wrote it */
    int64_t retry_delay_ms;            /* ACTION_OUTCOME_RETRY: before the next attempt; 0: as the policy says */
    const char *failure_type;          /* "" or "wrapError", the Go SDK's name of a wrapped error */
    struct template_notes notes;       /* warnings of its templates, for the caller to log */
};

/* The failure, with how much of it is public. Borrowed. */
static inline struct failure action_report_failure(const struct action_report *report)
{
    return (struct failure){.text = report->failure, .head = report->failure_head, .tail = report->failure_tail};
}

struct action_environment {
    const struct action_catalog *catalog;
    const struct services *services;
    unsigned attempt;
    int64_t scheduled_us; /* of the activity's first attempt, monotonic clock; 0 when unknown */
    bool last_attempt;
    bool local;
    bool async;              /* the activity is ExecuteAsyncActionActivity: texts begin with "async action" */
    struct text task_token;  /* of the activity; handlers see it when async */
    struct uuid stand_in;    /* acts where the context names no user; may be nil */
    struct text now;         /* wall clock for {{$now}}, RFC 3339 in UTC; empty when unknown */
    struct wait_limit limit; /* past its deadline the outcome is discarded */
};

/* Never fails itself: every fault is in the report. REFUSED: an invalid request, an unknown type (when async, also one
   that is neither async nor human), a text or a result that is too large. Blocks as long as the handler does. Any
   thread, with an arena that nobody else uses meanwhile; everything in the report lives in it. */
void action_perform(const struct action_environment *environment, struct arena *arena,
                    const struct action_request *request, struct action_report *report);

/* The request's config with its templates expanded, as the handler of that type would get it. */
enum status action_expand(const struct action_environment *environment, struct arena *arena,
                          const struct action_request *request, const struct action_type *type,
                          struct json_value *config, struct template_notes *notes, struct error *error) MUST_CHECK;

/* {"action_id":...,"action_name":...,"result":{...},"success":true}: the output of the activity; with
   "stored_result":true if the result is that of an earlier attempt. */
void action_output_write(struct buffer *buffer, const struct action_request *request,
                         const struct action_report *report);

/* Cuts the values of a result object that are larger than LIMIT_RESULT_VALUE and adds `<key>_truncated: true`
   to the result, as the Go worker does. Texts are cut at a UTF-8 boundary. Values within the limit are shared. */
enum status action_result_cut(struct arena *arena, const struct json_value *result, struct json_value *cut) MUST_CHECK;

#endif
