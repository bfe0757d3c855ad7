#include <criterion/criterion.h>
#include <string.h>

#include "erp/protected_columns.h"
#include "generated/create_entity.h"
#include "trial.h"

static struct trial trial;

#define LINEAGE        "{\"visited\": [\"" RULE ":" ORDER "\"], \"originating_execution_id\": \"" EXECUTION "\"}"
#define USER           "f3c95789-ace1-4954-ac5d-6baed2eac902"
#define NOBODY         "00000000-0000-0000-0000-000000000000"
#define BRAND(fields_) "{\"target_entity\": \"products.brands\", \"fields\": {" fields_ "}}"
#define MADE(what_)    "SELECT " what_ " FROM products.brands WHERE code = 9"
#define OUTBOX(what_)  "SELECT " what_ " FROM workflow.cascade_outbox"
#define PARAMS         "convert_from(decode(payload ->> 'RawParams', 'base64'), 'UTF8')::jsonb"
#define BRANDS         "SELECT count(*) FROM products.brands"

static void set_up(void)
{
    trial_open(&trial, "create_entity");
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"user_id\": \"" USER "\", \"name\": \"O'Hara\", \"n\": 9,"
                          " \"ready\": true, \"nothing\": null, \"__cascade_lineage\": " LINEAGE "}");
}

static void tear_down(void)
{
    protected_columns_enforce(true);
    trial_close(&trial);
}

TestSuite(create_entity, .init = set_up, .fini = tear_down);

Test(create_entity, inserts_a_row)
{
    trial_done(&trial, BRAND("\"name\": \"For {{name}}\", \"code\": \"{{n}}\", \"ready\": \"{{ready}}\""));
    ASSERT_TEXT(trial_sql(&trial, MADE("concat_ws('|', name, ready, note IS NULL)")), "For O'Hara|t|t");
    ASSERT_TEXT(trial_result(&trial, "created_id"), trial_sql(&trial, MADE("id")));
    ASSERT_TEXT(trial_result(&trial, "target_entity"), "products.brands");
    ASSERT_TEXT(trial_result(&trial, "status"), "success");
    ASSERT_TEXT(trial_result(&trial, "output"), "success");
    cr_assert_eq(trial.report.result.object.count, 4u);
    ASSERT_TEXT(trial_sql(&trial, BRANDS), "3");
}

Test(create_entity, an_id_of_its_own)
{
    trial_done(&trial, BRAND("\"id\": \"{{entity_id}}\", \"name\": \"x\", \"code\": 9"));
    ASSERT_TEXT(trial_result(&trial, "created_id"), ORDER);
    ASSERT_TEXT(trial_sql(&trial, MADE("id")), ORDER);
    ASSERT_TEXT(trial_sql(&trial, OUTBOX(PARAMS " ->> 'entityID'")), ORDER);
    trial_refused(&trial, BRAND("\"id\": \"{{entity_id}}\", \"name\": \"x\", \"code\": 8"),
                  "entity creation failed: duplicated entry");
}

/* Values are bound by the types of their columns. */
Test(create_entity, values_of_every_kind)
{
    trial_done(
        &trial,
        "{\"target_entity\": \"sales.orders\", \"fields\": {\"number\": 5, \"text_column\": true,"
        " \"integer_column\": \"{{n}}\", \"numeric_column\": 1.10, \"boolean_column\": \"{{ready}}\","
        " \"jsonb_column\": {\"a\": [\"{{name}}\"]}, \"texts_column\": [\"{{name}}\", \"}\"],"
        " \"timestamp_column\": \"2026-02-10T21:18:31Z\", \"uuid_column\": null, \"status_id\": \"{{nothing}}\"}}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT concat_ws('|', text_column, integer_column, numeric_column, boolean_column,"
                                  " jsonb_column, texts_column, timestamp_column, uuid_column IS NULL,"
                                  " status_id IS NULL) FROM sales.orders WHERE number = '5'"),
                "true|9|1.10|t|{\"a\": [\"O'Hara\"]}|{O'Hara,\"}\"}|2026-02-10 21:18:31|t|t");
}

Test(create_entity, its_event)
{
    trial_done(&trial, BRAND("\"name\": \"{{name}}\", \"code\": 9, \"note\": null"));
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("concat_ws('|', domain, action, event_type, entity_name, payload ->> 'Domain',"
                                         " payload ->> 'Action', lineage = '" LINEAGE "')")),
                "brand|created|on_create|brands|brand|created|t");
    const char *id = trial_result(&trial, "created_id");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX(PARAMS)),
                arena_print(trial.arena,
                            "{\"entity\": {\"id\": \"%s\", \"code\": 9, \"name\": \"O'Hara\", \"note\": null},"
                            " \"userID\": \"" USER "\", \"entityID\": \"%s\"}",
                            id, id)
                    .data);
}

/* The event has the values of the config, not those of the row. */
Test(create_entity, an_event_holds_the_values_of_the_config)
{
    trial_done(&trial, BRAND("\"name\": 5, \"code\": \"9\""));
    ASSERT_TEXT(trial_sql(&trial, OUTBOX(PARAMS " -> 'entity' -> 'name'")), "5");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX(PARAMS " -> 'entity' -> 'code'")), "\"9\"");
}

Test(create_entity, without_an_outbox)
{
    postgres_do("DROP TABLE workflow.cascade_outbox");
    trial_done(&trial, BRAND("\"name\": \"x\", \"code\": 9"));
    ASSERT_TEXT(trial_sql(&trial, BRANDS), "3");
}

Test(create_entity, what_the_database_refuses)
{
    static const struct {
        const char *config, *failure;
    } rows[] = {
        {BRAND("\"code\": 9"),
         "entity creation failed: ERROR: null value in column \"name\" of relation \"brands\" violates not-null"
         " constraint (SQLSTATE 23502)"},
        {BRAND("\"name\": \"x\", \"code\": 1"), "entity creation failed: duplicated entry"},
        {BRAND("\"name\": \"x\", \"size\": 1"),
         "entity creation failed: ERROR: column \"size\" of relation \"brands\" does not exist (SQLSTATE 42703)"},
        {BRAND("\"name\": \"x\", \"ready\": 1"),
         "entity creation failed: a number does not fit column \"ready\" of type boolean"},
        {"{\"target_entity\": \"sales.orders\", \"fields\": {\"number\": \"SO-9\", \"status_id\": \"" ORDER "\"}}",
         "entity creation failed: foreign key violation"},
        {"{\"target_entity\": \"inventory.inspections\", \"fields\": {\"status\": \"x\"}}",
         "entity creation failed: undefined table"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        trial_refused(&trial, rows[i].config, rows[i].failure);
    ASSERT_TEXT(trial_sql(&trial, BRANDS), "2");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("count(*)")), "0");
}

#define PROTECTED(column_, table_)                                                                                     \
    "field \"" column_ "\" on \"" table_ "\" is protected and cannot be set by generic workflow actions"
#define END ": workflow: protected field"

static const struct {
    const char *config, *faults;
} saved[] = {
    {"{}", "target_entity is required; fields is required and must not be empty"},
    {"{\"target_entity\": \"core.currencies\", \"fields\": {}}",
     "invalid target_entity: core.currencies; fields is required and must not be empty"},
    {BRAND("\"name, code\": 1"), "invalid field: name, code"},
    {BRAND("\"Name\": 1"), "invalid field: Name"},
    {"{\"target_entity\": \"core.users\", \"fields\": {\"username\": \"x\", \"roles\": \"{ADMIN}\","
     " \"enabled\": true}}",
     PROTECTED("roles", "core.users") END},
    {"{\"target_entity\": \"sales.order_line_items\", \"fields\": {\"quantity\": 1}}",
     PROTECTED("quantity", "sales.order_line_items") END},
    {"{\"target_entity\": \"sales.orders\", \"fields\": {\"order_fulfillment_status_id\": \"x\"}}",
     PROTECTED("order_fulfillment_status_id", "sales.orders") "; use the \"release_to_picking\" action" END},
    {"{\"target_entity\": \"core.user_roles\", \"fields\": {\"role_id\": \"x\"}}",
     PROTECTED("", "core.user_roles") END},
};

/* Faults are found when a rule is saved and when it runs, because saved rules may never have been checked. */
Test(create_entity, every_fault_of_a_config)
{
    for (size_t i = 0; i < sizeof(saved) / sizeof(saved[0]); i++) {
        ASSERT_TEXT(trial_check(&trial, saved[i].config), saved[i].faults);
        trial_refused(&trial, saved[i].config, saved[i].faults);
    }
    const char *wrong = "{\"target_entity\": \"products.brands\", \"fields\": [1]}";
    cr_assert_eq(strncmp(trial_check(&trial, wrong), "invalid configuration format: ", 30), 0);
    cr_assert_eq(trial_run(&trial, wrong), ACTION_OUTCOME_REFUSED);
    cr_assert_eq(strncmp(trial.failure, "failed to parse config: ", 24), 0, "%s", trial.failure);
}

Test(create_entity, protection_is_off_by_the_setting)
{
    protected_columns_enforce(false);
    trial_done(&trial, "{\"target_entity\": \"workflow.entity_types\", \"fields\": {\"name\": \"view\"}}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.entity_types"), "2");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("count(*)")), "0");
}

/* Without the ledger a repeat finds the row by its id. */
Test(create_entity, a_repeat_without_the_ledger)
{
    postgres_do("DROP TABLE workflow.action_effects");
    trial_done(&trial, BRAND("\"name\": \"x\", \"code\": 9"));
    const char *id = trial_result(&trial, "created_id");
    trial.environment.attempt = 2;
    trial_done(&trial, BRAND("\"name\": \"x\", \"code\": 9"));
    ASSERT_TEXT(trial_result(&trial, "created_id"), id);
    ASSERT_TEXT(trial_sql(&trial, BRANDS), "3");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("count(*)")), "1");
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_refused(&trial, BRAND("\"name\": \"x\", \"code\": 9"), "entity creation failed: duplicated entry");
}

Test(create_entity, out_of_memory)
{
    trial_out_of_memory(&trial, BRAND("\"name\": \"{{name}}\", \"note\": 5"), ACTION_OUTCOME_DONE);
}
