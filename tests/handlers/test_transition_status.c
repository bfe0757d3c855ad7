#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "erp/protected_columns.h"
#include "generated/transition_status.h"
#include "trial.h"

static struct trial trial;

#define LINEAGE "{\"visited\": [\"" RULE ":" ORDER "\"], \"originating_execution_id\": \"" EXECUTION "\"}"
#define USER    "f3c95789-ace1-4954-ac5d-6baed2eac902"
#define NOBODY  "00000000-0000-0000-0000-000000000000"
#define TO(field_, to_, from_, more_)                                                                                  \
    "{\"target_entity\": \"sales.orders\", \"status_field\": \"" field_ "\", \"to_status\": \"" to_                    \
    "\", \"valid_from_statuses\": [" from_ "]" more_ "}"
#define ROW(columns_) "SELECT concat_ws('|', " columns_ ") FROM sales.orders WHERE id = '" ORDER "'"
#define OUTBOX(what_) "SELECT " what_ " FROM workflow.cascade_outbox"
#define PARAMS        "convert_from(decode(payload ->> 'RawParams', 'base64'), 'UTF8')::jsonb"

static void set_up(void)
{
    trial_open(&trial, "transition_status");
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"user_id\": \"" USER "\", \"next\": \"packed\","
                          " \"other\": \"" OTHER_ORDER "\", \"__cascade_lineage\": " LINEAGE "}");
    postgres_do("UPDATE sales.orders SET text_column = 'open', integer_column = 7, boolean_column = true,"
                " enum_column = 'good', char_column = 'a', uuid_column = '" OTHER_ORDER "'");
}

static void tear_down(void)
{
    protected_columns_enforce(true);
    trial_close(&trial);
}

TestSuite(transition_status, .init = set_up, .fini = tear_down);

static void assert_result(const char *transitioned, const char *from, const char *to, const char *output)
{
    ASSERT_TEXT(trial_result(&trial, "transitioned"), transitioned);
    ASSERT_TEXT(trial_result(&trial, "from_status"), from);
    ASSERT_TEXT(trial_result(&trial, "to_status"), to);
    ASSERT_TEXT(trial_result(&trial, "output"), output);
    cr_assert_eq(trial.report.result.object.count, 4u);
}

Test(transition_status, an_allowed_transition)
{
    const char *rest = "SELECT md5(string_agg((to_jsonb(o) - 'text_column')::text, ',' ORDER BY id))"
                       " FROM sales.orders o";
    const char *before = trial_sql(&trial, rest);
    trial_done(&trial, TO("text_column", "{{next}}", "\"new\", \"open\"", ""));
    assert_result("true", "open", "packed", "success");
    ASSERT_TEXT(trial_sql(&trial, "SELECT string_agg(text_column, ' ' ORDER BY number) FROM sales.orders"),
                "packed open");
    ASSERT_TEXT(trial_sql(&trial, rest), before);
}

Test(transition_status, a_transition_that_is_not_allowed)
{
    trial_done(&trial, TO("text_column", "packed", "\"new\", \"Open\", \"\"", ""));
    assert_result("false", "open", "packed", "invalid_transition");
    ASSERT_TEXT(trial_sql(&trial, ROW("text_column")), "open");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("count(*)")), "0");
}

Test(transition_status, from_null_nothing_is_allowed)
{
    postgres_do("UPDATE sales.orders SET text_column = NULL");
    trial_done(&trial, TO("text_column", "packed", "\"open\", \"null\", \"\"", ""));
    assert_result("false", "null", "packed", "invalid_transition");
    cr_assert_eq(json_get(&trial.report.result, TEXT("from_status"))->type, JSON_NULL);
}

/* Compared and written as texts. */
Test(transition_status, columns_of_other_types)
{
    static const struct {
        const char *config, *from, *column, *to;
    } rows[] = {
        {TO("integer_column", "8", "\"7\"", ""), "7", "integer_column", "8"},
        {TO("boolean_column", "false", "\"true\"", ""), "true", "boolean_column", "f"},
        {TO("enum_column", "bad", "\"good\"", ""), "good", "enum_column", "bad"},
        {TO("char_column", "b", "\"a\"", ""), "a", "char_column", "b  "},
        {TO("uuid_column", ORDER, "\"" OTHER_ORDER "\"", ""), OTHER_ORDER, "uuid_column", ORDER},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        trial_done(&trial, rows[i].config);
        ASSERT_TEXT(trial_result(&trial, "from_status"), rows[i].from);
        ASSERT_TEXT(trial_result(&trial, "output"), "success");
        ASSERT_TEXT(trial_sql(&trial, arena_print(trial.arena, ROW("%s"), rows[i].column).data), rows[i].to);
    }
}

Test(transition_status, the_same_status_again_is_a_write)
{
    trial_done(&trial, TO("text_column", "open", "\"open\"", ""));
    assert_result("true", "open", "open", "success");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("count(*)")), "1");
}

Test(transition_status, another_row)
{
    trial_done(&trial, TO("text_column", "packed", "\"open\"", ", \"target_id\": \"{{other}}\""));
    ASSERT_TEXT(trial_sql(&trial, "SELECT string_agg(text_column, ' ' ORDER BY number) FROM sales.orders"),
                "open packed");
    /* A template that expands to an empty text stands for the entity of the rule, like an absent id. */
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_done(&trial, TO("text_column", "packed", "\"open\"", ", \"target_id\": \"{{missing}}\""));
    ASSERT_TEXT(trial_sql(&trial, ROW("text_column")), "packed");
}

Test(transition_status, no_such_row)
{
    trial_refused(&trial, TO("text_column", "packed", "\"open\"", ", \"target_id\": \"" NOBODY "\""),
                  "entity not found: sales.orders with id " NOBODY);
    trial_context(&trial, "{}");
    trial_refused(&trial, TO("text_column", "packed", "\"open\"", ""),
                  "entity not found: sales.orders with id " NOBODY);
    trial_refused(&trial, TO("text_column", "packed", "\"open\"", ", \"target_id\": \"5\""),
                  "failed to read current status: ERROR: invalid input syntax for type uuid: \"5\" (SQLSTATE 22P02)");
    trial_refused(&trial, TO("status", "packed", "\"open\"", ", \"target_id\": \"" ORDER "\""),
                  "failed to read current status: ERROR: column \"status\" does not exist (SQLSTATE 42703)");
}

Test(transition_status, what_the_database_refuses)
{
    trial_refused(&trial, TO("integer_column", "packed", "\"7\"", ""),
                  "transition update failed: ERROR: invalid input syntax for type integer: \"packed\""
                  " (SQLSTATE 22P02)");
    postgres_do("ALTER TABLE sales.orders ADD CHECK (text_column <> 'lost')");
    trial_refused(&trial, TO("text_column", "lost", "\"open\"", ""),
                  "transition update failed: ERROR: new row for relation \"orders\" violates check constraint"
                  " \"orders_text_column_check\" (SQLSTATE 23514)");
    postgres_do("CREATE FUNCTION sales.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                "CREATE TRIGGER keep BEFORE UPDATE ON sales.orders FOR EACH ROW EXECUTE FUNCTION sales.keep()");
    trial_refused(&trial, TO("text_column", "packed", "\"open\"", ""),
                  "no rows updated for sales.orders with id " ORDER);
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("count(*)")), "0");
}

Test(transition_status, its_event)
{
    trial_done(&trial, TO("integer_column", "8", "\"7\"", ""));
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("concat_ws('|', domain, action, event_type, entity_name, payload ->> 'Domain',"
                                         " payload ->> 'Action', lineage = '" LINEAGE "')")),
                "order|updated|on_update|orders|order|updated|t");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX(PARAMS)),
                "{\"entity\": {\"id\": \"" ORDER "\", \"integer_column\": \"8\"}, \"userID\": \"" USER
                "\", \"entityID\": \"" ORDER "\", \"beforeEntity\": {\"id\": \"" ORDER
                "\", \"integer_column\": \"7\"}}");
}

Test(transition_status, without_an_outbox_or_a_domain)
{
    postgres_do("DROP TABLE workflow.cascade_outbox");
    trial_done(&trial, TO("text_column", "packed", "\"open\"", ""));
    ASSERT_TEXT(trial_sql(&trial, ROW("text_column")), "packed");
}

static const struct {
    const char *config, *faults;
} saved[] = {
    {"{}", "target_entity is required; status_field is required; to_status is required;"
           " valid_from_statuses is required and must not be empty"},
    {"{\"target_entity\": \"core.currencies\", \"status_field\": \"(select 1)\", \"to_status\": \"\","
     " \"valid_from_statuses\": []}",
     "invalid target_entity: core.currencies; invalid status_field: (select 1); to_status is required;"
     " valid_from_statuses is required and must not be empty"},
    {TO("*", "x", "\"y\"", ""), "invalid status_field: *"},
    {"{\"target_entity\": \"inventory.transfer_orders\", \"status_field\": \"status\", \"to_status\": \"approved\","
     " \"valid_from_statuses\": [\"pending\"]}",
     "field \"status\" on \"inventory.transfer_orders\" is protected and cannot be set by generic workflow actions;"
     " use the \"execute_transfer_order\" action: workflow: protected field"},
    {"{\"target_entity\": \"core.roles\", \"status_field\": \"name\", \"to_status\": \"x\","
     " \"valid_from_statuses\": [\"y\"]}",
     "field \"name\" on \"core.roles\" is protected and cannot be set by generic workflow actions:"
     " workflow: protected field"},
};

/* Faults are found when a rule is saved and when it runs, because saved rules may never have been checked. */
Test(transition_status, every_fault_of_a_config)
{
    for (size_t i = 0; i < sizeof(saved) / sizeof(saved[0]); i++) {
        ASSERT_TEXT(trial_check(&trial, saved[i].config), saved[i].faults);
        trial_refused(&trial, saved[i].config, saved[i].faults);
    }
    const char *wrong = TO("text_column", "x", "5", "");
    cr_assert_eq(strncmp(trial_check(&trial, wrong), "invalid configuration format: ", 30), 0);
    cr_assert_eq(trial_run(&trial, wrong), ACTION_OUTCOME_REFUSED);
    cr_assert_eq(strncmp(trial.failure, "failed to parse config: ", 24), 0, "%s", trial.failure);
    trial_refused(&trial, TO("text_column", "{{missing}}", "\"open\"", ""), "to_status is required");
}

Test(transition_status, protection_is_off_by_the_setting)
{
    protected_columns_enforce(false);
    ASSERT_TEXT(trial_check(&trial, saved[3].config), "");
    ASSERT_TEXT(trial_check(&trial, "{\"target_entity\": \"core.users\", \"status_field\": \"password_hash\","
                                    " \"to_status\": \"x\", \"valid_from_statuses\": [\"y\"]}"),
                "invalid status_field: password_hash");
    trial_done(&trial, "{\"target_entity\": \"workflow.entity_types\", \"status_field\": \"name\","
                       " \"target_id\": \"23cc390c-9354-40e3-8e1f-39485d23d1f3\", \"to_status\": \"x\","
                       " \"valid_from_statuses\": [\"table\"]}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT name FROM workflow.entity_types"), "x");
}

/* A bare name that is not a column stands for the row of the table with that name, with all its columns. */
Test(transition_status, names_of_tables_are_no_columns)
{
    static const char *const names[] = {"orders", "sales", "row_to_json", "current_user"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *config = arena_print(trial.arena, TO("%s", "x", "\"y\"", ""), names[i]).data;
        cr_assert_eq(trial_run(&trial, config), ACTION_OUTCOME_REFUSED, "%s", names[i]);
        cr_assert_not_null(strstr(trial.failure, "does not exist (SQLSTATE 42703)"), "%s", trial.failure);
    }
}

/* Another session holds the row and then writes it: the transition sees what it wrote. */
Test(transition_status, of_two_at_the_same_time_the_second_sees_the_first)
{
    struct arena *arena = arena_new(MIB(1), 0);
    struct database_fault fault = {.arena = arena};
    const struct database_wait wait = {0};
    struct database_session *other;
    struct database_rows rows;
    struct database_options options = postgres_options();
    struct database *database = database_new(&options);
    cr_assert_eq(database_begin(database, arena, &wait, &other, &fault), DATABASE_OK);
    cr_assert_eq(database_execute(other, arena,
                                  TEXT("UPDATE sales.orders SET text_column = 'taken' WHERE id = '" ORDER "'"), NULL, 0,
                                  &rows, &fault),
                 DATABASE_OK);
    /* It waits for the row until its deadline has passed. */
    trial.environment.limit.deadline_us = clock_monotonic_us() + 200000;
    cr_assert_eq(trial_run(&trial, TO("text_column", "packed", "\"open\"", "")), ACTION_OUTCOME_RETRY);
    cr_assert_eq(database_commit(other, &fault), DATABASE_OK);
    trial.environment.limit.deadline_us = clock_monotonic_us() + 60000000;
    trial_done(&trial, TO("text_column", "packed", "\"open\"", ""));
    assert_result("false", "taken", "packed", "invalid_transition");
    database_free(database);
    arena_free(arena);
}

Test(transition_status, out_of_memory)
{
    trial_out_of_memory(&trial, TO("text_column", "packed", "\"open\", \"packed\"", ""), ACTION_OUTCOME_DONE);
}
