#include "erp/stock_take.h"

#include "erp/record_event.h"
#include "postgres/sql.h"

#define WANTED    "$4::bigint"
#define FREE_OF_I "i.quantity::bigint - i.reserved_quantity - i.allocated_quantity"
#define FREE_OF_O "o.quantity::bigint - o.reserved_quantity - o.allocated_quantity"

/* Each row has at least one unit, so the statement never needs more rows than the wanted quantity. New numbers are
   computed from the locked rows, o: i may still be the row as it was when the statement began. */
#define TAKE(column_, expiry_, order_, event_)                                                                         \
    "WITH o AS (SELECT i.*" expiry_ " FROM inventory.inventory_items i WHERE " STOCK_AT_PLACE " AND " FREE_OF_I        \
    " > 0 ORDER BY " order_ " LIMIT " WANTED " FOR UPDATE OF i), "                                                     \
    "counted AS (SELECT o.*, " FREE_OF_O " AS free FROM o), "                                                          \
    "turns AS (SELECT counted.*, row_number() OVER turn AS number, (sum(free) OVER turn - free)::bigint AS before,"    \
    " (sum(free) OVER ())::bigint AS available FROM counted WINDOW turn AS (ORDER BY " order_ ")), "                   \
    "n AS (UPDATE inventory.inventory_items i SET updated_date = now() AT TIME ZONE 'UTC', " column_ " = t." column_   \
    " + least(t.free, " WANTED " - t.before) FROM turns t WHERE i.id = t.id AND t.before < " WANTED                    \
    " AND ($5::boolean OR t.available >= " WANTED ") RETURNING i.*)" event_                                            \
    " SELECT 0::bigint AS number, NULL::uuid AS id, NULL::uuid AS location_id, coalesce(max(available), 0) AS taken"   \
    " FROM turns UNION ALL SELECT t.number, n.id, n.location_id, least(t.free, " WANTED " - t.before)"                 \
    " FROM turns t JOIN n USING (id) ORDER BY number"
#define TAKE_PARAMETERS 5

/* One event for each row. Its id is derived from the event id that the action has for the statement. */
#define EVENT_ID "encode(substr(sha256(convert_to(($6::uuid[])[1]::text || t.number, 'UTF8')), 1, 16), 'hex')::uuid"
#define EVENT                                                                                                          \
    ", event AS (" CASCADE_INTO RECORD_UPDATED(                                                                        \
        inventory_items, EVENT_ID,                                                                                     \
        "$7::jsonb") " FROM n JOIN o USING (id) JOIN turns t USING (id) ORDER BY t.number" CASCADE_ONCE ")"

#define STATEMENT(column_, expiry_, order_)                                                                            \
    {                                                                                                                  \
        .silent = TAKE(column_, expiry_, order_, ""), .with_events = TAKE(column_, expiry_, order_, EVENT),            \
        .parameter_count = TAKE_PARAMETERS, .event_count = 1                                                           \
    }
#define STATEMENTS(column_)                                                                                            \
    {                                                                                                                  \
        [STOCK_OLDEST_FIRST] = STATEMENT(column_, "", "created_date, id"),                                             \
        [STOCK_NEWEST_FIRST] = STATEMENT(column_, "", "created_date DESC, id"),                                        \
        [STOCK_EXPIRING_FIRST] =                                                                                       \
            STATEMENT(column_, ", " STOCK_EXPIRY("i") " AS expiry", "expiry NULLS LAST, created_date, id"),            \
    }

/* Indexed by whether the stock is allocated, and by its order. */
static const struct record_statement takes[2][3] = {STATEMENTS("reserved_quantity"), STATEMENTS("allocated_quantity")};

/* NULL when the id is absent. A nil id that is present matches no row. */
static struct database_parameter optional_id(struct arena *arena, struct uuid id, bool is_present)
{
    struct database_parameter parameter = {.text = uuid_text(arena, id), .is_null = !is_present};
    return parameter;
}

void stock_place_bind(struct arena *arena, const struct stock_place *place,
                      struct database_parameter parameters[STOCK_PLACE_PARAMETERS])
{
    parameters[0] = optional_id(arena, place->product_id, true);
    parameters[1] = optional_id(arena, place->location_id, place->has_location);
    parameters[2] = optional_id(arena, place->warehouse_id, place->has_warehouse);
}

/* The first row holds the available quantity; the other rows hold what was taken. */
static enum database_outcome read_rows(const struct stock_writer *writer, const struct database_rows *rows,
                                       struct stock_taken *taken)
{
    enum { COLUMNS = 4 };
    struct stock_taken_row *found = ARENA_ARRAY(writer->call->arena, rows->row_count, struct stock_taken_row);
    if (found == NULL)
        return database_fault_budget(writer->fault);
    *taken = (struct stock_taken){.rows = found};
    for (size_t i = 0; i < rows->row_count; i++) {
        const struct text *cells = rows->cells + i * COLUMNS;
        int64_t quantity;
        if (!text_to_int64(cells[3], &quantity))
            return database_refuse(writer->fault, "the quantity taken is not a number");
        if (i == 0) {
            taken->available = quantity;
            continue;
        }
        found[taken->row_count++] =
            (struct stock_taken_row){.item_id = cells[1], .location_id = cells[2], .quantity = quantity};
        taken->quantity += quantity;
    }
    return DATABASE_OK;
}

enum database_outcome stock_take(struct stock_writer *writer, const struct stock_want *want, struct stock_taken *taken)
{
    struct arena *arena = writer->call->arena;
    struct database_parameter parameters[TAKE_PARAMETERS];
    stock_place_bind(arena, &want->place, parameters);
    parameters[3] = sql_integer(arena, want->quantity);
    parameters[4] = sql_text(want->partial ? TEXT("true") : TEXT("false"));
    struct database_rows rows;
    enum database_outcome outcome = record_write(writer->call, writer->session, &takes[want->allocates][want->order],
                                                 parameters, writer->events, &rows, writer->fault);
    writer->events++;
    return outcome == DATABASE_OK ? read_rows(writer, &rows, taken) : outcome;
}
