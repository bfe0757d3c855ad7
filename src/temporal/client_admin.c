/* Calls that belong to no task: about the server and the namespace, and starting a workflow. */
#include "base/limits.h"
#include "base/uuid.h"
#include "temporal/client_internal.h"
#include "temporal/description.h"
#include "temporal/operation.h"
#include "temporal/payload.h"
#include "temporal_api_enums.h"

static const struct operation_kind ping_kind = {
    .method = SERVICE "GetSystemInfo",
    .response = &api__get_system_info_response__descriptor,
    .retry = &retry_never,
    .deadline_ms = 5000,
    .counts = OPERATION_COUNTS,
};
static const struct operation_kind namespace_kind = OPERATION_CALL("DescribeNamespace", describe_namespace);
static const struct operation_kind shutdown_kind = {
    .method = SERVICE "ShutdownWorker",
    .response = &api__shutdown_worker_response__descriptor,
    .retry = &retry_never,
    .deadline_ms = 2000,
    .counts = OPERATION_COUNTS,
};
static const struct operation_kind start_kind = OPERATION_CALL("StartWorkflowExecution", start_workflow_execution);

static struct operation *begin_plain(struct client *client, struct arena *arena, client_done *done, void *userdata)
{
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.plain = done;
    return operation;
}

void client_ping(struct client *client, struct arena *arena, client_done *done, void *userdata)
{
    Api__GetSystemInfoRequest request = API__GET_SYSTEM_INFO_REQUEST__INIT;
    operation_send(begin_plain(client, arena, done, userdata), &ping_kind, &request.base, operation_finish_plain);
}

static void namespace_described(struct operation *operation, const struct client_result *result, const void *response)
{
    const Api__DescribeNamespaceResponse *described = response;
    if (described != NULL && described->namespace_info != NULL && described->namespace_info->capabilities != NULL) {
        const Api__NamespaceInfoCapabilities *capabilities = described->namespace_info->capabilities;
        operation->client->wants_worker_heartbeats = capabilities->worker_heartbeats;
        operation->client->ends_polls = capabilities->worker_poll_complete_on_shutdown;
    }
    if (described == NULL) {
        operation_finish_plain(operation, result, response);
        return;
    }
    operation->client->attributes = attributes_of_aliases(described->config);
    if (operation->client->attributes != DESCRIPTION_ALL_ATTRIBUTES && operation->client->may_list_attributes)
        attributes_list(operation);
    else
        activity_options_probe(operation);
}

void client_check_namespace(struct client *client, struct arena *arena, client_done *done, void *userdata)
{
    Api__DescribeNamespaceRequest request = API__DESCRIBE_NAMESPACE_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    operation_send(begin_plain(client, arena, done, userdata), &namespace_kind, &request.base, namespace_described);
}

void client_shutdown_worker(struct client *client, struct text queue, struct text sticky_queue, struct text reason,
                            struct arena *arena, client_done *done, void *userdata)
{
    int32_t types[] = {API_TASK_QUEUE_TYPE_WORKFLOW, API_TASK_QUEUE_TYPE_ACTIVITY};
    Api__ShutdownWorkerRequest request = API__SHUTDOWN_WORKER_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.identity = proto_bytes(client->identity);
    request.sticky_task_queue = proto_bytes(sticky_queue);
    if (client->ends_polls) {
        request.worker_instance_key = proto_bytes(client->instance);
        request.task_queue = proto_bytes(queue);
        request.task_queue_types = types;
        request.n_task_queue_types = sizeof types / sizeof *types;
    }
    request.reason = proto_string(arena, reason, LIMIT_FAILURE_BYTES);
    operation_send(begin_plain(client, arena, done, userdata), &shutdown_kind, &request.base, operation_finish_plain);
}

static void started(struct operation *operation, const struct client_result *result, const void *response)
{
    const Api__StartWorkflowExecutionResponse *start = response;
    if (start == NULL)
        operation->done.plain(operation->userdata, result);
    else
        operation->done.plain(operation->userdata,
                              &(struct client_result){.code = RPC_OK, .message = proto_text(start->run_id)});
}

/* Two commands that resume the same run ask the server for the same start. */
static struct uuid request_id(const struct workflow_start *start)
{
    static const struct uuid space = {
        {0x5e, 0x0a, 0x11, 0x6d, 0x4c, 0x3b, 0x4d, 0x0e, 0x8b, 0x55, 0x90, 0x6f, 0x1a, 0x77, 0xc2, 0x38}};
    return start->resumes.size > 0 ? uuid_from_name(space, start->resumes) : uuid_random();
}

/* Leaves out the cron schedule: the new run only repairs one run of it. */
static bool fill_settings(Api__StartWorkflowExecutionRequest *request, struct text settings, struct arena *arena)
{
    const void *unpacked;
    if (proto_unpack(&api__start_workflow_execution_request__descriptor, settings, arena, &unpacked, NULL) != STATUS_OK)
        return false;
    const Api__StartWorkflowExecutionRequest *from = unpacked;
    request->user_metadata = from->user_metadata;
    request->priority = from->priority;
    request->workflow_run_timeout = from->workflow_run_timeout;
    request->workflow_task_timeout = from->workflow_task_timeout;
    request->retry_policy = from->retry_policy;
    request->header = from->header;
    request->memo = from->memo;
    request->search_attributes = from->search_attributes;
    return true;
}

static void send_start(struct operation *operation, const struct workflow_start *start, struct arena *arena)
{
    struct client *client = operation->client;
    Api__WorkflowType type = API__WORKFLOW_TYPE__INIT;
    type.name = proto_bytes(start->workflow_type);
    Api__TaskQueue queue = API__TASK_QUEUE__INIT;
    queue.name = proto_bytes(start->task_queue);
    queue.kind = API_TASK_QUEUE_KIND_NORMAL;
    Api__Duration timeout = proto_duration(start->execution_timeout_ms);
    struct payload_list input;
    Api__StartWorkflowExecutionRequest request = API__START_WORKFLOW_EXECUTION_REQUEST__INIT;
    if (start->resumes.size > 0 && !fill_settings(&request, start->settings, arena)) {
        operation_refuse(operation, &operation_budget, operation_finish_plain);
        return;
    }
    request.namespace_ = proto_bytes(client->namespace_);
    request.identity = proto_bytes(client->identity);
    request.request_id = proto_bytes(uuid_text(arena, request_id(start)));
    request.workflow_id = proto_bytes(start->workflow_id);
    request.workflow_type = &type;
    request.task_queue = &queue;
    request.input = payload_list_json(&input, start->input);
    if (start->execution_timeout_ms > 0)
        request.workflow_execution_timeout = &timeout;
    request.workflow_id_reuse_policy = start->resumes.size > 0
                                           ? API_WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
                                           : API_WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE;
    request.workflow_id_conflict_policy = API_WORKFLOW_ID_CONFLICT_POLICY_FAIL;
    operation_send(operation, &start_kind, &request.base, started);
}

void client_start_workflow(struct client *client, const struct workflow_start *start, struct arena *arena,
                           client_done *done, void *userdata)
{
    struct operation *operation = begin_plain(client, arena, done, userdata);
    if (start->input.size <= LIMIT_PAYLOAD_BYTES) {
        send_start(operation, start, arena);
        return;
    }
    operation_refuse_size(operation, CLIENT_FAULT_PAYLOAD_TOO_LARGE,
                          arena_print(arena, "input of the workflow: %zu bytes, at most %zu are accepted",
                                      start->input.size, LIMIT_PAYLOAD_BYTES),
                          operation_finish_plain);
}
