#include <criterion/criterion.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "temporal/commands.h"
#include "temporal/failure_count.h"
#include "temporal/payload.h"
#include "temporal/proto_failure.h"
#include "temporal_api_enums.h"

#define EXPECT_TEXT(got_, wanted_)                                                                                     \
    do {                                                                                                               \
        struct text got__ = (got_);                                                                                    \
        cr_expect(text_is(got__, (wanted_)), "got '%.*s', expected '%s'", TEXT_ARG(got__), (wanted_));                 \
    } while (0)

static struct arena *arena;
static const struct command_options options = {
    .task_queue = {.data = "queue", .size = 5}, .eager_activities = 1, .human_heartbeat_ms = 90000};

static void make_arena(void)
{
    arena = arena_new(MIB(64), 0);
}

static void free_arena(void)
{
    arena_free(arena);
}

TestSuite(commands, .init = make_arena, .fini = free_arena);

/* What the server would read. */
static const Api__Command *sent(const Api__Command *command)
{
    const void *message = NULL;
    struct text packed = proto_pack(&command->base, arena);
    cr_assert_eq(proto_unpack(&api__command__descriptor, packed, arena, &message, NULL), STATUS_OK);
    return message;
}

static const Api__Command *translated(struct command command)
{
    Api__Command **all = NULL;
    struct error error = ERROR_IN(arena);
    cr_assert_eq(commands_translate(&command, 1, &options, arena, &all, &error), STATUS_OK, "%.*s",
                 TEXT_ARG(error.message));
    return sent(all[0]);
}

static struct text payload(const Api__Payloads *payloads)
{
    bool foreign = true;
    struct text text = payload_list_read(payloads, &foreign);
    cr_expect_not(foreign);
    return text;
}

static struct command activity(const char *id)
{
    return (struct command){.kind = COMMAND_SCHEDULE_ACTIVITY,
                            .action_id = text_from(id),
                            .action_name = TEXT("Say \"hi\""),
                            .activity_type = TEXT("ExecuteActionActivity"),
                            .payload = TEXT("{\"x\":1}"),
                            .timing = {.start_to_close_ms = 1800500,
                                       .retry_initial_ms = 1000,
                                       .retry_maximum_ms = 60000,
                                       .retry_coefficient = 2.0,
                                       .retry_attempts = 3}};
}

Test(commands, schedule_activity)
{
    const Api__Command *command = translated(activity("a-1"));
    cr_expect_eq(command->command_type, API_COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK);
    EXPECT_TEXT(proto_text(command->user_metadata->summary->data), "\"Say \\\"hi\\\"\"");
    const Api__ScheduleActivityTaskCommandAttributes *scheduled = command->schedule_activity_task_command_attributes;
    EXPECT_TEXT(proto_text(scheduled->activity_id), "a-1");
    EXPECT_TEXT(proto_text(scheduled->activity_type->name), "ExecuteActionActivity");
    EXPECT_TEXT(proto_text(scheduled->task_queue->name), "queue");
    EXPECT_TEXT(payload(scheduled->input), "{\"x\":1}");
    cr_expect_eq(proto_milliseconds(scheduled->start_to_close_timeout), 1800500);
    cr_expect_eq(proto_milliseconds(scheduled->heartbeat_timeout), 20000);
    cr_expect_null(scheduled->schedule_to_close_timeout);
    cr_expect_null(scheduled->schedule_to_start_timeout);
    cr_expect_eq(proto_milliseconds(scheduled->retry_policy->initial_interval), 1000);
    cr_expect_eq(proto_milliseconds(scheduled->retry_policy->maximum_interval), 60000);
    cr_expect_float_eq(scheduled->retry_policy->backoff_coefficient, 2.0, 0.0);
    cr_expect_eq(scheduled->retry_policy->maximum_attempts, 3 + LIMIT_LOST_ATTEMPTS);
    cr_expect_eq(granted_failures_read(scheduled->header), 3);
    cr_expect(scheduled->request_eager_execution);
}

/* Its heartbeat timeout depends on the server, and a lost worker or an absent database must not use up its attempts. */
Test(commands, an_action_that_waits_for_approval)
{
    static const struct action_type human = {.mode = ACTION_MODE_HUMAN}, async = {.mode = ACTION_MODE_ASYNC};
    struct command command = activity("a-1");
    command.type = &human;
    const Api__ScheduleActivityTaskCommandAttributes *asks =
        translated(command)->schedule_activity_task_command_attributes;
    cr_expect_eq(proto_milliseconds(asks->heartbeat_timeout), 90000);
    cr_expect_eq(asks->retry_policy->maximum_attempts, 0);
    /* The answer is not awaited anew by another attempt. */
    cr_expect_eq(proto_milliseconds(asks->schedule_to_close_timeout), proto_milliseconds(asks->start_to_close_timeout));
    command.type = &async;
    const Api__ScheduleActivityTaskCommandAttributes *works =
        translated(command)->schedule_activity_task_command_attributes;
    cr_expect_eq(proto_milliseconds(works->heartbeat_timeout), HEARTBEAT_TIMEOUT_MS);
    cr_expect_eq(works->retry_policy->maximum_attempts, 3 + LIMIT_LOST_ATTEMPTS);
    cr_expect_null(works->schedule_to_close_timeout);
}

Test(commands, only_so_many_activities_are_eager)
{
    struct command list[] = {activity("a-1"), {.kind = COMMAND_START_TIMER, .action_id = TEXT("t")}, activity("a-2")};
    Api__Command **all = NULL;
    cr_assert_eq(commands_translate(list, 3, &options, arena, &all, NULL), STATUS_OK);
    cr_expect(all[0]->schedule_activity_task_command_attributes->request_eager_execution);
    cr_expect_eq(all[1]->command_type, API_COMMAND_TYPE_START_TIMER);
    cr_expect_not(all[2]->schedule_activity_task_command_attributes->request_eager_execution);
}

static const Api__RecordMarkerCommandAttributes *recorded(struct command command)
{
    command.kind = COMMAND_RECORD_RESULT;
    command.action_id = TEXT("a\n1");
    command.action_name = TEXT("Check");
    command.action_type = TEXT("evaluate_condition");
    const Api__Command *made = translated(command);
    cr_expect_eq(made->command_type, API_COMMAND_TYPE_RECORD_MARKER);
    EXPECT_TEXT(proto_text(made->user_metadata->summary->data), "\"Check\"");
    return made->record_marker_command_attributes;
}

static struct text detail(const Api__RecordMarkerCommandAttributes *marker, const char *key)
{
    for (size_t i = 0; i < marker->n_details; i++) {
        if (text_is(proto_text(marker->details[i]->key), key))
            return payload(marker->details[i]->value);
    }
    return TEXT_NONE;
}

Test(commands, record_result)
{
    const Api__RecordMarkerCommandAttributes *marker =
        recorded((struct command){.payload = TEXT("{\"a\":1}"), .input = TEXT("{\"b\":2}")});
    EXPECT_TEXT(proto_text(marker->marker_name), "LocalActivity");
    EXPECT_TEXT(detail(marker, "result"), "{\"a\":1}");
    EXPECT_TEXT(detail(marker, "input"), "{\"b\":2}");
    cr_expect_null(marker->failure);
    struct json_value data;
    cr_assert_eq(json_read(arena, detail(marker, "data"), &data, NULL), STATUS_OK);
    EXPECT_TEXT(json_get_text(&data, TEXT("ActivityID")), "a\n1");
    EXPECT_TEXT(json_get_text(&data, TEXT("ActivityType")), "evaluate_condition • Check");
    EXPECT_TEXT(json_get(&data, TEXT("Attempt"))->number, "1");
    EXPECT_TEXT(json_get(&data, TEXT("Backoff"))->number, "0");
    struct text time = json_get_text(&data, TEXT("ReplayTime"));
    cr_expect_eq(time.size, sizeof "2026-01-02T03:04:05.678901Z" - 1);
    cr_expect(text_ends(time, TEXT("Z")));
    cr_expect_null(json_get(&data, TEXT("stored_result")));
}

Test(commands, record_a_stored_result)
{
    const Api__RecordMarkerCommandAttributes *marker =
        recorded((struct command){.payload = TEXT("{\"a\":1}"), .stored_result = true});
    EXPECT_TEXT(detail(marker, "result"), "{\"a\":1}");
    struct json_value data;
    cr_assert_eq(json_read(arena, detail(marker, "data"), &data, NULL), STATUS_OK);
    const struct json_value *stored = json_get(&data, TEXT("stored_result"));
    cr_assert(stored != NULL && stored->type == JSON_BOOLEAN && stored->boolean);
}

Test(commands, record_failure)
{
    const Api__RecordMarkerCommandAttributes *marker = recorded((struct command){.failure = TEXT("no \xff")});
    cr_assert_not_null(marker->failure);
    EXPECT_TEXT(proto_text(marker->failure->message), "no ?");
    cr_expect(marker->failure->application_failure_info->non_retryable);
    cr_expect_eq(marker->n_details, 1);
}

Test(commands, an_input_that_does_not_fit_beside_the_result_is_left_out)
{
    struct text half = {.data = arena_alloc(arena, LIMIT_PAYLOAD_BYTES / 2 + 1, 1),
                        .size = LIMIT_PAYLOAD_BYTES / 2 + 1};
    const Api__RecordMarkerCommandAttributes *marker = recorded((struct command){.payload = half, .input = half});
    cr_expect_eq(detail(marker, "result").size, half.size);
    cr_expect_eq(detail(marker, "input").size, 0);
}

Test(commands, cancel_activity)
{
    const Api__Command *command = translated((struct command){.kind = COMMAND_CANCEL_ACTIVITY, .scheduled_id = 13});
    cr_expect_eq(command->command_type, API_COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK);
    cr_expect_eq(command->request_cancel_activity_task_command_attributes->scheduled_event_id, 13);
}

Test(commands, timers)
{
    const Api__Command *command = translated((struct command){
        .kind = COMMAND_START_TIMER, .action_id = TEXT("t-1"), .action_name = TEXT("Wait"), .duration_ms = 90061001});
    cr_expect_eq(command->command_type, API_COMMAND_TYPE_START_TIMER);
    EXPECT_TEXT(proto_text(command->start_timer_command_attributes->timer_id), "t-1");
    EXPECT_TEXT(proto_text(command->user_metadata->summary->data), "\"Wait\"");
    cr_expect_eq(proto_milliseconds(command->start_timer_command_attributes->start_to_fire_timeout), 90061001);
    command = translated((struct command){.kind = COMMAND_CANCEL_TIMER, .action_id = TEXT("t-1")});
    cr_expect_eq(command->command_type, API_COMMAND_TYPE_CANCEL_TIMER);
    EXPECT_TEXT(proto_text(command->cancel_timer_command_attributes->timer_id), "t-1");
}

Test(commands, the_ways_to_close)
{
    const Api__Command *command = translated((struct command){.kind = COMMAND_COMPLETE});
    cr_expect_eq(command->command_type, API_COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION);
    cr_expect_null(command->complete_workflow_execution_command_attributes->result);
    command = translated((struct command){.kind = COMMAND_COMPLETE, .payload = TEXT("{}")});
    EXPECT_TEXT(payload(command->complete_workflow_execution_command_attributes->result), "{}");

    command = translated((struct command){.kind = COMMAND_FAIL, .failure = TEXT("execute action A (1): boom")});
    cr_expect_eq(command->command_type, API_COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION);
    const Api__Failure *failure = command->fail_workflow_execution_command_attributes->failure;
    EXPECT_TEXT(proto_text(failure->message), "execute action A (1): boom");
    EXPECT_TEXT(proto_text(failure->source), "workflow-worker");
    cr_expect_not(failure->application_failure_info->non_retryable);
    cr_expect_null(failure->application_failure_info->details);
    command =
        translated((struct command){.kind = COMMAND_FAIL, .cron_run_id = TEXT("e1000000-0000-4000-8000-000000000001")});
    failure = command->fail_workflow_execution_command_attributes->failure;
    EXPECT_TEXT(proto_failure_cron_run_id(failure), "e1000000-0000-4000-8000-000000000001");

    command = translated((struct command){.kind = COMMAND_CANCEL});
    cr_expect_eq(command->command_type, API_COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION);

    command = translated((struct command){.kind = COMMAND_CONTINUE_AS_NEW, .payload = TEXT("{\"n\":2}")});
    cr_expect_eq(command->command_type, API_COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION);
    const Api__ContinueAsNewWorkflowExecutionCommandAttributes *next =
        command->continue_as_new_workflow_execution_command_attributes;
    EXPECT_TEXT(proto_text(next->workflow_type->name), "ExecuteGraphWorkflow");
    EXPECT_TEXT(proto_text(next->task_queue->name), "queue");
    EXPECT_TEXT(payload(next->input), "{\"n\":2}");
    cr_expect_null(next->memo);
}

Test(commands, the_next_run_has_the_settings_of_this_one)
{
    Api__StartWorkflowExecutionRequest settings = API__START_WORKFLOW_EXECUTION_REQUEST__INIT;
    settings.cron_schedule = proto_bytes(TEXT("@daily"));
    Api__Duration timeout = proto_duration(11000);
    settings.workflow_task_timeout = &timeout;
    const Api__Command *command = translated((struct command){
        .kind = COMMAND_CONTINUE_AS_NEW, .payload = TEXT("{\"n\":2}"), .settings = proto_pack(&settings.base, arena)});
    const Api__ContinueAsNewWorkflowExecutionCommandAttributes *next =
        command->continue_as_new_workflow_execution_command_attributes;
    EXPECT_TEXT(proto_text(next->cron_schedule), "@daily");
    cr_expect_eq(proto_milliseconds(next->workflow_task_timeout), 11000);
    EXPECT_TEXT(proto_text(next->workflow_type->name), "ExecuteGraphWorkflow");
    EXPECT_TEXT(payload(next->input), "{\"n\":2}");
}

Test(commands, a_long_failure_is_cut)
{
    struct text text = {.data = arena_alloc(arena, MIB(1), 1), .size = MIB(1)};
    memset((char *)(uintptr_t)text.data, 'x', text.size);
    const Api__Command *command = translated((struct command){.kind = COMMAND_FAIL, .failure = text});
    cr_expect_eq(command->fail_workflow_execution_command_attributes->failure->message.len, LIMIT_FAILURE_BYTES);
}

Test(commands, a_payload_over_the_limit_is_refused_by_name)
{
    struct text large = {.data = arena_alloc(arena, LIMIT_PAYLOAD_BYTES + 1, 1), .size = LIMIT_PAYLOAD_BYTES + 1};
    struct command list[] = {{.kind = COMMAND_COMPLETE}, activity("a-2")};
    list[1].payload = large;
    Api__Command **all = NULL;
    struct error error = ERROR_IN(arena);
    cr_expect_eq(commands_translate(list, 2, &options, arena, &all, &error), STATUS_INVALID);
    EXPECT_TEXT(error.message, "activity of action Say \"hi\" (a-2): 2096129 bytes, at most 2096128 are accepted");
    list[1].payload.size--;
    cr_expect_eq(commands_translate(list, 2, &options, arena, &all, &error), STATUS_OK);
}

Test(commands, a_full_arena_is_reported_at_every_allocation)
{
    struct command list[] = {
        activity("a-1"),
        {.kind = COMMAND_RECORD_RESULT, .action_id = TEXT("a"), .action_type = TEXT("t"), .payload = TEXT("{}")},
        {.kind = COMMAND_CANCEL_ACTIVITY, .scheduled_id = 5},
        {.kind = COMMAND_START_TIMER, .action_id = TEXT("t")},
        {.kind = COMMAND_CANCEL_TIMER, .action_id = TEXT("t")},
        {.kind = COMMAND_CONTINUE_AS_NEW, .payload = TEXT("{}")},
        {.kind = COMMAND_FAIL, .failure = TEXT("no")},
    };
    Api__Command **all = NULL;
    size_t allowed = 1;
    for (;; allowed++) {
        arena_fail_after(arena, allowed);
        enum status status = commands_translate(list, sizeof list / sizeof *list, &options, arena, &all, NULL);
        arena_fail_after(arena, 0);
        if (status == STATUS_OK)
            break;
        cr_assert_eq(status, STATUS_BUDGET, "allocation %zu", allowed);
    }
    cr_expect_gt(allowed, 10);
}
