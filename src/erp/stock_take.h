/* Takes free stock of a product, from as many rows as it needs. Free stock is neither reserved nor allocated. Call only
   from the thread of the action call. */
#ifndef ERP_STOCK_TAKE_H
#define ERP_STOCK_TAKE_H

#include "erp/stock.h"

/* Which stock is taken first. Rows of the same age are taken in the order of their ids. */
enum stock_order {
    STOCK_OLDEST_FIRST,
    STOCK_NEWEST_FIRST,
    STOCK_EXPIRING_FIRST, /* by the earliest expiry of a lot, rows without a lot last; then the oldest */
};

/* The place where stock is counted or taken. */
struct stock_place {
    struct uuid product_id, warehouse_id, location_id;
    bool has_warehouse, has_location; /* false: any. A nil id matches nothing */
};

struct stock_want {
    struct stock_place place;
    int64_t quantity; /* 1 or more */
    enum stock_order order;
    bool allocates; /* the stock becomes allocated, otherwise reserved */
    bool partial;   /* takes what there is when that is less; otherwise takes nothing then */
};

struct stock_taken_row {
    struct text item_id, location_id; /* ids as the database prints them */
    int64_t quantity;
};

/* Lives in the arena of the call. */
struct stock_taken {
    const struct stock_taken_row *rows; /* in the order in which they were taken */
    size_t row_count;
    int64_t quantity;  /* of all rows */
    int64_t available; /* all free stock, or at least the wanted quantity */
};

/* Locks the rows that it may need, takes stock from one row after another until there is enough, and writes an event
   for each row. The caller must have locked the product (stock_lock), which serializes actions; the row locks keep
   other programs out. */
enum database_outcome stock_take(struct stock_writer *writer, const struct stock_want *want,
                                 struct stock_taken *taken) MUST_CHECK;

/* A condition on a row i of inventory_items. The parameters of a place are $1, a product; $2, a location or NULL; and
   $3, a warehouse or NULL. */
#define STOCK_AT_PLACE                                                                                                 \
    "i.product_id = $1 AND ($2::uuid IS NULL OR i.location_id = $2) AND ($3::uuid IS NULL OR i.location_id IN"         \
    " (SELECT l.id FROM inventory.inventory_locations l WHERE l.warehouse_id = $3))"
#define STOCK_PLACE_PARAMETERS 3
void stock_place_bind(struct arena *arena, const struct stock_place *place,
                      struct database_parameter parameters[STOCK_PLACE_PARAMETERS]);

#endif
