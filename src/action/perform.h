/* Performs one action: from the request of a workflow to the report that it receives, with the failure texts of the Go
   worker. Used for activities, for local actions and by `try`. Pure except for what the handler does. */
#ifndef ACTION_PERFORM_H
#define ACTION_PERFORM_H

#include "action/registry.h"
#include "action/template.h"

/* An action to be performed: the input of its activity. Borrowed views. */
struct action_request {
    struct text action_id, action_name, action_type;
    struct text rule_id, rule_name, execution_id;
    struct text effect_id;     /* what its effects belong to; empty: execution_id */
    uint32_t ask;              /* number, from 1, of the person asked, if people are asked one by one; else 0 */
    uint32_t reminder;         /* number, from 1, of a reminder to people who have not answered; else 0 */
    struct json_value config;  /* as saved; templates not expanded */
    struct json_value context; /* object */
};

/* Writes {"action_id":...,"context":{...},...}. */
void action_request_write(struct buffer *buffer, const struct action_request *request);
/* Reads the same. Unknown keys are ignored, absent keys give empty values. STATUS_INVALID when the text is not a JSON
   object or a value has the wrong type. action_perform checks that ids and names are present. */
enum status action_request_read(struct arena *arena, struct text json, struct action_request *request,
                                struct error *error) MUST_CHECK;

struct action_report {
    enum action_outcome outcome;
    struct json_value result;          /* ACTION_OUTCOME_DONE: object, `output` filled in, large values cut */
    size_t failure_head, failure_tail; /* bytes of the failure that are public, see struct failure */
    struct text failure;               /* any other outcome: the whole text, "action N (ID): execute: ..." */
    bool stored_result;                /* the result is that of an earlier attempt: nothing was done this time */
    struct text reason;                /* the failure without its prefix, as the handler wrote it */
    int64_t retry_delay_ms;            /* ACTION_OUTCOME_RETRY: before the next attempt; 0: as in the retry policy */
    const char *failure_type;          /* "" or "wrapError", the Go SDK's name for a wrapped error */
    struct template_notes notes;       /* warnings about its templates, for the caller to log */
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
    int64_t scheduled_us; /* when the activity was first scheduled, monotonic clock; 0 when unknown */
    bool last_attempt;
    bool local;
    bool async;              /* the activity is ExecuteAsyncActionActivity: texts begin with "async action" */
    struct text task_token;  /* of the activity; handlers get it only when async */
    struct uuid stand_in;    /* the user when the context names none; may be nil */
    struct text now;         /* wall clock for {{$now}}, RFC 3339 in UTC; empty when unknown */
    struct wait_limit limit; /* past its deadline the outcome is discarded */
};

/* Always fills the report, which also carries every fault. REFUSED: an invalid request, an unknown type (when async,
   also a type that is neither async nor human), a text or a result that is too large. Blocks as long as the handler
   does. Any thread, with an arena that no other thread uses during the call; everything in the report lives in it. */
void action_perform(const struct action_environment *environment, struct arena *arena,
                    const struct action_request *request, struct action_report *report);

/* The config of the request with its templates expanded, as the handler of the type would get it. */
enum status action_expand(const struct action_environment *environment, struct arena *arena,
                          const struct action_request *request, const struct action_type *type,
                          struct json_value *config, struct template_notes *notes, struct error *error) MUST_CHECK;

/* Writes the output of the activity: {"action_id":...,"action_name":...,"result":{...},"success":true}, with
   "stored_result":true if the result is that of an earlier attempt. */
void action_output_write(struct buffer *buffer, const struct action_request *request,
                         const struct action_report *report);

/* Cuts the values of a result object that are larger than LIMIT_RESULT_VALUE and adds `<key>_truncated: true`
   to the result, as the Go worker does. Texts are cut at a UTF-8 boundary. Values within the limit are shared. */
enum status action_result_cut(struct arena *arena, const struct json_value *result, struct json_value *cut) MUST_CHECK;

#endif
