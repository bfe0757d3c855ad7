/* The internals of a run. Only src/engine includes this.

   Actions and edges settle from the start of the graph to its ends. An edge is open until its source has ended; then it
   is taken, dead, or stopped (downstream of a failure). An action is decided when its last incoming edge
   settles. */
#ifndef ENGINE_RUN_INTERNAL_H
#define ENGINE_RUN_INTERNAL_H

#include "base/json_writer.h"
#include "engine/run.h"
#include "graph/graph.h"

/* One action of the graph in this run. */
struct node {
    uint8_t state;                /* enum action_state */
    uint8_t executor;             /* enum action_executor */
    bool taken;                   /* at least one incoming edge is taken */
    bool stopped;                 /* an incoming edge is downstream of a failure */
    bool handed_over;             /* it was tried locally and continues as an activity */
    bool recorded;                /* its result is in the history or in a command */
    bool listed;                  /* in run.ready */
    uint8_t backlogged;           /* the lists of run.backlog that have it, as bits */
    uint16_t attempts;            /* seen in the history; 0 unknown */
    uint32_t unsettled;           /* incoming edges still open */
    int64_t sort_order;           /* smallest of the taken incoming edges */
    int64_t scheduled_id;         /* event id; 0 while not in the history */
    int64_t started_us, ended_us; /* server's clock; 0 unknown */
    bool routed;                  /* it failed and its failure edges were followed: ACTION_STATE_FINISHED */
    struct wait *wait;            /* for an action that waits for a signal; else NULL */
    bool one_by_one;              /* it asks several people, each by an activity of their own */
    struct ask_list *asks;        /* the people whom it asks one by one; NULL: it has asked nobody yet */
    struct text result;           /* JSON object, when ACTION_STATE_FINISHED */
    struct failure failure;       /* when ACTION_STATE_FAILED or ACTION_STATE_HELD, or routed */
};

/* Notes on an action for one task, in the task's arena, so that nothing is parsed twice. */
enum { NOTE_PAGE = 16 };
struct task_note {
    bool parsed;
    struct json_value result;
    struct text input;  /* the input of a PERFORM */
    bool stored_result; /* its result is that of an earlier attempt */
};

/* The kinds of room that a ready action may wait for. */
enum backlog_kind { BACKLOG_LOCAL, BACKLOG_ACTIVITY, BACKLOG_KINDS };
/* Ready actions that found no room: a heap, the first in order on top. Some may no longer be ready. */
struct backlog {
    uint32_t *items; /* NULL until one is added */
    uint32_t count;
};

/* The action that a scheduled activity, timer or branch belongs to; run.scheduled is in ascending order of event
   ids. */
struct scheduled {
    int64_t event_id;
    int64_t duration_ms; /* start-to-close timeout of an activity, or duration of a timer; 0 unknown */
    uint32_t action;
    uint32_t ask; /* number of the person that the action asks, from 1; 0: all people at once, or nobody */
};
/* The value of scheduled.ask for a timer or a reminder of an action that asks people one by one. */
#define ASK_ASIDE UINT32_MAX

/* Signals that no action has taken yet, in the order in which they came. */
struct signal_list {
    struct arena *arena; /* an arena of their own, since signals come and go; NULL before the first one */
    struct signal *items;
    size_t count, capacity, bytes;
};

/* An update that this worker has accepted, until the history has its event. */
struct accepted {
    struct text id;
    struct accepted *next;
};

/* Whether failed actions are held, and what says so. */
enum hold {
    HOLD_UNDECIDED, /* before the first task: not held */
    HOLD_NOT,
    HOLD_BY_INPUT,
    HOLD_BY_POLICY,  /* the policy of the worker that performed the first task; not in the history yet */
    HOLD_BY_HISTORY, /* the same policy, and the history has it */
};

enum phase {
    PHASE_NEW,     /* no start event yet */
    PHASE_REFUSED, /* the input is invalid: `refusal` says why */
    PHASE_RUNNING,
    PHASE_OVER,
};

struct run {
    const struct run_policy *policy;
    struct arena *arena; /* everything that outlives a task */
    enum phase phase;
    struct failure refusal;

    bool is_branch;        /* ExecuteBranchUntilConvergence */
    bool is_awaited;       /* a branch with a convergence point: its parent waits for it */
    struct text inherited; /* of a branch: the results in its input, a JSON object */
    struct text rule_id, rule_name, execution_id;
    struct text effect_id;    /* see run_effect_id */
    struct text cron_run_id;  /* event_start.run_id of a run by a cron schedule; else empty */
    struct text settings;     /* event_start.settings */
    bool has_execution_id;    /* the input has one */
    bool is_resumed;          /* see run_is_resumed */
    bool passes_effect_id;    /* the next run's input has effect_id: it could not derive that from its own start */
    bool effect_id_confirmed; /* an activity in the history has shown which id the run began with */
    struct text trigger;      /* JSON object, or null */
    struct graph graph;
    struct node *nodes;
    uint32_t *ready; /* actions to start, which run_decide has not seen; some may no longer be ready */
    uint32_t ready_count;
    struct backlog backlog[BACKLOG_KINDS];
    uint32_t ready_nodes; /* ACTION_STATE_READY */
    uint32_t *ended;      /* ended without running, edges not settled yet; each action enters once */
    uint32_t ended_count;
    uint32_t in_flight;  /* ACTION_STATE_SCHEDULED */
    uint32_t activities; /* of them, those of EXECUTOR_ACTIVITY */
    uint32_t performing; /* ACTION_STATE_PERFORMING */
    struct wait *waits;  /* the actions that wait for signals */
    uint32_t wait_count;
    uint32_t waiting; /* of them, those in ACTION_STATE_SCHEDULED */
    struct signal_list signals;
    bool match_due;   /* since the latest run_match_signals a signal has come, or the time of a wait is up */
    uint32_t *asking; /* actions that ask several people and have activities to schedule or cancel; NULL: none yet */
    uint32_t asking_count;
    uint32_t asks_open; /* activities of people who are asked one by one */
    uint32_t failed;
    uint32_t on_hold; /* ACTION_STATE_HELD */
    enum hold hold;
    bool task_completed;             /* the history has a completed task */
    struct text known_failed_action; /* the value in the latest EVENT_FAILED_ACTION */
    uint32_t ignored_signals;        /* that no action waited for when they came */
    struct text ignored_signal;      /* the name of the first one */
    struct accepted *accepted;       /* in the run's arena */

    struct scheduled *scheduled;
    uint32_t scheduled_count, scheduled_capacity;
    uint32_t *unrecorded; /* ended locally, no marker yet; in the order of their ends */
    uint32_t unrecorded_count;

    bool cancel_requested;
    bool suggest_continue;
    bool cannot_continue;   /* the next run's input would be larger than Temporal takes */
    int64_t history_length; /* id of the newest EVENT_TASK_STARTED */
    int64_t clock_us;       /* time of the newest event */
    bool wants_task;        /* a ready action had no room in the task */

    /* Set while a task is open; all pointers lead into its arena. */
    struct arena *task_arena;
    struct task_note **notes; /* of NOTE_PAGE actions each; NULL until one of them has a note */
    bool trigger_read;
    struct json_value trigger_value; /* when trigger_read */
    uint32_t handed_out;             /* PERFORMs */
    size_t handed_bytes;             /* of inputs and results, in PERFORMs and in the answer */
    size_t answer_bytes;             /* approximate size of the answer so far */
    bool answer_full;                /* some of `unrecorded` are left for the next task */

    /* For the upstream walks. */
    uint32_t *seen; /* stamp of the latest walk that saw the action */
    uint32_t *walk;
    uint32_t stamp;
};

/* run_input.c: reads WorkflowInput and starts the run; an invalid one leads to PHASE_REFUSED. */
enum status run_start(struct run *run, const struct event *event, bool is_branch, struct error *error) MUST_CHECK;

/* A UUID member in canonical form, in the run's arena; empty when absent, null, nil or malformed. */
struct text run_read_id(struct run *run, const struct json_value *object, struct text key);

/* run_identity.c: the identity of the run's effects. */
/* Sets effect_id, and execution_id where a start may leave it out. Without an execution id, both stay empty. */
enum status run_identify(struct run *run, const struct json_value *input, const struct event_start *start,
                         struct error *error) MUST_CHECK;
/* Takes a scheduled activity of an action. If its input has no effect_id, the run began when effects belonged to the
   execution id alone, and keeps that as its effect_id. */
enum status run_confirm_identity(struct run *run, const struct event *scheduled, struct error *error) MUST_CHECK;

/* run_settle.c: states of actions and edges. */
/* Counts the open edges and settles the start edges. */
void run_settle_start(struct run *run);
/* Ends an action and settles what follows; no effect when it has ended. `result` is copied; `value` is the parsed
   result, an object. */
enum status run_finish(struct run *run, uint32_t action, struct text result, const struct json_value *value,
                       struct error *error) MUST_CHECK;

/* run_failure.c: actions that fail. */
enum failure_kind {
    FAILURE_PERMANENT, /* another attempt would fail too */
    FAILURE_ATTEMPTS,  /* its last attempt has failed */
    FAILURE_TIMED_OUT,
    FAILURE_CANCELED,
};
/* Ends an action that has failed and settles what follows; no effect when it has ended. `failure` is copied. An action
   with failure edges finishes, and they are followed; node.attempts must be set before, since these edges' actions can
   read it. */
enum status run_fail(struct run *run, uint32_t action, struct failure failure, enum failure_kind kind,
                     struct error *error) MUST_CHECK;
/* Restores an action that failed in an earlier run. result: an object when its failure edges were followed; NULL: it
   failed, or is held if `held`. */
enum status run_fail_earlier(struct run *run, uint32_t action, struct failure failure, bool held,
                             const struct json_value *result, struct error *error) MUST_CHECK;
/* Cancels the held actions together with the run. */
void run_cancel_held(struct run *run);
/* Makes an action on hold fail. */
void run_release_failed(struct run *run, uint32_t action);

/* run_correct.c: updates. */
/* Applies EVENT_UPDATE_ACCEPTED. STATUS_INVALID: the update cannot be applied. */
enum status run_apply_accepted(struct run *run, const struct event *event, struct error *error) MUST_CHECK;

/* Settles the edges of an action that has ended. result: see run_finish; not read when it has failed. */
void run_settle_outgoing(struct run *run, uint32_t action, const struct json_value *result);
/* Moves an action that has not ended to another state and updates the counts. */
void run_move(struct run *run, uint32_t action, enum action_state state);
/* Records that this event put the action in flight. */
enum status run_note_scheduled(struct run *run, const struct event *event, uint32_t action,
                               enum action_executor executor, struct error *error) MUST_CHECK;
/* The entry of run.scheduled for that event; NULL when the event belongs to no action. */
const struct scheduled *run_find_scheduled(const struct run *run, int64_t event_id);
/* Adds an entry to run.scheduled: the action, and the number of the person that it asks (0: none), that the event
   belongs to. */
enum status run_add_scheduled(struct run *run, const struct event *event, uint32_t action, uint32_t ask,
                              struct error *error) MUST_CHECK;
/* Skips an action that is ready and inactive. */
void run_skip(struct run *run, uint32_t action);
/* Makes an action that was in flight ready again. */
void run_make_ready(struct run *run, uint32_t action);
/* Drops actions that are no longer ready from run.ready. */
void run_squeeze_ready(struct run *run);
/* Puts back an action that was in flight but has not been executed: its incoming edges decide its state, as if it had
   never been in flight. */
void run_put_back(struct run *run, uint32_t action);
/* Finishes the ready actions that have a result under their name, as executed by `executor`, then those that this makes
   ready, and so on. */
enum status run_take_results(struct run *run, const struct json_value *results, enum action_executor executor,
                             struct error *error) MUST_CHECK;

/* Queues the marker of an action that has ended locally. */
void run_add_unrecorded(struct run *run, uint32_t action);

/* run_command.c: what all commands have in common. */
/* The approximate size of a command in an answer, without its payloads; in bytes. */
#define COMMAND_BYTES 512
/* The action of an id such as "<action id>/2". *part: the text after the slash, borrowed from the id. UINT32_MAX: the
   id is not of that form. */
uint32_t run_action_of_part(const struct run *run, struct text id, struct text *part);
/* NULL past the budget. */
struct command *run_add_command(struct command_list *commands, enum command_kind kind, struct error *error);
struct command *run_add_for_action(struct run *run, struct command_list *commands, enum command_kind kind,
                                   uint32_t action, struct error *error);
void command_set_failure(struct command *command, struct failure failure);
/* Whether the answer has room for `bytes` more. A single result always fits. */
bool run_answer_has_room(const struct run *run, size_t bytes);
/* Fills the request of an action of that type (NULL: unknown); it lives in the task's arena. */
enum status run_fill_request(struct run *run, uint32_t action, const struct action_type *type,
                             struct action_request *request, struct error *error) MUST_CHECK;
/* The JSON text of the request, in the task's arena; .data NULL past the budget. */
struct text run_write_request(struct run *run, const struct action_request *request) MUST_CHECK;
/* Fills the request and writes its JSON text. */
enum status run_make_request(struct run *run, uint32_t action, const struct action_type *type,
                             struct action_request *request, struct text *json, struct error *error) MUST_CHECK;
/* The timing of an action, from its type and from the policy that the rule has for it. */
struct action_timing run_timing_of(const struct run *run, uint32_t action, const struct action_type *type);
/* Fails an action that can never be started. A marker records that in the history. */
enum status run_refuse_action(struct run *run, uint32_t action, struct failure failure, struct error *error) MUST_CHECK;
/* Fails an action as run_refuse_action does, because its request is larger than Temporal takes. */
enum status run_refuse_large(struct run *run, uint32_t action, size_t bytes, struct error *error) MUST_CHECK;

/* run_ready.c: the order of ready actions, and those that wait for room. */
int run_order(const struct run *run, uint32_t left, uint32_t right); /* <0, 0, >0 */
/* Drops actions that are no longer ready from run.ready, and sorts it. */
void run_sort_ready(struct run *run);
enum status run_backlog_add(struct run *run, enum backlog_kind kind, uint32_t action, struct error *error) MUST_CHECK;
/* The first action of the backlog, in order, that is still ready; UINT32_MAX if absent. */
uint32_t run_backlog_first(struct run *run, enum backlog_kind kind);
/* Removes the first action of the backlog, which must not be empty. */
void run_backlog_take(struct run *run, enum backlog_kind kind);

/* run_context.c: what an action may read. */
/* Prepares the run for a task whose scratch memory is `arena`; no effect when it is already prepared. */
enum status run_task_begin(struct run *run, struct arena *arena, struct error *error) MUST_CHECK;
/* The note of an action in this task; NULL past the arena's cap. */
struct task_note *run_note(struct run *run, uint32_t action);
/* Makes the context of an action of that type (NULL: unknown): an object in the task's arena. */
enum status run_context(struct run *run, uint32_t action, const struct action_type *type,
                        const struct json_value *config, struct json_value *context, struct error *error) MUST_CHECK;

/* run_resume.c: writes the input of the run that continues this one, and reads it. */
struct text run_continuation_input(const struct run *run, struct arena *arena) MUST_CHECK;
enum status run_resume(struct run *run, const struct json_value *input, struct error *error) MUST_CHECK;

/* run_result.c: reads the end of an action from an event. */
/* Reads the result, an object, from the event into the arena. is_output: the payload is the output of an activity,
   which wraps the result. *why: the reason why an action of this type (NULL: unknown) cannot have that result; its text
   is empty when it can. */
enum status run_read_result(struct arena *arena, const struct event *event, bool is_output,
                            const struct action_type *type, struct json_value *result, struct failure *why,
                            struct error *error) MUST_CHECK;

/* run_ask*.c: actions that ask people one by one, each by an activity of their own. */
/* Starts such an action. *several false: it asks all people, if any, by one activity, and nothing has changed. */
enum status run_ask_start(struct run *run, uint32_t action, const struct action_type *type,
                          struct command_list *commands, bool *several, struct error *error) MUST_CHECK;
/* Cancels the activities whose answers are no longer needed. */
enum status run_ask_close(struct run *run, struct command_list *commands, struct error *error) MUST_CHECK;
/* Schedules the activities of the people who are still to be asked, at most `room` of them. */
enum status run_ask_open(struct run *run, uint32_t room, struct command_list *commands, struct error *error) MUST_CHECK;
/* Cancels the open activities of the action. */
enum status run_ask_cancel(struct run *run, uint32_t action, struct command_list *commands,
                           struct error *error) MUST_CHECK;
/* Prepares a failed action for another attempt: everybody is asked anew. */
void run_ask_again(struct run *run, uint32_t action);
/* Apply events. *known: the event belongs to such an action. */
enum status run_ask_noted(struct run *run, const struct event *event, bool *known, struct error *error) MUST_CHECK;
/* EVENT_ACTIVITY_SCHEDULED, EVENT_TIMER_STARTED */
enum status run_ask_scheduled(struct run *run, const struct event *event, bool *known, struct error *error) MUST_CHECK;
void run_ask_canceling(struct run *run, const struct scheduled *scheduled);
enum status run_ask_ended(struct run *run, const struct scheduled *scheduled, const struct event *event,
                          struct error *error) MUST_CHECK;
void run_ask_view(const struct node *node, struct run_asked *asked);

/* run_wait.c: actions that wait for signals. */
#define WAIT_TYPE "wait_for"
/* Finds the waits of the graph, which has been read. */
enum status run_find_waits(struct run *run, struct error *error) MUST_CHECK;
void run_free_signals(struct run *run);
size_t run_signal_bytes(const struct run *run);
/* run_description.c: EVENT_SIGNALED: counts the signal if no action waits for it. */
enum status run_note_signal(struct run *run, const struct event *event, struct error *error) MUST_CHECK;
/* EVENT_SIGNALED: keeps the signal for the actions that wait for it now or later. */
enum status run_signaled(struct run *run, const struct event *event, struct error *error) MUST_CHECK;
void run_wait_timer_started(struct run *run, uint32_t action, const struct event *event);
void run_wait_fired(struct run *run, uint32_t action, const struct event *event);
bool run_wait_has_timer(const struct run *run, uint32_t action);
/* Ends the waits for which a signal has come, or whose time is up. */
enum status run_match_signals(struct run *run, struct error *error) MUST_CHECK;
/* Starts a wait. If a matching signal has already come, the wait ends at once. */
enum status run_wait_start(struct run *run, uint32_t action, struct command_list *commands,
                           struct error *error) MUST_CHECK;
/* Called when the end of an action is recorded: cancels its timer if the action is a wait and has one. */
enum status run_wait_recorded(struct run *run, uint32_t action, struct command_list *commands,
                              struct error *error) MUST_CHECK;
/* Called when the history has the end of a wait, with this result: removes the signal that the wait took. */
void run_wait_was_recorded(struct run *run, uint32_t action, struct text result);
/* Prepares a failed action for another attempt, perhaps with another config. */
enum status run_wait_again(struct run *run, uint32_t action, struct error *error) MUST_CHECK;
/* Write and read the members "waits" and "signals" of `resume`. */
void run_write_waits(struct json_writer *json, const struct run *run);
enum status run_resume_waits(struct run *run, const struct json_value *resume, struct error *error) MUST_CHECK;

/* run_delay.c: actions of type `delay`, which are timers. */
#define DELAY_TYPE "delay"
/* Whether the delay has that duration; true for 0, an unknown duration. */
bool delay_lasts(const struct graph_action *action, int64_t duration_ms);
/* Reads how long an action with this config waits; *written: the duration as Go writes it. STATUS_INVALID:
   error.message has the Go worker's text. */
enum status delay_read(struct arena *arena, struct text name, const struct json_value *config, int64_t *duration_ms,
                       struct text *written, struct error *error) MUST_CHECK;
/* The duration of a timer as Go writes it, in the arena; empty for an impossible duration. */
struct text delay_text(struct arena *arena, int64_t duration_ms) MUST_CHECK;
struct text delay_result(struct arena *arena, struct text written) MUST_CHECK;

/* run_human.c: actions that wait for a person. */
/* The reason why people cannot give this result, an object, as an answer to an action of this type. The text, in the
   arena, is empty when they can, when the type is NULL, and when people do not answer the type. */
struct failure human_answer_fault(struct arena *arena, const struct action_type *type, const struct json_value *result);
/* How long an action with this config waits, in milliseconds. */
int64_t human_timeout_ms(const struct action_type *type, const struct json_value *config);
/* Ends an action that nobody has answered in time: it finishes with output `timed_out` when an edge has that output,
   else it fails with a text that says who was asked. */
enum status run_unanswered(struct run *run, uint32_t action, const struct action_type *type, int64_t seconds,
                           struct error *error) MUST_CHECK;
bool human_has_timed_out_edge(const struct run *run, uint32_t action);
/* Fails an action whose people have not answered as needed within `seconds` (0: the time in its config). what: the
   beginning of the message, such as "nobody answered within". */
enum status run_fail_unanswered(struct run *run, uint32_t action, const struct action_type *type, struct text what,
                                int64_t seconds, struct error *error) MUST_CHECK;

/* run_branch.c: branches of the Go worker, for the parent that started them and for the child. */
enum status run_branch_initiated(struct run *run, const struct event *event, struct error *error) MUST_CHECK;
enum status run_branch_done(struct run *run, uint32_t action, const struct event *event,
                            struct error *error) MUST_CHECK;
/* BranchInput as a graph that begins at its start action and ends before its convergence point. */
enum status branch_document(struct arena *arena, const struct json_value *input, struct json_value *graph,
                            struct error *error) MUST_CHECK;
/* What a child could read when it started, as trigger fields. */
enum status branch_context(struct arena *arena, const struct json_value *input, struct json_value *context,
                           struct error *error) MUST_CHECK;
/* The BranchOutput of a child. */
struct text branch_output(struct run *run, struct arena *arena) MUST_CHECK;

/* Whether the state is final. */
bool action_state_ended(enum action_state state);

#endif
