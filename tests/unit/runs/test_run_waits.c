/* What actions of a run wait for: the history alone, and with what the server says of its activities. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "runs/run_picture.h"
#include "runs/run_reference.h"
#include "runs/run_subject.h"
#include "runs/run_waits.h"

#define A "6f1f5a0e-3b0e-4c8e-9d5e-0d4a4c7b1a01"
#define B "6f1f5a0e-3b0e-4c8e-9d5e-0d4a4c7b1a02"
#define C "6f1f5a0e-3b0e-4c8e-9d5e-0d4a4c7b1a03"

static const char input[] =
    "{\"rule_id\":\"" A "\",\"rule_name\":\"R\",\"execution_id\":\"" B "\",\"graph\":{\"actions\":["
    "{\"id\":\"" A "\",\"name\":\"ask\",\"action_type\":\"seek_approval\",\"action_config\":{\"approvers\":[\"" C "\"],"
    "\"approval_type\":\"any\"},\"is_active\":true},"
    "{\"id\":\"" B
    "\",\"name\":\"mail it\",\"action_type\":\"send_email\",\"action_config\":{\"recipients\":[\"a@b.example\"],"
    "\"subject\":\"s\"},\"is_active\":true},"
    "{\"id\":\"" C "\",\"name\":\"wait\",\"action_type\":\"delay\",\"action_config\":{\"duration\":\"1h\"},"
    "\"is_active\":true}],\"edges\":["
    "{\"target_action_id\":\"" A "\",\"edge_type\":\"start\"},{\"target_action_id\":\"" B "\",\"edge_type\":\"start\"},"
    "{\"target_action_id\":\"" C "\",\"edge_type\":\"start\"}]},"
    "\"trigger_data\":{\"entity_name\":\"orders\",\"number\":\"SO-1\",\"entity_id\":\"" C "\"}}";

static struct arena *arena;
static struct run_picture picture;

static struct event events[] = {
    {.kind = EVENT_STARTED, .id = 1, .time_us = 1000000, .activity_type = {"ExecuteGraphWorkflow", 20}},
    {.kind = EVENT_OTHER, .id = 2, .time_us = 1000000},
    {.kind = EVENT_TASK_STARTED, .id = 3, .time_us = 1000000},
    {.kind = EVENT_TASK_COMPLETED, .id = 4, .time_us = 1000000},
    {.kind = EVENT_ACTIVITY_SCHEDULED, .id = 5, .time_us = 2000000, .duration_ms = 3600000},
    {.kind = EVENT_ACTIVITY_SCHEDULED, .id = 6, .time_us = 2000000},
    {.kind = EVENT_TIMER_STARTED, .id = 7, .time_us = 2000000, .duration_ms = 3600000},
};
enum { EVENT_COUNT = sizeof events / sizeof events[0] };

static void set_up(void)
{
    arena = arena_new(MIB(64), 0);
    struct error error = ERROR_IN(arena);
    events[0].payload = text_from(input);
    events[4].activity_id = TEXT(A);
    events[4].activity_type = TEXT("ExecuteAsyncActionActivity");
    events[4].payload = TEXT("{\"action_id\":\"" A "\",\"action_name\":\"ask\",\"action_type\":\"seek_approval\","
                             "\"config\":{\"approvers\":[\"" C "\"]}}");
    events[5].activity_id = TEXT(B);
    events[5].activity_type = TEXT("ExecuteActionActivity");
    events[5].payload = TEXT("{\"action_id\":\"" B "\"}");
    events[6].activity_id = TEXT(C);
    cr_assert_eq(run_picture_read(&picture, arena, events, EVENT_COUNT, &error), STATUS_OK, "%.*s",
                 TEXT_ARG(error.message));
}

static void tear_down(void)
{
    run_picture_close(&picture);
    arena_free(arena);
}

TestSuite(run_waits, .init = set_up, .fini = tear_down);

static struct run_waits read_waits(const struct described_run *description)
{
    struct run_waits waits;
    cr_assert(run_waits_read(arena, picture.run, events, EVENT_COUNT, description, &waits));
    cr_assert_eq(waits.count, 3);
    return waits;
}

static const char *words(const struct run_wait *wait)
{
    return run_wait_text(arena, wait, 62000000).data;
}

Test(run_waits, a_history_shows_people_and_times)
{
    struct run_waits waits = read_waits(NULL);
    cr_expect_eq(waits.items[0].kind, WAIT_PERSON);
    cr_expect_eq(waits.items[0].asked_count, 1);
    cr_expect(text_is(waits.items[0].asked[0], C));
    cr_expect_str_eq(words(&waits.items[0]),
                     "waits for 1 min for a person: approved, rejected or timed_out, times out in 59 min");
    cr_expect_eq(waits.items[1].kind, WAIT_END);
    cr_expect_str_eq(words(&waits.items[1]), "runs for 1 min");
    cr_expect_eq(waits.items[2].kind, WAIT_TIME);
    cr_expect_str_eq(words(&waits.items[2]), "waits for 1 min, ends in 59 min");
}

Test(run_waits, the_server_knows_attempts)
{
    struct pending_activity activities[] = {
        {.activity_id = TEXT(A), .state = PENDING_WAITS, .attempt = 1},
        {.activity_id = TEXT(B),
         .state = PENDING_WAITS,
         .attempt = 3,
         .next_us = 66000000,
         .last_failure = TEXT("action mail it (" B "): execute: no luck")},
    };
    const struct described_run description = {.activities = activities, .activity_count = 2};
    struct run_waits waits = read_waits(&description);
    cr_expect_eq(waits.items[0].kind, WAIT_WORKER);
    cr_expect_str_eq(words(&waits.items[0]), "waits for 1 min for a worker");
    cr_expect_eq(waits.items[1].kind, WAIT_RETRY);
    cr_expect_str_eq(words(&waits.items[1]), "attempt 3 is due in 4.0 s, the one before failed: execute: no luck");
    activities[0].state = activities[1].state = PENDING_STARTED;
    waits = read_waits(&description);
    cr_expect_eq(waits.items[0].kind, WAIT_PERSON);
    cr_expect_str_eq(words(&waits.items[1]), "attempt 3 runs for 1 min, the one before failed: execute: no luck");
    activities[1].state = PENDING_PAUSED;
    waits = read_waits(&description);
    cr_expect_str_eq(words(&waits.items[1]), "is paused before attempt 3, the one before failed: execute: no luck");
}

Test(run_waits, reminders_are_told_and_announced)
{
    struct run_wait wait = {.kind = WAIT_PERSON, .since_us = 2000000, .remind_us = 122000000};
    cr_expect_str_eq(words(&wait), "waits for 1 min for a person, reminded in 1 min");
    wait.action.people.reminders = 1;
    wait.escalate_us = 182000000;
    cr_expect_str_eq(words(&wait),
                     "waits for 1 min for a person, reminded once, again in 1 min, others are asked in 2 min");
    wait.action.people.reminders = 5;
    wait.remind_us = wait.escalate_us = 0;
    cr_expect_str_eq(words(&wait), "waits for 1 min for a person, reminded 5 times");
}

Test(run_waits, a_command_ends_what_people_decide)
{
    struct run_waits waits = read_waits(NULL);
    cr_expect_str_eq(run_wait_command(arena, &waits.items[0], TEXT("w")).data, "complete w ask --output OUTPUT");
    cr_expect_eq(run_wait_command(arena, &waits.items[1], TEXT("w")).size, 0);
    waits.items[1].kind = WAIT_DECISION; /* its name is two words to a shell */
    cr_expect_str_eq(run_wait_command(arena, &waits.items[1], TEXT("w")).data, "retry w --action " B);
}

/* ---- what a run is about ---- */

Test(run_waits, an_input_and_a_memo_say_the_same)
{
    struct run_subject of_input, of_info;
    cr_assert(run_subject_of_input(arena, text_from(input), &of_input));
    cr_expect_str_eq(run_subject_record(arena, &of_input).data, "orders SO-1");
    const struct run_field memo[] = {{TEXT("rule"), TEXT("\"R\"")}, {TEXT("entity"), TEXT("\"orders SO-1\"")}};
    const struct run_field attributes[] = {{TEXT("EntityId"), TEXT("[\"" C "\"]")}};
    const struct run_info info = {.memo = memo, .memo_count = 2, .attributes = attributes, .attribute_count = 1};
    cr_assert(run_subject_of_info(arena, &info, &of_info));
    cr_expect(text_equal(of_info.rule, of_input.rule));
    cr_expect(text_equal(of_info.number, of_input.number));
    cr_expect(text_equal(of_info.entity_id, of_input.entity_id));
    const struct run_field id[] = {{TEXT("rule"), TEXT("\"R\"")}, {TEXT("entity"), TEXT("\"orders " C "\"")}};
    cr_assert(run_subject_of_info(arena, &(struct run_info){.memo = id, .memo_count = 2}, &of_info));
    cr_expect(text_is(of_info.entity_id, C));
    cr_expect_eq(of_info.number.size, 0);
    cr_expect_not(
        run_subject_of_info(arena, &(struct run_info){.attributes = attributes, .attribute_count = 1}, &of_info));
    cr_expect_not(run_subject_of_input(arena, TEXT("not JSON"), &of_info));
}

Test(run_waits, the_execution_is_the_end_of_the_erps_workflow_ids)
{
    cr_expect(text_is(run_execution_in(TEXT("workflow-" A "-" B "-" C)), C));
    cr_expect_eq(run_execution_in(TEXT("mine-" A)).size, 0);
    cr_expect_eq(run_execution_in(TEXT(A)).size, 0);
    cr_expect_eq(run_execution_in(TEXT("")).size, 0);
}

Test(run_waits, a_literal_of_a_query_ends_where_its_text_ends)
{
    cr_expect_str_eq(run_query_literal(arena, TEXT("it's \\")).data, "'it\\'s \\\\'");
    cr_expect_str_eq(run_query_literal(arena, TEXT("")).data, "''");
}
