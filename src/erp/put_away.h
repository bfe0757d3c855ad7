/* Tasks to shelve received goods: rows of inventory.put_away_tasks. Runs in the transaction of the action's effects;
   call only from the thread of the action call. */
#ifndef ERP_PUT_AWAY_H
#define ERP_PUT_AWAY_H

#include "action/action.h"
#include "postgres/database.h"

struct put_away_task {
    struct uuid product_id, location_id;
    int64_t quantity;      /* must fit 32 bits */
    struct text reference; /* at most 100 characters */
    struct uuid user_id;   /* the creator of the task */
};

/* The members of a task that come from the event of the run, which is about a line of a purchase order. */
struct put_away_source {
    bool product;  /* the product of its supplier_product_id */
    bool location; /* the delivery location of the order of its purchase_order_id */
};

enum put_away_found { PUT_AWAY_FOUND, PUT_AWAY_NO_PRODUCT, PUT_AWAY_NO_LOCATION };

/* Fills in the members of the task that `source` selects. If something is missing, *found says what, and *why names it;
   .data is NULL when the order has no delivery location. */
enum database_outcome put_away_find(const struct action_call *call, struct database_session *session,
                                    struct put_away_source source, struct put_away_task *task,
                                    enum put_away_found *found, struct text *why,
                                    struct database_fault *fault) MUST_CHECK;

/* Inserts a pending task and its event. *id: the id of the row, the same on every attempt; an action creates one
   task. */
enum database_outcome put_away_create(const struct action_call *call, struct database_session *session,
                                      const struct put_away_task *task, struct uuid *id,
                                      struct database_fault *fault) MUST_CHECK;

#endif
