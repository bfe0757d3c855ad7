/* What allocate_inventory.c and allocate_inventory_stock.c share. */
#ifndef HANDLERS_ALLOCATE_INVENTORY_INTERNAL_H
#define HANDLERS_ALLOCATE_INVENTORY_INTERNAL_H

#include "generated/allocate_inventory.h"

/* One allocation on its way. Done again from the start when a transaction was lost. */
struct allocation {
    const struct action_call *call;
    const struct allocate_inventory_config *config;
    struct allocate_inventory_inventory_items wanted; /* of the config, or of the line item */
    struct text reference_id, reference_type;
    int64_t total_wanted;
    struct text key;        /* by which its result is found again */
    bool emits_event;       /* the ERP has an outbox for it */
    const char *doing;      /* what a fault is a fault of */
    struct json_value data; /* as kept in workflow.allocation_results: of this time, or of the time before */
};

/* Takes the stock and keeps the result, or finds the result that is kept already, in one
   transaction: all or nothing. On a fault, allocation->doing says which step it was. */
enum database_outcome allocate_inventory_take(struct allocation *allocation, struct database *database,
                                              struct database_fault *fault) MUST_CHECK;

#endif
