/* Picking of orders: statuses of sales.orders and rows of inventory.pick_tasks. Runs in the transaction of the action's
   effects; call only from the thread of the action call. */
#ifndef ERP_PICKING_H
#define ERP_PICKING_H

#include "action/action.h"
#include "postgres/database.h"

enum picking_end {
    PICKING_RELEASED,       /* every line gets its full missing quantity */
    PICKING_SHORT,          /* at least one line gets less; nothing is written if there is no task at all */
    PICKING_NO_STATUS,      /* the ERP lacks one of the statuses; the other members are not set */
    PICKING_NO_ORDER,       /* the order does not exist */
    PICKING_INVALID_STATUS, /* the order is neither PENDING nor PROCESSING */
    PICKING_NO_LINES,       /* the order has no lines */
};

/* A planned task; the texts are as SQL prints them. */
struct picking_entry {
    struct text line_id, product_id, location_id, quantity;
};

/* The release of one order. */
struct picking {
    struct uuid order_id;
    struct uuid status, picking_status; /* the present status of the order, and its new one */
    enum picking_end end;
    const char *lacking; /* the missing status, for PICKING_NO_STATUS */
    bool is_due;         /* there is something to write: call picking_release */
    const struct picking_entry *entries;
    size_t count;      /* of entries */
    const char *doing; /* the current step, for failure texts */
};

/* Locks the order order_id, then the stock of its products. Plans, in the order of their ids, the lines that are not
   fully picked and have no open task. Stock that expires first is picked first. The quantity available at a location is
   its quantity on hand, minus what is allocated there, minus what open tasks of any order will still take from it;
   reserved stock can be picked. */
enum database_outcome picking_plan(const struct action_call *call, struct database_session *session,
                                   struct picking *picking, struct database_fault *fault) MUST_CHECK;

/* Moves the order to PICKING and inserts the pending tasks, with their events. The ids are the same on every attempt,
   so an action may release only one order. */
enum database_outcome picking_release(const struct action_call *call, struct database_session *session,
                                      struct picking *picking, struct uuid user_id,
                                      struct database_fault *fault) MUST_CHECK;

#endif
