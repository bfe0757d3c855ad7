/* Changes of stock: rows of inventory.inventory_items, one for each product at a location, the transactions in
   inventory.inventory_transactions that record them, and the events for the ERP. Everything runs in the transaction of
   the action's effects. Quantities in the database have 32 bits. Call only from the thread of the action call. */
#ifndef ERP_STOCK_H
#define ERP_STOCK_H

#include "action/action.h"
#include "postgres/database.h"

/* The changes of stock by one action, all in the session of its effects. Pointers are borrowed. */
struct stock_writer {
    const struct action_call *call;
    struct database_session *session;
    struct database_fault *fault; /* filled by any call that fails */
    size_t events;                /* written by the action so far, here and elsewhere: the index of the next event */
    size_t rows;                  /* inserted by the action here so far: the index of the next row */
};

/* Locks the products against all other actions that change their stock, until the transaction ends. The statement is
   sent with the next one. An action that changes stock must lock all its products in one call, before the first change:
   the locks are taken in a fixed order, so that two such actions never deadlock. Other programs do not take these
   locks; row locks keep them out. */
enum database_outcome stock_lock(const struct stock_writer *writer, const struct uuid *products,
                                 size_t count) MUST_CHECK;

/* ---- one row ---- */

/* The change of the numbers in the row of a product at a location. Any change but INT64_MIN is allowed. */
struct stock_move {
    struct uuid product_id, location_id;
    int64_t quantity, reserved, allocated;
    bool make_row; /* creates a missing row, with 0 elsewhere; `reserved` and `allocated` must be 0 */
};

enum stock_outcome {
    STOCK_MOVED,
    STOCK_NO_ROW,     /* the product has no row at the location */
    STOCK_TOO_LITTLE, /* a number would fall below 0 */
    STOCK_TOO_LARGE,  /* a number would not fit 32 bits: a permanent error, see stock_refuse_large */
};

struct stock_numbers {
    int64_t quantity, reserved, allocated;
};

/* The row before and after a move. Both are equal unless STOCK_MOVED. `before` is zero for a new row, and both are zero
   for a row that does not exist. */
struct stock_moved {
    enum stock_outcome outcome;
    struct uuid item_id;
    struct stock_numbers before, after;
};

/* Makes the move and its event, or neither. If several rows match, the row with the smallest id changes. */
enum database_outcome stock_move(struct stock_writer *writer, const struct stock_move *move,
                                 struct stock_moved *moved) MUST_CHECK;

/* Refuses the action with "quantity is too large". */
enum action_outcome stock_refuse_large(struct action_call *call);

/* ---- transactions ---- */

struct stock_transaction {
    struct uuid product_id, location_id, user_id;
    const char *type;      /* the ERP's name: inbound, ADJUSTMENT, TRANSFER_OUT, TRANSFER_IN */
    int64_t quantity;      /* negative when stock leaves; must fit 32 bits */
    struct text reference; /* at most 100 characters */
};

/* Inserts a row with the present date, and its event. *id: the id of the row. */
enum database_outcome stock_record(struct stock_writer *writer, const struct stock_transaction *transaction,
                                   struct uuid *id) MUST_CHECK;

/* ---- SQL for other statements ---- */

/* SQL of type timestamp: the earliest expiry of a lot of the stock in row i_ of inventory_items; NULL without a lot. */
#define STOCK_EXPIRY(i_)                                                                                               \
    "(SELECT min(lot.expiration_date) FROM inventory.serial_numbers serial JOIN inventory.lot_trackings lot"           \
    " ON lot.id = serial.lot_id WHERE serial.product_id = " i_ ".product_id AND serial.location_id = " i_              \
    ".location_id)"

#endif
