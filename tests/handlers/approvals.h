/* Records to approve, reject, claim and execute, and their states afterwards. */
#ifndef TEST_APPROVALS_H
#define TEST_APPROVALS_H

#include "stock.h"

#define BOSS       "45b5fbd3-755f-4379-8f07-a58d4a30fa2f" /* the user of the event */
#define NOBODY     "00000000-0000-0000-0000-000000000000"
#define PURCHASE   "7a1c0c3e-7c5a-4b0e-8a35-0c1de3a6f001"
#define ADJUSTMENT "7a1c0c3e-7c5a-4b0e-8a35-0c1de3a6f002"
#define TRANSFER   "7a1c0c3e-7c5a-4b0e-8a35-0c1de3a6f003"
#define MISSING    "7a1c0c3e-7c5a-4b0e-8a35-0c1de3a6f009"

/* SQL. All three belong to CLERK. The adjustment changes BRUSH in LEFT; the transfer is of BRUSH from LEFT to RIGHT. */
#define BOSS_ROW "INSERT INTO core.users (id, username) VALUES ('" BOSS "', 'boss');"
#define PURCHASE_ROW                                                                                                   \
    "INSERT INTO procurement.purchase_orders (id, order_number, supplier_id, purchase_order_status_id,"                \
    " delivery_warehouse_id, order_date, expected_delivery_date, subtotal, total_amount, currency_id, requested_by,"   \
    " created_by, updated_by, created_date, updated_date, notes) VALUES ('" PURCHASE "', 'PO-1', '" KNIFE "', '" BRUSH \
    "', '" NEAR "', '2026-03-01', '2026-03-08', 12.5, 12.5, '" FAR "', '" CLERK "', '" CLERK "', '" CLERK              \
    "', '2026-03-01', '2026-03-01', 'as is');"
#define ADJUSTMENT_ROW(change_)                                                                                        \
    "INSERT INTO inventory.inventory_adjustments (id, product_id, location_id, adjusted_by, quantity_change,"          \
    " reason_code, notes, adjustment_date, created_date, updated_date) VALUES ('" ADJUSTMENT "', '" BRUSH "', '" LEFT  \
    "', '" CLERK "', " change_ ", 'damaged', 'as is', '2026-03-01', '2026-03-01', '2026-03-01');"
#define TRANSFER_ROW(status_, quantity_)                                                                               \
    "INSERT INTO inventory.transfer_orders (id, product_id, from_location_id, to_location_id, requested_by, quantity," \
    " status, transfer_date, created_date, updated_date) VALUES ('" TRANSFER "', '" BRUSH "', '" LEFT "', '" RIGHT     \
    "', '" CLERK "', " quantity_ ", '" status_ "', '2026-03-01', '2026-03-01', '2026-03-01');"

/* Calls trial_open and adds locations, BOSS and the rows of the SQL. The event names BOSS and `entity_id`. */
void approvals_open(struct trial *trial, const char *action, const char *rows, const char *entity_id);

/* Performs the action and asserts the whole result, JSON without `output`, and the output. */
void approvals_done(struct trial *trial, const char *config, const char *output, const char *result);

/* The events in order, each as "domain|action|event_type|entity_name|entityID|userID", joined by spaces. */
const char *approvals_events(struct trial *trial);
/* The members in which the entity of the n-th event, from 0, differs from the entity before: "key=value" by key, joined
   by commas. A time of the last minute is "now". */
const char *approvals_changes(struct trial *trial, int number);
/* The columns in which the only row of a table differs from its text before, in the same form; see approvals_row. */
const char *approvals_row(struct trial *trial, const char *table);
const char *approvals_row_changes(struct trial *trial, const char *table, const char *before);

/* Performs two actions of two runs while the row of `table` is locked, so that both wait for it, and unlocks it.
   Returns the outputs in alphabetical order, joined by a space. */
struct approvals_racer {
    const char *action, *config;
};
const char *approvals_race(struct trial *trial, const char *table, const struct approvals_racer racers[2]);

#endif
