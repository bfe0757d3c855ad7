/* Names on the wire: workflows, activities, markers, queries, updates and search attributes. Histories and the Go
   worker use the same names, so they must not change. */
#ifndef ENGINE_NAMES_H
#define ENGINE_NAMES_H

#include "base/arena.h"

/* Workflow types: rules, and branches that a Go worker started. */
#define WORKFLOW_TYPE "ExecuteGraphWorkflow"
#define BRANCH_TYPE   "ExecuteBranchUntilConvergence"

/* Activity types: those of actions, and those that the Go worker uses to record the status of an execution. */
#define ACTIVITY_SYNC   "ExecuteActionActivity"
#define ACTIVITY_ASYNC  "ExecuteAsyncActionActivity"
#define ACTIVITY_ASK    "AskApproverActivity"     /* asks one of the people that an action asks one by one */
#define ACTIVITY_REMIND "RemindApproversActivity" /* reminds those of them who have not answered */
#define MARK_RUNNING    "MarkExecutionRunning"
#define MARK_COMPLETED  "MarkExecutionCompleted"
#define MARK_FAILED     "MarkExecutionFailed"
#define MARK_TYPES      MARK_COMPLETED ", " MARK_FAILED ", " MARK_RUNNING

/* An action that asks people one by one has an activity "<action id>/<number>" for each of them. Before these it has
   the marker "<action id>/asked", which records how many people are asked and how many must approve. "<action
   id>/remind" and "<action id>/escalate" are its timers; "<action id>/remind/<number>" is the activity of a
   reminder. */
#define PART_ASKED    "asked"
#define PART_REMIND   "remind"
#define PART_ESCALATE "escalate"
/* An action that waits for a signal has a marker "<action id>/waits", which records what it waits for. */
#define PART_WAITS "waits"

/* Markers: the name of the marker that has the result of a local activity, as SDKs write it; the change id of the Go
   worker's version marker. */
#define MARKER_LOCAL_ACTIVITY "LocalActivity"
#define VERSION_CHANGE_ID     "graph-interpreter"

#define QUERY_GRAPH_STATE     "graph_state"

/* Search attributes of runs, of type Keyword. A namespace may lack them. */
#define ATTRIBUTE_RULE          "RuleName"
#define ATTRIBUTE_ENTITY        "EntityName"
#define ATTRIBUTE_ENTITY_ID     "EntityId"
#define ATTRIBUTE_ENTITY_NUMBER "EntityNumber"
#define ATTRIBUTE_FAILED_ACTION "FailedAction"

/* A flag in the metadata of a completed workflow task, where an SDK lists by number the behaviours that a run relies
   on: failed actions of the run are held. */
#define TASK_FLAG_HOLD 1

/* Updates: the ways to resolve an action on hold. */
#define UPDATE_RETRY "retry"
#define UPDATE_SKIP  "skip"
#define UPDATE_FAIL  "fail"

static inline bool is_known_workflow_type(struct text type)
{
    return text_is(type, WORKFLOW_TYPE) || text_is(type, BRANCH_TYPE);
}

/* The failure message of a task whose workflow type is unknown, as the Go SDK writes it; .data NULL past the budget. */
static inline struct text unknown_workflow_type(struct arena *arena, struct text type)
{
    return arena_print(arena,
                       "unable to find workflow type: %.*s. Supported types: [" WORKFLOW_TYPE ", " BRANCH_TYPE "]",
                       TEXT_ARG(type));
}

#endif
