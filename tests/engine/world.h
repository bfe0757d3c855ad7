/* A model of a Temporal server with one run: it keeps a history, executes activities, timers and local actions by a
   plan, and gives workflow tasks to a worker whose cache may lose the run. */
#ifndef TESTS_ENGINE_WORLD_H
#define TESTS_ENGINE_WORLD_H

#include "engine/run.h"
#include "tests/engine/plan.h"

#define WORLD_EVENTS  4096
#define WORLD_PENDING (10 * PLAN_ACTIONS)

struct pending {
    uint32_t action;
    uint32_t ask; /* the number of the person whom the action asks, from 1; 0: not a question */
    int64_t event_id;
    bool is_timer;
    struct text aside; /* the id of a timer or a reminder of an action that asks people; else empty */
    bool canceling;    /* the run no longer needs it */
};

struct world {
    const struct plan *plan;
    struct plan outcome; /* as it must come out: repaired when failed actions are held */
    struct random random;
    struct arena *arena; /* texts of events */
    struct run_policy policy;
    struct event events[WORLD_EVENTS];
    size_t event_count, applied;
    struct pending pending[WORLD_PENDING];
    size_t pending_count;
    struct run *cached;

    bool evict_always;      /* the run is rebuilt from its history at every task */
    bool in_order;          /* parallel work ends in the order of its start, else at random */
    uint32_t perform_limit; /* the number of local actions that a task may perform; 0: any number */
    bool cancel_at_random, canceling;
    bool holds;            /* failed actions are held */
    bool resumes;          /* a run that fails or is terminated is resumed */
    unsigned terminations; /* largest number of terminations, at random times */

    unsigned performed[PLAN_ACTIONS]; /* effects: outcomes other than a hand-over */
    unsigned may_run[PLAN_ACTIONS];   /* the final value that `performed` must have if the action runs */
    unsigned attempts[PLAN_ACTIONS];
    bool ended[PLAN_ACTIONS], recorded[PLAN_ACTIONS], held[PLAN_ACTIONS];
    size_t held_count;
    struct event accepted[PLAN_ACTIONS]; /* updates of the open task, for the history */
    size_t accepted_count;
    bool signaled[PLAN_ACTIONS]; /* the signal for which the action waits has come */
    unsigned approved[PLAN_ACTIONS], rejected[PLAN_ACTIONS];
    unsigned reminded[PLAN_ACTIONS]; /* since the action asked its people */
    bool escalated[PLAN_ACTIONS];
    struct text results[PLAN_ACTIONS];
    enum run_close close;
    struct text failure;
    unsigned continued, resumed, tasks, updates;
    const char *broken; /* what the engine did wrong, or NULL */
    uint32_t broken_at;
};

void world_begin(struct world *world, const struct plan *plan, bool holds, bool resumes, uint64_t seed);
void world_end(struct world *world);
/* Runs until the run is closed and not resumed, or something is broken. */
void world_play(struct world *world);
extern const struct action_catalog world_catalog;

#endif
