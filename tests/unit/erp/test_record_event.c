/* The entity of each table's events, as the ERP writes it. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "erp/record_event.h"
#include "erp/schema.h"
#include "postgres.h"

#define ID(digit_)  "\"" digit_ digit_ "111111-1111-4111-8111-111111111111\""
#define NIL         "\"00000000-0000-0000-0000-000000000000\""
#define NO_TIME     "\"0001-01-01T00:00:00Z\""
#define DATES       "\"created_date\": \"2026-03-02 10:11:12.5\", \"updated_date\": \"2026-03-03\""
#define EVENT_DATES "\"created_date\": \"2026-03-02T10:11:12.5Z\", \"updated_date\": \"2026-03-03T00:00:00Z\""
#define SCENARIO    ", \"scenario_id\": " ID("f")
#define SELECT(name_, table_)                                                                                          \
    "SELECT " RECORD_ENTITY_##name_("t") " FROM jsonb_populate_record(NULL::" table_ ", '%s') t"

static const char *const selects[] = {
    SELECT(inventory_items, "inventory.inventory_items"),
    SELECT(inventory_transactions, "inventory.inventory_transactions"),
    SELECT(transfer_orders, "inventory.transfer_orders"),
    SELECT(inventory_adjustments, "inventory.inventory_adjustments"),
    SELECT(put_away_tasks, "inventory.put_away_tasks"),
    SELECT(pick_tasks, "inventory.pick_tasks"),
    SELECT(purchase_orders, "procurement.purchase_orders"),
    SELECT(purchase_order_line_items, "procurement.purchase_order_line_items"),
    SELECT(orders, "sales.orders"),
    SELECT(allocation_results, "workflow.allocation_results"),
};
enum {
    INVENTORY_ITEMS,
    INVENTORY_TRANSACTIONS,
    TRANSFER_ORDERS,
    INVENTORY_ADJUSTMENTS,
    PUT_AWAY_TASKS,
    PICK_TASKS,
    PURCHASE_ORDERS,
    PURCHASE_ORDER_LINE_ITEMS,
    ORDERS,
    ALLOCATION_RESULTS,
};

// clang-format off
#define ITEM                                                                                                           \
    "\"id\": " ID("a") ", \"product_id\": " ID("b") ", \"location_id\": " ID("c")                                      \
    ", \"quantity\": 9, \"reserved_quantity\": 1, \"allocated_quantity\":"                                             \
    " 2, \"minimum_stock\": 3, \"maximum_stock\": 4, \"reorder_point\":"                                               \
    " 5, \"economic_order_quantity\": 6, \"safety_stock\": 7, \"avg_daily_usage\": 8, "
#define MOVED                                                                                                          \
    "\"product_id\": " ID("b") ", \"location_id\": " ID("c") ", \"user_id\": " ID("d")                                 \
    ", \"quantity\": -9, \"transaction_type\": \"outbound\", \"reference_number\": \"SO-1\", "
#define TRANSFER                                                                                                       \
    "\"product_id\": " ID("b") ", \"from_location_id\": " ID("c") ", \"to_location_id\": " ID("d")                     \
    ", \"quantity\": 9,"
#define ADJUSTED                                                                                                       \
    "\"product_id\": " ID("b") ", \"location_id\": " ID("c") ", \"adjusted_by\": " ID("d")                             \
    ", \"quantity_change\": -2, \"reason_code\": \"theft\", \"notes\": \"none left\", "
#define SHELVED                                                                                                        \
    "\"id\": " ID("a") ", \"product_id\": " ID("b") ", \"location_id\": " ID("c")                                      \
    ", \"quantity\": 9, \"reference_number\": \"PO-1\", \"status\": \"pending\", \"created_by\": " ID("d") ", "
#define PICKED                                                                                                         \
    "\"id\": " ID("a") ", \"sales_order_id\": " ID("b") ", \"sales_order_line_item_id\": " ID("c")                     \
    ", \"product_id\": " ID("d") ", \"location_id\": " ID("e")                                                         \
    ", \"quantity_to_pick\": 9, \"quantity_picked\": 0, \"status\": \"pending\", \"created_by\": " ID("d") ", "
#define PURCHASE                                                                                                       \
    "\"id\": " ID("a") ", \"order_number\": \"PO-1\", \"supplier_id\": " ID("b") ", \"purchase_order_status_id\": "    \
    ID("c") ", \"delivery_warehouse_id\": " ID("d") ", \"currency_id\": " ID("e") ", \"requested_by\": " ID("1")       \
    ", \"created_by\": " ID("2") ", \"updated_by\": " ID("3") ", \"priority\": \"medium\", "
#define LINE                                                                                                           \
    "\"id\": " ID("a") ", \"purchase_order_id\": " ID("b") ", \"supplier_product_id\": " ID("c")                       \
    ", \"quantity_ordered\": 9, \"quantity_received\": 2, \"quantity_cancelled\": 1, \"line_item_status_id\": "     \
    ID("d") ", \"created_by\": " ID("2") ", \"updated_by\": " ID("3") ", "
#define ORDERED                                                                                                        \
    "\"id\": " ID("a") ", \"number\": \"SO-1\", \"customer_id\": " ID("b") ", \"currency_id\": " ID("c")               \
    ", \"priority\": \"high\", \"created_by\": " ID("2") ", \"updated_by\": " ID("3") ", "

static const struct {
    int table;
    const char *row, *entity;
} rows[] = {
    {INVENTORY_ITEMS,
     "{" ITEM DATES "}",
     "{" ITEM EVENT_DATES "}"},
    {INVENTORY_ITEMS,
     "{" ITEM DATES SCENARIO "}",
     "{" ITEM EVENT_DATES SCENARIO "}"},
    {INVENTORY_TRANSACTIONS,
     "{\"id\": " ID("a") ", " MOVED "\"transaction_date\": \"2026-03-01 23:59:59.123456\", " DATES "}",
     "{\"inventory_transaction_id\": " ID("a") ", " MOVED "\"transaction_date\": \"2026-03-01T23:59:59.123456Z\", "
     EVENT_DATES "}"},
    {INVENTORY_TRANSACTIONS,
     "{\"id\": " ID("a") ", " MOVED "\"lot_id\": " ID("e") ", \"serial_id\": " ID("1") ", " DATES SCENARIO "}",
     "{\"inventory_transaction_id\": " ID("a") ", " MOVED "\"lot_id\": " ID("e") ", \"serial_id\": " ID("1")
     ", \"transaction_date\": " NO_TIME ", " EVENT_DATES SCENARIO "}"},
    {TRANSFER_ORDERS,
     "{\"id\": " ID("a") ", " TRANSFER "\"requested_by\": " ID("1")
     ", \"status\": \"pending\", \"transfer_date\": \"2026-03-01\", " DATES "}",
     "{\"transfer_id\": " ID("a") ", " TRANSFER "\"requested_by_id\": " ID("1")
     ", \"approved_by_id\": null, \"rejected_by_id\": null,"
     " \"approval_reason\": \"\", \"rejection_reason\": \"\","
     " \"claimed_by_id\": null, \"claimed_at\": null, \"completed_by_id\":"
     " null, \"completed_at\": null, \"status\": \"pending\", \"transfer_date\": \"2026-03-01T00:00:00Z\", "
     EVENT_DATES "}"},
    {TRANSFER_ORDERS,
     "{\"id\": " ID("a") ", \"transfer_number\": \"TO-1\", " TRANSFER "\"requested_by\": " ID("1")
     ", \"approved_by\": " ID("2") ", \"rejected_by_id\": " ID("3")
     ", \"approval_reason\": \"yes\", \"rejection_reason\": \"no\", \"claimed_by\": " ID("4")
     ", \"claimed_at\": \"2026-03-01 01:00:00\", \"completed_by\": " ID("5")
     ", \"completed_at\": \"2026-03-01 02:00:00\", \"status\": \"completed\", \"transfer_date\": \"2026-03-01\", "
     DATES SCENARIO "}",
     "{\"transfer_id\": " ID("a") ", \"transfer_number\": \"TO-1\", " TRANSFER "\"requested_by_id\": " ID("1")
     ", \"approved_by_id\": " ID("2") ", \"rejected_by_id\": " ID("3")
     ", \"approval_reason\": \"yes\", \"rejection_reason\": \"no\", \"claimed_by_id\": " ID("4")
     ", \"claimed_at\": \"2026-03-01T01:00:00Z\", \"completed_by_id\": " ID("5")
     ", \"completed_at\": \"2026-03-01T02:00:00Z\", \"status\":"
     " \"completed\", \"transfer_date\": \"2026-03-01T00:00:00Z\", " EVENT_DATES SCENARIO "}"},
    {INVENTORY_ADJUSTMENTS,
     "{\"id\": " ID("a") ", " ADJUSTED "\"approval_status\": \"pending\", \"adjustment_date\": \"2026-03-01\", "
     DATES "}",
     "{\"inventory_adjustment_id\": " ID("a") ", " ADJUSTED
     "\"approval_status\": \"pending\", \"approved_by\": null, \"approval_reason\": \"\", \"rejected_by\": null,"
     " \"rejection_reason\": \"\", \"adjustment_date\": \"2026-03-01T00:00:00Z\", " EVENT_DATES "}"},
    {INVENTORY_ADJUSTMENTS,
     "{\"id\": " ID("a") ", " ADJUSTED "\"approval_status\": \"approved\", \"approved_by\": " ID("1")
     ", \"approval_reason\": \"yes\", \"rejected_by\": " ID("2")
     ", \"rejection_reason\": \"no\", \"adjustment_date\": \"2026-03-01\"," " " DATES SCENARIO "}",
     "{\"inventory_adjustment_id\": " ID("a") ", " ADJUSTED "\"approval_status\": \"approved\", \"approved_by\": "
     ID("1") ", \"approval_reason\": \"yes\", \"rejected_by\": " ID("2")
     ", \"rejection_reason\": \"no\", \"adjustment_date\": \"2026-03-01T00:00:00Z\", " EVENT_DATES SCENARIO "}"},
    {PUT_AWAY_TASKS,
     "{" SHELVED DATES "}",
     "{" SHELVED "\"assigned_to\": " NIL ", \"assigned_at\": " NO_TIME ", \"completed_by\": " NIL
     ", \"completed_at\": " NO_TIME ", " EVENT_DATES "}"},
    {PUT_AWAY_TASKS,
     "{" SHELVED "\"assigned_to\": " ID("1") ", \"assigned_at\": \"2026-03-01\", \"completed_by\": " ID("2")
     ", \"completed_at\": \"2026-03-02\", " DATES SCENARIO "}",
     "{" SHELVED "\"assigned_to\": " ID("1") ", \"assigned_at\": \"2026-03-01T00:00:00Z\", \"completed_by\": "
     ID("2") ", \"completed_at\": \"2026-03-02T00:00:00Z\", " EVENT_DATES SCENARIO "}"},
    {PICK_TASKS,
     "{" PICKED "\"short_pick_reason\": \"\", " DATES "}",
     "{" PICKED "\"assigned_to\": " NIL ", \"assigned_at\": " NO_TIME ", \"completed_by\": " NIL
     ", \"completed_at\": " NO_TIME ", " EVENT_DATES "}"},
    {PICK_TASKS,
     "{" PICKED "\"task_number\": \"PT-1\", \"lot_id\": " ID("3") ", \"serial_id\": " ID("4")
     ", \"short_pick_reason\": \"broken\", \"assigned_to\": " ID("1")
     ", \"assigned_at\": \"2026-03-01\", \"completed_by\": " ID("2") ", \"completed_at\": \"2026-03-02\", " DATES
     SCENARIO "}",
     "{" PICKED "\"task_number\": \"PT-1\", \"lot_id\": " ID("3") ", \"serial_id\": " ID("4")
     ", \"short_pick_reason\": \"broken\", \"assigned_to\": " ID("1")
     ", \"assigned_at\": \"2026-03-01T00:00:00Z\", \"completed_by\": " ID("2")
     ", \"completed_at\": \"2026-03-02T00:00:00Z\", " EVENT_DATES SCENARIO "}"},
    {PURCHASE_ORDERS,
     "{" PURCHASE "\"order_date\": \"2026-03-01\", \"expected_delivery_date\":"
     " \"2026-03-08\", \"subtotal\": 12.50, \"tax_amount\": 0,"
     " \"shipping_cost\": 100.00, \"total_amount\": 99999999.99, " DATES "}",
     "{" PURCHASE "\"delivery_location_id\": " NIL ", \"delivery_street_id\": " NIL
     ", \"order_date\": \"2026-03-01T00:00:00Z\", \"expected_delivery_date\": \"2026-03-08T00:00:00Z\","
     " \"actual_delivery_date\": " NO_TIME ", \"subtotal\": 12.5, \"tax_amount\": 0, \"shipping_cost\": 100,"
     " \"total_amount\": 99999999.99, \"approved_by\": null, \"approved_date\": " NO_TIME
     ", \"approval_reason\": \"\", \"rejected_by\": null, \"rejected_date\": " NO_TIME
     ", \"rejection_reason\": \"\", \"notes\": \"\", \"supplier_reference_number\": \"\", " EVENT_DATES "}"},
    {PURCHASE_ORDERS,
     "{" PURCHASE "\"delivery_location_id\": " ID("4") ", \"delivery_street_id\": " ID("5")
     ", \"order_date\": \"2026-03-01\", \"expected_delivery_date\":"
     " \"2026-03-08\", \"actual_delivery_date\": \"2026-03-09\","
     " \"subtotal\": 1, \"tax_amount\": 2, \"shipping_cost\": 3, \"total_amount\": 6, \"approved_by\": " ID("6")
     ", \"approved_date\": \"2026-03-02\", \"approval_reason\": \"yes\", \"rejected_by\": " ID("7")
     ", \"rejected_date\": \"2026-03-03\", \"rejection_reason\": \"no\","
     " \"notes\": \"n\", \"supplier_reference_number\": \"s\", " DATES SCENARIO "}",
     "{" PURCHASE "\"delivery_location_id\": " ID("4") ", \"delivery_street_id\": " ID("5")
     ", \"order_date\": \"2026-03-01T00:00:00Z\", \"expected_delivery_date\": \"2026-03-08T00:00:00Z\","
     " \"actual_delivery_date\": \"2026-03-09T00:00:00Z\", \"subtotal\":"
     " 1, \"tax_amount\": 2, \"shipping_cost\": 3, \"total_amount\": 6, \"approved_by\": " ID("6")
     ", \"approved_date\": \"2026-03-02T00:00:00Z\", \"approval_reason\": \"yes\", \"rejected_by\": " ID("7")
     ", \"rejected_date\": \"2026-03-03T00:00:00Z\", \"rejection_reason\":"
     " \"no\", \"notes\": \"n\", \"supplier_reference_number\": \"s\", " EVENT_DATES SCENARIO "}"},
    {PURCHASE_ORDER_LINE_ITEMS,
     "{" LINE "\"unit_cost\": 0.34, \"line_total\": 3.00, " DATES "}",
     "{" LINE "\"unit_cost\": 0.34, \"discount\": 0, \"line_total\": 3, \"expected_delivery_date\": " NO_TIME
     ", \"actual_delivery_date\": " NO_TIME ", \"notes\": \"\", " EVENT_DATES "}"},
    {PURCHASE_ORDER_LINE_ITEMS,
     "{" LINE "\"unit_cost\": 1, \"discount\": 0.25, \"line_total\": 6.75,"
     " \"expected_delivery_date\": \"2026-03-08\", \"actual_delivery_date\": \"2026-03-09\", \"notes\": \"n\", "
     DATES SCENARIO "}",
     "{" LINE "\"unit_cost\": 1, \"discount\": 0.25, \"line_total\": 6.75,"
     " \"expected_delivery_date\": \"2026-03-08T00:00:00Z\","
     " \"actual_delivery_date\": \"2026-03-09T00:00:00Z\", \"notes\": \"n\", " EVENT_DATES SCENARIO "}"},
    {ORDERS,
     "{" ORDERED "\"due_date\": \"2026-03-08 12:00:00\", \"order_fulfillment_status_id\": " ID("d") ", " DATES "}",
     "{" ORDERED "\"due_date\": \"2026-03-08T12:00:00Z\", \"fulfillment_status_id\": " ID("d") ", \"order_date\": "
     NO_TIME ", \"subtotal\": \"0.00\", \"tax_rate\": \"0.00\", \"tax_amount\":"
     " \"0.00\", \"shipping_cost\": \"0.00\", \"total_amount\": \"0.00\", \"notes\": \"\", " EVENT_DATES "}"},
    {ORDERS,
     "{" ORDERED "\"due_date\": \"2026-03-08\", \"order_fulfillment_status_id\": " ID("d")
     ", \"order_date\": \"2026-03-01\", \"billing_address_id\": " ID("4") ", \"shipping_address_id\": " ID("5")
     ", \"assigned_to\": " ID("6") ", \"payment_term_id\": " ID("7")
     ", \"subtotal\": 12.5, \"tax_rate\": 19, \"tax_amount\": 2.38,"
     " \"shipping_cost\": 1, \"total_amount\": 1234567.8, \"notes\": \"n\", " DATES SCENARIO "}",
     "{" ORDERED "\"due_date\": \"2026-03-08T00:00:00Z\", \"fulfillment_status_id\": " ID("d")
     ", \"order_date\": \"2026-03-01T00:00:00Z\", \"billing_address_id\": " ID("4") ", \"shipping_address_id\": "
     ID("5") ", \"assigned_to\": " ID("6") ", \"payment_term_id\": " ID("7")
     ", \"subtotal\": \"12.50\", \"tax_rate\": \"19.00\", \"tax_amount\":"
     " \"2.38\", \"shipping_cost\": \"1.00\", \"total_amount\": \"1234567.80\", \"notes\": \"n\", " EVENT_DATES
     SCENARIO "}"},
    {ALLOCATION_RESULTS,
     "{\"id\": " ID("a") ", \"idempotency_key\": \"key\", \"allocation_data\": {\"status\":"
     " \"success\", \"id\": 1}}",
     "{\"id\": " ID("a") ", \"idempotency_key\": \"key\", \"status\": \"success\"}"},
};
// clang-format on

static struct arena *arena;

static void migrate(void)
{
    struct database_options options = postgres_options();
    struct database *database = database_new(&options);
    const struct database_wait wait = {0};
    struct error error = ERROR_IN(arena);
    cr_assert_eq(schema_migrate(database, &wait, NULL, NULL, &error), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    database_free(database);
}

static void set_up(void)
{
    static const char *const with_scenario[] = {"inventory.inventory_items",
                                                "inventory.inventory_transactions",
                                                "inventory.transfer_orders",
                                                "inventory.inventory_adjustments",
                                                "inventory.put_away_tasks",
                                                "inventory.pick_tasks",
                                                "procurement.purchase_orders",
                                                "procurement.purchase_order_line_items",
                                                "sales.orders"};
    arena = arena_new(MIB(4), 0);
    postgres_do("DROP SCHEMA IF EXISTS core, workflow, inventory, procurement, products, sales CASCADE");
    migrate();
    for (size_t i = 0; i < sizeof(with_scenario) / sizeof(with_scenario[0]); i++)
        postgres_do(
            arena_print(arena, "ALTER TABLE %s ADD COLUMN IF NOT EXISTS scenario_id uuid", with_scenario[i]).data);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(record_event, .init = set_up, .fini = tear_down);

/* The select of a row, with the row in it. */
static const char *select_of(size_t number)
{
    struct text select = text_from(selects[rows[number].table]);
    size_t at = text_find(select, TEXT("%s"));
    return arena_print(arena, "%.*s%s%s", (int)at, select.data, rows[number].row, select.data + at + 2).data;
}

Test(record_event, entities)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *found = postgres_value(arena, select_of(i));
        const char *same = arena_print(arena, "SELECT '%s'::jsonb = '%s'::jsonb", found, rows[i].entity).data;
        cr_expect_str_eq(postgres_value(arena, same), "t", "found\n%s\nwanted\n%s", found, rows[i].entity);
    }
}

/* A database of the ERP that is older has no scenarios. */
Test(record_event, without_scenarios)
{
    postgres_do("ALTER TABLE inventory.inventory_items DROP COLUMN scenario_id");
    const char *found = postgres_value(arena, select_of(0));
    const char *same = arena_print(arena, "SELECT '%s'::jsonb = '%s'::jsonb", found, rows[0].entity).data;
    cr_assert_str_eq(postgres_value(arena, same), "t", "found\n%s", found);
}
