/* One workflow run as a value, without a clock, I/O, threads, globals or randomness: the same events give the same
   commands, on any machine, in any version.

   A workflow task goes:   run_apply(event)*   run_decide -> commands
   The caller performs a PERFORM command inside the task and reports its outcome with run_perform_done, then calls
   run_decide again, until it gives no PERFORM and none is in progress. All other commands go to the server together,
   in the order given. While its task is open, a run is used by that task alone. Not thread-safe. */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "engine/command.h"
#include "engine/event.h"

struct graph;
struct run;

/* The settings of a run. They must outlive it. */
struct run_policy {
    const struct action_catalog *catalog;
    bool local;             /* dispatch: auto; false: every action is an activity */
    bool hold;              /* hold failed actions of runs that begin now and whose input does not decide it */
    int64_t continue_after; /* history events; LIMIT_HISTORY_EVENTS when 0 */
    uint32_t local_max;     /* local actions in one task; LIMIT_LOCAL_MARKERS when 0 */
    uint32_t pending_max;   /* activities at once; LIMIT_PENDING_ACTIVITIES when 0 */
};

/* Makes a run without events. NULL when the system has no memory. Free it with run_free. */
struct run *run_new(const struct run_policy *policy) MUST_CHECK;
void run_free(struct run *run); /* accepts NULL */

/* Applies one event to the run. Events come in history order; an event that says nothing new has no effect.
   STATUS_INVALID: the history is impossible; error.where names the event by its id. An invalid WorkflowInput is not an
   error here: the run then decides to fail. STATUS_BUDGET: the run's memory is full. */
enum status run_apply(struct run *run, const struct event *event, struct error *error) MUST_CHECK;

/* What a history says besides the state of its run. The texts are borrowed from its events. */
struct history_summary {
    struct text trace;            /* the trace context in the start event */
    int64_t started_us, ended_us; /* wall clock of the server at the start event and at the last one; 0: none */
    enum run_close close;
    struct text failure; /* of the run */
};

/* Applies the events in order, up to the first one that run_apply refuses, and returns its status and error. *summary
   covers all events, including those after the refused one; `summary` may be NULL. */
enum status run_fold(struct run *run, const struct event *events, size_t count, struct history_summary *summary,
                     struct error *error) MUST_CHECK;

/* Appends the commands that are due now, in an order that depends on the graph alone. Without `perform`, as when the
   task's time is up, it gives no PERFORM. Work that exceeds the task's limits on number or bytes is left to the next
   task: see run_wants_task. commands->arena must live, and must not be reset, until run_task_end. */
enum status run_decide(struct run *run, bool perform, struct command_list *commands, struct error *error) MUST_CHECK;

/* Takes the outcome of a PERFORM. RETRY hands the action over to an activity; PENDING is an error. What report->result
   points to must live until run_task_end: actions downstream may read it. */
enum status run_perform_done(struct run *run, uint32_t action, const struct action_report *report,
                             struct error *error) MUST_CHECK;

/* Whether failed actions of this run are held although neither its input nor, as yet, its history says so. The answer
   to the task must then say it (event.holds of EVENT_TASK_COMPLETED), so that every worker knows. */
bool run_must_tell_hold(const struct run *run);

/* A workflow update that says how to resolve an action on hold. */
struct run_update {
    struct text id;    /* chosen by the sender */
    struct text name;  /* UPDATE_RETRY, ... */
    struct text input; /* JSON */
};
/* Applies the update, which the answer to the task must accept, before run_decide. STATUS_INVALID: the update is
   refused, nothing has changed, and error.message says why, with the JSON pointer into the update's input. */
enum status run_accept(struct run *run, const struct run_update *update, struct error *error) MUST_CHECK;
/* For an answer that the server refuses permanently: replaces the commands by one that fails the run. The failure's
   text must live as long as the commands. */
enum status run_give_up(struct run *run, struct failure failure, struct command_list *commands,
                        struct error *error) MUST_CHECK;

/* Ends the task after its answer, or when it is given up: drops all pointers into the task's arena. When the answer may
   not have arrived at the server, free the run; do not reuse it. */
void run_task_end(struct run *run);

/* Whether a signal of that name is kept, since an action waits for it or may do so later. */
bool run_awaits_signal(const struct run *run, struct text name);

/* Skips the inactive actions that are ready, as run_decide and the end of a history do. For callers that show an open
   run without deciding. It is not done earlier, since the Go worker may still have started such an action. */
void run_skip_inactive(struct run *run);

bool run_is_full(const struct run *run);       /* the open task takes no more local actions */
bool run_wants_task(const struct run *run);    /* the latest run_decide left work that the next task can start */
bool run_is_performing(const struct run *run); /* PERFORMs are in progress */
bool run_is_over(const struct run *run);       /* a closing command was given, or the history is closed */
size_t run_bytes(const struct run *run);       /* for the cache's budget */
struct text run_rule_name(const struct run *run);
struct text run_rule_id(const struct run *run);
struct text run_execution_id(const struct run *run);
/* The identity of the run's effects, a UUID: together with an action id it makes the action's idempotency key. Retry,
   reset and continue-as-new keep it. It is the execution id for a branch, and when the workflow id ends with the
   execution id, as the ERP's workflow ids do. Any other start of the same input has an identity of its own, and so has
   each run that a cron schedule starts. */
struct text run_effect_id(const struct run *run);

/* ---- resuming a closed run: another run begins with what is done ---- */

/* How a closed run is resumed. All pointers are borrowed. */
struct run_resumption {
    struct text run_id; /* of the closed run; the input names it */
    struct text graph;  /* JSON in place of the run's own; it has every action that is kept. Empty: the run's own */
    const bool *again;  /* for each action of run_graph: it is performed again even if it has finished; NULL: none is */
};
/* The input of a run that resumes this closed run. Finished actions keep their results, including those whose failure
   edges were followed; all others are performed. Effects belong to the same execution, so an effect that the ledger has
   is not repeated. .data NULL past the budget. */
struct text run_resumed_input(const struct run *run, const struct run_resumption *resumption,
                              struct arena *arena) MUST_CHECK;
/* Replaces the config of an action of run_graph with this JSON text. Call it before run_resumed_input. STATUS_BUDGET:
   the run's memory is full. */
enum status run_set_config(struct run *run, uint32_t action, struct text config, struct error *error) MUST_CHECK;
/* Whether the run was started to resume another one. False for a run that continues such a run. */
bool run_is_resumed(const struct run *run);

/* The answer of query `graph_state`: {"status", "rule_name", "failure", "actions": [{"id", "name", "type", "state",
   "how", "attempts", "result", "failure", "scheduled_at_us", "ended_at_us"}]}, in the order of the document; unknown
   members are left out. When it would be larger than Temporal takes, all results are left out and "results_omitted" is
   true. .data NULL past the budget. */
struct text run_graph_state(const struct run *run, struct arena *arena) MUST_CHECK;

enum action_state {
    ACTION_STATE_WAITING,
    ACTION_STATE_READY,
    ACTION_STATE_PERFORMING,
    ACTION_STATE_SCHEDULED,
    ACTION_STATE_HELD, /* failed, and waits for an update */
    ACTION_STATE_FINISHED,
    ACTION_STATE_FAILED,
    ACTION_STATE_SKIPPED,
    ACTION_STATE_DEAD,
    ACTION_STATE_CANCELED,
};
/* What executes an action, or has executed it. */
enum action_executor {
    EXECUTOR_HERE, /* locally in a workflow task; also when not started yet */
    EXECUTOR_ACTIVITY,
    EXECUTOR_TIMER,
    EXECUTOR_BRANCH,  /* a child workflow of the Go worker */
    EXECUTOR_EARLIER, /* an earlier run, which this one continues or resumes */
};
/* The number of people that an action asks one by one, and of their answers. asked 0: it asks nobody so. */
struct run_asked {
    uint32_t asked, required, approved, rejected;
    uint32_t reminders;             /* number sent */
    int64_t remind_id, escalate_id; /* event ids of the timers that run; 0: none */
};
/* One of the people whom an action asks one by one. */
struct run_ask {
    struct text action_id;
    uint32_t number; /* from 1 */
    struct text approver;
    struct text output;   /* of the answer: approved, rejected or timed_out; empty: no answer yet */
    int64_t scheduled_id; /* event id of the activity; 0: not in the history */
    bool open;            /* the activity waits for the answer */
};
struct run_action {
    struct text id, name, type;
    enum action_state state;
    struct text result;  /* JSON, when finished */
    struct text failure; /* when failed or held */
    enum action_executor executor;
    bool local;                   /* executor is EXECUTOR_HERE */
    unsigned attempts;            /* 0 unknown */
    int64_t started_us, ended_us; /* server's wall clock, 0 unknown */
    int64_t scheduled_id;         /* event id of its activity, timer or branch in the history; 0: none */
    struct run_asked people;
};
const char *action_state_name(enum action_state state);          /* "waiting", "running", "finished", ... */
const char *action_executor_name(enum action_executor executor); /* "local", "activity", "timer", "branch", "earlier" */
size_t run_action_count(const struct run *run);
/* The graph of the run's actions, in the same order. NULL before the run has one, and when the input is invalid.
   Borrowed. */
const struct graph *run_graph(const struct run *run);
void run_action_at(const struct run *run, size_t index, struct run_action *action);
/* Fills *ask with the person whose activity that event scheduled. False: it scheduled no such activity. */
bool run_ask_of(const struct run *run, int64_t scheduled_id, struct run_ask *ask) MUST_CHECK;
/* Fills *ask with the person at `index` among those whom the action asks, in the order in which they are asked. False
   past the last one. */
bool run_ask_at(const struct run *run, size_t action, size_t index, struct run_ask *ask) MUST_CHECK;

#endif
