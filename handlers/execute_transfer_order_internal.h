/* What execute_transfer_order.c and execute_transfer_order_stock.c share. */
#ifndef HANDLERS_EXECUTE_TRANSFER_ORDER_INTERNAL_H
#define HANDLERS_EXECUTE_TRANSFER_ORDER_INTERNAL_H

#include "erp/stock.h"
#include "generated/execute_transfer_order.h"

/* A transfer order that has just been completed. */
struct transfer {
    struct uuid id, product_id, from, to, user;
    int64_t quantity;
    const char *doing; /* the current step, for failure texts */
};

/* Moves the stock and writes the two transactions. *ended is STOCK_MOVED, or why stock could not be taken or put: what
   was written has then to be rolled back. After a fault, transfer->doing names the step. */
enum database_outcome execute_transfer_order_move(struct stock_writer *writer, struct transfer *transfer,
                                                  enum stock_outcome *ended) MUST_CHECK;

#endif
