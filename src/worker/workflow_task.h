/* A workflow task while it is open. Shared by workflow_task.c and local.c alone. */
#ifndef WORKER_WORKFLOW_TASK_H
#define WORKER_WORKFLOW_TASK_H

#include "base/log.h"
#include "engine/names.h"
#include "worker/parts.h"

struct local_job;

/* Lives in its arena. */
struct open_task {
    struct worker *worker;
    struct queue *queue;
    struct metric_place place;          /* where it and its local actions count */
    struct arena *arena, *answer_arena; /* answer_arena: of the answer under way */
    struct workflow_task task;
    struct run_entry *entry;
    struct command_list commands;
    struct error error;
    struct log_context log; /* its texts live in the run and the arena */
    int64_t begun_us;       /* when the worker got it */
    int64_t server_us;      /* when that was by the server's clock */
    int64_t local_until_us; /* local work past this makes the task too long */
    struct local_job *jobs; /* their arenas hold results that the run refers to until the task ends */
    unsigned under_way;     /* of them */
    unsigned calls;         /* RPCs under way that use the arena */
    unsigned eager;         /* activity slots reserved for the answer */
    bool answering, failed, sticky, replays;
    struct open_task *next; /* of the same run: begins when this one ends */
    LIST_ENTRY(open_task) link;
};

/* Performs the PERFORMs among commands[from...]: the pure ones at once, counted in *performed; the others on threads,
   each told by workflow_task_local_done. */
enum status local_actions_perform(struct open_task *task, size_t from, size_t *performed) MUST_CHECK;
void local_actions_free(struct open_task *task);
void workflow_task_local_done(struct open_task *task, uint32_t action, const struct action_report *report);

/* approval.c: has it written down which requests of the task's run nobody can answer any more, then
   workflow_task_approvals_told. False: there are none. */
bool approvals_tell(struct open_task *task) MUST_CHECK;
void workflow_task_approvals_told(struct open_task *task);

/* execution.c: has it written down what the commands make of the task's execution, then workflow_task_told. False: there
   is nothing to write. */
bool execution_tell(struct open_task *task) MUST_CHECK;
/* why: empty, or why the task must not be answered. */
void workflow_task_told(struct open_task *task, struct text why);

#endif
