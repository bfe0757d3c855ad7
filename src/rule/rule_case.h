/* A file of test cases of a rule, as people write it:

       {"rule": "credit-hold.json",
        "cases": [{"name": "finance lets it pass",
                   "trigger_changes": {"credit_used": 20000},
                   "clock": "2026-06-17T08:00:00Z",
                   "outcomes": {"ask_finance": [{"after": "2h", "result": {"output": "approved"}}]},
                   "expect": {"status": "completed", "ran": ["check_credit", "ask_finance"], ...}}]}

   docs/testing-rules.md describes every key. Pure; any thread. */
#ifndef RULE_RULE_CASE_H
#define RULE_RULE_CASE_H

#include "rule/outcome_plan.h"

/* What a case expects; NULL, or .data NULL: no expectation. */
struct case_expectation {
    struct text status;                /* "completed" unless the case says otherwise */
    struct text error;                 /* a part of the run's failure */
    const struct json_value *ran;      /* list of names, in the order of their first start */
    const struct json_value *not_run;  /* list of names */
    const struct json_value *edges;    /* list of labels, in any order */
    const struct json_value *configs;  /* object by name: part of each config */
    const struct json_value *results;  /* object by name: part of each result */
    const struct json_value *attempts; /* object of numbers by name */
    struct text lasts;                 /* duration, as written */
    int64_t lasts_ms;
};

struct rule_case {
    struct text name, pointer;
    const struct json_value *trigger_data;    /* object in place of the rule's trigger data; NULL: the rule's */
    const struct json_value *trigger_changes; /* object: its members replace those of the rule's; NULL: none */
    bool has_clock;
    int64_t clock_us; /* when the run starts */
    struct outcome_plan plan;
    struct case_expectation expect;
};

struct case_file {
    const struct json_value *rule; /* text: file in the same directory; object: the rule. NULL: by the file's name */
    struct rule_case *cases;
    size_t count;
    const struct json_value *untaken_edges; /* list of labels of edges that no case takes, on purpose; may be NULL */
};

/* Reads the document, which must outlive the file. Adds every fault. False past the arena's cap. */
bool case_file_read(struct arena *arena, const struct json_value *document, struct case_file *file,
                    struct case_faults *faults) MUST_CHECK;

#endif
