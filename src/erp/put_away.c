/* SQL of tasks to shelve goods. */
#include "erp/put_away.h"

#include "erp/event_fields.h"
#include "erp/record_event.h"
#include "postgres/sql.h"

static const char find_delivery[] =
    "SELECT (SELECT s.product_id FROM procurement.supplier_products s WHERE s.id = $1::uuid),"
    " o.id, o.delivery_location_id FROM (SELECT) AS one LEFT JOIN procurement.purchase_orders o ON o.id = $2::uuid";

#define CREATE(event_)                                                                                                 \
    "WITH n AS (INSERT INTO inventory.put_away_tasks AS t (id, product_id, location_id, quantity, reference_number,"   \
    " status, created_by, created_date, updated_date) VALUES ($1::uuid, $2::uuid, $3::uuid, $4::integer, $5,"          \
    " 'pending', $6::uuid, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC') ON CONFLICT (id) DO NOTHING"            \
    " RETURNING t.*)" event_ " SELECT id FROM n"
#define EVENT                                                                                                          \
    ", event AS (" CASCADE_INTO RECORD_CREATED(put_away_tasks, "($7::uuid[])[1]", "$8::jsonb") " FROM n" CASCADE_ONCE  \
                                                                                               ")"
static const struct record_statement create = {CREATE(""), CREATE(EVENT), .parameter_count = 6, .event_count = 1};

/* The rows that the event names. A nil id finds no row. */
struct delivery {
    struct uuid supplied, order;
    struct text product, has_order, location; /* .data NULL: none */
};

static enum database_outcome look_up(const struct action_call *call, struct database_session *session,
                                     struct delivery *delivery, struct database_fault *fault)
{
    const struct database_parameter parameters[] = {
        sql_uuid(call->arena, delivery->supplied),
        sql_uuid(call->arena, delivery->order),
    };
    struct database_rows rows;
    if (!sql_are_complete(parameters, 2))
        return database_fault_budget(fault);
    enum database_outcome outcome =
        database_execute(session, call->arena, TEXT(find_delivery), parameters, 2, &rows, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    delivery->product = rows.cells[0];
    delivery->has_order = rows.cells[1];
    delivery->location = rows.cells[2];
    return DATABASE_OK;
}

/* A missing product is reported before a missing location. */
static enum put_away_found judge(const struct action_call *call, struct put_away_source source,
                                 const struct delivery *delivery, struct put_away_task *task, struct text *why)
{
    if (source.product && !uuid_parse(delivery->product, &task->product_id)) {
        *why = TEXT("invalid or missing supplier_product_id in RawData");
        if (!uuid_is_nil(delivery->supplied))
            *why = arena_print(call->arena, "query: supplierProductID[%.*s]: supplierProduct not found",
                               TEXT_ARG(uuid_text(call->arena, delivery->supplied)));
        return PUT_AWAY_NO_PRODUCT;
    }
    if (source.location && !uuid_parse(delivery->location, &task->location_id)) {
        *why = TEXT_NONE;
        if (uuid_is_nil(delivery->order))
            *why = TEXT("invalid or missing purchase_order_id in RawData");
        else if (delivery->has_order.data == NULL)
            *why = TEXT("purchase order not found");
        return PUT_AWAY_NO_LOCATION;
    }
    return PUT_AWAY_FOUND;
}

enum database_outcome put_away_find(const struct action_call *call, struct database_session *session,
                                    struct put_away_source source, struct put_away_task *task,
                                    enum put_away_found *found, struct text *why, struct database_fault *fault)
{
    struct delivery delivery = {0};
    bool asks = (source.product && event_id(call, "supplier_product_id", &delivery.supplied) == EVENT_FIELD_FOUND);
    asks = (source.location && event_id(call, "purchase_order_id", &delivery.order) == EVENT_FIELD_FOUND) || asks;
    if (asks) {
        enum database_outcome outcome = look_up(call, session, &delivery, fault);
        if (outcome != DATABASE_OK)
            return outcome;
    }
    *found = judge(call, source, &delivery, task, why);
    return DATABASE_OK;
}

enum database_outcome put_away_create(const struct action_call *call, struct database_session *session,
                                      const struct put_away_task *task, struct uuid *id, struct database_fault *fault)
{
    *id = action_row_id(call, "put_away_task", 0);
    const struct database_parameter parameters[] = {
        sql_uuid(call->arena, *id),
        sql_uuid(call->arena, task->product_id),
        sql_uuid(call->arena, task->location_id),
        sql_integer(call->arena, task->quantity),
        sql_text(task->reference),
        sql_uuid(call->arena, task->user_id),
    };
    return record_write(call, session, &create, parameters, 0, NULL, fault);
}
