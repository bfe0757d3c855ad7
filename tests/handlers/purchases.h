/* Purchases for tests: suppliers' products, a purchase order, and the events that an action wrote. */
#ifndef TEST_PURCHASES_H
#define TEST_PURCHASES_H

#include "stock.h"

#define ACME   "6a1f8f5b-0001-4d53-9f1d-1f9d3a1c7e01"
#define GLOBEX "6a1f8f5b-0001-4d53-9f1d-1f9d3a1c7e02"

/* The id of the n-th supplier's product, n a literal of one digit. */
#define SUPPLIED(n_) "0000000" n_ "-0000-4000-8000-0000000000aa"
/* A purchase order of ACME, made by CLERK, to be delivered to LEFT. */
#define PURCHASE "7d0d2b0e-52a4-4d0c-8d53-0f1c9a6b3e01"

/* SQL that inserts the n-th supplier's product, or PURCHASE. */
#define SUPPLIED_ROW(n_, supplier_, product_, cost_, primary_)                                                         \
    "INSERT INTO procurement.supplier_products VALUES ('" SUPPLIED(n_) "', '" supplier_ "', '" product_                \
                                                                       "', 'part', 1, 1000, 5, " cost_ ", " primary_   \
                                                                       ", '2026-01-05', '2026-01-05')"
#define PURCHASE_ROW                                                                                                   \
    "INSERT INTO procurement.purchase_orders (id, order_number, supplier_id, purchase_order_status_id,"                \
    " delivery_warehouse_id, delivery_location_id, order_date, expected_delivery_date, currency_id, requested_by,"     \
    " created_by, updated_by, created_date, updated_date) VALUES ('" PURCHASE "', 'PO-1', '" ACME                      \
    "', gen_random_uuid(), '" NEAR "', '" LEFT "', '2026-06-01', '2026-06-08', gen_random_uuid(), '" CLERK             \
    "', '" CLERK "', '" CLERK "', '2026-06-01', '2026-06-01')"

/* All events so far, in order: "<entity_name> <action> <what>", one a line; `what_` is SQL over `entity`, the event's
   entity as jsonb, and `params`, everything that it says. */
#define EVENTS_OF(what_)                                                                                               \
    "SELECT coalesce(string_agg(concat_ws(' ', entity_name, action, " what_                                            \
    "), E'\\n' ORDER BY seq), '') FROM (SELECT e.*,"                                                                   \
    " params, params -> 'entity' AS entity FROM workflow.cascade_outbox e, LATERAL (SELECT convert_from(decode("       \
    "payload ->> 'RawParams', 'base64'), 'UTF8')::jsonb AS params) p) events"

#endif
