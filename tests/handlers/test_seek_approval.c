/* seek_approval in its form that asks nobody. */
#include "generated/seek_approval.h"

#include <criterion/criterion.h>
#include <string.h>

#include "trial.h"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "seek_approval");
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(seek_approval, .init = set_up, .fini = tear_down);

#define ANA "f3c95789-ace1-4954-ac5d-6baed2eac902"

Test(seek_approval, is_pending_and_goes_on_as_approved)
{
    trial_done(&trial, "{\"approvers\": [\"" ANA "\"], \"approval_type\": \"any\"}");
    cr_assert_eq(trial.report.result.object.count, 6);
    ASSERT_TEXT(trial_result(&trial, "status"), "pending");
    ASSERT_TEXT(trial_result(&trial, "reference_id"), ORDER);
    ASSERT_TEXT(trial_result(&trial, "reference_type"), "orders_on_update");
    ASSERT_TEXT(trial_result(&trial, "output"), "approved");
    cr_assert_eq(strlen(trial_result(&trial, "requested_at")), strlen("2026-02-10T21:18:31Z"));
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.approval_requests"), "0");

    const char *id = trial_result(&trial, "approval_id");
    cr_assert_eq(strncmp(id, "approval_", 9), 0);
    trial.environment.attempt = 2;
    trial_done(&trial, "{\"approvers\": [\"" ANA "\"], \"approval_type\": \"any\"}");
    ASSERT_TEXT(trial_result(&trial, "approval_id"), id);
}

Test(seek_approval, what_was_saved_unchecked_runs_too)
{
    trial_done(&trial, "{}");
    trial_done(&trial, "{\"approvers\": [\"boss\"], \"approval_type\": \"most\", \"display_fields\": [1]}");
    trial_context(&trial, "{}");
    trial_done(&trial, "{}");
    ASSERT_TEXT(trial_result(&trial, "reference_id"), "00000000-0000-0000-0000-000000000000");
    ASSERT_TEXT(trial_result(&trial, "reference_type"), "_");
}

Test(seek_approval, every_text_of_validation)
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
