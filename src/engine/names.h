/* The names on the wire: of workflows, activities, markers and queries. Histories and the Go worker have the same
   names, so they must not change. */
#ifndef ENGINE_NAMES_H
#define ENGINE_NAMES_H

#include "base/arena.h"

/* Workflow types: rules, and branches that a Go worker began. */
#define WORKFLOW_TYPE "ExecuteGraphWorkflow"
#define BRANCH_TYPE   "ExecuteBranchUntilConvergence"

/* Activity types: of actions, and those by which the Go worker records the status of an execution. */
#define ACTIVITY_SYNC   "ExecuteActionActivity"
#define ACTIVITY_ASYNC  "ExecuteAsyncActionActivity"
#define ACTIVITY_ASK    "AskApproverActivity"     /* of an action that asks several people: one of them */
#define ACTIVITY_REMIND "RemindApproversActivity" /* of such an action: those who have not answered */
#define MARK_RUNNING    "MarkExecutionRunning"
#define MARK_COMPLETED  "MarkExecutionCompleted"
#define MARK_FAILED     "MarkExecutionFailed"
#define MARK_TYPES      MARK_COMPLETED ", " MARK_FAILED ", " MARK_RUNNING

/* An action that asks people one by one has an activity "<action id>/<number>" for each of them, and before these a
   marker of that id: what it decided to ask. Its timers are named likewise; "<action id>/remind/<number>" is the
   activity of a reminder. */
#define PART_ASKED    "asked"
#define PART_REMIND   "remind"
#define PART_ESCALATE "escalate"
/* One that waits for a signal has a marker too: what it waits for. */
#define PART_WAITS "waits"

/* Markers: of a result of a local activity, as SDKs write it; the change id of the Go worker's version marker. */
#define MARKER_LOCAL_ACTIVITY "LocalActivity"
#define VERSION_CHANGE_ID     "graph-interpreter"

#define QUERY_GRAPH_STATE     "graph_state"

/* Search attributes of runs, of type Keyword, where the namespace has them. */
#define ATTRIBUTE_RULE          "RuleName"
#define ATTRIBUTE_ENTITY        "EntityName"
#define ATTRIBUTE_ENTITY_ID     "EntityId"
#define ATTRIBUTE_ENTITY_NUMBER "EntityNumber"
#define ATTRIBUTE_FAILED_ACTION "FailedAction"

/* In the metadata of a completed workflow task, where an SDK notes by number which of its behaviours a run relies on:
   failed actions of the run are held. */
#define TASK_FLAG_HOLD 1

/* Updates: what is done about an action on hold. */
#define UPDATE_RETRY "retry"
#define UPDATE_SKIP  "skip"
#define UPDATE_FAIL  "fail"

static inline bool is_known_workflow_type(struct text type)
{
    return text_is(type, WORKFLOW_TYPE) || text_is(type, BRANCH_TYPE);
}

/* Why a task of an unknown type fails, as the Go SDK writes it; .data NULL past the budget. */
static inline struct text unknown_workflow_type(struct arena *arena, struct text type)
{
    return arena_print(arena,
                       "unable to find workflow type: %.*s. Supported types: [" WORKFLOW_TYPE ", " BRANCH_TYPE "]",
                       TEXT_ARG(type));
}

#endif
