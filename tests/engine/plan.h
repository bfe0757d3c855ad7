/* A random rule in the simplest form. The generator makes it, the oracle reads it, and the world executes it. */
#ifndef TESTS_ENGINE_PLAN_H
#define TESTS_ENGINE_PLAN_H

#include "base/arena.h"
#include "tests/engine/random.h"

#define PLAN_ACTIONS 60
#define PLAN_EDGES   240

enum plan_type { PLAN_PURE, PLAN_WRITE, PLAN_ACTIVITY, PLAN_UNKNOWN, PLAN_DELAY, PLAN_ASK, PLAN_WAIT, PLAN_TYPES };

/* What people do about an action on hold. */
enum plan_fix { FIX_RETRY, FIX_SKIP, FIX_FAIL, PLAN_FIXES };

struct plan_action {
    enum plan_type type;
    const char *type_name; /* in the document */
    bool active;
    bool fails;               /* permanently, at its last attempt */
    enum plan_fix fix;        /* if it fails and is held; FIX_RETRY: the retry does not fail */
    bool hands_over;          /* PLAN_WRITE: its first local try ends with ACTION_OUTCOME_RETRY */
    const char *output;       /* its output; NULL: none, so `success` is assumed */
    unsigned asked, required; /* PLAN_ASK: the number of people, and of approvals needed */
    uint32_t approving;       /* a bit for each person who approves; the others reject */
    bool reminds;             /* PLAN_ASK */
    unsigned later;           /* PLAN_ASK: people who are asked later; they answer as the others decide */
    const char *branch;       /* branch_taken, or NULL */
    uint32_t reads;           /* the action whose result its config names; UINT32_MAX: none */
};

struct plan_edge {
    uint32_t source, target; /* source UINT32_MAX: start */
    const char *type;
    const char *output; /* source_output, or NULL */
    int order;
};

struct plan {
    uint32_t action_count, edge_count;
    struct plan_action actions[PLAN_ACTIONS];
    struct plan_edge edges[PLAN_EDGES];
};

void plan_make(struct plan *plan, uint64_t seed);
/* Whether the action is held when failed actions are. */
bool plan_holds(const struct plan *plan, uint32_t action);
/* Sets *repaired to the plan as it is after failed actions were held and people did what the plan says. */
void plan_repair(const struct plan *plan, struct plan *repaired);
/* The WorkflowInput as JSON; NUL-terminated. */
struct text plan_input(const struct plan *plan, struct arena *arena);
/* The id of action `index`; its name is "a<index>". */
struct text plan_id(uint32_t index, struct arena *arena);
uint32_t plan_index(struct text id);

/* How each action must end. */
enum fate { FATE_RUNS, FATE_FAILS, FATE_SKIPPED, FATE_NEVER };
/* Computes the fates independently of the engine. Actions must be in topological order. */
void oracle_fates(const struct plan *plan, enum fate fates[PLAN_ACTIONS]);
/* Whether the run follows an edge when the action fails. */
bool oracle_routed(const struct plan *plan, uint32_t action);
/* Whether `a` is upstream of `b`. */
bool oracle_upstream(const struct plan *plan, uint32_t a, uint32_t b);

#endif
