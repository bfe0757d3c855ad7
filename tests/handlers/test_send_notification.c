/* send_notification: an alert and its recipients, once. */
#include <criterion/criterion.h>
#include <string.h>

#include "generated/send_notification.h"
#include "trial.h"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "send_notification");
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(send_notification, .init = set_up, .fini = tear_down);

#define ANA        "f3c95789-ace1-4954-ac5d-6baed2eac902"
#define MARCO      "cbf27734-ac10-4525-8b66-402800e03d2c"
#define TO_BOTH    "\"recipients\": [\"" ANA "\", \"" MARCO "\"]"
#define ALERTS     "SELECT count(*) FROM workflow.alerts"
#define RECIPIENTS "SELECT count(*) FROM workflow.alert_recipients"

Test(send_notification, rows_are_as_the_erp_reads_them)
{
    trial_done(&trial, "{" TO_BOTH ", \"title\": \"Order of {{customer}}\", \"message\": \"{{quantity}} '\\\"; --\","
                       " \"priority\": \"high\"}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT concat_ws('|', alert_type, severity, title, message, context,"
                                  " source_entity_name, source_entity_id, source_rule_id, status, expires_date,"
                                  " action_url, created_date = updated_date,"
                                  " created_date BETWEEN (now() AT TIME ZONE 'UTC') - interval '1 minute'"
                                  " AND (now() AT TIME ZONE 'UTC')) FROM workflow.alerts"),
                "notification|high|Order of O'Hara \"x\"; --|1500000 '\"; --|{}|orders|" RULE "|active|t|t");
    ASSERT_TEXT(trial_sql(&trial, "SELECT string_agg(recipient_type || ' ' || recipient_id, ', ' ORDER BY recipient_id)"
                                  " FROM workflow.alert_recipients"),
                "user " MARCO ", user " ANA);
    ASSERT_TEXT(trial_sql(&trial, "SELECT id FROM workflow.alerts"), trial_result(&trial, "notification_id"));
    ASSERT_TEXT(trial_result(&trial, "status"), "sent");
    ASSERT_TEXT(trial_result(&trial, "recipients"), "2");
    ASSERT_TEXT(trial_result(&trial, "output"), "success");
    cr_assert_eq(strlen(trial_result(&trial, "sent_at")), strlen("2026-02-10T21:18:31Z"));
}

Test(send_notification, the_same_key_takes_effect_once)
{
    trial_done(&trial, "{" TO_BOTH ", \"message\": \"m\", \"priority\": \"low\"}");
    const char *first = trial_result(&trial, "notification_id");
    trial.environment.attempt = 2;
    trial_done(&trial, "{" TO_BOTH ", \"message\": \"m\", \"priority\": \"low\"}");
    ASSERT_TEXT(trial_result(&trial, "notification_id"), first);
    ASSERT_TEXT(trial_sql(&trial, ALERTS), "1");
    ASSERT_TEXT(trial_sql(&trial, RECIPIENTS), "2");
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_done(&trial, "{" TO_BOTH ", \"message\": \"m\", \"priority\": \"low\"}");
    ASSERT_TEXT(trial_sql(&trial, ALERTS), "2");
}

Test(send_notification, a_repeated_recipient_is_alerted_once)
{
    trial_done(&trial, "{\"recipients\": [\"" ANA "\", \"{" ANA "}\", \"" MARCO "\"], \"message\": \"m\"}");
    ASSERT_TEXT(trial_sql(&trial, RECIPIENTS), "2");
    ASSERT_TEXT(trial_result(&trial, "recipients"), "3");
    ASSERT_TEXT(trial_sql(&trial, "SELECT severity FROM workflow.alerts"), "low");
}

struct older {
    const char *config, *title, *message;
};

/* Configs of versions before `message`. */
static const struct older configs[] = {
    {"\"channels\": [\"in_app\"]", "Notification", "Notification from workflow 'Expedite'"},
    {"\"channels\": [{\"type\": \"email\"}, {\"type\": \"in_app\", \"config\": {\"message\": \"M\", \"title\": "
     "\"T\"}}]",
     "T", "M"},
    {"\"channels\": [{\"type\": \"email\", \"config\": {\"body\": \"B\", \"subject\": \"S\"}}]", "S", "B"},
    {"\"channels\": [{\"config\": {\"body\": 5}}, {\"config\": 7}, 8, null]", "Notification",
     "Notification from workflow 'Expedite'"},
    {"\"channels\": [{\"config\": {\"message\": \"M\", \"title\": \"T\"}}], \"message\": \"own\"", "", "own"},
    {"\"title\": \"own\"", "own", "Notification from workflow 'Expedite'"},
};

Test(send_notification, configs_of_every_version)
{
    for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
        trial_done(&trial,
                   arena_print(trial.arena, "{" TO_BOTH ", \"priority\": \"critical\", %s}", configs[i].config).data);
        ASSERT_TEXT(trial_sql(&trial, "SELECT title FROM workflow.alerts"), configs[i].title);
        ASSERT_TEXT(trial_sql(&trial, "SELECT message FROM workflow.alerts"), configs[i].message);
        postgres_do("DELETE FROM workflow.alerts");
    }
}

Test(send_notification, an_empty_list_of_recipients_is_skipped)
{
    trial_done(&trial, "{\"channel\": \"in_app\", \"title\": \"t\", \"message\": \"m\", \"priority\": \"normal\"}");
    ASSERT_TEXT(trial_result(&trial, "status"), "skipped");
    ASSERT_TEXT(trial_result(&trial, "recipients"), "0");
    ASSERT_TEXT(trial_result(&trial, "notification_id"), "00000000-0000-0000-0000-000000000000");
    ASSERT_TEXT(trial_sql(&trial, ALERTS), "0");
}

Test(send_notification, a_refusal_writes_nothing)
{
    trial_refused(&trial, "{\"recipients\": [\"" ANA "\", \"warehouse\"], \"message\": \"m\"}",
                  "invalid recipient UUID \"warehouse\": invalid UUID length: 9");
    trial_refused(&trial, "{\"recipients\": [\"f3c95789-ace1-4954-ac5d-6baed2eac90x\"], \"message\": \"m\"}",
                  "invalid recipient UUID \"f3c95789-ace1-4954-ac5d-6baed2eac90x\": invalid UUID format");
    trial_refused(&trial, "{\"recipients\": [\"" ANA "'); DROP TABLE workflow.alerts; --\"], \"message\": \"m\"}",
                  "invalid recipient UUID \"" ANA "'); DROP TABLE workflow.alerts; --\": invalid UUID length: 70");
    trial_refused(&trial, "{" TO_BOTH ", \"message\": \"m\", \"priority\": \"normal\"}", "invalid priority level");
    ASSERT_TEXT(trial_sql(&trial, ALERTS), "0");
    postgres_do("DROP TABLE workflow.alert_acknowledgments, workflow.alert_recipients, workflow.alerts");
    trial_refused(&trial, "{" TO_BOTH ", \"message\": \"m\"}", "create notification alert: undefined table");
}

Test(send_notification, a_deleted_rule_does_not_matter)
{
    trial.request.rule_id = TEXT(OTHER_ACTION);
    trial_done(&trial, "{" TO_BOTH ", \"message\": \"m\"}");
    trial.request.rule_id = TEXT_NONE;
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_context(&trial, "{}");
    trial_done(&trial, "{" TO_BOTH ", \"message\": \"m\"}");
    ASSERT_TEXT(trial_sql(&trial, ALERTS " WHERE source_rule_id IS NULL"), "2");
    ASSERT_TEXT(trial_sql(&trial, ALERTS " WHERE source_entity_name IS NULL"), "1");
}

Test(send_notification, every_validation_message)
{
    ASSERT_TEXT(trial_check(&trial, "{" TO_BOTH ", \"message\": \"m\", \"priority\": \"low\"}"), "");
    ASSERT_TEXT(trial_check(&trial, "{\"message\": \"m\", \"priority\": \"low\"}"),
                "recipients list is required and must not be empty");
    ASSERT_TEXT(trial_check(&trial, "{\"recipients\": [], \"message\": \"m\", \"priority\": \"low\"}"),
                "recipients list is required and must not be empty");
    ASSERT_TEXT(trial_check(&trial, "{\"recipients\": [\"x\"], \"message\": \"m\", \"priority\": \"low\"}"),
                "invalid recipient UUID \"x\"");
    ASSERT_TEXT(trial_check(&trial, "{" TO_BOTH ", \"priority\": \"low\"}"), "notification message is required");
    ASSERT_TEXT(trial_check(&trial, "{" TO_BOTH ", \"message\": \"m\"}"), "invalid priority level");
    ASSERT_TEXT(trial_check(&trial, "{" TO_BOTH ", \"message\": \"m\", \"priority\": \"normal\"}"),
                "invalid priority level");
    cr_assert_eq(strncmp(trial_check(&trial, "{" TO_BOTH ", \"message\": 5, \"priority\": \"low\"}"),
                         "invalid configuration format: ", 30),
                 0);
}
