/* How the attempts of a rule's actions end in a simulation, where somebody says so. Pure; any thread. */
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
    bool is_final;            /* PLANNED_FAILURE: the attempt is not repeated */
    int64_t after_ms;         /* how long the attempt takes */
};

/* The attempts of the actions with this name, or of the one with this id; the last outcome repeats. */
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
   with one of "result", "error" and "timeout", and perhaps "after" and "retryable". `pointer` is where the value
   stands. Faults are added; false past the arena's cap. What the plan keeps lives in the arena and in `value`. */
bool outcome_plan_read(struct arena *arena, const struct json_value *value, bool bare, struct text pointer,
                       struct outcome_plan *plan, struct case_faults *faults) MUST_CHECK;

/* NULL when the plan, which may be NULL, does not have the key. O(log n). */
const struct planned_action *outcome_plan_find(const struct outcome_plan *plan, struct text key);

#endif
