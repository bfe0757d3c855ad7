/* create_put_away_task: which task it creates for an event, and when it creates no task. */
#include <criterion/criterion.h>

#include "generated/create_put_away_task.h"
#include "purchases.h"

static struct trial trial;

#define USER      "\"user_id\": \"" CLERK "\""
#define LINE      "\"supplier_product_id\": \"" SUPPLIED("1") "\", \"purchase_order_id\": \"" PURCHASE "\""
#define RECEIVED  "\"quantity_received\": 7"
#define CHANGES   "\"field_changes\": {\"quantity_received\": {\"old_value\": 4, \"new_value\": 7}}"
#define OF_EVENT  "{\"source_from_po\": true, \"location_strategy\": \"po_delivery\"}"
#define AT_RIGHT  "{\"location_strategy\": \"static\", \"product_id\": \"" KNIFE "\", \"location_id\": \"" RIGHT "\"%s}"
#define TASKS     "SELECT count(*) FROM inventory.put_away_tasks"
#define TASK(of_) "SELECT concat_ws('|', " of_ ") FROM inventory.put_away_tasks"

static void event(const char *fields)
{
    trial_context(&trial,
                  arena_print(trial.arena, "{\"entity_name\": \"purchase_order_line_items\", %s}", fields).data);
}

static void set_up(void)
{
    trial_open(&trial, "create_put_away_task");
    stock_locations();
    postgres_do(SUPPLIED_ROW("1", ACME, BRUSH, "2.50", "true"));
    postgres_do(PURCHASE_ROW);
    event(LINE ", " RECEIVED ", " USER);
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(create_put_away_task, .init = set_up, .fini = tear_down);

static const char *at_right(const char *more)
{
    return arena_print(trial.arena, AT_RIGHT, more).data;
}

static void ends_with(const char *config, const char *output, const char *error)
{
    trial_done(&trial, config);
    ASSERT_TEXT(trial_result(&trial, "output"), output);
    ASSERT_TEXT(trial_result(&trial, "error"), error);
    ASSERT_TEXT(trial_sql(&trial, TASKS), "0");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "0");
}

Test(create_put_away_task, the_task_of_a_purchase_order_line)
{
    event(LINE ", " RECEIVED ", " CHANGES ", " USER);
    trial_done(&trial, OF_EVENT);
    ASSERT_TEXT(trial_result(&trial, "output"), "created");
    cr_assert_eq(trial.report.result.object.count, 2);
    ASSERT_TEXT(trial_sql(&trial, TASK("id")), trial_result(&trial, "task_id"));
    ASSERT_TEXT(
        trial_sql(&trial, TASK("product_id, location_id, quantity, reference_number, status, created_by,"
                               " num_nulls(assigned_to, assigned_at, completed_by, completed_at, scenario_id)")),
        BRUSH "|" LEFT "|3|PO-" PURCHASE "|pending|" CLERK "|5");
    ASSERT_TEXT(trial_sql(&trial, TASK("created_date = updated_date, created_date BETWEEN (now() AT TIME ZONE 'UTC')"
                                       " - interval '1 minute' AND now() AT TIME ZONE 'UTC'")),
                "t|t");
}

Test(create_put_away_task, a_new_line_counts_as_a_whole)
{
    trial_done(&trial, OF_EVENT);
    ASSERT_TEXT(trial_sql(&trial, TASK("quantity")), "7");
}

Test(create_put_away_task, the_event)
{
    event(LINE ", " RECEIVED ", " USER ", \"__cascade_lineage\": {\"visited\": [\"x\"]}");
    trial_done(&trial, OF_EVENT);
    const char *id = trial_result(&trial, "task_id");
    ASSERT_TEXT(
        trial_sql(&trial, EVENTS_OF("domain, event_type, lineage, params ->> 'userID', params ->> 'entityID'")),
        arena_print(trial.arena, "put_away_tasks created putawaytask on_create {\"visited\": [\"x\"]} " CLERK " %s", id)
            .data);
    ASSERT_TEXT(
        trial_sql(&trial,
                  "SELECT string_agg(key || '=' || value, ' ' ORDER BY key) FROM (" EVENTS_OF(
                      "entity") ") e(line),"
                                " LATERAL jsonb_each_text(substr(line, 24)::jsonb) WHERE key NOT IN ('created_date',"
                                " 'updated_date')"),
        arena_print(trial.arena,
                    "assigned_at=0001-01-01T00:00:00Z assigned_to=00000000-0000-0000-0000-000000000000"
                    " completed_at=0001-01-01T00:00:00Z completed_by=00000000-0000-0000-0000-000000000000"
                    " created_by=" CLERK " id=%s location_id=" LEFT " product_id=" BRUSH
                    " quantity=7 reference_number=PO-" PURCHASE " status=pending",
                    id)
            .data);
}

Test(create_put_away_task, a_product_and_a_location_of_the_config)
{
    trial_done(&trial, at_right(", \"reference_number\": \"R {{quantity_received}}\""));
    ASSERT_TEXT(trial_sql(&trial, TASK("product_id, location_id, quantity, reference_number")),
                KNIFE "|" RIGHT "|7|R 7");
    postgres_do("DELETE FROM inventory.put_away_tasks");
    event(RECEIVED ", " USER);
    trial_done(&trial, at_right(""));
    ASSERT_TEXT(trial_sql(&trial, TASK("quantity, reference_number")), "7|");
}

Test(create_put_away_task, ids_by_template)
{
    event(RECEIVED ", " USER ", \"p\": \"" BRUSH "\", \"l\": \"" REMOTE "\"");
    trial_done(&trial, "{\"location_strategy\": \"static\", \"product_id\": \"{{p}}\", \"location_id\": \"{{l}}\"}");
    ASSERT_TEXT(trial_sql(&trial, TASK("product_id, location_id")), BRUSH "|" REMOTE);
    trial_refused(&trial, "{\"location_strategy\": \"static\", \"product_id\": \"{{q}}\", \"location_id\": \"{{l}}\"}",
                  "product_id is required when source_from_po is false");
}

/* ---- what was received ---- */

Test(create_put_away_task, quantities)
{
    static const struct {
        const char *fields, *quantity; /* NULL: skipped */
    } rows[] = {
        {"\"quantity_received\": 2.9", "2"},
        {"\"quantity_received\": \"12\"", "12"},
        {"\"quantity_received\": 0", NULL},
        {"\"quantity_received\": -3", NULL},
        {"\"quantity_received\": null", NULL},
        {"\"quantity_received\": \"many\"", NULL},
        {"\"notes\": \"x\"", NULL},
        {CHANGES, "3"},
        {"\"field_changes\": {\"quantity_received\": {\"old_value\": 7, \"new_value\": 4}}, " RECEIVED, NULL},
        {"\"field_changes\": {\"quantity_received\": {\"old_value\": 7, \"new_value\": 7}}, " RECEIVED, NULL},
        {"\"field_changes\": {\"quantity_received\": {\"old_value\": null, \"new_value\": 4}}, " RECEIVED, "4"},
        /* An update of another field of a received line. */
        {"\"field_changes\": {\"notes\": {\"old_value\": \"a\", \"new_value\": \"b\"}}, " RECEIVED, NULL},
        {"\"field_changes\": {}, " RECEIVED, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        event(arena_print(trial.arena, "%s, " LINE ", " USER, rows[i].fields).data);
        trial_done(&trial, OF_EVENT);
        ASSERT_TEXT(trial_result(&trial, "output"), rows[i].quantity != NULL ? "created" : "skipped");
        ASSERT_TEXT(trial_result(&trial, "reason"), rows[i].quantity != NULL ? "" : "delta <= 0");
        ASSERT_TEXT(trial_sql(&trial, TASK("quantity")), rows[i].quantity != NULL ? rows[i].quantity : "");
        postgres_do("DELETE FROM inventory.put_away_tasks");
    }
}

Test(create_put_away_task, quantities_that_do_not_fit)
{
    event(LINE ", " USER ", \"quantity_received\": 3000000000");
    trial_refused(
        &trial, OF_EVENT,
        "create put-away task: ERROR: value \"3000000000\" is out of range for type integer (SQLSTATE 22003)");
    event(LINE ", " USER ", \"quantity_received\": 1e30");
    trial_refused(&trial, OF_EVENT, "create put-away task: the quantity received is too large");
}

/* ---- what is not known ---- */

Test(create_put_away_task, an_unknown_product)
{
    event(RECEIVED ", " USER);
    ends_with(OF_EVENT, "product_not_found", "invalid or missing supplier_product_id in RawData");
    event(RECEIVED ", \"supplier_product_id\": \"x\", " USER);
    ends_with(OF_EVENT, "product_not_found", "invalid or missing supplier_product_id in RawData");
    event(RECEIVED ", \"supplier_product_id\": 5, " USER);
    ends_with(OF_EVENT, "product_not_found", "invalid or missing supplier_product_id in RawData");
    event(RECEIVED ", \"supplier_product_id\": \"" RULE "\", " USER);
    ends_with(OF_EVENT, "product_not_found", "query: supplierProductID[" RULE "]: supplierProduct not found");
}

Test(create_put_away_task, an_unknown_location)
{
#define SUPPLY RECEIVED ", \"supplier_product_id\": \"" SUPPLIED("1") "\", " USER
    event(SUPPLY);
    ends_with(OF_EVENT, "no_location", "invalid or missing purchase_order_id in RawData");
    event(SUPPLY ", \"purchase_order_id\": \"PO-1\"");
    ends_with(OF_EVENT, "no_location", "invalid or missing purchase_order_id in RawData");
    event(SUPPLY ", \"purchase_order_id\": \"" RULE "\"");
    ends_with(OF_EVENT, "no_location", "purchase order not found");
    postgres_do("UPDATE procurement.purchase_orders SET delivery_location_id = NULL");
    event(SUPPLY ", \"purchase_order_id\": \"" PURCHASE "\"");
    ends_with(OF_EVENT, "no_location", "");
    cr_assert_eq(trial.report.result.object.count, 1);
}

/* ---- who, and errors ---- */

Test(create_put_away_task, no_user)
{
    event(LINE ", " RECEIVED);
    trial_refused(&trial, OF_EVENT, "create put-away task: no user: the event names none");
    ASSERT_TEXT(trial_sql(&trial, TASKS), "0");
    cr_assert(uuid_parse(TEXT(CLERK), &trial.environment.stand_in));
    trial_done(&trial, OF_EVENT);
    ASSERT_TEXT(trial_sql(&trial, TASK("created_by")), CLERK);
}

Test(create_put_away_task, a_user_whom_the_erp_does_not_know)
{
    event(LINE ", " RECEIVED ", \"user_id\": \"" RULE "\"");
    trial_refused(&trial, OF_EVENT, "create put-away task: foreign key violation");
    ASSERT_TEXT(trial_sql(&trial, TASKS), "0");
}

Test(create_put_away_task, a_long_reference)
{
    const char *longest = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
                          "89012345678\xc3\xa4";
    trial_done(&trial, at_right(arena_print(trial.arena, ", \"reference_number\": \"%s\"", longest).data));
    ASSERT_TEXT(trial_sql(&trial, TASK("reference_number")), longest);
    trial_refused(&trial, at_right(arena_print(trial.arena, ", \"reference_number\": \"%sx\"", longest).data),
                  "reference_number is longer than 100 characters");
    event(RECEIVED ", " USER
                   ", \"purchase_order_id\": \"01234567890123456789012345678901234567890123456789012345678901234"
                   "56789012345678901234567890123456789\"");
    trial_refused(&trial, at_right(""),
                  "create put-away task: ERROR: value too long for type character varying(100) (SQLSTATE 22001)");
}

Test(create_put_away_task, a_missing_table)
{
    postgres_do("DROP TABLE inventory.put_away_tasks");
    trial_refused(&trial, OF_EVENT, "create put-away task: undefined table");
}

Test(create_put_away_task, without_an_outbox)
{
    postgres_do("DROP TABLE workflow.cascade_outbox");
    trial_done(&trial, OF_EVENT);
    ASSERT_TEXT(trial_sql(&trial, TASKS), "1");
}

Test(create_put_away_task, configs_that_are_refused_when_performed)
{
    trial_refused(&trial, "{\"location_strategy\": \"nearest\", \"source_from_po\": true}",
                  "location_strategy must be 'po_delivery' or 'static', got \"nearest\"");
    trial_refused(&trial, "{\"location_strategy\": \"static\", \"source_from_po\": true}",
                  "location_id is required when location_strategy is 'static'");
    trial_refused(&trial, "{\"location_strategy\": \"po_delivery\", \"product_id\": \"x\"}",
                  "invalid product_id: invalid UUID length: 1");
    trial_refused(&trial, "{\"location_strategy\": 5, \"source_from_po\": true}",
                  "invalid config: location_strategy: expected string, found number");
    ASSERT_TEXT(trial_sql(&trial, TASKS), "0");
}

Test(create_put_away_task, out_of_memory)
{
    trial_out_of_memory(&trial, OF_EVENT, ACTION_OUTCOME_DONE);
}
