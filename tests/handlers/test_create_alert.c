/* create_alert: an alert and its recipients, written once, and the earlier alerts it resolves. */
#include <criterion/criterion.h>
#include <string.h>

#include "generated/create_alert.h"
#include "trial.h"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "create_alert");
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(create_alert, .init = set_up, .fini = tear_down);

#define ANA        "f3c95789-ace1-4954-ac5d-6baed2eac902"
#define MARCO      "cbf27734-ac10-4525-8b66-402800e03d2c"
#define BUYERS     "e0a3a91f-2346-4c13-bc27-ed12b10877a9"
#define PRODUCT    "6a1f8f5b-6a4e-4d53-9f1d-1f9d3a1c7e55"
#define TO_ANA     "\"recipients\": {\"users\": [\"" ANA "\"]}"
#define ALERTS     "SELECT count(*) FROM workflow.alerts"
#define RECIPIENTS "SELECT count(*) FROM workflow.alert_recipients"

Test(create_alert, rows_are_as_the_erp_reads_them)
{
    trial_done(&trial, "{\"alert_type\": \"low_stock\", \"severity\": \"critical\", \"title\": \"For {{customer}}\","
                       " \"message\": \"{{quantity}} '\\\"; --\", \"recipients\": {\"users\": [\"" ANA "\", \"" MARCO
                       "\"], \"roles\": [\"" BUYERS "\"]}, \"context\": {\"who\": \"{{customer}}\", \"n\": 1.50},"
                       " \"action_url\": \"/orders/{{entity_id}}\"}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT concat_ws('|', alert_type, severity, title, message, source_entity_name,"
                                  " source_entity_id, source_rule_id, status, expires_date, action_url,"
                                  " created_date = updated_date,"
                                  " created_date BETWEEN (now() AT TIME ZONE 'UTC') - interval '1 minute'"
                                  " AND (now() AT TIME ZONE 'UTC')) FROM workflow.alerts"),
                "low_stock|critical|For O'Hara \"x\"; --|1500000 '\"; --|orders|" ORDER "|" RULE
                "|active|/orders/" ORDER "|t|t");
    ASSERT_TEXT(trial_sql(&trial, "SELECT context FROM workflow.alerts"),
                "{\"n\": 1.50, \"who\": \"O'Hara \\\"x\\\"; --\", \"rule_id\": \"" RULE
                "\", \"execution_id\": \"" EXECUTION "\"}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT string_agg(recipient_type || ' ' || recipient_id, ', ' ORDER BY"
                                  " recipient_type, recipient_id) FROM workflow.alert_recipients r"
                                  " JOIN workflow.alerts a ON a.id = r.alert_id AND a.created_date = r.created_date"),
                "user " MARCO ", user " ANA ", role " BUYERS);
    ASSERT_TEXT(trial_sql(&trial, "SELECT id FROM workflow.alerts"), trial_result(&trial, "alert_id"));
    ASSERT_TEXT(trial_result(&trial, "status"), "created");
    ASSERT_TEXT(trial_result(&trial, "resolved_count"), "0");
    ASSERT_TEXT(trial_result(&trial, "output"), "success");
    cr_assert_eq(trial.report.result.object.count, 4);
}

Test(create_alert, the_same_key_takes_effect_once)
{
    trial_done(&trial, "{\"message\": \"m\", " TO_ANA "}");
    const char *first = trial_result(&trial, "alert_id");
    trial.environment.attempt = 2;
    trial_done(&trial, "{\"message\": \"m\", " TO_ANA "}");
    ASSERT_TEXT(trial_result(&trial, "alert_id"), first);
    ASSERT_TEXT(trial_sql(&trial, ALERTS), "1");
    ASSERT_TEXT(trial_sql(&trial, RECIPIENTS), "1");
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_done(&trial, "{\"message\": \"m\", " TO_ANA "}");
    ASSERT_TEXT(trial_sql(&trial, ALERTS), "2");
}

Test(create_alert, a_repeated_recipient_is_alerted_once)
{
    trial_done(&trial, "{\"message\": \"m\", \"recipients\": {\"users\": [\"" ANA "\", \"urn:uuid:" ANA "\", \"{" ANA
                       "}\"], \"roles\": [\"" ANA "\", \"" BUYERS "\", \"" BUYERS "\"]}}");
    ASSERT_TEXT(trial_sql(&trial, RECIPIENTS " WHERE recipient_type = 'user'"), "1");
    ASSERT_TEXT(trial_sql(&trial, RECIPIENTS " WHERE recipient_type = 'role'"), "2");
}

Test(create_alert, absent_members_have_defaults)
{
    trial_context(&trial, "{}");
    trial.request.rule_id = TEXT_NONE;
    trial_done(&trial, "{\"message\": \"m\", " TO_ANA ", \"context\": null, \"unknown\": [1]}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT concat_ws('|', alert_type, severity, title, message, source_entity_name IS"
                                  " NULL, source_entity_id IS NULL, source_rule_id IS NULL, action_url IS NULL)"
                                  " FROM workflow.alerts"),
                "|medium||m|t|t|t|t");
    ASSERT_TEXT(trial_sql(&trial, "SELECT context FROM workflow.alerts"), "{\"execution_id\": \"" EXECUTION "\"}");
}

struct kept {
    const char *given, *kept;
};

#define IDS "\"rule_id\": \"" RULE "\", \"execution_id\": \"" EXECUTION "\""

static const struct kept contexts[] = {
    {"{}", "{" IDS "}"},
    {"{\"execution_id\": 1, \"rule_id\": 2, \"a\": [{\"b\": null}]}", "{\"a\": [{\"b\": null}], " IDS "}"},
    {"[1, \"{{customer}}\"]", "[1, \"O'Hara \\\"x\\\"; --\"]"}, /* old rules: any type */
    {"\"text\"", "\"text\""},
    {"5", "5"},
    {"{\"'; DROP TABLE workflow.alerts; --\": \"$1 %s \\\\ \\u00e4\"}",
     "{" IDS ", \"'; DROP TABLE workflow.alerts; --\": \"$1 %s \\\\ \u00e4\"}"},
};

Test(create_alert, the_context_is_stored_with_the_ids)
{
    for (size_t i = 0; i < sizeof(contexts) / sizeof(contexts[0]); i++) {
        trial_done(
            &trial,
            arena_print(trial.arena, "{\"message\": \"m\", " TO_ANA ", \"context\": %s}", contexts[i].given).data);
        ASSERT_TEXT(trial_sql(&trial, "SELECT context FROM workflow.alerts"), contexts[i].kept);
        postgres_do("DELETE FROM workflow.alerts");
    }
}

/* Runs the action under this id. */
static void alert_as(const char *action_id, const char *config)
{
    trial.request.action_id = text_from(action_id);
    trial_done(&trial, config);
}

#define FIRST     "10000000-0000-4000-8000-000000000001"
#define SECOND    "10000000-0000-4000-8000-000000000002"
#define THIRD     "10000000-0000-4000-8000-000000000003"
#define ABOUT(t_) "{\"alert_type\": \"" t_ "\", \"message\": \"m\", " TO_ANA ", \"resolve_prior\": true}"

static const char *const statuses =
    "SELECT string_agg(status::text, ' ' ORDER BY created_date, id) FROM workflow.alerts";

Test(create_alert, prior_alerts_are_resolved_and_counted)
{
    trial.keeps_effects = true;
    alert_as(FIRST, "{\"alert_type\": \"late\", \"message\": \"m\", " TO_ANA "}");
    alert_as(SECOND, "{\"alert_type\": \"late\", \"message\": \"m\", " TO_ANA ", \"resolve_prior\": false}");
    ASSERT_TEXT(trial_result(&trial, "resolved_count"), "0");
    postgres_do("UPDATE workflow.alerts SET status = 'acknowledged', updated_date = '2026-01-01'"
                " WHERE id = (SELECT id FROM workflow.alerts ORDER BY created_date LIMIT 1)");
    postgres_do("INSERT INTO workflow.alerts SELECT gen_random_uuid(), 'late', 'low', 't', 'm', '{}', 'orders', id,"
                " NULL, s::workflow.alert_status, NULL, '2026-01-01', '2026-01-01', NULL"
                " FROM (VALUES ('" ORDER "'::uuid, 'dismissed'), ('" ORDER "', 'resolved'), ('" OTHER_ORDER
                "', 'active'), (NULL, 'active')) AS other (id, s)");
    alert_as(THIRD, ABOUT("late"));
    ASSERT_TEXT(trial_result(&trial, "resolved_count"), "2");
    ASSERT_TEXT(trial_sql(&trial, ALERTS " WHERE status = 'active'"), "3");
    ASSERT_TEXT(trial_sql(&trial, ALERTS " WHERE status = 'resolved' AND updated_date > '2026-02-01'"), "2");
    ASSERT_TEXT(trial_sql(&trial, ALERTS " WHERE status = 'dismissed'"), "1");
    alert_as(THIRD, ABOUT("late"));
    ASSERT_TEXT(trial_result(&trial, "resolved_count"), "2");
    cr_assert(trial.report.stored_result);
}

/* In a database in which effects are not recorded. */
Test(create_alert, a_repeat_does_not_resolve_later_alerts)
{
    postgres_do("DROP TABLE workflow.action_effects");
    alert_as(FIRST, ABOUT("late"));
    alert_as(SECOND, ABOUT("late"));
    ASSERT_TEXT(trial_result(&trial, "resolved_count"), "1");
    alert_as(FIRST, ABOUT("late"));
    ASSERT_TEXT(trial_result(&trial, "resolved_count"), "0");
    ASSERT_TEXT(trial_sql(&trial, statuses), "resolved active");
    alert_as(THIRD, ABOUT("other"));
    ASSERT_TEXT(trial_result(&trial, "resolved_count"), "0");
    ASSERT_TEXT(trial_sql(&trial, statuses), "resolved active active");
}

Test(create_alert, without_a_type_or_an_entity_nothing_is_resolved)
{
    alert_as(FIRST, ABOUT(""));
    alert_as(SECOND, ABOUT(""));
    ASSERT_TEXT(trial_result(&trial, "resolved_count"), "0");
    trial_context(&trial, "{\"entity_id\": \"nobody\"}");
    alert_as(THIRD, ABOUT("late"));
    alert_as(ACTION, ABOUT("late"));
    ASSERT_TEXT(trial_result(&trial, "resolved_count"), "0");
    ASSERT_TEXT(trial_sql(&trial, statuses), "active active active active");
}

#define LABELLED                                                                                                       \
    "{\"title\": \"{{order_number}}\", \"message\": \"{{ product_name | uppercase }} of {{customer}}\", " TO_ANA       \
    ", \"action_url\": \"/o/{{order_number}}\"}"

static const char *const shown = "SELECT concat_ws('|', title, message, action_url) FROM workflow.alerts";

Test(create_alert, labels_are_looked_up)
{
    postgres_do("INSERT INTO products.products VALUES ('" PRODUCT "', 'Deck brush')");
    trial_context(&trial, "{\"order_id\": \"" ORDER "\", \"product_id\": \"{" PRODUCT "}\", \"customer\": \"Ana\"}");
    trial_done(&trial, LABELLED);
    ASSERT_TEXT(trial_sql(&trial, shown), "SO-1|DECK BRUSH of Ana|/o/SO-1");
}

Test(create_alert, a_label_takes_precedence_over_the_context)
{
    trial_context(&trial, "{\"order_id\": \"" ORDER "\", \"order_number\": \"old\", \"product_name\": \"own\","
                          " \"customer\": \"Ana\"}");
    trial_done(&trial, LABELLED);
    ASSERT_TEXT(trial_sql(&trial, shown), "SO-1|OWN of Ana|/o/SO-1");
}

Test(create_alert, missing_labels_are_ignored)
{
    static const char *const contexts_without[] = {
        "{\"customer\": \"Ana\"}",
        "{\"order_id\": \"SO-1\", \"product_id\": 5, \"customer\": \"Ana\"}",
        "{\"order_id\": \"" RULE "\", \"product_id\": \"" RULE "\", \"customer\": \"Ana\"}",
    };
    for (size_t i = 0; i < sizeof(contexts_without) / sizeof(contexts_without[0]); i++) {
        trial_context(&trial, contexts_without[i]);
        trial_done(&trial, LABELLED);
        ASSERT_TEXT(trial_sql(&trial, shown), "| of Ana|/o/");
        postgres_do("DELETE FROM workflow.alerts");
    }
    postgres_do("DROP TABLE sales.orders CASCADE; ALTER TABLE products.products DROP COLUMN name");
    trial_done(&trial, LABELLED);
    ASSERT_TEXT(trial_sql(&trial, shown), "| of Ana|/o/");
}

Test(create_alert, an_erp_without_action_url)
{
    postgres_do("ALTER TABLE workflow.alerts DROP COLUMN action_url");
    trial_done(&trial, "{\"alert_type\": \"late\", \"message\": \"m\", " TO_ANA ", \"action_url\": \"/x\","
                       " \"resolve_prior\": true}");
    ASSERT_TEXT(trial_sql(&trial, ALERTS), "1");
    ASSERT_TEXT(trial_sql(&trial, RECIPIENTS), "1");
}

Test(create_alert, recipients_may_come_from_the_context)
{
    trial_context(&trial, "{\"user_id\": \"" ANA "\"}");
    trial_done(&trial, "{\"message\": \"m\", \"recipients\": {\"users\": [\"{{user_id}}\"]}}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT recipient_id FROM workflow.alert_recipients"), ANA);
}

/* Invalid configs that the ERP's editor accepted are performed as far as possible. */
Test(create_alert, unvalidated_configs)
{
    trial_done(&trial, "{}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT concat_ws('|', severity, title, message) FROM workflow.alerts"), "medium||");
    ASSERT_TEXT(trial_sql(&trial, RECIPIENTS), "0");
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_done(&trial, "{\"MESSAGE\": \"m\", \"Recipients\": {\"Users\": [\"" ANA "\"], \"roles\": null}}");
    ASSERT_TEXT(trial_sql(&trial, RECIPIENTS), "1");
}

Test(create_alert, a_refusal_writes_nothing)
{
    trial_refused(&trial, "{\"message\": \"m\", \"recipients\": {\"users\": [\"" ANA "\", \"warehouse\"]}}",
                  "invalid user UUID \"warehouse\": invalid UUID length: 9");
    trial_refused(&trial,
                  "{\"message\": \"m\", \"recipients\": {\"roles\": [\"f3c95789-ace1-4954-ac5d-6baed2eac90x\"]}}",
                  "invalid role UUID \"f3c95789-ace1-4954-ac5d-6baed2eac90x\": invalid UUID format");
    trial_refused(&trial, "{\"message\": \"m\", \"recipients\": {\"users\": [\"urm:uuid:" ANA "\"]}}",
                  "invalid user UUID \"urm:uuid:" ANA "\": invalid urn prefix: \"urm:uuid:\"");
    trial_refused(&trial,
                  "{\"message\": \"m\", \"recipients\": {\"users\": [\"" ANA "'); DROP TABLE workflow.alerts; --\"]}}",
                  "invalid user UUID \"" ANA "'); DROP TABLE workflow.alerts; --\": invalid UUID length: 70");
    trial_refused(&trial, "{\"message\": \"m\", " TO_ANA ", \"severity\": \"urgent\"}",
                  "invalid severity level: urgent");
    trial_refused(&trial, "{\"message\": 5, " TO_ANA "}", "invalid config: message: expected string, found number");
    ASSERT_TEXT(trial_sql(&trial, ALERTS), "0");
}

Test(create_alert, alert_and_recipients_are_written_together)
{
    postgres_do("ALTER TABLE workflow.alert_recipients ADD CHECK (recipient_id <> '" MARCO "')");
    trial_refused(&trial, "{\"message\": \"m\", \"recipients\": {\"users\": [\"" ANA "\", \"" MARCO "\"]}}",
                  "create alert: ERROR: new row for relation \"alert_recipients\" violates check constraint"
                  " \"alert_recipients_recipient_id_check\" (SQLSTATE 23514)");
    ASSERT_TEXT(trial_sql(&trial, ALERTS), "0");
    ASSERT_TEXT(trial_sql(&trial, RECIPIENTS), "0");
    postgres_do("DROP TABLE workflow.alert_acknowledgments, workflow.alert_recipients, workflow.alerts");
    trial_refused(&trial, "{\"message\": \"m\", " TO_ANA "}", "create alert: undefined table");
}

Test(create_alert, a_deleted_rule_does_not_matter)
{
    trial.request.rule_id = TEXT(OTHER_ACTION);
    trial_done(&trial, "{\"message\": \"m\", " TO_ANA "}");
    ASSERT_TEXT(
        trial_sql(&trial, ALERTS " WHERE source_rule_id IS NULL AND context ->> 'rule_id' = '" OTHER_ACTION "'"), "1");
}

Test(create_alert, sql_in_a_value_is_data)
{
    static const char *const values[] = {
        "'; DROP TABLE workflow.alerts; --", "\"", "\\'", "$1", "%s %n", "{a,b}", "NULL", "\u00e4\u20ac"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct buffer value = buffer_in(trial.arena, 256);
        json_write_string(&value, text_from(values[i]));
        const char *json = buffer_text(&value).data;
        trial_context(&trial,
                      arena_print(trial.arena, "{\"entity_id\": \"" ORDER "\", \"entity_name\": %s}", json).data);
        trial_done(&trial,
                   arena_print(trial.arena,
                               "{\"alert_type\": %s, \"title\": %s, \"message\": %s, \"action_url\": %s, " TO_ANA
                               ", \"context\": {\"a\": %s}, \"resolve_prior\": true}",
                               json, json, json, json, json)
                       .data);
        ASSERT_TEXT(trial_sql(&trial, "SELECT title FROM workflow.alerts WHERE title = message AND title = alert_type"
                                      " AND title = action_url AND title = source_entity_name"
                                      " AND title = context ->> 'a'"),
                    values[i]);
        postgres_do("DELETE FROM workflow.alerts");
    }
}

Test(create_alert, every_validation_message)
{
    ASSERT_TEXT(trial_check(&trial, "{\"message\": \"m\", " TO_ANA "}"), "");
    ASSERT_TEXT(trial_check(&trial, "{\"message\": \"m\", \"recipients\": {\"roles\": [\"" ANA "\"]}}"), "");
    ASSERT_TEXT(trial_check(&trial, "{\"message\": \"m\", \"recipients\": {\"users\": [\"{{user_id}}\"]}}"), "");
    ASSERT_TEXT(trial_check(&trial, "{" TO_ANA "}"), "alert message is required");
    ASSERT_TEXT(trial_check(&trial, "{\"message\": \"\", " TO_ANA "}"), "alert message is required");
    ASSERT_TEXT(trial_check(&trial, "{\"message\": \"m\"}"), "at least one recipient is required");
    ASSERT_TEXT(trial_check(&trial, "{\"message\": \"m\", \"recipients\": {}}"), "at least one recipient is required");
    ASSERT_TEXT(trial_check(&trial, "{\"message\": \"m\", \"recipients\": {\"users\": [], \"roles\": []}}"),
                "at least one recipient is required");
    ASSERT_TEXT(trial_check(&trial, "{\"message\": \"m\", " TO_ANA ", \"severity\": \"urgent\"}"),
                "invalid severity level: urgent");
    ASSERT_TEXT(trial_check(&trial, "{\"message\": \"m\", \"recipients\": {\"users\": [\"x\"]}}"),
                "invalid user UUID \"x\"");
    ASSERT_TEXT(trial_check(&trial, "{\"message\": \"m\", \"recipients\": {\"roles\": [\"x\"]}}"),
                "invalid role UUID \"x\"");
    cr_assert_eq(strncmp(trial_check(&trial, "{\"message\": \"m\", \"recipients\": [\"x\"]}"),
                         "invalid configuration format: ", 30),
                 0);
}
