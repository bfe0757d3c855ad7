/* Events for other rules: rows of workflow.cascade_outbox as the ERP's relay reads them. */
#include <criterion/criterion.h>

#include "stock.h"

static struct trial trial;

#define LINEAGE "{\"visited\": [\"" RULE ":" ORDER "\"], \"originating_execution_id\": \"" EXECUTION "\"}"
#define USER    "f3c95789-ace1-4954-ac5d-6baed2eac902"
#define NOBODY  "00000000-0000-0000-0000-000000000000"

static void set_up(void)
{
    trial_open(&trial, "update_field");
    trial_context(&trial,
                  "{\"entity_id\": \"" ORDER "\", \"user_id\": \"" USER "\", \"customer\": \"O'Hara \\\"x\\\"\","
                  " \"__cascade_lineage\": " LINEAGE "}");
    stock_locations();
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(cascade, .init = set_up, .fini = tear_down);

#define OUTBOX(what_) "SELECT " what_ " FROM workflow.cascade_outbox"
/* JSON in base64 in the JSON of the payload. */
#define PARAMS "convert_from(decode(payload ->> 'RawParams', 'base64'), 'UTF8')::jsonb"
#define COUNT  OUTBOX("count(*)")

#define SET(field_, value_, more_)                                                                                     \
    "{\"target_entity\": \"sales.orders\", \"target_field\": \"" field_ "\", \"new_value\": " value_ more_ "}"

Test(cascade, an_update_writes_an_event)
{
    trial_done(&trial, SET("text_column", "\"for {{customer}}\"", ""));
    ASSERT_TEXT(trial_result(&trial, "records_affected"), "1");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("concat_ws('|', domain, action, event_type, entity_name, attempts, dead,"
                                         " payload ->> 'Domain', payload ->> 'Action', lineage = '" LINEAGE "')")),
                "order|updated|on_update|orders|0|f|order|updated|t");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("string_agg(key, ' ' ORDER BY key)") ", jsonb_object_keys(payload) key"),
                "Action Domain RawParams");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX(PARAMS)),
                "{\"entity\": {\"id\": \"" ORDER "\", \"text_column\": \"for O'Hara \\\"x\\\"\"}, \"userID\": \"" USER
                "\", \"entityID\": \"" ORDER "\"}");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("payload ->> 'RawParams' ~ '^[A-Za-z0-9+/]+=*$'")), "t");
}

Test(cascade, values_keep_their_type)
{
    static const struct {
        const char *field, *value, *stored;
    } rows[] = {
        {"numeric_column", "1.50", "1.50"},
        {"boolean_column", "true", "true"},
        {"jsonb_column", "{\"a\": [1, null]}", "{\"a\": [1, null]}"},
        {"integer_column", "null", "null"},
        {"text_column", "\"\\u00e4'; DROP TABLE workflow.cascade_outbox; --\"",
         "\"\u00e4'; DROP TABLE workflow.cascade_outbox; --\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        trial_done(&trial, arena_print(trial.arena,
                                       "{\"target_entity\": \"sales.orders\", \"target_field\": \"%s\","
                                       " \"new_value\": %s}",
                                       rows[i].field, rows[i].value)
                               .data);
        ASSERT_TEXT(
            trial_sql(&trial, arena_print(trial.arena, OUTBOX(PARAMS " -> 'entity' -> '%s'"), rows[i].field).data),
            rows[i].stored);
        postgres_do("DELETE FROM workflow.cascade_outbox");
    }
}

Test(cascade, the_event_names_the_updated_row)
{
    static const struct {
        const char *conditions, *affected, *row;
    } rows[] = {
        {"", "1", ORDER},
        {", \"conditions\": [{\"field_name\": \"id\", \"operator\": \"equals\", \"value\": \"" OTHER_ORDER "\"}]", "1",
         OTHER_ORDER},
        {", \"conditions\": [{\"field_name\": \"id\", \"operator\": \"equals\", \"value\": \"{{entity_id}}\"}]", "1",
         ORDER},
        /* Several rows, or a row that is not selected by its id. */
        {", \"conditions\": [{\"field_name\": \"number\", \"operator\": \"contains\", \"value\": \"SO\"}]", "2",
         NOBODY},
        {", \"conditions\": [{\"field_name\": \"id\", \"operator\": \"not_equals\", \"value\": \"" ORDER "\"}]", "1",
         NOBODY},
        {", \"conditions\": [{\"field_name\": \"id\", \"operator\": \"equals\", \"value\": \"" ORDER
         "\"}, {\"field_name\": \"number\", \"operator\": \"is_not_null\"}]",
         "1", NOBODY},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        trial_done(&trial, arena_print(trial.arena, SET("text_column", "\"x\"", "%s"), rows[i].conditions).data);
        ASSERT_TEXT(trial_result(&trial, "records_affected"), rows[i].affected);
        ASSERT_TEXT(trial_sql(&trial, OUTBOX(PARAMS " ->> 'entityID'")), rows[i].row);
        ASSERT_TEXT(trial_sql(&trial, OUTBOX("coalesce(" PARAMS " #>> '{entity,id}', '" NOBODY "')")), rows[i].row);
        postgres_do("DELETE FROM workflow.cascade_outbox");
    }
}

Test(cascade, an_update_without_effect_writes_no_event)
{
    trial_done(&trial,
               SET("text_column", "\"x\"",
                   ", \"conditions\": [{\"field_name\": \"number\", \"operator\": \"equals\", \"value\": \"none\"}]"));
    ASSERT_TEXT(trial_result(&trial, "records_affected"), "0");
    cr_assert_eq(trial_run(&trial, SET("integer_column", "\"x\"", "")), ACTION_OUTCOME_REFUSED);
    ASSERT_TEXT(trial_sql(&trial, COUNT), "0");
}

Test(cascade, an_event_holds_the_id_of_a_foreign_key)
{
    trial_done(&trial, SET("status_id", "\"SHIPPED\"",
                           ", \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\":"
                           " \"products.brands\", \"lookup_field\": \"name\"}"));
    ASSERT_TEXT(trial_result(&trial, "records_affected"), "1");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX(PARAMS " #>> '{entity,status_id}'")), "22222222-2222-4222-8222-222222222222");
}

/* The relay deletes rows that it has published, and recognizes a repeated row by its id. */
Test(cascade, a_repeated_event_has_the_same_id)
{
    trial_done(&trial, SET("text_column", "\"x\"", ""));
    const char *first = trial_sql(&trial, OUTBOX("id"));
    trial_done(&trial, SET("text_column", "\"x\"", ""));
    ASSERT_TEXT(trial_sql(&trial, COUNT), "1");
    postgres_do("DELETE FROM workflow.cascade_outbox");
    trial_done(&trial, SET("text_column", "\"x\"", ""));
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("id")), first);
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_done(&trial, SET("text_column", "\"x\"", ""));
    ASSERT_TEXT(trial_sql(&trial, COUNT), "2");
}

Test(cascade, a_lineage_that_names_nothing)
{
    static const struct {
        const char *lineage, *is_null;
    } rows[] = {
        {"{}", "t"},
        {"{\"visited\": [], \"originating_execution_id\": \"\"}", "t"},
        {"{\"visited\": [], \"originating_execution_id\": \"" EXECUTION "\"}", "f"},
        {"{\"visited\": [\"" RULE "\"]}", "f"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        trial_context(&trial, arena_print(trial.arena, "{\"entity_id\": \"" ORDER "\", \"__cascade_lineage\": %s}",
                                          rows[i].lineage)
                                  .data);
        trial_done(&trial, SET("text_column", "\"x\"", ""));
        ASSERT_TEXT(trial_sql(&trial, OUTBOX("lineage IS NULL")), rows[i].is_null);
        postgres_do("DELETE FROM workflow.cascade_outbox");
    }
}

Test(cascade, an_event_without_lineage)
{
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"__cascade_lineage\": null}");
    trial_done(&trial, SET("text_column", "\"x\"", ""));
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\"}");
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_done(&trial, SET("text_column", "\"x\"", ""));
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("count(*)") " WHERE lineage IS NULL"), "2");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX(PARAMS " ->> 'userID'") " LIMIT 1"), NOBODY);
}

Test(cascade, a_table_without_a_domain_has_no_events)
{
    postgres_do("CREATE SCHEMA geography; CREATE TABLE geography.countries (id uuid, name text);"
                "INSERT INTO geography.countries VALUES ('" ORDER "')");
    trial_done(&trial,
               "{\"target_entity\": \"geography.countries\", \"target_field\": \"name\", \"new_value\": \"x\"}");
    ASSERT_TEXT(trial_result(&trial, "records_affected"), "1");
    ASSERT_TEXT(trial_sql(&trial, COUNT), "0");
}

Test(cascade, an_erp_without_an_outbox)
{
    postgres_do("DROP TABLE workflow.cascade_outbox");
    trial_done(&trial, SET("text_column", "\"x\"", ""));
    ASSERT_TEXT(trial_result(&trial, "records_affected"), "1");
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
    trial.request.action_type = TEXT("allocate_inventory");
    trial_done(&trial, WANT("3", ""));
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "3+0");
    ASSERT_TEXT(trial_sql(&trial, KEPT("count(*)")), "1");
}

Test(cascade, an_allocation_writes_an_event_per_row_and_one_for_the_result)
{
    stock(1, BRUSH, LEFT, 5, 1, 0, "2026-03-02 10:11:12.5");
    stock(2, BRUSH, RIGHT, 8, 0, 0, "2026-05-20");
    stock(3, KNIFE, REMOTE, 8, 0, 0, "2026-05-20");
    trial.request.action_type = TEXT("allocate_inventory");
    trial_done(&trial,
               "{\"inventory_items\": [{\"product_id\": \"" KNIFE "\", \"quantity\": 2}, {\"product_id\": \"" BRUSH
               "\", \"quantity\": 6}], \"allocation_mode\": \"reserve\", \"reference_id\": \"SO-1\"}");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("string_agg(concat_ws('|', domain, action, event_type, entity_name, lineage ="
                                         " '" LINEAGE "', " PARAMS " ->> 'entityID', " PARAMS
                                         " ->> 'userID'), ' ' ORDER BY seq) FILTER (WHERE action = 'updated')")),
                "inventoryitem|updated|on_update|inventory_items|t|" STOCK(
                    "3") "|" NOBODY
                         " inventoryitem|updated|on_update|inventory_items|t|" STOCK(
                             "1") "|" NOBODY
                                  " inventoryitem|updated|on_update|inventory_items|t|" STOCK("2") "|" NOBODY);
    ASSERT_TEXT(
        trial_sql(&trial, OUTBOX(PARAMS " -> 'beforeEntity'") " ORDER BY seq OFFSET 1 LIMIT 1"),
        "{\"id\": \"" STOCK(
            "1") "\", \"quantity\": 5, \"product_id\": \"" BRUSH "\", \"location_id\": \"" LEFT
                 "\", \"created_date\": \"2026-03-02T10:11:12.5Z\", \"safety_stock\": 0,"
                 " \"updated_date\": \"2026-01-05T00:00:00Z\", \"maximum_stock\": 0, \"minimum_stock\": 0,"
                 " \"reorder_point\": 0, \"avg_daily_usage\": 0, \"reserved_quantity\": 1, \"allocated_quantity\": 0,"
                 " \"economic_order_quantity\": 0}");
    ASSERT_TEXT(
        trial_sql(&trial,
                  OUTBOX("string_agg(a.key || '=' || (CASE WHEN a.key = 'updated_date' THEN 'now' ELSE"
                         " a.value END), ' ' ORDER BY a.key)") ", jsonb_each_text(" PARAMS
                                                               " -> 'entity') a JOIN jsonb_each_text(" PARAMS
                                                               " -> 'beforeEntity') b USING (key) WHERE seq = (SELECT "
                                                               "min(seq) + 1 FROM"
                                                               " workflow.cascade_outbox) AND a.value <> b.value"),
        "reserved_quantity=5 updated_date=now");
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("concat_ws('|', domain, action, event_type, entity_name, lineage = '" LINEAGE
                                         "', " PARAMS " ->> 'userID')") " ORDER BY seq DESC LIMIT 1"),
                "allocation_result|created|on_create|allocation_results|t|" NOBODY);
    ASSERT_TEXT(trial_sql(&trial, "SELECT (" PARAMS " -> 'entity') - 'id' = r.allocation_data AND " PARAMS
                                  " ->> 'entityID' = r.id::text AND " PARAMS " #>> '{entity,id}' = r.id::text"
                                  " FROM workflow.cascade_outbox, workflow.allocation_results r"
                                  " WHERE domain = 'allocation_result'"),
                "t");
    trial_done(&trial,
               "{\"inventory_items\": [{\"product_id\": \"" KNIFE "\", \"quantity\": 2}, {\"product_id\": \"" BRUSH
               "\", \"quantity\": 6}], \"allocation_mode\": \"reserve\", \"reference_id\": \"SO-1\"}");
    ASSERT_TEXT(trial_sql(&trial, COUNT), "4");
}

Test(cascade, a_shortage_writes_an_event_only_for_a_stored_result)
{
    trial.request.action_type = TEXT("allocate_inventory");
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
    cr_assert_eq(trial_run(&trial, WANT("6", "")), ACTION_OUTCOME_REFUSED);
    ASSERT_TEXT(trial_sql(&trial, COUNT), "0");
    trial_done(&trial, WANT_OF(KNIFE, "6", PARTIAL));
    ASSERT_TEXT(trial_sql(&trial, OUTBOX("string_agg(" PARAMS " #>> '{entity,status}', ' ')")), "failed");
}

Test(cascade, notifications_and_alerts_write_no_event)
{
    trial.request.action_type = TEXT("send_notification");
    trial_done(&trial, "{\"recipients\": [\"" USER "\"], \"message\": \"m\", \"priority\": \"low\"}");
    trial.request.action_type = TEXT("create_alert");
    trial_done(&trial, "{\"recipients\": {\"users\": [\"" USER "\"]}, \"message\": \"m\"}");
    ASSERT_TEXT(trial_sql(&trial, COUNT), "0");
}
