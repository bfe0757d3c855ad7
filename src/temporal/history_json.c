/* Reads each event into the message that the wire would bring, so that history_translate serves both. The tables name
   the fields that history_translate uses; all others are ignored. */
#include "temporal/history_json.h"

#include "base/date.h"
#include "temporal/history.h"
#include "temporal/proto_json.h"
#include "temporal_api_enums.h"

/* ---- messages within events ---- */

static const struct proto_field workflow_type_fields[] = {FIELD(FIELD_TEXT, "name", WorkflowType, name)};
static const struct proto_message workflow_type = MESSAGE(api__workflow_type__descriptor, workflow_type_fields);

static const struct proto_field activity_type_fields[] = {FIELD(FIELD_TEXT, "name", ActivityType, name)};
static const struct proto_message activity_type = MESSAGE(api__activity_type__descriptor, activity_type_fields);

static const struct proto_field metadata_fields[] = {
    FIELD(FIELD_TEXT, "key", PayloadMetadataEntry, key),
    FIELD(FIELD_BYTES, "value", PayloadMetadataEntry, value),
};
static const struct proto_message metadata = MESSAGE(api__payload_metadata_entry__descriptor, metadata_fields);

static const struct proto_field payload_fields[] = {
    PART(FIELD_MAP, "metadata", Payload, metadata, metadata),
    FIELD(FIELD_BYTES, "data", Payload, data),
};
static const struct proto_message payload = MESSAGE(api__payload__descriptor, payload_fields);

static const struct proto_field payloads_fields[] = {PART(FIELD_LIST, "payloads", Payloads, payloads, payload)};
static const struct proto_message payloads = MESSAGE(api__payloads__descriptor, payloads_fields);

static const struct proto_field detail_fields[] = {
    FIELD(FIELD_TEXT, "key", MarkerRecordedEventAttributesDetailsEntry, key),
    PART(FIELD_MESSAGE, "value", MarkerRecordedEventAttributesDetailsEntry, value, payloads),
};
static const struct proto_message detail =
    MESSAGE(api__marker_recorded_event_attributes_details_entry__descriptor, detail_fields);

static const struct proto_message failure;
static const struct proto_field application_fields[] = {
    PART(FIELD_MESSAGE, "details", ApplicationFailureInfo, details, payloads),
};
static const struct proto_message application = MESSAGE(api__application_failure_info__descriptor, application_fields);
static const struct proto_field failure_fields[] = {
    FIELD(FIELD_TEXT, "message", Failure, message),
    PART(FIELD_MESSAGE, "cause", Failure, cause, failure),
    PART(FIELD_MESSAGE, "applicationFailureInfo", Failure, application_failure_info, application),
    {.key = "applicationFailureInfo",
     .offset = offsetof(Api__Failure, failure_info_case),
     .kind = FIELD_CASE,
     .oneof_case = API__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO},
    {.key = "activityFailureInfo",
     .offset = offsetof(Api__Failure, failure_info_case),
     .kind = FIELD_CASE,
     .oneof_case = API__FAILURE__FAILURE_INFO_ACTIVITY_FAILURE_INFO},
    {.key = "childWorkflowExecutionFailureInfo",
     .offset = offsetof(Api__Failure, failure_info_case),
     .kind = FIELD_CASE,
     .oneof_case = API__FAILURE__FAILURE_INFO_CHILD_WORKFLOW_EXECUTION_FAILURE_INFO},
};
static const struct proto_message failure = MESSAGE(api__failure__descriptor, failure_fields);

static const struct proto_field indexed_fields[] = {FIELD(FIELD_TEXT, "key", SearchAttributesIndexedFieldsEntry, key)};
static const struct proto_message indexed_field =
    MESSAGE(api__search_attributes_indexed_fields_entry__descriptor, indexed_fields);
static const struct proto_field search_attribute_fields[] = {
    PART(FIELD_MAP, "indexedFields", SearchAttributes, indexed_fields, indexed_field),
};
static const struct proto_message search_attributes =
    MESSAGE(api__search_attributes__descriptor, search_attribute_fields);

static const struct proto_enum_value initiators[] = {
    {"CONTINUE_AS_NEW_INITIATOR_WORKFLOW", API_CONTINUE_AS_NEW_INITIATOR_WORKFLOW},
    {"CONTINUE_AS_NEW_INITIATOR_RETRY", API_CONTINUE_AS_NEW_INITIATOR_RETRY},
    {"CONTINUE_AS_NEW_INITIATOR_CRON_SCHEDULE", API_CONTINUE_AS_NEW_INITIATOR_CRON_SCHEDULE},
    {NULL, 0},
};

/* ---- attributes of events ---- */

static const struct proto_field execution_started[] = {
    PART(FIELD_MESSAGE, "workflowType", WorkflowExecutionStartedEventAttributes, workflow_type, workflow_type),
    PART(FIELD_MESSAGE, "input", WorkflowExecutionStartedEventAttributes, input, payloads),
    FIELD(FIELD_TEXT, "workflowId", WorkflowExecutionStartedEventAttributes, workflow_id),
    FIELD(FIELD_TEXT, "continuedExecutionRunId", WorkflowExecutionStartedEventAttributes, continued_execution_run_id),
    FIELD(FIELD_TEXT, "originalExecutionRunId", WorkflowExecutionStartedEventAttributes, original_execution_run_id),
    FIELD(FIELD_TEXT, "firstExecutionRunId", WorkflowExecutionStartedEventAttributes, first_execution_run_id),
    FIELD(FIELD_TEXT, "cronSchedule", WorkflowExecutionStartedEventAttributes, cron_schedule),
    ENUM("initiator", WorkflowExecutionStartedEventAttributes, initiator, initiators),
    PART(FIELD_MESSAGE, "continuedFailure", WorkflowExecutionStartedEventAttributes, continued_failure, failure),
    PART(FIELD_MESSAGE, "searchAttributes", WorkflowExecutionStartedEventAttributes, search_attributes,
         search_attributes),
};
static const struct proto_field execution_completed[] = {
    PART(FIELD_MESSAGE, "result", WorkflowExecutionCompletedEventAttributes, result, payloads),
};
static const struct proto_field execution_failed[] = {
    PART(FIELD_MESSAGE, "failure", WorkflowExecutionFailedEventAttributes, failure, failure),
};
static const struct proto_field execution_terminated[] = {
    FIELD(FIELD_TEXT, "reason", WorkflowExecutionTerminatedEventAttributes, reason),
};
static const struct proto_field task_started[] = {
    FIELD(FIELD_NUMBER, "scheduledEventId", WorkflowTaskStartedEventAttributes, scheduled_event_id),
    FIELD(FIELD_NUMBER, "historySizeBytes", WorkflowTaskStartedEventAttributes, history_size_bytes),
    FIELD(FIELD_FLAG, "suggestContinueAsNew", WorkflowTaskStartedEventAttributes, suggest_continue_as_new),
};
static const struct proto_field activity_scheduled[] = {
    FIELD(FIELD_TEXT, "activityId", ActivityTaskScheduledEventAttributes, activity_id),
    PART(FIELD_MESSAGE, "activityType", ActivityTaskScheduledEventAttributes, activity_type, activity_type),
    PART(FIELD_MESSAGE, "input", ActivityTaskScheduledEventAttributes, input, payloads),
};
static const struct proto_field activity_started[] = {
    FIELD(FIELD_NUMBER, "scheduledEventId", ActivityTaskStartedEventAttributes, scheduled_event_id),
    FIELD(FIELD_NUMBER_32, "attempt", ActivityTaskStartedEventAttributes, attempt),
};
static const struct proto_field activity_completed[] = {
    FIELD(FIELD_NUMBER, "scheduledEventId", ActivityTaskCompletedEventAttributes, scheduled_event_id),
    PART(FIELD_MESSAGE, "result", ActivityTaskCompletedEventAttributes, result, payloads),
};
static const struct proto_field activity_failed[] = {
    FIELD(FIELD_NUMBER, "scheduledEventId", ActivityTaskFailedEventAttributes, scheduled_event_id),
    PART(FIELD_MESSAGE, "failure", ActivityTaskFailedEventAttributes, failure, failure),
};
static const struct proto_field activity_timed_out[] = {
    FIELD(FIELD_NUMBER, "scheduledEventId", ActivityTaskTimedOutEventAttributes, scheduled_event_id),
    PART(FIELD_MESSAGE, "failure", ActivityTaskTimedOutEventAttributes, failure, failure),
};
static const struct proto_field activity_canceled[] = {
    FIELD(FIELD_NUMBER, "scheduledEventId", ActivityTaskCanceledEventAttributes, scheduled_event_id),
};
static const struct proto_field timer_started[] = {
    FIELD(FIELD_TEXT, "timerId", TimerStartedEventAttributes, timer_id),
    FIELD(FIELD_DURATION, "startToFireTimeout", TimerStartedEventAttributes, start_to_fire_timeout),
};
static const struct proto_field timer_fired[] = {
    FIELD(FIELD_TEXT, "timerId", TimerFiredEventAttributes, timer_id),
    FIELD(FIELD_NUMBER, "startedEventId", TimerFiredEventAttributes, started_event_id),
};
static const struct proto_field timer_canceled[] = {
    FIELD(FIELD_TEXT, "timerId", TimerCanceledEventAttributes, timer_id),
    FIELD(FIELD_NUMBER, "startedEventId", TimerCanceledEventAttributes, started_event_id),
};
static const struct proto_field child_initiated[] = {
    FIELD(FIELD_TEXT, "workflowId", StartChildWorkflowExecutionInitiatedEventAttributes, workflow_id),
    PART(FIELD_MESSAGE, "input", StartChildWorkflowExecutionInitiatedEventAttributes, input, payloads),
};
static const struct proto_field child_not_started[] = {
    FIELD(FIELD_NUMBER, "initiatedEventId", StartChildWorkflowExecutionFailedEventAttributes, initiated_event_id),
};
static const struct proto_field child_completed[] = {
    FIELD(FIELD_NUMBER, "initiatedEventId", ChildWorkflowExecutionCompletedEventAttributes, initiated_event_id),
    PART(FIELD_MESSAGE, "result", ChildWorkflowExecutionCompletedEventAttributes, result, payloads),
};
static const struct proto_field child_failed[] = {
    FIELD(FIELD_NUMBER, "initiatedEventId", ChildWorkflowExecutionFailedEventAttributes, initiated_event_id),
    PART(FIELD_MESSAGE, "failure", ChildWorkflowExecutionFailedEventAttributes, failure, failure),
};
static const struct proto_field child_timed_out[] = {
    FIELD(FIELD_NUMBER, "initiatedEventId", ChildWorkflowExecutionTimedOutEventAttributes, initiated_event_id),
};
static const struct proto_field child_canceled[] = {
    FIELD(FIELD_NUMBER, "initiatedEventId", ChildWorkflowExecutionCanceledEventAttributes, initiated_event_id),
};
static const struct proto_field child_terminated[] = {
    FIELD(FIELD_NUMBER, "initiatedEventId", ChildWorkflowExecutionTerminatedEventAttributes, initiated_event_id),
};
static const struct proto_field marker_recorded[] = {
    FIELD(FIELD_TEXT, "markerName", MarkerRecordedEventAttributes, marker_name),
    PART(FIELD_MAP, "details", MarkerRecordedEventAttributes, details, detail),
    PART(FIELD_MESSAGE, "failure", MarkerRecordedEventAttributes, failure, failure),
};

#define ATTRIBUTES(type_, CASE_, descriptor_, fields_)                                                                 \
    {                                                                                                                  \
        (type_), API__HISTORY_EVENT__ATTRIBUTES_##CASE_##_EVENT_ATTRIBUTES,                                            \
            MESSAGE(api__##descriptor_##_event_attributes__descriptor, fields_)                                        \
    }
#define NO_FIELDS(type_, CASE_, descriptor_)                                                                           \
    {                                                                                                                  \
        (type_), API__HISTORY_EVENT__ATTRIBUTES_##CASE_##_EVENT_ATTRIBUTES,                                            \
        {                                                                                                              \
            .descriptor = &api__##descriptor_##_event_attributes__descriptor                                           \
        }                                                                                                              \
    }

static const struct attributes {
    const char *type; /* as in the name of the member that holds them */
    Api__HistoryEvent__AttributesCase oneof_case;
    struct proto_message message;
} attributes[] = {
    ATTRIBUTES("WorkflowExecutionStarted", WORKFLOW_EXECUTION_STARTED, workflow_execution_started, execution_started),
    ATTRIBUTES("WorkflowExecutionCompleted", WORKFLOW_EXECUTION_COMPLETED, workflow_execution_completed,
               execution_completed),
    ATTRIBUTES("WorkflowExecutionFailed", WORKFLOW_EXECUTION_FAILED, workflow_execution_failed, execution_failed),
    NO_FIELDS("WorkflowExecutionTimedOut", WORKFLOW_EXECUTION_TIMED_OUT, workflow_execution_timed_out),
    NO_FIELDS("WorkflowExecutionCanceled", WORKFLOW_EXECUTION_CANCELED, workflow_execution_canceled),
    ATTRIBUTES("WorkflowExecutionTerminated", WORKFLOW_EXECUTION_TERMINATED, workflow_execution_terminated,
               execution_terminated),
    NO_FIELDS("WorkflowExecutionContinuedAsNew", WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
              workflow_execution_continued_as_new),
    NO_FIELDS("WorkflowExecutionCancelRequested", WORKFLOW_EXECUTION_CANCEL_REQUESTED,
              workflow_execution_cancel_requested),
    NO_FIELDS("WorkflowExecutionSignaled", WORKFLOW_EXECUTION_SIGNALED, workflow_execution_signaled),
    ATTRIBUTES("WorkflowTaskStarted", WORKFLOW_TASK_STARTED, workflow_task_started, task_started),
    ATTRIBUTES("ActivityTaskScheduled", ACTIVITY_TASK_SCHEDULED, activity_task_scheduled, activity_scheduled),
    ATTRIBUTES("ActivityTaskStarted", ACTIVITY_TASK_STARTED, activity_task_started, activity_started),
    ATTRIBUTES("ActivityTaskCompleted", ACTIVITY_TASK_COMPLETED, activity_task_completed, activity_completed),
    ATTRIBUTES("ActivityTaskFailed", ACTIVITY_TASK_FAILED, activity_task_failed, activity_failed),
    ATTRIBUTES("ActivityTaskTimedOut", ACTIVITY_TASK_TIMED_OUT, activity_task_timed_out, activity_timed_out),
    ATTRIBUTES("ActivityTaskCanceled", ACTIVITY_TASK_CANCELED, activity_task_canceled, activity_canceled),
    ATTRIBUTES("TimerStarted", TIMER_STARTED, timer_started, timer_started),
    ATTRIBUTES("TimerFired", TIMER_FIRED, timer_fired, timer_fired),
    ATTRIBUTES("TimerCanceled", TIMER_CANCELED, timer_canceled, timer_canceled),
    ATTRIBUTES("StartChildWorkflowExecutionInitiated", START_CHILD_WORKFLOW_EXECUTION_INITIATED,
               start_child_workflow_execution_initiated, child_initiated),
    ATTRIBUTES("StartChildWorkflowExecutionFailed", START_CHILD_WORKFLOW_EXECUTION_FAILED,
               start_child_workflow_execution_failed, child_not_started),
    ATTRIBUTES("ChildWorkflowExecutionCompleted", CHILD_WORKFLOW_EXECUTION_COMPLETED,
               child_workflow_execution_completed, child_completed),
    ATTRIBUTES("ChildWorkflowExecutionFailed", CHILD_WORKFLOW_EXECUTION_FAILED, child_workflow_execution_failed,
               child_failed),
    ATTRIBUTES("ChildWorkflowExecutionTimedOut", CHILD_WORKFLOW_EXECUTION_TIMED_OUT, child_workflow_execution_timed_out,
               child_timed_out),
    ATTRIBUTES("ChildWorkflowExecutionCanceled", CHILD_WORKFLOW_EXECUTION_CANCELED, child_workflow_execution_canceled,
               child_canceled),
    ATTRIBUTES("ChildWorkflowExecutionTerminated", CHILD_WORKFLOW_EXECUTION_TERMINATED,
               child_workflow_execution_terminated, child_terminated),
    ATTRIBUTES("MarkerRecorded", MARKER_RECORDED, marker_recorded, marker_recorded),
};

/* ---- events ---- */

#define SUFFIX TEXT("EventAttributes")

/* Newer tools write ACTIVITY_TASK_FAILED, older ones ActivityTaskFailed, and members are named activityTaskFailed....
   */
static bool is_same_type(struct text a, struct text b)
{
    size_t i = 0, k = 0;
    for (;;) {
        while (i < a.size && a.data[i] == '_')
            i++;
        while (k < b.size && b.data[k] == '_')
            k++;
        if (i == a.size || k == b.size)
            return i == a.size && k == b.size;
        if (!text_equal_ignoring_case(text_slice(a, i++, 1), text_slice(b, k++, 1)))
            return false;
    }
}

static const struct attributes *find_attributes(struct text type)
{
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        if (is_same_type(text_from(attributes[i].type), type))
            return &attributes[i];
    return NULL;
}

/* The member with the attributes, or NULL. */
static enum status attributes_of(const struct json_value *event, struct text type, const struct json_value **found,
                                 struct error *error)
{
    *found = NULL;
    for (size_t i = 0; i < event->object.count; i++) {
        const struct json_member *member = &event->object.members[i];
        if (!text_ends(member->key, SUFFIX) || member->value.type == JSON_NULL)
            continue;
        if (!is_same_type(text_slice(member->key, 0, member->key.size - SUFFIX.size), type))
            return error_set(error, STATUS_INVALID, TEXT_NONE, "an event of type %.*s has %.*s", TEXT_ARG(type),
                             TEXT_ARG(member->key));
        *found = &member->value;
    }
    return STATUS_OK;
}

static enum status read_attributes(struct arena *arena, const struct json_value *value, Api__HistoryEvent *event,
                                   struct error *error)
{
    const struct json_value *type = json_get(value, TEXT("eventType"));
    if (type == NULL || type->type != JSON_STRING)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "eventType: expected string, found %s",
                         type != NULL ? json_type_name(type->type) : "nothing");
    struct text name = type->string, prefix = TEXT("EVENT_TYPE_");
    if (text_starts(name, prefix))
        name = text_slice(name, prefix.size, name.size);
    const struct json_value *given;
    enum status status = attributes_of(value, name, &given, error);
    const struct attributes *known = find_attributes(name);
    if (status != STATUS_OK || known == NULL)
        return status;
    if (given == NULL)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "an event of type %.*s has no attributes", TEXT_ARG(name));
    void *message;
    status = proto_json_read(arena, &known->message, given, &message, error);
    if (status != STATUS_OK) {
        (void)error_prefix(error, "attributes of %s", known->type);
        return status;
    }
    event->attributes_case = known->oneof_case;
    /* The union holds only pointers, so any of its members can be set. */
    event->workflow_execution_started_event_attributes = message;
    return STATUS_OK;
}

static enum status read_event(struct arena *arena, const struct json_value *value, int64_t id, struct event *event,
                              struct error *error)
{
    if (value->type != JSON_OBJECT)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "expected object, found %s", json_type_name(value->type));
    Api__HistoryEvent message = API__HISTORY_EVENT__INIT;
    const struct json_value *given = json_get(value, TEXT("eventId"));
    if (given == NULL || !proto_json_number(given, &message.event_id))
        return error_set(error, STATUS_INVALID, TEXT_NONE, "eventId: expected %lld, found %s", (long long)id,
                         given != NULL ? "no number" : "nothing");
    if (message.event_id != id)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "eventId: expected %lld, found %lld", (long long)id,
                         (long long)message.event_id);
    Api__Timestamp time = API__TIMESTAMP__INIT;
    const struct json_value *stamp = json_get(value, TEXT("eventTime"));
    if (stamp != NULL && stamp->type != JSON_NULL) {
        int64_t us;
        if (stamp->type != JSON_STRING || !date_read_rfc3339(stamp->string, &us))
            return error_set(error, STATUS_INVALID, TEXT_NONE, "eventTime: expected RFC 3339, found something else");
        time = proto_timestamp(us);
        message.event_time = &time;
    }
    enum status status = read_attributes(arena, value, &message, error);
    if (status != STATUS_OK)
        return status;
    return history_translate(&message, arena, event) == STATUS_OK ? STATUS_OK : error_budget(error);
}

enum status history_json_read(struct arena *arena, struct text document, struct history_json *history,
                              struct error *error)
{
    struct json_value value;
    enum status status = json_read(arena, document, &value, error);
    if (status != STATUS_OK)
        return status;
    const struct json_value *list = json_get(&value, TEXT("events"));
    if (list == NULL || list->type != JSON_ARRAY)
        return error_set(error, STATUS_INVALID, TEXT("event 1"), "expected {\"events\": [...]}, found no events");
    struct event *events = ARENA_ARRAY(arena, list->array.count, struct event);
    if (events == NULL)
        return error_budget(error);
    for (size_t i = 0; i < list->array.count; i++) {
        status = read_event(arena, &list->array.items[i], (int64_t)i + 1, &events[i], error);
        if (status != STATUS_OK) {
            if (error != NULL && error->arena != NULL)
                error->where = arena_print(error->arena, "event %zu", i + 1);
            return status;
        }
    }
    *history = (struct history_json){.events = events, .count = list->array.count};
    return STATUS_OK;
}
