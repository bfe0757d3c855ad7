/* Moves stock from one location to another, by a transfer order that has just been completed. Runs in the transaction
   of the action's effects; call only from the thread of the action call. */
#ifndef ERP_STOCK_TRANSFER_H
#define ERP_STOCK_TRANSFER_H

#include "erp/stock.h"

/* Writes the two transactions and moves the stock. `cells`: product_id, from_location_id, to_location_id and quantity
   of the order; `events`: the number of events that the action has written so far. *enough is false when the first
   location has less than the quantity; everything since the session's savepoint is then undone. Reserved and allocated
   stock is moved too, with a warning in the log. Not DONE: the action has failed. */
enum action_outcome stock_transfer(struct action_call *call, struct database_session *session, struct uuid order_id,
                                   struct uuid user_id, const struct text *cells, size_t events,
                                   bool *enough) MUST_CHECK;

#endif
