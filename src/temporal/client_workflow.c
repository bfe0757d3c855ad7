/* Workflow tasks: polling and answering them. */
#include "base/limits.h"
#include "engine/names.h"
#include "temporal/client_internal.h"
#include "temporal/commands.h"
#include "temporal/description.h"
#include "temporal/operation.h"
#include "temporal/payload.h"
#include "temporal/proto_failure.h"
#include "temporal/update.h"
#include "temporal_api_enums.h"

static const struct operation_kind poll_kind = OPERATION_POLL("PollWorkflowTaskQueue", poll_workflow_task_queue);
static const struct operation_kind complete_kind =
    OPERATION_CALL("RespondWorkflowTaskCompleted", respond_workflow_task_completed);
static const struct operation_kind fail_kind =
    OPERATION_CALL("RespondWorkflowTaskFailed", respond_workflow_task_failed);
static const struct operation_kind query_kind =
    OPERATION_CALL("RespondQueryTaskCompleted", respond_query_task_completed);

/* ---- polling ---- */

static void deliver_polled(struct operation *operation, const struct client_result *result,
                           const struct workflow_task *task)
{
    struct workflow_task part;
    if (task == NULL && task_read_part(operation, result, &part))
        operation->done.workflow_task(operation->userdata, &part, &(struct client_result){.code = RPC_OK});
    else
        operation->done.workflow_task(operation->userdata, task, result);
}

/* A task has arrived, whether it can be read or not, so the poll has not failed. */
static void deliver_unreadable(struct operation *operation, const struct client_result *why,
                               const Api__PollWorkflowTaskQueueResponse *poll)
{
    struct workflow_task task;
    if (!workflow_task_read(operation->arena, poll, &task)) {
        operation->done.workflow_task(operation->userdata, NULL, why);
        return;
    }
    task.unreadable = why->message;
    operation->done.workflow_task(operation->userdata, &task, &(struct client_result){.code = RPC_OK});
}

static void polled(struct operation *operation, const struct client_result *result, const void *response)
{
    const Api__PollWorkflowTaskQueueResponse *poll = response;
    poll_scaling_read(operation, poll != NULL ? poll->poller_scaling_decision : NULL);
    if (poll == NULL || poll->task_token.len == 0)
        operation->done.workflow_task(operation->userdata, NULL, result);
    else if (result->code != RPC_OK)
        deliver_unreadable(operation, result, poll);
    else
        task_read(operation, poll, deliver_polled);
}

static Api__TaskQueue queue_of(struct text name, struct text sticky_of)
{
    Api__TaskQueue queue = API__TASK_QUEUE__INIT;
    queue.name = proto_bytes(name);
    queue.normal_name = proto_bytes(sticky_of);
    queue.kind = sticky_of.size > 0 ? API_TASK_QUEUE_KIND_STICKY : API_TASK_QUEUE_KIND_NORMAL;
    return queue;
}

struct client_poll *client_poll_workflow_task(struct client *client, struct text queue, struct text sticky_of,
                                              struct arena *arena, workflow_task_done *done, void *userdata)
{
    Api__TaskQueue task_queue = queue_of(queue, sticky_of);
    Api__PollWorkflowTaskQueueRequest request = API__POLL_WORKFLOW_TASK_QUEUE_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.identity = proto_bytes(client->identity);
    request.task_queue = &task_queue;
    request.worker_instance_key = proto_bytes(client->instance);
    request.deployment_options = client_deployment_options(client);
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.workflow_task = done;
    operation_send(operation, &poll_kind, &request.base, polled);
    return (struct client_poll *)operation;
}

/* ---- answering ---- */

static void deliver_answered(struct operation *operation, const struct client_result *result,
                             const struct workflow_task *next)
{
    /* The answer stands even when the history of the next task cannot be read: the server sends that task again. */
    (void)result;
    operation->done.workflow_answer(operation->userdata, &(struct client_result){.code = RPC_OK}, next,
                                    operation->activities, operation->activity_count);
}

static void answered(struct operation *operation, const struct client_result *result, const void *response)
{
    const Api__RespondWorkflowTaskCompletedResponse *answer = response;
    if (answer == NULL) {
        operation->done.workflow_answer(operation->userdata, result, NULL, NULL, 0);
        return;
    }
    operation->activities = activity_tasks_read(operation->arena, answer->activity_tasks, answer->n_activity_tasks);
    operation->activity_count = operation->activities != NULL ? answer->n_activity_tasks : 0;
    if (answer->workflow_task != NULL && answer->workflow_task->task_token.len > 0)
        task_read(operation, answer->workflow_task, deliver_answered);
    else
        deliver_answered(operation, result, NULL);
}

struct query_parts {
    Api__RespondWorkflowTaskCompletedRequestQueryResultsEntry entry;
    Api__WorkflowQueryResult result;
    struct payload_list answer;
};

/* Why a query fails; empty when it does not fail. */
static struct text query_failure(const struct query_answer *answer)
{
    return answer->result.size > LIMIT_PAYLOAD_BYTES ? TEXT("the answer is too large for Temporal") : answer->failure;
}

static void fill_query(struct query_parts *parts, const struct query_answer *answer, struct arena *arena)
{
    struct text failure = query_failure(answer);
    parts->result = (Api__WorkflowQueryResult)API__WORKFLOW_QUERY_RESULT__INIT;
    if (failure.size > 0) {
        parts->result.result_type = API_QUERY_RESULT_TYPE_FAILED;
        parts->result.error_message = proto_string(arena, failure, LIMIT_FAILURE_BYTES);
    } else {
        parts->result.result_type = API_QUERY_RESULT_TYPE_ANSWERED;
        parts->result.answer = payload_list_json(&parts->answer, answer->result);
    }
    parts->entry = (Api__RespondWorkflowTaskCompletedRequestQueryResultsEntry)
        API__RESPOND_WORKFLOW_TASK_COMPLETED_REQUEST_QUERY_RESULTS_ENTRY__INIT;
    parts->entry.key = proto_bytes(answer->id);
    parts->entry.value = &parts->result;
}

static bool fill_queries(Api__RespondWorkflowTaskCompletedRequest *request, const struct workflow_answer *answer,
                         struct arena *arena)
{
    size_t count = answer->query_answer_count;
    struct query_parts *parts = ARENA_ARRAY(arena, count, struct query_parts);
    request->query_results = ARENA_ARRAY(arena, count, Api__RespondWorkflowTaskCompletedRequestQueryResultsEntry *);
    if (parts == NULL || request->query_results == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        fill_query(&parts[i], &answer->query_answers[i], arena);
        request->query_results[i] = &parts[i].entry;
    }
    request->n_query_results = count;
    return true;
}

/* Checks the sum of all payloads. operation_send checks the packed request, but can no longer name a command. */
static enum client_fault check_whole_size(const struct workflow_answer *answer, struct arena *arena,
                                          struct error *error)
{
    size_t total = 0, largest = 0;
    const struct command *culprit = NULL;
    for (size_t i = 0; i < answer->command_count; i++) {
        size_t size = answer->commands[i].payload.size + answer->commands[i].input.size;
        total += size;
        if (size > largest) {
            largest = size;
            culprit = &answer->commands[i];
        }
    }
    if (total <= LIMIT_ANSWER_BYTES)
        return CLIENT_FAULT_NONE;
    (void)error_set(error, STATUS_INVALID, TEXT_NONE,
                    PUBLIC("%zu commands of %zu bytes, at most %zu are accepted; largest: %.*s"), answer->command_count,
                    total, LIMIT_ANSWER_BYTES, TEXT_ARG(command_name(culprit, arena)));
    return CLIENT_FAULT_MESSAGE_TOO_LARGE;
}

static enum client_fault fill_commands(Api__RespondWorkflowTaskCompletedRequest *request,
                                       const struct workflow_answer *answer, int64_t human_heartbeat_ms,
                                       struct arena *arena, struct error *error)
{
    struct command_options options = {
        .task_queue = answer->task_queue,
        .trace = answer->trace,
        .eager_activities = answer->eager_activities,
        .human_heartbeat_ms = human_heartbeat_ms,
    };
    enum status status =
        commands_translate(answer->commands, answer->command_count, &options, arena, &request->commands, error);
    request->n_commands = answer->command_count;
    if (status != STATUS_OK)
        return status == STATUS_INVALID ? CLIENT_FAULT_PAYLOAD_TOO_LARGE : CLIENT_FAULT_BUDGET;
    return check_whole_size(answer, arena, error);
}

static uint32_t hold_flag = TASK_FLAG_HOLD;

void client_answer_workflow_task(struct client *client, const struct workflow_answer *answer, struct arena *arena,
                                 workflow_answer_done *done, void *userdata)
{
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.workflow_answer = done;
    Api__RespondWorkflowTaskCompletedRequest request = API__RESPOND_WORKFLOW_TASK_COMPLETED_REQUEST__INIT;
    struct error error = ERROR_IN(arena);
    int64_t human_heartbeat_ms = client->sets_heartbeat_timeouts ? HEARTBEAT_TIMEOUT_MS : LIMIT_HUMAN_HEARTBEAT_MS;
    enum client_fault fault = fill_commands(&request, answer, human_heartbeat_ms, arena, &error);
    if (fault != CLIENT_FAULT_NONE) {
        operation_refuse_size(operation, fault, error.message, answered);
        return;
    }
    if (!fill_queries(&request, answer, arena) ||
        description_write(answer, client->attributes, client->keys, arena, &request, &error) != STATUS_OK ||
        updates_write(client->keys, answer, arena, &request, &error) != STATUS_OK) {
        operation_refuse(operation, &operation_budget, answered);
        return;
    }
    /* A task whose updates are all refused leaves no trace in the history: the caller forgets the task's events. */
    Api__RespondWorkflowTaskCompletedRequestCapabilities capabilities =
        API__RESPOND_WORKFLOW_TASK_COMPLETED_REQUEST_CAPABILITIES__INIT;
    capabilities.discard_speculative_workflow_task_with_events = true;
    request.capabilities = &capabilities;
    Api__WorkflowTaskCompletedMetadata metadata = API__WORKFLOW_TASK_COMPLETED_METADATA__INIT;
    if (answer->tells_hold) {
        metadata.lang_used_flags = &hold_flag;
        metadata.n_lang_used_flags = 1;
        request.sdk_metadata = &metadata;
    }
    Api__TaskQueue sticky_queue = queue_of(answer->sticky_queue, answer->task_queue);
    Api__Duration timeout = proto_duration(answer->sticky_timeout_ms);
    Api__StickyExecutionAttributes sticky = API__STICKY_EXECUTION_ATTRIBUTES__INIT;
    sticky.worker_task_queue = &sticky_queue;
    sticky.schedule_to_start_timeout = &timeout;
    if (answer->sticky_queue.size > 0)
        request.sticky_attributes = &sticky;
    request.namespace_ = proto_bytes(client->namespace_);
    request.identity = proto_bytes(client->identity);
    request.task_token = proto_bytes(answer->token);
    request.deployment_options = client_deployment_options(client);
    request.versioning_behavior = client->versioning_behavior;
    request.force_create_new_workflow_task = answer->force_new_task;
    request.return_new_workflow_task = answer->force_new_task;
    operation_send(operation, &complete_kind, &request.base, answered);
}

static int32_t cause_code(enum task_failure_cause cause)
{
    switch (cause) {
    case TASK_FAILURE_UNHANDLED: break;
    case TASK_FAILURE_NON_DETERMINISTIC: return API_WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR;
    case TASK_FAILURE_PAYLOADS_TOO_LARGE: return API_WORKFLOW_TASK_FAILED_CAUSE_PAYLOADS_TOO_LARGE;
    case TASK_FAILURE_MESSAGE_TOO_LARGE: return API_WORKFLOW_TASK_FAILED_CAUSE_GRPC_MESSAGE_TOO_LARGE;
    }
    return API_WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE;
}

void client_fail_workflow_task(struct client *client, struct text token, enum task_failure_cause cause,
                               struct text message, struct arena *arena, client_done *done, void *userdata)
{
    struct proto_failure failure;
    Api__RespondWorkflowTaskFailedRequest request = API__RESPOND_WORKFLOW_TASK_FAILED_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.identity = proto_bytes(client->identity);
    request.task_token = proto_bytes(token);
    request.deployment_options = client_deployment_options(client);
    request.cause = cause_code(cause);
    request.failure = proto_failure_fill(&failure, arena, message, "", true);
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.plain = done;
    operation_send(operation, &fail_kind, &request.base, operation_finish_plain);
}

void client_answer_legacy_query(struct client *client, struct text token, const struct query_answer *answer,
                                struct arena *arena, client_done *done, void *userdata)
{
    struct query_parts parts;
    fill_query(&parts, answer, arena);
    Api__RespondQueryTaskCompletedRequest request = API__RESPOND_QUERY_TASK_COMPLETED_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.task_token = proto_bytes(token);
    request.completed_type = parts.result.result_type;
    request.query_result = parts.result.answer;
    request.error_message = parts.result.error_message;
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.plain = done;
    operation_send(operation, &query_kind, &request.base, operation_finish_plain);
}
