/* One request to Temporal with its retries: packed and encrypted once, sent until it succeeds or is given up; then the
   response is unpacked and decrypted. For the loop thread. */
#ifndef TEMPORAL_OPERATION_H
#define TEMPORAL_OPERATION_H

#include <sys/queue.h>

#include "base/log.h"
#include "base/metrics.h"
#include "temporal/client_runs.h"
#include "temporal/proto.h"
#include "temporal/retry.h"

/* How a kind of request is sent. */
struct operation_kind {
    const char *method; /* its full name; begins with SERVICE or OPERATOR_SERVICE */
    const ProtobufCMessageDescriptor *response;
    const struct retry_policy *retry;
    int64_t deadline_ms; /* of each try */
    bool wait_for_ready;
    bool long_poll;   /* a try that outlasts its deadline counts as an empty response, not as a failure */
    bool brings_task; /* a response that cannot be read is passed to finish without payloads: see operation_finish */
    struct operation_counts *counts;
};

/* Each is NULL until there is something to count. */
struct operation_counts {
    struct metric *sent, *latency, *failed[RPC_UNAUTHENTICATED + 1]; /* failed: by code */
};
/* The initial value of `counts`, the only member of a kind that changes. */
#define OPERATION_COUNTS (&(struct operation_counts){0})

#define SERVICE          "/temporal.api.workflowservice.v1.WorkflowService/"
#define OPERATOR_SERVICE "/temporal.api.operatorservice.v1.OperatorService/"

/* A kind that the server answers at once. It waits for the server, and is retried as by retry_calls. */
#define OPERATION_CALL(name, message)                                                                                  \
    {                                                                                                                  \
        .method = SERVICE name, .response = &api__##message##_response__descriptor, .retry = &retry_calls,             \
        .deadline_ms = 10000, .wait_for_ready = true, .counts = OPERATION_COUNTS,                                      \
    }

/* A long poll that brings a task. The server would hold it for a minute, but it answers shortly before the deadline, so
   that polls that nobody needs any more end within a minute. */
#define OPERATION_POLL(name, message)                                                                                  \
    {                                                                                                                  \
        .method = SERVICE name, .response = &api__##message##_response__descriptor, .retry = &retry_polls,             \
        .deadline_ms = 50000, .wait_for_ready = true, .long_poll = true, .brings_task = true,                          \
        .counts = OPERATION_COUNTS,                                                                                    \
    }

enum operation_state {
    OPERATION_NEW,
    OPERATION_SENT,     /* a try is under way */
    OPERATION_BACKOFF,  /* waits to be sent again */
    OPERATION_REFUSED,  /* nothing was sent; its finish is posted to the loop */
    OPERATION_FINISHING /* its finish runs */
};

struct operation;
struct task_reader;

/* response: lives in the arena. NULL when the code is not RPC_OK, and for a long poll that outlasted its deadline. For
   a kind that brings a task, a response that cannot be read (the code is RPC_INTERNAL or RPC_RESOURCE_EXHAUSTED) is
   passed too, but has only the fields that name the task. */
typedef void operation_finish(struct operation *operation, const struct client_result *result, const void *response);

struct operation {
    struct client *client;
    LIST_ENTRY(operation) link; /* of the client's operations */
    enum operation_state state;
    bool canceled;
    const struct operation_kind *kind;
    struct arena *arena;
    const struct log_context *log; /* of the thread that began it */
    struct text request;
    struct retry retry;
    struct channel_call *call;   /* OPERATION_SENT; else NULL */
    struct channel_timer *timer; /* OPERATION_BACKOFF; else NULL */
    int64_t sent_us;             /* when the last try began */
    int failed_code;             /* of the last try that failed; RPC_OK: no try has failed */
    struct client_result refusal;
    operation_finish *finish;
    struct task_reader *reader; /* NULL unless it reads a history */
    bool is_scaled;             /* the answer to a poll suggests scaling it by scale_delta */
    int scale_delta;
    const struct activity_task *activities; /* that came with the response to a workflow task's answer */
    size_t activity_count;
    union {
        client_done *plain;
        workflow_task_done *workflow_task;
        workflow_answer_done *workflow_answer;
        activity_task_done *activity_task;
        heartbeat_done *heartbeat;
        run_page_done *run_page;
        described_run_done *described_run;
    } done; /* the caller's */
    void *userdata;
};

/* Never returns NULL: aborts when out of memory, as gRPC does. The caller sets done, then sends or refuses the
   operation. The operation is freed after a finish that neither sends nor refuses it again. */
struct operation *operation_begin(struct client *client, struct arena *arena, void *userdata);

/* Packs the request, whose payloads are encrypted in place if there are keys, and sends it. finish runs on the loop,
   exactly once, never inside this call. A finish may send the operation again. */
void operation_send(struct operation *operation, const struct operation_kind *kind, ProtobufCMessage *request,
                    operation_finish *finish);

/* Sends nothing; finish gets this result, whose message is static or lives in the arena. */
void operation_refuse(struct operation *operation, const struct client_result *result, operation_finish *finish);
/* The same for a request that is over a bound of the server. */
void operation_refuse_size(struct operation *operation, enum client_fault fault, struct text message,
                           operation_finish *finish);

/* finish runs with RPC_CANCELED, unless the response has already arrived. */
void operation_cancel(struct operation *operation);

/* A finish that ignores the response and calls done.plain. */
void operation_finish_plain(struct operation *operation, const struct client_result *result, const void *response);

extern const struct client_result operation_budget; /* the arena is full */

/* ---- operation_count.c: requests, failures and latencies of each try ---- */

void operation_count_sent(const struct operation_kind *kind);
void operation_count_answered(const struct operation_kind *kind, int64_t took_us);
void operation_count_failed(const struct operation_kind *kind, int code);

#endif
