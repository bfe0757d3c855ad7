/* The effects of actions that approve, reject, claim and execute. */
#include <criterion/criterion.h>

#include "approvals.h"
#include "effects_once.h"

#define PURCHASE_OPEN                                                                                                  \
    "UPDATE procurement.purchase_orders SET approved_by = NULL, approved_date = NULL, approval_reason = NULL,"         \
    " rejected_by = NULL, rejected_date = NULL, rejection_reason = NULL, updated_by = created_by,"                     \
    " updated_date = created_date"
#define ADJUSTMENT_OPEN                                                                                                \
    "UPDATE inventory.inventory_adjustments SET approval_status = 'pending', approved_by = NULL,"                      \
    " approval_reason = NULL, rejected_by = NULL, rejection_reason = NULL, updated_date = created_date"
/* SQL that puts the transfer into that state and clears who decided, claimed and completed it. */
#define TRANSFER_IS(status_, id_)                                                                                      \
    "UPDATE inventory.transfer_orders SET status = '" status_ "', approved_by = NULL, approval_reason = NULL,"         \
    " rejected_by_id = NULL, rejection_reason = NULL, claimed_by = NULL, claimed_at = NULL, completed_by = NULL,"      \
    " completed_at = NULL, updated_date = created_date WHERE id = '" id_ "'"
#define STOCK_MOVED_BACK                                                                                               \
    ";DELETE FROM inventory.inventory_transactions;"                                                                   \
    "DELETE FROM inventory.inventory_items WHERE location_id <> '" LEFT "';"                                           \
    "UPDATE inventory.inventory_items SET quantity = 9, updated_date = '2026-01-05'"

#define APPROVED_TRANSFER "7a1c0c3e-7c5a-4b0e-8a35-0c1de3a6f004"
#define CLAIMED_TRANSFER  "7a1c0c3e-7c5a-4b0e-8a35-0c1de3a6f005"
#define ANOTHER_TRANSFER(id_, status_)                                                                                 \
    "INSERT INTO inventory.transfer_orders (id, product_id, from_location_id, to_location_id, requested_by, quantity," \
    " status, transfer_date, created_date, updated_date) SELECT '" id_ "', product_id, from_location_id,"              \
    " to_location_id, requested_by, quantity, '" status_ "', transfer_date, created_date, updated_date"                \
    " FROM inventory.transfer_orders WHERE id = '" TRANSFER "';"

static const struct effect effects[] = {
    {.action = "approve_purchase_order",
     .config = "{\"purchase_order_id\": \"" PURCHASE "\", \"approval_reason\": \"r\"}",
     .undo = PURCHASE_OPEN},
    {.action = "reject_purchase_order",
     .config = "{\"purchase_order_id\": \"" PURCHASE "\", \"rejection_reason\": \"r\"}",
     .undo = PURCHASE_OPEN},
    {.action = "approve_inventory_adjustment",
     .config = "{\"adjustment_id\": \"" ADJUSTMENT "\", \"approval_reason\": \"r\"}",
     .undo = ADJUSTMENT_OPEN STOCK_MOVED_BACK},
    {.action = "approve_inventory_adjustment",
     .config = "{\"adjustment_id\": \"" ADJUSTMENT "\", \"adjust_stock\": false}",
     .undo = ADJUSTMENT_OPEN},
    {.action = "reject_inventory_adjustment",
     .config = "{\"adjustment_id\": \"" ADJUSTMENT "\", \"rejection_reason\": \"r\"}",
     .undo = ADJUSTMENT_OPEN},
    {.action = "approve_transfer_order",
     .config = "{\"transfer_order_id\": \"" TRANSFER "\", \"approval_reason\": \"r\"}",
     .undo = TRANSFER_IS("pending", TRANSFER)},
    {.action = "reject_transfer_order",
     .config = "{\"transfer_order_id\": \"" TRANSFER "\", \"rejection_reason\": \"r\"}",
     .undo = TRANSFER_IS("pending", TRANSFER)},
    {.action = "claim_transfer_order",
     .config = "{\"transfer_order_id\": \"" APPROVED_TRANSFER "\"}",
     .undo = TRANSFER_IS("approved", APPROVED_TRANSFER)},
    {.action = "execute_transfer_order",
     .config = "{\"transfer_order_id\": \"" CLAIMED_TRANSFER "\"}",
     .undo = TRANSFER_IS("in_transit", CLAIMED_TRANSFER) STOCK_MOVED_BACK},
};

const struct effect_group effects_approvals =
    EFFECT_GROUP(effects,
                 .rows = BOSS_ROW PURCHASE_ROW ADJUSTMENT_ROW("-2") TRANSFER_ROW("pending", "4")
                     ANOTHER_TRANSFER(APPROVED_TRANSFER, "approved") ANOTHER_TRANSFER(CLAIMED_TRANSFER, "in_transit"),
                 .context = "{\"entity_id\": \"" ORDER "\", \"entity_name\": \"orders\", \"user_id\": \"" BOSS "\"}");

EFFECT_TESTS(effects_approvals)
