/* Reminders to people who have not answered, and the checks of their times. */
#include <criterion/criterion.h>

#include "trial.h"

static struct trial trial;

#define ANA    "f3c95789-ace1-4954-ac5d-6baed2eac902"
#define MARCO  "cbf27734-ac10-4525-8b66-402800e03d2c"
#define LENA   "e0a3a91f-2346-4c13-bc27-ed12b10877a9"
#define ASKING "{\"approvers\": [\"" ANA "\", \"" MARCO "\"], \"approval_type\": \"any\""
#define PEOPLE                                                                                                         \
    "SELECT string_agg(a.title || ' ' || r.recipient_id, ', ' ORDER BY a.title, r.recipient_id)"                       \
    " FROM workflow.alerts AS a JOIN workflow.alert_recipients AS r ON r.alert_id = a.id"

static void set_up(void)
{
    trial_open(&trial, "seek_approval");
    trial.environment.async = true;
    trial.environment.task_token = TEXT("token");
    postgres_do("INSERT INTO workflow.automation_executions (id, entity_type, status) VALUES ('" EXECUTION
                "', 'orders', 'running')");
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(approval_reminder, .init = set_up, .fini = tear_down);

Test(approval_reminder, alerts_once_and_asks_nobody)
{
    trial.request.reminder = 1;
    for (unsigned attempt = 1; attempt <= 2; attempt++) {
        trial.environment.attempt = attempt;
        trial_done(&trial, ASKING "}");
        ASSERT_TEXT(trial_result(&trial, "output"), "success");
    }
    ASSERT_TEXT(trial_sql(&trial, PEOPLE), "Approval Reminder: Expedite " MARCO ", Approval Reminder: Expedite " ANA);
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.approval_requests"), "0");

    trial.request.reminder = 2;
    trial_done(&trial, ASKING "}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alerts"), "2");
}

Test(approval_reminder, is_not_the_alert_of_a_request)
{
    trial.request.ask = 1;
    cr_assert_eq(trial_run(&trial, ASKING "}"), ACTION_OUTCOME_PENDING, "%s", trial.failure);
    trial.request.ask = 0;
    trial.request.reminder = 1;
    trial_done(&trial, ASKING "}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alerts"), "2");
    ASSERT_TEXT(trial_sql(&trial, "SELECT status || count(*) FROM workflow.approval_requests GROUP BY status"),
                "pending1");
}

Test(approval_reminder, the_times_are_checked)
{
    static const char *const faults[][2] = {
        {"", ""},
        {", \"remind_after\": \"4h\", \"escalate_after\": \"1d\", \"escalate_to\": [\"" LENA "\"]", ""},
        {", \"remind_after\": \"soon\"", "remind_after must be a duration of a second or more, such as 90s, 2h or 7d"},
        {", \"remind_after\": \"999ms\"", "remind_after must be a duration of a second or more, such as 90s, 2h or 7d"},
        {", \"timeout_hours\": 4, \"remind_after\": \"4h\"", "remind_after is not before the timeout of 4 hours"},
        {", \"escalate_after\": \"3d\", \"escalate_to\": [\"" LENA "\"]",
         "escalate_after is not before the timeout of 72 hours"},
        {", \"escalate_after\": \"1h\"", "escalate_after needs escalate_to"},
        {", \"escalate_to\": [\"" LENA "\"]", "escalate_to needs escalate_after"},
        {", \"escalate_after\": \"1h\", \"escalate_to\": [\"" MARCO "\", \"" ANA "\"]",
         "escalate_to names only people who are approvers already"},
        {", \"escalate_after\": \"1h\", \"escalate_to\": [\"" MARCO "\", \"" LENA "\"]", ""},
        {", \"escalate_after\": \"1h\", \"escalate_to\": [\"boss\"]", "invalid escalate_to UUID \"boss\""},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        ASSERT_TEXT(trial_check(&trial, arena_print(trial.arena, ASKING "%s}", faults[i][0]).data), faults[i][1]);
}

Test(approval_reminder, at_most_a_hundred_people_are_asked)
{
    struct buffer config = buffer_in(trial.arena, 65536);
    buffer_add(&config, TEXT(ASKING ", \"escalate_after\": \"1h\", \"escalate_to\": [\"" LENA "\""));
    for (unsigned i = 0; i < 98; i++)
        buffer_print(&config, ",\"00000000-0000-4000-8000-%012u\"", i);
    buffer_add(&config, TEXT("]}"));
    ASSERT_TEXT(trial_check(&trial, buffer_text(&config).data), "at most 100 people can be asked one by one");
}

/* This is checked at the start, not only when the time has come. */
Test(approval_reminder, who_is_asked_later_must_be_a_user)
{
    trial_refused(&trial, ASKING ", \"escalate_after\": \"1h\", \"escalate_to\": [\"boss\"]}",
                  "invalid escalate_to UUID \"boss\" at index 0: invalid UUID length: 4");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.approval_requests"), "0");
}
