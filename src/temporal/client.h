/* Temporal's workflow service in our own words: requests go in as plain structs, answers come back as plain structs,
   and no protobuf is seen outside this room. All calls are asynchronous on the channel's loop; what an answer points to
   lives in the arena given to the call. Retry inside a call: as the official SDKs do (100 ms x1.7 to 5 s, at most
   10 tries in 60 s, for UNAVAILABLE, RESOURCE_EXHAUSTED (from 1 s), INTERNAL, UNKNOWN, ABORTED, DEADLINE_EXCEEDED);
   polls retry for ever (200 ms x2 to 10 s), but for one that we or the server canceled; and a too large answer is no
   throttling. Requests are packed at once: what they point to need not outlive the call, unless said otherwise. Lines of
   the log about a request tell of what the thread's log context is when it is made, which must live until it is done. */
#ifndef TEMPORAL_CLIENT_H
#define TEMPORAL_CLIENT_H

#include "engine/command.h"
#include "engine/event.h"
#include "temporal/channel.h"
#include "temporal/keys.h"

struct client;

/* Which version of which worker this is, for Temporal's Worker Deployments. Zeroed: it takes no part in them. */
struct client_deployment {
    struct text name, build_id; /* both or neither */
    bool auto_upgrade;          /* runs go on with newer versions; else each stays with that which it began with */
};

struct client_options {
    struct text target, namespace_, identity; /* identity: pid@host */
    struct temporal_security security;
    struct client_deployment deployment;
    const struct payload_keys *keys; /* of payloads; outlives the client. NULL: nothing is encrypted */
};

/* Copies the options. NULL when out of memory. */
struct client *client_new(const struct client_options *options) MUST_CHECK;
void client_free(struct client *client); /* accepts NULL; see channel_free */
struct channel *client_channel(struct client *client);

/* Why a call failed. A status code alone does not say: gRPC gives a message that is too large the code of throttling. */
enum client_fault {
    CLIENT_FAULT_NONE,              /* it succeeded: the code is RPC_OK */
    CLIENT_FAULT_RPC,               /* the server, the connection or a cancellation; see the code */
    CLIENT_FAULT_PAYLOAD_TOO_LARGE, /* one payload is over LIMIT_PAYLOAD_BYTES; nothing was sent */
    CLIENT_FAULT_MESSAGE_TOO_LARGE, /* the request is over LIMIT_ANSWER_BYTES, and was not sent, or over the server's bound */
    CLIENT_FAULT_BUDGET,            /* the request or the response does not fit the call's arena or LIMIT_PROTO_BYTES */
};

struct client_result {
    int code; /* gRPC status, of a fault of our own the nearest one; RPC_OK: success */
    enum client_fault fault;
    struct text message;
};
typedef void client_done(void *userdata, const struct client_result *result);

/* GetSystemInfo: is somebody there? Not retried. */
void client_ping(struct client *client, struct arena *arena, client_done *done, void *userdata);
/* DescribeNamespace: does our namespace exist? */
void client_check_namespace(struct client *client, struct arena *arena, client_done *done, void *userdata);

/* ---- workflow tasks ---- */

struct workflow_query {
    struct text id, type, arguments; /* id "" for the legacy query of a task that is nothing but a query */
};

struct activity_task;

struct workflow_task {
    struct text token;
    struct text workflow_id, run_id, workflow_type;
    int64_t previous_started_id, started_id;
    unsigned attempt;
    /* All pages, in order. The first one is 1 unless the task came by the sticky queue or inline with an answer: then
       only what happened since the run's last task is there. */
    const struct event *events;
    size_t event_count;
    int64_t first_event_id; /* 0 when there are no events */
    int64_t waited_us;      /* for somebody to take it, by the server's clock; -1 unknown */
    const struct workflow_query *queries;
    size_t query_count;
    bool legacy_query;
};
/* task is NULL when the poll ended empty or failed (result tells which). */
typedef void workflow_task_done(void *userdata, const struct workflow_task *task, const struct client_result *result);

/* sticky_of: empty for a poll of the normal queue `queue`; else `queue` is the sticky queue of that normal queue.
   Fetches further pages of the history before done runs. One long poll: the caller polls again.
   Returns a handle for client_cancel_poll, valid until done runs. */
struct client_poll *client_poll_workflow_task(struct client *client, struct text queue, struct text sticky_of,
                                              struct arena *arena, workflow_task_done *done, void *userdata);
/* The whole history of a run, for one that fell out of the cache while a sticky task was on its way: the task's events
   are replaced. done gets the same task struct with all events; the task's texts must live until then. */
void client_fetch_history(struct client *client, const struct workflow_task *task, struct arena *arena,
                          workflow_task_done *done, void *userdata);

struct workflow_answer {
    struct text token;
    const struct command *commands; /* no COMMAND_PERFORM among them */
    size_t command_count;
    struct text task_queue;   /* of scheduled activities */
    struct text trace;        /* of the run, handed on; may be empty */
    struct text sticky_queue; /* "": the run is not kept */
    int64_t sticky_timeout_ms;
    bool force_new_task;       /* more is to do at once */
    unsigned eager_activities; /* how many may come back with the answer */
    const struct query_answer *query_answers;
    size_t query_answer_count;
};
struct query_answer {
    struct text id;      /* of workflow_query */
    struct text result;  /* JSON; or */
    struct text failure; /* why it cannot be answered */
};
/* done: next task (force_new_task; NULL when none came inline), which needs the run that has just been answered even
   when it is not kept by a sticky queue, and the eager activities. */
typedef void workflow_answer_done(void *userdata, const struct client_result *result, const struct workflow_task *next,
                                  const struct activity_task *activities, size_t activity_count);

/* An answer that is too large for the server (CLIENT_FAULT_PAYLOAD_TOO_LARGE, CLIENT_FAULT_MESSAGE_TOO_LARGE) is not sent;
   the message names the command. */
void client_answer_workflow_task(struct client *client, const struct workflow_answer *answer, struct arena *arena,
                                 workflow_answer_done *done, void *userdata);
enum task_failure_cause {
    TASK_FAILURE_UNHANDLED,
    TASK_FAILURE_NON_DETERMINISTIC,
    TASK_FAILURE_PAYLOADS_TOO_LARGE,
    TASK_FAILURE_MESSAGE_TOO_LARGE
};
void client_fail_workflow_task(struct client *client, struct text token, enum task_failure_cause cause,
                               struct text message, struct arena *arena, client_done *done, void *userdata);
void client_answer_legacy_query(struct client *client, struct text token, const struct query_answer *answer,
                                struct arena *arena, client_done *done, void *userdata);

/* ---- activity tasks ---- */

struct activity_task {
    struct text token;
    struct text workflow_id, run_id, workflow_type, activity_id, activity_type;
    struct text input;  /* JSON of the first payload */
    struct text trace;  /* what the caller's tracing hands on; may be empty */
    bool input_foreign; /* its encoding is not json/plain */
    unsigned attempt;
    bool last_attempt;    /* no other follows, whatever becomes of it */
    int64_t heartbeat_ms; /* 0: none */
    int64_t close_in_ms;  /* start-to-close from now; 0: none */
    int64_t scheduled_us; /* server's wall clock */
    int64_t waited_us;    /* for somebody to take this attempt, by the server's clock */
    int64_t age_us;       /* since it was scheduled first, likewise */
};
typedef void activity_task_done(void *userdata, const struct activity_task *task, const struct client_result *result);
struct client_poll *client_poll_activity_task(struct client *client, struct text queue, struct arena *arena,
                                              activity_task_done *done, void *userdata);
void client_complete_activity(struct client *client, struct text token, struct text output, struct arena *arena,
                              client_done *done, void *userdata);
/* The same for one that somebody else has taken: by its id, in the newest run of a workflow. */
void client_complete_activity_by_id(struct client *client, struct text workflow_id, struct text activity_id,
                                    struct text output, struct arena *arena, client_done *done, void *userdata);
void client_fail_activity(struct client *client, struct text token, struct text message, const char *type,
                          bool retryable, struct arena *arena, client_done *done, void *userdata);
void client_cancel_activity(struct client *client, struct text token, struct arena *arena, client_done *done,
                            void *userdata);
typedef void heartbeat_done(void *userdata, bool cancel_requested, const struct client_result *result);
void client_heartbeat(struct client *client, struct text token, struct arena *arena, heartbeat_done *done,
                      void *userdata);

void client_cancel_poll(struct client_poll *poll);
/* The code with which it has been failing for more than a second, each try of it; RPC_OK: it does not, or the server has
   taken it by now. While the server cannot be reached it does not fail, but waits. */
int client_poll_failing(const struct client_poll *poll);
/* ShutdownWorker: ends this client's polls of the sticky queue at the server ("": there is none), and where
   client_ends_polls those of the queue too. */
void client_shutdown_worker(struct client *client, struct text queue, struct text sticky_queue, struct text reason,
                            struct arena *arena, client_done *done, void *userdata);
/* Does the server end all polls so? A task that is on its way to a poll that we cancel is lost until it times out.
   Known after client_check_namespace. */
bool client_ends_polls(const struct client *client);

/* ---- what `temporal worker list` shows ---- */

struct client_worker_slots {
    unsigned used, available;
    int64_t done, failed; /* since the start */
};
struct client_worker_polls {
    unsigned count;
    int64_t succeeded_us; /* wall clock of the last one that brought a task; 0: none yet */
};
struct client_worker_heartbeat {
    struct text instance, task_queue, host; /* instance: another one for each queue and process */
    bool stops;
    int64_t started_us, now_us; /* wall clock */
    struct client_worker_slots workflow_tasks, activities, local_actions;
    struct client_worker_polls workflow_polls, sticky_polls, activity_polls;
    int64_t cache_hits, cache_misses, cached_runs;
};
/* Does the server want to know? Known after client_check_namespace. */
bool client_wants_worker_heartbeats(const struct client *client);
/* RecordWorkerHeartbeat. Not retried. */
void client_record_worker_heartbeat(struct client *client, const struct client_worker_heartbeat *worker,
                                    struct arena *arena, client_done *done, void *userdata);

/* ---- for the command line ---- */

struct workflow_start {
    struct text workflow_id, workflow_type, task_queue, input; /* input: JSON */
};
/* RPC_ALREADY_EXISTS when it runs or ran. result.message is the run id when done. */
void client_start_workflow(struct client *client, const struct workflow_start *start, struct arena *arena,
                           client_done *done, void *userdata);
/* Reads the whole history of a workflow's newest run (or the run given). wait: only after it has closed (long polls as
   often as needed). The task has events, and workflow_id and run_id as given, which must live until done. */
void client_read_workflow(struct client *client, struct text workflow_id, struct text run_id, bool wait,
                          struct arena *arena, workflow_task_done *done, void *userdata);

#endif
