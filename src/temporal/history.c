/* Translates events, one function for each group of event types. */
#include "temporal/history.h"

#include "base/json.h"
#include "engine/names.h"
#include "temporal/payload.h"
#include "temporal/proto_failure.h"
#include "temporal/trace.h"
#include "temporal_api_enums.h"

#define CASE(name_) API__HISTORY_EVENT__ATTRIBUTES_##name_##_EVENT_ATTRIBUTES
#define NO_MESSAGE  TEXT("failed without a message")

static struct text failure_or(const Api__Failure *failure, struct text otherwise)
{
    struct text message = proto_failure_text(failure);
    return message.size > 0 ? message : otherwise;
}

static void take_payload(struct event *to, const Api__Payloads *payloads)
{
    to->payload = payload_list_read(payloads, &to->payload_foreign);
}

/* ---- markers ---- */

static const Api__Payloads *marker_detail(const Api__MarkerRecordedEventAttributes *marker, const char *key)
{
    for (size_t i = 0; i < marker->n_details; i++) {
        if (text_is(proto_text(marker->details[i]->key), key))
            return marker->details[i]->value;
    }
    return NULL;
}

static enum status take_local_activity(struct event *to, const Api__MarkerRecordedEventAttributes *marker,
                                       struct arena *arena)
{
    bool foreign;
    struct json_value data;
    struct error error = ERROR_IN(arena);
    enum status status = json_read(arena, payload_list_read(marker_detail(marker, "data"), &foreign), &data, &error);
    if (status != STATUS_OK)
        return status == STATUS_BUDGET ? status : STATUS_OK;
    to->kind = EVENT_RESULT_RECORDED;
    to->activity_id = json_get_text(&data, TEXT("ActivityID"));
    to->activity_type = json_get_text(&data, TEXT("ActivityType"));
    if (marker->failure != NULL)
        to->failure = failure_or(marker->failure, NO_MESSAGE);
    else
        take_payload(to, marker_detail(marker, "result"));
    return STATUS_OK;
}

static void take_version(struct event *to, const Api__MarkerRecordedEventAttributes *marker)
{
    bool foreign;
    int64_t version;
    if (!text_is(payload_list_read(marker_detail(marker, "change-id"), &foreign), "\"" VERSION_CHANGE_ID "\"") ||
        !text_to_int64(payload_list_read(marker_detail(marker, "version"), &foreign), &version) ||
        version < INT32_MIN || version > INT32_MAX)
        return;
    to->kind = EVENT_VERSION;
    to->version = (int32_t)version;
}

static enum status take_marker(struct event *to, const Api__MarkerRecordedEventAttributes *marker, struct arena *arena)
{
    struct text name = proto_text(marker->marker_name);
    if (text_is(name, MARKER_LOCAL_ACTIVITY))
        return take_local_activity(to, marker, arena);
    if (text_is(name, "Version"))
        take_version(to, marker);
    return STATUS_OK;
}

/* ---- activities, timers, children ---- */

static bool is_permanent(const Api__ActivityTaskFailedEventAttributes *failed)
{
    return failed->retry_state == API_RETRY_STATE_NON_RETRYABLE_FAILURE &&
           !proto_failure_used_attempts(failed->failure);
}

static void take_activity(struct event *to, const Api__HistoryEvent *from)
{
    switch ((int)from->attributes_case) {
    case CASE(ACTIVITY_TASK_SCHEDULED): {
        const Api__ActivityTaskScheduledEventAttributes *scheduled = from->activity_task_scheduled_event_attributes;
        to->kind = EVENT_ACTIVITY_SCHEDULED;
        to->activity_id = proto_text(scheduled->activity_id);
        if (scheduled->activity_type != NULL)
            to->activity_type = proto_text(scheduled->activity_type->name);
        to->duration_ms = proto_milliseconds(scheduled->start_to_close_timeout);
        take_payload(to, scheduled->input);
        break;
    }
    case CASE(ACTIVITY_TASK_STARTED):
        to->kind = EVENT_ACTIVITY_STARTED;
        to->scheduled_id = from->activity_task_started_event_attributes->scheduled_event_id;
        to->attempt = from->activity_task_started_event_attributes->attempt;
        break;
    case CASE(ACTIVITY_TASK_COMPLETED):
        to->kind = EVENT_ACTIVITY_COMPLETED;
        to->scheduled_id = from->activity_task_completed_event_attributes->scheduled_event_id;
        take_payload(to, from->activity_task_completed_event_attributes->result);
        break;
    case CASE(ACTIVITY_TASK_FAILED):
        to->kind = EVENT_ACTIVITY_FAILED;
        to->scheduled_id = from->activity_task_failed_event_attributes->scheduled_event_id;
        to->failure = failure_or(from->activity_task_failed_event_attributes->failure, NO_MESSAGE);
        to->permanent = is_permanent(from->activity_task_failed_event_attributes);
        break;
    case CASE(ACTIVITY_TASK_TIMED_OUT):
        to->kind = EVENT_ACTIVITY_TIMED_OUT;
        to->scheduled_id = from->activity_task_timed_out_event_attributes->scheduled_event_id;
        to->failure = failure_or(from->activity_task_timed_out_event_attributes->failure, TEXT("timed out"));
        break;
    case CASE(ACTIVITY_TASK_CANCELED):
        to->kind = EVENT_ACTIVITY_CANCELED;
        to->scheduled_id = from->activity_task_canceled_event_attributes->scheduled_event_id;
        break;
    case CASE(ACTIVITY_TASK_CANCEL_REQUESTED):
        to->kind = EVENT_ACTIVITY_CANCEL_REQUESTED;
        to->scheduled_id = from->activity_task_cancel_requested_event_attributes->scheduled_event_id;
        break;
    default: break;
    }
}

static void take_timer(struct event *to, const Api__HistoryEvent *from)
{
    switch ((int)from->attributes_case) {
    case CASE(TIMER_STARTED):
        to->kind = EVENT_TIMER_STARTED;
        to->activity_id = proto_text(from->timer_started_event_attributes->timer_id);
        to->duration_ms = proto_milliseconds(from->timer_started_event_attributes->start_to_fire_timeout);
        break;
    case CASE(TIMER_FIRED):
        to->kind = EVENT_TIMER_FIRED;
        to->activity_id = proto_text(from->timer_fired_event_attributes->timer_id);
        to->scheduled_id = from->timer_fired_event_attributes->started_event_id;
        break;
    case CASE(TIMER_CANCELED):
        to->kind = EVENT_TIMER_CANCELED;
        to->activity_id = proto_text(from->timer_canceled_event_attributes->timer_id);
        to->scheduled_id = from->timer_canceled_event_attributes->started_event_id;
        break;
    default: break;
    }
}

static void child_failed(struct event *to, int64_t initiated_id, struct text failure)
{
    to->kind = EVENT_CHILD_FAILED;
    to->scheduled_id = initiated_id;
    to->failure = failure;
}

static void take_child(struct event *to, const Api__HistoryEvent *from)
{
    switch ((int)from->attributes_case) {
    case CASE(START_CHILD_WORKFLOW_EXECUTION_INITIATED):
        to->kind = EVENT_CHILD_INITIATED;
        to->activity_id = proto_text(from->start_child_workflow_execution_initiated_event_attributes->workflow_id);
        take_payload(to, from->start_child_workflow_execution_initiated_event_attributes->input);
        break;
    case CASE(START_CHILD_WORKFLOW_EXECUTION_FAILED):
        child_failed(to, from->start_child_workflow_execution_failed_event_attributes->initiated_event_id,
                     TEXT("child workflow could not be started"));
        break;
    case CASE(CHILD_WORKFLOW_EXECUTION_COMPLETED):
        to->kind = EVENT_CHILD_COMPLETED;
        to->scheduled_id = from->child_workflow_execution_completed_event_attributes->initiated_event_id;
        take_payload(to, from->child_workflow_execution_completed_event_attributes->result);
        break;
    case CASE(CHILD_WORKFLOW_EXECUTION_FAILED):
        child_failed(to, from->child_workflow_execution_failed_event_attributes->initiated_event_id,
                     failure_or(from->child_workflow_execution_failed_event_attributes->failure, NO_MESSAGE));
        break;
    case CASE(CHILD_WORKFLOW_EXECUTION_TIMED_OUT):
        child_failed(to, from->child_workflow_execution_timed_out_event_attributes->initiated_event_id,
                     TEXT("child workflow timed out"));
        break;
    case CASE(CHILD_WORKFLOW_EXECUTION_CANCELED):
        child_failed(to, from->child_workflow_execution_canceled_event_attributes->initiated_event_id,
                     TEXT("child workflow was canceled"));
        break;
    case CASE(CHILD_WORKFLOW_EXECUTION_TERMINATED):
        child_failed(to, from->child_workflow_execution_terminated_event_attributes->initiated_event_id,
                     TEXT("child workflow was terminated"));
        break;
    default: break;
    }
}

/* ---- the run itself ---- */

static void closed(struct event *to, enum run_close close, struct text failure)
{
    to->kind = EVENT_CLOSED;
    to->close = close;
    to->failure = failure;
}

static void take_close(struct event *to, const Api__HistoryEvent *from)
{
    switch ((int)from->attributes_case) {
    case CASE(WORKFLOW_EXECUTION_COMPLETED):
        closed(to, CLOSE_COMPLETED, TEXT_NONE);
        take_payload(to, from->workflow_execution_completed_event_attributes->result);
        break;
    case CASE(WORKFLOW_EXECUTION_FAILED):
        closed(to, CLOSE_FAILED, failure_or(from->workflow_execution_failed_event_attributes->failure, NO_MESSAGE));
        break;
    case CASE(WORKFLOW_EXECUTION_TIMED_OUT): closed(to, CLOSE_TIMED_OUT, TEXT("workflow timed out")); break;
    case CASE(WORKFLOW_EXECUTION_CANCELED): closed(to, CLOSE_CANCELED, TEXT_NONE); break;
    case CASE(WORKFLOW_EXECUTION_TERMINATED):
        closed(to, CLOSE_TERMINATED, proto_text(from->workflow_execution_terminated_event_attributes->reason));
        break;
    case CASE(WORKFLOW_EXECUTION_CONTINUED_AS_NEW): closed(to, CLOSE_CONTINUED, TEXT_NONE); break;
    default: break;
    }
}

static bool has_attribute(const Api__SearchAttributes *attributes, const char *name)
{
    for (size_t i = 0; attributes != NULL && i < attributes->n_indexed_fields; i++) {
        if (text_is(proto_text(attributes->indexed_fields[i]->key), name))
            return true;
    }
    return false;
}

/* The id of the first run since the cron schedule was last due. A run that failed passes it on in its failure; a run
   that timed out cannot, and then the run that is retried counts as the first. */
static struct text cron_run_id(const Api__WorkflowExecutionStartedEventAttributes *started)
{
    if (started->initiator != API_CONTINUE_AS_NEW_INITIATOR_RETRY)
        return proto_text(started->original_execution_run_id);
    struct text passed = proto_failure_cron_run_id(started->continued_failure);
    return passed.size > 0 ? passed : proto_text(started->continued_execution_run_id);
}

/* The options that the run was started with, packed as a start request without input, for a run that continues or
   resumes it. */
static struct text settings_of(const Api__WorkflowExecutionStartedEventAttributes *started, Api__UserMetadata *metadata,
                               struct arena *arena)
{
    Api__StartWorkflowExecutionRequest next = API__START_WORKFLOW_EXECUTION_REQUEST__INIT;
    next.user_metadata = metadata;
    next.priority = started->priority;
    next.workflow_run_timeout = started->workflow_run_timeout;
    next.workflow_task_timeout = started->workflow_task_timeout;
    next.retry_policy = started->retry_policy;
    next.cron_schedule = started->cron_schedule;
    next.header = started->header;
    next.memo = started->memo;
    next.search_attributes = started->search_attributes;
    return proto_pack(&next.base, arena);
}

static enum status take_start(struct event *to, const Api__HistoryEvent *event, struct arena *arena)
{
    const Api__WorkflowExecutionStartedEventAttributes *started = event->workflow_execution_started_event_attributes;
    to->kind = EVENT_STARTED;
    if (started->workflow_type != NULL)
        to->activity_type = proto_text(started->workflow_type->name);
    take_payload(to, started->input);
    to->trace = trace_read(started->header);
    struct event_start *start = ARENA_NEW(arena, struct event_start);
    if (start == NULL)
        return STATUS_BUDGET;
    bool cron = started->cron_schedule.len > 0;
    *start = (struct event_start){
        .workflow_id = proto_text(started->workflow_id),
        .run_id = cron ? cron_run_id(started) : proto_text(started->original_execution_run_id),
        .first_run_id = proto_text(started->first_execution_run_id),
        .settings = settings_of(started, event->user_metadata, arena),
        .scheduled = has_attribute(started->search_attributes, "TemporalScheduledById") ||
                     has_attribute(started->search_attributes, "TemporalScheduledStartTime"),
        .cron = cron,
        .cron_again = started->initiator == API_CONTINUE_AS_NEW_INITIATOR_CRON_SCHEDULE,
    };
    to->start = start;
    return start->settings.data != NULL ? STATUS_OK : STATUS_BUDGET;
}

static void take_task_completed(struct event *to, const Api__WorkflowTaskCompletedEventAttributes *completed)
{
    const Api__WorkflowTaskCompletedMetadata *metadata = completed->sdk_metadata;
    to->kind = EVENT_TASK_COMPLETED;
    for (size_t i = 0; metadata != NULL && i < metadata->n_lang_used_flags; i++)
        to->holds = to->holds || metadata->lang_used_flags[i] == TASK_FLAG_HOLD;
}

static void take_update(struct event *to, const Api__WorkflowExecutionUpdateAcceptedEventAttributes *accepted)
{
    const Api__Request *request = accepted->accepted_request;
    if (request == NULL || request->input == NULL)
        return;
    to->kind = EVENT_UPDATE_ACCEPTED;
    to->activity_id = proto_text(accepted->protocol_instance_id);
    to->activity_type = proto_text(request->input->name);
    take_payload(to, request->input->args);
}

static enum status take_attributes(struct event *to, const Api__SearchAttributes *attributes, struct arena *arena)
{
    for (size_t i = 0; attributes != NULL && i < attributes->n_indexed_fields; i++) {
        if (!text_is(proto_text(attributes->indexed_fields[i]->key), ATTRIBUTE_FAILED_ACTION))
            continue;
        bool foreign;
        struct json_value name = json_null();
        struct text json = payload_read(attributes->indexed_fields[i]->value, &foreign);
        enum status status = json.size > 0 ? json_read(arena, json, &name, NULL) : STATUS_OK;
        if (status == STATUS_BUDGET)
            return status;
        to->kind = EVENT_FAILED_ACTION;
        to->activity_id = status == STATUS_OK && name.type == JSON_STRING ? name.string : TEXT_NONE;
    }
    return STATUS_OK;
}

static void take_run(struct event *to, const Api__HistoryEvent *from)
{
    switch ((int)from->attributes_case) {
    case CASE(WORKFLOW_TASK_STARTED):
        to->kind = EVENT_TASK_STARTED;
        to->scheduled_id = from->workflow_task_started_event_attributes->scheduled_event_id;
        to->history_size = from->workflow_task_started_event_attributes->history_size_bytes;
        to->suggest_continue = from->workflow_task_started_event_attributes->suggest_continue_as_new;
        break;
    case CASE(WORKFLOW_TASK_COMPLETED): take_task_completed(to, from->workflow_task_completed_event_attributes); break;
    case CASE(WORKFLOW_EXECUTION_UPDATE_ACCEPTED):
        take_update(to, from->workflow_execution_update_accepted_event_attributes);
        break;
    case CASE(WORKFLOW_EXECUTION_CANCEL_REQUESTED): to->kind = EVENT_CANCEL_REQUESTED; break;
    case CASE(WORKFLOW_EXECUTION_SIGNALED):
        to->kind = EVENT_SIGNALED;
        to->activity_type = proto_text(from->workflow_execution_signaled_event_attributes->signal_name);
        take_payload(to, from->workflow_execution_signaled_event_attributes->input);
        break;
    default: break;
    }
}

enum status history_translate(const Api__HistoryEvent *from, struct arena *arena, struct event *to)
{
    *to = (struct event){.kind = EVENT_OTHER, .id = from->event_id, .time_us = proto_microseconds(from->event_time)};
    if (from->attributes_case == CASE(MARKER_RECORDED))
        return take_marker(to, from->marker_recorded_event_attributes, arena);
    if (from->attributes_case == CASE(WORKFLOW_EXECUTION_STARTED))
        return take_start(to, from, arena);
    if (from->attributes_case == CASE(UPSERT_WORKFLOW_SEARCH_ATTRIBUTES))
        return take_attributes(to, from->upsert_workflow_search_attributes_event_attributes->search_attributes, arena);
    take_run(to, from);
    take_activity(to, from);
    take_timer(to, from);
    take_child(to, from);
    take_close(to, from);
    return STATUS_OK;
}

/* ---- what this worker cannot read ---- */

static bool marker_is_encrypted(const Api__MarkerRecordedEventAttributes *marker)
{
    for (size_t i = 0; i < marker->n_details; i++) {
        if (payload_list_is_encrypted(marker->details[i]->value))
            return true;
    }
    return false;
}

bool history_is_encrypted(const Api__HistoryEvent *event)
{
    switch ((int)event->attributes_case) {
    case CASE(WORKFLOW_EXECUTION_STARTED):
        return payload_list_is_encrypted(event->workflow_execution_started_event_attributes->input);
    case CASE(MARKER_RECORDED): return marker_is_encrypted(event->marker_recorded_event_attributes);
    case CASE(ACTIVITY_TASK_SCHEDULED):
        return payload_list_is_encrypted(event->activity_task_scheduled_event_attributes->input);
    case CASE(ACTIVITY_TASK_COMPLETED):
        return payload_list_is_encrypted(event->activity_task_completed_event_attributes->result);
    case CASE(START_CHILD_WORKFLOW_EXECUTION_INITIATED):
        return payload_list_is_encrypted(event->start_child_workflow_execution_initiated_event_attributes->input);
    case CASE(CHILD_WORKFLOW_EXECUTION_COMPLETED):
        return payload_list_is_encrypted(event->child_workflow_execution_completed_event_attributes->result);
    case CASE(WORKFLOW_EXECUTION_SIGNALED):
        return payload_list_is_encrypted(event->workflow_execution_signaled_event_attributes->input);
    default: return false;
    }
}
