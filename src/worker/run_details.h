/* The current details of a run, which Temporal's UI shows: Markdown. For the loop thread. */
#ifndef WORKER_RUN_DETAILS_H
#define WORKER_RUN_DETAILS_H

#include "engine/run.h"

/* The tree of the actions with their states, what the run waits for, and the actions on hold with their errors. Cut at
   about RUN_DETAILS_BYTES. In the arena; empty when the run has no graph or the arena is full. */
struct text run_details(struct arena *arena, const struct run *run, const struct action_catalog *catalog) MUST_CHECK;
#define RUN_DETAILS_BYTES KIB(32)

#endif
