/* Tests of a rule: plays each case of a file and compares the run with what the case expects. Pure; single-threaded. */
#ifndef RULE_RULE_TEST_H
#define RULE_RULE_TEST_H

#include "rule/case_differences.h"
#include "rule/edge_coverage.h"
#include "rule/rule_case.h"
#include "rule/rule_document.h"
#include "rule/simulation.h"

/* A case that was played. */
struct case_outcome {
    const struct rule_case *rule_case;
    enum run_close close;
    struct case_differences differences; /* none: it has passed */
    struct text *warnings;               /* from templates: "ACTION: TEXT" */
    size_t warning_count;
};

struct rule_test {
    struct case_file file;
    struct case_faults faults;     /* in the file of cases; if there are any, no case counts */
    struct rule_document document; /* the result of the check of the rule */
    bool refused;                  /* the rule has errors in its flow of data: no case is played */
    struct case_outcome *outcomes;
    size_t outcome_count, failed;
    struct edge_coverage edges;
    bool *left_out;   /* for each edge: whether file.untaken_edges names it */
    uint32_t untaken; /* edges that no case took and that are not left out */
};

/* Checks a rule, a WorkflowInput or a bare graph, then plays the cases of test->file, which case_file_read has filled.
   `force`: plays them even if the check refuses the rule. Everything lives in the arena and in the documents.
   STATUS_BUDGET: the arena is full. */
enum status rule_test_run(struct arena *arena, const struct action_catalog *catalog, const struct json_value *rule,
                          bool force, struct rule_test *test, struct error *error) MUST_CHECK;

/* Plays one case of a rule. *input: the WorkflowInput that was played, in the arena. Errors are those of
   simulation_play. Call simulation_end in any case. */
enum status rule_case_play(struct arena *arena, const struct action_catalog *catalog, const struct json_value *rule,
                           const struct rule_case *rule_case, struct json_value *input, struct simulation *simulation,
                           struct error *error) MUST_CHECK;

#endif
