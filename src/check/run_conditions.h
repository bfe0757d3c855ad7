/* The condition under which each action of a graph runs. A comparison of two conditions shows whether one action has
   run wherever the other runs. Pure; any thread. */
#ifndef CHECK_RUN_CONDITIONS_H
#define CHECK_RUN_CONDITIONS_H

#include "action/registry.h"
#include "graph/graph.h"

/* A condition is one of: always; an action does not fail; an action ends with a certain output; any of several
   conditions holds. Each condition except "always" implies its parent, and so all its ancestors. */
struct run_condition {
    uint32_t parent, jump, depth; /* jump: an ancestor, so that a search takes few steps */
    uint32_t action;              /* the action that ends so; UINT32_MAX: always, or any of several */
    struct text output;           /* the output of the action; .data NULL: the action does not fail */
    uint64_t hash;                /* of any_of; for any of several: these conditions, in ascending order */
    const uint32_t *any_of;
    uint32_t any_count;
};

#define CONDITION_ALWAYS 0u
#define CONDITION_NEVER  UINT32_MAX

struct run_conditions {
    const struct graph *graph;
    struct arena *arena;
    struct run_condition *items; /* the first one is CONDITION_ALWAYS */
    uint32_t count, capacity;
    uint32_t *of_action; /* the condition of each action; CONDITION_NEVER: it never runs */
    uint32_t *of_edge;   /* the condition under which each edge is followed */
    uint32_t *by_hash;   /* hash table of the conditions "any of several"; UINT32_MAX: a free slot */
    uint32_t hash_mask;
    bool *survives; /* for each action: an edge follows its failure, so the run continues */
};

/* Finds the condition of each action. `types` has the type of each action; NULL: unknown, so any output is possible.
   Everything lives in the arena. False when the arena is full. */
bool run_conditions_find(struct run_conditions *conditions, const struct graph *graph,
                         const struct action_type *const *types, struct arena *arena) MUST_CHECK;

/* Whether `first` runs, and has ended, wherever `then` runs; `first` must lead to `then` in the graph. */
bool run_conditions_imply(const struct run_conditions *conditions, uint32_t then, uint32_t first);
/* When run_conditions_imply is false: the topmost condition of `first` that `then` does not imply. Both must be able to
   run. */
const struct run_condition *run_conditions_missing(const struct run_conditions *conditions, uint32_t then,
                                                   uint32_t first);
/* How `first` has ended wherever `then` runs; `first` must lead to `then`. */
enum run_outcome { RUN_OUTCOME_ANY, RUN_OUTCOME_SUCCEEDED, RUN_OUTCOME_FAILED };
enum run_outcome run_conditions_outcome(const struct run_conditions *conditions, uint32_t then, uint32_t first);
/* Whether an action of the type fails when nobody answers in time and no edge follows the output `timed_out`. */
bool run_fails_when_unanswered(const struct action_type *type);
/* Whether an action can end with the output. */
bool run_output_possible(const struct graph *graph, uint32_t action, const struct action_type *type,
                         struct text output);
/* The output that an edge requires; .data NULL: the edge is followed for every output. */
struct text run_edge_output(const struct graph_edge *edge);

#endif
