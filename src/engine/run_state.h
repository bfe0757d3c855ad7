/* The inside of a run. Only engine/ includes this.

   Actions and edges settle from the start of the graph to its ends: an edge is open until its source has ended, then
   taken, dead or stopped (behind a failure). An action is decided when its last edge has settled. */
#ifndef ENGINE_RUN_STATE_H
#define ENGINE_RUN_STATE_H

#include "engine/run.h"
#include "graph/graph.h"

/* One action of the graph in this run. */
struct node {
    uint8_t state;        /* enum action_state */
    bool taken;           /* at least one incoming edge is taken */
    bool stopped;         /* an incoming edge lies behind a failure */
    bool handed_over;     /* was tried here, goes on as an activity */
    bool recorded;        /* its result is in the history, or among the commands given */
    uint32_t unsettled;   /* incoming edges still open */
    int64_t sort_order;   /* smallest of the taken incoming edges */
    int64_t scheduled_id; /* event; 0 while not in the history */
    int64_t started_us, ended_us; /* server's clock; 0 unknown */
    struct text result;   /* JSON object, when ACTION_FINISHED */
    struct text failure;  /* when ACTION_FAILED */
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
    struct text refusal;

    struct text rule_id, rule_name, execution_id;
    struct text trigger; /* JSON object, or null */
    struct graph graph;
    struct node *nodes;
    uint32_t *ready; /* actions to be started; unsorted, may hold some that have moved on */
    uint32_t ready_count;
    uint32_t *spread; /* worklist of settle; each action enters once */
    uint32_t spread_count;
    uint32_t in_flight;  /* ACTION_SCHEDULED */
    uint32_t performing; /* ACTION_PERFORMING */
    uint32_t failed;

    struct scheduled *scheduled;
    uint32_t scheduled_count, scheduled_capacity;
    uint32_t *unrecorded; /* performed here, marker not given yet; in the order of their ends */
    uint32_t unrecorded_count;

    bool cancel_requested;
    bool suggest_continue;
    int64_t history_length; /* id of the newest EVENT_TASK_STARTED */
    int64_t clock_us;       /* time of the newest event */

    /* Of the open task only; all in the task's arena. */
    struct arena *task_arena;
    struct task_note *notes;
    struct json_value trigger_value;
    uint32_t *seen; /* visit stamps for walking upstream */
    uint32_t *walk;
    uint32_t stamp;
};

/* run_input.c: reads WorkflowInput and starts the run; a bad one leads to PHASE_REFUSED. */
enum status run_start(struct run *run, struct text input, struct error *error) MUST_CHECK;

/* run_settle.c: the dataflow. */
enum status run_settle_start(struct run *run, struct error *error) MUST_CHECK;
enum status run_finish(struct run *run, uint32_t action, struct text result, const struct json_value *value,
                       struct error *error) MUST_CHECK;
enum status run_fail(struct run *run, uint32_t action, struct text failure, struct error *error) MUST_CHECK;
/* Moves an action between states and keeps the counts. */
void run_move(struct run *run, uint32_t action, enum action_state state);

/* run_context.c */
enum status run_task_begin(struct run *run, struct arena *arena, struct error *error) MUST_CHECK;
enum status run_context(struct run *run, uint32_t action, const struct action_type *type,
                        const struct json_value *config, struct json_value *context, struct error *error) MUST_CHECK;

/* run_resume.c: the input of the run that continues this one, and taking it up again. */
struct text run_resume_input(struct run *run, struct arena *arena) MUST_CHECK;
enum status run_resume(struct run *run, const struct json_value *input, struct error *error) MUST_CHECK;

bool action_state_ended(enum action_state state);

#endif
