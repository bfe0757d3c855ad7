/* The edges of a rule that its cases take. Pure; single-threaded. */
#ifndef RULE_EDGE_COVERAGE_H
#define RULE_EDGE_COVERAGE_H

#include "engine/run.h"
#include "graph/graph.h"

/* All lists have graph.edge_count items, in the order of graph.edges. */
struct edge_coverage {
    struct graph graph;
    struct text *labels; /* "check -> reserve (sufficient)", "start -> check" */
    uint32_t *by_label;  /* the edges in the order of their labels */
    bool *taken;         /* by the run that was added last */
    bool *covered;       /* by any run */
};

/* Reads the graph of the WorkflowInput. STATUS_INVALID: the graph is wrong, so no run takes an edge; STATUS_BUDGET: the
   arena is full. */
enum status edge_coverage_read(struct arena *arena, const struct json_value *input, struct edge_coverage *coverage,
                               struct error *error) MUST_CHECK;

/* Adds the edges that an ended run of this rule took. `scratch` holds the results of its actions while they are
   read. */
enum status edge_coverage_add(struct edge_coverage *coverage, const struct run *run, struct arena *scratch,
                              struct error *error) MUST_CHECK;

/* The first place in by_label whose label is not less than `label`; edge_count when every label is less. O(log n). */
uint32_t edge_coverage_bound(const struct edge_coverage *coverage, struct text label);
/* Whether the edge at that place in by_label has the label. */
bool edge_coverage_has(const struct edge_coverage *coverage, uint32_t place, struct text label);

#endif
