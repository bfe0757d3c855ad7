/* Compares a played run with what its case expects. Pure; single-threaded. */
#ifndef RULE_CASE_COMPARE_H
#define RULE_CASE_COMPARE_H

#include "rule/case_differences.h"
#include "rule/edge_coverage.h"
#include "rule/rule_case.h"
#include "rule/simulation.h"

/* Adds the differences. `edges` has the edges that the run took. `scratch` holds the results of actions while they are
   read. STATUS_BUDGET: an arena is full. */
enum status case_compare(const struct rule_case *rule_case, const struct simulation *simulation,
                         const struct edge_coverage *edges, struct arena *scratch, struct case_differences *differences,
                         struct error *error) MUST_CHECK;

/* "completed", "failed", "canceled" or "continued_as_new". */
const char *case_status_name(enum run_close close);

/* Make lists: the names of all actions that have run, in the order of their first start; the labels of all edges that
   were taken. False past the arena's cap. */
bool case_ran(const struct simulation *simulation, struct arena *arena, struct json_value *names) MUST_CHECK;
bool case_edges(const struct edge_coverage *edges, struct arena *arena, struct json_value *labels) MUST_CHECK;

/* Add faults: case_check_names for each action and edge that the expectations name and the rule does not have;
   case_check_labels for each label in the list that no edge has. */
void case_check_names(const struct rule_case *rule_case, const struct edge_coverage *edges, struct case_faults *faults);
void case_check_labels(const struct json_value *labels, struct text pointer, const struct edge_coverage *edges,
                       struct case_faults *faults);

#endif
