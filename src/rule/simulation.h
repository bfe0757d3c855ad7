/* Plays a run offline: invents its history step by step. Actions end as planned; without a plan, those without effects
   are performed, and the others give made-up results. The clock is the simulation's own: delays, retries and answers
   take no real time. Pure; single-threaded. */
#ifndef RULE_SIMULATION_H
#define RULE_SIMULATION_H

#include "engine/run.h"
#include "rule/event_queue.h"
#include "rule/simulated_action.h"

struct simulation_options {
    const struct action_catalog *catalog;
    bool local; /* false: every action is an activity */
    int64_t
        history_length; /* events before the first task; 0: a new run, which is followed through its continuations */
    int64_t start_us;   /* wall clock when the run starts, within DATE_US_MIN and DATE_US_MAX */
    const struct outcome_plan *plan; /* outlives the simulation; may be NULL */
};

struct simulation {
    struct simulation_options options;
    struct run_policy policy;
    struct arena *arena; /* the caller's */
    struct run *run;     /* the ended run; freed by simulation_end */
    enum run_close close;
    struct text failure;      /* when the run failed */
    struct text continuation; /* the next run's input, when the run continued as new */
    struct simulated_actions actions;
    uint32_t *order;  /* the actions in the order of their first start */
    uint32_t started; /* number of started actions */
    uint64_t commands, workflow_tasks;
    int64_t events; /* in the history of the last run */
    int64_t now_us; /* wall clock */

    struct event_queue pending;
    struct arena *scratch; /* of one attempt */
};

/* Plays the WorkflowInput until the run is closed. A wrong input gives a failed run, not an error. STATUS_INVALID: the
   plan names a delay, or an action that is not in the rule; error.where is the pointer. STATUS_BUDGET: the arena is
   full. Everything except the run lives in the arena. Call simulation_end in any case. */
enum status simulation_play(struct simulation *simulation, struct arena *arena, struct text input,
                            const struct simulation_options *options, struct error *error) MUST_CHECK;
void simulation_end(struct simulation *simulation);

#endif
