/* resolve_approval_request: the row, and the action of the other run that is completed after the commit. The end-to-end
   tests do the same with Temporal. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "action/completer.h"
#include "base/base64.h"
#include "trial.h"

static struct trial trial;

#define REQUEST_ID "7c1f4e0a-0e6c-4f2b-9a53-6d1c8f1b2a01"
#define ANA        "f3c95789-ace1-4954-ac5d-6baed2eac902"
#define TOKEN      "AP8KIHRva2VuIP4=" /* "\0\377\n token \376" */
#define APPROVE                                                                                                        \
    "{\"approval_request_id\": \"" REQUEST_ID "\", \"resolution\": \"approved\", \"reason\": \"{{customer}}\"}"
#define REJECT "{\"approval_request_id\": \"" REQUEST_ID "\", \"resolution\": \"rejected\"}"
#define ROW                                                                                                            \
    trial_sql(&trial, "SELECT concat_ws('|', status, coalesce(resolved_by::text, 'nobody'), resolution_reason,"        \
                      " resolved_date IS NOT NULL, task_token) FROM workflow.approval_requests")
#define CONTEXT(more_)                                                                                                 \
    "{\"entity_id\": \"" ORDER "\", \"entity_name\": \"orders\", \"event_type\": \"on_update\","                       \
    " \"customer\": \"O'Hara\"" more_ "}"

/* ---- a completer that answers as the test specifies ---- */

static struct {
    struct action_completer interface; /* first */
    enum status status;
    unsigned calls;
    char token[64], output[1024];
    const char *during; /* SQL that runs during the call; NULL: none */
} completer;

static enum status complete(struct action_completer *interface, struct text token, struct text output,
                            const struct wait_limit *limit, struct error *error)
{
    (void)interface;
    (void)limit;
    completer.calls++;
    struct text encoded = base64_encode(trial.arena, token);
    snprintf(completer.token, sizeof completer.token, "%.*s", TEXT_ARG(encoded));
    snprintf(completer.output, sizeof completer.output, "%.*s", TEXT_ARG(output));
    if (completer.during != NULL)
        postgres_do(completer.during);
    return completer.status == STATUS_OK
               ? STATUS_OK
               : error_set(error, completer.status, TEXT_NONE, "%s", status_name(completer.status));
}

static void set_up(void)
{
    trial_open(&trial, "resolve_approval_request");
    trial.keeps_effects = true;
    trial_context(&trial, CONTEXT(", \"user_id\": \"" ANA "\""));
    completer.interface.complete = complete;
    trial.services.temporal = &completer.interface;
    postgres_do("INSERT INTO core.users (id, first_name, last_name) VALUES ('" ANA "', 'Ana', 'Kovač');"
                "INSERT INTO workflow.automation_executions (id, entity_type, status)"
                " VALUES ('" EXECUTION "', 'orders', 'running');"
                "INSERT INTO workflow.approval_requests (approval_request_id, execution_id, action_name, approvers,"
                " task_token) VALUES ('" REQUEST_ID "', '" EXECUTION "', 'ask finance', '{" ANA "}', '" TOKEN "')");
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(resolve_approval_request, .init = set_up, .fini = tear_down);

Test(resolve_approval_request, the_run_that_waits_gets_the_answer)
{
    trial_done(&trial, APPROVE);
    ASSERT_TEXT(ROW, "approved|" ANA "|O'Hara|t|");
    ASSERT_TEXT(completer.token, TOKEN);
    ASSERT_TEXT(completer.output,
                "{\"action_id\":\"00000000-0000-0000-0000-000000000000\",\"action_name\":\"ask finance\","
                "\"result\":{\"output\":\"approved\",\"approval_id\":\"" REQUEST_ID "\",\"resolved_by\":\"" ANA "\","
                "\"resolved_by_name\":\"Ana Kovač\",\"reason\":\"O'Hara\"},\"success\":true}");
    ASSERT_TEXT(trial_result(&trial, "output"), "resolved_approved");
    ASSERT_TEXT(trial_result(&trial, "approval_request_id"), REQUEST_ID);
    ASSERT_TEXT(trial_result(&trial, "resolution"), "approved");
    cr_assert_eq(trial.report.result.object.count, 3);
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "0");
}

Test(resolve_approval_request, a_rejection_without_a_reason)
{
    trial_done(&trial, REJECT);
    ASSERT_TEXT(ROW, "rejected|" ANA "||t|");
    ASSERT_TEXT(trial_result(&trial, "output"), "resolved_rejected");
    ASSERT_TEXT(trial_result(&trial, "resolution"), "rejected");
    cr_assert_not_null(strstr(completer.output, "\"output\":\"rejected\""));
}

Test(resolve_approval_request, the_id_of_the_request_may_be_a_template)
{
    trial_context(&trial, CONTEXT(", \"ask\": {\"approval_id\": \"" REQUEST_ID "\"}"));
    trial_done(&trial, "{\"approval_request_id\": \"{{ask.approval_id}}\", \"resolution\": \"approved\"}");
    ASSERT_TEXT(trial_result(&trial, "output"), "resolved_approved");
    trial_refused(&trial, "{\"approval_request_id\": \"{{asked.approval_id}}\", \"resolution\": \"approved\"}",
                  "approval_request_id is required");
}

Test(resolve_approval_request, no_such_request)
{
    trial_done(&trial, "{\"approval_request_id\": \"" ORDER "\", \"resolution\": \"approved\"}");
    ASSERT_TEXT(trial_result(&trial, "output"), "not_found");
    ASSERT_TEXT(trial_result(&trial, "approval_request_id"), ORDER);
    cr_assert_eq(trial.report.result.object.count, 2);
    ASSERT_TEXT(ROW, "pending|nobody|f|" TOKEN);
    cr_assert_eq(completer.calls, 0u);
}

Test(resolve_approval_request, a_request_that_is_resolved_already)
{
    static const char *const statuses[] = {"approved", "rejected", "timed_out", "expired"};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        postgres_do(arena_print(trial.arena,
                                "DELETE FROM workflow.action_effects;"
                                "UPDATE workflow.approval_requests SET status = '%s', task_token = ''",
                                statuses[i])
                        .data);
        trial_done(&trial, APPROVE);
        ASSERT_TEXT(trial_result(&trial, "output"), "already_resolved");
        ASSERT_TEXT(trial_result(&trial, "current_status"), statuses[i]);
        ASSERT_TEXT(trial_result(&trial, "approval_request_id"), REQUEST_ID);
        cr_assert_eq(trial.report.result.object.count, 3);
        ASSERT_TEXT(trial_sql(&trial, "SELECT status FROM workflow.approval_requests"), statuses[i]);
    }
    cr_assert_eq(completer.calls, 0u);
}

/* For example an answer of the ERP while Temporal was unavailable. */
Test(resolve_approval_request, an_answer_of_somebody_else_that_was_not_delivered)
{
    postgres_do("UPDATE workflow.approval_requests SET status = 'rejected', resolution_reason = 'no'");
    trial_done(&trial, APPROVE);
    ASSERT_TEXT(trial_result(&trial, "output"), "already_resolved");
    cr_assert_eq(completer.calls, 1u);
    cr_assert_not_null(strstr(completer.output, "\"output\":\"rejected\""));
    cr_assert_not_null(strstr(completer.output, "\"resolved_by\":\"\",\"resolved_by_name\":\"\",\"reason\":\"no\""));
    ASSERT_TEXT(trial_sql(&trial, "SELECT status || task_token FROM workflow.approval_requests"), "rejected");
}

Test(resolve_approval_request, nobody_is_named_without_a_user)
{
    trial_context(&trial, CONTEXT(""));
    trial_done(&trial, APPROVE);
    ASSERT_TEXT(ROW, "approved|nobody|O'Hara|t|");
    cr_assert_not_null(strstr(completer.output, "\"resolved_by\":\"\",\"resolved_by_name\":\"\""));
}

Test(resolve_approval_request, a_user_that_does_not_exist)
{
    trial_context(&trial, CONTEXT(", \"user_id\": \"" ORDER "\""));
    trial_refused(&trial, APPROVE,
                  "resolve approval request: resolve approval request: resolve: foreign key violation");
    ASSERT_TEXT(ROW, "pending|nobody|f|" TOKEN);
    cr_assert_eq(completer.calls, 0u);
}

Test(resolve_approval_request, without_a_table)
{
    postgres_do("DROP TABLE workflow.approval_requests");
    trial_refused(&trial, APPROVE, "query approval request: undefined table");
}

/* ---- delivery ---- */

/* The first attempt commits, and Temporal does not answer; the next one finds the stored result and delivers. */
Test(resolve_approval_request, a_repeat_delivers_what_is_committed)
{
    completer.status = STATUS_UNAVAILABLE;
    cr_assert_eq(trial_run(&trial, APPROVE), ACTION_OUTCOME_RETRY);
    ASSERT_TEXT(trial.failure, "complete the action that waits for the answer: unavailable");
    ASSERT_TEXT(ROW, "approved|" ANA "|O'Hara|t|" TOKEN);

    completer.status = STATUS_OK;
    trial.environment.attempt = 2;
    for (int i = 0; i < 2; i++) {
        trial_done(&trial, APPROVE);
        cr_assert(trial.report.stored_result);
        ASSERT_TEXT(trial_result(&trial, "output"), "resolved_approved");
        ASSERT_TEXT(ROW, "approved|" ANA "|O'Hara|t|");
    }
    cr_assert_eq(completer.calls, 2u, "an answer that is delivered is not delivered again");
}

Test(resolve_approval_request, a_repeat_without_the_ledger_delivers_too)
{
    postgres_do("DROP TABLE workflow.action_effects");
    completer.status = STATUS_UNAVAILABLE;
    cr_assert_eq(trial_run(&trial, APPROVE), ACTION_OUTCOME_RETRY);
    completer.status = STATUS_OK;
    trial.environment.attempt = 2;
    trial_done(&trial, APPROVE);
    ASSERT_TEXT(ROW, "approved|" ANA "|O'Hara|t|");
    ASSERT_TEXT(trial_result(&trial, "output"), "already_resolved");
}

Test(resolve_approval_request, no_run_waits_any_more)
{
    completer.status = STATUS_NOT_FOUND;
    trial_done(&trial, APPROVE);
    ASSERT_TEXT(ROW, "approved|" ANA "|O'Hara|t|");
    ASSERT_TEXT(trial_result(&trial, "output"), "resolved_approved");
}

Test(resolve_approval_request, a_token_that_is_none)
{
    postgres_do("UPDATE workflow.approval_requests SET task_token = 'no base64!'");
    trial_done(&trial, APPROVE);
    ASSERT_TEXT(ROW, "approved|" ANA "|O'Hara|t|");
    cr_assert_eq(completer.calls, 0u);
}

Test(resolve_approval_request, no_token)
{
    postgres_do("UPDATE workflow.approval_requests SET task_token = ''");
    trial_done(&trial, APPROVE);
    ASSERT_TEXT(ROW, "approved|" ANA "|O'Hara|t|");
    cr_assert_eq(completer.calls, 0u);
}

Test(resolve_approval_request, an_answer_that_temporal_does_not_take)
{
    completer.status = STATUS_BUDGET;
    trial_refused(&trial, APPROVE, "complete the action that waits for the answer: budget");
    ASSERT_TEXT(ROW, "approved|" ANA "|O'Hara|t|" TOKEN);
}

/* Another attempt of the action that waits has written its token meanwhile. */
Test(resolve_approval_request, the_token_of_another_attempt_is_kept)
{
    completer.during = "UPDATE workflow.approval_requests SET task_token = 'bmV3'";
    trial_done(&trial, APPROVE);
    ASSERT_TEXT(ROW, "approved|" ANA "|O'Hara|t|bmV3");
}

/* The command `try` has no completer. */
Test(resolve_approval_request, changes_the_row_alone_without_temporal)
{
    trial.services.temporal = NULL;
    trial_done(&trial, APPROVE);
    ASSERT_TEXT(ROW, "approved|" ANA "|O'Hara|t|" TOKEN);
}

/* ---- configs ---- */

Test(resolve_approval_request, every_validation_message)
{
    static const char *const rows[][2] = {
        {APPROVE, ""},
        {"{\"approval_request_id\": \"{{ask.approval_id}}\", \"resolution\": \"rejected\"}", ""},
        {"{\"resolution\": \"approved\"}", "approval_request_id is required"},
        {"{\"approval_request_id\": \"\", \"resolution\": \"approved\"}", "approval_request_id is required"},
        {"{\"approval_request_id\": \"x\", \"resolution\": \"approved\"}",
         "invalid approval_request_id: invalid UUID length: 1"},
        {"{\"approval_request_id\": \"7c1f4e0a-0e6c-4f2b-9a53-6d1c8f1b2a0x\", \"resolution\": \"approved\"}",
         "invalid approval_request_id: invalid UUID format"},
        {"{\"approval_request_id\": \"" REQUEST_ID "\"}", "resolution must be \"approved\" or \"rejected\", got \"\""},
        {"{\"approval_request_id\": \"" REQUEST_ID "\", \"resolution\": \"\"}",
         "resolution must be \"approved\" or \"rejected\", got \"\""},
        {"{\"approval_request_id\": \"" REQUEST_ID "\", \"resolution\": \"pending\"}",
         "resolution must be \"approved\" or \"rejected\", got \"pending\""},
        {"{}", "approval_request_id is required; resolution must be \"approved\" or \"rejected\", got \"\""},
        {"{\"approval_request_id\": 5, \"resolution\": \"approved\"}",
         "invalid config: approval_request_id: expected string, found number"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ASSERT_TEXT(trial_check(&trial, rows[i][0]), rows[i][1]);
}

/* The original finds nothing under a bad id, and lets the database refuse a bad resolution. */
Test(resolve_approval_request, a_bad_config_is_refused)
{
    trial_refused(&trial, "{\"approval_request_id\": \"x\", \"resolution\": \"approved\"}",
                  "invalid approval_request_id: invalid UUID length: 1");
    trial_refused(&trial, "{\"approval_request_id\": \"" REQUEST_ID "\", \"resolution\": \"pending\"}",
                  "resolution must be \"approved\" or \"rejected\", got \"pending\"");
    ASSERT_TEXT(ROW, "pending|nobody|f|" TOKEN);
}

Test(resolve_approval_request, out_of_memory_at_any_allocation_is_a_refusal)
{
    trial.keeps_effects = false;
    trial_out_of_memory(&trial, REJECT, ACTION_OUTCOME_DONE);
}
