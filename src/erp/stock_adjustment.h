/* Stock that is corrected, by an adjustment that has just been approved. In the transaction of an action's effects; the
   thread of the call. */
#ifndef ERP_STOCK_ADJUSTMENT_H
#define ERP_STOCK_ADJUSTMENT_H

#include "erp/stock.h"

struct stock_adjustment {
    struct uuid adjustment_id, product_id, location_id, user_id;
    int64_t change;
};

/* Writes the transaction and changes the stock. *ended is STOCK_MOVED; STOCK_TOO_LITTLE, if *left in stock would be less
   than nothing: everything since the session's savepoint is then undone; or STOCK_TOO_LARGE: the action has to fail. */
enum database_outcome stock_adjust(struct stock_writer *writer, const struct stock_adjustment *adjustment,
                                   enum stock_outcome *ended, int64_t *left) MUST_CHECK;

#endif
