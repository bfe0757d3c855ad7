/* Receives stock. Runs in the transaction of the action's effects; call only from the thread of the action call. */
#ifndef ERP_STOCK_RECEIPT_H
#define ERP_STOCK_RECEIPT_H

#include "erp/stock.h"

struct stock_receipt {
    struct uuid product_id, location_id;
    int64_t quantity;
    struct text order_line; /* id of the line of the purchase order, for the reference; may be empty */
    struct text reference;  /* of the transaction; empty: made from the order line */
};

/* Fills in product, quantity and order line from the event of the run, which is about a line of a purchase order. *why
   names what the event lacks; .data is NULL when it lacks nothing. Not DONE: the action has failed. */
enum action_outcome stock_receipt_of_line(struct action_call *call, struct database_session *session,
                                          struct stock_receipt *receipt, struct text *why) MUST_CHECK;

/* Adds the quantity to the row of the product at the location, and records a transaction. If the row does not exist,
   nothing is done and moved->outcome is STOCK_NO_ROW. Not DONE: the action has failed. */
enum action_outcome stock_receive(struct action_call *call, struct database_session *session,
                                  const struct stock_receipt *receipt, struct stock_moved *moved,
                                  struct uuid *transaction_id) MUST_CHECK;

#endif
