/* A run played offline: a history that is made up as it goes, actions that end as a plan says. One thread. */
#ifndef CLI_SIMULATION_H
#define CLI_SIMULATION_H

#include "engine/run.h"

struct simulation_options {
    const struct action_catalog *catalog;
    bool local;                       /* dispatch: auto; false sends every action as an activity */
    int64_t history_length;           /* events that there are already; 0: a new run, followed through continuations */
    const struct json_value *results; /* object: action name -> list of result objects and {"error": text}; or NULL */
};

struct simulation {
    struct simulation_options options;
    struct run_policy policy;
    struct arena *arena; /* what the simulation keeps; the caller's */
    struct run *run;     /* as it ended; freed by simulation_end */
    enum run_close close;
    struct text failure;      /* why it failed */
    struct text continuation; /* the next run's input, when it ended continued as new */
    uint32_t action_count;
    unsigned *attempts; /* of each action of the graph */
    uint32_t *order;    /* actions in the order in which they were first started */
    uint32_t started;   /* how many of them */
    uint64_t commands, workflow_tasks;
    int64_t events; /* of the history of the last run */

    struct flight *flights; /* what is in flight */
    uint32_t flight_count;
    bool *was_started;
};

/* Plays the WorkflowInput until the run is closed. STATUS_INVALID: the results are of a wrong form (error says where);
   a wrong input is no error but a failed run. Everything but the run lives in the arena. */
enum status simulation_play(struct simulation *simulation, struct arena *arena, struct text input,
                            const struct simulation_options *options, struct error *error) MUST_CHECK;
void simulation_end(struct simulation *simulation);

#endif
