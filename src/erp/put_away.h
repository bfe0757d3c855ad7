/* Tasks to shelve received goods: rows of inventory.put_away_tasks. In the transaction of an action's effects; the
   thread of the call. */
#ifndef ERP_PUT_AWAY_H
#define ERP_PUT_AWAY_H

#include "action/action.h"
#include "postgres/database.h"

struct put_away_task {
    struct uuid product_id, location_id;
    int64_t quantity;      /* has to fit 32 bits */
    struct text reference; /* at most 100 characters */
    struct uuid user_id;   /* who makes it */
};

/* What of a task comes from the event of the run, which is about a line of a purchase order. */
struct put_away_source {
    bool product;  /* the one that its supplier_product_id stands for */
    bool location; /* where the order of its purchase_order_id is delivered */
};

enum put_away_found { PUT_AWAY_FOUND, PUT_AWAY_NO_PRODUCT, PUT_AWAY_NO_LOCATION };

/* Fills in what the source says, or sets *why to what is missing; .data NULL: the order has no location. */
enum database_outcome put_away_find(const struct action_call *call, struct database_session *session,
                                    struct put_away_source source, struct put_away_task *task,
                                    enum put_away_found *found, struct text *why,
                                    struct database_fault *fault) MUST_CHECK;

/* Inserts a pending task and its event. *id: of the row, the same on every attempt; an action makes one task. */
enum database_outcome put_away_create(const struct action_call *call, struct database_session *session,
                                      const struct put_away_task *task, struct uuid *id,
                                      struct database_fault *fault) MUST_CHECK;

#endif
