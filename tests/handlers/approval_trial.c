#include "approval_trial.h"

static struct trial trial;

#define ANA   "f3c95789-ace1-4954-ac5d-6baed2eac902"
#define MARCO "cbf27734-ac10-4525-8b66-402800e03d2c"
#define ASKING                                                                                                         \
    "{\"approvers\": [\"" ANA "\", \"" MARCO "\"], \"approval_type\": \"any\", \"timeout_hours\": 24,"                 \
    " \"approval_message\": \"{{quantity}}?\"}"
#define REQUEST(column_) trial_sql(&trial, "SELECT " column_ " FROM workflow.approval_requests")

void approval_open(const char *action_type)
{
    trial_open(&trial, action_type);
    trial.environment.async = true;
    trial.environment.task_token = TEXT("token");
    postgres_do("INSERT INTO workflow.automation_executions (id, entity_type, status)"
                " VALUES ('" EXECUTION "', 'orders', 'running');"
                "INSERT INTO core.users (id) VALUES ('" ANA "')");
}

void approval_close(void)
{
    trial_close(&trial);
}

static void ask(void)
{
    cr_assert_eq(trial_run(&trial, ASKING), ACTION_OUTCOME_PENDING, "%s", trial.failure);
}

void approval_asks_once(void)
{
    ask();
    trial.environment.attempt = 2;
    ask();
    ASSERT_TEXT(REQUEST("concat_ws('|', count(*), min(status), min(approval_type), min(timeout_hours), min(task_token),"
                        " min(approval_message), min(approvers::text), min(action_name))"),
                "1|pending|any|24|dG9rZW4=|1500000?|{" ANA "," MARCO "}|step");
    ASSERT_TEXT(trial_sql(&trial, "SELECT concat_ws('|', alert_type, severity, title, message) FROM workflow.alerts"),
                "approval_request|high|Approval Required: Expedite|1500000?");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alert_recipients"), "2");
}

/* The ERP had the token of an attempt that was lost, so the answer did not reach the run. */
void approval_ends_with_the_answer(void)
{
    static const char *const outputs[] = {"approved", "rejected"};
    for (size_t i = 0; i < 2; i++) {
        ask();
        postgres_do(arena_print(trial.arena,
                                "UPDATE workflow.approval_requests SET status = '%s', resolved_date = now(),"
                                " resolved_by = '" ANA "', resolution_reason = 'because'",
                                outputs[i])
                        .data);
        trial.environment.task_token = TEXT("another");
        trial_done(&trial, ASKING);
        ASSERT_TEXT(trial_result(&trial, "output"), outputs[i]);
        ASSERT_TEXT(trial_result(&trial, "approval_id"), REQUEST("approval_request_id"));
        ASSERT_TEXT(trial_result(&trial, "resolved_by"), ANA);
        ASSERT_TEXT(trial_result(&trial, "reason"), "because");
        trial.environment.task_token = TEXT("token");
        postgres_do("DELETE FROM workflow.approval_requests");
    }
}

void approval_refuses_where_nobody_can_be_asked(void)
{
    postgres_do("DROP TABLE workflow.approval_requests");
    trial_refused(&trial, ASKING, "nobody can be asked: the database has no table workflow.approval_requests");
    trial.environment.async = false;
    trial_refused(&trial, ASKING, "nobody can be asked: no run waits for an answer");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alerts"), "0");
}

void approval_has_every_validation_message(void)
{
    ASSERT_TEXT(trial_check(&trial, ASKING), "");
    ASSERT_TEXT(trial_check(&trial, "{}"), "approvers list is required and must not be empty; "
                                           "invalid approval_type, must be: any, all, or majority");
    ASSERT_TEXT(trial_check(&trial, "{\"approvers\": [\"boss\"], \"approval_type\": \"most\"}"),
                "invalid approver UUID \"boss\"; invalid approval_type, must be: any, all, or majority");
    ASSERT_TEXT(trial_check(&trial, "{\"approvers\": 5, \"approval_type\": \"any\"}"),
                "invalid configuration format: approvers: expected array, found number");
}
