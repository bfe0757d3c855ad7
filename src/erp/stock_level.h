/* The stock level of a product. Call only from the thread of the action call. */
#ifndef ERP_STOCK_LEVEL_H
#define ERP_STOCK_LEVEL_H

#include "erp/stock_take.h"

/* Sums over all rows at a place; all members are 0 when there are no rows. */
struct stock_level {
    int64_t on_hand, reserved, allocated;
    int64_t available;     /* on hand and neither reserved nor allocated */
    int64_t reorder_point; /* the largest one of the rows */
};

/* Reads the level without locks, in a separate transaction. */
enum database_outcome stock_level_read(const struct action_call *call, struct database *database,
                                       const struct stock_place *place, struct stock_level *level,
                                       struct database_fault *fault) MUST_CHECK;

/* Sets place->product_id to the product of the event, which is about a line of an order. Not DONE: the event has no
   product, and the action is refused. */
enum action_outcome stock_place_of_line(struct action_call *call, struct stock_place *place) MUST_CHECK;

#endif
