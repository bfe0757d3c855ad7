/* Sends an update to a workflow. */
#include "base/limits.h"
#include "temporal/client_internal.h"
#include "temporal/operation.h"
#include "temporal/payload.h"
#include "temporal/proto_failure.h"
#include "temporal_api_enums.h"

/* Waits until a worker has answered; the server itself gives up a little earlier. */
static const struct operation_kind update_kind = {
    .method = SERVICE "UpdateWorkflowExecution",
    .response = &api__update_workflow_execution_response__descriptor,
    .retry = &retry_calls,
    .deadline_ms = 30000,
    .wait_for_ready = true,
    .counts = OPERATION_COUNTS,
};

static void finish(struct operation *operation, int code, struct text message)
{
    enum client_fault fault = code == RPC_OK ? CLIENT_FAULT_NONE : CLIENT_FAULT_RPC;
    operation->done.plain(operation->userdata,
                          &(struct client_result){.code = code, .fault = fault, .message = message});
}

static void updated(struct operation *operation, const struct client_result *result, const void *response)
{
    const Api__UpdateWorkflowExecutionResponse *update = response;
    bool foreign;
    if (update == NULL)
        operation->done.plain(operation->userdata, result);
    else if (update->outcome == NULL || update->outcome->value_case == API__OUTCOME__VALUE__NOT_SET)
        finish(operation, RPC_DEADLINE_EXCEEDED,
               TEXT("no worker has answered: does one poll the task queue of the run?"));
    else if (update->outcome->value_case == API__OUTCOME__VALUE_FAILURE)
        finish(operation, RPC_INVALID_ARGUMENT, proto_failure_text(update->outcome->failure));
    else
        finish(operation, RPC_OK, payload_list_read(update->outcome->success, &foreign));
}

void client_update_workflow(struct client *client, const struct workflow_update_request *asked, struct arena *arena,
                            client_done *done, void *userdata)
{
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.plain = done;
    Api__WorkflowExecution execution = API__WORKFLOW_EXECUTION__INIT;
    execution.workflow_id = proto_bytes(asked->workflow_id);
    Api__WaitPolicy wait = API__WAIT_POLICY__INIT;
    wait.lifecycle_stage = API_UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED;
    struct payload_list arguments;
    Api__Input input = API__INPUT__INIT;
    input.name = proto_bytes(asked->name);
    input.args = payload_list_json(&arguments, asked->input);
    Api__Meta meta = API__META__INIT;
    meta.update_id = proto_bytes(uuid_text(arena, uuid_random()));
    meta.identity = proto_bytes(asked->identity);
    Api__Request update = API__REQUEST__INIT;
    update.meta = &meta;
    update.input = &input;
    Api__UpdateWorkflowExecutionRequest request = API__UPDATE_WORKFLOW_EXECUTION_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.workflow_execution = &execution;
    request.wait_policy = &wait;
    request.request = &update;
    operation_send(operation, &update_kind, &request.base, updated);
}
