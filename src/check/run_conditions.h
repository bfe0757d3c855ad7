/* Under which condition each action of a graph runs, so that one can be compared with another: whether the first has
   run wherever the second runs. Pure; any thread. */
#ifndef CHECK_RUN_CONDITIONS_H
#define CHECK_RUN_CONDITIONS_H

#include "action/registry.h"
#include "graph/graph.h"

/* A condition is one of: always; that an action does not fail; that an action ends with a certain output; any of
   several conditions. Each but the first implies its parent, and so all above it. */
struct run_condition {
    uint32_t parent, jump, depth; /* jump: a condition above it, so that a search takes few steps */
    uint32_t action;              /* that ends with the output; UINT32_MAX: always, or any of several */
    struct text output;           /* .data NULL: the action does not fail */
    uint64_t hash;                /* of any of several: those conditions, in ascending order */
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
    uint32_t *of_edge;   /* under which each edge is followed */
    uint32_t *by_hash;   /* those of any of several; UINT32_MAX: free */
    uint32_t hash_mask;
    bool *survives; /* of each action: an edge follows its failure, so the run goes on */
};

/* `types` has the type of each action; NULL: unknown, which can have any output. Everything lives in the arena. False
   when it is full. */
bool run_conditions_find(struct run_conditions *conditions, const struct graph *graph,
                         const struct action_type *const *types, struct arena *arena) MUST_CHECK;

/* Whether `first` runs, and has ended, wherever `then` runs; `first` must lead to `then` in the graph. */
bool run_conditions_imply(const struct run_conditions *conditions, uint32_t then, uint32_t first);
/* Where it does not: a condition of `first` that `then` does not imply, the topmost one. */
const struct run_condition *run_conditions_missing(const struct run_conditions *conditions, uint32_t then,
                                                   uint32_t first);
/* How `first` has ended wherever `then` runs, which it leads to. */
enum run_outcome { RUN_OUTCOME_ANY, RUN_OUTCOME_SUCCEEDED, RUN_OUTCOME_FAILED };
enum run_outcome run_conditions_outcome(const struct run_conditions *conditions, uint32_t then, uint32_t first);
/* Whether the action fails when its time is up and no edge has the output for that. */
bool run_fails_when_unanswered(const struct action_type *type);
/* Whether an action can end with the output. */
bool run_output_possible(const struct graph *graph, uint32_t action, const struct action_type *type,
                         struct text output);
/* The output that an edge asks for; .data NULL: it is followed whatever the output is. */
struct text run_edge_output(const struct graph_edge *edge);

#endif
