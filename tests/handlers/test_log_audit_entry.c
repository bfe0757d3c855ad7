#include <criterion/criterion.h>
#include <string.h>

#include "generated/log_audit_entry.h"
#include "trial.h"

static struct trial trial;

#define USER   "f3c95789-ace1-4954-ac5d-6baed2eac902"
#define NOBODY "00000000-0000-0000-0000-000000000000"
#define ENTRY(more_)                                                                                                   \
    "{\"entity_name\": \"{{entity_name}}\", \"action\": \"flag {{n}}\", \"message\": \"For {{customer}}\"" more_ "}"
#define LOG(what_) "SELECT " what_ " FROM workflow.audit_log"

static void set_up(void)
{
    trial_open(&trial, "log_audit_entry");
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"entity_name\": \"orders\", \"user_id\": \"" USER "\","
                          " \"n\": 5, \"rush\": true, \"customer\": \"O'Hara\", \"other\": \"" OTHER_ORDER "\"}");
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(log_audit_entry, .init = set_up, .fini = tear_down);

Test(log_audit_entry, writes_a_row)
{
    trial_done(&trial, ENTRY(", \"metadata\": {\"n\": \"{{n}}\", \"rush\": \"{{rush}}\", \"a\": \"{{n}} of "
                             "{{customer}}\", \"b\": [{\"c\": \"{{customer}}\"}]}"));
    ASSERT_TEXT(trial_sql(&trial, LOG("concat_ws('|', entity_name, entity_id, action, message, rule_id, execution_id,"
                                      " user_id)")),
                "orders|" ORDER "|flag 5|For O'Hara|" RULE "|" EXECUTION "|" USER);
    ASSERT_TEXT(trial_sql(&trial, LOG("metadata")),
                "{\"a\": \"5 of O'Hara\", \"b\": [{\"c\": \"O'Hara\"}], \"n\": 5, \"rush\": true}");
    ASSERT_TEXT(trial_sql(&trial, LOG("abs(extract(epoch FROM created_date - now() AT TIME ZONE 'UTC')) < 60")), "t");
    ASSERT_TEXT(trial_result(&trial, "audit_id"), trial_sql(&trial, LOG("id")));
    ASSERT_TEXT(trial_result(&trial, "status"), "logged");
    ASSERT_TEXT(trial_result(&trial, "output"), "success");
    cr_assert_eq(trial.report.result.object.count, 3u);
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "0");
}

Test(log_audit_entry, metadata_of_nothing_and_of_no_members)
{
    trial_done(&trial, ENTRY(""));
    ASSERT_TEXT(trial_sql(&trial, LOG("metadata IS NULL")), "t");
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_done(&trial, ENTRY(", \"metadata\": {}"));
    ASSERT_TEXT(trial_sql(&trial, LOG("string_agg(metadata::text, ',')")), "{}");
}

Test(log_audit_entry, the_entity)
{
    static const struct {
        const char *id, *stored;
    } rows[] = {
        {", \"entity_id\": \"{{other}}\"", OTHER_ORDER},
        {", \"entity_id\": \"" OTHER_ORDER "\"", OTHER_ORDER},
        {", \"entity_id\": \"\"", ORDER},
        {", \"entity_id\": \"{{missing}}\"", ORDER},
        {", \"entity_id\": \"SO-1\"", ORDER},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        trial_done(&trial, arena_print(trial.arena, ENTRY("%s"), rows[i].id).data);
        ASSERT_TEXT(trial_sql(&trial, LOG("entity_id")), rows[i].stored);
        postgres_do("DELETE FROM workflow.audit_log");
    }
}

Test(log_audit_entry, ids_that_are_not_known)
{
    trial_context(&trial, "{\"entity_name\": \"orders\"}");
    trial.request.rule_id = TEXT_NONE;
    trial_done(&trial, ENTRY(""));
    ASSERT_TEXT(trial_sql(&trial, LOG("concat_ws('|', entity_id, rule_id IS NULL, user_id IS NULL, execution_id)")),
                NOBODY "|t|t|" EXECUTION);
}

Test(log_audit_entry, every_fault_of_a_config)
{
    const char *all = "entity_name is required; action is required; message is required";
    ASSERT_TEXT(trial_check(&trial, "{}"), all);
    trial_refused(&trial, "{}", all);
    trial_refused(&trial, "{\"entity_name\": \"x\", \"action\": \"{{missing}}\", \"message\": \"\"}",
                  "action is required; message is required");
    const char *wrong = "{\"entity_name\": [], \"action\": \"x\", \"message\": \"x\"}";
    cr_assert_eq(strncmp(trial_check(&trial, wrong), "invalid configuration format: ", 30), 0);
    cr_assert_eq(trial_run(&trial, wrong), ACTION_OUTCOME_REFUSED);
    cr_assert_eq(strncmp(trial.failure, "failed to parse config: ", 24), 0, "%s", trial.failure);
}

Test(log_audit_entry, without_the_table)
{
    postgres_do("DROP TABLE workflow.audit_log");
    trial_refused(&trial, ENTRY(""), "audit log insert failed: undefined table");
}

/* The ERP's table is partitioned by the date of the entry, which is in its key. */
Test(log_audit_entry, in_a_partitioned_table)
{
    postgres_do("ALTER TABLE workflow.audit_log RENAME TO plain_log;"
                "CREATE TABLE workflow.audit_log (LIKE workflow.plain_log INCLUDING DEFAULTS,"
                " PRIMARY KEY (id, created_date)) PARTITION BY RANGE (created_date);"
                "CREATE TABLE workflow.audit_log_default PARTITION OF workflow.audit_log DEFAULT;"
                "DROP TABLE workflow.action_effects");
    trial_done(&trial, ENTRY(""));
    const char *id = trial_result(&trial, "audit_id");
    trial.environment.attempt = 2;
    trial_done(&trial, ENTRY(""));
    ASSERT_TEXT(trial_sql(&trial, LOG("count(*)")), "1");
    ASSERT_TEXT(trial_result(&trial, "audit_id"), id);
}

Test(log_audit_entry, out_of_memory)
{
    trial_out_of_memory(&trial, ENTRY(", \"metadata\": {\"a\": \"{{n}}\"}"), ACTION_OUTCOME_DONE);
}
