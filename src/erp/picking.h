/* Picking of orders: statuses of sales.orders and rows of inventory.pick_tasks. In the transaction of an action's
   effects; the thread of the call. */
#ifndef ERP_PICKING_H
#define ERP_PICKING_H

#include "action/action.h"
#include "postgres/database.h"

enum picking_end {
    PICKING_RELEASED,       /* every line gets what it lacks */
    PICKING_SHORT,          /* at least one line gets less; without any task nothing is written */
    PICKING_NO_STATUS,      /* the ERP lacks one of the statuses; nothing else is known */
    PICKING_NO_ORDER,       /* there is no such order */
    PICKING_INVALID_STATUS, /* the order is neither PENDING nor PROCESSING */
    PICKING_NO_LINES,       /* the order has no line of any kind */
};

/* A task to be, as SQL prints it. */
struct picking_entry {
    struct text line_id, product_id, location_id, quantity;
};

/* The release of one order. */
struct picking {
    struct uuid order_id;
    struct uuid status, picking_status; /* of the order before, and the one that it gets */
    enum picking_end end;
    const char *lacking; /* the status, with NO_STATUS */
    bool is_due;         /* there is something to write: picking_release has to follow */
    const struct picking_entry *entries;
    size_t count;      /* of tasks */
    const char *doing; /* the step that failed */
};

/* Locks the order with the id given, then the stock of its products, and plans its lines in order of their id: all that
   lack something and have no open task. Stock that expires first is picked first. A location gives what it has, less
   what is allocated there, less what open tasks of any order still take there; reserved stock can be picked. */
enum database_outcome picking_plan(const struct action_call *call, struct database_session *session,
                                   struct picking *picking, struct database_fault *fault) MUST_CHECK;

/* Moves the order to PICKING and inserts the pending tasks, with the events of both. Ids are the same on every
   attempt; an action releases one order. */
enum database_outcome picking_release(const struct action_call *call, struct database_session *session,
                                      struct picking *picking, struct uuid user_id,
                                      struct database_fault *fault) MUST_CHECK;

#endif
