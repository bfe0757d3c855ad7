/* Stock that moves from one location to another, by a transfer order that has just been completed. In the transaction of
   an action's effects; the thread of the call. */
#ifndef ERP_STOCK_TRANSFER_H
#define ERP_STOCK_TRANSFER_H

#include "erp/stock.h"

struct stock_transfer {
    struct uuid order_id, product_id, from, to, user_id;
    int64_t quantity;
};

/* Writes the two transactions and moves the stock. `events`: how many the action has written so far. *enough is false
   when there is less than that at the first location: everything since the session's savepoint is then undone. What is
   reserved or allocated there is moved too, with a warning in the log. Not DONE: the action has failed. */
enum action_outcome stock_transfer(struct action_call *call, struct database_session *session,
                                   const struct stock_transfer *transfer, size_t events, bool *enough) MUST_CHECK;

#endif
