/* The client of Temporal's workflow service. Requests and responses are plain structs; no protobuf is visible outside
   src/temporal.

   Thread: everything here is for the loop thread of the client's channel (temporal/channel.h), except client_new and
   client_free, which are called before and after the loop runs.

   Calls: every function with a `done` sends one request and returns at once; done runs on the loop, exactly once, never
   inside the call, and also when the client is freed. The request is packed before the function returns, so the
   memory that its arguments point to need not outlive the call, unless stated otherwise. The arguments of done are
   valid while it runs; the texts and arrays in them live in the arena passed to the call, which must outlive done.

   Errors: the client_result of done says how the call ended. Nothing else fails: the process aborts when it is out of
   memory, and a full arena is CLIENT_FAULT_BUDGET.

   Retries, as Temporal's official SDKs make them, with jitter:
     calls        after UNAVAILABLE, INTERNAL, UNKNOWN, ABORTED, DEADLINE_EXCEEDED: 100 ms, then x1.7 up to 5 s; after
                  RESOURCE_EXHAUSTED (throttling) from 1 s; at most 10 tries within 60 s, each with a deadline of 10 s
     polls        after every code but CANCELED: 200 ms, then x2 up to 10 s, without end
     not retried  client_ping, client_shutdown_worker, client_record_worker_heartbeat
   A call whose message is too large is not retried.

   Log: lines about a request carry the log context of the calling thread, which must live until done runs. */
#ifndef TEMPORAL_CLIENT_H
#define TEMPORAL_CLIENT_H

#include "engine/command.h"
#include "engine/description.h"
#include "engine/event.h"
#include "temporal/channel.h"
#include "temporal/keys.h"

struct client;

/* The version of this worker for Temporal's Worker Deployments. Zeroed: the worker is not part of a deployment. */
struct client_deployment {
    struct text name, build_id; /* both or neither */
    bool auto_upgrade;          /* true: runs move to newer versions; false: each run stays with its first version */
};

struct client_options {
    struct text target, namespace_, identity; /* target: host:port; identity: pid@host */
    struct temporal_security security;
    struct client_deployment deployment;
    const struct payload_keys *keys; /* for payloads; must outlive the client. NULL: payloads are not encrypted */
    size_t receive_bytes;            /* the largest response that is received; 0: LIMIT_PROTO_BYTES */
};

/* Connects lazily. Copies the options. NULL when out of memory. */
struct client *client_new(const struct client_options *options) MUST_CHECK;
/* Accepts NULL. Ends every call, usually with RPC_CANCELED; see channel_free. */
void client_free(struct client *client);
/* Owned by the client. */
struct channel *client_channel(struct client *client);

/* Why a call failed. The status code alone does not tell, because gRPC uses the code for throttling also for messages
   that are too large. */
enum client_fault {
    CLIENT_FAULT_NONE,              /* the call succeeded: the code is RPC_OK */
    CLIENT_FAULT_RPC,               /* the server, the connection or a cancellation; see the code */
    CLIENT_FAULT_PAYLOAD_TOO_LARGE, /* a payload is over LIMIT_PAYLOAD_BYTES; nothing was sent */
    CLIENT_FAULT_MESSAGE_TOO_LARGE, /* the request is over LIMIT_ANSWER_BYTES (not sent) or over the server's bound */
    CLIENT_FAULT_BUDGET,            /* the request or response does not fit the arena, or LIMIT_PROTO_BYTES */
    CLIENT_FAULT_UNREADABLE,        /* the response is malformed, or encrypted with a key that is not here */
};

struct client_result {
    int code; /* gRPC status; for a fault of this process the nearest code */
    enum client_fault fault;
    struct text message; /* empty on success */
};
typedef void client_done(void *userdata, const struct client_result *result);

/* GetSystemInfo, without waiting for the server: succeeds if it can be reached now. */
void client_ping(struct client *client, struct arena *arena, client_done *done, void *userdata);
/* DescribeNamespace: RPC_NOT_FOUND when the namespace does not exist. Then lists its search attributes, unless that
   response names them all, and sends a request for an activity that does not exist, to learn whether the server
   supports UpdateActivityOptions. */
void client_check_namespace(struct client *client, struct arena *arena, client_done *done, void *userdata);

/* Writes to names the search attributes for finding runs (ATTRIBUTE_RULE, ...) that the namespace lacks, and returns
   their number, CLIENT_ATTRIBUTES_MAX at most. Known after client_check_namespace. */
size_t client_missing_attributes(const struct client *client, const char *names[]);
#define CLIENT_ATTRIBUTES_MAX 5
/* AddSearchAttributes: adds the missing ones. It takes the server some seconds to accept their values. */
void client_add_attributes(struct client *client, struct arena *arena, client_done *done, void *userdata);
/* Call this when the server has refused a search attribute: none is set until client_check_namespace has run again. */
void client_forget_attributes(struct client *client);

/* ---- workflow tasks ---- */

struct workflow_query {
    struct text id, type, arguments; /* arguments: JSON. id: "" for a legacy query, which has a task of its own */
};

/* A request for an update of the workflow. */
struct workflow_update {
    struct text id, message_id; /* of the update and of the message that brought it */
    struct text name, input;    /* input: JSON */
    struct text fault;          /* why the request cannot be read; empty: it can */
    bool input_foreign;         /* the input's encoding is not json/plain, and input is empty */
    int64_t event_id;           /* the event after which it was sent; 0: unknown */
    const void *request;        /* the message of the API, for the answer; NULL when there is a fault */
};

struct activity_task;

struct workflow_task {
    struct text token;
    struct text workflow_id, run_id, workflow_type;
    int64_t previous_started_id, started_id;
    unsigned attempt; /* from 1 */
    /* The events of all pages, in order. The first one is event 1, unless the task came on a sticky queue or with the
       response to an answer: such a task has only the events since the run's previous task. */
    const struct event *events;
    size_t event_count;
    int64_t first_event_id; /* 0 without events */
    int64_t waited_us;      /* from scheduled to started, by the server's clock; -1: unknown */
    int64_t received_us;    /* monotonic clock, when its first page arrived; 0: now */
    const struct workflow_query *queries;
    size_t query_count;
    bool legacy_query;
    const struct workflow_update *updates;
    size_t update_count;
    struct text unreadable; /* why this worker cannot read the task, which then has no events; empty: it can */
};
/* task: NULL when the poll ended without a task (RPC_OK) or failed. */
typedef void workflow_task_done(void *userdata, const struct workflow_task *task, const struct client_result *result);

/* One long poll; the caller polls again. Reads all pages of the task's history before done runs. sticky_of: empty when
   `queue` is a normal queue; else the normal queue that the sticky queue `queue` belongs to. Returns a handle for
   client_cancel_poll that is valid until done runs. */
struct client_poll *client_poll_workflow_task(struct client *client, struct text queue, struct text sticky_of,
                                              struct arena *arena, workflow_task_done *done, void *userdata);
/* Reads the whole history of a task's run, for a sticky task whose run is no longer in the cache. done gets a copy of
   the task with these events instead of its own; the task's texts must live until done runs. */
void client_fetch_history(struct client *client, const struct workflow_task *task, struct arena *arena,
                          workflow_task_done *done, void *userdata);

struct workflow_answer {
    struct text token;
    const struct command *commands; /* no COMMAND_PERFORM among them */
    size_t command_count;
    struct text task_queue;   /* of scheduled activities and of the run that continues this one */
    struct text trace;        /* of the run, for its activities; may be empty */
    struct text sticky_queue; /* empty: the run is not cached */
    int64_t sticky_timeout_ms;
    bool force_new_task;       /* the run has more to decide at once */
    unsigned eager_activities; /* so many activities may come back with the response */
    const struct query_answer *query_answers;
    size_t query_answer_count;
    const struct update_answer *update_answers;
    size_t update_answer_count;
    bool tells_hold; /* the history must say that failed actions are held: see run_must_tell_hold */
    const struct run_description *description; /* for the run's memo and search attributes; NULL: no change */
    bool sets_failed_action;                   /* the search attribute of that name gets a value */
    struct text failed_action;                 /* empty: it is removed */
};
struct update_answer {
    const struct workflow_update *update;
    struct text result;  /* JSON of an accepted and completed update; unused when there is */
    struct text failure; /* why it is refused */
};
struct query_answer {
    struct text id;      /* of the workflow_query */
    struct text result;  /* JSON; unused when there is */
    struct text failure; /* why the query cannot be answered */
};
/* next: the run's next task, which came with the response, or NULL. It continues the run that was just answered, which
   must be kept for it even without a sticky queue. activities: the eager activities. */
typedef void workflow_answer_done(void *userdata, const struct client_result *result, const struct workflow_task *next,
                                  const struct activity_task *activities, size_t activity_count);

/* RespondWorkflowTaskCompleted. When one command, or all of them together, are too large for the server, nothing is
   sent and the message names the command. The server may forget a task, with its events, when it has no commands and
   all its updates are refused; the run must not be used for the next task then. */
void client_answer_workflow_task(struct client *client, const struct workflow_answer *answer, struct arena *arena,
                                 workflow_answer_done *done, void *userdata);

enum task_failure_cause {
    TASK_FAILURE_UNHANDLED,
    TASK_FAILURE_NON_DETERMINISTIC,
    TASK_FAILURE_PAYLOADS_TOO_LARGE,
    TASK_FAILURE_MESSAGE_TOO_LARGE
};
/* RespondWorkflowTaskFailed. */
void client_fail_workflow_task(struct client *client, struct text token, enum task_failure_cause cause,
                               struct text message, struct arena *arena, client_done *done, void *userdata);
/* RespondQueryTaskCompleted, for a task whose legacy_query is set. */
void client_answer_legacy_query(struct client *client, struct text token, const struct query_answer *answer,
                                struct arena *arena, client_done *done, void *userdata);

/* ---- activity tasks ---- */

struct activity_task {
    struct text token;
    struct text workflow_id, run_id, workflow_type, activity_id, activity_type;
    struct text input;      /* JSON of the first payload */
    struct text trace;      /* trace context of the caller; may be empty */
    bool input_foreign;     /* the input's encoding is not json/plain, and input is empty */
    struct text unreadable; /* why this worker cannot read the task; another worker may. Empty: it can */
    unsigned attempt;       /* from 1 */
    unsigned failures;      /* how many earlier attempts failed; the others were lost with their worker */
    bool counts_failures;   /* the action's retry policy is known, and lost attempts do not count */
    bool last_attempt;      /* a failure of this attempt is final */
    int64_t heartbeat_ms;   /* the heartbeat timeout; 0: none */
    int64_t close_in_ms;    /* the start-to-close timeout, from now; 0: none */
    int64_t scheduled_us;   /* when this attempt was scheduled, by the server's wall clock */
    int64_t waited_us;      /* this attempt, from scheduled to started, by the server's clock */
    int64_t age_us;         /* from the first attempt's schedule to this one's start, likewise */
};
/* task: NULL when the poll ended without a task (RPC_OK) or failed. */
typedef void activity_task_done(void *userdata, const struct activity_task *task, const struct client_result *result);
/* One long poll; see client_poll_workflow_task. */
struct client_poll *client_poll_activity_task(struct client *client, struct text queue, struct arena *arena,
                                              activity_task_done *done, void *userdata);
/* output: JSON. RPC_NOT_FOUND from this function or the next four: the activity is over. */
void client_complete_activity(struct client *client, struct text token, struct text output, struct arena *arena,
                              client_done *done, void *userdata);
/* Completes an activity whose task another worker holds, by its id in the newest run of a workflow. */
void client_complete_activity_by_id(struct client *client, struct text workflow_id, struct text activity_id,
                                    struct text output, struct arena *arena, client_done *done, void *userdata);
/* Why an attempt failed. */
struct activity_failure {
    struct text message;
    const char *type; /* static */
    bool retryable;
    int64_t retry_delay_ms; /* before the next attempt; 0: as the retry policy says */
    bool excused; /* the attempt was stopped from outside: that is not a failure of the action, and is retried */
};
/* The task must live until done runs; the failure need not. If the task counts failures, a failure of its last attempt
   is not retried, even if retryable. */
void client_fail_activity(struct client *client, const struct activity_task *task,
                          const struct activity_failure *failure, struct arena *arena, client_done *done,
                          void *userdata);
void client_cancel_activity(struct client *client, struct text token, struct arena *arena, client_done *done,
                            void *userdata);
/* What the response to a heartbeat asks of the attempt that is under way. */
enum activity_demand {
    ACTIVITY_CONTINUE,
    ACTIVITY_CANCEL,
    ACTIVITY_PAUSE, /* stop: no attempt runs until somebody unpauses the activity */
    ACTIVITY_RESET, /* stop: the activity begins again with its first attempt */
};
typedef void heartbeat_done(void *userdata, enum activity_demand demand, const struct client_result *result);
void client_heartbeat(struct client *client, const struct activity_task *task, struct arena *arena,
                      heartbeat_done *done, void *userdata);
/* Identifies an activity of a run without a task token. */
struct client_activity {
    struct text workflow_id, run_id, activity_id;
};
/* UpdateActivityOptions: sets the heartbeat timeout of the attempt under way and of those after it; 0: none. The task
   token stays valid. RPC_NOT_FOUND: the activity is over. */
void client_set_heartbeat_timeout(struct client *client, const struct client_activity *activity, int64_t timeout_ms,
                                  struct arena *arena, client_done *done, void *userdata);
/* Whether the server allows client_set_heartbeat_timeout. Known after client_check_namespace. */
bool client_sets_heartbeat_timeouts(const struct client *client);

/* ---- polls and the end of a worker ---- */

/* done runs with RPC_CANCELED, or with the task that was already on its way. May be called more than once. */
void client_cancel_poll(struct client_poll *poll);
/* The code with which every try of this poll has failed for more than a second; RPC_OK: the poll is not failing, or the
   server holds it now. A poll that waits for an unreachable server is not failing. */
int client_poll_failing(const struct client_poll *poll);
/* Call this only inside done. True when the server's response to this poll suggests more or fewer polls of its kind;
   *delta is the suggested change, from -LIMIT_POLLS to LIMIT_POLLS. */
bool client_poll_scaling(const struct client_poll *poll, int *delta) MUST_CHECK;
/* ShutdownWorker: the server ends this client's polls of the sticky queue ("": it has no sticky queue), and with
   client_ends_polls those of the normal queue. */
void client_shutdown_worker(struct client *client, struct text queue, struct text sticky_queue, struct text reason,
                            struct arena *arena, client_done *done, void *userdata);
/* Whether client_shutdown_worker ends all polls. If so, use it instead of canceling polls: a task that is on its way to
   a canceled poll is lost until it times out. Known after client_check_namespace. */
bool client_ends_polls(const struct client *client);

/* ---- the worker's own heartbeat, which `temporal worker list` shows ---- */

struct client_worker_slots {
    unsigned used, available;
    int64_t done, failed; /* since the start of the process */
};
struct client_worker_polls {
    unsigned count;
    int64_t succeeded_us; /* wall clock of the last poll that brought a task; 0: none yet */
};
struct client_worker_heartbeat {
    struct text instance, task_queue, host; /* instance: unique for each queue and process */
    bool stops;
    int64_t started_us, now_us; /* wall clock */
    struct client_worker_slots workflow_tasks, activities, local_actions;
    struct client_worker_polls workflow_polls, sticky_polls, activity_polls;
    int64_t cache_hits, cache_misses, cached_runs;
};
/* Whether the server accepts client_record_worker_heartbeat. Known after client_check_namespace. */
bool client_wants_worker_heartbeats(const struct client *client);
/* RecordWorkerHeartbeat. */
void client_record_worker_heartbeat(struct client *client, const struct client_worker_heartbeat *worker,
                                    struct arena *arena, client_done *done, void *userdata);

/* ---- for the command line ---- */

struct workflow_start {
    struct text workflow_id, workflow_type, task_queue, input; /* input: JSON */
    /* For a run that resumes the newest run of the workflow: */
    struct text resumes;  /* the id of that run, which has closed without completing; empty: no run is resumed */
    struct text settings; /* event_start.settings of that run */
    int64_t execution_timeout_ms; /* 0: none */
};
/* RPC_ALREADY_EXISTS: a workflow with this id is running, or has run and is not resumed. On success result.message is
   the run id. A run is resumed only once: a repeated request returns the id of the same new run. */
void client_start_workflow(struct client *client, const struct workflow_start *start, struct arena *arena,
                           client_done *done, void *userdata);
struct workflow_update_request {
    struct text workflow_id, name, input; /* input: JSON */
    struct text identity;                 /* who asks; recorded in the history */
};
/* Sends an update to the newest run of a workflow and waits for its outcome, half a minute at most. On success
   result.message is its result, JSON; RPC_INVALID_ARGUMENT: the update is refused, and the message says why. */
void client_update_workflow(struct client *client, const struct workflow_update_request *asked, struct arena *arena,
                            client_done *done, void *userdata);
/* Reads the whole history of a run; run_id empty: the workflow's newest run. wait: waits until the run has closed, with
   as many long polls as that takes. The task passed to done has the events, and workflow_id and run_id as given, which
   must live until done runs. */
void client_read_workflow(struct client *client, struct text workflow_id, struct text run_id, bool wait,
                          struct arena *arena, workflow_task_done *done, void *userdata);

#endif
