/* Performing one action: from the request that a workflow makes to the report that it gets back, with the texts of
   contract engine E.1 and E.2. Used alike for activities, for local actions and by `try`. */
#ifndef ACTION_PERFORM_H
#define ACTION_PERFORM_H

#include "action/registry.h"
#include "action/template.h"

/* An action to be performed, as it travels (contract engine B.6). Borrowed views. */
struct action_request {
    struct text action_id, action_name, action_type;
    struct text rule_id, rule_name, execution_id;
    struct json_value config;  /* as saved; templates not expanded */
    struct json_value context; /* object */
};

/* {"action_id":...,"context":{...},...}. */
void action_request_write(struct buffer *buffer, const struct action_request *request);
/* Unknown keys are ignored, absent ones give empty values; STATUS_INVALID when it is no JSON object or a key has a
   wrong type. Validity (ids and names present) is for action_perform to judge. */
enum status action_request_read(struct arena *arena, struct text json, struct action_request *request,
                                struct error *error) MUST_CHECK;

struct action_report {
    enum action_outcome outcome;
    struct json_value result;          /* ACTION_OUTCOME_DONE: object, `output` filled in, values cut by engine D.3 */
    size_t failure_head, failure_tail; /* what of the failure is public, see struct failure */
    struct text failure;               /* else: the whole text, "action N (ID): execute: ..." */
    struct text reason;                /* the same without what stands in front: the handler's own words */
    const char *failure_type;          /* "" or "wrapError" (contract engine B.9) */
    struct template_notes notes;       /* what its templates warn of, for the log of the caller */
};

/* The failure, with how much of it is public. Borrowed. */
static inline struct failure action_report_failure(const struct action_report *report)
{
    return (struct failure){.text = report->failure, .head = report->failure_head, .tail = report->failure_tail};
}

/* {"action_id":...,"action_name":...,"result":{...},"success":true} (engine B.6). */
void action_output_write(struct buffer *buffer, const struct action_request *request, const struct json_value *result);

struct action_environment {
    const struct action_catalog *catalog;
    const struct services *services;
    unsigned attempt;
    bool last_attempt;
    bool local;
    bool async;             /* asked for as ExecuteAsyncActionActivity: texts begin with "async action" */
    struct text task_token; /* of the activity; handlers are handed it when async */
    struct text now;        /* wall clock for {{$now}}, RFC 3339 in UTC; empty: there is none */
    union {
        struct wait_limit limit; /* how long the outcome is of use */
        struct {
            int64_t deadline_us;
            bool (*is_canceled)(void *userdata);
            void *hook;
        };
    };
};

/* Never fails itself: every fault is in the report. An invalid request, an unknown type (when async: one that is neither
   async nor human), templates too large and a result too large are REFUSED. Blocks as long as the handler does;
   on any thread, with an arena that nobody else uses meanwhile. Everything in the report lives in the arena. */
void action_perform(const struct action_environment *environment, struct arena *arena,
                    const struct action_request *request, struct action_report *report);

/* The request's config with its templates filled in, as the action of that type would see it. */
enum status action_expand(const struct action_environment *environment, struct arena *arena,
                          const struct action_request *request, const struct action_type *type,
                          struct json_value *config, struct template_notes *notes, struct error *error) MUST_CHECK;

/* Cuts values of a result object that are larger than LIMIT_RESULT_VALUE and adds `<key>_truncated: true`
   (contract engine D.3, at a UTF-8 boundary). Values within the limit are shared, not copied. */
enum status action_result_cut(struct arena *arena, const struct json_value *result, struct json_value *cut) MUST_CHECK;

#endif
