/* Activity tasks: polling, keeping alive and answering them. */
#include "base/limits.h"
#include "temporal/client_internal.h"
#include "temporal/failure_count.h"
#include "temporal/operation.h"
#include "temporal/payload.h"
#include "temporal/proto_failure.h"
#include "temporal/trace.h"
#include "temporal_api_enums.h"

static const struct operation_kind poll_kind = OPERATION_POLL("PollActivityTaskQueue", poll_activity_task_queue);
static const struct operation_kind complete_kind =
    OPERATION_CALL("RespondActivityTaskCompleted", respond_activity_task_completed);
static const struct operation_kind complete_by_id_kind =
    OPERATION_CALL("RespondActivityTaskCompletedById", respond_activity_task_completed_by_id);
static const struct operation_kind fail_kind =
    OPERATION_CALL("RespondActivityTaskFailed", respond_activity_task_failed);
static const struct operation_kind cancel_kind =
    OPERATION_CALL("RespondActivityTaskCanceled", respond_activity_task_canceled);
static const struct operation_kind heartbeat_kind =
    OPERATION_CALL("RecordActivityTaskHeartbeat", record_activity_task_heartbeat);
static const struct operation_kind options_kind = OPERATION_CALL("UpdateActivityOptions", update_activity_options);

/* ---- polling ---- */

static void count_failures(struct activity_task *task, const Api__PollActivityTaskQueueResponse *response,
                           struct arena *arena)
{
    unsigned granted = granted_failures_read(response->header);
    int32_t most = response->retry_policy != NULL ? response->retry_policy->maximum_attempts : 0;
    /* Somebody has changed the maximum and means a number of failures. */
    if (granted > 0 && most > 0 && (unsigned)most != granted + LIMIT_LOST_ATTEMPTS)
        granted = (unsigned)most;
    task->counts_failures = granted > 0;
    task->failures =
        granted > 0 ? failure_count_read(response->heartbeat_details, task->attempt - 1, arena) : task->attempt - 1;
    task->last_attempt = (most > 0 && response->attempt >= most) || (granted > 0 && task->failures + 1 >= granted);
}

static void read_task(struct activity_task *task, const Api__PollActivityTaskQueueResponse *response,
                      struct arena *arena)
{
    task->token = proto_text(response->task_token);
    if (response->workflow_execution != NULL) {
        task->workflow_id = proto_text(response->workflow_execution->workflow_id);
        task->run_id = proto_text(response->workflow_execution->run_id);
    }
    if (response->workflow_type != NULL)
        task->workflow_type = proto_text(response->workflow_type->name);
    task->activity_id = proto_text(response->activity_id);
    if (response->activity_type != NULL)
        task->activity_type = proto_text(response->activity_type->name);
    task->input = payload_list_read(response->input, &task->input_foreign);
    if (payload_list_is_encrypted(response->input))
        task->unreadable = payload_without_keys();
    task->trace = trace_read(response->header);
    task->attempt = response->attempt > 0 ? (unsigned)response->attempt : 1;
    count_failures(task, response, arena);
    /* That this worker cannot read the task is not a failure of the action. */
    task->counts_failures = task->counts_failures && task->unreadable.size == 0;
    task->heartbeat_ms = proto_milliseconds(response->heartbeat_timeout);
    task->close_in_ms = proto_milliseconds(response->start_to_close_timeout);
    const Api__Timestamp *scheduled = response->current_attempt_scheduled_time != NULL
                                          ? response->current_attempt_scheduled_time
                                          : response->scheduled_time;
    task->scheduled_us = proto_microseconds(scheduled);
    task->waited_us = proto_elapsed_us(scheduled, response->started_time);
    task->age_us = proto_elapsed_us(response->scheduled_time, response->started_time);
}

struct activity_task *activity_tasks_read(struct arena *arena, Api__PollActivityTaskQueueResponse *const *responses,
                                          size_t count)
{
    struct activity_task *tasks = ARENA_ARRAY(arena, count, struct activity_task);
    for (size_t i = 0; tasks != NULL && i < count; i++)
        read_task(&tasks[i], responses[i], arena);
    return tasks;
}

static void polled(struct operation *operation, const struct client_result *result, const void *response)
{
    const Api__PollActivityTaskQueueResponse *poll = response;
    struct activity_task task = {0};
    poll_scaling_read(operation, poll != NULL ? poll->poller_scaling_decision : NULL);
    bool came = poll != NULL && poll->task_token.len > 0;
    if (came)
        read_task(&task, poll, operation->arena);
    if (came && result->code != RPC_OK)
        task.unreadable = result->message;
    const struct client_result good = {.code = RPC_OK};
    operation->done.activity_task(operation->userdata, came ? &task : NULL, came ? &good : result);
}

struct client_poll *client_poll_activity_task(struct client *client, struct text queue, struct arena *arena,
                                              activity_task_done *done, void *userdata)
{
    Api__TaskQueue task_queue = API__TASK_QUEUE__INIT;
    task_queue.name = proto_bytes(queue);
    task_queue.kind = API_TASK_QUEUE_KIND_NORMAL;
    Api__PollActivityTaskQueueRequest request = API__POLL_ACTIVITY_TASK_QUEUE_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.identity = proto_bytes(client->identity);
    request.task_queue = &task_queue;
    request.worker_instance_key = proto_bytes(client->instance);
    request.deployment_options = client_deployment_options(client);
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.activity_task = done;
    operation_send(operation, &poll_kind, &request.base, polled);
    return (struct client_poll *)operation;
}

/* ---- answering ---- */

/* Refuses the operation when the output is too large. */
static bool output_fits(struct operation *operation, struct text output)
{
    if (output.size <= LIMIT_PAYLOAD_BYTES)
        return true;
    operation_refuse_size(operation, CLIENT_FAULT_PAYLOAD_TOO_LARGE,
                          arena_print(operation->arena, "output of the activity: %zu bytes, at most %zu are accepted",
                                      output.size, LIMIT_PAYLOAD_BYTES),
                          operation_finish_plain);
    return false;
}

void client_complete_activity(struct client *client, struct text token, struct text output, struct arena *arena,
                              client_done *done, void *userdata)
{
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.plain = done;
    if (!output_fits(operation, output))
        return;
    struct payload_list result;
    Api__RespondActivityTaskCompletedRequest request = API__RESPOND_ACTIVITY_TASK_COMPLETED_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.identity = proto_bytes(client->identity);
    request.task_token = proto_bytes(token);
    request.deployment_options = client_deployment_options(client);
    request.result = payload_list_json(&result, output);
    operation_send(operation, &complete_kind, &request.base, operation_finish_plain);
}

void client_complete_activity_by_id(struct client *client, struct text workflow_id, struct text activity_id,
                                    struct text output, struct arena *arena, client_done *done, void *userdata)
{
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.plain = done;
    if (!output_fits(operation, output))
        return;
    struct payload_list result;
    Api__RespondActivityTaskCompletedByIdRequest request = API__RESPOND_ACTIVITY_TASK_COMPLETED_BY_ID_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.identity = proto_bytes(client->identity);
    request.workflow_id = proto_bytes(workflow_id);
    request.activity_id = proto_bytes(activity_id);
    request.result = payload_list_json(&result, output);
    operation_send(operation, &complete_by_id_kind, &request.base, operation_finish_plain);
}

void client_fail_activity(struct client *client, const struct activity_task *task,
                          const struct activity_failure *failure, struct arena *arena, client_done *done,
                          void *userdata)
{
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.plain = done;
    struct proto_failure sent;
    struct payload_list details;
    bool is_final = task->counts_failures && task->last_attempt && !failure->excused;
    Api__RespondActivityTaskFailedRequest request = API__RESPOND_ACTIVITY_TASK_FAILED_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.identity = proto_bytes(client->identity);
    request.task_token = proto_bytes(task->token);
    request.deployment_options = client_deployment_options(client);
    request.failure =
        proto_failure_fill(&sent, arena, failure->message, failure->type, failure->retryable && !is_final);
    proto_failure_delay_retry(&sent, failure->retry_delay_ms);
    if (failure->retryable && is_final && !proto_failure_note_attempts_used(&sent, arena)) {
        operation_refuse(operation, &operation_budget, operation_finish_plain);
        return;
    }
    if (task->counts_failures && !failure_count_write(&details, arena, task->failures + (failure->excused ? 0 : 1),
                                                      &request.last_heartbeat_details)) {
        operation_refuse(operation, &operation_budget, operation_finish_plain);
        return;
    }
    operation_send(operation, &fail_kind, &request.base, operation_finish_plain);
}

void client_cancel_activity(struct client *client, struct text token, struct arena *arena, client_done *done,
                            void *userdata)
{
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.plain = done;
    Api__RespondActivityTaskCanceledRequest request = API__RESPOND_ACTIVITY_TASK_CANCELED_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.identity = proto_bytes(client->identity);
    request.task_token = proto_bytes(token);
    request.deployment_options = client_deployment_options(client);
    operation_send(operation, &cancel_kind, &request.base, operation_finish_plain);
}

static enum activity_demand demand_of(const Api__RecordActivityTaskHeartbeatResponse *heartbeat)
{
    if (heartbeat == NULL)
        return ACTIVITY_CONTINUE;
    if (heartbeat->cancel_requested)
        return ACTIVITY_CANCEL;
    if (heartbeat->activity_paused)
        return ACTIVITY_PAUSE;
    return heartbeat->activity_reset ? ACTIVITY_RESET : ACTIVITY_CONTINUE;
}

static void heartbeat_recorded(struct operation *operation, const struct client_result *result, const void *response)
{
    operation->done.heartbeat(operation->userdata, demand_of(response), result);
}

/* Each heartbeat replaces the details of the one before. */
void client_heartbeat(struct client *client, const struct activity_task *task, struct arena *arena,
                      heartbeat_done *done, void *userdata)
{
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.heartbeat = done;
    Api__RecordActivityTaskHeartbeatRequest request = API__RECORD_ACTIVITY_TASK_HEARTBEAT_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.identity = proto_bytes(client->identity);
    request.task_token = proto_bytes(task->token);
    struct payload_list details;
    if (task->counts_failures && !failure_count_write(&details, arena, task->failures, &request.details)) {
        operation_refuse(operation, &operation_budget, heartbeat_recorded);
        return;
    }
    operation_send(operation, &heartbeat_kind, &request.base, heartbeat_recorded);
}

/* ---- options ---- */

static void send_heartbeat_timeout(struct operation *operation, const struct client_activity *activity,
                                   int64_t timeout_ms, operation_finish *finish)
{
    const struct client *client = operation->client;
    Api__WorkflowExecution execution = API__WORKFLOW_EXECUTION__INIT;
    execution.workflow_id = proto_bytes(activity->workflow_id);
    execution.run_id = proto_bytes(activity->run_id);
    Api__Duration timeout = proto_duration(timeout_ms);
    Api__ActivityOptions options = API__ACTIVITY_OPTIONS__INIT;
    options.heartbeat_timeout = &timeout;
    ProtobufCBinaryData path = proto_bytes(TEXT("heartbeat_timeout"));
    Api__FieldMask mask = API__FIELD_MASK__INIT;
    mask.paths = &path;
    mask.n_paths = 1;
    /* Not initialized with its ..._INIT, about which gcc warns: its oneof begins with a struct. */
    Api__UpdateActivityOptionsRequest request = {
        .base = PROTOBUF_C_MESSAGE_INIT(&api__update_activity_options_request__descriptor)};
    request.namespace_ = proto_bytes(client->namespace_);
    request.identity = proto_bytes(client->identity);
    request.execution = &execution;
    request.activity_case = API__UPDATE_ACTIVITY_OPTIONS_REQUEST__ACTIVITY_ID;
    request.id = proto_bytes(activity->activity_id);
    request.activity_options = &options;
    request.update_mask = &mask;
    operation_send(operation, &options_kind, &request.base, finish);
}

static void timeout_set(struct operation *operation, const struct client_result *result, const void *response)
{
    if (result->code == RPC_UNIMPLEMENTED)
        operation->client->sets_heartbeat_timeouts = false;
    operation_finish_plain(operation, result, response);
}

void client_set_heartbeat_timeout(struct client *client, const struct client_activity *activity, int64_t timeout_ms,
                                  struct arena *arena, client_done *done, void *userdata)
{
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.plain = done;
    send_heartbeat_timeout(operation, activity, timeout_ms, timeout_set);
}

static void probed(struct operation *operation, const struct client_result *result, const void *response)
{
    (void)response;
    operation->client->sets_heartbeat_timeouts = result->code == RPC_NOT_FOUND;
    operation->done.plain(operation->userdata, &(struct client_result){.code = RPC_OK});
}

/* The server has no capability for this, so it is probed with a request for an activity that cannot exist. */
void activity_options_probe(struct operation *operation)
{
    const struct client_activity nothing = {.workflow_id = operation->client->instance, .activity_id = TEXT("none")};
    send_heartbeat_timeout(operation, &nothing, 0, probed);
}
