/* New purchase orders: rows of procurement.purchase_orders and purchase_order_line_items. The server computes money,
   exactly. In the transaction of an action's effects; the thread of the call. Texts are borrowed. */
#ifndef ERP_PURCHASE_ORDER_H
#define ERP_PURCHASE_ORDER_H

#include "action/action.h"
#include "postgres/database.h"

struct purchase_line {
    struct uuid product_id, status_id;
    struct uuid supplier_product_id; /* nil: the cheapest that suits is looked up */
    int64_t quantity;                /* above 0; has to fit 32 bits */
    struct text unit_cost;           /* a decimal; empty or 0: that of the supplier's product */
    struct text discount;            /* a decimal, of 1; empty: 0 */
    struct text notes;               /* NULL in the row when empty */
    struct text resolved_id;         /* of the supplier's product */
    struct text cost, total;         /* what a unit costs, unrounded, and what the line does, to the cent */
};

/* What keeps an order from being made, if anything does. */
struct purchase_problem {
    enum { PURCHASE_GOOD, PURCHASE_NO_SUPPLIER, PURCHASE_FAULT } kind;
    struct uuid product_id; /* that nobody supplies */
    struct text fault;
};

struct purchase_order {
    struct uuid supplier_id; /* nil: that of the first line */
    struct uuid status_id, warehouse_id, location_id, currency_id;
    struct uuid street_id; /* NULL in the row when nil */
    struct text number;    /* at most 100 characters; empty: one is made */
    struct text notes;     /* NULL in the row when empty */
    int64_t delivery_days; /* until it is expected, from now */

    struct purchase_line *lines; /* of purchase_order_begin */
    size_t line_count;

    /* Set by purchase_order_place, as are supplier_id and number where they were empty. */
    struct purchase_problem problem;
    struct uuid user_id;
    struct uuid id;        /* of the row, the same on every attempt; an action makes one order */
    struct uuid *line_ids; /* likewise, of the lines; NULL unless the order was made */
    struct text total;     /* of all lines */
};

/* Makes room for the lines, 1 or more, for the caller to fill in. False past the memory budget: the action is
   refused. */
bool purchase_order_begin(struct action_call *call, struct purchase_order *order, size_t line_count) MUST_CHECK;

/* Makes the only line what an event asks for: its product_id, and its quantity, else its reorder_quantity. An event
   without them is a problem of the order. */
void purchase_line_of_event(const struct action_call *call, struct purchase_order *order, struct uuid status_id);

/* Finds the supplier's product of each line, computes money, and inserts the order and its lines, with their events. A
   line without a supplier's product gets the cheapest of the order's supplier; without such, or without a supplier, the
   cheapest of a primary supplier, else the cheapest of any; among equals that with the least id. DONE with a problem:
   nothing was written. Otherwise the action has failed. */
enum action_outcome purchase_order_place(struct action_call *call, struct database_session *session,
                                         struct purchase_order *order) MUST_CHECK;

#endif
