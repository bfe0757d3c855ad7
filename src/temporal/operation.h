/* One request of ours to Temporal, with its retries; what the client_*.c files share. For the loop thread. */
#ifndef TEMPORAL_OPERATION_H
#define TEMPORAL_OPERATION_H

#include "base/log.h"
#include "base/metrics.h"
#include "temporal/client.h"
#include "temporal/proto.h"
#include "temporal/retry.h"

/* What a kind of request is sent like. */
struct operation_kind {
    const char *method; /* the last part of the name */
    const ProtobufCMessageDescriptor *response;
    const struct retry_policy *retry;
    int64_t deadline_ms; /* of each try */
    bool wait_for_ready;
    bool long_poll; /* that a try outlasted its deadline is an empty answer, no failure */
    struct operation_counts *counts;
};

/* Each NULL until there is something to count. */
struct operation_counts {
    struct metric *sent, *latency, *failed[RPC_UNAUTHENTICATED + 1]; /* failed: by code */
};
/* For `counts` of a kind, which is constant but for this. */
#define OPERATION_COUNTS (&(struct operation_counts){0})

#define SERVICE          "/temporal.api.workflowservice.v1.WorkflowService/"

/* A kind whose answer is quick, and which is tried again until the server is there. */
#define OPERATION_CALL(name, message)                                                                                  \
    {                                                                                                                  \
        .method = SERVICE name, .response = &api__##message##_response__descriptor, .retry = &retry_calls,             \
        .deadline_ms = 10000, .wait_for_ready = true, .counts = OPERATION_COUNTS,                                      \
    }

struct operation;
struct task_reader;

/* response: NULL unless code is RPC_OK, and for a long poll that outlasted its deadline. */
typedef void operation_finish(struct operation *operation, const struct client_result *result, const void *response);

struct operation {
    struct client *client;
    struct operation *next, **link;
    const struct operation_kind *kind;
    struct arena *arena;
    const struct log_context *about; /* what its lines tell of */
    struct text request;
    struct retry retry;
    struct channel_call *call;   /* while a try is under way */
    int64_t sent_us;             /* when that began */
    int failed_code;             /* of the try before it */
    struct channel_timer *timer; /* while waiting for the next one */
    struct client_result refusal;
    bool canceled;
    bool goes_on; /* finish sent another request */
    operation_finish *finish;
    struct task_reader *reader;             /* while a history is read */
    const struct activity_task *activities; /* that came with the answer to a workflow task */
    size_t activity_count;
    /* What the caller gave. */
    union {
        client_done *plain;
        workflow_task_done *workflow_task;
        workflow_answer_done *workflow_answer;
        activity_task_done *activity_task;
        heartbeat_done *heartbeat;
    } done;
    void *context;
};

/* A new one: set done, then send or refuse; it is gone after the finish that does not send again. */
struct operation *operation_begin(struct client *client, struct arena *arena, void *context);
/* Sends the request, whose payloads are encrypted in place where there are keys; finish runs on the loop, exactly once,
   never inside this call. In a finish: the operation goes on under the same handle. */
void operation_send(struct operation *operation, const struct operation_kind *kind, ProtobufCMessage *request,
                    operation_finish *finish);
/* Sends nothing; finish gets this result, whose message is static or lives in the arena. */
void operation_refuse(struct operation *operation, const struct client_result *result, operation_finish *finish);
/* The same for a request that is over a bound of the server. */
void operation_refuse_size(struct operation *operation, enum client_fault fault, struct text message,
                           operation_finish *finish);
void operation_cancel(struct operation *operation);

/* operation_count.c */
void operation_count_sent(const struct operation_kind *kind);
void operation_count_answered(const struct operation_kind *kind, int64_t took_us);
void operation_count_failed(const struct operation_kind *kind, int code);

/* finish for those whose answer says nothing: calls done.plain. */
void operation_finish_plain(struct operation *operation, const struct client_result *result, const void *response);

extern const struct client_result operation_budget; /* the arena is full */

struct text client_namespace(const struct client *client);
struct text client_identity(const struct client *client);
/* NULL: it takes no part in a deployment. */
Api__WorkerDeploymentOptions *client_deployment_options(struct client *client);
struct text client_instance(const struct client *client); /* another one for each client */
void client_set_capabilities(struct client *client, bool wants_reports, bool ends_polls);
int32_t client_versioning_behavior(const struct client *client);

/* ---- a history that comes in pages ---- */

/* task: NULL unless the result's code is RPC_OK. */
typedef void task_deliver(struct operation *operation, const struct client_result *result,
                          const struct workflow_task *task);

struct task_reader {
    struct workflow_task task;
    struct event *events;
    size_t capacity;
    int64_t last_id; /* later events are left out; 0: none */
    ProtobufCBinaryData page_token;
    const struct operation_kind *kind; /* of the requests for pages */
    task_deliver *deliver;
};

/* For a GetWorkflowExecutionHistory that waits for what is to come, and one that does not. */
extern const struct operation_kind history_wait_kind, history_read_kind;

/* Only inside finish: adds the page to the reader's task, then asks for the next one, or delivers when there is none
   (token empty). What comes with an empty history may be NULL. */
void task_take_page(struct operation *operation, const Api__History *history, ProtobufCBinaryData next_token);
/* finish of requests for pages. */
void task_page_came(struct operation *operation, const struct client_result *result, const void *response);
/* The task of a poll's answer, or of one that came inline, and all further pages. Only inside finish. */
void task_read(struct operation *operation, const Api__PollWorkflowTaskQueueResponse *response, task_deliver *deliver);

/* NULL when the arena is full. */
struct activity_task *activity_tasks_read(struct arena *arena, Api__PollActivityTaskQueueResponse *const *responses,
                                          size_t count);

#endif
