/* Builds the message of each command, one function for each group of commands. */
#include "temporal/commands.h"

#include <assert.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "engine/names.h"
#include "temporal/failure_count.h"
#include "temporal/payload.h"
#include "temporal/proto_failure.h"
#include "temporal/trace.h"
#include "temporal_api_enums.h"

/* What the translation of each command needs. */
struct translation {
    const struct command_options *options;
    struct arena *arena;
    unsigned eager_left;
    struct text now; /* of markers; empty until the first one */
};

struct text command_name(const struct command *command, struct arena *arena)
{
    const char *of_action = NULL;
    switch (command->kind) {
    case COMMAND_PERFORM:
    case COMMAND_RECORD_RESULT: of_action = "result"; break;
    case COMMAND_SCHEDULE_ACTIVITY: of_action = "activity"; break;
    case COMMAND_START_TIMER:
    case COMMAND_CANCEL_TIMER: of_action = "timer"; break;
    case COMMAND_CANCEL_ACTIVITY: return TEXT("activity cancellation");
    case COMMAND_COMPLETE: return TEXT("workflow completion");
    case COMMAND_FAIL: return TEXT("workflow failure");
    case COMMAND_CANCEL: return TEXT("workflow cancellation");
    case COMMAND_CONTINUE_AS_NEW: return TEXT("next run's input");
    }
    return arena_print(arena, "%s of action %.*s (%.*s)", of_action, TEXT_ARG(command->action_name),
                       TEXT_ARG(command->action_id));
}

/* The action's name as a command's summary, which Temporal's UI shows next to the command. */
struct summary_parts {
    Api__UserMetadata metadata;
    Api__Payload name;
};

static Api__UserMetadata *summarize(struct summary_parts *parts, struct text name, struct arena *arena)
{
    struct buffer json = buffer_in(arena, LIMIT_PAYLOAD_BYTES);
    json_write_string(&json, name);
    parts->metadata = (Api__UserMetadata)API__USER_METADATA__INIT;
    parts->name = payload_json(buffer_text(&json));
    parts->metadata.summary = &parts->name;
    return &parts->metadata;
}

/* ---- activities ---- */

struct schedule_parts {
    Api__ScheduleActivityTaskCommandAttributes attributes;
    Api__ActivityType type;
    Api__TaskQueue queue;
    struct payload_list input;
    Api__Duration close, heartbeat, initial, maximum;
    Api__RetryPolicy retry;
    struct trace_header trace;
    struct granted_failures granted;
    Api__Header header;
    Api__HeaderFieldsEntry *header_entries[2];
    struct summary_parts summary;
};

static bool is_human(const struct command *command)
{
    return command->type != NULL && command->type->mode == ACTION_MODE_HUMAN;
}

static void fill_timing(struct schedule_parts *parts, const struct command *command, int64_t human_heartbeat_ms)
{
    bool human = is_human(command);
    const struct action_timing *timing = &command->timing;
    parts->close = proto_duration(timing->start_to_close_ms);
    parts->attributes.start_to_close_timeout = &parts->close;
    parts->heartbeat = proto_duration(human ? human_heartbeat_ms : HEARTBEAT_TIMEOUT_MS);
    parts->attributes.heartbeat_timeout = &parts->heartbeat;
    /* The timeout of an action that waits for people covers all attempts together: the request for an answer is
       repeated as often as necessary, the wait is not. */
    if (human)
        parts->attributes.schedule_to_close_timeout = &parts->close;
    parts->initial = proto_duration(timing->retry_initial_ms);
    parts->maximum = proto_duration(timing->retry_maximum_ms);
    parts->retry = (Api__RetryPolicy)API__RETRY_POLICY__INIT;
    parts->retry.initial_interval = &parts->initial;
    parts->retry.maximum_interval = &parts->maximum;
    parts->retry.backoff_coefficient = timing->retry_coefficient;
    parts->retry.maximum_attempts = human ? 0 : timing->retry_attempts + LIMIT_LOST_ATTEMPTS;
    parts->attributes.retry_policy = &parts->retry;
}

/* The trace context, if there is one, and how often the action may fail, if that is limited. */
static bool fill_header(struct translation *translation, struct schedule_parts *parts, const struct command *command)
{
    const Api__Header *trace = trace_write(&parts->trace, translation->options->trace);
    parts->header = (Api__Header)API__HEADER__INIT;
    parts->header.fields = parts->header_entries;
    if (trace != NULL)
        parts->header_entries[parts->header.n_fields++] = trace->fields[0];
    if (!is_human(command)) {
        Api__HeaderFieldsEntry *granted =
            granted_failures_write(&parts->granted, translation->arena, command->timing.retry_attempts);
        if (granted == NULL)
            return false;
        parts->header_entries[parts->header.n_fields++] = granted;
    }
    if (parts->header.n_fields > 0)
        parts->attributes.header = &parts->header;
    return true;
}

static bool schedule_activity(struct translation *translation, const struct command *command, Api__Command *to)
{
    struct schedule_parts *parts = ARENA_NEW(translation->arena, struct schedule_parts);
    if (parts == NULL)
        return false;
    parts->attributes =
        (Api__ScheduleActivityTaskCommandAttributes)API__SCHEDULE_ACTIVITY_TASK_COMMAND_ATTRIBUTES__INIT;
    parts->attributes.activity_id = proto_bytes(command_part_id(command));
    parts->type = (Api__ActivityType)API__ACTIVITY_TYPE__INIT;
    parts->type.name = proto_bytes(command->activity_type);
    parts->attributes.activity_type = &parts->type;
    parts->queue = (Api__TaskQueue)API__TASK_QUEUE__INIT;
    parts->queue.name = proto_bytes(translation->options->task_queue);
    parts->queue.kind = API_TASK_QUEUE_KIND_NORMAL;
    parts->attributes.task_queue = &parts->queue;
    parts->attributes.input = payload_list_json(&parts->input, command->payload);
    if (!fill_header(translation, parts, command))
        return false;
    fill_timing(parts, command, translation->options->human_heartbeat_ms);
    if (translation->eager_left > 0) {
        translation->eager_left--;
        parts->attributes.request_eager_execution = true;
    }
    to->command_type = API_COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK;
    to->user_metadata = summarize(&parts->summary, command->action_name, translation->arena);
    to->attributes_case = API__COMMAND__ATTRIBUTES_SCHEDULE_ACTIVITY_TASK_COMMAND_ATTRIBUTES;
    to->schedule_activity_task_command_attributes = &parts->attributes;
    return parts->summary.name.data.len > 0;
}

static bool cancel_activity(struct translation *translation, const struct command *command, Api__Command *to)
{
    Api__RequestCancelActivityTaskCommandAttributes *attributes =
        ARENA_NEW(translation->arena, Api__RequestCancelActivityTaskCommandAttributes);
    if (attributes == NULL)
        return false;
    *attributes =
        (Api__RequestCancelActivityTaskCommandAttributes)API__REQUEST_CANCEL_ACTIVITY_TASK_COMMAND_ATTRIBUTES__INIT;
    attributes->scheduled_event_id = command->scheduled_id;
    to->command_type = API_COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK;
    to->attributes_case = API__COMMAND__ATTRIBUTES_REQUEST_CANCEL_ACTIVITY_TASK_COMMAND_ATTRIBUTES;
    to->request_cancel_activity_task_command_attributes = attributes;
    return true;
}

/* ---- markers ---- */

enum { DETAIL_DATA, DETAIL_RESULT, DETAIL_INPUT, DETAIL_COUNT };

struct marker_parts {
    Api__RecordMarkerCommandAttributes attributes;
    Api__RecordMarkerCommandAttributesDetailsEntry details[DETAIL_COUNT];
    Api__RecordMarkerCommandAttributesDetailsEntry *items[DETAIL_COUNT];
    struct payload_list payloads[DETAIL_COUNT];
    struct proto_failure failure;
    struct summary_parts summary;
};

static void add_detail(struct marker_parts *parts, const char *key, struct text json)
{
    size_t at = parts->attributes.n_details;
    if (json.size == 0)
        return;
    parts->details[at] =
        (Api__RecordMarkerCommandAttributesDetailsEntry)API__RECORD_MARKER_COMMAND_ATTRIBUTES_DETAILS_ENTRY__INIT;
    parts->details[at].key = proto_bytes(text_from(key));
    parts->details[at].value = payload_list_json(&parts->payloads[at], json);
    parts->items[at] = &parts->details[at];
    parts->attributes.n_details = at + 1;
}

/* The data that the Go SDK writes, for the Temporal UI to show, and stored_result as in the output of an activity. The
   UI's timeline shows the summary of an activity after its type, but not the summary of a marker. */
static struct text marker_data(struct translation *translation, const struct command *command)
{
    if (translation->now.size == 0)
        translation->now = date_text(translation->arena, clock_utc_us(), DATE_MICROSECONDS);
    struct text type =
        arena_print(translation->arena, "%.*s • %.*s", TEXT_ARG(command->action_type), TEXT_ARG(command->action_name));
    if (type.data == NULL)
        return TEXT_NONE;
    struct buffer buffer = buffer_in(translation->arena, LIMIT_PAYLOAD_BYTES);
    struct json_writer json = {&buffer};
    json_begin_object(&json);
    json_member_text(&json, "ActivityID", command_part_id(command));
    json_member_text(&json, "ActivityType", type);
    json_member_text(&json, "ReplayTime", translation->now);
    json_member_integer(&json, "Attempt", 1);
    json_member_integer(&json, "Backoff", 0);
    if (command->stored_result)
        json_member_boolean(&json, "stored_result", true);
    json_end_object(&json);
    return buffer_text(&buffer);
}

static bool record_result(struct translation *translation, const struct command *command, Api__Command *to)
{
    struct marker_parts *parts = ARENA_NEW(translation->arena, struct marker_parts);
    struct text data = marker_data(translation, command);
    if (parts == NULL || translation->now.size == 0 || data.data == NULL)
        return false;
    parts->attributes = (Api__RecordMarkerCommandAttributes)API__RECORD_MARKER_COMMAND_ATTRIBUTES__INIT;
    parts->attributes.marker_name = proto_bytes(TEXT(MARKER_LOCAL_ACTIVITY));
    parts->attributes.details = parts->items;
    add_detail(parts, "data", data);
    add_detail(parts, "result", command->payload);
    /* The input only informs people. The server bounds the input and the result together, and the result must not be
       lost because of the input. */
    if (command->payload.size + command->input.size <= LIMIT_PAYLOAD_BYTES)
        add_detail(parts, "input", command->input);
    if (command->failure.size > 0)
        parts->attributes.failure =
            proto_failure_fill(&parts->failure, translation->arena, command->failure, "", false);
    to->command_type = API_COMMAND_TYPE_RECORD_MARKER;
    to->user_metadata = summarize(&parts->summary, command->action_name, translation->arena);
    to->attributes_case = API__COMMAND__ATTRIBUTES_RECORD_MARKER_COMMAND_ATTRIBUTES;
    to->record_marker_command_attributes = &parts->attributes;
    return parts->summary.name.data.len > 0;
}

/* ---- timers ---- */

struct timer_parts {
    Api__StartTimerCommandAttributes start;
    Api__Duration duration;
    Api__CancelTimerCommandAttributes cancel;
    struct summary_parts summary;
};

static bool change_timer(struct translation *translation, const struct command *command, Api__Command *to)
{
    struct timer_parts *parts = ARENA_NEW(translation->arena, struct timer_parts);
    if (parts == NULL)
        return false;
    if (command->kind == COMMAND_CANCEL_TIMER) {
        parts->cancel = (Api__CancelTimerCommandAttributes)API__CANCEL_TIMER_COMMAND_ATTRIBUTES__INIT;
        parts->cancel.timer_id = proto_bytes(command_part_id(command));
        to->command_type = API_COMMAND_TYPE_CANCEL_TIMER;
        to->attributes_case = API__COMMAND__ATTRIBUTES_CANCEL_TIMER_COMMAND_ATTRIBUTES;
        to->cancel_timer_command_attributes = &parts->cancel;
        return true;
    }
    parts->start = (Api__StartTimerCommandAttributes)API__START_TIMER_COMMAND_ATTRIBUTES__INIT;
    parts->start.timer_id = proto_bytes(command_part_id(command));
    parts->duration = proto_duration(command->duration_ms);
    parts->start.start_to_fire_timeout = &parts->duration;
    to->command_type = API_COMMAND_TYPE_START_TIMER;
    to->user_metadata = summarize(&parts->summary, command->action_name, translation->arena);
    to->attributes_case = API__COMMAND__ATTRIBUTES_START_TIMER_COMMAND_ATTRIBUTES;
    to->start_timer_command_attributes = &parts->start;
    return parts->summary.name.data.len > 0;
}

/* ---- the end of a run ---- */

struct close_parts {
    Api__CompleteWorkflowExecutionCommandAttributes complete;
    struct payload_list result; /* of a branch */
    Api__FailWorkflowExecutionCommandAttributes fail;
    Api__CancelWorkflowExecutionCommandAttributes cancel;
    struct proto_failure failure;
};

static bool close_run(struct translation *translation, const struct command *command, Api__Command *to)
{
    struct close_parts *parts = ARENA_NEW(translation->arena, struct close_parts);
    if (parts == NULL)
        return false;
    if (command->kind == COMMAND_COMPLETE) {
        parts->complete =
            (Api__CompleteWorkflowExecutionCommandAttributes)API__COMPLETE_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES__INIT;
        parts->complete.result = payload_list_json(&parts->result, command->payload);
        to->command_type = API_COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION;
        to->attributes_case = API__COMMAND__ATTRIBUTES_COMPLETE_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
        to->complete_workflow_execution_command_attributes = &parts->complete;
    } else if (command->kind == COMMAND_FAIL) {
        parts->fail =
            (Api__FailWorkflowExecutionCommandAttributes)API__FAIL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES__INIT;
        /* Retryable: the server starts the run again only when its starter gave it a retry policy. */
        parts->fail.failure = proto_failure_fill(&parts->failure, translation->arena, command->failure, "", true);
        if (!proto_failure_pass_cron_run_id(&parts->failure, translation->arena, command->cron_run_id))
            return false;
        to->command_type = API_COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION;
        to->attributes_case = API__COMMAND__ATTRIBUTES_FAIL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
        to->fail_workflow_execution_command_attributes = &parts->fail;
    } else {
        parts->cancel =
            (Api__CancelWorkflowExecutionCommandAttributes)API__CANCEL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES__INIT;
        to->command_type = API_COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION;
        to->attributes_case = API__COMMAND__ATTRIBUTES_CANCEL_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
        to->cancel_workflow_execution_command_attributes = &parts->cancel;
    }
    return true;
}

struct continue_parts {
    Api__ContinueAsNewWorkflowExecutionCommandAttributes attributes;
    Api__WorkflowType type;
    Api__TaskQueue queue;
    struct payload_list input;
    struct trace_header trace;
};

/* Sets what the SDKs set. The server passes on everything else on its own. */
static void continue_with(Api__ContinueAsNewWorkflowExecutionCommandAttributes *next,
                          const Api__StartWorkflowExecutionRequest *settings)
{
    *next = (Api__ContinueAsNewWorkflowExecutionCommandAttributes)
        API__CONTINUE_AS_NEW_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES__INIT;
    next->workflow_run_timeout = settings->workflow_run_timeout;
    next->workflow_task_timeout = settings->workflow_task_timeout;
    next->retry_policy = settings->retry_policy;
    next->cron_schedule = settings->cron_schedule;
    next->header = settings->header;
    next->memo = settings->memo;
    next->search_attributes = settings->search_attributes;
}

static bool continue_run(struct translation *translation, const struct command *command, Api__Command *to)
{
    struct continue_parts *parts = ARENA_NEW(translation->arena, struct continue_parts);
    if (parts == NULL)
        return false;
    const void *unpacked;
    if (proto_unpack(&api__start_workflow_execution_request__descriptor, command->settings, translation->arena,
                     &unpacked, NULL) != STATUS_OK)
        return false;
    continue_with(&parts->attributes, unpacked);
    parts->type = (Api__WorkflowType)API__WORKFLOW_TYPE__INIT;
    parts->type.name = proto_bytes(TEXT(WORKFLOW_TYPE));
    parts->attributes.workflow_type = &parts->type;
    parts->queue = (Api__TaskQueue)API__TASK_QUEUE__INIT;
    parts->queue.name = proto_bytes(translation->options->task_queue);
    parts->queue.kind = API_TASK_QUEUE_KIND_NORMAL;
    parts->attributes.task_queue = &parts->queue;
    parts->attributes.input = payload_list_json(&parts->input, command->payload);
    if (parts->attributes.header == NULL)
        parts->attributes.header = trace_write(&parts->trace, translation->options->trace);
    parts->attributes.initiator = API_CONTINUE_AS_NEW_INITIATOR_WORKFLOW;
    to->command_type = API_COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION;
    to->attributes_case = API__COMMAND__ATTRIBUTES_CONTINUE_AS_NEW_WORKFLOW_EXECUTION_COMMAND_ATTRIBUTES;
    to->continue_as_new_workflow_execution_command_attributes = &parts->attributes;
    return true;
}

/* ---- all of them ---- */

static bool translate(struct translation *translation, const struct command *command, Api__Command *to)
{
    *to = (Api__Command)API__COMMAND__INIT;
    switch (command->kind) {
    case COMMAND_PERFORM: break;
    case COMMAND_RECORD_RESULT: return record_result(translation, command, to);
    case COMMAND_SCHEDULE_ACTIVITY: return schedule_activity(translation, command, to);
    case COMMAND_CANCEL_ACTIVITY: return cancel_activity(translation, command, to);
    case COMMAND_START_TIMER:
    case COMMAND_CANCEL_TIMER: return change_timer(translation, command, to);
    case COMMAND_COMPLETE:
    case COMMAND_FAIL:
    case COMMAND_CANCEL: return close_run(translation, command, to);
    case COMMAND_CONTINUE_AS_NEW: return continue_run(translation, command, to);
    }
    return false;
}

static enum status check_size(const struct command *command, struct arena *arena, struct error *error)
{
    if (command->payload.size <= LIMIT_PAYLOAD_BYTES)
        return STATUS_OK;
    return error_set(error, STATUS_INVALID, TEXT_NONE, PUBLIC("%.*s: %zu bytes, at most %zu are accepted"),
                     TEXT_ARG(command_name(command, arena)), command->payload.size, LIMIT_PAYLOAD_BYTES);
}

enum status commands_translate(const struct command *commands, size_t count, const struct command_options *options,
                               struct arena *arena, Api__Command ***translated, struct error *error)
{
    struct translation translation = {.options = options, .arena = arena, .eager_left = options->eager_activities};
    Api__Command *all = ARENA_ARRAY(arena, count, Api__Command);
    *translated = ARENA_ARRAY(arena, count, Api__Command *);
    if (all == NULL || *translated == NULL)
        return error_budget(error);
    for (size_t i = 0; i < count; i++) {
        assert(commands[i].kind != COMMAND_PERFORM);
        enum status status = check_size(&commands[i], arena, error);
        if (status != STATUS_OK)
            return status;
        if (!translate(&translation, &commands[i], &all[i]))
            return error_budget(error);
        (*translated)[i] = &all[i];
    }
    return STATUS_OK;
}
