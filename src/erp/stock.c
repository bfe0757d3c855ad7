/* Changes of rows of stock, and the transactions that record them. */
#include "erp/stock.h"

#include <assert.h>

#include "base/limits.h"
#include "erp/record_event.h"
#include "postgres/sql.h"

/* ---- locks ---- */

/* Locks are taken in the order of their numbers. */
static const char lock_products[] =
    "SELECT pg_advisory_xact_lock(lock) FROM (SELECT DISTINCT hashtextextended(name, 0) AS lock"
    " FROM unnest($1::text[]) AS name ORDER BY lock) AS locks";

enum database_outcome stock_lock(const struct stock_writer *writer, const struct uuid *products, size_t count)
{
    struct buffer names = buffer_in(writer->call->arena, LIMIT_JSON_BYTES);
    buffer_add_byte(&names, '{');
    for (size_t i = 0; i < count; i++) {
        char product[UUID_TEXT_SIZE + 1];
        uuid_format(products[i], product);
        buffer_print(&names, "%sinventory.inventory_items=%s", i == 0 ? "" : ",", product);
    }
    buffer_add_byte(&names, '}');
    const struct database_parameter parameter = {.text = buffer_text(&names)};
    if (parameter.text.data == NULL)
        return database_fault_budget(writer->fault);
    return database_queue(writer->session, TEXT(lock_products), &parameter, 1, writer->fault);
}

/* ---- one row ---- */

/* Both macros use o, the locked row: i may still be the row as it was when the statement began, and a constraint would
   then check outdated numbers. */

/* A change fits if the number is not below 0 after a decrease and not too large after an increase. The expression
   cannot overflow. */
#define FITS(column_, change_)                                                                                         \
    "CASE WHEN " change_ " < 0 THEN o." column_ " >= -" change_ " ELSE o." column_ " <= 2147483647 - " change_ " END"
#define CHANGED(column_, change_) column_ " = (o." column_ " + " change_ ")::integer"
#define NOW                       "now() AT TIME ZONE 'UTC'"

#define QUANTITY                  "$3::bigint"
#define RESERVED                  "$4::bigint"
#define ALLOCATED                 "$5::bigint"

#define MOVE                                                                                                           \
    "WITH o AS (SELECT i.* FROM inventory.inventory_items i WHERE i.product_id = $1 AND i.location_id = $2"            \
    " ORDER BY i.id LIMIT 1 FOR UPDATE), "                                                                             \
    "n AS (UPDATE inventory.inventory_items i SET updated_date = " NOW                                                 \
    ", " CHANGED("quantity", QUANTITY) ", " CHANGED("reserved_quantity", RESERVED) ", " CHANGED(                       \
        "allocated_quantity", ALLOCATED) " FROM o"                                                                     \
                                         " WHERE i.id = o.id AND " FITS("quantity", QUANTITY) " AND " FITS(            \
                                             "reserved_quantity", RESERVED) " AND " FITS("allocated_quantity",         \
                                                                                         ALLOCATED) " RETURNING i.*)"
/* If another program inserts the row in the meantime, nothing is inserted, and the next try changes that row. */
#define MAKE                                                                                                           \
    ", made AS (INSERT INTO inventory.inventory_items (id, product_id, location_id, quantity, reserved_quantity,"      \
    " allocated_quantity, minimum_stock, maximum_stock, reorder_point, economic_order_quantity, safety_stock,"         \
    " avg_daily_usage, created_date, updated_date) SELECT $6::uuid, $1, $2, " QUANTITY                                 \
    ", 0, 0, 0, 0, 0, 0, 0, 0, " NOW ", " NOW " WHERE NOT EXISTS (SELECT FROM o) AND " QUANTITY                        \
    " >= 0 ON CONFLICT DO NOTHING RETURNING *)"

#define UPDATED(ids_, lineage_)                                                                                        \
    RECORD_UPDATED(inventory_items, "(" ids_ "::uuid[])[1]", lineage_ "::jsonb") " FROM n JOIN o USING (id)"
#define CREATED(ids_, lineage_)                                                                                        \
    RECORD_CREATED(inventory_items, "(" ids_ "::uuid[])[1]", lineage_ "::jsonb") " FROM made n"
#define EVENT(rows_) ", event AS (" CASCADE_INTO rows_ CASCADE_ONCE ")"

#define MOVE_RESULT                                                                                                    \
    " SELECT o.id, o.quantity, o.reserved_quantity, o.allocated_quantity, n.id IS NOT NULL"                            \
    " FROM o LEFT JOIN n USING (id)"
#define MAKE_RESULT " UNION ALL SELECT id, 0, 0, 0, true FROM made"

static const struct record_statement move_row = {.silent = MOVE MOVE_RESULT,
                                                 .with_events = MOVE EVENT(UPDATED("$6", "$7")) MOVE_RESULT,
                                                 .parameter_count = 5,
                                                 .event_count = 1};
static const struct record_statement move_or_make_row = {
    .silent = MOVE MAKE MOVE_RESULT MAKE_RESULT,
    .with_events = MOVE MAKE EVENT(UPDATED("$7", "$8") " UNION ALL" CREATED("$7", "$8")) MOVE_RESULT MAKE_RESULT,
    .parameter_count = 6,
    .event_count = 1};

/* Returns why a number cannot change in this way, or STOCK_MOVED if it can. */
static enum stock_outcome judge(int64_t before, int64_t change)
{
    if (change < 0)
        return before >= -change ? STOCK_MOVED : STOCK_TOO_LITTLE;
    return before <= INT32_MAX - change ? STOCK_MOVED : STOCK_TOO_LARGE;
}

static enum stock_outcome judge_all(const struct stock_numbers *before, const struct stock_move *move)
{
    enum stock_outcome outcomes[] = {judge(before->quantity, move->quantity), judge(before->reserved, move->reserved),
                                     judge(before->allocated, move->allocated)};
    for (size_t i = 0; i < 3; i++)
        if (outcomes[i] != STOCK_MOVED)
            return outcomes[i];
    return STOCK_MOVED;
}

static enum database_outcome read_move(const struct stock_writer *writer, const struct stock_move *move,
                                       const struct text *cells, struct stock_moved *moved)
{
    struct stock_numbers *before = &moved->before;
    if (!uuid_parse(cells[0], &moved->item_id) || !text_to_int64(cells[1], &before->quantity) ||
        !text_to_int64(cells[2], &before->reserved) || !text_to_int64(cells[3], &before->allocated))
        return database_refuse(writer->fault, "the row of stock cannot be read");
    moved->after = *before;
    if (!text_is(cells[4], "t")) {
        moved->outcome = judge_all(before, move);
        /* A trigger in the database can prevent the update. */
        return moved->outcome != STOCK_MOVED ? DATABASE_OK
                                             : database_refuse(writer->fault, "the row of stock was not changed");
    }
    moved->outcome = STOCK_MOVED;
    moved->after.quantity += move->quantity;
    moved->after.reserved += move->reserved;
    moved->after.allocated += move->allocated;
    return DATABASE_OK;
}

static enum database_outcome try_move(struct stock_writer *writer, const struct stock_move *move,
                                      struct stock_moved *moved)
{
    struct arena *arena = writer->call->arena;
    const struct database_parameter parameters[] = {
        sql_uuid(arena, move->product_id),   sql_uuid(arena, move->location_id),
        sql_integer(arena, move->quantity),  sql_integer(arena, move->reserved),
        sql_integer(arena, move->allocated), sql_uuid(arena, action_row_id(writer->call, "stock_row", writer->rows)),
    };
    struct database_rows rows;
    *moved = (struct stock_moved){.outcome = STOCK_NO_ROW};
    enum database_outcome outcome =
        record_write(writer->call, writer->session, move->make_row ? &move_or_make_row : &move_row, parameters,
                     writer->events, &rows, writer->fault);
    return outcome == DATABASE_OK && rows.row_count > 0 ? read_move(writer, move, rows.cells, moved) : outcome;
}

enum database_outcome stock_move(struct stock_writer *writer, const struct stock_move *move, struct stock_moved *moved)
{
    assert(move->quantity > INT64_MIN && move->reserved > INT64_MIN && move->allocated > INT64_MIN);
    assert(!move->make_row || (move->reserved == 0 && move->allocated == 0));
    /* Such a quantity would not fit the row of a transaction either. */
    *moved = (struct stock_moved){.outcome = STOCK_TOO_LARGE};
    if (move->quantity > INT32_MAX)
        return DATABASE_OK;
    enum database_outcome outcome = try_move(writer, move, moved);
    if (outcome == DATABASE_OK && moved->outcome == STOCK_NO_ROW && move->make_row) {
        /* Another program has inserted the row, unless the move is a decrease, which never creates a row. */
        if (move->quantity >= 0)
            outcome = try_move(writer, move, moved);
        else
            moved->outcome = STOCK_TOO_LITTLE;
    }
    writer->events++;
    writer->rows++;
    return outcome;
}

enum action_outcome stock_refuse_large(struct action_call *call)
{
    return action_refuse(call, "quantity is too large");
}

/* ---- transactions ---- */

#define RECORD(event_)                                                                                                 \
    "WITH n AS (INSERT INTO inventory.inventory_transactions (id, product_id, location_id, user_id, transaction_type," \
    " quantity, reference_number, transaction_date, created_date, updated_date)"                                       \
    " VALUES ($1, $2, $3, $4, $5, $6, $7, " NOW ", " NOW ", " NOW ") ON CONFLICT (id) DO NOTHING RETURNING *)" event_  \
    " SELECT FROM n"
static const struct record_statement record_transaction = {
    .silent = RECORD(""),
    .with_events = RECORD(EVENT(RECORD_CREATED(inventory_transactions, "($8::uuid[])[1]", "$9::jsonb") " FROM n")),
    .parameter_count = 7,
    .event_count = 1};

enum database_outcome stock_record(struct stock_writer *writer, const struct stock_transaction *transaction,
                                   struct uuid *id)
{
    struct arena *arena = writer->call->arena;
    *id = action_row_id(writer->call, "stock_transaction", writer->rows);
    const struct database_parameter parameters[] = {
        sql_uuid(arena, *id),
        sql_uuid(arena, transaction->product_id),
        sql_uuid(arena, transaction->location_id),
        sql_uuid(arena, transaction->user_id),
        sql_text(text_from(transaction->type)),
        sql_integer(arena, transaction->quantity),
        sql_text(transaction->reference),
    };
    enum database_outcome outcome = record_write(writer->call, writer->session, &record_transaction, parameters,
                                                 writer->events, NULL, writer->fault);
    writer->events++;
    writer->rows++;
    return outcome;
}
