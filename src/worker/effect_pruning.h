/* Deletes old rows of the effect ledger from time to time, in small steps. Several workers may try at the same time:
   the database lets only one of them delete. For the loop thread. */
#ifndef WORKER_EFFECT_PRUNING_H
#define WORKER_EFFECT_PRUNING_H

#include "worker/resources.h"

struct effect_pruning {
    struct resources *resources;
    bool running;                /* between start and stop */
    struct channel_timer *timer; /* of the next step; NULL while one is under way, and when stopped */
    struct pruning_job *job;     /* on a thread; NULL when idle */
    int64_t deleted;             /* since the round began */
};

/* Does nothing without options.effects_prune. */
void effect_pruning_start(struct effect_pruning *pruning);
void effect_pruning_stop(struct effect_pruning *pruning);
bool effect_pruning_is_idle(const struct effect_pruning *pruning); /* stopped, and nothing is under way */

#endif
