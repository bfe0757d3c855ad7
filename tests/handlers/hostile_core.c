/* The places of the first actions. */
#include "hostile.h"
#include "stock.h"

static const char rest[] =
    "(SELECT string_agg(concat(o.id, o.number, o.text_column IS NULL OR o.id = '" ORDER "'), ',' ORDER BY o.id)"
    "  FROM sales.orders o),"
    " (SELECT string_agg(s::text, ',' ORDER BY s.id) FROM products.brands s WHERE s.code < 9),"
    " (SELECT string_agg(concat(i.id, i.quantity, i.location_id), ',' ORDER BY i.id) FROM inventory.inventory_items i),"
    " (SELECT string_agg(l::text, ',' ORDER BY l.id) FROM inventory.inventory_locations l)";

/* Rows that the actions may write. */
static const char clean[] = "DELETE FROM workflow.alerts; DELETE FROM workflow.allocation_results;"
                            "DELETE FROM workflow.cascade_outbox;"
                            "UPDATE sales.orders SET text_column = NULL, status_id = NULL, jsonb_column = NULL;"
                            "DELETE FROM products.brands WHERE code = 9;"
                            "UPDATE inventory.inventory_items SET reserved_quantity = 0, allocated_quantity = 0";

static void set_up(void)
{
    stock_locations();
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    stock(2, KNIFE, RIGHT, 9, 0, 0, "2026-03-02");
}

#define USER       "f3c95789-ace1-4954-ac5d-6baed2eac902"
#define TO_USER    "\"recipients\": {\"users\": [\"" USER "\"]}"
#define SET        "\"target_entity\": \"sales.orders\", \"target_field\": "
#define OF_STATUS  "\"reference_table\": \"products.brands\", \"lookup_field\": \"name\""
#define STATUS     SET "\"status_id\", \"field_type\": \"foreign_key\", \"foreign_key_config\": {" OF_STATUS
#define WHERE(op_) ", \"conditions\": [{\"field_name\": \"text_column\", \"operator\": \"" op_ "\", \"value\": "
#define ITEM(more_)                                                                                                    \
    "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 1" more_                                     \
    "}], \"allocation_mode\": \"reserve\""
#define LINE "{\"source_from_line_item\": true, \"allocation_mode\": \"reserve\"}"
#define HERE "\"entity_id\": \"" ORDER "\""

static const struct hostile_place places[] = {
    {"update_field", "{" SET "\"text_column\", \"new_value\": @}", "{" HERE "}",
     "SELECT text_column FROM sales.orders WHERE id = '" ORDER "'"},
    {"update_field", "{" SET "\"text_column\", \"new_value\": \"{{v}}\"}", "{" HERE ", \"v\": @}",
     "SELECT text_column FROM sales.orders WHERE id = '" ORDER "'"},
    {"update_field", "{" SET "\"jsonb_column\", \"new_value\": {\"a\": @}}", "{" HERE "}",
     "SELECT jsonb_column ->> 'a' FROM sales.orders WHERE id = '" ORDER "'"},
    {"update_field", "{" SET "\"text_column\", \"new_value\": \"x\"" WHERE("equals") "@}]}", "{" HERE "}", NULL},
    {"update_field", "{" SET "\"text_column\", \"new_value\": \"x\"" WHERE("not_equals") "@}]}", "{" HERE "}", NULL},
    {"update_field", "{" SET "\"text_column\", \"new_value\": \"x\"" WHERE("greater_than") "@}]}", "{" HERE "}", NULL},
    {"update_field", "{" SET "\"text_column\", \"new_value\": \"x\"" WHERE("contains") "@}]}", "{" HERE "}", NULL},
    {"update_field", "{" SET "\"text_column\", \"new_value\": \"x\"" WHERE("in") "[@]}]}", "{" HERE "}", NULL},
    {"update_field", "{" SET "\"text_column\", \"new_value\": \"x\"" WHERE("not_in") "[@]}]}", "{" HERE "}", NULL},
    {"update_field", "{" SET "\"text_column\", \"new_value\": \"x\"" WHERE("in") "@}]}", "{" HERE "}", NULL},
    {"update_field", "{" SET "\"text_column\", \"new_value\": \"x\"}", "{\"entity_id\": @}", NULL},
    {"update_field", "{" SET "\"text_column\", \"new_value\": \"x\"}", "{" HERE ", \"user_id\": @}", NULL},
    {"update_field", "{" SET "\"text_column\", \"new_value\": \"x\"}",
     "{" HERE ", \"__cascade_lineage\": {\"visited\": [@]}}",
     "SELECT lineage -> 'visited' ->> 0 FROM workflow.cascade_outbox"},
    {"update_field", "{" SET "\"text_column\", \"new_value\": \"x\"}", "{" HERE ", \"__cascade_lineage\": @}",
     "SELECT lineage #>> '{}' FROM workflow.cascade_outbox"},
    {"update_field", "{" STATUS "}, \"new_value\": @}", "{" HERE "}", NULL},
    {"update_field", "{" STATUS ", \"allow_create\": true, \"create_config\": {\"code\": 9}}, \"new_value\": @}",
     "{" HERE "}", "SELECT name FROM products.brands WHERE code = 9"},
    {"update_field",
     "{" STATUS ", \"allow_create\": true, \"create_config\": {\"code\": 9, \"note\": @}}, \"new_value\": \"NEW\"}",
     "{" HERE "}", "SELECT note FROM products.brands WHERE code = 9"},
    {"update_field", "{\"target_entity\": @, \"target_field\": \"text_column\", \"new_value\": \"x\"}", "{" HERE "}",
     NULL},
    {"update_field", "{" SET "@, \"new_value\": \"x\"}", "{" HERE "}", NULL},
    {"update_field",
     "{" SET "\"text_column\", \"new_value\": \"x\", \"conditions\": [{\"field_name\": @, \"operator\": \"is_null\"}]}",
     "{" HERE "}", NULL},
    {"update_field",
     "{" SET "\"text_column\", \"new_value\": \"x\", \"conditions\": [{\"field_name\": \"text_column\","
     " \"operator\": @, \"value\": \"1\"}]}",
     "{" HERE "}", NULL},
    {"send_notification", "{\"recipients\": [\"" USER "\"], \"message\": @}", "{}",
     "SELECT message FROM workflow.alerts"},
    {"send_notification", "{\"recipients\": [\"" USER "\"], \"message\": \"{{v}}\"}", "{\"v\": @}",
     "SELECT message FROM workflow.alerts"},
    {"send_notification", "{\"recipients\": [\"" USER "\"], \"message\": \"m\", \"title\": @}", "{}",
     "SELECT title FROM workflow.alerts"},
    {"send_notification", "{\"recipients\": [\"" USER "\"], \"message\": \"m\", \"priority\": @}", "{}", NULL},
    {"send_notification", "{\"recipients\": [@], \"message\": \"m\"}", "{}", NULL},
    {"send_notification", "{\"recipients\": [\"" USER "\"], \"channels\": [{\"config\": {\"body\": @}}]}", "{}",
     "SELECT message FROM workflow.alerts"},
    {"send_notification", "{\"recipients\": [\"" USER "\"], \"message\": \"m\"}", "{\"entity_name\": @}",
     "SELECT source_entity_name FROM workflow.alerts"},
    {"create_alert", "{" TO_USER ", \"message\": @}", "{}", "SELECT message FROM workflow.alerts"},
    {"create_alert", "{" TO_USER ", \"message\": \"{{v}}\"}", "{\"v\": @}", "SELECT message FROM workflow.alerts"},
    {"create_alert", "{" TO_USER ", \"message\": \"m\", \"title\": @}", "{}", "SELECT title FROM workflow.alerts"},
    {"create_alert", "{" TO_USER ", \"message\": \"m\", \"alert_type\": @, \"resolve_prior\": true}", "{" HERE "}",
     "SELECT alert_type FROM workflow.alerts"},
    {"create_alert", "{" TO_USER ", \"message\": \"m\", \"severity\": @}", "{}", NULL},
    {"create_alert", "{" TO_USER ", \"message\": \"m\", \"action_url\": @}", "{}",
     "SELECT action_url FROM workflow.alerts"},
    {"create_alert", "{" TO_USER ", \"message\": \"m\", \"context\": {\"a\": [@]}}", "{}",
     "SELECT context -> 'a' ->> 0 FROM workflow.alerts"},
    {"create_alert", "{" TO_USER ", \"message\": \"m\", \"context\": @}", "{}",
     "SELECT context #>> '{}' FROM workflow.alerts"},
    {"create_alert", "{\"recipients\": {\"users\": [@]}, \"message\": \"m\"}", "{}", NULL},
    {"create_alert", "{\"recipients\": {\"roles\": [@]}, \"message\": \"m\"}", "{}", NULL},
    {"create_alert", "{" TO_USER ", \"message\": \"m{{order_number}}{{product_name}}\"}",
     "{\"order_id\": @, \"product_id\": @}", NULL},
    {"create_alert", "{" TO_USER ", \"message\": \"m\"}", "{\"entity_name\": @, \"entity_id\": @}",
     "SELECT source_entity_name FROM workflow.alerts"},
    {"allocate_inventory", ITEM(", \"location_id\": @") "}", "{}", NULL},
    {"allocate_inventory", ITEM(", \"warehouse_id\": @") "}", "{}", NULL},
    {"allocate_inventory",
     "{\"inventory_items\": [{\"product_id\": @, \"quantity\": 1}], \"allocation_mode\": \"reserve\"}", "{}", NULL},
    {"allocate_inventory",
     "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": @}], \"allocation_mode\": \"reserve\"}",
     "{}", NULL},
    {"allocate_inventory", ITEM("") ", \"reference_id\": @}", "{}",
     "SELECT allocation_data ->> 'reference_id' FROM workflow.allocation_results"},
    {"allocate_inventory", ITEM("") ", \"reference_id\": \"{{v}}\"}", "{\"v\": @}",
     "SELECT allocation_data ->> 'reference_id' FROM workflow.allocation_results"},
    {"allocate_inventory", ITEM("") ", \"reference_type\": @, \"allocation_strategy\": @, \"priority\": @}", "{}",
     NULL},
    {"allocate_inventory",
     "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 1}], \"allocation_mode\": @}", "{}", NULL},
    {"allocate_inventory", LINE, "{\"product_id\": @, \"quantity\": 1}", NULL},
    {"allocate_inventory", LINE, "{\"product_id\": \"" BRUSH "\", \"quantity\": @}", NULL},
    {"allocate_inventory", LINE, "{\"product_id\": \"" BRUSH "\", \"quantity\": 1, \"order_id\": @}",
     "SELECT allocation_data ->> 'reference_id' FROM workflow.allocation_results"},
    {"allocate_inventory", ITEM("") "}", "{\"__cascade_lineage\": {\"visited\": [@]}}",
     "SELECT lineage -> 'visited' ->> 0 FROM workflow.cascade_outbox LIMIT 1"},
};

static const struct hostile_group group = {
    .places = places,
    .count = sizeof(places) / sizeof(places[0]),
    .set_up = set_up,
    .rest = rest,
    .clean = clean,
};

HOSTILE_TESTS(hostile_core, group)
