/* send_email as long as there is no mail server: noted, and counted as sent. */
#include "generated/send_email.h"

#include <criterion/criterion.h>
#include <string.h>

#include "trial.h"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "send_email");
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(send_email, .init = set_up, .fini = tear_down);

Test(send_email, counts_as_sent)
{
    const char *config = "{\"recipients\": [\"a@example.com\", \"b@example.com\"], \"subject\": \"For {{customer}}\","
                         " \"body\": \"x\", \"cc\": [1]}";
    trial_done(&trial, config);
    cr_assert_eq(trial.report.result.object.count, 6);
    ASSERT_TEXT(trial_result(&trial, "status"), "sent");
    ASSERT_TEXT(trial_result(&trial, "recipients"), "[\"a@example.com\",\"b@example.com\"]");
    ASSERT_TEXT(trial_result(&trial, "subject"), "For O'Hara \"x\"; --");
    ASSERT_TEXT(trial_result(&trial, "output"), "success");
    cr_assert_eq(strlen(trial_result(&trial, "sent_at")), strlen("2026-02-10T21:18:31Z"));
    const char *id = trial_result(&trial, "email_id");
    cr_assert_eq(strlen(id), UUID_TEXT_SIZE);
    trial.environment.attempt = 2;
    trial_done(&trial, config);
    ASSERT_TEXT(trial_result(&trial, "email_id"), id);
}

Test(send_email, fails_when_told_to)
{
    cr_assert_eq(trial_run(&trial, "{\"simulate_failure\": true, \"failure_message\": \"50% x %s\"}"), ACTION_RETRY);
    ASSERT_TEXT(trial.failure, "50% x %s");
    cr_assert_eq(trial_run(&trial, "{\"simulate_failure\": true}"), ACTION_RETRY);
    ASSERT_TEXT(trial.failure, "simulated email delivery failure");
}

Test(send_email, every_text_of_validation)
{
    ASSERT_TEXT(trial_check(&trial, "{\"recipients\": [\"a\"], \"subject\": \"s\"}"), "");
    ASSERT_TEXT(trial_check(&trial, "{\"simulate_failure\": true}"), "");
    ASSERT_TEXT(trial_check(&trial, "{\"recipients\": [], \"subject\": \"s\"}"),
                "email recipients list is required and must not be empty");
    ASSERT_TEXT(trial_check(&trial, "{\"recipients\": [\"a\"]}"), "email subject is required");
    cr_assert_eq(
        strncmp(trial_check(&trial, "{\"recipients\": [\"a\"], \"subject\": 5}"), "invalid configuration format: ", 30),
        0);
    trial_refused(&trial, "{\"recipients\": []}",
                  "email recipients list is required and must not be empty; email subject is required");
}
