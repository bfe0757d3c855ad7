/* Updates of a run: each is applied or refused, and answered with the workflow task. For the loop thread. */
#ifndef WORKER_UPDATE_H
#define WORKER_UPDATE_H

#include "engine/run.h"
#include "temporal/client.h"

/* Applies the updates of the task to its run, in order, before the run decides. *answers: one for each, in the arena.
   Logs each, in the caller's log context. Any status but STATUS_OK: the run cannot be used any more. */
enum status updates_apply(struct run *run, const struct workflow_task *task, struct arena *arena,
                          struct update_answer **answers, struct error *error) MUST_CHECK;
/* Whether the server forgets a task with these answers and this number of commands. If so, the task's events, which the
   run has seen, are not in the history. */
bool updates_are_all_refused(const struct update_answer *answers, size_t count, size_t command_count);

#endif
