/* The effects of actions that move stock. */
#include <criterion/criterion.h>

#include "effects_once.h"
#include "stock.h"

#define USER "f3c95789-ace1-4954-ac5d-6baed2eac902"

/* Members that select row 2, which has 5 reserved. */
#define OF_ROW "\"product_id\": \"" BRUSH "\", \"location_id\": \"" RIGHT "\", \"quantity\": 2"
#define UNDO                                                                                                           \
    "UPDATE inventory.inventory_items SET reserved_quantity = CASE WHEN location_id = '" RIGHT                         \
    "' THEN 5 ELSE 0 END, allocated_quantity = 0, quantity = 9, updated_date = created_date;"

static const struct effect effects[] = {
    {.action = "reserve_inventory",
     .config = "{\"product_id\": \"" BRUSH "\", \"quantity\": 11}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = UNDO "DELETE FROM workflow.allocation_results"},
    {.action = "reserve_inventory",
     .config = "{\"product_id\": \"" KNIFE "\", \"quantity\": 1, \"allow_partial\": true}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "DELETE FROM workflow.allocation_results"},
    {.action = "release_reservation",
     .config = "{" OF_ROW "}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = UNDO,
     .needs_ledger = true},
    {.action = "commit_allocation",
     .config = "{" OF_ROW "}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = UNDO,
     .needs_ledger = true},
    {.action = "receive_inventory",
     .config = "{" OF_ROW "}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = UNDO "DELETE FROM inventory.inventory_transactions",
     .needs_ledger = true},
};

const struct effect_group effects_stock = EFFECT_GROUP(
    effects,
    .rows =
        "INSERT INTO core.users (id) SELECT '" USER "' WHERE NOT EXISTS (SELECT FROM core.users WHERE id = '" USER "');"
        "INSERT INTO inventory.inventory_items (id, product_id, location_id, quantity, reserved_quantity,"
        " allocated_quantity, minimum_stock, maximum_stock, reorder_point, economic_order_quantity, safety_stock,"
        " avg_daily_usage, created_date, updated_date) VALUES ('" STOCK(
            "2") "', '" BRUSH "', '" RIGHT "', 9, 5, 0, 0, 0, 0, 0, 0, 0, '2026-03-03', '2026-03-03');"
                 "UPDATE inventory.inventory_items SET updated_date = created_date",
    .context = "{\"user_id\": \"" USER "\"}");

EFFECT_TESTS(effects_stock)
