/* create_purchase_order: suppliers, money to the cent, and the rows that it inserts. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/limits.h"
#include "generated/create_purchase_order.h"
#include "purchases.h"

static struct trial trial;

#define STATUS      "5cf37266-3473-4006-984f-9325122678b7"
#define LINE_STATUS "2f8f1d0e-27a5-44a3-92cf-0c7f4f6f2b11"
#define CURRENCY    "0b1f2f9e-3f2b-4e7c-8b59-91e3f4a4b8d1"
#define HEADER                                                                                                         \
    "\"purchase_order_status_id\": \"" STATUS "\", \"delivery_warehouse_id\": \"" NEAR                                 \
    "\", \"delivery_location_id\": \"" LEFT "\", \"currency_id\": \"" CURRENCY "\""
#define ITEM(product_, quantity_, more_)                                                                               \
    "{\"product_id\": \"" product_ "\", \"quantity_ordered\": " quantity_ ", \"line_item_status_id\": \"" LINE_STATUS  \
    "\"" more_ "}"
#define WITH(more_, items_) "{" HEADER more_ ", \"line_items\": [" items_ "]}"
#define BY(supplier_)       ", \"supplier_id\": \"" supplier_ "\""
#define BRUSHES(quantity_)  WITH("", ITEM(BRUSH, quantity_, ""))
#define OF_EVENT(more_)                                                                                                \
    "{" HEADER ", \"source_from_event\": true, \"default_line_item_status_id\": \"" LINE_STATUS "\"" more_ "}"

#define ORDERS    "SELECT count(*) FROM procurement.purchase_orders"
#define HEAD(of_) "SELECT concat_ws('|', " of_ ") FROM procurement.purchase_orders"
#define LINES(of_)                                                                                                     \
    "SELECT string_agg(concat_ws('|', " of_ "), ' ' ORDER BY e.seq) FROM procurement.purchase_order_line_items"        \
    " l JOIN (SELECT seq, convert_from(decode(payload ->> 'RawParams', 'base64'), 'UTF8')::jsonb ->> 'entityID' AS id" \
    " FROM workflow.cascade_outbox) e ON e.id = l.id::text"

static void set_up(void)
{
    trial_open(&trial, "create_purchase_order");
    stock_locations();
    trial_context(&trial, "{\"entity_name\": \"inventory_items\", \"user_id\": \"" CLERK "\"}");
    postgres_do(SUPPLIED_ROW("1", ACME, BRUSH, "2.50", "true"));
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(create_purchase_order, .init = set_up, .fini = tear_down);

static void clear(void)
{
    postgres_do("DELETE FROM procurement.purchase_orders; DELETE FROM workflow.cascade_outbox");
}

static void fails_with(const char *config, const char *error)
{
    trial_done(&trial, config);
    ASSERT_TEXT(trial_result(&trial, "output"), "failure");
    ASSERT_TEXT(trial_result(&trial, "error"), error);
    cr_assert_eq(trial.report.result.object.count, 2);
    ASSERT_TEXT(trial_sql(&trial, ORDERS), "0");
}

static void lacks_supplier(const char *config, const char *product)
{
    trial_done(&trial, config);
    ASSERT_TEXT(trial_result(&trial, "output"), "no_supplier_found");
    ASSERT_TEXT(trial_result(&trial, "product_id"), product);
    cr_assert_eq(trial.report.result.object.count, 2);
    ASSERT_TEXT(trial_sql(&trial, ORDERS), "0");
}

/* ---- the usual ---- */

Test(create_purchase_order, an_order_with_two_lines)
{
    postgres_do(SUPPLIED_ROW("2", ACME, KNIFE, "12.00", "false"));
    trial_context(&trial, "{\"user_id\": \"" CLERK "\", \"n\": 17, \"who\": \"O'Hara \\\"x\\\"\"}");
    trial_done(&trial,
               WITH(", \"order_number\": \"PO-{{n}}\", \"expected_delivery_days\": 14, \"notes\": \"for {{who}}\","
                    " \"delivery_street_id\": \"" RULE "\"",
                    ITEM(BRUSH, "4", ", \"notes\": \"for {{who}}\"") ", " ITEM(KNIFE, "\"{{n}}\"", "")));
    ASSERT_TEXT(trial_result(&trial, "output"), "created");
    ASSERT_TEXT(trial_result(&trial, "order_number"), "PO-17");
    ASSERT_TEXT(trial_result(&trial, "supplier_id"), ACME);
    ASSERT_TEXT(trial_result(&trial, "subtotal"), "214");
    ASSERT_TEXT(trial_result(&trial, "total_amount"), "214");
    cr_assert_eq(trial.report.result.object.count, 7);
    ASSERT_TEXT(trial_sql(&trial, HEAD("id")), trial_result(&trial, "purchase_order_id"));
    ASSERT_TEXT(trial_sql(&trial, HEAD("order_number, supplier_id, purchase_order_status_id, delivery_warehouse_id,"
                                       " delivery_location_id, delivery_street_id, currency_id")),
                "PO-17|" ACME "|" STATUS "|" NEAR "|" LEFT "|" RULE "|" CURRENCY);
    ASSERT_TEXT(trial_sql(&trial, HEAD("subtotal, tax_amount, shipping_cost, total_amount, notes, priority")),
                "214.00|0.00|0.00|214.00|for O'Hara \"x\"|medium");
    ASSERT_TEXT(
        trial_sql(&trial, HEAD("requested_by, created_by, updated_by, num_nulls(actual_delivery_date, approved_by,"
                               " approved_date, approval_reason, rejected_by, rejected_date, rejection_reason,"
                               " supplier_reference_number, scenario_id)")),
        CLERK "|" CLERK "|" CLERK "|9");
    ASSERT_TEXT(
        trial_sql(&trial, HEAD("order_date = created_date, order_date = updated_date, expected_delivery_date -"
                               " order_date, order_date BETWEEN (now() AT TIME ZONE 'UTC') - interval '1 minute'"
                               " AND now() AT TIME ZONE 'UTC'")),
        "t|t|14 days|t");
    ASSERT_TEXT(
        trial_sql(&trial, LINES("l.supplier_product_id, quantity_ordered, quantity_received, quantity_cancelled,"
                                " unit_cost, discount, line_total, line_item_status_id")),
        SUPPLIED("1") "|4|0|0|2.50|0.00|10.00|" LINE_STATUS " " SUPPLIED("2") "|17|0|0|12.00|0.00|204.00|" LINE_STATUS);
    ASSERT_TEXT(trial_sql(&trial, LINES("coalesce(l.notes, 'NULL')")), "for O'Hara \"x\" NULL");
    ASSERT_TEXT(
        trial_sql(&trial, LINES("created_by, updated_by, actual_delivery_date IS NULL, expected_delivery_date::date -"
                                " l.created_date::date, l.purchase_order_id = (SELECT id FROM"
                                " procurement.purchase_orders)")),
        CLERK "|" CLERK "|t|14|t " CLERK "|" CLERK "|t|14|t");
    ASSERT_TEXT(trial_sql(&trial, "SELECT to_json(array_agg(e.id ORDER BY e.seq))::text FROM (SELECT seq, convert_from("
                                  "decode(payload ->> 'RawParams', 'base64'), 'UTF8')::jsonb ->> 'entityID' AS id FROM"
                                  " workflow.cascade_outbox WHERE entity_name = 'purchase_order_line_items') e"),
                trial_result(&trial, "line_item_ids"));
}

Test(create_purchase_order, the_events)
{
    postgres_do(SUPPLIED_ROW("2", ACME, KNIFE, "12.00", "false"));
    trial_context(&trial, "{\"user_id\": \"" CLERK "\", \"__cascade_lineage\": {\"visited\": [\"x\"]}}");
    trial_done(&trial,
               WITH("", ITEM(BRUSH, "3", ", \"unit_cost\": 0.335, \"discount\": 0.5") ", " ITEM(KNIFE, "1", "")));
    ASSERT_TEXT(trial_sql(&trial, EVENTS_OF("domain, event_type, lineage, params ->> 'userID', entity -> 'subtotal',"
                                            " entity -> 'unit_cost', entity -> 'discount', entity -> 'line_total'")),
                "purchase_orders created purchaseorder on_create {\"visited\": [\"x\"]} " CLERK " 12.5\n"
                "purchase_order_line_items created purchaseorderlineitem on_create {\"visited\": [\"x\"]} " CLERK
                " 0.34 0.5 0.5\n"
                "purchase_order_line_items created purchaseorderlineitem on_create {\"visited\": [\"x\"]} " CLERK
                " 12 0 12");
}

Test(create_purchase_order, without_an_outbox)
{
    postgres_do("DROP TABLE workflow.cascade_outbox");
    trial_done(&trial, BRUSHES("2"));
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM procurement.purchase_order_line_items"), "1");
}

Test(create_purchase_order, what_may_be_left_out)
{
    static const char *const days[] = {"", ", \"expected_delivery_days\": 0", ", \"expected_delivery_days\": -4"};
    for (size_t i = 0; i < 3; i++) {
        clear();
        trial_done(
            &trial,
            arena_print(trial.arena, "{" HEADER "%s, \"line_items\": [" ITEM(BRUSH, "1", "") "]}", days[i]).data);
        ASSERT_TEXT(
            trial_sql(&trial, HEAD("expected_delivery_date - order_date, num_nulls(delivery_street_id, notes)")),
            "7 days|2");
    }
    trial_done(&trial, WITH(", \"delivery_street_id\": \"\", \"notes\": \"\", \"supplier_id\": null",
                            ITEM(BRUSH, "1", ", \"supplier_product_id\": \"\", \"discount\": null")));
    ASSERT_TEXT(trial_result(&trial, "subtotal"), "2.5");
}

/* ---- the event ---- */

static void event(const char *fields)
{
    trial_context(&trial, arena_print(trial.arena, "{\"user_id\": \"" CLERK "\"%s}", fields).data);
}

Test(create_purchase_order, one_line_of_the_event)
{
    static const struct {
        const char *fields, *quantity;
    } rows[] = {
        {", \"quantity\": 7.9, \"reorder_quantity\": 3", "7"},
        {", \"reorder_quantity\": 3", "3"},
        {", \"quantity\": null, \"reorder_quantity\": 3", "3"},
        {", \"quantity\": \"many\", \"reorder_quantity\": \"12\"", "12"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        clear();
        event(arena_print(trial.arena, ", \"product_id\": \"" BRUSH "\"%s", rows[i].fields).data);
        trial_done(&trial, OF_EVENT(""));
        ASSERT_TEXT(trial_result(&trial, "output"), "created");
        ASSERT_TEXT(trial_sql(&trial, LINES("quantity_ordered, l.line_item_status_id, unit_cost, l.notes IS NULL")),
                    arena_print(trial.arena, "%s|" LINE_STATUS "|2.50|t", rows[i].quantity).data);
    }
}

Test(create_purchase_order, lines_of_the_config_do_not_count_with_an_event)
{
    event(", \"product_id\": \"" BRUSH "\", \"quantity\": 2");
    trial_done(&trial, OF_EVENT(", \"line_items\": [" ITEM(KNIFE, "5", "") ", " ITEM(KNIFE, "0", "") "]"));
    ASSERT_TEXT(trial_sql(&trial, LINES("quantity_ordered")), "2");
}

Test(create_purchase_order, events_that_ask_for_nothing)
{
    event(", \"quantity\": 5");
    fails_with(OF_EVENT(""), "product_id not found in event RawData");
    event(", \"product_id\": 7, \"quantity\": 5");
    fails_with(OF_EVENT(""), "product_id not found in event RawData");
    event(", \"product_id\": \"brush\", \"quantity\": 5");
    fails_with(OF_EVENT(""), "product_id not found in event RawData");
#define OF_BRUSH ", \"product_id\": \"" BRUSH "\""
    event(OF_BRUSH);
    fails_with(OF_EVENT(""), "quantity not found in event RawData (tried quantity, reorder_quantity)");
    event(OF_BRUSH ", \"quantity\": true, \"reorder_quantity\": \"1.5\"");
    fails_with(OF_EVENT(""), "quantity not found in event RawData (tried quantity, reorder_quantity)");
    event(OF_BRUSH ", \"quantity\": 0, \"reorder_quantity\": 5");
    fails_with(OF_EVENT(""), "extracted quantity must be greater than 0, got 0");
    event(OF_BRUSH ", \"reorder_quantity\": -2");
    fails_with(OF_EVENT(""), "extracted quantity must be greater than 0, got -2");
    event(", \"product_id\": \"" KNIFE "\", \"quantity\": 5");
    lacks_supplier(OF_EVENT(""), KNIFE);
}

/* ---- suppliers ---- */

Test(create_purchase_order, which_supplier)
{
    postgres_do("DELETE FROM procurement.supplier_products");
    lacks_supplier(BRUSHES("1"), BRUSH);
    lacks_supplier(WITH(BY(ACME), ITEM(BRUSH, "1", "")), BRUSH);
    postgres_do(SUPPLIED_ROW("5", GLOBEX, BRUSH, "9.00", "false"));
    trial_done(&trial, BRUSHES("1"));
    ASSERT_TEXT(trial_sql(&trial, LINES("l.supplier_product_id")), SUPPLIED("5"));
    clear();
    postgres_do(SUPPLIED_ROW("4", ACME, BRUSH, "8.00", "false"));
    trial_done(&trial, BRUSHES("1"));
    ASSERT_TEXT(trial_sql(&trial, LINES("l.supplier_product_id")), SUPPLIED("4"));
    clear();
    postgres_do(SUPPLIED_ROW("3", GLOBEX, BRUSH, "9.50", "true"));
    trial_done(&trial, BRUSHES("1"));
    ASSERT_TEXT(trial_sql(&trial, LINES("l.supplier_product_id")), SUPPLIED("3"));
    clear();
    /* Equal costs: the least id. */
    postgres_do(SUPPLIED_ROW("2", ACME, BRUSH, "9.50", "true"));
    postgres_do(SUPPLIED_ROW("1", GLOBEX, BRUSH, "9.50", "true"));
    trial_done(&trial, BRUSHES("1"));
    ASSERT_TEXT(trial_sql(&trial, LINES("l.supplier_product_id")), SUPPLIED("1"));
    ASSERT_TEXT(trial_result(&trial, "supplier_id"), GLOBEX);
}

Test(create_purchase_order, the_supplier_of_the_order_comes_first)
{
    postgres_do(SUPPLIED_ROW("2", GLOBEX, BRUSH, "1.00", "true"));
    postgres_do(SUPPLIED_ROW("3", ACME, BRUSH, "2.40", "false"));
    trial_done(&trial, WITH(BY(ACME), ITEM(BRUSH, "1", "")));
    ASSERT_TEXT(trial_sql(&trial, LINES("l.supplier_product_id, unit_cost")), SUPPLIED("3") "|2.40");
    ASSERT_TEXT(trial_result(&trial, "supplier_id"), ACME);
}

#define MIXED(i_, found_, wanted_)                                                                                     \
    "line_items[" i_ "] resolved to supplier " found_ ", but PO header uses " wanted_                                  \
    "; all line items must share the same supplier"

Test(create_purchase_order, another_supplier)
{
    postgres_do(SUPPLIED_ROW("2", GLOBEX, KNIFE, "1.00", "true"));
    fails_with(WITH(BY(GLOBEX), ITEM(BRUSH, "1", "")), MIXED("0", ACME, GLOBEX));
    fails_with(WITH("", ITEM(BRUSH, "1", "") ", " ITEM(KNIFE, "1", "")), MIXED("1", GLOBEX, ACME));
    fails_with(
        WITH(BY(ACME), ITEM(BRUSH, "1", "") ", " ITEM(KNIFE, "1", ", \"supplier_product_id\": \"" SUPPLIED("2") "\"")),
        MIXED("1", GLOBEX, ACME));
}

Test(create_purchase_order, a_given_supplier_product)
{
    postgres_do(SUPPLIED_ROW("2", GLOBEX, BRUSH, "7.00", "false"));
    trial_done(&trial, WITH("", ITEM(BRUSH, "2", ", \"supplier_product_id\": \"" SUPPLIED("2") "\"")));
    ASSERT_TEXT(trial_result(&trial, "supplier_id"), GLOBEX);
    ASSERT_TEXT(trial_sql(&trial, LINES("l.supplier_product_id, unit_cost, line_total")), SUPPLIED("2") "|7.00|14.00");
    clear();
    fails_with(WITH("", ITEM(BRUSH, "1", "") ", " ITEM(KNIFE, "2", ", \"supplier_product_id\": \"" SUPPLIED("1") "\"")),
               "line_items[1]: supplier_product_id is not of product " KNIFE);
    fails_with(WITH("", ITEM(BRUSH, "2", ", \"supplier_product_id\": \"" RULE "\"")),
               "line_items[0]: supplier product not found");
}

/* ---- money ---- */

Test(create_purchase_order, money_is_exact)
{
    static const struct {
        const char *quantity, *more, *cost, *discount, *total;
    } rows[] = {
        {"1", ", \"unit_cost\": 0.335", "0.34", "0.00", "0.34"},
        {"3", ", \"unit_cost\": 0.335", "0.34", "0.00", "1.01"},
        {"3", ", \"unit_cost\": \"0.335\"", "0.34", "0.00", "1.01"},
        {"3", ", \"unit_cost\": 3.35e-1", "0.34", "0.00", "1.01"},
        {"1", ", \"unit_cost\": 1.005", "1.01", "0.00", "1.01"},
        {"1", ", \"unit_cost\": 0.0049999999999999999", "0.00", "0.00", "0.00"},
        {"2", ", \"unit_cost\": 0", "2.50", "0.00", "5.00"},
        {"2", ", \"unit_cost\": \"0.00\"", "2.50", "0.00", "5.00"},
        {"2", "", "2.50", "0.00", "5.00"},
        {"3", ", \"discount\": 0.1", "2.50", "0.10", "6.75"},
        {"3", ", \"discount\": \"0.125\"", "2.50", "0.13", "6.56"},
        {"1", ", \"unit_cost\": 0.1, \"discount\": 0.05", "0.10", "0.05", "0.10"},
        {"3", ", \"discount\": 1", "2.50", "1.00", "0.00"},
        {"7", ", \"unit_cost\": 1234567.895, \"discount\": 0.333", "1234567.90", "0.33", "5764197.50"},
        {"1", ", \"unit_cost\": 99999999.99", "99999999.99", "0.00", "99999999.99"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        clear();
        trial_done(&trial,
                   arena_print(trial.arena,
                               "{" HEADER ", \"line_items\": [{\"product_id\": \"" BRUSH
                               "\", \"quantity_ordered\": %s, \"line_item_status_id\": \"" LINE_STATUS "\"%s}]}",
                               rows[i].quantity, rows[i].more)
                       .data);
        ASSERT_TEXT(trial_sql(&trial, LINES("unit_cost, discount, line_total")),
                    arena_print(trial.arena, "%s|%s|%s", rows[i].cost, rows[i].discount, rows[i].total).data);
        ASSERT_TEXT(trial_sql(&trial, HEAD("subtotal, total_amount")),
                    arena_print(trial.arena, "%s|%s", rows[i].total, rows[i].total).data);
        ASSERT_TEXT(trial_sql(&trial, arena_print(trial.arena, "SELECT '%s'::numeric = %s",
                                                  trial_result(&trial, "subtotal"), rows[i].total)
                                          .data),
                    "t");
    }
}

/* Each line is rounded before the lines are added: 0.34 + 0.34, not 0.67. */
Test(create_purchase_order, the_sum_is_that_of_the_rounded_lines)
{
    trial_done(&trial,
               WITH("", ITEM(BRUSH, "1", ", \"unit_cost\": 0.335") ", " ITEM(BRUSH, "1", ", \"unit_cost\": 0.335")));
    ASSERT_TEXT(trial_result(&trial, "subtotal"), "0.68");
    ASSERT_TEXT(trial_result(&trial, "total_amount"), "0.68");
}

Test(create_purchase_order, amounts_that_do_not_fit)
{
    static const char overflow[] = "create purchase order: ERROR: numeric field overflow (SQLSTATE 22003)";
    trial_refused(&trial, WITH("", ITEM(BRUSH, "1", ", \"unit_cost\": 99999999.995")), overflow);
    trial_refused(&trial, WITH("", ITEM(BRUSH, "2147483647", "")), overflow);
    trial_refused(&trial, WITH("", ITEM(BRUSH, "1", ", \"unit_cost\": 99999999") ", " ITEM(BRUSH, "1", "")), overflow);
    trial_refused(&trial, WITH("", ITEM(BRUSH, "1", ", \"unit_cost\": 100000000, \"discount\": 0.5")),
                  "create line items: ERROR: numeric field overflow (SQLSTATE 22003)");
    trial_refused(&trial, WITH("", ITEM(BRUSH, "3000000000", ", \"unit_cost\": 0.01")),
                  "create line items: ERROR: integer out of range (SQLSTATE 22003)");
    ASSERT_TEXT(trial_sql(&trial, ORDERS), "0");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "0");
}

Test(create_purchase_order, amounts_that_make_no_sense)
{
    trial_refused(&trial, WITH("", ITEM(BRUSH, "1", "") ", " ITEM(BRUSH, "1", ", \"unit_cost\": -0.01")),
                  "line_items[1].unit_cost must not be negative");
    trial_refused(&trial, WITH("", ITEM(BRUSH, "1", ", \"discount\": 2")),
                  "line_items[0].discount must be between 0 and 1");
    trial_refused(&trial, WITH("", ITEM(BRUSH, "1", ", \"discount\": \"-0.1\"")),
                  "line_items[0].discount must be between 0 and 1");
    trial_refused(&trial, WITH("", ITEM(BRUSH, "0", "")), "line_items[0].quantity_ordered must be greater than 0");
    ASSERT_TEXT(trial_sql(&trial, ORDERS), "0");
}

/* ---- numbers ---- */

Test(create_purchase_order, a_number_is_made)
{
    trial_done(&trial, BRUSHES("1"));
    ASSERT_TEXT(trial_sql(&trial, HEAD("order_number ~ '^PO-[0-9a-f]{8}$'")), "t");
    ASSERT_TEXT(trial_sql(&trial, HEAD("order_number")), trial_result(&trial, "order_number"));
}

Test(create_purchase_order, a_number_that_is_taken_is_not_made)
{
    trial_done(&trial, BRUSHES("1"));
    const char *first = trial_result(&trial, "order_number");
    clear();
    postgres_do(PURCHASE_ROW);
    postgres_do(arena_print(trial.arena, "UPDATE procurement.purchase_orders SET order_number = '%s'", first).data);
    trial_done(&trial, BRUSHES("1"));
    cr_assert_str_neq(trial_result(&trial, "order_number"), first);
    ASSERT_TEXT(trial_sql(&trial, ORDERS), "2");
}

Test(create_purchase_order, a_given_number_that_is_taken)
{
    postgres_do(PURCHASE_ROW);
    trial_refused(&trial, WITH(", \"order_number\": \"PO-1\"", ITEM(BRUSH, "1", "")),
                  "create purchase order: not unique");
    ASSERT_TEXT(trial_sql(&trial, ORDERS), "1");
    trial_refused(
        &trial,
        WITH(", \"order_number\": \"01234567890123456789012345678901234567890123456789012345678901234567890123456"
             "7890123456789012345678901234\"",
             ITEM(BRUSH, "1", "")),
        "order_number: must have at most 100 characters, found 105");
}

/* Without the ledger a repeat finds its own order. */
Test(create_purchase_order, a_repeat_without_the_ledger)
{
    postgres_do("DROP TABLE workflow.action_effects");
    trial_done(&trial, BRUSHES("1"));
    const char *number = trial_result(&trial, "order_number"), *id = trial_result(&trial, "purchase_order_id");
    trial_done(&trial, BRUSHES("1"));
    ASSERT_TEXT(trial_result(&trial, "order_number"), number);
    ASSERT_TEXT(trial_result(&trial, "purchase_order_id"), id);
    ASSERT_TEXT(trial_sql(&trial, ORDERS), "1");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM procurement.purchase_order_line_items"), "1");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "2");
}

/* ---- who, and errors ---- */

Test(create_purchase_order, no_user)
{
    trial_context(&trial, "{}");
    trial_refused(&trial, BRUSHES("1"), "create purchase order: no user: the event names none");
    cr_assert(uuid_parse(TEXT(CLERK), &trial.environment.stand_in));
    trial_done(&trial, BRUSHES("1"));
    ASSERT_TEXT(trial_sql(&trial, HEAD("requested_by")), CLERK);
}

Test(create_purchase_order, errors_of_the_server)
{
    trial_context(&trial, "{\"user_id\": \"" RULE "\"}");
    trial_refused(&trial, BRUSHES("1"), "create purchase order: foreign key violation");
    trial_context(&trial, "{\"user_id\": \"" CLERK "\"}");
    postgres_do("ALTER TABLE procurement.purchase_order_line_items ADD CONSTRAINT few CHECK (quantity_ordered < 5)");
    trial_refused(
        &trial, BRUSHES("5"),
        "create line items: ERROR: new row for relation \"purchase_order_line_items\" violates check constraint"
        " \"few\" (SQLSTATE 23514)");
    ASSERT_TEXT(trial_sql(&trial, ORDERS), "0");
    postgres_do("DROP TABLE procurement.supplier_products CASCADE");
    trial_refused(&trial, BRUSHES("1"), "line_items[0]: supplier product lookup: undefined table");
}

Test(create_purchase_order, many_lines)
{
    struct buffer config = buffer_in(trial.arena, LIMIT_JSON_BYTES);
    buffer_print(&config, "{" HEADER ", \"line_items\": [");
    for (size_t i = 0; i < 1000; i++)
        buffer_print(&config,
                     "%s{\"product_id\": \"" BRUSH
                     "\", \"quantity_ordered\": %zu, \"line_item_status_id\": \"" LINE_STATUS "\"}",
                     i == 0 ? "" : ",", i + 1);
    buffer_print(&config, "]}");
    trial_done(&trial, buffer_text(&config).data);
    ASSERT_TEXT(trial_result(&trial, "subtotal"), "1251250");
    ASSERT_TEXT(
        trial_sql(&trial, "SELECT count(*) || '|' || sum(line_total) FROM procurement.purchase_order_line_items"),
        "1000|1251250.00");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "1001");
}

Test(create_purchase_order, out_of_memory)
{
    trial_out_of_memory(&trial, BRUSHES("2"), ACTION_OUTCOME_DONE);
}
