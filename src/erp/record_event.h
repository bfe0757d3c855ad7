/* Events with whole rows, as the ERP writes them for rows that it creates or updates: the SQL that makes the events,
   and a function that runs a statement with such events. Any thread. */
#ifndef ERP_RECORD_EVENT_H
#define ERP_RECORD_EVENT_H

#include "erp/cascade.h"

/* ---- the entity of an event ----

   Each macro RECORD_ENTITY_<table> is an expression of type jsonb over the columns of a row; the macro's argument is
   the alias of the row, a string literal. The keys are the ERP's and may differ from the names of the columns. An
   absent time is the start of the year 1; an absent id is null, left out, or the nil id, depending on the key; amounts
   are exact. Columns that older databases do not have are read through to_jsonb of the whole row. The row of a CTE must
   have all columns of its table (t.*) and may have more. */

#define RECORD_NIL_ID "'00000000-0000-0000-0000-000000000000'"

/* Members, each followed by a comma. */
#define RECORD_AS(key_, value_)      "'" key_ "', " value_ ", "
#define RECORD_SAME(row_, column_)   RECORD_AS(column_, row_ "." column_)
#define RECORD_NEWER(row_, column_)  RECORD_AS(column_, "to_jsonb(" row_ ") -> '" column_ "'")
#define RECORD_TIME_OR_NULL(column_) "(to_jsonb(" column_ ") #>> '{}') || 'Z'" /* RFC 3339, in UTC */
#define RECORD_TIME(column_)         "coalesce(" RECORD_TIME_OR_NULL(column_) ", '0001-01-01T00:00:00Z')"
#define RECORD_TEXT(column_)         "coalesce(" column_ ", '')"
#define RECORD_ID(column_)           "coalesce(" column_ ", " RECORD_NIL_ID ")"
#define RECORD_NUMBER(column_)       "trim_scale(coalesce(" column_ ", 0))"
#define RECORD_MONEY(column_)        "coalesce(" column_ ", 0)::numeric(20, 2)::text"

// clang-format off
/* An optional member is left out when its value is NULL. */
#define RECORD_OBJECT(row_, members_, optional_)                                                                       \
    "(jsonb_build_object("                                                                                             \
        members_ RECORD_AS("created_date", RECORD_TIME(row_ ".created_date"))                                          \
        "'updated_date', " RECORD_TIME(row_ ".updated_date")                                                           \
    ") || jsonb_strip_nulls(jsonb_build_object("                                                                       \
        optional_ "'scenario_id', to_jsonb(" row_ ") -> 'scenario_id')))"

#define RECORD_ENTITY_inventory_items(r_)                                                                              \
    RECORD_OBJECT(r_,                                                                                                  \
        RECORD_SAME(r_, "id") RECORD_SAME(r_, "product_id") RECORD_SAME(r_, "location_id")                             \
        RECORD_SAME(r_, "quantity") RECORD_SAME(r_, "reserved_quantity") RECORD_SAME(r_, "allocated_quantity")         \
        RECORD_SAME(r_, "minimum_stock") RECORD_SAME(r_, "maximum_stock") RECORD_SAME(r_, "reorder_point")             \
        RECORD_SAME(r_, "economic_order_quantity") RECORD_SAME(r_, "safety_stock")                                     \
        RECORD_SAME(r_, "avg_daily_usage"),                                                                            \
        "")

#define RECORD_ENTITY_inventory_transactions(r_)                                                                       \
    RECORD_OBJECT(r_,                                                                                                  \
        RECORD_AS("inventory_transaction_id", r_ ".id") RECORD_SAME(r_, "product_id")                                  \
        RECORD_SAME(r_, "location_id") RECORD_SAME(r_, "user_id") RECORD_SAME(r_, "quantity")                          \
        RECORD_SAME(r_, "transaction_type") RECORD_SAME(r_, "reference_number")                                        \
        RECORD_AS("transaction_date", RECORD_TIME(r_ ".transaction_date")),                                            \
        RECORD_SAME(r_, "lot_id") RECORD_SAME(r_, "serial_id"))

#define RECORD_ENTITY_transfer_orders(r_)                                                                              \
    RECORD_OBJECT(r_,                                                                                                  \
        RECORD_AS("transfer_id", r_ ".id") RECORD_SAME(r_, "product_id") RECORD_SAME(r_, "from_location_id")           \
        RECORD_SAME(r_, "to_location_id") RECORD_AS("requested_by_id", r_ ".requested_by")                             \
        RECORD_AS("approved_by_id", r_ ".approved_by") RECORD_SAME(r_, "rejected_by_id")                               \
        RECORD_AS("approval_reason", RECORD_TEXT(r_ ".approval_reason"))                                               \
        RECORD_AS("rejection_reason", RECORD_TEXT(r_ ".rejection_reason"))                                             \
        RECORD_AS("claimed_by_id", r_ ".claimed_by")                                                                   \
        RECORD_AS("claimed_at", RECORD_TIME_OR_NULL(r_ ".claimed_at"))                                                 \
        RECORD_AS("completed_by_id", r_ ".completed_by")                                                               \
        RECORD_AS("completed_at", RECORD_TIME_OR_NULL(r_ ".completed_at")) RECORD_SAME(r_, "quantity")                 \
        RECORD_SAME(r_, "status") RECORD_AS("transfer_date", RECORD_TIME(r_ ".transfer_date")),                        \
        RECORD_NEWER(r_, "transfer_number"))

#define RECORD_ENTITY_inventory_adjustments(r_)                                                                        \
    RECORD_OBJECT(r_,                                                                                                  \
        RECORD_AS("inventory_adjustment_id", r_ ".id") RECORD_SAME(r_, "product_id")                                   \
        RECORD_SAME(r_, "location_id") RECORD_SAME(r_, "adjusted_by") RECORD_SAME(r_, "approved_by")                   \
        RECORD_SAME(r_, "approval_status") RECORD_AS("approval_reason", RECORD_TEXT(r_ ".approval_reason"))            \
        RECORD_SAME(r_, "rejected_by") RECORD_AS("rejection_reason", RECORD_TEXT(r_ ".rejection_reason"))              \
        RECORD_SAME(r_, "quantity_change") RECORD_SAME(r_, "reason_code") RECORD_SAME(r_, "notes")                     \
        RECORD_AS("adjustment_date", RECORD_TIME(r_ ".adjustment_date")),                                              \
        "")

#define RECORD_ENTITY_put_away_tasks(r_)                                                                               \
    RECORD_OBJECT(r_,                                                                                                  \
        RECORD_SAME(r_, "id") RECORD_SAME(r_, "product_id") RECORD_SAME(r_, "location_id")                             \
        RECORD_SAME(r_, "quantity") RECORD_SAME(r_, "reference_number") RECORD_SAME(r_, "status")                      \
        RECORD_AS("assigned_to", RECORD_ID(r_ ".assigned_to"))                                                         \
        RECORD_AS("assigned_at", RECORD_TIME(r_ ".assigned_at"))                                                       \
        RECORD_AS("completed_by", RECORD_ID(r_ ".completed_by"))                                                       \
        RECORD_AS("completed_at", RECORD_TIME(r_ ".completed_at")) RECORD_SAME(r_, "created_by"),                      \
        "")

#define RECORD_ENTITY_pick_tasks(r_)                                                                                   \
    RECORD_OBJECT(r_,                                                                                                  \
        RECORD_SAME(r_, "id") RECORD_SAME(r_, "sales_order_id") RECORD_SAME(r_, "sales_order_line_item_id")            \
        RECORD_SAME(r_, "product_id") RECORD_SAME(r_, "location_id") RECORD_SAME(r_, "quantity_to_pick")               \
        RECORD_SAME(r_, "quantity_picked") RECORD_SAME(r_, "status")                                                   \
        RECORD_AS("assigned_to", RECORD_ID(r_ ".assigned_to"))                                                         \
        RECORD_AS("assigned_at", RECORD_TIME(r_ ".assigned_at"))                                                       \
        RECORD_AS("completed_by", RECORD_ID(r_ ".completed_by"))                                                       \
        RECORD_AS("completed_at", RECORD_TIME(r_ ".completed_at")) RECORD_SAME(r_, "created_by"),                      \
        RECORD_NEWER(r_, "task_number") RECORD_SAME(r_, "lot_id") RECORD_SAME(r_, "serial_id")                         \
        RECORD_AS("short_pick_reason", "nullif(" r_ ".short_pick_reason, '')"))

#define RECORD_ENTITY_purchase_orders(r_)                                                                              \
    RECORD_OBJECT(r_,                                                                                                  \
        RECORD_SAME(r_, "id") RECORD_SAME(r_, "order_number") RECORD_SAME(r_, "supplier_id")                           \
        RECORD_SAME(r_, "purchase_order_status_id") RECORD_SAME(r_, "delivery_warehouse_id")                           \
        RECORD_AS("delivery_location_id", RECORD_ID(r_ ".delivery_location_id"))                                       \
        RECORD_AS("delivery_street_id", RECORD_ID(r_ ".delivery_street_id"))                                           \
        RECORD_AS("order_date", RECORD_TIME(r_ ".order_date"))                                                         \
        RECORD_AS("expected_delivery_date", RECORD_TIME(r_ ".expected_delivery_date"))                                 \
        RECORD_AS("actual_delivery_date", RECORD_TIME(r_ ".actual_delivery_date"))                                     \
        RECORD_AS("subtotal", RECORD_NUMBER(r_ ".subtotal"))                                                           \
        RECORD_AS("tax_amount", RECORD_NUMBER(r_ ".tax_amount"))                                                       \
        RECORD_AS("shipping_cost", RECORD_NUMBER(r_ ".shipping_cost"))                                                 \
        RECORD_AS("total_amount", RECORD_NUMBER(r_ ".total_amount")) RECORD_SAME(r_, "currency_id")                    \
        RECORD_SAME(r_, "requested_by") RECORD_SAME(r_, "approved_by")                                                 \
        RECORD_AS("approved_date", RECORD_TIME(r_ ".approved_date"))                                                   \
        RECORD_AS("approval_reason", RECORD_TEXT(r_ ".approval_reason")) RECORD_SAME(r_, "rejected_by")                \
        RECORD_AS("rejected_date", RECORD_TIME(r_ ".rejected_date"))                                                   \
        RECORD_AS("rejection_reason", RECORD_TEXT(r_ ".rejection_reason"))                                             \
        RECORD_AS("notes", RECORD_TEXT(r_ ".notes"))                                                                   \
        RECORD_AS("supplier_reference_number", RECORD_TEXT(r_ ".supplier_reference_number"))                           \
        RECORD_SAME(r_, "priority") RECORD_SAME(r_, "created_by") RECORD_SAME(r_, "updated_by"),                       \
        "")

#define RECORD_ENTITY_purchase_order_line_items(r_)                                                                    \
    RECORD_OBJECT(r_,                                                                                                  \
        RECORD_SAME(r_, "id") RECORD_SAME(r_, "purchase_order_id") RECORD_SAME(r_, "supplier_product_id")              \
        RECORD_SAME(r_, "quantity_ordered") RECORD_SAME(r_, "quantity_received")                                       \
        RECORD_SAME(r_, "quantity_cancelled") RECORD_AS("unit_cost", RECORD_NUMBER(r_ ".unit_cost"))                   \
        RECORD_AS("discount", RECORD_NUMBER(r_ ".discount"))                                                           \
        RECORD_AS("line_total", RECORD_NUMBER(r_ ".line_total")) RECORD_SAME(r_, "line_item_status_id")                \
        RECORD_AS("expected_delivery_date", RECORD_TIME(r_ ".expected_delivery_date"))                                 \
        RECORD_AS("actual_delivery_date", RECORD_TIME(r_ ".actual_delivery_date"))                                     \
        RECORD_AS("notes", RECORD_TEXT(r_ ".notes")) RECORD_SAME(r_, "created_by") RECORD_SAME(r_, "updated_by"),      \
        "")

/* A row of sales.orders. The amounts are texts. */
#define RECORD_ENTITY_orders(r_)                                                                                       \
    RECORD_OBJECT(r_,                                                                                                  \
        RECORD_SAME(r_, "id") RECORD_SAME(r_, "number") RECORD_SAME(r_, "customer_id")                                 \
        RECORD_AS("due_date", RECORD_TIME(r_ ".due_date"))                                                             \
        RECORD_AS("fulfillment_status_id", r_ ".order_fulfillment_status_id")                                          \
        RECORD_AS("order_date", RECORD_TIME(r_ ".order_date::timestamp"))                                              \
        RECORD_AS("subtotal", RECORD_MONEY(r_ ".subtotal")) RECORD_AS("tax_rate", RECORD_MONEY(r_ ".tax_rate"))        \
        RECORD_AS("tax_amount", RECORD_MONEY(r_ ".tax_amount"))                                                        \
        RECORD_AS("shipping_cost", RECORD_MONEY(r_ ".shipping_cost"))                                                  \
        RECORD_AS("total_amount", RECORD_MONEY(r_ ".total_amount")) RECORD_SAME(r_, "currency_id")                     \
        RECORD_AS("notes", RECORD_TEXT(r_ ".notes")) RECORD_SAME(r_, "priority") RECORD_SAME(r_, "created_by")         \
        RECORD_SAME(r_, "updated_by"),                                                                                 \
        RECORD_SAME(r_, "billing_address_id") RECORD_SAME(r_, "shipping_address_id")                                   \
        RECORD_SAME(r_, "assigned_to") RECORD_SAME(r_, "payment_term_id"))

/* The members of the stored result, with the id and the key of the row. */
#define RECORD_ENTITY_allocation_results(r_)                                                                           \
    "(" r_ ".allocation_data || jsonb_build_object(" RECORD_SAME(r_, "id") "'idempotency_key', " r_ ".idempotency_key))"
// clang-format on

/* ---- the event ---- */

/* The ERP's name for the bus of a table, and the user that the event of a row names, who is rarely the user who changed
   the row. */
#define RECORD_DOMAIN_inventory_items               "inventoryitem"
#define RECORD_DOMAIN_inventory_transactions        "inventorytransaction"
#define RECORD_DOMAIN_transfer_orders               "transferorder"
#define RECORD_DOMAIN_inventory_adjustments         "inventoryadjustment"
#define RECORD_DOMAIN_put_away_tasks                "putawaytask"
#define RECORD_DOMAIN_pick_tasks                    "picktask"
#define RECORD_DOMAIN_purchase_orders               "purchaseorder"
#define RECORD_DOMAIN_purchase_order_line_items     "purchaseorderlineitem"
#define RECORD_DOMAIN_orders                        "order"
#define RECORD_DOMAIN_allocation_results            "allocation_result"

#define RECORD_USER_inventory_items(row_)           RECORD_NIL_ID
#define RECORD_USER_inventory_transactions(row_)    row_ ".user_id"
#define RECORD_USER_transfer_orders(row_)           row_ ".requested_by"
#define RECORD_USER_inventory_adjustments(row_)     row_ ".adjusted_by"
#define RECORD_USER_put_away_tasks(row_)            row_ ".created_by"
#define RECORD_USER_pick_tasks(row_)                row_ ".created_by"
#define RECORD_USER_purchase_orders(row_)           row_ ".updated_by" /* in a new row, the creator */
#define RECORD_USER_purchase_order_line_items(row_) row_ ".created_by"
#define RECORD_USER_orders(row_)                    row_ ".updated_by"
#define RECORD_USER_allocation_results(row_)        RECORD_NIL_ID

#define RECORD_PARAMS(table_, before_)                                                                                 \
    "json_build_object('entityID', n.id, 'userID', " RECORD_USER_##table_("n") ", 'entity', " RECORD_ENTITY_##table_(  \
        "n") before_ ")::text"

/* SELECT of one event for each row n of `table_`, a name without its schema: RECORD_CREATED(pick_tasks, ...). Put it
   between CASCADE_INTO and a FROM that names n, and for RECORD_UPDATED also o, the row before the change. id_ is a uuid
   and lineage_ is jsonb; both are SQL. */
#define RECORD_CREATED(table_, id_, lineage_)                                                                          \
    CASCADE_ROW(id_, "'" RECORD_DOMAIN_##table_ "'::text", "create", "'" #table_ "'", RECORD_PARAMS(table_, ""),       \
                lineage_)
#define RECORD_UPDATED(table_, id_, lineage_)                                                                          \
    CASCADE_ROW(id_, "'" RECORD_DOMAIN_##table_ "'::text", "update", "'" #table_ "'",                                  \
                RECORD_PARAMS(table_, ", 'beforeEntity', " RECORD_ENTITY_##table_("o")), lineage_)

/* ---- the statement ---- */

/* A statement that writes rows, in one form without events and one form with them. Usually one macro makes both forms,
   with the CTE of the events as its argument:

       #define CLOSE(event_) "WITH old AS (...), new AS (UPDATE ... RETURNING t.*)" event_ " SELECT ..."
       #define EVENT ", event AS (" CASCADE_INTO \
           RECORD_UPDATED(pick_tasks, "($3::uuid[])[1]", "$4::jsonb") " FROM new n, old o" CASCADE_ONCE ")"
       static const struct record_statement close = {CLOSE(""), CLOSE(EVENT), .parameter_count = 2, .event_count = 1};

   The second form has two more parameters, after those of the first: the ids of the events, uuid[], and the lineage. */
struct record_statement {
    const char *silent, *with_events;
    size_t parameter_count; /* of the first form; at most RECORD_PARAMETERS_MAX */
    size_t event_count;     /* at most */
};
#define RECORD_PARAMETERS_MAX 32

/* Runs the form that suits the database: with events when the ERP has an outbox. first_event is the number of the
   statement's first event among all events of the action; it makes the ids of the events the same on every attempt.
   `rows` may be NULL. */
enum database_outcome record_write(const struct action_call *call, struct database_session *session,
                                   const struct record_statement *statement,
                                   const struct database_parameter *parameters, size_t first_event,
                                   struct database_rows *rows, struct database_fault *fault) MUST_CHECK;

#endif
