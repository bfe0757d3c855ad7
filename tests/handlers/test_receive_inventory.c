/* receive_inventory: stock is added, and a transaction records it. */
#include <criterion/criterion.h>
#include <string.h>

#include "generated/receive_inventory.h"
#include "stock.h"

static struct trial trial;

#define USER     "f3c95789-ace1-4954-ac5d-6baed2eac902"
#define SUPPLIED "b1f2b0a6-1f0e-4c1c-9a26-5b1d9d2f3c10"
#define LINE_ID  "7d2c9f4e-5b3a-4f7e-8c1d-2e6f0a9b8c7d"

static void set_up(void)
{
    trial_open(&trial, "receive_inventory");
    stock_locations();
    postgres_do("INSERT INTO core.users (id) SELECT '" USER
                "' WHERE NOT EXISTS (SELECT FROM core.users WHERE id = '" USER "');"
                "INSERT INTO procurement.supplier_products (id, supplier_id, product_id, supplier_part_number,"
                " min_order_quantity, max_order_quantity, lead_time_days, unit_cost, is_primary_supplier, created_date,"
                " updated_date) VALUES ('" SUPPLIED "', '" KNIFE "', '" BRUSH
                "', 'B-1', 1, 100, 3, 2.50, true, '2026-01-05', '2026-01-05')");
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"user_id\": \"" USER "\"}");
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(receive_inventory, .init = set_up, .fini = tear_down);

#define RECEIVE(quantity_, more_)                                                                                      \
    "{\"product_id\": \"" BRUSH "\", \"location_id\": \"" LEFT "\", \"quantity\": " quantity_ more_ "}"
#define OF_LINE(more_) "{\"source_from_po\": true, \"location_id\": \"" LEFT "\"" more_ "}"

#define TRANSACTIONS                                                                                                   \
    "SELECT string_agg(concat_ws('|', product_id, location_id, user_id, transaction_type, quantity, reference_number," \
    " lot_id), ' ') FROM inventory.inventory_transactions"
#define INBOUND(quantity_, reference_) BRUSH "|" LEFT "|" USER "|inbound|" quantity_ "|" reference_

Test(receive_inventory, adds_to_the_row_and_tells_so)
{
    stock(1, BRUSH, LEFT, 9, 5, 1, "2026-03-02");
    stock(2, BRUSH, RIGHT, 9, 5, 1, "2026-03-03");
    trial_done(&trial, RECEIVE("4", ", \"reference_number\": \"RMA-{{entity_id}}\", \"notes\": \"torn box\""));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "13-5-1 9-5-1");
    ASSERT_TEXT(trial_sql(&trial, TRANSACTIONS), INBOUND("4", "RMA-" ORDER));
    ASSERT_TEXT(trial_sql(&trial, "SELECT transaction_date = created_date AND created_date = updated_date AND"
                                  " created_date BETWEEN (now() AT TIME ZONE 'UTC') - interval '1 minute' AND now() AT"
                                  " TIME ZONE 'UTC' FROM inventory.inventory_transactions"),
                "t");
    ASSERT_TEXT(trial_result(&trial, "inventory_item_id"), STOCK("1"));
    ASSERT_TEXT(trial_result(&trial, "transaction_id"),
                trial_sql(&trial, "SELECT id FROM inventory.inventory_transactions"));
    ASSERT_TEXT(trial_result(&trial, "quantity_received"), "4");
    ASSERT_TEXT(trial_result(&trial, "previous_quantity"), "9");
    ASSERT_TEXT(trial_result(&trial, "new_quantity"), "13");
    ASSERT_TEXT(trial_result(&trial, "product_id"), BRUSH);
    ASSERT_TEXT(trial_result(&trial, "location_id"), LEFT);
    ASSERT_TEXT(trial_result(&trial, "output"), "received");
    cr_assert_eq(trial.report.result.object.count, 8);
}

Test(receive_inventory, writes_two_events)
{
    stock(1, BRUSH, LEFT, 9, 5, 1, "2026-03-02");
    trial_done(&trial, RECEIVE("4", ""));
    ASSERT_TEXT(trial_sql(&trial, EVENTS),
                arena_print(trial.arena,
                            STOCK_EVENT("1") " inventorytransaction|created|on_create|inventory_transactions|%s|" USER,
                            trial_result(&trial, "transaction_id"))
                    .data);
    ASSERT_TEXT(trial_sql(&trial, CHANGED_BY_EVENT(0)), "quantity=13 updated_date=now");
    ASSERT_TEXT(trial_sql(&trial, "SELECT string_agg(key, ' ' ORDER BY key) FROM (SELECT * FROM workflow.cascade_outbox"
                                  " ORDER BY seq OFFSET 1) e, jsonb_object_keys(" PARAMS_OF_EVENT " -> 'entity') key"),
                "created_date inventory_transaction_id location_id product_id quantity reference_number"
                " transaction_date transaction_type updated_date user_id");
}

Test(receive_inventory, the_reference_names_the_order_line)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    trial_done(&trial, RECEIVE("1", ", \"po_line_item_id\": \"" LINE_ID "\""));
    ASSERT_TEXT(trial_sql(&trial, TRANSACTIONS), INBOUND("1", "PO-LINE:" LINE_ID));
    postgres_do("DELETE FROM inventory.inventory_transactions");
    trial_done(&trial, RECEIVE("1", ", \"po_line_item_id\": \"" LINE_ID "\", \"reference_number\": \"R\""));
    ASSERT_TEXT(trial_sql(&trial, TRANSACTIONS), INBOUND("1", "R"));
    postgres_do("DELETE FROM inventory.inventory_transactions");
    trial_done(&trial, RECEIVE("1", ""));
    ASSERT_TEXT(trial_sql(&trial, TRANSACTIONS), INBOUND("1", ""));
}

Test(receive_inventory, without_a_row_nothing_is_received)
{
    stock(1, BRUSH, RIGHT, 9, 0, 0, "2026-03-02");
    trial_done(&trial, RECEIVE("4", ""));
    ASSERT_TEXT(trial_result(&trial, "output"), "item_not_found");
    ASSERT_TEXT(trial_result(&trial, "product_id"), BRUSH);
    ASSERT_TEXT(trial_result(&trial, "location_id"), LEFT);
    cr_assert_eq(trial.report.result.object.count, 3);
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-0-0");
    ASSERT_TEXT(trial_sql(&trial, "SELECT (SELECT count(*) FROM inventory.inventory_transactions) + (SELECT count(*)"
                                  " FROM workflow.cascade_outbox)"),
                "0");
}

Test(receive_inventory, more_than_fits)
{
    stock(1, BRUSH, LEFT, 2147483646, 0, 0, "2026-03-02");
    trial_refused(&trial, RECEIVE("2", ""), "quantity is too large");
    trial_refused(&trial, RECEIVE("9223372036854775807", ""), "quantity is too large");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "2147483646-0-0");
    trial_done(&trial, RECEIVE("1", ""));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "2147483647-0-0");
    postgres_do("UPDATE inventory.inventory_items SET quantity = -5");
    trial_done(&trial, RECEIVE("2", ""));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "-3-0-0");
}

/* ---- a line of a purchase order ---- */

#define LINE_EVENT(more_)                                                                                              \
    "{\"id\": \"" LINE_ID "\", \"user_id\": \"" USER "\", \"supplier_product_id\": \"" SUPPLIED "\"" more_ "}"
#define CHANGES(changes_) ", \"quantity_received\": 5, \"quantity_ordered\": 9, \"field_changes\": {" changes_ "}"

Test(receive_inventory, of_a_line_of_a_purchase_order)
{
    static const struct {
        const char *event, *received;
    } rows[] = {
        {LINE_EVENT(", \"quantity_received\": 5, \"quantity_ordered\": 9"), "5"},
        {LINE_EVENT(", \"quantity_received\": \"5\""), "5"},
        {LINE_EVENT(", \"quantity_received\": 5.9"), "5"},
        {LINE_EVENT(", \"quantity_ordered\": 9"), "9"},
        {LINE_EVENT(", \"quantity_received\": null, \"quantity_ordered\": 9"), "9"},
        /* An update receives the difference. */
        {LINE_EVENT(CHANGES("\"quantity_received\": {\"old_value\": 3, \"new_value\": 5}")), "2"},
        {LINE_EVENT(CHANGES("\"quantity_received\": {\"old_value\": 0, \"new_value\": 5}, \"notes\": {}")), "5"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        postgres_do("DELETE FROM inventory.inventory_items; DELETE FROM inventory.inventory_transactions");
        stock(1, BRUSH, LEFT, 10, 0, 0, "2026-03-02");
        trial_context(&trial, rows[i].event);
        trial_done(&trial, OF_LINE(", \"product_id\": \"" KNIFE "\", \"quantity\": 77"));
        ASSERT_TEXT(trial_result(&trial, "output"), "received");
        ASSERT_TEXT(trial_result(&trial, "product_id"), BRUSH);
        ASSERT_TEXT(trial_result(&trial, "quantity_received"), rows[i].received);
        ASSERT_TEXT(trial_sql(&trial, TRANSACTIONS),
                    arena_print(trial.arena, INBOUND("%s", "PO-LINE:" LINE_ID), rows[i].received).data);
    }
}

Test(receive_inventory, the_event_may_have_no_id)
{
    stock(1, BRUSH, LEFT, 10, 0, 0, "2026-03-02");
    trial_context(&trial, "{\"id\": 7, \"user_id\": \"" USER "\", \"supplier_product_id\": \"" SUPPLIED
                          "\", \"quantity_received\": 1}");
    trial_done(&trial, OF_LINE(", \"po_line_item_id\": \"" LINE_ID "\""));
    ASSERT_TEXT(trial_sql(&trial, TRANSACTIONS), INBOUND("1", "PO-LINE:" LINE_ID));
}

Test(receive_inventory, an_event_that_does_not_say_what_is_received)
{
    static const struct {
        const char *event, *error;
    } rows[] = {
        {"{\"quantity_received\": 5}", "supplier_product_id not found in PO line item RawData"},
        {"{\"supplier_product_id\": 5, \"quantity_received\": 5}",
         "supplier_product_id not found in PO line item RawData"},
        {"{\"supplier_product_id\": \"brush\"}", "invalid supplier_product_id in RawData: invalid UUID length: 5"},
        {"{\"supplier_product_id\": \"" BRUSH "\"}",
         "query supplier product " BRUSH ": query: supplierProductID[" BRUSH "]: supplierProduct not found"},
        {LINE_EVENT(""), "quantity_received or quantity_ordered not found in PO line item RawData"},
        {LINE_EVENT(", \"quantity_received\": \"a few\""),
         "quantity_received or quantity_ordered not found in PO line item RawData"},
        {LINE_EVENT(", \"quantity_received\": 0, \"quantity_ordered\": 9"), "quantity must be greater than 0"},
        {LINE_EVENT(", \"quantity_received\": -3"), "quantity must be greater than 0"},
        {LINE_EVENT(CHANGES("\"notes\": {\"old_value\": \"\", \"new_value\": \"x\"}")),
         "quantity must be greater than 0"},
        {LINE_EVENT(CHANGES("")), "quantity must be greater than 0"},
        {LINE_EVENT(CHANGES("\"quantity_received\": {\"old_value\": 5, \"new_value\": 3}")),
         "quantity must be greater than 0"},
    };
    stock(1, BRUSH, LEFT, 10, 0, 0, "2026-03-02");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        trial_context(&trial, rows[i].event);
        trial_done(&trial, OF_LINE(""));
        ASSERT_TEXT(trial_result(&trial, "output"), "failure");
        ASSERT_TEXT(trial_result(&trial, "error"), rows[i].error);
        cr_assert_eq(trial.report.result.object.count, 2);
    }
    trial_context(&trial, LINE_EVENT(", \"quantity_received\": 1e30"));
    trial_refused(&trial, OF_LINE(""), "quantity is too large");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "10-0-0");
}

/* ---- faults ---- */

Test(receive_inventory, an_event_without_a_user)
{
    stock(1, BRUSH, LEFT, 10, 0, 0, "2026-03-02");
    trial_context(&trial, "{}");
    trial_refused(&trial, RECEIVE("1", ""), "create inventory transaction: no user: the event names none");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "10-0-0");
    cr_assert(uuid_parse(TEXT(USER), &trial.environment.stand_in));
    trial_done(&trial, RECEIVE("1", ""));
    ASSERT_TEXT(trial_sql(&trial, TRANSACTIONS), INBOUND("1", ""));
}

Test(receive_inventory, errors_of_the_server)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    trial_context(&trial, "{\"user_id\": \"" ORDER "\"}");
    trial_refused(&trial, RECEIVE("1", ""),
                  "create inventory transaction: create: namedexeccontext: foreign key violation");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-0-0");
    trial_context(&trial, LINE_EVENT(", \"quantity_received\": 5"));
    postgres_do("DROP TABLE inventory.inventory_transactions");
    trial_refused(&trial, RECEIVE("1", ""), "create inventory transaction: create: namedexeccontext: undefined table");
    postgres_do("DROP TABLE inventory.inventory_items CASCADE");
    trial_refused(&trial, RECEIVE("1", ""), "update inventory item quantity: undefined table");
    postgres_do("DROP TABLE procurement.supplier_products CASCADE");
    trial_refused(&trial, OF_LINE(""), "query supplier product " SUPPLIED ": undefined table");
    /* The action does not end with the output `failure`, because the database may answer later. */
    trial_move(&trial, TEXT("127.0.0.1:1"));
    trial.environment.local = true;
    cr_assert_eq(trial_run(&trial, OF_LINE("")), ACTION_OUTCOME_RETRY);
}

#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"

Test(receive_inventory, every_validation_message)
{
    static const struct {
        const char *config, *faults;
    } rows[] = {
        {RECEIVE("1", ""), ""},
        {RECEIVE("1", ", \"reference_number\": \"" LONG "\""), ""},
        {OF_LINE(", \"product_id\": \"brush\", \"quantity\": -1"), ""},
        {"{}", "location_id is required; product_id is required when source_from_po is false;"
               " quantity must be greater than 0"},
        {"{\"source_from_po\": true}", "location_id is required"},
        {"{\"location_id\": \"shelf\", \"product_id\": \"brush\", \"quantity\": 0, \"po_line_item_id\": \"line\"}",
         "invalid location_id: invalid UUID length: 5; invalid product_id: invalid UUID length: 5;"
         " quantity must be greater than 0; invalid po_line_item_id: invalid UUID length: 4"},
        {RECEIVE("1", ", \"reference_number\": \"" LONG "x\""),
         "reference_number: must have at most 100 characters, found 101"},
        {"false", "invalid configuration format: config: expected object, found boolean"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ASSERT_TEXT(trial_check(&trial, rows[i].config), rows[i].faults);
    trial_refused(&trial, RECEIVE("0", ""), "quantity must be greater than 0");
    trial_refused(&trial, RECEIVE("1", ", \"reference_number\": \"" LONG "{{entity_id}}\""),
                  "reference_number: must have at most 100 characters, found 136");
}

Test(receive_inventory, out_of_memory)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    trial_context(&trial, LINE_EVENT(", \"quantity_received\": 5"));
    trial_out_of_memory(&trial, OF_LINE(""), ACTION_OUTCOME_DONE);
}
