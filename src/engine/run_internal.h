/* The inside of a run. Only engine/ includes this.

   Actions and edges settle from the start of the graph to its ends: an edge is open until its source has ended, then
   taken, dead or stopped (behind a failure). An action is decided when its last edge has settled. */
#ifndef ENGINE_RUN_INTERNAL_H
#define ENGINE_RUN_INTERNAL_H

#include "engine/run.h"
#include "graph/graph.h"

/* One action of the graph in this run. */
struct node {
    uint8_t state;                /* enum action_state */
    uint8_t executor;             /* enum action_executor */
    bool taken;                   /* at least one incoming edge is taken */
    bool stopped;                 /* an incoming edge lies behind a failure */
    bool handed_over;             /* was tried here, goes on as an activity */
    bool recorded;                /* its result is in the history, or among the commands given */
    uint16_t attempts;            /* that the history tells of; 0 unknown */
    uint32_t unsettled;           /* incoming edges still open */
    int64_t sort_order;           /* smallest of the taken incoming edges */
    int64_t scheduled_id;         /* event; 0 while not in the history */
    int64_t started_us, ended_us; /* server's clock; 0 unknown */
    struct text result;           /* JSON object, when ACTION_STATE_FINISHED */
    struct failure failure;       /* when ACTION_STATE_FAILED */
};

/* What a task keeps of an action in its own arena, so that nothing is parsed twice within one task. */
struct task_note {
    bool parsed;
    struct json_value result;
    struct text input; /* what a PERFORM was given */
};

/* Which node an event id of ACTIVITY_TASK_SCHEDULED or CHILD_INITIATED belongs to; ascending. */
struct scheduled {
    int64_t event_id;
    uint32_t action;
    uint32_t seconds; /* how long it may take, as far as the event tells; 0 unknown */
};

enum phase {
    PHASE_NEW,     /* no start event yet */
    PHASE_REFUSED, /* the input is wrong: `refusal` says why */
    PHASE_RUNNING,
    PHASE_OVER,
};

struct run {
    const struct run_policy *policy;
    struct arena *arena; /* everything that outlives a task */
    enum phase phase;
    struct failure refusal;

    bool is_branch;        /* ExecuteBranchUntilConvergence */
    bool is_awaited;       /* a branch that has a convergence point: its parent waits for it */
    struct text inherited; /* of a branch: the results it was given, a JSON object */
    struct text rule_id, rule_name, execution_id;
    struct text trigger; /* JSON object, or null */
    struct graph graph;
    struct node *nodes;
    uint32_t *ready;                    /* actions to be started; may hold some that have moved on */
    uint32_t ready_count, ready_sorted; /* the first ready_sorted are in order */
    uint32_t *spread;                   /* worklist of settle; each action enters once */
    uint32_t spread_count;
    uint32_t in_flight;  /* ACTION_STATE_SCHEDULED */
    uint32_t performing; /* ACTION_STATE_PERFORMING */
    uint32_t failed;

    struct scheduled *scheduled;
    uint32_t scheduled_count, scheduled_capacity;
    uint32_t *unrecorded; /* performed here, marker not given yet; in the order of their ends */
    uint32_t unrecorded_count;

    bool cancel_requested;
    bool suggest_continue;
    bool cannot_continue;   /* the next run's input would be larger than the server takes */
    int64_t history_length; /* id of the newest EVENT_TASK_STARTED */
    int64_t clock_us;       /* time of the newest event */
    bool wants_task;        /* something is ready that the task had no room for */

    /* Of the open task only; all in the task's arena. */
    struct arena *task_arena;
    struct task_note *notes;
    struct json_value trigger_value;
    uint32_t handed_out; /* PERFORMs */
    size_t handed_bytes; /* of inputs and results, in PERFORMs and in what is answered */
    uint32_t *seen;      /* visit stamps for walking upstream */
    uint32_t *walk;
    uint32_t stamp;
};

/* run_input.c: reads WorkflowInput and starts the run; a bad one leads to PHASE_REFUSED. */
enum status run_start(struct run *run, struct text input, bool is_branch, struct error *error) MUST_CHECK;

/* run_settle.c: the dataflow. */
void run_settle_start(struct run *run);
enum status run_finish(struct run *run, uint32_t action, struct text result, const struct json_value *value,
                       struct error *error) MUST_CHECK;
enum status run_fail(struct run *run, uint32_t action, struct failure failure, struct error *error) MUST_CHECK;
/* Moves an action between states and keeps the counts. */
void run_move(struct run *run, uint32_t action, enum action_state state);
/* Takes down that by this event the action is in flight. */
enum status run_note_scheduled(struct run *run, const struct event *event, uint32_t action,
                               enum action_executor executor, struct error *error) MUST_CHECK;
/* An action that was in flight is to be started (again). */
void run_make_ready(struct run *run, uint32_t action);
/* An action that was in flight has not been carried out: its fate is decided by its edges, as if nothing had been. */
void run_put_back(struct run *run, uint32_t action);
/* Ends, as carried out by `executor`, what is ready and has a result (by name), then what that makes ready, etc. */
enum status run_take_results(struct run *run, const struct json_value *results, enum action_executor executor,
                             struct error *error) MUST_CHECK;

/* run_context.c */
enum status run_task_begin(struct run *run, struct arena *arena, struct error *error) MUST_CHECK;
enum status run_context(struct run *run, uint32_t action, const struct action_type *type,
                        const struct json_value *config, struct json_value *context, struct error *error) MUST_CHECK;

/* run_resume.c: the input of the run that continues this one, and taking it up again. */
struct text run_resume_input(struct run *run, struct arena *arena) MUST_CHECK;
enum status run_resume(struct run *run, const struct json_value *input, struct error *error) MUST_CHECK;

/* run_delay.c: actions of type `delay` are timers (engine C.8). */
#define DELAY_TYPE "delay"
/* Is this how long the action waits? Also when it is not known, duration_ms 0. */
bool delay_lasts(const struct graph_action *action, int64_t duration_ms);
/* How long the action of this config waits, and how Go writes that; STATUS_INVALID: error.message is the contract's. */
enum status delay_read(struct arena *arena, struct text name, const struct json_value *config, int64_t *duration_ms,
                       struct text *written, struct error *error) MUST_CHECK;
struct text delay_result(struct arena *arena, struct text written) MUST_CHECK;

/* run_human.c: actions that wait for a person (contract handlers 6.3). */
/* How long one of this config does. */
int64_t human_timeout_ms(const struct action_type *type, const struct json_value *config);
/* Nobody has answered for so long: the action ends with output `timed_out` where an edge asks for that, else it fails
   and says who was asked. */
enum status run_unanswered(struct run *run, uint32_t action, const struct action_type *type, uint32_t seconds,
                           struct error *error) MUST_CHECK;

/* run_branch.c: branches of the Go worker (engine C.6, C.9), as a parent that began them sees them, and as children. */
enum status run_branch_initiated(struct run *run, const struct event *event, struct error *error) MUST_CHECK;
enum status run_branch_done(struct run *run, uint32_t action, const struct event *event,
                            struct error *error) MUST_CHECK;
/* BranchInput as a graph that begins at its start action and ends before its convergence point. */
enum status branch_document(struct arena *arena, const struct json_value *input, struct json_value *graph,
                            struct error *error) MUST_CHECK;
/* What a child saw before it began, as trigger fields. */
enum status branch_context(struct arena *arena, const struct json_value *input, struct json_value *context,
                           struct error *error) MUST_CHECK;
/* BranchOutput. */
struct text branch_output(struct run *run, struct arena *arena) MUST_CHECK;

bool action_state_ended(enum action_state state);

#endif
