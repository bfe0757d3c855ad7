/* Changes of stock: rows of inventory.inventory_items, one for each product at a location, and the transactions in
   inventory.inventory_transactions that record them; with the events for the ERP. All of it in the transaction of an
   action's effects. Quantities in the database have 32 bits. The thread of the call. */
#ifndef ERP_STOCK_H
#define ERP_STOCK_H

#include "action/action.h"
#include "postgres/database.h"

/* One action's changes of stock, all in the session of its effects. Borrowed. */
struct stock_writer {
    const struct action_call *call;
    struct database_session *session;
    struct database_fault *fault; /* of any failure here */
    size_t events;                /* that the action has written so far, here and elsewhere: they number ids */
    size_t rows;                  /* that it has inserted here so far, likewise */
};

/* Serializes with all other actions that change stock of these products, until the transaction ends. Sent with the next
   statement. An action that changes stock locks all its products in one call, before the first change: locks are taken
   in an order, so that two such actions never deadlock. Other programs do not take these locks; row locks keep them
   out. */
enum database_outcome stock_lock(const struct stock_writer *writer, const struct uuid *products,
                                 size_t count) MUST_CHECK;

/* ---- one row ---- */

/* By how much the numbers of the row of a product at a location change. Each within 64 bits, but INT64_MIN. */
struct stock_move {
    struct uuid product_id, location_id;
    int64_t quantity, reserved, allocated;
    bool make_row; /* where the product has no row at the location, one is made whose other numbers are 0 */
};

enum stock_outcome {
    STOCK_MOVED,
    STOCK_NO_ROW,     /* of the product at the location */
    STOCK_TOO_LITTLE, /* a number that decreases would be below 0 */
    STOCK_TOO_LARGE,  /* a number that increases would not fit: a final error, stock_refuse_large() */
};

struct stock_numbers {
    int64_t quantity, reserved, allocated;
};

/* The row before and after a move, equal unless STOCK_MOVED; zero for a row that was made, or that does not exist. */
struct stock_moved {
    enum stock_outcome outcome;
    struct uuid item_id;
    struct stock_numbers before, after;
};

/* Makes the move and its event, or neither. If several rows match, the one with the least id changes. */
enum database_outcome stock_move(struct stock_writer *writer, const struct stock_move *move,
                                 struct stock_moved *moved) MUST_CHECK;

/* Refuses with "quantity is too large". */
enum action_outcome stock_refuse_large(struct action_call *call);

/* ---- transactions ---- */

struct stock_transaction {
    struct uuid product_id, location_id, user_id;
    const char *type;      /* as the ERP names it: inbound, ADJUSTMENT, TRANSFER_OUT, TRANSFER_IN */
    int64_t quantity;      /* negative when stock leaves; has to fit 32 bits */
    struct text reference; /* at most 100 characters */
};

/* Inserts a row, dated now, and its event. *id: of the row. */
enum database_outcome stock_record(struct stock_writer *writer, const struct stock_transaction *transaction,
                                   struct uuid *id) MUST_CHECK;

/* ---- for statements of others ---- */

/* SQL of type timestamp: when the first lot of the stock in row i_ of inventory_items expires, NULL for no lot. */
#define STOCK_EXPIRY(i_)                                                                                               \
    "(SELECT min(lot.expiration_date) FROM inventory.serial_numbers serial JOIN inventory.lot_trackings lot"           \
    " ON lot.id = serial.lot_id WHERE serial.product_id = " i_ ".product_id AND serial.location_id = " i_              \
    ".location_id)"

#endif
