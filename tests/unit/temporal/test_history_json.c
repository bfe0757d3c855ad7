#include <criterion/criterion.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "temporal/history_json.h"

#define EXPECT_TEXT(got_, wanted_)                                                                                     \
    do {                                                                                                               \
        struct text got__ = (got_);                                                                                    \
        cr_expect(text_is(got__, (wanted_)), "got '%.*s', expected '%s'", TEXT_ARG(got__), (wanted_));                 \
    } while (0)

static struct arena *arena;

static void make_arena(void)
{
    arena = arena_new(MIB(16), 0);
}

static void free_arena(void)
{
    arena_free(arena);
}

TestSuite(history_json, .init = make_arena, .fini = free_arena);

/* ---- what is read ---- */

static struct history_json read_good(const char *document)
{
    struct history_json history = {0};
    struct error error = ERROR_IN(arena);
    enum status status = history_json_read(arena, text_from(document), &history, &error);
    cr_assert_eq(status, STATUS_OK, "%.*s: %.*s", TEXT_ARG(error.where), TEXT_ARG(error.message));
    return history;
}

/* One event of that type, with these attributes. */
static struct event read_one(const char *type, const char *member, const char *attributes)
{
    struct text document =
        arena_print(arena, "{\"events\":[{\"eventId\":\"1\",\"eventType\":\"%s\",\"%sEventAttributes\":%s}]}", type,
                    member, attributes);
    struct history_json history = read_good(document.data);
    cr_assert_eq(history.count, 1);
    return history.events[0];
}

/* {"a":1} and "graph-interpreter" and 2, in base64 as the tool writes payloads. */
#define JSON_PLAIN "\"metadata\":{\"encoding\":\"anNvbi9wbGFpbg==\"}"
#define PAYLOADS   "{\"payloads\":[{" JSON_PLAIN ",\"data\":\"eyJhIjoxfQ==\"}]}"
#define DEEP_FAILURE                                                                                                   \
    "{\"message\":\"child workflow execution "                                                                         \
    "error\",\"childWorkflowExecutionFailureInfo\":{\"initiatedEventId\":\"5\"},"                                      \
    "\"cause\":{\"message\":\"activity error\",\"activityFailureInfo\":{},\"cause\":{\"message\":\"boom\","            \
    "\"applicationFailureInfo\":{\"type\":\"wrapError\"},\"cause\":{\"message\":\"inner\"}}}}"

Test(history_json, number_and_time)
{
    struct history_json history =
        read_good("{\"events\":[{\"eventId\":\"1\",\"eventTime\":\"2026-06-17T09:12:44.108233456Z\",\"taskId\":\"7\","
                  "\"eventType\":\"EVENT_TYPE_WORKFLOW_TASK_COMPLETED\",\"workflowTaskCompletedEventAttributes\":{}},"
                  "{\"eventId\":2,\"eventTime\":\"2026-06-17T11:12:44+02:00\",\"eventType\":\"WorkflowTaskScheduled\"},"
                  "{\"eventId\":3.0,\"eventTime\":null,\"eventType\":\"EVENT_TYPE_OF_TOMORROW\",\"members\":[]}]}");
    cr_assert_eq(history.count, 3);
    cr_expect_eq(history.events[0].time_us, 1781687564108233);
    cr_expect_eq(history.events[1].time_us, 1781687564000000);
    cr_expect_eq(history.events[2].time_us, 0);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(history.events[i].id, (int64_t)i + 1);
        cr_expect_eq(history.events[i].kind, EVENT_OTHER);
    }
}

Test(history_json, no_events)
{
    cr_expect_eq(read_good("{\"events\":[]}").count, 0);
}

/* The names of event types of newer and of older tools. */
Test(history_json, spellings_of_types)
{
    static const char *const types[] = {"EVENT_TYPE_ACTIVITY_TASK_SCHEDULED", "ACTIVITY_TASK_SCHEDULED",
                                        "ActivityTaskScheduled", "EVENT_TYPE_ActivityTaskScheduled"};
    for (size_t i = 0; i < 4; i++) {
        struct event event = read_one(types[i], "activityTaskScheduled",
                                      "{\"activityId\":\"13\",\"activityType\":{\"name\":\"ExecuteActionActivity\"},"
                                      "\"input\":" PAYLOADS "}");
        cr_expect_eq(event.kind, EVENT_ACTIVITY_SCHEDULED);
        EXPECT_TEXT(event.activity_id, "13");
        EXPECT_TEXT(event.activity_type, "ExecuteActionActivity");
        EXPECT_TEXT(event.payload, "{\"a\":1}");
        cr_expect_not(event.payload_foreign);
    }
}

Test(history_json, started)
{
    struct event event =
        read_one("EVENT_TYPE_WORKFLOW_EXECUTION_STARTED", "workflowExecutionStarted",
                 "{\"workflowType\":{\"name\":\"ExecuteBranchUntilConvergence\"},\"input\":" PAYLOADS "}");
    cr_expect_eq(event.kind, EVENT_STARTED);
    EXPECT_TEXT(event.activity_type, "ExecuteBranchUntilConvergence");
    EXPECT_TEXT(event.payload, "{\"a\":1}");
}

/* How the run was started decides what its effects belong to. */
Test(history_json, start)
{
    struct event event =
        read_one("EVENT_TYPE_WORKFLOW_EXECUTION_STARTED", "workflowExecutionStarted",
                 "{\"workflowId\":\"w\",\"originalExecutionRunId\":\"r\",\"firstExecutionRunId\":\"f\","
                 "\"continuedExecutionRunId\":\"c\",\"initiator\":\"CONTINUE_AS_NEW_INITIATOR_RETRY\","
                 "\"searchAttributes\":{\"indexedFields\":{\"BuildIds\":{},\"TemporalScheduledById\":{}}}}");
    EXPECT_TEXT(event.start->workflow_id, "w");
    EXPECT_TEXT(event.start->run_id, "r");
    EXPECT_TEXT(event.start->first_run_id, "f");
    cr_expect(event.start->scheduled);
    cr_expect_not(event.start->cron);
    cr_expect_not(event.start->cron_again);
}

/* "e1000000-0000-4000-8000-000000000001" as JSON, in base64. */
#define PASSED "{\"payloads\":[{" JSON_PLAIN ",\"data\":\"ImUxMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMSI=\"}]}"

/* The run id of a retry by a cron schedule is that of the run that the schedule began. */
Test(history_json, start_by_cron)
{
    static const struct {
        const char *initiator, *failure, *run_id;
        bool again;
    } rows[] = {
        {"CONTINUE_AS_NEW_INITIATOR_UNSPECIFIED", "null", "r", false},
        {"CONTINUE_AS_NEW_INITIATOR_CRON_SCHEDULE", "{\"message\":\"no\"}", "r", true},
        {"CONTINUE_AS_NEW_INITIATOR_OF_TOMORROW", "null", "r", false},
        {"CONTINUE_AS_NEW_INITIATOR_RETRY", "{\"timeoutFailureInfo\":{}}", "c", false},
        {"CONTINUE_AS_NEW_INITIATOR_RETRY", "{\"applicationFailureInfo\":{}}", "c", false},
        {"CONTINUE_AS_NEW_INITIATOR_RETRY", "{\"applicationFailureInfo\":{\"details\":" PAYLOADS "}}", "c", false},
        {"CONTINUE_AS_NEW_INITIATOR_RETRY", "{\"applicationFailureInfo\":{\"details\":" PASSED "}}",
         "e1000000-0000-4000-8000-000000000001", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text attributes =
            arena_print(arena,
                        "{\"cronSchedule\":\"@daily\",\"originalExecutionRunId\":\"r\","
                        "\"continuedExecutionRunId\":\"c\",\"initiator\":\"%s\",\"continuedFailure\":%s}",
                        rows[i].initiator, rows[i].failure);
        struct event event =
            read_one("EVENT_TYPE_WORKFLOW_EXECUTION_STARTED", "workflowExecutionStarted", attributes.data);
        cr_expect(event.start->cron);
        EXPECT_TEXT(event.start->run_id, rows[i].run_id);
        cr_expect_eq(event.start->cron_again, rows[i].again, "row %zu", i);
    }
}

Test(history_json, task_started)
{
    struct event event =
        read_one("EVENT_TYPE_WORKFLOW_TASK_STARTED", "workflowTaskStarted",
                 "{\"scheduledEventId\":\"2\",\"historySizeBytes\":\"1234567890123\",\"suggestContinueAsNew\":true}");
    cr_expect_eq(event.kind, EVENT_TASK_STARTED);
    cr_expect_eq(event.scheduled_id, 2);
    cr_expect_eq(event.history_size, 1234567890123);
    cr_expect(event.suggest_continue);
}

Test(history_json, activity_started)
{
    struct event event = read_one("EVENT_TYPE_ACTIVITY_TASK_STARTED", "activityTaskStarted",
                                  "{\"scheduledEventId\":\"5\",\"attempt\":3}");
    cr_expect_eq(event.kind, EVENT_ACTIVITY_STARTED);
    cr_expect_eq(event.scheduled_id, 5);
    cr_expect_eq(event.attempt, 3);
}

/* Ends of activities, branches and timers: kind, what it ends, payload, failure. */
static const struct {
    const char *type, *attributes;
    enum event_kind kind;
    const char *payload, *failure;
} ends[] = {
    {"activityTaskCompleted", "{\"scheduledEventId\":\"7\",\"result\":" PAYLOADS "}", EVENT_ACTIVITY_COMPLETED,
     "{\"a\":1}", ""},
    {"activityTaskFailed", "{\"scheduledEventId\":\"7\",\"failure\":" DEEP_FAILURE "}", EVENT_ACTIVITY_FAILED, "",
     "boom"},
    {"activityTaskTimedOut", "{\"scheduledEventId\":\"7\",\"failure\":{\"message\":\"late\"}}",
     EVENT_ACTIVITY_TIMED_OUT, "", "late"},
    {"activityTaskTimedOut", "{\"scheduledEventId\":\"7\"}", EVENT_ACTIVITY_TIMED_OUT, "", "timed out"},
    {"activityTaskCanceled", "{\"scheduledEventId\":\"7\"}", EVENT_ACTIVITY_CANCELED, "", ""},
    {"childWorkflowExecutionCompleted", "{\"initiatedEventId\":\"7\",\"result\":" PAYLOADS "}", EVENT_CHILD_COMPLETED,
     "{\"a\":1}", ""},
    {"childWorkflowExecutionFailed", "{\"initiatedEventId\":\"7\",\"failure\":" DEEP_FAILURE "}", EVENT_CHILD_FAILED,
     "", "boom"},
    {"childWorkflowExecutionTimedOut", "{\"initiatedEventId\":\"7\"}", EVENT_CHILD_FAILED, "",
     "child workflow timed out"},
    {"childWorkflowExecutionCanceled", "{\"initiatedEventId\":\"7\"}", EVENT_CHILD_FAILED, "",
     "child workflow was canceled"},
    {"childWorkflowExecutionTerminated", "{\"initiatedEventId\":\"7\"}", EVENT_CHILD_FAILED, "",
     "child workflow was terminated"},
    {"startChildWorkflowExecutionFailed", "{\"initiatedEventId\":\"7\"}", EVENT_CHILD_FAILED, "",
     "child workflow could not be started"},
    {"timerFired", "{\"timerId\":\"13\",\"startedEventId\":\"7\"}", EVENT_TIMER_FIRED, "", ""},
    {"timerCanceled", "{\"timerId\":\"13\",\"startedEventId\":\"7\"}", EVENT_TIMER_CANCELED, "", ""},
};

Test(history_json, ends)
{
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct event event = read_one(ends[i].type, ends[i].type, ends[i].attributes);
        cr_expect_eq(event.kind, ends[i].kind, "%s", ends[i].type);
        cr_expect_eq(event.scheduled_id, 7, "%s", ends[i].type);
        EXPECT_TEXT(event.payload, ends[i].payload);
        EXPECT_TEXT(event.failure, ends[i].failure);
    }
}

Test(history_json, timer_started)
{
    struct event event = read_one("EVENT_TYPE_TIMER_STARTED", "timerStarted",
                                  "{\"timerId\":\"13\",\"startToFireTimeout\":\"5400.250s\"}");
    cr_expect_eq(event.kind, EVENT_TIMER_STARTED);
    EXPECT_TEXT(event.activity_id, "13");
    cr_expect_eq(event.duration_ms, 5400250);
}

Test(history_json, branch_initiated)
{
    struct event event =
        read_one("EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED", "startChildWorkflowExecutionInitiated",
                 "{\"workflowId\":\"w-branch-0-x\",\"input\":" PAYLOADS "}");
    cr_expect_eq(event.kind, EVENT_CHILD_INITIATED);
    EXPECT_TEXT(event.activity_id, "w-branch-0-x");
    EXPECT_TEXT(event.payload, "{\"a\":1}");
}

/* {"ActivityID":"x","ActivityType":"y"} */
#define LOCAL_DATA "{\"payloads\":[{" JSON_PLAIN ",\"data\":\"eyJBY3Rpdml0eUlEIjoieCIsIkFjdGl2aXR5VHlwZSI6InkifQ==\"}]}"

Test(history_json, markers)
{
    struct event local =
        read_one("EVENT_TYPE_MARKER_RECORDED", "markerRecorded",
                 "{\"markerName\":\"LocalActivity\",\"details\":{\"data\":" LOCAL_DATA ",\"result\":" PAYLOADS "}}");
    cr_expect_eq(local.kind, EVENT_RESULT_RECORDED);
    EXPECT_TEXT(local.activity_id, "x");
    EXPECT_TEXT(local.activity_type, "y");
    EXPECT_TEXT(local.payload, "{\"a\":1}");
    struct event failed = read_one("EVENT_TYPE_MARKER_RECORDED", "markerRecorded",
                                   "{\"markerName\":\"LocalActivity\",\"details\":{\"data\":" LOCAL_DATA
                                   "},\"failure\":{\"message\":\"no\"}}");
    EXPECT_TEXT(failed.failure, "no");
    struct event version =
        read_one("EVENT_TYPE_MARKER_RECORDED", "markerRecorded",
                 "{\"markerName\":\"Version\",\"details\":{\"change-id\":{\"payloads\":[{" JSON_PLAIN
                 ",\"data\":\"ImdyYXBoLWludGVycHJldGVyIg==\"}]},\"version\":{\"payloads\":[{" JSON_PLAIN
                 ",\"data\":\"Mg==\"}]}}}");
    cr_expect_eq(version.kind, EVENT_VERSION);
    cr_expect_eq(version.version, 2);
}

Test(history_json, closes)
{
    static const struct {
        const char *type, *attributes;
        enum run_close close;
        const char *failure;
    } closes[] = {
        {"workflowExecutionCompleted", "{}", CLOSE_COMPLETED, ""},
        {"workflowExecutionFailed", "{\"failure\":{\"message\":\"no\"}}", CLOSE_FAILED, "no"},
        {"workflowExecutionCanceled", "{}", CLOSE_CANCELED, ""},
        {"workflowExecutionTerminated", "{\"reason\":\"by hand\"}", CLOSE_TERMINATED, "by hand"},
        {"workflowExecutionTimedOut", "{}", CLOSE_TIMED_OUT, "workflow timed out"},
        {"workflowExecutionContinuedAsNew", "{}", CLOSE_CONTINUED, ""},
    };
    for (size_t i = 0; i < sizeof closes / sizeof *closes; i++) {
        struct event event = read_one(closes[i].type, closes[i].type, closes[i].attributes);
        cr_expect_eq(event.kind, EVENT_CLOSED);
        cr_expect_eq(event.close, closes[i].close);
        EXPECT_TEXT(event.failure, closes[i].failure);
    }
    cr_expect_eq(
        read_one("EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED", "workflowExecutionCancelRequested", "{}").kind,
        EVENT_CANCEL_REQUESTED);
    cr_expect_eq(read_one("EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED", "workflowExecutionSignaled", "{}").kind,
                 EVENT_SIGNALED);
}

Test(history_json, base64)
{
    static const struct {
        const char *written, *read;
    } texts[] = {{"", ""},      {"YQ==", "a"},   {"YWI=", "ab"},  {"YWJj", "abc"}, {"YQ", "a"},
                 {"YWI", "ab"}, {"Pz8/", "???"}, {"Pz8_", "???"}, {"Pj4+", ">>>"}, {"Pj4-", ">>>"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct text attributes =
            arena_print(arena, "{\"input\":{\"payloads\":[{" JSON_PLAIN ",\"data\":\"%s\"},{}]}}", texts[i].written);
        EXPECT_TEXT(read_one("ActivityTaskScheduled", "activityTaskScheduled", attributes.data).payload, texts[i].read);
    }
}

/* A payload of another encoding, and none at all. */
Test(history_json, other_encodings)
{
    struct event foreign =
        read_one("ActivityTaskScheduled", "activityTaskScheduled",
                 "{\"input\":{\"payloads\":[{\"metadata\":{\"encoding\":\"YmluYXJ5L3BsYWlu\"},\"data\":\"YQ==\"}]}}");
    cr_expect(foreign.payload_foreign);
    cr_expect_eq(foreign.payload.size, 0);
    struct event none =
        read_one("ActivityTaskScheduled", "activityTaskScheduled", "{\"input\":null,\"activityType\":null}");
    cr_expect_not(none.payload_foreign);
    cr_expect_eq(none.payload.size, 0);
    cr_expect_eq(none.activity_type.size, 0);
}

/* ---- what is refused ---- */

#define FIRST "{\"eventId\":\"1\",\"eventType\":\"EVENT_TYPE_OF_TOMORROW\"}"

static const struct {
    const char *document, *where, *message;
} bad[] = {
    {"", "1:1", NULL},
    {"{\"events\":[" FIRST, NULL, NULL},
    {"[]", "event 1", "expected {\"events\": [...]}, found no events"},
    {"{\"events\":{}}", "event 1", "expected {\"events\": [...]}, found no events"},
    {"{\"events\":[" FIRST ",7]}", "event 2", "expected object, found number"},
    {"{\"events\":[{\"eventType\":\"X\"}]}", "event 1", "eventId: expected 1, found nothing"},
    {"{\"events\":[{\"eventId\":\"one\",\"eventType\":\"X\"}]}", "event 1", "eventId: expected 1, found no number"},
    {"{\"events\":[" FIRST "," FIRST "]}", "event 2", "eventId: expected 2, found 1"},
    {"{\"events\":[" FIRST ",{\"eventId\":\"3\",\"eventType\":\"X\"}]}", "event 2", "eventId: expected 2, found 3"},
    {"{\"events\":[{\"eventId\":\"1\"}]}", "event 1", "eventType: expected string, found nothing"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":1}]}", "event 1", "eventType: expected string, found number"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":\"X\",\"eventTime\":\"yesterday\"}]}", "event 1",
     "eventTime: expected RFC 3339, found something else"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":\"EVENT_TYPE_TIMER_FIRED\"}]}", "event 1",
     "an event of type TIMER_FIRED has no attributes"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":\"TimerFired\",\"timerStartedEventAttributes\":{}}]}", "event 1",
     "an event of type TimerFired has timerStartedEventAttributes"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":[]}]}", "event 1",
     "attributes of TimerFired: expected object, found array"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{\"startedEventId\":"
     "\"9223372036854775808\"}}]}",
     "event 1", "attributes of TimerFired: startedEventId: expected a whole number of 64 bits"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":\"TimerFired\",\"timerFiredEventAttributes\":{\"timerId\":1}}]}",
     "event 1", "attributes of TimerFired: timerId: expected string, found number"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":\"TimerStarted\",\"timerStartedEventAttributes\":{"
     "\"startToFireTimeout\":\"1m\"}}]}",
     "event 1", "attributes of TimerStarted: startToFireTimeout: expected seconds, such as 1.5s, found '1m'"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":\"ActivityTaskScheduled\",\"activityTaskScheduledEventAttributes\":"
     "{"
     "\"input\":{\"payloads\":{}}}}]}",
     "event 1", "attributes of ActivityTaskScheduled: input: payloads: expected array, found object"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":\"ActivityTaskScheduled\",\"activityTaskScheduledEventAttributes\":"
     "{"
     "\"input\":{\"payloads\":[null]}}}]}",
     "event 1", "attributes of ActivityTaskScheduled: input: payloads: expected object, found null"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":\"ActivityTaskScheduled\",\"activityTaskScheduledEventAttributes\":"
     "{"
     "\"input\":{\"payloads\":[{\"metadata\":[]}]}}}]}",
     "event 1", "attributes of ActivityTaskScheduled: input: payloads: metadata: expected object, found array"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":\"ActivityTaskScheduled\",\"activityTaskScheduledEventAttributes\":"
     "{"
     "\"input\":{\"payloads\":[{\"data\":\"a?==\"}]}}}]}",
     "event 1",
     "attributes of ActivityTaskScheduled: input: payloads: data: expected base64, found something else at byte 1"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":\"ActivityTaskScheduled\",\"activityTaskScheduledEventAttributes\":"
     "{"
     "\"input\":{\"payloads\":[{\"data\":\"YWJjZ\"}]}}}]}",
     "event 1",
     "attributes of ActivityTaskScheduled: input: payloads: data: expected base64, found one that is cut short"},
    {"{\"events\":[{\"eventId\":\"1\",\"eventType\":\"WorkflowTaskStarted\",\"workflowTaskStartedEventAttributes\":{"
     "\"suggestContinueAsNew\":\"true\"}}]}",
     "event 1", "attributes of WorkflowTaskStarted: suggestContinueAsNew: expected boolean, found string"},
};

Test(history_json, refused)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct history_json history = {0};
        struct error error = ERROR_IN(arena);
        cr_expect_eq(history_json_read(arena, text_from(bad[i].document), &history, &error), STATUS_INVALID, "%s",
                     bad[i].document);
        if (bad[i].where != NULL)
            EXPECT_TEXT(error.where, bad[i].where);
        if (bad[i].message != NULL)
            EXPECT_TEXT(error.message, bad[i].message);
        cr_expect_eq(history_json_read(arena, text_from(bad[i].document), &history, NULL), STATUS_INVALID);
    }
}

/* A failure is as deep as JSON may be, and no deeper. */
Test(history_json, deep_failure)
{
    struct buffer document = buffer_in(arena, MIB(1));
    buffer_add(&document, TEXT("{\"events\":[{\"eventId\":\"1\",\"eventType\":\"ActivityTaskFailed\","
                               "\"activityTaskFailedEventAttributes\":{\"failure\":"));
    for (int i = 0; i < 190; i++)
        buffer_add(&document, TEXT("{\"activityFailureInfo\":{},\"cause\":"));
    buffer_add(&document, TEXT("{\"message\":\"deep\"}"));
    for (int i = 0; i < 190; i++)
        buffer_add(&document, TEXT("}"));
    buffer_add(&document, TEXT("}}]}"));
    EXPECT_TEXT(read_good(buffer_text(&document).data).events[0].failure, "deep");
}

/* ---- out of memory, and garbage ---- */

static const char *whole(void)
{
    struct buffer document = buffer_in(arena, MIB(1));
    buffer_add(&document, TEXT("{\"events\":["));
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        buffer_print(&document,
                     "%s{\"eventId\":\"%zu\",\"eventTime\":\"2026-06-17T09:12:44.1Z\",\"eventType\":\"%s\","
                     "\"%sEventAttributes\":%s}",
                     i > 0 ? "," : "", i + 1, ends[i].type, ends[i].type, ends[i].attributes);
    buffer_add(&document, TEXT("]}"));
    return buffer_text(&document).data;
}

Test(history_json, out_of_memory)
{
    struct text document = text_from(whole());
    enum status status = STATUS_BUDGET;
    size_t allocations = 0;
    while (status != STATUS_OK) {
        struct arena *small = arena_new(MIB(4), 0);
        struct history_json history = {0};
        struct error error = ERROR_IN(arena);
        arena_fail_after(small, ++allocations);
        status = history_json_read(small, document, &history, &error);
        arena_fail_after(small, 0);
        cr_assert(status == STATUS_BUDGET || (status == STATUS_OK && history.count > 0), "at allocation %zu: %s",
                  allocations, status_name(status));
        arena_free(small);
    }
    cr_expect_gt(allocations, 50);
}

/* Parts of a document replaced by other parts of it, and bytes by bytes: it is read, or refused with a position. */
Test(history_json, garbage)
{
    struct text document = text_from(whole());
    uint64_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        struct arena *scratch = arena_new(MIB(4), 0);
        struct text changed = arena_copy(scratch, document);
        char *bytes = (char *)(uintptr_t)changed.data;
        for (int change = 0; change < 3; change++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            size_t from = (size_t)(seed >> 33) % document.size, to = (size_t)(seed >> 20) % document.size;
            size_t size = round % 2 == 0 ? 1 : (size_t)(seed >> 50) % 40;
            for (size_t i = 0; i < size && from + i < document.size && to + i < document.size; i++)
                bytes[to + i] = document.data[from + i];
        }
        struct history_json history = {0};
        struct error error = ERROR_IN(scratch);
        enum status status = history_json_read(scratch, changed, &history, &error);
        cr_assert(status == STATUS_OK || (status == STATUS_INVALID && error.where.size > 0), "round %d", round);
        arena_free(scratch);
    }
}
