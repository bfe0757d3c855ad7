/* Declarations that allocate_inventory.c and allocate_inventory_stock.c share. */
#ifndef HANDLERS_ALLOCATE_INVENTORY_INTERNAL_H
#define HANDLERS_ALLOCATE_INVENTORY_INTERNAL_H

#include "generated/allocate_inventory.h"

/* One allocation in progress. */
struct allocation {
    const struct action_call *call;
    const struct allocate_inventory_config *config;
    struct allocate_inventory_inventory_items wanted; /* from the config, or from the line item */
    struct text reference_id, reference_type;
    int64_t total_wanted;
    struct text key;        /* the key under which the result is stored */
    const char *doing;      /* the current step, for failure texts */
    struct json_value data; /* the result as stored in workflow.allocation_results, by this attempt or an earlier one */
};

/* Takes the stock and stores the result, or finds the result of an earlier attempt. After a fault, allocation->doing
   names the step. */
enum database_outcome allocate_inventory_take(struct allocation *allocation, struct database_session *session,
                                              struct database_fault *fault) MUST_CHECK;

#endif
