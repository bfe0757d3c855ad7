/* SQL of picking. One statement plans all lines: it lays out the lines and the locations of a product as ranges of
   units, and each overlap of a line with a location becomes a task. */
#include "erp/picking.h"

#include <assert.h>

#include "base/limits.h"
#include "erp/record_event.h"
#include "erp/stock.h"
#include "postgres/sql.h"

#define NOW     "now() AT TIME ZONE 'UTC'"
#define IS_OPEN "t.status IN ('pending', 'in_progress')"
#define STATUS  "(SELECT s.id FROM sales.order_fulfillment_statuses s WHERE s.name = "
#define LACKING "l.quantity::bigint - l.picked_quantity"

static const char lock_order[] =
    "WITH o AS (SELECT t.order_fulfillment_status_id AS status FROM sales.orders t WHERE t.id = $1::uuid FOR UPDATE)"
    " SELECT " STATUS "'PENDING'), " STATUS "'PROCESSING'), " STATUS "'PICKING'), o.status"
    " FROM (SELECT) AS one LEFT JOIN o ON true";

static const char find_products[] =
    "SELECT DISTINCT l.product_id FROM sales.order_line_items l WHERE l.order_id = $1::uuid";

static const char make_plan[] =
    "WITH line AS (SELECT l.id, l.product_id, " LACKING " AS wanted, sum(" LACKING ") OVER (PARTITION BY l.product_id"
    " ORDER BY l.id) AS upto FROM sales.order_line_items l WHERE l.order_id = $1::uuid"
    " AND l.quantity > l.picked_quantity AND NOT EXISTS (SELECT FROM inventory.pick_tasks t"
    " WHERE t.sales_order_line_item_id = l.id AND " IS_OPEN ")), "
    "planned AS (SELECT t.product_id, t.location_id, sum(greatest(t.quantity_to_pick - t.quantity_picked, 0))"
    " AS quantity FROM inventory.pick_tasks t WHERE t.product_id IN (SELECT product_id FROM line) AND " IS_OPEN
    " GROUP BY t.product_id, t.location_id), "
    "stock AS (SELECT i.id, i.product_id, i.location_id, i.created_date, " STOCK_EXPIRY(
        "i") " AS expiry,"
             " i.quantity::bigint - i.allocated_quantity - coalesce(p.quantity, 0) AS free FROM "
             "inventory.inventory_items i"
             " LEFT JOIN planned p ON p.product_id = i.product_id AND p.location_id = i.location_id"
             " WHERE i.product_id IN (SELECT product_id FROM line)), "
             "place AS (SELECT product_id, location_id, free, row_number() OVER turns AS turn, sum(free) OVER turns AS "
             "upto"
             " FROM stock WHERE free > 0 WINDOW turns AS (PARTITION BY product_id ORDER BY expiry NULLS LAST, "
             "created_date, id)), "
             "entry AS (SELECT l.id AS line_id, l.product_id, p.location_id, p.turn,"
             " least(l.upto, p.upto) - greatest(l.upto - l.wanted, p.upto - p.free) AS quantity"
             " FROM line l JOIN place p ON p.product_id = l.product_id AND p.upto > l.upto - l.wanted AND p.upto - "
             "p.free < l.upto)"
             " SELECT (SELECT coalesce(sum(wanted), 0) FROM line) > (SELECT coalesce(sum(quantity), 0) FROM entry),"
             " e.line_id, e.product_id, e.location_id, e.quantity FROM (SELECT) AS one LEFT JOIN entry e ON true"
             " ORDER BY e.line_id, e.turn";

#define TRANSITION(event_)                                                                                             \
    "WITH o AS (SELECT t.* FROM sales.orders t WHERE t.id = $1::uuid), n AS (UPDATE sales.orders t"                    \
    " SET order_fulfillment_status_id = $2::uuid, updated_by = $3::uuid, updated_date = " NOW                          \
    " WHERE t.id = $1::uuid RETURNING t.*)" event_ " SELECT id FROM n"
#define TRANSITION_EVENT                                                                                               \
    ", event AS (" CASCADE_INTO RECORD_UPDATED(orders, "($4::uuid[])[1]", "$5::jsonb") " FROM n, o" CASCADE_ONCE ")"
static const struct record_statement transition = {TRANSITION(""), TRANSITION(TRANSITION_EVENT), .parameter_count = 3,
                                                   .event_count = 1};

#define INSERT(event_)                                                                                                 \
    "WITH entry AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::integer[])"               \
    " WITH ORDINALITY AS e (id, line_id, product_id, location_id, quantity, number)), "                                \
    "made AS (INSERT INTO inventory.pick_tasks AS t (id, sales_order_id, sales_order_line_item_id, product_id,"        \
    " location_id, quantity_to_pick, quantity_picked, status, created_by, created_date, updated_date)"                 \
    " SELECT e.id, $6::uuid, e.line_id, e.product_id, e.location_id, e.quantity, 0, 'pending', $7::uuid, " NOW         \
    ", " NOW " FROM entry e ORDER BY e.number ON CONFLICT (id) DO NOTHING RETURNING t.*)" event_                       \
    " SELECT count(*) FROM made"
#define INSERT_EVENTS                                                                                                  \
    ", event AS (" CASCADE_INTO RECORD_CREATED(pick_tasks, "($8::uuid[])[n.number]",                                   \
                                               "$9::jsonb") " FROM (SELECT made.*, e.number FROM made JOIN entry e "   \
                                                            "ON e.id = made.id ORDER BY e.number) n" CASCADE_ONCE ")"
static const struct record_statement insert = {INSERT(""), INSERT(INSERT_EVENTS), .parameter_count = 7,
                                               .event_count = 1};

/* ---- the order ---- */

/* Fills in the statuses; `end` is RELEASED if the order can be released. */
static void read_order(struct picking *picking, const struct text *cells)
{
    static const char *const names[] = {"PENDING", "PROCESSING", "PICKING"};
    struct uuid statuses[3];
    for (size_t i = 0; i < 3; i++)
        if (!uuid_parse(cells[i], &statuses[i])) {
            picking->end = PICKING_NO_STATUS;
            picking->lacking = names[i];
            return;
        }
    picking->picking_status = statuses[2];
    if (!uuid_parse(cells[3], &picking->status))
        picking->end = PICKING_NO_ORDER;
    else if (uuid_equal(picking->status, statuses[0]) || uuid_equal(picking->status, statuses[1]))
        picking->end = PICKING_RELEASED;
    else
        picking->end = PICKING_INVALID_STATUS;
}

/* ---- the plan ---- */

static enum database_outcome lock_stock(const struct action_call *call, struct database_session *session,
                                        const struct database_rows *rows, struct database_fault *fault)
{
    struct uuid *products = ARENA_ARRAY(call->arena, rows->row_count, struct uuid);
    const struct stock_writer writer = {.call = call, .session = session, .fault = fault};
    if (products == NULL)
        return database_fault_budget(fault);
    for (size_t i = 0; i < rows->row_count; i++)
        if (!uuid_parse(rows->cells[i], &products[i]))
            return database_refuse(fault, "the product of a line is not a UUID");
    return stock_lock(&writer, products, rows->row_count);
}

static enum database_outcome read_plan(const struct action_call *call, struct picking *picking,
                                       const struct database_rows *rows, struct database_fault *fault)
{
    struct picking_entry *entries = ARENA_ARRAY(call->arena, rows->row_count, struct picking_entry);
    if (entries == NULL)
        return database_fault_budget(fault);
    for (size_t i = 0; i < rows->row_count; i++) {
        const struct text *cells = &rows->cells[i * rows->column_count];
        if (cells[1].data != NULL)
            entries[picking->count++] = (struct picking_entry){cells[1], cells[2], cells[3], cells[4]};
    }
    picking->entries = entries;
    const bool is_short = text_is(rows->cells[0], "t");
    picking->end = is_short ? PICKING_SHORT : PICKING_RELEASED;
    picking->is_due = !is_short || picking->count > 0;
    return DATABASE_OK;
}

static enum database_outcome plan_lines(const struct action_call *call, struct database_session *session,
                                        struct picking *picking, const struct database_parameter *order,
                                        struct database_fault *fault)
{
    struct database_rows rows;
    picking->doing = "query order line items";
    enum database_outcome outcome = database_execute(session, call->arena, TEXT(find_products), order, 1, &rows, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    if (rows.row_count == 0) {
        picking->end = PICKING_NO_LINES;
        return DATABASE_OK;
    }
    picking->doing = "query available inventory";
    outcome = lock_stock(call, session, &rows, fault);
    if (outcome == DATABASE_OK)
        outcome = database_execute(session, call->arena, TEXT(make_plan), order, 1, &rows, fault);
    return outcome == DATABASE_OK ? read_plan(call, picking, &rows, fault) : outcome;
}

enum database_outcome picking_plan(const struct action_call *call, struct database_session *session,
                                   struct picking *picking, struct database_fault *fault)
{
    const struct database_parameter order = sql_uuid(call->arena, picking->order_id);
    struct database_rows rows;
    picking->doing = "query order";
    if (!sql_are_complete(&order, 1))
        return database_fault_budget(fault);
    enum database_outcome outcome = database_execute(session, call->arena, TEXT(lock_order), &order, 1, &rows, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    read_order(picking, rows.cells);
    return picking->end == PICKING_RELEASED ? plan_lines(call, session, picking, &order, fault) : DATABASE_OK;
}

/* ---- the release ---- */

static struct database_parameter column_of(const struct action_call *call, const struct picking *picking, size_t offset)
{
    struct buffer literal = buffer_in(call->arena, LIMIT_JSON_BYTES);
    for (size_t i = 0; i < picking->count; i++)
        sql_array_add(&literal, *(const struct text *)((const char *)&picking->entries[i] + offset));
    return sql_array_end(&literal);
}

static struct database_parameter task_ids(const struct action_call *call, const struct picking *picking)
{
    struct buffer literal = buffer_in(call->arena, LIMIT_JSON_BYTES);
    for (size_t i = 0; i < picking->count; i++)
        sql_array_add_uuid(&literal, action_row_id(call, "pick_task", i));
    return sql_array_end(&literal);
}

static enum database_outcome create_tasks(const struct action_call *call, struct database_session *session,
                                          const struct picking *picking, struct uuid user_id,
                                          struct database_fault *fault)
{
    const struct database_parameter parameters[] = {
        task_ids(call, picking),
        column_of(call, picking, offsetof(struct picking_entry, line_id)),
        column_of(call, picking, offsetof(struct picking_entry, product_id)),
        column_of(call, picking, offsetof(struct picking_entry, location_id)),
        column_of(call, picking, offsetof(struct picking_entry, quantity)),
        sql_uuid(call->arena, picking->order_id),
        sql_uuid(call->arena, user_id),
    };
    struct record_statement all = insert;
    all.event_count = picking->count;
    return record_write(call, session, &all, parameters, 1, NULL, fault); /* event 0 belongs to the order */
}

enum database_outcome picking_release(const struct action_call *call, struct database_session *session,
                                      struct picking *picking, struct uuid user_id, struct database_fault *fault)
{
    assert(picking->is_due);
    const struct database_parameter parameters[] = {
        sql_uuid(call->arena, picking->order_id),
        sql_uuid(call->arena, picking->picking_status),
        sql_uuid(call->arena, user_id),
    };
    picking->doing = "transition order to PICKING";
    enum database_outcome outcome = record_write(call, session, &transition, parameters, 0, NULL, fault);
    if (outcome != DATABASE_OK || picking->count == 0)
        return outcome;
    picking->doing = "create pick task";
    return create_tasks(call, session, picking, user_id, fault);
}
