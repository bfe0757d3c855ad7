/* seek_approval: the row and the alerts of a request, and the form without a request. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "erp/approval_requests.h"
#include "generated/seek_approval.h"
#include "trial.h"

static struct trial trial;

#define ANA     "f3c95789-ace1-4954-ac5d-6baed2eac902"
#define MARCO   "cbf27734-ac10-4525-8b66-402800e03d2c"
#define TO_BOTH "\"approvers\": [\"" ANA "\", \"" MARCO "\"]"
#define ASKING                                                                                                         \
    "{" TO_BOTH                                                                                                        \
    ", \"approval_type\": \"any\", \"timeout_hours\": 24, \"approval_message\": \"{{quantity}} of {{customer}}\"}"
#define REQUESTS         "SELECT count(*) FROM workflow.approval_requests"
#define REQUEST(column_) trial_sql(&trial, "SELECT " column_ " FROM workflow.approval_requests")
#define ALERT(column_)   trial_sql(&trial, "SELECT " column_ " FROM workflow.alerts")

/* Bytes that are not valid text, and their base64. */
#define TOKEN        ((struct text){.data = "\0\377\n token \376", .size = 11})
#define TOKEN_BASE64 "AP8KIHRva2VuIP4="

static void insert_execution(const char *id)
{
    postgres_do(arena_print(trial.arena,
                            "INSERT INTO workflow.automation_executions (id, entity_type, status) VALUES ('%s', "
                            "'orders', 'running')",
                            id)
                    .data);
}

static void set_up(void)
{
    trial_open(&trial, "seek_approval");
    trial.environment.async = true;
    trial.environment.task_token = TOKEN;
    insert_execution(EXECUTION);
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(seek_approval, .init = set_up, .fini = tear_down);

static void ask(const char *config)
{
    cr_assert_eq(trial_run(&trial, config), ACTION_OUTCOME_PENDING, "%s\nof %s", trial.failure, config);
}

Test(seek_approval, writes_a_request_and_waits)
{
    ask(ASKING);
    ASSERT_TEXT(trial_sql(&trial, REQUESTS), "1");
    ASSERT_TEXT(REQUEST("status"), "pending");
    ASSERT_TEXT(REQUEST("execution_id"), EXECUTION);
    ASSERT_TEXT(REQUEST("rule_id"), RULE);
    ASSERT_TEXT(REQUEST("action_name"), "step");
    ASSERT_TEXT(REQUEST("approvers"), "{" ANA "," MARCO "}");
    ASSERT_TEXT(REQUEST("approval_type"), "any");
    ASSERT_TEXT(REQUEST("timeout_hours"), "24");
    ASSERT_TEXT(REQUEST("task_token"), TOKEN_BASE64);
    ASSERT_TEXT(REQUEST("approval_message"), "1500000 of O'Hara \"x\"; --");
    ASSERT_TEXT(REQUEST("num_nulls(resolved_by, resolution_reason, resolved_date, scenario_id)"), "4");
    ASSERT_TEXT(REQUEST("now() AT TIME ZONE 'UTC' - created_date BETWEEN '0' AND '1 minute'"), "t");
}

Test(seek_approval, alerts_each_approver)
{
    ask(ASKING);
    ASSERT_TEXT(ALERT("concat_ws('|', alert_type, severity, title, message, context, status)"),
                "approval_request|high|Approval Required: Expedite|1500000 of O'Hara \"x\"; --|{}|active");
    ASSERT_TEXT(ALERT("concat_ws('|', source_entity_name, source_entity_id, source_rule_id)"),
                "orders|" ORDER "|" RULE);
    ASSERT_TEXT(trial_sql(&trial, "SELECT string_agg(recipient_type::text || recipient_id, ' ' ORDER BY recipient_id)"
                                  " FROM workflow.alert_recipients"),
                "user" MARCO " user" ANA);
}

Test(seek_approval, has_a_default_message)
{
    ask("{" TO_BOTH ", \"approval_type\": \"any\"}");
    ASSERT_TEXT(REQUEST("approval_message"), "NULL");
    ASSERT_TEXT(REQUEST("timeout_hours"), "72");
    ASSERT_TEXT(ALERT("message"), "An approval request has been created for workflow 'Expedite'");
}

Test(seek_approval, repeats_write_one_request)
{
    ask(ASKING);
    postgres_do("UPDATE workflow.approval_requests SET approval_message = 'as it was'");
    trial.environment.attempt = 2;
    ask(ASKING);
    ASSERT_TEXT(trial_sql(&trial, REQUESTS), "1");
    ASSERT_TEXT(REQUEST("approval_message"), "as it was");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alerts"), "1");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alert_recipients"), "2");

    trial.request.action_id = TEXT(OTHER_ACTION);
    ask(ASKING);
    ASSERT_TEXT(trial_sql(&trial, REQUESTS), "2");
}

Test(seek_approval, a_repeat_keeps_the_answer)
{
    ask(ASKING);
    postgres_do("UPDATE workflow.approval_requests SET status = 'approved', resolved_date = now()");
    ask(ASKING);
    ASSERT_TEXT(REQUEST("status"), "approved");
}

Test(seek_approval, another_activity_reopens_the_request)
{
    ask(ASKING);
    postgres_do("INSERT INTO core.users (id) VALUES ('" ANA "')");
    postgres_do("UPDATE workflow.approval_requests SET status = 'rejected', resolved_date = now(), resolved_by = '" ANA
                "', resolution_reason = 'no', task_token = ''");
    trial.environment.task_token = TEXT("another");
    ask(ASKING);
    ASSERT_TEXT(trial_sql(&trial, REQUESTS), "1");
    ASSERT_TEXT(REQUEST("status"), "pending");
    ASSERT_TEXT(REQUEST("task_token"), "YW5vdGhlcg==");
    ASSERT_TEXT(REQUEST("num_nulls(resolved_by, resolution_reason, resolved_date)"), "3");
}

Test(seek_approval, another_attempt_writes_its_token)
{
    ask(ASKING);
    trial.environment.task_token = TEXT("another");
    trial.environment.attempt = 2;
    ask(ASKING);
    ASSERT_TEXT(REQUEST("status || ' ' || task_token"), "pending YW5vdGhlcg==");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alert_recipients"), "2");
}

/* The row was committed unnoticed and answered before this attempt, which must not create another request. */
Test(seek_approval, another_attempt_finds_the_answer_without_a_token)
{
    trial.environment.scheduled_us = clock_monotonic_us() - 60000000;
    ask(ASKING);
    postgres_do("UPDATE workflow.approval_requests SET status = 'approved', task_token = '',"
                " resolved_date = now() AT TIME ZONE 'UTC' - interval '30 seconds'");
    trial_done(&trial, ASKING);
    ASSERT_TEXT(trial_result(&trial, "output"), "approved");
    ASSERT_TEXT(REQUEST("status || task_token"), "approved");
}

Test(seek_approval, an_answer_before_the_activity_is_not_its_own)
{
    trial.environment.scheduled_us = clock_monotonic_us() - 60000000;
    ask(ASKING);
    postgres_do("UPDATE workflow.approval_requests SET status = 'approved', task_token = '',"
                " resolved_date = now() AT TIME ZONE 'UTC' - interval '90 seconds'");
    ask(ASKING);
    ASSERT_TEXT(REQUEST("status"), "pending");
}

/* The ERP had the token of an attempt that was lost, so the answer did not reach the run. */
Test(seek_approval, another_attempt_ends_with_the_answer)
{
    ask(ASKING);
    postgres_do("INSERT INTO core.users (id) VALUES ('" ANA "')");
    postgres_do("UPDATE workflow.approval_requests SET status = 'rejected', resolved_date = now(), resolved_by = '" ANA
                "', resolution_reason = 'no'");
    trial.environment.task_token = TEXT("another");
    trial.environment.attempt = 2;
    trial_done(&trial, ASKING);
    ASSERT_TEXT(trial_result(&trial, "output"), "rejected");
    ASSERT_TEXT(trial_result(&trial, "approval_id"), REQUEST("approval_request_id"));
    ASSERT_TEXT(trial_result(&trial, "resolved_by"), ANA);
    ASSERT_TEXT(trial_result(&trial, "reason"), "no");
    ASSERT_TEXT(REQUEST("status || ' ' || task_token"), "rejected " TOKEN_BASE64);
}

/* ---- the sweep ---- */

static void take_turn(int64_t period_ms, bool expected)
{
    bool taken = !expected;
    struct error error = ERROR_IN(trial.arena);
    cr_assert_eq(approval_requests_take_turn(trial.services.database, period_ms, trial.arena, &taken, &error),
                 STATUS_OK, "%.*s", TEXT_ARG(error.message));
    cr_assert_eq(taken, expected);
}

Test(seek_approval, one_worker_has_the_turn)
{
    take_turn(60000, true);
    take_turn(60000, false);
    postgres_do("UPDATE workflow.worker_turns SET taken_at = taken_at - interval '61 seconds'");
    take_turn(60000, true);
    take_turn(60000, false);
    postgres_do("DROP TABLE workflow.worker_turns");
    bool taken;
    struct error error = ERROR_IN(trial.arena);
    cr_assert_eq(approval_requests_take_turn(trial.services.database, 1, trial.arena, &taken, &error),
                 STATUS_NOT_FOUND);
}

static struct approval_page read_page(struct text after)
{
    struct approval_page page;
    struct error error = ERROR_IN(trial.arena);
    cr_assert_eq(approval_requests_read(trial.services.database, after, trial.arena, &page, &error), STATUS_OK, "%.*s",
                 TEXT_ARG(error.message));
    return page;
}

Test(seek_approval, requests_that_wait_are_found)
{
    cr_assert_eq(read_page(TEXT_NONE).count, 0);
    ask(ASKING);
    trial.request.action_id = TEXT(OTHER_ACTION);
    ask(ASKING);
    struct approval_page page = read_page(TEXT_NONE);
    cr_assert_eq(page.count, 2);
    cr_assert(text_equal(page.requests[1].token, TOKEN));
    cr_assert_eq(page.more_after.size, 0);
    cr_assert_eq(read_page(page.requests[0].id).count, 1);
    cr_assert_eq(read_page(page.requests[1].id).count, 0);
    postgres_do("UPDATE workflow.approval_requests SET task_token = 'no base64!' WHERE action_name = 'step'");
    cr_assert_eq(read_page(TEXT_NONE).count, 0);
    postgres_do("UPDATE workflow.approval_requests SET task_token = '" TOKEN_BASE64 "', status = 'approved'");
    cr_assert_eq(read_page(TEXT_NONE).count, 0);
    postgres_do("DROP TABLE workflow.approval_requests");
    cr_assert_eq(read_page(TEXT_NONE).count, 0);
}

Test(seek_approval, more_requests_than_a_page_holds)
{
    ask(ASKING);
    postgres_do("INSERT INTO workflow.approval_requests (approval_request_id, execution_id, action_name, approvers,"
                " task_token) SELECT gen_random_uuid(), execution_id, action_name, approvers, task_token"
                " FROM workflow.approval_requests, generate_series(1, 5000)");
    struct approval_page page = read_page(TEXT_NONE);
    cr_assert_eq(page.count, LIMIT_APPROVAL_PAGE);
    cr_assert(text_equal(page.more_after, page.requests[page.count - 1].id));
    page = read_page(page.more_after);
    cr_assert_eq(page.count, 1);
    cr_assert_eq(page.more_after.size, 0);
}

/* A request that was answered, or has another token, is not changed. */
Test(seek_approval, requests_of_ended_runs_expire)
{
    for (int i = 0; i < 3; i++) {
        trial.request.action_id = text_from(uuid_text(trial.arena, uuid_random()).data);
        ask(ASKING);
    }
    struct approval_page page = read_page(TEXT_NONE);
    postgres_do(arena_print(trial.arena,
                            "UPDATE workflow.approval_requests SET status = 'approved'"
                            " WHERE approval_request_id = '%.*s'",
                            TEXT_ARG(page.requests[0].id))
                    .data);
    postgres_do(arena_print(trial.arena,
                            "UPDATE workflow.approval_requests SET task_token = 'bmV3'"
                            " WHERE approval_request_id = '%.*s'",
                            TEXT_ARG(page.requests[1].id))
                    .data);
    int64_t changed;
    struct error error = ERROR_IN(trial.arena);
    cr_assert_eq(
        approval_requests_expire(trial.services.database, page.requests, page.count, trial.arena, &changed, &error),
        STATUS_OK, "%.*s", TEXT_ARG(error.message));
    cr_assert_eq(changed, 1);
    ASSERT_TEXT(trial_sql(&trial, "SELECT string_agg(status || ':' || task_token, ' ' ORDER BY approval_request_id)"
                                  " FROM workflow.approval_requests"),
                "approved:" TOKEN_BASE64 " pending:bmV3 expired:");
}

/* ---- refusals ---- */

Test(seek_approval, an_unknown_execution)
{
    trial.request.execution_id = TEXT("11111111-1111-4111-8111-111111111111");
    trial_refused(&trial, ASKING,
                  "create approval request: foreign key violation: execution 11111111-1111-4111-8111-111111111111 is "
                  "not in workflow.automation_executions, where it must be recorded before the run is started");
    cr_assert(text_starts(trial.report.failure, TEXT("async action step (" ACTION "): start: create approval")));
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alerts"), "0");
}

Test(seek_approval, one_answer_decides_whatever_the_type)
{
    static const char *const types[][2] = {
        {"\"any\"", "any"}, {"\"all\"", "all"}, {"\"majority\"", "majority"}, {"\"most\"", "any"}, {"null", "any"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        ask(arena_print(trial.arena, "{" TO_BOTH ", \"approval_type\": %s}", types[i][0]).data);
        ASSERT_TEXT(REQUEST("approval_type"), types[i][1]);
        postgres_do("DELETE FROM workflow.approval_requests");
    }
}

Test(seek_approval, hours_are_bounded)
{
    static const char *const hours[][2] = {
        {"1", "1"}, {"0", "72"}, {"-5", "72"}, {"null", "72"}, {"9223372036854775807", "87600"}};
    for (size_t i = 0; i < sizeof hours / sizeof *hours; i++) {
        ask(arena_print(trial.arena, "{" TO_BOTH ", \"timeout_hours\": %s}", hours[i][0]).data);
        ASSERT_TEXT(REQUEST("timeout_hours"), hours[i][1]);
        postgres_do("DELETE FROM workflow.approval_requests");
    }
    trial_refused(&trial, "{" TO_BOTH ", \"timeout_hours\": \"soon\"}",
                  "invalid config: timeout_hours: expected integer, found string");
}

Test(seek_approval, a_refusal_writes_nothing)
{
    trial_refused(&trial, "{\"approvers\": [\"" ANA "\", \"boss\"]}",
                  "invalid approver UUID \"boss\" at index 1: invalid UUID length: 4");
    trial_refused(&trial, "{\"approvers\": [\"f3c95789-ace1-4954-ac5d-6baed2eac90x\"]}",
                  "invalid approver UUID \"f3c95789-ace1-4954-ac5d-6baed2eac90x\" at index 0: invalid UUID format");
    trial_refused(&trial, "{\"approvers\": 5}", "invalid config: approvers: expected array, found number");
    ASSERT_TEXT(trial_sql(&trial, REQUESTS), "0");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alerts"), "0");
}

Test(seek_approval, names_and_values_are_data)
{
    trial.request.action_name =
        TEXT("x'); DROP TABLE workflow.alerts; -- and much more than the hundred characters that "
             "the column takes, Größe included");
    trial.request.rule_name = TEXT("'; DROP TABLE workflow.approval_requests; --");
    ask("{\"approvers\": [\"{" ANA "}\", \"" ANA "\"], \"approval_message\": \"'); --\"}");
    ASSERT_TEXT(REQUEST("length(action_name)"), "100");
    ASSERT_TEXT(REQUEST("approval_message"), "'); --");
    ASSERT_TEXT(ALERT("title"), "Approval Required: '; DROP TABLE workflow.approval_requests; --");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alert_recipients"), "1");
}

Test(seek_approval, absent_members_of_the_context)
{
    trial.request.rule_id = TEXT(OTHER_ACTION);
    trial_context(&trial, "{}");
    ask("{}");
    ASSERT_TEXT(REQUEST("approvers"), "{}");
    ASSERT_TEXT(REQUEST("num_nulls(rule_id, approval_message)"), "2");
    ASSERT_TEXT(ALERT("num_nulls(source_rule_id, source_entity_id, source_entity_name)"), "3");
}

Test(seek_approval, waits_when_alerts_fail)
{
    postgres_do("DROP TABLE workflow.alert_acknowledgments, workflow.alert_recipients, workflow.alerts");
    ask(ASKING);
    ASSERT_TEXT(REQUEST("status"), "pending");
}

/* ---- without a request ---- */

static void assert_asks_nobody(const char *config)
{
    trial_done(&trial, config);
    cr_assert_eq(trial.report.result.object.count, 6);
    ASSERT_TEXT(trial_result(&trial, "status"), "pending");
    ASSERT_TEXT(trial_result(&trial, "reference_id"), ORDER);
    ASSERT_TEXT(trial_result(&trial, "reference_type"), "orders_on_update");
    ASSERT_TEXT(trial_result(&trial, "output"), "approved");
    cr_assert_eq(strlen(trial_result(&trial, "requested_at")), strlen("2026-02-10T21:18:31Z"));
    cr_assert_eq(strncmp(trial_result(&trial, "approval_id"), "approval_", 9), 0);
}

Test(seek_approval, continues_as_approved_without_the_table)
{
    postgres_do("DROP TABLE workflow.approval_requests");
    assert_asks_nobody(ASKING);
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alerts"), "0");
}

/* As when the first Go worker schedules the action, and when it is performed manually. */
Test(seek_approval, continues_as_approved_without_a_task_token)
{
    trial.environment.async = false;
    assert_asks_nobody(ASKING);
    const char *id = trial_result(&trial, "approval_id");
    trial.environment.attempt = 2;
    assert_asks_nobody("{\"approvers\": [\"boss\"], \"approval_type\": \"most\", \"display_fields\": [1]}");
    ASSERT_TEXT(trial_result(&trial, "approval_id"), id);
    ASSERT_TEXT(trial_sql(&trial, REQUESTS), "0");
    trial_context(&trial, "{}");
    trial_done(&trial, "{}");
    ASSERT_TEXT(trial_result(&trial, "reference_id"), "00000000-0000-0000-0000-000000000000");
    ASSERT_TEXT(trial_result(&trial, "reference_type"), "_");
}

Test(seek_approval, every_validation_message)
{
    ASSERT_TEXT(trial_check(&trial, "{\"approvers\": [\"" ANA "\"], \"approval_type\": \"majority\"}"), "");
    ASSERT_TEXT(trial_check(&trial, "{\"approval_type\": \"all\"}"),
                "approvers list is required and must not be empty");
    ASSERT_TEXT(trial_check(&trial, "{\"approvers\": [\"" ANA "\"], \"approval_type\": \"most\"}"),
                "invalid approval_type, must be: any, all, or majority");
    ASSERT_TEXT(trial_check(&trial, "{\"approvers\": [\"" ANA "\"]}"),
                "invalid approval_type, must be: any, all, or majority");
    cr_assert_eq(strncmp(trial_check(&trial, "{\"approvers\": 5, \"approval_type\": \"any\"}"),
                         "invalid configuration format: ", 30),
                 0);
}

/* ---- faults ---- */

Test(seek_approval, out_of_memory_at_any_allocation_is_a_refusal)
{
    trial_out_of_memory(&trial, ASKING, ACTION_OUTCOME_PENDING);
    ASSERT_TEXT(trial_sql(&trial, REQUESTS), "1");
}

Test(seek_approval, a_lost_connection_writes_one_request)
{
    struct proxy *proxy = proxy_new();
    trial_move(&trial, proxy_host(proxy));
    const enum proxy_fault faults[] = {PROXY_LOSE_REQUEST, PROXY_LOSE_ANSWER};
    for (size_t i = 0; i < 2; i++) {
        int accepted = proxy_accepted(proxy);
        proxy_plan(proxy, faults[i], "approval_requests");
        trial.environment.task_token = TOKEN;
        ask(ASKING);
        cr_assert_gt(proxy_accepted(proxy), accepted, "the fault did not occur");
        ASSERT_TEXT(REQUEST("task_token"), TOKEN_BASE64);
        ASSERT_TEXT(trial_sql(&trial, REQUESTS), "1");
        ASSERT_TEXT(REQUEST("status"), "pending");
    }
    proxy_plan(proxy, PROXY_LOSE_ANSWER, "approval_requests");
    ask(ASKING);
    ASSERT_TEXT(trial_sql(&trial, REQUESTS), "1");
    proxy_plan(proxy, PROXY_LOSE_REQUEST, "workflow.alerts");
    ask(ASKING);
    trial_close(&trial);
    proxy_free(proxy);
    trial_open(&trial, "seek_approval");
}

/* ---- timeouts and cancels ---- */

static void end_request(enum approval_ending ending)
{
    struct approval_key requests[] = {
        {.action_id = TEXT(OTHER_ACTION)}, {.action_id = TEXT(ACTION)}, {.action_id = TEXT("no id")}};
    struct approval_end end = {.effect_id = TEXT(EXECUTION),
                               .requests = requests,
                               .request_count = 3,
                               .ending = ending,
                               .limit.deadline_us = trial.environment.limit.deadline_us};
    struct error error = ERROR_IN(trial.arena);
    cr_assert_eq(approval_requests_end(trial.services.database, &end, trial.arena, &error), STATUS_OK, "%.*s",
                 TEXT_ARG(error.message));
}

Test(seek_approval, a_timeout_is_recorded)
{
    ask(ASKING);
    for (int i = 0; i < 2; i++) {
        end_request(APPROVAL_TIMED_OUT);
        ASSERT_TEXT(REQUEST("status"), "timed_out");
        ASSERT_TEXT(REQUEST("task_token"), "");
        ASSERT_TEXT(REQUEST("resolved_date IS NOT NULL"), "t");
    }
    end_request(APPROVAL_EXPIRED);
    ASSERT_TEXT(REQUEST("status"), "timed_out");
}

Test(seek_approval, a_canceled_run_is_recorded)
{
    ask(ASKING);
    end_request(APPROVAL_EXPIRED);
    ASSERT_TEXT(REQUEST("status"), "expired");
}

Test(seek_approval, an_answered_request_does_not_time_out)
{
    ask(ASKING);
    postgres_do("UPDATE workflow.approval_requests SET status = 'approved'");
    end_request(APPROVAL_TIMED_OUT);
    ASSERT_TEXT(REQUEST("status"), "approved");
    ASSERT_TEXT(REQUEST("task_token"), TOKEN_BASE64);
}

Test(seek_approval, an_answer_from_elsewhere_is_recorded)
{
    ask(ASKING);
    end_request(APPROVAL_REJECTED);
    ASSERT_TEXT(REQUEST("status"), "rejected");
    ASSERT_TEXT(REQUEST("task_token"), "");
}

Test(seek_approval, the_token_of_a_delivered_answer_is_cleared)
{
    ask(ASKING);
    postgres_do("UPDATE workflow.approval_requests SET status = 'approved', resolved_date = '2026-01-01'");
    end_request(APPROVAL_APPROVED);
    ASSERT_TEXT(REQUEST("status"), "approved");
    ASSERT_TEXT(REQUEST("task_token"), "");
    ASSERT_TEXT(REQUEST("resolved_date"), "2026-01-01 00:00:00");
}

Test(seek_approval, a_timeout_without_the_table)
{
    postgres_do("DROP TABLE workflow.approval_requests");
    end_request(APPROVAL_TIMED_OUT);
}
