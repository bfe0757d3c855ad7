/* Queries, which are answered from a run without changing it. For the loop thread. */
#ifndef WORKER_QUERY_H
#define WORKER_QUERY_H

#include "worker/resources.h"

/* The texts of the answer live in the arena. */
struct query_answer query_answer(struct arena *arena, const struct run *run, const struct action_catalog *catalog,
                                 const struct workflow_query *query);

/* Answers a task that consists only of a query. Takes ownership of the arena, where the task lives. */
void legacy_query_begin(struct resources *resources, struct arena *arena, const struct workflow_task *task);

#endif
