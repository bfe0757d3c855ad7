/* The planned ends of the attempts of a rule's actions in a simulation. Pure; any thread. */
#ifndef RULE_OUTCOME_PLAN_H
#define RULE_OUTCOME_PLAN_H

#include "base/json.h"
#include "rule/case_faults.h"

enum planned_kind {
    PLANNED_RESULT,
    PLANNED_FAILURE,
    PLANNED_TIMEOUT, /* no answer within the timeout of the attempt */
};

/* The end of one attempt. */
struct planned_outcome {
    enum planned_kind kind;
    struct json_value result; /* PLANNED_RESULT: object */
    struct text failure;      /* PLANNED_FAILURE */
    bool is_final;            /* PLANNED_FAILURE: it is not retried */
    int64_t after_ms;         /* how long the attempt takes */
};

/* The planned attempts of the actions with this name, or of the action with this id; the last outcome repeats. */
struct planned_action {
    struct text key;
    struct text pointer; /* JSON pointer in its document */
    const struct planned_outcome *outcomes;
    size_t count;
};

struct outcome_plan {
    struct planned_action *actions; /* in the order of their keys */
    size_t count;
};

/* Reads {"NAME or ID": [OUTCOME, ...], ...}. `bare`: an outcome is a result, or {"error": TEXT}. Else it is an object
   with one of "result", "error" and "timeout", and optionally "after" and "retryable". `pointer` is the JSON pointer of
   the value. Adds all faults; false past the arena's cap. The plan borrows from the arena and from `value`. */
bool outcome_plan_read(struct arena *arena, const struct json_value *value, bool bare, struct text pointer,
                       struct outcome_plan *plan, struct case_faults *faults) MUST_CHECK;

/* The entry for the key; NULL when the plan, which may be NULL, has none. O(log n). */
const struct planned_action *outcome_plan_find(const struct outcome_plan *plan, struct text key);

#endif
