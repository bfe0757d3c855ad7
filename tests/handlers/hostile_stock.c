/* The places of actions that check and move stock. */
#include "hostile.h"
#include "stock.h"

#define USER     "f3c95789-ace1-4954-ac5d-6baed2eac902"
#define SUPPLIED "b1f2b0a6-1f0e-4c1c-9a26-5b1d9d2f3c10"

static const char rest[] =
    "(SELECT string_agg(concat(i.id, i.product_id, i.location_id, i.reorder_point), ',' ORDER BY i.id)"
    "  FROM inventory.inventory_items i),"
    " (SELECT string_agg(l::text, ',' ORDER BY l.id) FROM inventory.inventory_locations l),"
    " (SELECT string_agg(s::text, ',' ORDER BY s.id) FROM procurement.supplier_products s),"
    " (SELECT string_agg(u::text, ',' ORDER BY u.id) FROM core.users u)";

/* Rows that the actions may write. */
static const char clean[] =
    "DELETE FROM workflow.allocation_results; DELETE FROM workflow.cascade_outbox;"
    "DELETE FROM inventory.inventory_transactions;"
    "UPDATE inventory.inventory_items SET quantity = 9, reserved_quantity = 2, allocated_quantity = 0";

static void set_up(void)
{
    stock_locations();
    stock(1, BRUSH, LEFT, 9, 2, 0, "2026-03-02");
    stock(2, KNIFE, RIGHT, 9, 2, 0, "2026-03-02");
    postgres_do("INSERT INTO core.users (id) SELECT '" USER
                "' WHERE NOT EXISTS (SELECT FROM core.users WHERE id = '" USER "');"
                "INSERT INTO procurement.supplier_products (id, supplier_id, product_id, supplier_part_number,"
                " min_order_quantity, max_order_quantity, lead_time_days, unit_cost, is_primary_supplier, created_date,"
                " updated_date) VALUES ('" SUPPLIED "', '" KNIFE "', '" BRUSH
                "', 'B-1', 1, 100, 3, 2.50, true, '2026-01-05', '2026-01-05')");
}

#define CHECK(more_)   "{\"product_id\": \"" BRUSH "\"" more_ "}"
#define RESERVE(more_) "{\"product_id\": \"" BRUSH "\", \"quantity\": 1" more_ "}"
#define ROW(more_)     "{\"product_id\": \"" BRUSH "\", \"location_id\": \"" LEFT "\", \"quantity\": 1" more_ "}"
#define LINE           "{\"source_from_line_item\": true}"
#define OF_PO          "{\"source_from_po\": true, \"location_id\": \"" LEFT "\"}"
#define BY             "\"user_id\": \"" USER "\""
#define REFERENCE      "SELECT reference_number FROM inventory.inventory_transactions"

static const struct hostile_place places[] = {
    {"check_inventory", "{\"product_id\": @}", "{}", NULL},
    {"check_inventory", CHECK(", \"warehouse_id\": @"), "{}", NULL},
    {"check_inventory", CHECK(", \"location_id\": @"), "{}", NULL},
    {"check_inventory", CHECK(", \"threshold\": @"), "{}", NULL},
    {"check_inventory", CHECK(", \"location_id\": \"{{v}}\""), "{\"v\": @}", NULL},
    {"check_inventory", LINE, "{\"product_id\": @}", NULL},
    {"check_inventory", LINE, "{\"product_id\": \"" BRUSH "\", \"quantity\": @}", NULL},
    {"check_reorder_point", "{\"product_id\": @}", "{}", NULL},
    {"check_reorder_point", CHECK(", \"warehouse_id\": @"), "{}", NULL},
    {"check_reorder_point", CHECK(", \"location_id\": @"), "{}", NULL},
    {"check_reorder_point", CHECK(", \"custom_threshold\": @"), "{}", NULL},
    {"check_reorder_point", LINE, "{\"product_id\": @}", NULL},
    {"reserve_inventory", "{\"product_id\": @, \"quantity\": 1}", "{}", NULL},
    {"reserve_inventory", "{\"product_id\": \"" BRUSH "\", \"quantity\": @}", "{}", NULL},
    {"reserve_inventory", RESERVE(", \"allocation_strategy\": @"), "{}", NULL},
    {"reserve_inventory", RESERVE(", \"warehouse_id\": @"), "{}", NULL},
    {"reserve_inventory", RESERVE(", \"location_id\": @"), "{}", NULL},
    {"reserve_inventory", RESERVE(", \"reservation_duration_hours\": @"), "{}", NULL},
    {"reserve_inventory", RESERVE(", \"reference_type\": @"), "{}", NULL},
    {"reserve_inventory", RESERVE(", \"reference_id\": \"{{v}}\""), "{\"v\": @}",
     KEPT("allocation_data ->> 'reference_id'")},
    {"reserve_inventory", LINE, "{\"product_id\": @, \"quantity\": 1}", NULL},
    {"reserve_inventory", LINE, "{\"product_id\": \"" BRUSH "\", \"quantity\": @}", NULL},
    {"reserve_inventory", LINE, "{\"product_id\": \"" BRUSH "\", \"quantity\": 1, \"order_id\": @}",
     KEPT("allocation_data ->> 'reference_id'")},
    {"reserve_inventory", RESERVE(""), "{\"__cascade_lineage\": @}",
     "SELECT lineage #>> '{}' FROM workflow.cascade_outbox LIMIT 1"},
    {"release_reservation", "{\"product_id\": @, \"location_id\": \"" LEFT "\", \"quantity\": 1}", "{}", NULL},
    {"release_reservation", "{\"product_id\": \"" BRUSH "\", \"location_id\": @, \"quantity\": 1}", "{}", NULL},
    {"release_reservation", "{\"product_id\": \"" BRUSH "\", \"location_id\": \"" LEFT "\", \"quantity\": @}", "{}",
     NULL},
    {"release_reservation", ROW(""), "{\"__cascade_lineage\": @}",
     "SELECT lineage #>> '{}' FROM workflow.cascade_outbox"},
    {"commit_allocation", "{\"product_id\": @, \"location_id\": \"" LEFT "\", \"quantity\": 1}", "{}", NULL},
    {"commit_allocation", "{\"product_id\": \"" BRUSH "\", \"location_id\": @, \"quantity\": 1}", "{}", NULL},
    {"commit_allocation", "{\"product_id\": \"" BRUSH "\", \"location_id\": \"" LEFT "\", \"quantity\": @}", "{}",
     NULL},
    {"receive_inventory", "{\"product_id\": @, \"location_id\": \"" LEFT "\", \"quantity\": 1}", "{" BY "}", NULL},
    {"receive_inventory", "{\"product_id\": \"" BRUSH "\", \"location_id\": @, \"quantity\": 1}", "{" BY "}", NULL},
    {"receive_inventory", "{\"product_id\": \"" BRUSH "\", \"location_id\": \"" LEFT "\", \"quantity\": @}", "{" BY "}",
     NULL},
    {"receive_inventory", ROW(", \"po_line_item_id\": @"), "{" BY "}", NULL},
    {"receive_inventory", ROW(", \"notes\": @"), "{" BY "}", NULL},
    {"receive_inventory", ROW(", \"reference_number\": \"{{v}}\""), "{" BY ", \"v\": @}", REFERENCE},
    {"receive_inventory", ROW(""), "{\"user_id\": @}", NULL},
    {"receive_inventory", OF_PO, "{" BY ", \"supplier_product_id\": @, \"quantity_received\": 1}", NULL},
    {"receive_inventory", OF_PO, "{" BY ", \"supplier_product_id\": \"" SUPPLIED "\", \"quantity_received\": @}", NULL},
    {"receive_inventory", OF_PO, "{" BY ", \"supplier_product_id\": \"" SUPPLIED "\", \"quantity_ordered\": @}", NULL},
    {"receive_inventory", OF_PO,
     "{" BY ", \"supplier_product_id\": \"" SUPPLIED "\", \"quantity_received\": 1, \"id\": @}",
     "SELECT substr(reference_number, 9) FROM inventory.inventory_transactions"},
    {"receive_inventory", OF_PO,
     "{" BY ", \"supplier_product_id\": \"" SUPPLIED "\", \"field_changes\": {\"quantity_received\": {\"old_value\": 1,"
     " \"new_value\": @}}}",
     NULL},
};

static const struct hostile_group group = {
    .places = places,
    .count = sizeof(places) / sizeof(places[0]),
    .set_up = set_up,
    .rest = rest,
    .clean = clean,
};

HOSTILE_TESTS(hostile_stock, group)
