/* Log lines about workflow tasks: what is unusual about an answer, how runs end, why a task fails. They are in the
   caller's log context. For the loop thread. */
#ifndef WORKER_TASK_REPORT_H
#define WORKER_TASK_REPORT_H

#include "engine/command.h"
#include "engine/run.h"
#include "temporal/client.h"

/* Warns of large inputs and long delays among the commands of an answer. */
void task_report_commands(const struct command_list *commands);
/* Warns of signals since the run's previous task that no action of the run waits for. */
void task_report_signals(const struct run *run, const struct workflow_task *task);
/* Warns of a task that took so long that the server may have handed it out again. */
void task_report_slow(int64_t duration_us, unsigned attempt);
/* Returns the command that ends the run, and logs it; NULL if no command does. history_length: of the run. */
const struct command *task_report_end(const struct command_list *commands, int64_t history_length);
/* Logs a failed attempt, the first one as an error. Returns the failure with the code by which Temporal's documentation
   names its cause, in the arena. */
struct failure task_report_failure(enum task_failure_cause cause, struct failure failure, unsigned attempt,
                                   struct arena *arena);
/* Why the task's history cannot be used: events are missing before the start of the task. An empty text: the history is
   complete. */
struct failure task_history_gap(const struct workflow_task *task, struct arena *arena);

#endif
