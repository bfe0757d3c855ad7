/* Plays a run offline: invents its history step by step, with planned results of actions. Single-threaded. */
#ifndef RULE_SIMULATION_H
#define RULE_SIMULATION_H

#include "engine/run.h"

struct simulation_options {
    const struct action_catalog *catalog;
    bool local; /* false: every action is an activity */
    int64_t
        history_length; /* events before the first task; 0: a new run, which is followed through its continuations */
    const struct json_value *results; /* object: action name -> list of results or {"error": text}; may be NULL */
};

/* What a template of an action warns of. */
struct simulation_warning {
    uint32_t action;
    struct text text;
};

struct simulation {
    struct simulation_options options;
    struct run_policy policy;
    struct arena *arena; /* the caller's */
    struct run *run;     /* the ended run; freed by simulation_end */
    enum run_close close;
    struct text failure;      /* when it failed */
    struct text continuation; /* the next run's input, when it continued as new */
    uint32_t action_count;
    unsigned *attempts; /* of each action */
    uint32_t *order;    /* the actions in the order of their first start */
    uint32_t started;   /* number of started actions */
    uint64_t commands, workflow_tasks;
    int64_t events;                      /* in the history of the last run */
    struct simulation_warning *warnings; /* of the actions that are performed, in that order */
    size_t warning_count, warning_capacity;

    struct pending_event *pending; /* activities and timers that have not ended */
    uint32_t pending_count;
    bool *was_started;
};

/* Plays the WorkflowInput until the run is closed. STATUS_INVALID: the results have a wrong form, and the error says
   where; a wrong input is a failed run and no error. Everything but the run lives in the arena. */
enum status simulation_play(struct simulation *simulation, struct arena *arena, struct text input,
                            const struct simulation_options *options, struct error *error) MUST_CHECK;
void simulation_end(struct simulation *simulation);

#endif
