/* A Temporal server in memory, behind temporal/client.h: it notes the calls of the worker and answers them on the real
   loop, as the test has it. One worker at a time. */
#ifndef TEST_WORKER_SERVER_H
#define TEST_WORKER_SERVER_H

#include "temporal/client.h"
#include "worker/worker.h"

enum call_kind {
    CALL_PING,
    CALL_NAMESPACE,
    CALL_ANSWER,
    CALL_FAIL_TASK,
    CALL_FETCH_HISTORY,
    CALL_QUERY,
    CALL_COMPLETE,
    CALL_FAIL,
    CALL_CANCELED,
    CALL_HEARTBEAT,
    CALL_TIMEOUT, /* text: the activity's id */
    CALL_SHUTDOWN,
    CALL_KINDS,
};

/* What the worker asked. Lives as long as the test. */
struct call {
    enum call_kind kind;
    struct text token;
    struct text text;       /* output, result of a query, or why it failed */
    struct text type;       /* of a failure */
    bool retryable;         /* CALL_FAIL */
    int64_t retry_delay_ms; /* CALL_FAIL */
    bool excused;           /* CALL_FAIL */
    int64_t timeout_ms;     /* CALL_TIMEOUT */
    enum task_failure_cause cause;
    struct command *commands; /* CALL_ANSWER, with names, types, payloads and failures */
    size_t command_count;
    struct text task_queue, sticky_queue;
    bool force_new_task;
    unsigned eager_activities;
    struct query_answer *queries;
    size_t query_count;
};

/* What the worker gets. All zero: done, and nothing else. */
struct reply {
    int code;
    enum client_fault fault; /* CLIENT_FAULT_NONE: as the code says */
    const char *message;
    const struct workflow_task *task;       /* CALL_ANSWER: next; CALL_FETCH_HISTORY */
    const struct activity_task *activities; /* CALL_ANSWER */
    size_t activity_count;
    enum activity_demand demand; /* CALL_HEARTBEAT */
    bool held;                   /* delivered only by server_release */
};

struct server {
    struct worker *worker;
    struct arena *arena; /* for whatever lives as long as the test; of the loop thread */
    struct arena *notes; /* likewise, of threads of the pool, one at a time */
    struct worker_options options;
    struct reply reply;                       /* to the call that on_call gets; set there, reset afterwards */
    void (*on_call)(const struct call *call); /* on the loop, before the reply; may be NULL */
    void (*on_ready)(bool ready);
    unsigned calls[CALL_KINDS];
    unsigned workflow_polls, sticky_polls, activity_polls;    /* under way */
    unsigned workflow_polled, sticky_polled, activity_polled; /* started so far */
    int poll_failure;                                         /* the next poll ends with this code */
    bool sets_timeouts;                                       /* client_sets_heartbeat_timeouts */
    const int *scale_delta;                                   /* what each poll's answer suggests; may be NULL */
    unsigned polls_most;                                      /* of a kind at once so far */
    int polls_failing; /* all polls under way fail again and again with this code */
};
extern struct server server;

/* Sets up `server` with options that a test may change before server_run. */
void server_set_up(void);
void server_tear_down(void);
/* Makes the worker and works until somebody stops it; frees it when it has drained. */
enum worker_end server_run(void);
struct channel *server_channel(void); /* of the worker that runs */

/* To the next poll of that kind, also one under way. The task must live as long as the test. */
void server_give_task(const struct workflow_task *task, bool sticky);
void server_give_activity(const struct activity_task *task);
/* Ends up to `most` polls that are under way, and have no task. */
void server_end_polls(unsigned most, int code);
void server_release(void); /* delivers the reply that was held */

/* ---- the log ---- */

void log_capture(void);
struct text log_captured(void); /* since then */
unsigned log_times(struct text log, const char *part);

/* ---- rules, histories, tasks ---- */

/* WorkflowInput. types: "pure write"; edges: ">0 0>1" (>0: a start edge). Action N has the id of action_id(N) and the
   name aN. */
struct text rule(const char *types, const char *edges);
struct text action_id(unsigned index);
/* The first task of a run of this rule, with the events up to its start (3). */
struct workflow_task *first_task(const char *run, struct text input);
/* A later task of the same run: these events, ids from `first_id` on, then its own start. */
struct workflow_task *later_task(const struct workflow_task *first, int64_t first_id, const struct event *events,
                                 size_t count);
struct activity_task *activity(const char *id, const char *action_type);

/* ---- action types that stand in for the generated ones (stand_ins.c) ----
   pure, write, refuse: local; flaky: local, tried once, then done as an activity; meet: local, done when two of them
   are inside at a time; crowd: likewise four; far: an activity that must not run twice; slow: one that fails when its
   time is up; patient: an activity that ends when it is canceled or stopped; once: the same, which must not run twice;
   stubborn: an activity that ends when gate_open is called; large: an activity with a result of three megabytes; busy:
   an activity that asks for a delay before its next attempt; later, hold: asynchronous ones that are done at once, or
   like stubborn; ask: one that waits for a person, performed by nobody here. */
extern const struct action_catalog stand_ins;
void gate_close(void); /* as it is at first */
void gate_open(void);
unsigned crowd_most(void); /* how many of crowd were inside at a time; call it when none is */
void gate_await(void);     /* until somebody waits at the gate */
void gate_pass(void);      /* waits there until it is open */

#endif
