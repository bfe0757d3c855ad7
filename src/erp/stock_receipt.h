/* Stock that is received. In the transaction of an action's effects; the thread of the call. */
#ifndef ERP_STOCK_RECEIPT_H
#define ERP_STOCK_RECEIPT_H

#include "erp/stock.h"

struct stock_receipt {
    struct uuid product_id, location_id;
    int64_t quantity;
    struct text order_line; /* of the purchase order, for the reference; may be empty */
    struct text reference;  /* of the transaction; empty: by the order line */
};

/* Fills in what the event of the run, about a line of a purchase order, says: product, quantity, order line. *why: what
   is missing there; .data NULL: nothing. Not DONE: the action has failed. */
enum action_outcome stock_receipt_of_line(struct action_call *call, struct database_session *session,
                                          struct stock_receipt *receipt, struct text *why) MUST_CHECK;

/* Adds to the row of the product at the location, and records it in a transaction. Without such a row nothing is done:
   moved->outcome is STOCK_NO_ROW. Not DONE: the action has failed. */
enum action_outcome stock_receive(struct action_call *call, struct database_session *session,
                                  const struct stock_receipt *receipt, struct stock_moved *moved,
                                  struct uuid *transaction_id) MUST_CHECK;

#endif
