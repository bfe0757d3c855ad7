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

/* Outlives the run. */
struct run_policy {
    const struct action_catalog *catalog;
    bool local;             /* dispatch: auto; false sends every action as an activity */
    bool hold;              /* failed actions of runs that begin now, and whose input does not say, are held */
    int64_t continue_after; /* history events; LIMIT_HISTORY_EVENTS when 0 */
    uint32_t local_max;     /* local actions in one task; LIMIT_LOCAL_MARKERS when 0 */
    uint32_t pending_max;   /* activities at once; LIMIT_PENDING_ACTIVITIES when 0 */
};

/* NULL when the system has no memory. Free with run_free. */
struct run *run_new(const struct run_policy *policy) MUST_CHECK;
void run_free(struct run *run); /* accepts NULL */

/* Applies one event to the run. Events come in history order; one that says nothing new changes nothing.
   STATUS_INVALID: this history is impossible; error.where is the event id. An invalid WorkflowInput is not an error
   here: the run then decides to fail. STATUS_BUDGET: the run's memory is full. */
enum status run_apply(struct run *run, const struct event *event, struct error *error) MUST_CHECK;

/* What a history says besides the state of its run. The texts are borrowed from its events. */
struct history_summary {
    struct text trace;            /* of the start event */
    int64_t started_us, ended_us; /* wall clock of the server at the start event and at the last one; 0: none */
    enum run_close close;
    struct text failure; /* of the run */
};

/* Applies the events to the run, in order, up to the first that run_apply refuses: its status and error. *summary
   covers all events, also those after it; it may be NULL. */
enum status run_fold(struct run *run, const struct event *events, size_t count, struct history_summary *summary,
                     struct error *error) MUST_CHECK;

/* Appends what is to be done now, in an order that depends on the graph alone. Without `perform`, as when the task's
   time is up, no PERFORM is given. What the task has no room for, by number or by bytes, is left to the next one: see
   run_wants_task. commands->arena must live, and not be reset, until run_task_end. */
enum status run_decide(struct run *run, bool perform, struct command_list *commands, struct error *error) MUST_CHECK;

/* Takes the outcome of a PERFORM. RETRY hands the action over to an activity; PENDING is an error. What report->result
   points to must live until run_task_end: actions downstream may read it. */
enum status run_perform_done(struct run *run, uint32_t action, const struct action_report *report,
                             struct error *error) MUST_CHECK;

/* Whether failed actions of this run are held though its input does not say so, and the history does not have that yet.
   The answer to the task must say it (holds of EVENT_TASK_COMPLETED), so that every worker knows. */
bool run_must_tell_hold(const struct run *run);

/* What somebody asks of a run with actions on hold, by an update of the workflow. */
struct run_update {
    struct text id;    /* chosen by who sent it */
    struct text name;  /* UPDATE_RETRY, ... */
    struct text input; /* JSON */
};
/* Applies the update, which the answer to the task must accept, before run_decide. STATUS_INVALID: it is refused,
   nothing has changed, and error.message says why, with the JSON pointer into its input. */
enum status run_accept(struct run *run, const struct run_update *update, struct error *error) MUST_CHECK;
/* The server refuses for good what was decided: replaces the commands by one that fails the run. The failure's text
   must live as long as the commands. */
enum status run_give_up(struct run *run, struct failure failure, struct command_list *commands,
                        struct error *error) MUST_CHECK;

/* The task is answered, or given up: forgets what lives in the task's arena. Free a run whose answer may not have
   arrived; do not reuse it. */
void run_task_end(struct run *run);

/* Whether a signal of that name is kept: an action waits for it, or may do so later. */
bool run_awaits_signal(const struct run *run, struct text name);

/* Skips the inactive actions that are ready, as run_decide and the end of a history do. For callers that show an open
   run without deciding. Not done earlier, since the Go worker may still have started one. */
void run_skip_inactive(struct run *run);

bool run_is_full(const struct run *run);       /* the open task takes no more local actions */
bool run_wants_task(const struct run *run);    /* the latest run_decide left work that the next task can start */
bool run_is_performing(const struct run *run); /* PERFORMs are in progress */
bool run_is_over(const struct run *run);       /* a closing command was given, or the history is closed */
size_t run_bytes(const struct run *run);       /* for the cache's budget */
struct text run_rule_name(const struct run *run);
struct text run_rule_id(const struct run *run);
struct text run_execution_id(const struct run *run);
/* What the effects of the run belong to, a UUID: with an action id it makes the idempotency key of an action. Retry,
   reset and continue-as-new keep it. The execution id when the workflow id ends with it, as the ERP's does, and of a
   branch; any other start of the same input has an identity of its own, as has each time a cron schedule comes
   round. */
struct text run_effect_id(const struct run *run);

/* ---- a run that has closed is resumed: another run begins with what is done ---- */

/* Borrowed. */
struct run_resumption {
    struct text run_id; /* of the closed run; the input names it */
    struct text graph;  /* JSON, instead of the run's own; it has every action that is kept. Empty: the run's own */
    const bool *again;  /* for each action of run_graph: it is performed again even if it has finished; NULL: none is */
};
/* The input of a run that resumes this one, which has closed. Actions that have finished keep their results, also those
   whose failure edges were followed; all others are performed. Effects belong to the same execution, so what the ledger
   has of an action is not done again. .data NULL past the budget. */
struct text run_resumed_input(const struct run *run, const struct run_resumption *resumption,
                              struct arena *arena) MUST_CHECK;
/* Replaces the config of an action of run_graph, JSON, before run_resumed_input. STATUS_BUDGET. */
enum status run_set_config(struct run *run, uint32_t action, struct text config, struct error *error) MUST_CHECK;
/* Whether the run was started to resume another one. One that continues it was not. */
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
    ACTION_STATE_HELD, /* it has failed, and waits for an update */
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
    EXECUTOR_EARLIER, /* the run that this one continues */
};
/* How many people an action asks one by one, and what they have said. asked 0: it does not. */
struct run_asked {
    uint32_t asked, required, approved, rejected;
    uint32_t reminders;             /* that have been sent */
    int64_t remind_id, escalate_id; /* event ids of the timers that run; 0: none */
};
/* One of the people whom an action asks one by one. */
struct run_ask {
    struct text action_id;
    uint32_t number; /* from 1 */
    struct text approver;
    struct text output;   /* of the answer: approved, rejected or timed_out; empty: no answer yet */
    int64_t scheduled_id; /* event id of the activity; 0: not in the history */
    bool open;            /* it waits for the answer */
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
/* The graph of its actions, in the same order. NULL while there is none, and when the input is invalid. Borrowed. */
const struct graph *run_graph(const struct run *run);
void run_action_at(const struct run *run, size_t index, struct run_action *action);
/* The person whose activity was scheduled by that event. False: it is not of one. */
bool run_ask_of(const struct run *run, int64_t scheduled_id, struct run_ask *ask) MUST_CHECK;
/* The people of an action, in the order in which they are asked. False past the last one. */
bool run_ask_at(const struct run *run, size_t action, size_t index, struct run_ask *ask) MUST_CHECK;

#endif
