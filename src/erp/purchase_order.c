/* SQL of new purchase orders. */
#include "erp/purchase_order.h"

#include <assert.h>

#include "action/encode.h"
#include "base/limits.h"
#include "erp/action_database.h"
#include "erp/event_fields.h"
#include "erp/record_event.h"
#include "postgres/sql.h"

#define NOW      "now() AT TIME ZONE 'UTC'"
#define EXPECTED "(" NOW " + make_interval(days => $3::integer))"
/* Maximum of generated numbers that are tried for one order; each has eight hexadecimal digits. */
#define NUMBERS_MAX 16

/* If the order's supplier supplies the product, other suppliers are not considered. */
static const char resolve_lines[] =
    "WITH line AS (SELECT l.number, l.product_id, l.given, l.quantity, l.discount, s.id, s.supplier_id,"
    " s.product_id AS supplied, coalesce(nullif(l.unit_cost, 0), s.unit_cost) AS cost"
    " FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::numeric[], $5::numeric[])"
    " WITH ORDINALITY AS l (product_id, given, quantity, unit_cost, discount, number)"
    " LEFT JOIN LATERAL (SELECT s.* FROM procurement.supplier_products s"
    " WHERE s.id = l.given OR (l.given IS NULL AND s.product_id = l.product_id)"
    " ORDER BY (s.supplier_id IS NOT DISTINCT FROM $6::uuid) DESC,"
    " (s.is_primary_supplier AND s.supplier_id IS DISTINCT FROM $6::uuid) DESC, s.unit_cost, s.id LIMIT 1) s ON true),"
    " priced AS (SELECT l.*, round(l.quantity * l.cost * (1 - l.discount), 2) AS total FROM line l)"
    " SELECT id, supplier_id, supplied, cost, total, sum(total) OVER () FROM priced ORDER BY number";

#define INSERT_ORDER(event_)                                                                                           \
    "WITH n AS (INSERT INTO procurement.purchase_orders AS t (id, order_number, supplier_id, "                         \
    "purchase_order_status_id,"                                                                                        \
    " delivery_warehouse_id, delivery_location_id, delivery_street_id, order_date, expected_delivery_date, subtotal,"  \
    " tax_amount, shipping_cost, total_amount, currency_id, requested_by, notes, priority, created_by, updated_by,"    \
    " created_date, updated_date) VALUES ($1::uuid, $2, $4::uuid, $5::uuid, $6::uuid, $7::uuid, $8::uuid, " NOW        \
    ", " EXPECTED ", $9::numeric, 0, 0, $9::numeric, $10::uuid, $11::uuid, nullif($12, ''), 'medium', $11::uuid,"      \
    " $11::uuid, " NOW ", " NOW ") ON CONFLICT DO NOTHING RETURNING t.*)" event_ " SELECT id FROM n"
#define ORDER_EVENT                                                                                                    \
    ", event AS (" CASCADE_INTO RECORD_CREATED(purchase_orders, "($13::uuid[])[1]",                                    \
                                               "$14::jsonb") " FROM n" CASCADE_ONCE ")"
static const struct record_statement insert_order = {INSERT_ORDER(""), INSERT_ORDER(ORDER_EVENT), .parameter_count = 12,
                                                     .event_count = 1};

static const char find_order[] = "SELECT order_number FROM procurement.purchase_orders WHERE id = $1::uuid";

#define INSERT_LINES(event_)                                                                                           \
    "WITH line AS (SELECT * FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (id uuid, supplier_product_id uuid,"      \
    " quantity bigint, unit_cost numeric, discount numeric, line_total numeric, status_id uuid, notes text))"          \
    " WITH ORDINALITY AS l (id, supplier_product_id, quantity, unit_cost, discount, line_total, status_id, notes,"     \
    " number)), made AS (INSERT INTO procurement.purchase_order_line_items AS t (id, purchase_order_id,"               \
    " supplier_product_id, quantity_ordered, quantity_received, quantity_cancelled, unit_cost, discount, line_total,"  \
    " line_item_status_id, expected_delivery_date, notes, created_by, updated_by, created_date, updated_date)"         \
    " SELECT l.id, $2::uuid, l.supplier_product_id, l.quantity, 0, 0, l.unit_cost, l.discount, l.line_total,"          \
    " l.status_id, " EXPECTED ", nullif(l.notes, ''), $4::uuid, $4::uuid, " NOW ", " NOW                               \
    " FROM line l ORDER BY l.number ON CONFLICT (id) DO NOTHING RETURNING t.*)" event_ " SELECT count(*) FROM made"
#define LINE_EVENTS                                                                                                    \
    ", event AS (" CASCADE_INTO RECORD_CREATED(purchase_order_line_items, "($5::uuid[])[n.number]",                    \
                                               "$6::jsonb") " FROM (SELECT made.*, l.number FROM made JOIN line l ON " \
                                                            "l.id = made.id ORDER BY l.number) n" CASCADE_ONCE ")"
static const struct record_statement insert_lines = {INSERT_LINES(""), INSERT_LINES(LINE_EVENTS), .parameter_count = 4,
                                                     .event_count = 1};

/* ---- lines ---- */

bool purchase_order_begin(struct action_call *call, struct purchase_order *order, size_t line_count)
{
    assert(line_count > 0);
    order->lines = ARENA_ARRAY(call->arena, line_count, struct purchase_line);
    order->line_count = line_count;
    if (order->lines == NULL)
        (void)action_refuse(call, "out of the memory budget of this task");
    return order->lines != NULL;
}

void purchase_line_of_event(const struct action_call *call, struct purchase_order *order, struct uuid status_id)
{
    assert(order->line_count == 1);
    struct purchase_line *line = &order->lines[0];
    *line = (struct purchase_line){.status_id = status_id};
    struct purchase_problem *problem = &order->problem;
    *problem = (struct purchase_problem){.kind = PURCHASE_FAULT};
    if (event_id(call, "product_id", &line->product_id) != EVENT_FIELD_FOUND)
        problem->fault = TEXT("product_id not found in event RawData");
    else if (event_quantity(call, "quantity", &line->quantity) != EVENT_FIELD_FOUND &&
             event_quantity(call, "reorder_quantity", &line->quantity) != EVENT_FIELD_FOUND)
        problem->fault = TEXT("quantity not found in event RawData (tried quantity, reorder_quantity)");
    else if (line->quantity <= 0)
        problem->fault =
            arena_print(call->arena, "extracted quantity must be greater than 0, got %lld", (long long)line->quantity);
    else
        problem->kind = PURCHASE_GOOD;
}

/* ---- suppliers ---- */

static struct text number_or_zero(struct text number)
{
    return number.size > 0 ? number : TEXT("0");
}

/* Binds the lines as arrays, in the order of the statement's parameters. */
static void bind_lines(const struct action_call *call, const struct purchase_order *order,
                       struct database_parameter parameters[5])
{
    struct buffer columns[5];
    for (size_t i = 0; i < 5; i++)
        columns[i] = buffer_in(call->arena, LIMIT_JSON_BYTES);
    for (size_t i = 0; i < order->line_count; i++) {
        const struct purchase_line *line = &order->lines[i];
        sql_array_add_uuid(&columns[0], line->product_id);
        if (uuid_is_nil(line->supplier_product_id))
            sql_array_add(&columns[1], TEXT("NULL"));
        else
            sql_array_add_uuid(&columns[1], line->supplier_product_id);
        sql_array_add(&columns[2], sql_integer(call->arena, line->quantity).text);
        sql_array_add(&columns[3], number_or_zero(line->unit_cost));
        sql_array_add(&columns[4], number_or_zero(line->discount));
    }
    for (size_t i = 0; i < 5; i++)
        parameters[i] = sql_array_end(&columns[i]);
}

/* Evaluates the row that the statement found for one line. */
static void judge_line(const struct action_call *call, struct purchase_order *order, size_t index,
                       const struct text *cells)
{
    const struct purchase_line *line = &order->lines[index];
    struct purchase_problem *problem = &order->problem;
    struct uuid supplied;
    const bool is_found = uuid_parse(cells[2], &supplied);
    if (is_found && uuid_equal(supplied, line->product_id))
        return;
    *problem = (struct purchase_problem){.kind = PURCHASE_FAULT, .product_id = line->product_id};
    if (is_found)
        problem->fault = arena_print(call->arena, "line_items[%zu]: supplier_product_id is not of product %.*s", index,
                                     TEXT_ARG(uuid_text(call->arena, line->product_id)));
    else if (uuid_is_nil(line->supplier_product_id))
        problem->kind = PURCHASE_NO_SUPPLIER;
    else
        problem->fault = arena_print(call->arena, "line_items[%zu]: supplier product not found", index);
}

static void judge_suppliers(const struct action_call *call, struct purchase_order *order,
                            const struct database_rows *rows)
{
    for (size_t i = 0; i < rows->row_count; i++) {
        const struct text *cells = &rows->cells[i * rows->column_count];
        struct uuid supplier = {0};
        (void)uuid_parse(cells[1], &supplier);
        if (uuid_is_nil(order->supplier_id))
            order->supplier_id = supplier;
        if (!uuid_equal(supplier, order->supplier_id)) {
            order->problem.kind = PURCHASE_FAULT;
            order->problem.fault =
                arena_print(call->arena,
                            "line_items[%zu] resolved to supplier %.*s, but PO header uses %.*s; all line"
                            " items must share the same supplier",
                            i, TEXT_ARG(cells[1]), TEXT_ARG(uuid_text(call->arena, order->supplier_id)));
            return;
        }
    }
}

static enum database_outcome resolve(const struct action_call *call, struct database_session *session,
                                     struct purchase_order *order, struct database_fault *fault)
{
    struct database_parameter parameters[6];
    struct database_rows rows;
    bind_lines(call, order, parameters);
    parameters[5] = sql_uuid(call->arena, order->supplier_id);
    if (!sql_are_complete(parameters, 6))
        return database_fault_budget(fault);
    enum database_outcome outcome =
        database_execute(session, call->arena, TEXT(resolve_lines), parameters, 6, &rows, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    for (size_t i = 0; i < rows.row_count; i++) {
        const struct text *cells = &rows.cells[i * rows.column_count];
        judge_line(call, order, i, cells);
        if (order->problem.kind != PURCHASE_GOOD)
            return DATABASE_OK;
        order->lines[i].resolved_id = cells[0];
        order->lines[i].cost = cells[3];
        order->lines[i].total = cells[4];
        order->total = cells[5];
    }
    judge_suppliers(call, order, &rows);
    return DATABASE_OK;
}

/* ---- rows ---- */

static struct uuid line_id(const struct action_call *call, size_t index)
{
    return action_row_id(call, "line_item", index);
}

static struct text made_number(const struct action_call *call, size_t turn)
{
    struct text id = uuid_text(call->arena, action_row_id(call, "order_number", turn));
    return arena_print(call->arena, "PO-%.*s", TEXT_ARG(text_slice(id, 0, 8)));
}

/* *found: the row exists, from this attempt or an earlier one. */
static enum database_outcome try_order(const struct action_call *call, struct database_session *session,
                                       const struct purchase_order *order, struct text *found,
                                       struct database_fault *fault)
{
    const struct database_parameter parameters[] = {
        sql_uuid(call->arena, order->id),
        sql_text(order->number),
        sql_integer(call->arena, order->delivery_days),
        sql_uuid(call->arena, order->supplier_id),
        sql_uuid(call->arena, order->status_id),
        sql_uuid(call->arena, order->warehouse_id),
        sql_uuid(call->arena, order->location_id),
        sql_uuid(call->arena, order->street_id),
        sql_text(order->total),
        sql_uuid(call->arena, order->currency_id),
        sql_uuid(call->arena, order->user_id),
        sql_text(order->notes),
    };
    struct database_rows rows;
    enum database_outcome outcome = record_write(call, session, &insert_order, parameters, 0, &rows, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    if (rows.row_count > 0) {
        *found = order->number;
        return DATABASE_OK;
    }
    outcome = database_execute(session, call->arena, TEXT(find_order), parameters, 1, &rows, fault);
    *found = outcome == DATABASE_OK && rows.row_count > 0 ? rows.cells[0] : TEXT_NONE;
    return outcome;
}

static enum database_outcome create_order(const struct action_call *call, struct database_session *session,
                                          struct purchase_order *order, struct database_fault *fault)
{
    const bool is_made = order->number.size == 0;
    for (size_t turn = 0; turn < NUMBERS_MAX; turn++) {
        struct text found = TEXT_NONE;
        if (is_made)
            order->number = made_number(call, turn);
        if (order->number.data == NULL)
            return database_fault_budget(fault);
        enum database_outcome outcome = try_order(call, session, order, &found, fault);
        if (outcome != DATABASE_OK)
            return outcome;
        if (found.data != NULL) {
            order->number = found;
            return DATABASE_OK;
        }
        if (!is_made)
            break;
    }
    return database_refuse(fault, PUBLIC("not unique"));
}

static struct json_value line_value(struct encoder *encoder, const struct action_call *call,
                                    const struct purchase_line *line, size_t index)
{
    struct encoder object = encode_begin(encoder->arena, 8);
    encode_member(&object, "id", encode_uuid(encoder, line_id(call, index)));
    encode_member(&object, "supplier_product_id", encode_text(line->resolved_id));
    encode_member(&object, "quantity", encode_integer(encoder, line->quantity));
    encode_member(&object, "unit_cost", encode_text(line->cost));
    encode_member(&object, "discount", encode_text(number_or_zero(line->discount)));
    encode_member(&object, "line_total", encode_text(line->total));
    encode_member(&object, "status_id", encode_uuid(encoder, line->status_id));
    encode_member(&object, "notes", encode_text(line->notes));
    return encode_end(encoder, &object);
}

/* The lines are passed as JSON, because notes may contain any text. */
static struct text lines_document(const struct action_call *call, const struct purchase_order *order)
{
    struct encoder encoder = {.arena = call->arena};
    struct json_value *items = encode_items(&encoder, order->line_count);
    for (size_t i = 0; items != NULL && i < order->line_count; i++)
        items[i] = line_value(&encoder, call, &order->lines[i], i);
    const struct json_value lines = json_array(items, order->line_count);
    return encoder.failed ? TEXT_NONE : json_to_text(call->arena, &lines);
}

static enum database_outcome create_lines(const struct action_call *call, struct database_session *session,
                                          struct purchase_order *order, struct database_fault *fault)
{
    const struct database_parameter parameters[] = {
        {.text = lines_document(call, order)},
        sql_uuid(call->arena, order->id),
        sql_integer(call->arena, order->delivery_days),
        sql_uuid(call->arena, order->user_id),
    };
    struct record_statement all = insert_lines;
    all.event_count = order->line_count;
    order->line_ids = ARENA_ARRAY(call->arena, order->line_count, struct uuid);
    if (order->line_ids == NULL)
        return database_fault_budget(fault);
    for (size_t i = 0; i < order->line_count; i++)
        order->line_ids[i] = line_id(call, i);
    return record_write(call, session, &all, parameters, 1, NULL, fault); /* event 0 belongs to the order */
}

enum action_outcome purchase_order_place(struct action_call *call, struct database_session *session,
                                         struct purchase_order *order)
{
    assert(order->lines != NULL && order->line_count > 0);
    struct database_fault fault = {.arena = call->arena};
    if (order->problem.kind != PURCHASE_GOOD)
        return ACTION_OUTCOME_DONE;
    enum database_outcome outcome = resolve(call, session, order, &fault);
    if (outcome != DATABASE_OK) /* a failure concerns all lines, so it names the first one */
        return action_database_failed(call, outcome, "line_items[0]: supplier product lookup", &fault);
    if (order->problem.kind != PURCHASE_GOOD)
        return ACTION_OUTCOME_DONE;
    if (!action_user(call, "create purchase order", &order->user_id))
        return ACTION_OUTCOME_REFUSED;
    order->id = action_row_id(call, "purchase_order", 0);
    outcome = create_order(call, session, order, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "create purchase order", &fault);
    outcome = create_lines(call, session, order, &fault);
    return outcome == DATABASE_OK ? ACTION_OUTCOME_DONE
                                  : action_database_failed(call, outcome, "create line items", &fault);
}
