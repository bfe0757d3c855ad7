/* The places of actions that approve, reject, claim and execute. */
#include "approvals.h"
#include "hostile.h"

static const char rest[] =
    "(SELECT string_agg(concat(p.id, p.order_number, p.notes, p.created_by), ',' ORDER BY p.id)"
    "  FROM procurement.purchase_orders p),"
    " (SELECT string_agg(concat(a.id, a.quantity_change, a.notes, a.adjusted_by), ',' ORDER BY a.id)"
    "  FROM inventory.inventory_adjustments a),"
    " (SELECT string_agg(concat(t.id, t.quantity, t.requested_by), ',' ORDER BY t.id) FROM inventory.transfer_orders "
    "t),"
    " (SELECT string_agg(concat(i.id, i.location_id), ',' ORDER BY i.id) FROM inventory.inventory_items i)";

static const char clean[] =
    "DELETE FROM workflow.cascade_outbox; DELETE FROM inventory.inventory_transactions;"
    "UPDATE procurement.purchase_orders SET approved_by = NULL, rejected_by = NULL, approval_reason = NULL,"
    " rejection_reason = NULL;"
    "UPDATE inventory.inventory_adjustments SET approval_status = 'pending', approval_reason = NULL,"
    " rejection_reason = NULL;"
    "UPDATE inventory.transfer_orders SET status = 'pending', approval_reason = NULL, rejection_reason = NULL;"
    "UPDATE inventory.inventory_items SET quantity = 9";

static void set_up(void)
{
    stock_locations();
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    stock(2, BRUSH, RIGHT, 9, 0, 0, "2026-03-02");
    postgres_do(BOSS_ROW PURCHASE_ROW ADJUSTMENT_ROW("-2") TRANSFER_ROW("pending", "4"));
}

#define BY_BOSS                  "{\"user_id\": \"" BOSS "\", \"v\": @}"
#define REASON(verb_)            ", \"" verb_ "_reason\": \"{{v}}\"}"
#define OF_PURCHASE              "{\"purchase_order_id\": \"" PURCHASE "\""
#define OF_ADJUSTMENT            "{\"adjustment_id\": \"" ADJUSTMENT "\""
#define OF_TRANSFER              "{\"transfer_order_id\": \"" TRANSFER "\""
#define KEPT_OF(column_, table_) "SELECT " column_ " FROM " table_

static const struct hostile_place places[] = {
    {"approve_purchase_order", OF_PURCHASE REASON("approval"), BY_BOSS,
     KEPT_OF("approval_reason", "procurement.purchase_orders")},
    {"reject_purchase_order", OF_PURCHASE REASON("rejection"), BY_BOSS,
     KEPT_OF("rejection_reason", "procurement.purchase_orders")},
    {"approve_inventory_adjustment", OF_ADJUSTMENT REASON("approval"), BY_BOSS,
     KEPT_OF("approval_reason", "inventory.inventory_adjustments")},
    {"reject_inventory_adjustment", OF_ADJUSTMENT REASON("rejection"), BY_BOSS,
     KEPT_OF("rejection_reason", "inventory.inventory_adjustments")},
    {"approve_transfer_order", OF_TRANSFER REASON("approval"), BY_BOSS,
     KEPT_OF("approval_reason", "inventory.transfer_orders")},
    {"reject_transfer_order", OF_TRANSFER REASON("rejection"), BY_BOSS,
     KEPT_OF("rejection_reason", "inventory.transfer_orders")},
    {"approve_purchase_order", "{\"purchase_order_id\": @}", BY_BOSS, NULL},
    {"approve_transfer_order", "{\"transfer_order_id\": @}", BY_BOSS, NULL},
    {"claim_transfer_order", "{\"transfer_order_id\": @}", BY_BOSS, NULL},
    {"execute_transfer_order", "{\"transfer_order_id\": @}", BY_BOSS, NULL},
    {"execute_transfer_order", "{}", "{\"user_id\": \"" BOSS "\", \"entity_id\": @}", NULL},
    {"claim_transfer_order", "{}", "{\"user_id\": \"" BOSS "\", \"entity_id\": @}", NULL},
    {"reject_transfer_order", OF_TRANSFER REASON("rejection"), "{\"user_id\": @, \"v\": \"x\"}", NULL},
    {"approve_purchase_order", OF_PURCHASE "}",
     "{\"user_id\": \"" BOSS "\", \"__cascade_lineage\": {\"visited\": [@]}}",
     "SELECT lineage -> 'visited' ->> 0 FROM workflow.cascade_outbox"},
};

static const struct hostile_group group = {
    .places = places, .count = sizeof(places) / sizeof(places[0]), .set_up = set_up, .rest = rest, .clean = clean};

HOSTILE_TESTS(hostile_approvals, group)
