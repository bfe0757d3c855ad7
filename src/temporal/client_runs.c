/* Calls about runs, for the command line. */
#include "temporal/client_runs.h"

#include "base/limits.h"
#include "base/uuid.h"
#include "temporal/client_internal.h"
#include "temporal/operation.h"
#include "temporal/payload.h"
#include "temporal/proto_failure.h"
#include "temporal_api_enums.h"

static const struct operation_kind list_kind = OPERATION_CALL("ListWorkflowExecutions", list_workflow_executions);
static const struct operation_kind describe_kind =
    OPERATION_CALL("DescribeWorkflowExecution", describe_workflow_execution);
static const struct operation_kind cancel_kind =
    OPERATION_CALL("RequestCancelWorkflowExecution", request_cancel_workflow_execution);

/* ---- what the server says of a run ---- */

static enum run_close close_of(int32_t status)
{
    switch (status) {
    case API_WORKFLOW_EXECUTION_STATUS_COMPLETED: return CLOSE_COMPLETED;
    case API_WORKFLOW_EXECUTION_STATUS_FAILED: return CLOSE_FAILED;
    case API_WORKFLOW_EXECUTION_STATUS_CANCELED: return CLOSE_CANCELED;
    case API_WORKFLOW_EXECUTION_STATUS_TERMINATED: return CLOSE_TERMINATED;
    case API_WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW: return CLOSE_CONTINUED;
    case API_WORKFLOW_EXECUTION_STATUS_TIMED_OUT: return CLOSE_TIMED_OUT;
    default: return CLOSE_NONE;
    }
}

static struct run_field field_of(ProtobufCBinaryData name, const Api__Payload *value)
{
    bool foreign;
    return (struct run_field){.name = proto_text(name), .value = payload_read(value, &foreign)};
}

static bool read_fields(const Api__WorkflowExecutionInfo *from, struct arena *arena, struct run_info *to)
{
    size_t memo = from->memo != NULL ? from->memo->n_fields : 0;
    size_t attributes = from->search_attributes != NULL ? from->search_attributes->n_indexed_fields : 0;
    struct run_field *fields = ARENA_ARRAY(arena, memo + attributes, struct run_field);
    if (fields == NULL)
        return false;
    for (size_t i = 0; i < memo; i++)
        fields[i] = field_of(from->memo->fields[i]->key, from->memo->fields[i]->value);
    for (size_t i = 0; i < attributes; i++)
        fields[memo + i] = field_of(from->search_attributes->indexed_fields[i]->key,
                                    from->search_attributes->indexed_fields[i]->value);
    to->memo = fields;
    to->memo_count = memo;
    to->attributes = fields + memo;
    to->attribute_count = attributes;
    return true;
}

static bool read_info(const Api__WorkflowExecutionInfo *from, struct arena *arena, struct run_info *to)
{
    *to = (struct run_info){0};
    if (from == NULL)
        return true;
    *to = (struct run_info){
        .task_queue = proto_text(from->task_queue),
        .close = close_of(from->status),
        .started_us = from->start_time != NULL ? proto_microseconds(from->start_time) : 0,
        .closed_us = from->close_time != NULL ? proto_microseconds(from->close_time) : 0,
        .event_count = from->history_length,
    };
    if (from->execution != NULL) {
        to->workflow_id = proto_text(from->execution->workflow_id);
        to->run_id = proto_text(from->execution->run_id);
    }
    if (from->type != NULL)
        to->workflow_type = proto_text(from->type->name);
    return read_fields(from, arena, to);
}

/* ---- lists ---- */

struct text run_query_literal(struct arena *arena, struct text text)
{
    struct buffer literal = buffer_in(arena, 2 * text.size + 3);
    buffer_add_byte(&literal, '\'');
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\'' || text.data[i] == '\\')
            buffer_add_byte(&literal, '\\');
        buffer_add_byte(&literal, text.data[i]);
    }
    buffer_add_byte(&literal, '\'');
    return buffer_text(&literal);
}

static void listed(struct operation *operation, const struct client_result *result, const void *response)
{
    const Api__ListWorkflowExecutionsResponse *list = response;
    if (list == NULL) {
        operation->done.run_page(operation->userdata, NULL, result);
        return;
    }
    struct run_info *runs = ARENA_ARRAY(operation->arena, list->n_executions, struct run_info);
    bool read = runs != NULL;
    for (size_t i = 0; i < list->n_executions && read; i++)
        read = read_info(list->executions[i], operation->arena, &runs[i]);
    const struct run_page page = {runs, list->n_executions, proto_text(list->next_page_token)};
    operation->done.run_page(operation->userdata, read ? &page : NULL, read ? result : &operation_budget);
}

void client_list_runs(struct client *client, struct text query, struct text after, int32_t size, struct arena *arena,
                      run_page_done *done, void *userdata)
{
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.run_page = done;
    Api__ListWorkflowExecutionsRequest request = API__LIST_WORKFLOW_EXECUTIONS_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.page_size = size;
    request.next_page_token = proto_bytes(after);
    request.query = proto_bytes(query);
    operation_send(operation, &list_kind, &request.base, listed);
}

/* ---- descriptions ---- */

static enum pending_state state_of(const Api__PendingActivityInfo *activity)
{
    if (activity->paused)
        return PENDING_PAUSED;
    switch (activity->state) {
    case API_PENDING_ACTIVITY_STATE_STARTED: return PENDING_STARTED;
    case API_PENDING_ACTIVITY_STATE_CANCEL_REQUESTED: return PENDING_CANCEL_REQUESTED;
    default: return PENDING_WAITS;
    }
}

static struct pending_activity activity_of(const Api__PendingActivityInfo *from)
{
    struct pending_activity activity = {
        .activity_id = proto_text(from->activity_id),
        .activity_type = from->activity_type != NULL ? proto_text(from->activity_type->name) : TEXT_NONE,
        .state = state_of(from),
        .attempt = from->attempt > 0 ? (unsigned)from->attempt : 1,
        .started_us = from->last_started_time != NULL ? proto_microseconds(from->last_started_time) : 0,
        .last_failure = proto_failure_text(from->last_failure),
    };
    if (activity.state == PENDING_WAITS && from->next_attempt_schedule_time != NULL)
        activity.next_us = proto_microseconds(from->next_attempt_schedule_time);
    return activity;
}

static bool read_description(const Api__DescribeWorkflowExecutionResponse *from, struct arena *arena,
                             struct described_run *to)
{
    struct pending_activity *activities = ARENA_ARRAY(arena, from->n_pending_activities, struct pending_activity);
    if (activities == NULL)
        return false;
    for (size_t i = 0; i < from->n_pending_activities; i++)
        activities[i] = activity_of(from->pending_activities[i]);
    *to = (struct described_run){.activities = activities, .activity_count = from->n_pending_activities};
    if (from->pending_workflow_task != NULL)
        to->task_attempt =
            from->pending_workflow_task->attempt > 0 ? (unsigned)from->pending_workflow_task->attempt : 1;
    if (from->execution_config != NULL)
        to->execution_timeout_ms = proto_milliseconds(from->execution_config->workflow_execution_timeout);
    bool read = read_info(from->workflow_execution_info, arena, &to->run);
    if (to->run.task_queue.size == 0 && from->execution_config != NULL && from->execution_config->task_queue != NULL)
        to->run.task_queue = proto_text(from->execution_config->task_queue->name);
    return read;
}

static void described(struct operation *operation, const struct client_result *result, const void *response)
{
    struct described_run description;
    if (response == NULL)
        operation->done.described_run(operation->userdata, NULL, result);
    else if (read_description(response, operation->arena, &description))
        operation->done.described_run(operation->userdata, &description, result);
    else
        operation->done.described_run(operation->userdata, NULL, &operation_budget);
}

void client_describe_run(struct client *client, struct text workflow_id, struct text run_id, struct arena *arena,
                         described_run_done *done, void *userdata)
{
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.described_run = done;
    Api__WorkflowExecution execution = API__WORKFLOW_EXECUTION__INIT;
    execution.workflow_id = proto_bytes(workflow_id);
    execution.run_id = proto_bytes(run_id);
    Api__DescribeWorkflowExecutionRequest request = API__DESCRIBE_WORKFLOW_EXECUTION_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.execution = &execution;
    operation_send(operation, &describe_kind, &request.base, described);
}

/* ---- cancellation ---- */

void client_cancel_run(struct client *client, const struct run_cancel *cancel, struct arena *arena, client_done *done,
                       void *userdata)
{
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.plain = done;
    Api__WorkflowExecution execution = API__WORKFLOW_EXECUTION__INIT;
    execution.workflow_id = proto_bytes(cancel->workflow_id);
    execution.run_id = proto_bytes(cancel->run_id);
    Api__RequestCancelWorkflowExecutionRequest request = API__REQUEST_CANCEL_WORKFLOW_EXECUTION_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.workflow_execution = &execution;
    request.identity = proto_bytes(cancel->identity);
    request.request_id = proto_bytes(uuid_text(arena, uuid_random()));
    request.reason = proto_string(arena, cancel->reason, LIMIT_FAILURE_BYTES);
    operation_send(operation, &cancel_kind, &request.base, operation_finish_plain);
}
