/* New purchase orders: rows of procurement.purchase_orders and purchase_order_line_items. The server computes amounts
   of money, exactly. Runs in the transaction of the action's effects; call only from the thread of the action call.
   Texts are borrowed. */
#ifndef ERP_PURCHASE_ORDER_H
#define ERP_PURCHASE_ORDER_H

#include "action/action.h"
#include "postgres/database.h"

struct purchase_line {
    struct uuid product_id, status_id;
    struct uuid supplier_product_id; /* nil: the cheapest suitable one is looked up */
    int64_t quantity;                /* above 0; must fit 32 bits */
    struct text unit_cost;           /* a decimal; empty or 0: the cost of the supplier's product */
    struct text discount;            /* a decimal, as a fraction of 1; empty: 0 */
    struct text notes;               /* NULL in the row when empty */
    struct text resolved_id;         /* id of the supplier's product that was found */
    struct text cost, total;         /* cost of a unit, unrounded, and of the line, rounded to the cent */
};

/* The reason why an order cannot be created; PURCHASE_GOOD if it can be created. */
struct purchase_problem {
    enum { PURCHASE_GOOD, PURCHASE_NO_SUPPLIER, PURCHASE_FAULT } kind;
    struct uuid product_id; /* for PURCHASE_NO_SUPPLIER: the product that nobody supplies */
    struct text fault;
};

struct purchase_order {
    struct uuid supplier_id; /* nil: the supplier of the first line */
    struct uuid status_id, warehouse_id, location_id, currency_id;
    struct uuid street_id; /* NULL in the row when nil */
    struct text number;    /* at most 100 characters; empty: a number is generated */
    struct text notes;     /* NULL in the row when empty */
    int64_t delivery_days; /* from now until the expected delivery */

    struct purchase_line *lines; /* allocated by purchase_order_begin */
    size_t line_count;

    /* Set by purchase_order_place, which also sets supplier_id and number if they were empty. */
    struct purchase_problem problem;
    struct uuid user_id;
    struct uuid id;        /* of the row, the same on every attempt; an action creates one order */
    struct uuid *line_ids; /* of the lines, the same on every attempt; NULL unless the order was created */
    struct text total;     /* of all lines */
};

/* Allocates the lines, 1 or more, which the caller fills in. False: the memory budget is exceeded, and the action is
   refused. */
bool purchase_order_begin(struct action_call *call, struct purchase_order *order, size_t line_count) MUST_CHECK;

/* Fills the only line from the event: product_id, and quantity or else reorder_quantity. If the event lacks them,
   order->problem is set. */
void purchase_line_of_event(const struct action_call *call, struct purchase_order *order, struct uuid status_id);

/* Finds the supplier's product of each line, computes the amounts, and inserts the order and its lines, with their
   events. A line without a supplier's product gets the cheapest one of the order's supplier. If the order has no
   supplier, or its supplier does not supply the product, the line gets the cheapest one of a primary supplier, or else
   the cheapest one of any supplier. Among equally cheap ones, the one with the smallest id is used. DONE with
   order->problem set: nothing was written. Not DONE: the action has failed. */
enum action_outcome purchase_order_place(struct action_call *call, struct database_session *session,
                                         struct purchase_order *order) MUST_CHECK;

#endif
