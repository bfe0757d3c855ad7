/* The effects of actions that create orders and tasks. */
#include <criterion/criterion.h>

#include "effects_once.h"
#include "purchases.h"

#define LINE     "0000aaaa-0000-4000-8000-0000000000bb"
#define STATUS   "5cf37266-3473-4006-984f-9325122678b7"
#define CURRENCY "0b1f2f9e-3f2b-4e7c-8b59-91e3f4a4b8d1"
#define ITEM                                                                                                           \
    "{\"product_id\": \"" BRUSH "\", \"quantity_ordered\": 3, \"line_item_status_id\": \"" STATUS                      \
    "\", \"unit_cost\": 0.335, \"notes\": \"n\"}"

static const struct effect effects[] = {
    {.action = "create_put_away_task",
     .config = "{\"source_from_po\": true, \"location_strategy\": \"po_delivery\"}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "DELETE FROM inventory.put_away_tasks"},
    {.action = "create_purchase_order",
     .config = "{\"purchase_order_status_id\": \"" STATUS "\", \"delivery_warehouse_id\": \"" NEAR
               "\", \"delivery_location_id\": \"" LEFT "\", \"currency_id\": \"" CURRENCY "\", \"line_items\": [" ITEM
               ", " ITEM "]}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "DELETE FROM procurement.purchase_orders WHERE id <> '" PURCHASE "'"},
    {.action = "release_to_picking",
     .config = "{\"order_id\": \"{{entity_id}}\"}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "DELETE FROM inventory.pick_tasks;"
             "UPDATE sales.orders SET order_fulfillment_status_id = '" PENDING_ID "', updated_date = created_date"},
};

const struct effect_group effects_orders =
    EFFECT_GROUP(effects,
                 .rows = PURCHASE_ROW
                 ";" SUPPLIED_ROW("1", ACME, BRUSH, "2.50", "true") ";"
                                                                    "INSERT INTO sales.order_line_items VALUES ('" LINE
                                                                    "', '" ORDER "', '" BRUSH "', 4, 0)",
                 .context = "{\"entity_id\": \"" ORDER "\", \"entity_name\": \"orders\", \"user_id\": \"" CLERK
                            "\", \"quantity_received\": 3, \"supplier_product_id\": \"" SUPPLIED(
                                "1") "\", \"purchase_order_id\": \"" PURCHASE "\"}");

EFFECT_TESTS(effects_orders)
