#include <criterion/criterion.h>

#include "base/limits.h"
#include "temporal/history.h"
#include "temporal/payload.h"
#include "temporal/proto_failure.h"
#include "temporal_api_enums.h"

#define CASE(name_) API__HISTORY_EVENT__ATTRIBUTES_##name_##_EVENT_ATTRIBUTES
#define EXPECT_TEXT(got_, wanted_)                                                                                     \
    do {                                                                                                               \
        struct text got__ = (got_);                                                                                    \
        cr_expect(text_is(got__, (wanted_)), "got '%.*s', expected '%s'", TEXT_ARG(got__), (wanted_));                 \
    } while (0)

static struct arena *arena;

static void make_arena(void)
{
    arena = arena_new(MIB(4), 0);
}

static void free_arena(void)
{
    arena_free(arena);
}

TestSuite(history, .init = make_arena, .fini = free_arena);

static struct event translated(const Api__HistoryEvent *from)
{
    struct event event;
    cr_assert_eq(history_translate(from, arena, &event), STATUS_OK);
    return event;
}

/* ---- events that hold nothing ---- */

static const struct {
    unsigned field;
    enum event_kind kind;
} kinds[] = {
    {CASE(WORKFLOW_EXECUTION_STARTED), EVENT_STARTED},
    {CASE(WORKFLOW_TASK_STARTED), EVENT_TASK_STARTED},
    {CASE(ACTIVITY_TASK_SCHEDULED), EVENT_ACTIVITY_SCHEDULED},
    {CASE(ACTIVITY_TASK_STARTED), EVENT_ACTIVITY_STARTED},
    {CASE(WORKFLOW_TASK_COMPLETED), EVENT_TASK_COMPLETED},
    {CASE(ACTIVITY_TASK_COMPLETED), EVENT_ACTIVITY_COMPLETED},
    {CASE(ACTIVITY_TASK_FAILED), EVENT_ACTIVITY_FAILED},
    {CASE(ACTIVITY_TASK_TIMED_OUT), EVENT_ACTIVITY_TIMED_OUT},
    {CASE(ACTIVITY_TASK_CANCELED), EVENT_ACTIVITY_CANCELED},
    {CASE(ACTIVITY_TASK_CANCEL_REQUESTED), EVENT_ACTIVITY_CANCEL_REQUESTED},
    {CASE(TIMER_STARTED), EVENT_TIMER_STARTED},
    {CASE(TIMER_FIRED), EVENT_TIMER_FIRED},
    {CASE(TIMER_CANCELED), EVENT_TIMER_CANCELED},
    {CASE(START_CHILD_WORKFLOW_EXECUTION_INITIATED), EVENT_CHILD_INITIATED},
    {CASE(START_CHILD_WORKFLOW_EXECUTION_FAILED), EVENT_CHILD_FAILED},
    {CASE(CHILD_WORKFLOW_EXECUTION_COMPLETED), EVENT_CHILD_COMPLETED},
    {CASE(CHILD_WORKFLOW_EXECUTION_FAILED), EVENT_CHILD_FAILED},
    {CASE(CHILD_WORKFLOW_EXECUTION_TIMED_OUT), EVENT_CHILD_FAILED},
    {CASE(CHILD_WORKFLOW_EXECUTION_CANCELED), EVENT_CHILD_FAILED},
    {CASE(CHILD_WORKFLOW_EXECUTION_TERMINATED), EVENT_CHILD_FAILED},
    {CASE(WORKFLOW_EXECUTION_CANCEL_REQUESTED), EVENT_CANCEL_REQUESTED},
    {CASE(WORKFLOW_EXECUTION_SIGNALED), EVENT_SIGNALED},
    {CASE(WORKFLOW_EXECUTION_COMPLETED), EVENT_CLOSED},
    {CASE(WORKFLOW_EXECUTION_FAILED), EVENT_CLOSED},
    {CASE(WORKFLOW_EXECUTION_CANCELED), EVENT_CLOSED},
    {CASE(WORKFLOW_EXECUTION_TERMINATED), EVENT_CLOSED},
    {CASE(WORKFLOW_EXECUTION_TIMED_OUT), EVENT_CLOSED},
    {CASE(WORKFLOW_EXECUTION_CONTINUED_AS_NEW), EVENT_CLOSED},
};

static enum event_kind kind_of(unsigned field)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].field == field)
            return kinds[i].kind;
    }
    return EVENT_OTHER;
}

/* An event with the attributes of that field, which are empty. */
static const Api__HistoryEvent *empty_event(unsigned field)
{
    uint8_t bytes[8] = {1 << 3, 7}; /* event_id 7 */
    size_t size = 2;
    for (unsigned tag = field << 3 | 2;; tag >>= 7) {
        bytes[size++] = (uint8_t)((tag & 0x7f) | (tag > 0x7f ? 0x80 : 0));
        if (tag <= 0x7f)
            break;
    }
    bytes[size++] = 0;
    const void *message = NULL;
    cr_assert_eq(proto_unpack(&api__history_event__descriptor, (struct text){.data = (const char *)bytes, .size = size},
                              arena, &message, NULL),
                 STATUS_OK);
    return message;
}

Test(history, every_type_of_event_may_be_empty)
{
    const ProtobufCMessageDescriptor *type = &api__history_event__descriptor;
    size_t types = 0;
    for (unsigned i = 0; i < type->n_fields; i++) {
        if ((type->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
            continue;
        unsigned field = type->fields[i].id;
        const Api__HistoryEvent *from = empty_event(field);
        cr_assert_eq((unsigned)from->attributes_case, field);
        struct event event = translated(from);
        cr_expect_eq(event.kind, kind_of(field), "field %u", field);
        cr_expect_eq(event.id, 7);
        cr_expect_eq(event.time_us, 0);
        cr_expect_eq(event.payload.size, 0);
        cr_expect_not(event.payload_foreign);
        types++;
    }
    cr_expect_geq(types, 50);
}

Test(history, unknown_events_change_nothing)
{
    cr_expect_eq(translated(empty_event(5000)).kind, EVENT_OTHER);
    Api__HistoryEvent bare = API__HISTORY_EVENT__INIT;
    cr_expect_eq(translated(&bare).kind, EVENT_OTHER);
}

Test(history, a_failure_always_has_a_message)
{
    static const unsigned fields[] = {CASE(ACTIVITY_TASK_FAILED),
                                      CASE(ACTIVITY_TASK_TIMED_OUT),
                                      CASE(START_CHILD_WORKFLOW_EXECUTION_FAILED),
                                      CASE(CHILD_WORKFLOW_EXECUTION_FAILED),
                                      CASE(CHILD_WORKFLOW_EXECUTION_TIMED_OUT),
                                      CASE(CHILD_WORKFLOW_EXECUTION_CANCELED),
                                      CASE(CHILD_WORKFLOW_EXECUTION_TERMINATED),
                                      CASE(WORKFLOW_EXECUTION_FAILED),
                                      CASE(WORKFLOW_EXECUTION_TIMED_OUT)};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        cr_expect_gt(translated(empty_event(fields[i])).failure.size, 0, "field %u", fields[i]);
}

Test(history, a_run_closes_in_six_ways)
{
    static const struct {
        unsigned field;
        enum run_close close;
    } closes[] = {{CASE(WORKFLOW_EXECUTION_COMPLETED), CLOSE_COMPLETED},
                  {CASE(WORKFLOW_EXECUTION_FAILED), CLOSE_FAILED},
                  {CASE(WORKFLOW_EXECUTION_CANCELED), CLOSE_CANCELED},
                  {CASE(WORKFLOW_EXECUTION_TERMINATED), CLOSE_TERMINATED},
                  {CASE(WORKFLOW_EXECUTION_TIMED_OUT), CLOSE_TIMED_OUT},
                  {CASE(WORKFLOW_EXECUTION_CONTINUED_AS_NEW), CLOSE_CONTINUED}};
    for (size_t i = 0; i < sizeof closes / sizeof *closes; i++)
        cr_expect_eq(translated(empty_event(closes[i].field)).close, closes[i].close);
}

/* ---- events that hold something ---- */

Test(history, workflow_task_started)
{
    Api__Timestamp time = API__TIMESTAMP__INIT;
    time.seconds = 3;
    time.nanos = 4000;
    Api__WorkflowTaskStartedEventAttributes started = API__WORKFLOW_TASK_STARTED_EVENT_ATTRIBUTES__INIT;
    started.scheduled_event_id = 8;
    started.history_size_bytes = 12345;
    started.suggest_continue_as_new = true;
    Api__HistoryEvent from = API__HISTORY_EVENT__INIT;
    from.event_id = 9;
    from.event_time = &time;
    from.attributes_case = CASE(WORKFLOW_TASK_STARTED);
    from.workflow_task_started_event_attributes = &started;
    struct event event = translated(&from);
    cr_expect_eq(event.id, 9);
    cr_expect_eq(event.time_us, 3000004);
    cr_expect_eq(event.scheduled_id, 8);
    cr_expect_eq(event.history_size, 12345);
    cr_expect(event.suggest_continue);
}

Test(history, activity_started)
{
    Api__ActivityTaskStartedEventAttributes started = API__ACTIVITY_TASK_STARTED_EVENT_ATTRIBUTES__INIT;
    started.scheduled_event_id = 5;
    started.attempt = 3;
    Api__HistoryEvent from = API__HISTORY_EVENT__INIT;
    from.attributes_case = CASE(ACTIVITY_TASK_STARTED);
    from.activity_task_started_event_attributes = &started;
    struct event event = translated(&from);
    cr_expect_eq(event.scheduled_id, 5);
    cr_expect_eq(event.attempt, 3);
}

Test(history, activity_scheduled_and_completed)
{
    struct payload_list input, output;
    Api__ActivityType type = API__ACTIVITY_TYPE__INIT;
    type.name = proto_bytes(TEXT("ExecuteActionActivity"));
    Api__ActivityTaskScheduledEventAttributes scheduled = API__ACTIVITY_TASK_SCHEDULED_EVENT_ATTRIBUTES__INIT;
    scheduled.activity_id = proto_bytes(TEXT("13"));
    scheduled.activity_type = &type;
    scheduled.input = payload_list_json(&input, TEXT("{\"action_id\":\"x\"}"));
    Api__Duration timeout = proto_duration(5400000);
    scheduled.start_to_close_timeout = &timeout;
    Api__HistoryEvent from = API__HISTORY_EVENT__INIT;
    from.attributes_case = CASE(ACTIVITY_TASK_SCHEDULED);
    from.activity_task_scheduled_event_attributes = &scheduled;
    struct event event = translated(&from);
    EXPECT_TEXT(event.activity_id, "13");
    EXPECT_TEXT(event.activity_type, "ExecuteActionActivity");
    EXPECT_TEXT(event.payload, "{\"action_id\":\"x\"}");
    cr_expect_eq(event.duration_ms, 5400000);

    Api__ActivityTaskCompletedEventAttributes done = API__ACTIVITY_TASK_COMPLETED_EVENT_ATTRIBUTES__INIT;
    done.scheduled_event_id = 13;
    done.result = payload_list_json(&output, TEXT("{}"));
    output.payload.n_metadata = 0;
    from.attributes_case = CASE(ACTIVITY_TASK_COMPLETED);
    from.activity_task_completed_event_attributes = &done;
    event = translated(&from);
    cr_expect_eq(event.scheduled_id, 13);
    cr_expect(event.payload_foreign);
    cr_expect_eq(event.payload.size, 0);
}

Test(history, child_of_the_go_worker)
{
    struct payload_list input;
    Api__StartChildWorkflowExecutionInitiatedEventAttributes initiated =
        API__START_CHILD_WORKFLOW_EXECUTION_INITIATED_EVENT_ATTRIBUTES__INIT;
    initiated.workflow_id = proto_bytes(TEXT("w-branch-0-a"));
    initiated.input = payload_list_json(&input, TEXT("{\"start_action\":{}}"));
    Api__HistoryEvent from = API__HISTORY_EVENT__INIT;
    from.event_id = 13;
    from.attributes_case = CASE(START_CHILD_WORKFLOW_EXECUTION_INITIATED);
    from.start_child_workflow_execution_initiated_event_attributes = &initiated;
    struct event event = translated(&from);
    EXPECT_TEXT(event.activity_id, "w-branch-0-a");
    EXPECT_TEXT(event.payload, "{\"start_action\":{}}");

    Api__ChildWorkflowExecutionCanceledEventAttributes canceled =
        API__CHILD_WORKFLOW_EXECUTION_CANCELED_EVENT_ATTRIBUTES__INIT;
    canceled.initiated_event_id = 13;
    from.attributes_case = CASE(CHILD_WORKFLOW_EXECUTION_CANCELED);
    from.child_workflow_execution_canceled_event_attributes = &canceled;
    cr_expect_eq(translated(&from).scheduled_id, 13);
}

/* ---- failures ---- */

Test(history, the_message_of_a_failure_is_the_first_that_is_no_wrapper)
{
    Api__Failure root = API__FAILURE__INIT, application = API__FAILURE__INIT, activity = API__FAILURE__INIT,
                 child = API__FAILURE__INIT;
    Api__ApplicationFailureInfo info = API__APPLICATION_FAILURE_INFO__INIT;
    Api__ActivityFailureInfo activity_info = API__ACTIVITY_FAILURE_INFO__INIT;
    Api__ChildWorkflowExecutionFailureInfo child_info = API__CHILD_WORKFLOW_EXECUTION_FAILURE_INFO__INIT;
    root.message = proto_bytes(TEXT("boom"));
    application.message = proto_bytes(TEXT("action A (1): execute: boom"));
    application.failure_info_case = API__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    application.application_failure_info = &info;
    application.cause = &root;
    activity.message = proto_bytes(TEXT("Activity task failed"));
    activity.failure_info_case = API__FAILURE__FAILURE_INFO_ACTIVITY_FAILURE_INFO;
    activity.activity_failure_info = &activity_info;
    activity.cause = &application;
    child.failure_info_case = API__FAILURE__FAILURE_INFO_CHILD_WORKFLOW_EXECUTION_FAILURE_INFO;
    child.child_workflow_execution_failure_info = &child_info;
    child.cause = &activity;
    EXPECT_TEXT(proto_failure_text(&child), "action A (1): execute: boom");
    EXPECT_TEXT(proto_failure_text(&application), "action A (1): execute: boom");
    application.message = proto_bytes(TEXT_NONE);
    EXPECT_TEXT(proto_failure_text(&child), "boom");
    activity.cause = NULL;
    EXPECT_TEXT(proto_failure_text(&activity), "Activity task failed");
    cr_expect_eq(proto_failure_text(NULL).size, 0);
}

/* ---- markers ---- */

struct marker {
    Api__HistoryEvent event;
    Api__MarkerRecordedEventAttributes attributes;
    Api__MarkerRecordedEventAttributesDetailsEntry entries[3], *items[3];
    struct payload_list payloads[3];
};

static void marker_init(struct marker *marker, const char *name)
{
    marker->event = (Api__HistoryEvent)API__HISTORY_EVENT__INIT;
    marker->attributes = (Api__MarkerRecordedEventAttributes)API__MARKER_RECORDED_EVENT_ATTRIBUTES__INIT;
    marker->attributes.marker_name = proto_bytes(text_from(name));
    marker->attributes.details = marker->items;
    marker->event.attributes_case = CASE(MARKER_RECORDED);
    marker->event.marker_recorded_event_attributes = &marker->attributes;
}

static void marker_add(struct marker *marker, const char *key, const char *json)
{
    size_t at = marker->attributes.n_details++;
    marker->entries[at] =
        (Api__MarkerRecordedEventAttributesDetailsEntry)API__MARKER_RECORDED_EVENT_ATTRIBUTES_DETAILS_ENTRY__INIT;
    marker->entries[at].key = proto_bytes(text_from(key));
    marker->entries[at].value = payload_list_json(&marker->payloads[at], text_from(json));
    marker->items[at] = &marker->entries[at];
}

Test(history, local_activity)
{
    struct marker marker;
    marker_init(&marker, "LocalActivity");
    marker_add(&marker, "data", "{\"ActivityID\":\"a-1\",\"ActivityType\":\"evaluate_condition\",\"Attempt\":1}");
    marker_add(&marker, "result", "{\"output\":\"true\"}");
    struct event event = translated(&marker.event);
    cr_expect_eq(event.kind, EVENT_RESULT_RECORDED);
    EXPECT_TEXT(event.activity_id, "a-1");
    EXPECT_TEXT(event.activity_type, "evaluate_condition");
    EXPECT_TEXT(event.payload, "{\"output\":\"true\"}");
    cr_expect_eq(event.failure.size, 0);

    Api__Failure failure = API__FAILURE__INIT;
    marker.attributes.failure = &failure;
    event = translated(&marker.event);
    cr_expect_eq(event.payload.size, 0);
    cr_expect_gt(event.failure.size, 0, "that it failed is known though it has no message");
    failure.message = proto_bytes(TEXT("no"));
    EXPECT_TEXT(translated(&marker.event).failure, "no");
}

Test(history, local_activity_without_its_data)
{
    static const char *const data[] = {"", "null", "[]", "{", "{\"ActivityID\":7}"};
    for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
        struct marker marker;
        marker_init(&marker, "LocalActivity");
        marker_add(&marker, "data", data[i]);
        cr_expect_eq(translated(&marker.event).activity_id.size, 0, "%s", data[i]);
    }
    struct marker marker;
    marker_init(&marker, "LocalActivity");
    cr_expect_eq(translated(&marker.event).kind, EVENT_OTHER);
}

Test(history, version_of_the_go_worker)
{
    struct marker marker;
    marker_init(&marker, "Version");
    marker_add(&marker, "change-id", "\"graph-interpreter\"");
    marker_add(&marker, "version", "2");
    struct event event = translated(&marker.event);
    cr_expect_eq(event.kind, EVENT_VERSION);
    cr_expect_eq(event.version, 2);

    static const struct {
        const char *change, *version;
    } others[] = {{"\"else\"", "2"}, {"\"graph-interpreter\"", "\"2\""}, {"\"graph-interpreter\"", "99999999999"}};
    for (size_t i = 0; i < 3; i++) {
        marker_init(&marker, "Version");
        marker_add(&marker, "change-id", others[i].change);
        marker_add(&marker, "version", others[i].version);
        cr_expect_eq(translated(&marker.event).kind, EVENT_OTHER, "case %zu", i);
    }
    marker_init(&marker, "SideEffect");
    cr_expect_eq(translated(&marker.event).kind, EVENT_OTHER);
}

Test(history, a_full_arena_is_reported)
{
    struct marker marker;
    marker_init(&marker, "LocalActivity");
    marker_add(&marker, "data", "{\"ActivityID\":\"a-1\"}");
    struct event event;
    arena_fail_after(arena, 1);
    cr_expect_eq(history_translate(&marker.event, arena, &event), STATUS_BUDGET);
    arena_fail_after(arena, 0);
}

Test(history, an_accepted_update_has_its_name_and_input)
{
    Api__Payload payload = payload_json(TEXT("{\"action\":\"A\"}"));
    Api__Payload *payloads[] = {&payload};
    Api__Payloads arguments = API__PAYLOADS__INIT;
    arguments.payloads = payloads;
    arguments.n_payloads = 1;
    Api__Input input = API__INPUT__INIT;
    input.name = proto_bytes(TEXT("retry"));
    input.args = &arguments;
    Api__Request request = API__REQUEST__INIT;
    request.input = &input;
    Api__WorkflowExecutionUpdateAcceptedEventAttributes accepted =
        API__WORKFLOW_EXECUTION_UPDATE_ACCEPTED_EVENT_ATTRIBUTES__INIT;
    accepted.protocol_instance_id = proto_bytes(TEXT("u1"));
    accepted.accepted_request = &request;
    Api__HistoryEvent from = API__HISTORY_EVENT__INIT;
    from.attributes_case = CASE(WORKFLOW_EXECUTION_UPDATE_ACCEPTED);
    from.workflow_execution_update_accepted_event_attributes = &accepted;
    struct event event = translated(&from);
    cr_expect_eq(event.kind, EVENT_UPDATE_ACCEPTED);
    cr_expect(text_is(event.activity_id, "u1"));
    cr_expect(text_is(event.activity_type, "retry"));
    cr_expect(text_is(event.payload, "{\"action\":\"A\"}"));
}

Test(history, a_completed_task_may_say_that_failed_actions_are_held)
{
    uint32_t flags[] = {7, 1};
    Api__WorkflowTaskCompletedMetadata metadata = API__WORKFLOW_TASK_COMPLETED_METADATA__INIT;
    metadata.lang_used_flags = flags;
    Api__WorkflowTaskCompletedEventAttributes completed = API__WORKFLOW_TASK_COMPLETED_EVENT_ATTRIBUTES__INIT;
    completed.sdk_metadata = &metadata;
    Api__HistoryEvent from = API__HISTORY_EVENT__INIT;
    from.attributes_case = CASE(WORKFLOW_TASK_COMPLETED);
    from.workflow_task_completed_event_attributes = &completed;
    metadata.n_lang_used_flags = 1;
    cr_expect_not(translated(&from).holds, "a flag of another kind of worker");
    metadata.n_lang_used_flags = 2;
    cr_expect(translated(&from).holds);
}

Test(history, a_failure_whose_attempts_are_used_up_is_not_permanent)
{
    struct proto_failure failure;
    Api__ActivityTaskFailedEventAttributes failed = API__ACTIVITY_TASK_FAILED_EVENT_ATTRIBUTES__INIT;
    failed.retry_state = API_RETRY_STATE_NON_RETRYABLE_FAILURE;
    failed.failure = proto_failure_fill(&failure, arena, TEXT("no"), "", false);
    Api__HistoryEvent from = API__HISTORY_EVENT__INIT;
    from.attributes_case = CASE(ACTIVITY_TASK_FAILED);
    from.activity_task_failed_event_attributes = &failed;
    cr_expect(translated(&from).permanent);
    cr_assert(proto_failure_note_attempts_used(&failure, arena));
    cr_expect_not(translated(&from).permanent);
    failed.retry_state = API_RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED;
    cr_expect_not(translated(&from).permanent);
}
