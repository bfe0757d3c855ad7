#include "erp/protected_columns.h"

#include <stdatomic.h>

#include "base/limits.h"

static atomic_bool not_enforced;

/* A column that several actions write names one of them. */
const struct protected_column protected_columns[] = {
    {"config.table_configs", NULL, NULL},
    {"core.roles", NULL, NULL},
    {"core.table_access", NULL, NULL},
    {"core.user_roles", NULL, NULL},
    {"core.users", "approved_by", NULL},
    {"core.users", "date_approved", NULL},
    {"core.users", "enabled", NULL},
    {"core.users", "password_hash", NULL},
    {"core.users", "roles", NULL},
    {"core.users", "system_roles", NULL},
    {"core.users", "user_approval_status_id", NULL},
    {"hr.user_approval_status", NULL, NULL},
    {"inventory.inventory_adjustments", "approval_reason", "approve_inventory_adjustment"},
    {"inventory.inventory_adjustments", "approval_status", "approve_inventory_adjustment"},
    {"inventory.inventory_adjustments", "approved_by", "approve_inventory_adjustment"},
    {"inventory.inventory_adjustments", "rejected_by", "reject_inventory_adjustment"},
    {"inventory.inventory_adjustments", "rejection_reason", "reject_inventory_adjustment"},
    {"inventory.inventory_items", "allocated_quantity", "commit_allocation"},
    {"inventory.inventory_items", "quantity", "receive_inventory"},
    {"inventory.inventory_items", "reserved_quantity", "reserve_inventory"},
    {"inventory.inventory_locations", NULL, NULL},
    {"inventory.inventory_transactions", NULL, NULL},
    {"inventory.transfer_orders", "approval_reason", "approve_transfer_order"},
    {"inventory.transfer_orders", "approved_by", "approve_transfer_order"},
    {"inventory.transfer_orders", "claimed_at", "claim_transfer_order"},
    {"inventory.transfer_orders", "claimed_by", "claim_transfer_order"},
    {"inventory.transfer_orders", "completed_at", "execute_transfer_order"},
    {"inventory.transfer_orders", "completed_by", "execute_transfer_order"},
    {"inventory.transfer_orders", "quantity", NULL},
    {"inventory.transfer_orders", "rejected_by_id", "reject_transfer_order"},
    {"inventory.transfer_orders", "rejection_reason", "reject_transfer_order"},
    {"inventory.transfer_orders", "status", "execute_transfer_order"},
    {"inventory.warehouses", NULL, NULL},
    {"inventory.zones", NULL, NULL},
    {"procurement.purchase_order_line_item_statuses", NULL, NULL},
    {"procurement.purchase_order_line_items", "quantity_cancelled", NULL},
    {"procurement.purchase_order_line_items", "quantity_received", NULL},
    {"procurement.purchase_order_statuses", NULL, NULL},
    {"procurement.purchase_orders", "approval_reason", "approve_purchase_order"},
    {"procurement.purchase_orders", "approved_by", "approve_purchase_order"},
    {"procurement.purchase_orders", "approved_date", "approve_purchase_order"},
    {"procurement.purchase_orders", "purchase_order_status_id", "approve_purchase_order / reject_purchase_order"},
    {"procurement.purchase_orders", "rejected_by", "reject_purchase_order"},
    {"procurement.purchase_orders", "rejected_date", "reject_purchase_order"},
    {"procurement.purchase_orders", "rejection_reason", "reject_purchase_order"},
    {"sales.line_item_fulfillment_statuses", NULL, NULL},
    {"sales.order_fulfillment_statuses", NULL, NULL},
    {"sales.order_line_items", "backordered_quantity", NULL},
    {"sales.order_line_items", "line_item_fulfillment_statuses_id", NULL},
    {"sales.order_line_items", "picked_quantity", NULL},
    {"sales.order_line_items", "quantity", NULL},
    {"sales.orders", "order_fulfillment_status_id", "release_to_picking"},
    {"workflow.action_templates", NULL, NULL},
    {"workflow.automation_executions", NULL, NULL},
    {"workflow.automation_rules", NULL, NULL},
    {"workflow.entities", NULL, NULL},
    {"workflow.entity_types", NULL, NULL},
    {"workflow.notification_deliveries", NULL, NULL},
    {"workflow.rule_actions", NULL, NULL},
    {"workflow.rule_dependencies", NULL, NULL},
    {"workflow.trigger_types", NULL, NULL},
};
const size_t protected_column_count = sizeof protected_columns / sizeof protected_columns[0];

void protected_columns_enforce(bool enforce)
{
    atomic_store_explicit(&not_enforced, !enforce, memory_order_relaxed);
}

const struct protected_column *protected_column_find(struct text table, struct text column)
{
    if (atomic_load_explicit(&not_enforced, memory_order_relaxed))
        return NULL;
    for (size_t i = 0; i < protected_column_count; i++) {
        const struct protected_column *found = &protected_columns[i];
        if (text_is(table, found->table) && (found->column == NULL || text_is(column, found->column)))
            return found;
    }
    return NULL;
}

bool protected_column_check(struct decoder *decoder, const char *pointer, struct text table, struct text column)
{
    const struct protected_column *found = protected_column_find(table, column);
    if (found == NULL)
        return true;
    bool has_action = found->action != NULL;
    decode_reject(
        decoder, pointer,
        "field \"%.*s" PUBLIC("\" on \"%s\" is protected and cannot be set by generic workflow actions%s%s%s: "
                              "workflow: protected field"),
        TEXT_ARG(text_cut_utf8(column, LIMIT_FAULT_VALUE)), found->table, has_action ? "; use the \"" : "",
        has_action ? found->action : "", has_action ? "\" action" : "");
    return false;
}

bool secret_column(struct text column)
{
    return text_is(column, "password_hash");
}
