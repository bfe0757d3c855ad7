/* Plays recorded runs on a new version of their rule. Single-threaded. */
#ifndef AUTHORING_BACK_TEST_H
#define AUTHORING_BACK_TEST_H

#include "authoring/rule_diff.h"
#include "temporal/history_json.h"

enum back_test_verdict {
    BACK_TEST_OTHER_RULE, /* the run has no action of the old version */
    BACK_TEST_SAME_WAY,
    BACK_TEST_OTHER_WAY,
};

struct back_test {
    enum back_test_verdict verdict;
    struct text action; /* BACK_TEST_OTHER_WAY: where the new version departs from the run */
    struct text reason; /* "ends with 'false', the run with 'true'" */
    bool open;          /* the run had not ended: only what it had done is compared */
};

/* Starts the new version with the input of the recorded run. Actions without effects are performed, others end as the
   run recorded, by action id. The ways part at the first action that ends with another output, is started though the
   run did not start it, or is not started though the run did. All that was running when the history ends, and what
   comes after it, is left out. Everything lives in the arena. STATUS_INVALID: the history is not one of a rule, or
   cannot be applied. */
enum status back_test_run(struct arena *arena, const struct history_json *history, const struct rule_version *old,
                          const struct rule_version *new, struct back_test *result, struct error *error) MUST_CHECK;

#endif
