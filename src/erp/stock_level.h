/* How much stock of a product there is. The thread of the call. */
#ifndef ERP_STOCK_LEVEL_H
#define ERP_STOCK_LEVEL_H

#include "erp/stock_take.h"

/* Sums over all rows of a place; all 0 without rows. */
struct stock_level {
    int64_t on_hand, reserved, allocated;
    int64_t available;     /* on hand, and neither reserved nor allocated */
    int64_t reorder_point; /* the largest of the rows */
};

/* Reads without locks, in a transaction of its own. */
enum database_outcome stock_level_read(const struct action_call *call, struct database *database,
                                       const struct stock_place *place, struct stock_level *level,
                                       struct database_fault *fault) MUST_CHECK;

/* Sets place->product_id to the product of the event, a line of an order. Not DONE: the action is refused, because the
   event has none. */
enum action_outcome stock_place_of_line(struct action_call *call, struct stock_place *place) MUST_CHECK;

#endif
