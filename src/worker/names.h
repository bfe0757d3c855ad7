/* The names of the workflow and activity types that this worker knows. */
#ifndef WORKER_NAMES_H
#define WORKER_NAMES_H

#include "base/arena.h"

#define WORKFLOW_TYPE "ExecuteGraphWorkflow"
/* A branch as a child workflow: only runs that a Go worker started have them. */
#define BRANCH_TYPE "ExecuteBranchUntilConvergence"

/* Actions. */
#define ACTIVITY_SYNC  "ExecuteActionActivity"
#define ACTIVITY_ASYNC "ExecuteAsyncActionActivity"

/* By these the Go worker records the status of an execution. */
#define MARK_RUNNING   "MarkExecutionRunning"
#define MARK_COMPLETED "MarkExecutionCompleted"
#define MARK_FAILED    "MarkExecutionFailed"
#define MARK_TYPES     MARK_COMPLETED ", " MARK_FAILED ", " MARK_RUNNING

static inline bool is_known_workflow_type(struct text type)
{
    return text_is(type, WORKFLOW_TYPE) || text_is(type, BRANCH_TYPE);
}

/* The Go SDK's text. */
static inline struct text unknown_workflow_type(struct arena *arena, struct text type)
{
    return arena_print(arena,
                       "unable to find workflow type: %.*s. Supported types: [" WORKFLOW_TYPE ", " BRANCH_TYPE "]",
                       TEXT_ARG(type));
}

#endif
