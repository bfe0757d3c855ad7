/* Finds the run that a person means. Single-threaded. */
#ifndef RUNS_RUN_REFERENCE_H
#define RUNS_RUN_REFERENCE_H

#include "runs/blocking_client.h"
#include "temporal/client_runs.h"

/* Finds the run that `word` names: a workflow id (its newest run), a run id, or the beginning of a workflow id or
   execution id that no other run has. Beginnings of execution ids are compared with the newest LIMIT_RUNS_COMPARED runs
   of the task queues. Anything but CLI_SUCCESS: reported on stderr, with the candidates when there are several. */
enum cli_exit run_reference_find(struct blocking_client *temporal, const struct settings *settings, const char *word,
                                 const struct described_run **description) MUST_CHECK;

/* The query for the runs of rules on the worker's task queues, in the arena; .data NULL past its cap. */
struct text run_reference_query(struct arena *arena, const struct settings *settings) MUST_CHECK;

/* For the help of commands that take such a word. */
#define RUN_REFERENCE_HELP                                                                                             \
    "ID is a workflow id, a run id, or the beginning of a workflow id or an execution id that no other run has.\n"

#endif
