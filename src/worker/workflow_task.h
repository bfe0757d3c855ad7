/* Workflow tasks: events in, decisions, local actions, one answer out. For the loop thread. */
#ifndef WORKER_WORKFLOW_TASK_H
#define WORKER_WORKFLOW_TASK_H

#include "base/json_writer.h"
#include "worker/activity.h"
#include "worker/refused_runs.h"
#include "worker/resources.h"
#include "worker/state.h"

enum workflow_task_state {
    WORKFLOW_TASK_WAITING,    /* for the previous task of the same run, which is being answered */
    WORKFLOW_TASK_FETCHING,   /* the history, as the run is not in the cache */
    WORKFLOW_TASK_DECIDING,   /* what to do next; no callback sees this state */
    WORKFLOW_TASK_PERFORMING, /* local actions on threads */
    WORKFLOW_TASK_RECORDING,  /* in the ERP how the run has changed, on a thread */
    WORKFLOW_TASK_ANSWERING,
    WORKFLOW_TASK_FAILING, /* until its failure has been sent and its jobs are done */
    WORKFLOW_TASK_CLOSED,
    WORKFLOW_TASK_STATES,
};
extern const struct state_machine workflow_task_states;

struct workflow_tasks {
    struct resources *resources;
    struct activities *activities; /* begins the activities that come with the response to an answer */
    bool stopping;                 /* no run is kept and no eager activity is requested any more */
    struct refused_runs refused;
};

/* Takes ownership of the arena, where the task lives. */
void workflow_task_begin(struct workflow_tasks *tasks, const struct queue *queue, struct arena *arena,
                         const struct workflow_task *task);
/* For operators: writes members of the open JSON array, LIMIT_DEBUG_TASKS at most. */
void workflow_tasks_write_json(const struct workflow_tasks *tasks, struct json_writer *json);

#endif
