/* The places of actions that create orders and tasks. */
#include "hostile.h"
#include "purchases.h"

static const char rest[] =
    "(SELECT string_agg(concat(o.id, o.number), ',' ORDER BY o.id) FROM sales.orders o),"
    " (SELECT string_agg(l::text, ',' ORDER BY l.id) FROM sales.order_line_items l),"
    " (SELECT string_agg(s::text, ',' ORDER BY s.id) FROM procurement.supplier_products s),"
    " (SELECT string_agg(p::text, ',' ORDER BY p.id) FROM procurement.purchase_orders p WHERE p.id = '" PURCHASE "'),"
    " (SELECT string_agg(i::text, ',' ORDER BY i.id) FROM inventory.inventory_items i),"
    " (SELECT string_agg(l::text, ',' ORDER BY l.id) FROM inventory.inventory_locations l),"
    " (SELECT string_agg(u::text, ',' ORDER BY u.id) FROM core.users u)";

static const char clean[] = "DELETE FROM inventory.put_away_tasks; DELETE FROM inventory.pick_tasks;"
                            "DELETE FROM procurement.purchase_orders WHERE id <> '" PURCHASE "';"
                            "DELETE FROM workflow.cascade_outbox;"
                            "UPDATE sales.orders SET order_fulfillment_status_id = '" PENDING_ID "'";

static void set_up(void)
{
    stock_locations();
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    postgres_do(PURCHASE_ROW);
    postgres_do(SUPPLIED_ROW("1", ACME, BRUSH, "2.50", "true"));
    postgres_do("INSERT INTO sales.order_line_items VALUES (gen_random_uuid(), '" ORDER "', '" BRUSH "', 4, 0)");
}

#define USER     "\"user_id\": \"" CLERK "\""
#define OF_EVENT "{\"source_from_po\": true, \"location_strategy\": \"po_delivery\"}"
#define RECEIVED "\"quantity_received\": 3, " USER
#define SUPPLY   "\"supplier_product_id\": \"" SUPPLIED("1") "\""
#define AT_RIGHT "{\"location_strategy\": \"static\", \"product_id\": \"" KNIFE "\", \"location_id\": \"" RIGHT "\""

#define STATUS   "5cf37266-3473-4006-984f-9325122678b7"
#define HEADER                                                                                                         \
    "{\"purchase_order_status_id\": \"" STATUS "\", \"delivery_warehouse_id\": \"" NEAR                                \
    "\", \"delivery_location_id\": \"" LEFT "\", \"currency_id\": \"" STATUS "\""
#define LINE(more_)                                                                                                    \
    ", \"line_items\": [{\"product_id\": \"" BRUSH "\", \"quantity_ordered\": 2, \"line_item_status_id\": \"" STATUS   \
    "\"" more_ "}]}"
#define BY_EVENT      HEADER ", \"source_from_event\": true, \"default_line_item_status_id\": \"" STATUS "\"}"
#define BOUGHT(what_) "SELECT " what_ " FROM procurement.purchase_orders WHERE id <> '" PURCHASE "'"
#define HERE          "{\"entity_id\": \"" ORDER "\", " USER "}"

static const struct hostile_place places[] = {
    {"create_put_away_task", AT_RIGHT ", \"reference_number\": @}", "{" RECEIVED "}",
     "SELECT reference_number FROM inventory.put_away_tasks"},
    {"create_put_away_task", AT_RIGHT ", \"reference_number\": \"{{v}}\"}", "{" RECEIVED ", \"v\": @}",
     "SELECT reference_number FROM inventory.put_away_tasks"},
    {"create_put_away_task", AT_RIGHT "}", "{" RECEIVED ", \"purchase_order_id\": @}",
     "SELECT substr(reference_number, 4) FROM inventory.put_away_tasks"},
    {"create_put_away_task", "{\"location_strategy\": @, \"source_from_po\": true}", "{" RECEIVED "}", NULL},
    {"create_put_away_task", "{\"location_strategy\": \"po_delivery\", \"product_id\": @}", "{" RECEIVED "}", NULL},
    {"create_put_away_task", "{\"location_strategy\": \"static\", \"product_id\": \"" KNIFE "\", \"location_id\": @}",
     "{" RECEIVED "}", NULL},
    {"create_put_away_task", OF_EVENT, "{" RECEIVED ", \"supplier_product_id\": @}", NULL},
    {"create_put_away_task", OF_EVENT, "{" RECEIVED ", " SUPPLY ", \"purchase_order_id\": @}", NULL},
    {"create_put_away_task", AT_RIGHT "}", "{" USER ", \"quantity_received\": @}", NULL},
    {"create_put_away_task", AT_RIGHT "}",
     "{" USER ", \"field_changes\": {\"quantity_received\": {\"old_value\": 0, \"new_value\": @}}}", NULL},
    {"create_put_away_task", AT_RIGHT "}", "{\"quantity_received\": 3, \"user_id\": @}", NULL},
    {"create_put_away_task", AT_RIGHT "}", "{" RECEIVED ", \"__cascade_lineage\": {\"visited\": [@]}}",
     "SELECT lineage -> 'visited' ->> 0 FROM workflow.cascade_outbox"},

    {"create_purchase_order", HEADER ", \"order_number\": @" LINE(""), "{" USER "}", BOUGHT("order_number")},
    {"create_purchase_order", HEADER ", \"order_number\": \"{{v}}\"" LINE(""), "{" USER ", \"v\": @}",
     BOUGHT("order_number")},
    {"create_purchase_order", HEADER ", \"notes\": @" LINE(""), "{" USER "}", BOUGHT("notes")},
    {"create_purchase_order", HEADER LINE(", \"notes\": @"), "{" USER "}",
     "SELECT notes FROM procurement.purchase_order_line_items"},
    {"create_purchase_order", HEADER LINE(", \"notes\": \"{{v}}\""), "{" USER ", \"v\": @}",
     "SELECT notes FROM procurement.purchase_order_line_items"},
    {"create_purchase_order", HEADER LINE(", \"unit_cost\": @"), "{" USER "}", NULL},
    {"create_purchase_order", HEADER LINE(", \"unit_cost\": \"{{v}}\""), "{" USER ", \"v\": @}", NULL},
    {"create_purchase_order", HEADER LINE(", \"discount\": @"), "{" USER "}", NULL},
    {"create_purchase_order", HEADER LINE(", \"supplier_product_id\": @"), "{" USER "}", NULL},
    {"create_purchase_order", HEADER ", \"supplier_id\": @" LINE(""), "{" USER "}", NULL},
    {"create_purchase_order", HEADER ", \"delivery_street_id\": @" LINE(""), "{" USER "}", NULL},
    {"create_purchase_order", HEADER ", \"expected_delivery_days\": @" LINE(""), "{" USER "}", NULL},
    {"create_purchase_order", BY_EVENT, "{" USER ", \"quantity\": 2, \"product_id\": @}", NULL},
    {"create_purchase_order", BY_EVENT, "{" USER ", \"product_id\": \"" BRUSH "\", \"quantity\": @}", NULL},
    {"create_purchase_order", HEADER LINE(""), "{\"user_id\": @}", NULL},

    {"release_to_picking", "{\"order_id\": @}", HERE, NULL},
    {"release_to_picking", "{\"order_id\": \"{{v}}\"}", "{" USER ", \"v\": @}", NULL},
    {"release_to_picking", "{}", "{\"entity_id\": @, " USER "}", NULL},
    {"release_to_picking", "{}", "{\"entity_id\": \"" ORDER "\", \"user_id\": @}", NULL},
    {"release_to_picking", "{}", "{\"entity_id\": \"" ORDER "\", " USER ", \"__cascade_lineage\": {\"visited\": [@]}}",
     "SELECT lineage -> 'visited' ->> 0 FROM workflow.cascade_outbox LIMIT 1"},
};

static const struct hostile_group group = {
    .places = places,
    .count = sizeof(places) / sizeof(places[0]),
    .set_up = set_up,
    .rest = rest,
    .clean = clean,
};

HOSTILE_TESTS(hostile_orders, group)
