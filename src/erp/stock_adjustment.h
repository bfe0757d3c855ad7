/* Corrects stock by an adjustment that has just been approved. Runs in the transaction of the action's effects; call
   only from the thread of the action call. */
#ifndef ERP_STOCK_ADJUSTMENT_H
#define ERP_STOCK_ADJUSTMENT_H

#include "erp/stock.h"

/* Writes the transaction and changes the stock. `cells`: product_id, location_id and quantity_change of the adjustment;
   `events`: the number of events that the action has written so far. *enough is false when a decrease would leave a
   negative quantity, *left; everything since the session's savepoint is then undone. Not DONE: the action has
   failed. */
enum action_outcome stock_adjust(struct action_call *call, struct database_session *session, struct uuid adjustment_id,
                                 struct uuid user_id, const struct text *cells, size_t events, bool *enough,
                                 int64_t *left) MUST_CHECK;

#endif
