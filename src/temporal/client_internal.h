/* What the client_*.c files and operation.c share. For the loop thread. */
#ifndef TEMPORAL_CLIENT_INTERNAL_H
#define TEMPORAL_CLIENT_INTERNAL_H

#include <sys/queue.h>

#include "base/uuid.h"
#include "temporal/client.h"
#include "temporal/proto.h"

struct operation;

struct client {
    struct channel *channel;
    struct arena *arena; /* of the texts below */
    struct text namespace_, identity;
    const struct payload_keys *keys; /* NULL: nothing is encrypted */
    Api__WorkerDeploymentOptions deployment;
    int32_t versioning_behavior; /* API_VERSIONING_BEHAVIOR_UNSPECIFIED: the worker is not part of a deployment */
    LIST_HEAD(, operation) operations;
    struct text instance;                     /* of the worker; unique to each client */
    bool closing;                             /* no call is retried any more */
    bool wants_worker_heartbeats, ends_polls; /* what the server can do; see client_check_namespace */
    bool sets_heartbeat_timeouts;             /* likewise */
    unsigned attributes;                      /* which of description_attributes the namespace has, likewise */
    bool may_list_attributes;                 /* the server has not refused to list them */
};

/* The client's own options, which the caller must not change. NULL when the worker is not part of a deployment. */
Api__WorkerDeploymentOptions *client_deployment_options(struct client *client);

/* Records the scaling that the response to a poll suggests; decision: NULL when it suggests none. */
void poll_scaling_read(struct operation *operation, const Api__PollerScalingDecision *decision);

/* ---- client_activity.c ---- */

/* Reads the activity tasks in these responses, into which they point. NULL when the arena is full. */
struct activity_task *activity_tasks_read(struct arena *arena, Api__PollActivityTaskQueueResponse *const *responses,
                                          size_t count);
/* Only inside an operation's finish: learns whether the server has UpdateActivityOptions, then ends the operation with
   RPC_OK and done.plain. */
void activity_options_probe(struct operation *operation);

/* ---- client_attributes.c ---- */

/* The description_attributes that a namespace has as aliases of columns in a SQL store, as bits. NULL: none. */
unsigned attributes_of_aliases(const Api__NamespaceConfig *config);
/* Only inside an operation's finish: learns which search attributes the server lists, then runs
   activity_options_probe. */
void attributes_list(struct operation *operation);

/* ---- client_history.c ---- */

/* Fills in the task from the response to a poll, except its events. False: the arena is full. */
bool workflow_task_read(struct arena *arena, const Api__PollWorkflowTaskQueueResponse *response,
                        struct workflow_task *task) MUST_CHECK;

/* Called once with the task and its complete history; task is NULL unless the result's code is RPC_OK. */
typedef void task_reader_done(struct operation *operation, const struct client_result *result,
                              const struct workflow_task *task);

/* Only inside an operation's finish: reads the task in the response to a poll or to an answer, and all further pages of
   its history by sending the operation again. */
void task_read(struct operation *operation, const Api__PollWorkflowTaskQueueResponse *response, task_reader_done *done);

/* Fills in the task that a poll has brought when its history could not be read, for the reason `why`. False: the poll
   was canceled, or it is not known which task it brought. */
bool task_read_part(const struct operation *operation, const struct client_result *why,
                    struct workflow_task *task) MUST_CHECK;

#endif
