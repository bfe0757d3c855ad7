/* What reserve_inventory.c and reserve_inventory_result.c share. */
#ifndef HANDLERS_RESERVE_INVENTORY_INTERNAL_H
#define HANDLERS_RESERVE_INVENTORY_INTERNAL_H

#include "generated/reserve_inventory.h"

/* Fills the result from one that is stored, by this worker or the Go worker. Not DONE: it is no reservation, and the
   action is refused. */
enum action_outcome reserve_inventory_read(struct action_call *call, const struct json_value *data,
                                           struct reserve_inventory_result *result) MUST_CHECK;

#endif
