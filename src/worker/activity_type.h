/* The activity types that this worker knows: those of actions, and those by which the Go worker tells what has become of
   an execution (contract engine B.7, E.7). */
#ifndef WORKER_ACTIVITY_TYPE_H
#define WORKER_ACTIVITY_TYPE_H

#define ACTIVITY_SYNC  "ExecuteActionActivity"
#define ACTIVITY_ASYNC "ExecuteAsyncActionActivity"

#define MARK_RUNNING   "MarkExecutionRunning"
#define MARK_COMPLETED "MarkExecutionCompleted"
#define MARK_FAILED    "MarkExecutionFailed"
#define MARK_TYPES     MARK_COMPLETED ", " MARK_FAILED ", " MARK_RUNNING

#endif
