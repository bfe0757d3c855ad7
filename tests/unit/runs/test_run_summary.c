/* Summaries of runs from their histories. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "runs/run_summary.h"

static struct arena *arena;
static struct run_summary summary;

static void set_up(void)
{
    arena = arena_new(MIB(16), 0);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(run_summary, .init = set_up, .fini = tear_down);

#define FIRST  "a0000000-0000-4000-8000-000000000001"
#define SECOND "a0000000-0000-4000-8000-000000000002"

static const struct text input = {
    .data = "{\"rule_id\":\"b0000000-0000-4000-8000-000000000001\",\"rule_name\":\"test\","
            "\"execution_id\":\"c0000000-0000-4000-8000-000000000001\",\"trigger_data\":{},\"graph\":{\"actions\":["
            "{\"id\":\"" FIRST "\",\"name\":\"check\",\"action_type\":\"evaluate_condition\",\"is_active\":true},"
            "{\"id\":\"" SECOND "\",\"name\":\"act\",\"action_type\":\"update_field\",\"is_active\":true}],"
            "\"edges\":[{\"source_action_id\":null,\"target_action_id\":\"" FIRST "\",\"edge_type\":\"start\"},"
            "{\"source_action_id\":\"" FIRST "\",\"target_action_id\":\"" SECOND "\",\"edge_type\":\"sequence\"}]}}",
};

static void read_history(enum run_close close, const char *second_result, const char *failure)
{
    const struct event events[] = {
        {.kind = EVENT_STARTED,
         .id = 1,
         .time_us = 5000000,
         .activity_type = TEXT("ExecuteGraphWorkflow"),
         .payload = {input.data, text_from(input.data).size}},
        {.kind = EVENT_TASK_STARTED, .id = 3, .time_us = 5001000},
        {.kind = EVENT_RESULT_RECORDED,
         .id = 5,
         .time_us = 5002000,
         .activity_id = TEXT(FIRST),
         .payload = TEXT("{\"output\":\"true\"}")},
        {.kind = EVENT_RESULT_RECORDED,
         .id = 6,
         .time_us = 5002000,
         .activity_id = TEXT(SECOND),
         .payload = text_from(second_result),
         .failure = text_from(failure)},
        {.kind = EVENT_CLOSED, .id = 7, .time_us = 5042000, .close = close, .failure = text_from(failure)},
    };
    cr_assert(run_summary_read(arena, events, 5, &summary));
}

static void assert_text(struct buffer *buffer, const char *expected)
{
    struct text found = buffer_text(buffer);
    cr_assert(text_is(found, expected), "%.*s\nexpected:\n%s", TEXT_ARG(found), expected);
}

Test(run_summary, shows_a_completed_run)
{
    read_history(CLOSE_COMPLETED, "{\"output\":\"success\"}", NULL);
    struct buffer buffer = buffer_in(arena, MIB(1));
    run_summary_write(&buffer, &summary);
    assert_text(&buffer, "status    completed after 42 ms, 5 history events\n"
                         "  check  finished   {\"output\":\"true\"}\n"
                         "  act    finished   {\"output\":\"success\"}\n");
}

Test(run_summary, shows_a_failed_run)
{
    read_history(CLOSE_FAILED, NULL, "no such table");
    struct buffer buffer = buffer_in(arena, MIB(1));
    run_summary_write(&buffer, &summary);
    assert_text(&buffer, "status    failed after 42 ms, 5 history events\n"
                         "failure   no such table\n"
                         "  check  finished   {\"output\":\"true\"}\n"
                         "  act    failed     no such table\n");
}

Test(run_summary, is_written_as_json)
{
    read_history(CLOSE_FAILED, NULL, "no such \"table\"");
    struct buffer buffer = buffer_in(arena, MIB(1));
    run_summary_write_json(&buffer, TEXT("w"), TEXT("r"), &summary);
    struct text json = buffer_text(&buffer);
    struct json_value value;
    struct error error = ERROR_IN(arena);
    cr_assert_eq(json_read(arena, json, &value, &error), STATUS_OK, "%.*s", TEXT_ARG(json));
    cr_assert(text_is(json_get_text(&value, TEXT("status")), "failed"));
    cr_assert(text_is(json_get_text(&value, TEXT("failure")), "no such \"table\""));
    const struct json_value *actions = json_get(&value, TEXT("actions"));
    cr_assert_eq(actions->array.count, 2);
    cr_assert(text_is(json_get_text(&actions->array.items[0], TEXT("state")), "finished"));
    cr_assert(text_is(json_get_text(&actions->array.items[1], TEXT("failure")), "no such \"table\""));
}

Test(run_summary, of_an_open_run_has_only_ids)
{
    struct buffer buffer = buffer_in(arena, MIB(1));
    run_summary_write_json(&buffer, TEXT("w"), TEXT("r"), NULL);
    assert_text(&buffer, "{\"workflow_id\":\"w\",\"run_id\":\"r\"}\n");
}

Test(run_summary, reports_an_impossible_history)
{
    const struct event events[] = {{.kind = EVENT_RESULT_RECORDED, .id = 1, .activity_id = TEXT(FIRST)}};
    cr_assert(run_summary_read(arena, events, 1, &summary));
    cr_assert_eq(summary.close, CLOSE_NONE);
    cr_assert_eq(summary.action_count, 0);
    cr_assert_gt(summary.failure.size, 0);
}

Test(run_summary, cuts_a_long_result_for_a_terminal)
{
    struct buffer result = buffer_in(arena, MIB(1));
    buffer_add(&result, TEXT("{\"output\":\""));
    for (int i = 0; i < 100; i++)
        buffer_add(&result, TEXT("\303\244")); /* two bytes each */
    buffer_add(&result, TEXT("\"}"));
    read_history(CLOSE_COMPLETED, buffer_text(&result).data, NULL);
    struct buffer buffer = buffer_in(arena, MIB(1));
    run_summary_write(&buffer, &summary);
    struct text text = buffer_text(&buffer);
    cr_assert(text_ends(text, TEXT("\303\244...\n")), "%.*s", TEXT_ARG(text));
    cr_assert(text_is_utf8(text));
}
