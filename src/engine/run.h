/* One workflow run as a value. No clock, no I/O, no threads, no globals, no randomness: the same events give the same
   commands, on any machine, in any version.

   A workflow task goes:   run_apply(event)*   run_decide -> commands
   A PERFORM command is carried out by the caller inside the task and its outcome given back by run_perform_done; then
   run_decide again, until it gives no PERFORM and none is under way. All other commands go to the server, together, in
   the order given. Nobody else looks at a run while its task is open. */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include "engine/command.h"
#include "engine/event.h"

struct run;

/* Outlives the run. */
struct run_policy {
    const struct action_catalog *catalog;
    bool local;             /* dispatch: auto; false sends every action as an activity */
    int64_t continue_after; /* history events; LIMIT_HISTORY_EVENTS when 0 */
    uint32_t local_max;     /* local actions in one task; LIMIT_LOCAL_MARKERS when 0 */
    uint32_t pending_max;   /* activities at once; LIMIT_PENDING_ACTIVITIES when 0 */
};

/* NULL when the system has no memory. Free with run_free. */
struct run *run_new(const struct run_policy *policy) MUST_CHECK;
void run_free(struct run *run); /* accepts NULL */

/* Folds one event into the run. Events come in history order; one that tells what the run already knows changes
   nothing. STATUS_INVALID: this history cannot be; error.where is the event id. A WorkflowInput that is wrong is no
   error here: the run then decides to fail. STATUS_BUDGET: the run's memory is full. */
enum status run_apply(struct run *run, const struct event *event, struct error *error) MUST_CHECK;

/* What a history says beside the state of its run. Borrowed from its events. */
struct history_summary {
    struct text trace;            /* of the start event */
    int64_t started_us, ended_us; /* wall clock of the server at the start event and at the last one; 0: none */
    enum run_close close;
    struct text failure; /* of the run */
};

/* Folds the events into the run, in order, up to the first that run_apply refuses: its status and error. *summary is of
   all events, also of those behind that one; it may be NULL. */
enum status run_fold(struct run *run, const struct event *events, size_t count, struct history_summary *summary,
                     struct error *error) MUST_CHECK;

/* Appends what is to be done now, in an order that depends on the graph alone. `perform` false: no PERFORM is handed
   out (the task's time is spent). What the task has no room for, by number or by bytes, is left to the next one: see
   run_wants_task. commands->arena is scratch of the task: it must live, unchanged, until run_task_end. */
enum status run_decide(struct run *run, bool perform, struct command_list *commands, struct error *error) MUST_CHECK;

/* Takes the outcome of a PERFORM. RETRY hands the action over to an activity; PENDING is an error. What
   report->result points to must live until run_task_end: the actions behind it may read it. */
enum status run_perform_done(struct run *run, uint32_t action, const struct action_report *report,
                             struct error *error) MUST_CHECK;

/* The task is answered, or given up: forgets what lives in the task's arena. A run whose answer may not have arrived
   must be freed, not reused. */
void run_task_end(struct run *run);

/* Skips the inactive actions whose turn it is: run_decide does so first, and so does the end of a history. Until then
   the Go worker may still have begun one. For those who look at an open run without deciding. */
void run_skip_inactive(struct run *run);

bool run_is_full(const struct run *run);       /* the open task takes no more local work */
bool run_wants_task(const struct run *run);    /* the newest run_decide left work that the next task can begin */
bool run_is_performing(const struct run *run); /* PERFORMs are under way */
bool run_is_over(const struct run *run);       /* a closing command was given, or the history is closed */
size_t run_bytes(const struct run *run);       /* what the cache counts */
struct text run_rule_name(const struct run *run);
struct text run_rule_id(const struct run *run);
struct text run_execution_id(const struct run *run);

/* The answer of query `graph_state`: {"status", "rule_name", "failure", "actions": [{"id", "name", "type", "state", "how",
   "attempts", "result", "failure", "scheduled_at_us", "ended_at_us"}]}, sorted as the document has them; what is not
   known is left out. Where it would be larger than Temporal takes, all results are left out: "results_omitted" is true.
   .data NULL past the budget. */
struct text run_graph_state(const struct run *run, struct arena *arena) MUST_CHECK;

enum action_state {
    ACTION_STATE_WAITING,
    ACTION_STATE_READY,
    ACTION_STATE_PERFORMING,
    ACTION_STATE_SCHEDULED,
    ACTION_STATE_FINISHED,
    ACTION_STATE_FAILED,
    ACTION_STATE_SKIPPED,
    ACTION_STATE_DEAD,
    ACTION_STATE_CANCELED,
};
/* Who carries an action out, or has done so. */
enum action_executor {
    EXECUTOR_HERE, /* also: nobody yet */
    EXECUTOR_ACTIVITY,
    EXECUTOR_TIMER,
    EXECUTOR_BRANCH,  /* a child workflow of the Go worker */
    EXECUTOR_EARLIER, /* the run that this one continues */
};
struct run_action {
    struct text id, name, type;
    enum action_state state;
    struct text result;  /* JSON, when finished */
    struct text failure; /* when failed */
    enum action_executor executor;
    bool local;                   /* executor is EXECUTOR_HERE */
    unsigned attempts;            /* 0 unknown */
    int64_t started_us, ended_us; /* server's wall clock, 0 unknown */
    int64_t scheduled_id;         /* its activity's, timer's or branch's event in the history; 0: none */
};
const char *action_state_name(enum action_state state);          /* "waiting", "running", "finished", ... */
const char *action_executor_name(enum action_executor executor); /* "local", "activity", "timer", "branch", "earlier" */
size_t run_action_count(const struct run *run);
void run_action_at(const struct run *run, size_t index, struct run_action *action);

#endif
