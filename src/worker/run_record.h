/* What the ERP must know about a run before its workflow task is answered: the status of its execution, and which
   approval requests nobody can answer any more. Pure. */
#ifndef WORKER_RUN_RECORD_H
#define WORKER_RUN_RECORD_H

#include "engine/run.h"
#include "erp/approval_requests.h"
#include "erp/execution.h"
#include "temporal/client.h"

/* A decided workflow task. */
struct run_task {
    const struct run *run;
    const struct workflow_task *task;
    const struct command_list *commands;
    const struct action_catalog *catalog;
};

/* Finds the requests whose activity has ended since the previous task, and those that the task's commands cancel, by
   how they end. The ids live in the arena, the commands and the run. False: no request ends. */
bool run_record_approvals(const struct run_task *task, struct arena *arena, struct approval_end ends[APPROVAL_ENDINGS]);
/* Fills in how the task's commands change the status of the execution; the first task of a run changes it to running.
   The texts are borrowed from the run and the commands. False: nothing changes, or the run is a branch, whose execution
   is its parent's. */
bool run_record_status(const struct run_task *task, struct execution_change *change);

#endif
