/* The workflow types that this worker knows: rules, and branches that a Go worker began (contract engine A.1). */
#ifndef WORKER_WORKFLOW_TYPE_H
#define WORKER_WORKFLOW_TYPE_H

#include "base/arena.h"

#define WORKFLOW_TYPE "ExecuteGraphWorkflow"
#define BRANCH_TYPE   "ExecuteBranchUntilConvergence"

static inline bool is_known_workflow_type(struct text type)
{
    return text_is(type, WORKFLOW_TYPE) || text_is(type, BRANCH_TYPE);
}

/* contract engine E.5 */
static inline struct text unknown_workflow_type(struct arena *arena, struct text type)
{
    return arena_print(arena,
                       "unable to find workflow type: %.*s. Supported types: [" WORKFLOW_TYPE ", " BRANCH_TYPE "]",
                       TEXT_ARG(type));
}

#endif
