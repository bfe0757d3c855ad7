/* Actions performed inside a workflow task. Each is tried once; an action that fails with a retryable error, or would
   make the task too long, is performed as an ordinary activity instead. For the loop thread. */
#ifndef WORKER_LOCAL_ACTION_H
#define WORKER_LOCAL_ACTION_H

#include "worker/logged_action.h"
#include "worker/resources.h"
#include "worker/task_job.h"

/* The local actions of one task; lives as long as the task. */
struct local_actions {
    const struct resources *resources;
    struct arena_cache *arenas; /* of actions on threads */
    struct task_jobs *jobs;
    struct task_job_turns *turns; /* of actions on threads, shared by all tasks */
    struct metric_labels labels;
    unsigned attempt; /* of the workflow task: after the first, actions may have been performed before */
    int64_t until_us; /* monotonic clock: after this no action is started */
    /* Runs on the loop after each action that was performed on a thread. The report's results live as long as the
       jobs. */
    void (*done)(void *task, uint32_t action, const struct action_report *report);
};

/* Performs the COMMAND_PERFORMs among the commands: pure ones at once, in the arena, with their outcomes applied to the
   run and counted in *performed; the others on threads. What the commands point to must live until all are
   performed. */
enum status local_actions_perform(const struct local_actions *local, struct run *run, struct arena *arena,
                                  const struct command *commands, size_t count, size_t *performed,
                                  struct error *error) MUST_CHECK;

#endif
