/* Changes of stock while another program, which takes no advisory locks, changes the same rows. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>

#include "base/limits.h"
#include "erp/schema.h"
#include "erp/stock.h"
#include "erp/stock_take.h"
#include "postgres.h"

#define PRODUCT "6a1f8f5b-6a4e-4d53-9f1d-1f9d3a1c7e55"
#define SHELF   "81626d40-0cc2-4286-9d8d-9774018578bc"

static struct arena *arena, *other_arena; /* the other one is for the other program */
static struct database *database;
static struct action_call call;

static void set_up(void)
{
    arena = arena_new(MIB(8), 0);
    other_arena = arena_new(MIB(8), 0);
    const struct database_options options = postgres_options();
    database = database_new(&options);
    call = (struct action_call){.arena = arena, .attempt = 1};
    postgres_do("DROP SCHEMA IF EXISTS core, workflow, inventory, products, sales, procurement, hr, geography CASCADE");
    struct error error = ERROR_IN(arena);
    const struct database_wait wait = {0};
    cr_assert_eq(schema_migrate(database, &wait, NULL, NULL, &error), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    postgres_do("ALTER TABLE inventory.inventory_items ADD CHECK (reserved_quantity BETWEEN 0 AND quantity);"
                "INSERT INTO inventory.inventory_locations (id, zone_id, warehouse_id, aisle, rack, shelf, bin,"
                " is_pick_location, is_reserve_location, max_capacity, current_utilization, created_date, updated_date)"
                " VALUES ('" SHELF "', '" SHELF "', '" SHELF
                "', 'A', '1', '1', '1', true, false, 500, 0, now(), now())");
}

static void tear_down(void)
{
    database_free(database);
    arena_free(arena);
    arena_free(other_arena);
}

TestSuite(stock, .init = set_up, .fini = tear_down);

#define INSERT                                                                                                         \
    "INSERT INTO inventory.inventory_items (id, product_id, location_id, quantity, reserved_quantity,"                 \
    " allocated_quantity, minimum_stock, maximum_stock, reorder_point, economic_order_quantity, safety_stock,"         \
    " avg_daily_usage, created_date, updated_date) VALUES (gen_random_uuid(), '" PRODUCT "', '" SHELF                  \
    "', %d, %d, 0, 0, 0, 0, 0, 0, 0, '2026-03-02', '2026-03-02')"

#define INSERT_ROW(quantity_, reserved_) arena_print(arena, INSERT, (quantity_), (reserved_)).data

static const char *row(void)
{
    return postgres_value(arena, "SELECT string_agg(concat_ws(' ', quantity, reserved_quantity, allocated_quantity),"
                                 " ', ') FROM inventory.inventory_items");
}

#define ASSERT_ROW(wanted_) cr_assert_str_eq(row(), (wanted_), "found %s", row())

/* ---- one row ---- */

struct moving {
    struct stock_move move;
    struct stock_moved moved;
    enum database_outcome outcome;
};

static enum database_outcome move_in_session(struct database_session *session, void *userdata,
                                             struct database_fault *fault)
{
    struct moving *moving = userdata;
    struct stock_writer writer = {.call = &call, .session = session, .fault = fault};
    return stock_move(&writer, &moving->move, &moving->moved);
}

static void *move_now(void *argument)
{
    struct moving *moving = argument;
    const struct database_wait wait = {0};
    struct database_fault fault = {.arena = arena};
    moving->outcome = database_transact(database, arena, &wait, move_in_session, moving, &fault);
    return NULL;
}

/* Begins a transaction of another program with the statement. */
static struct database_session *begin_other(const char *statement, struct database_fault *fault)
{
    const struct database_wait wait = {0};
    struct database_session *other;
    *fault = (struct database_fault){.arena = other_arena};
    cr_assert_eq(database_begin(database, other_arena, &wait, &other, fault), DATABASE_OK);
    cr_assert_eq(database_execute(other, other_arena, text_from(statement), NULL, 0, NULL, fault), DATABASE_OK, "%.*s",
                 TEXT_ARG(fault->message));
    return other;
}

/* Runs the function while a transaction with the statement is open, which is committed when the function waits for
   it. */
static void run_behind(const char *statement, void *(*function)(void *), void *argument)
{
    struct database_fault fault;
    struct database_session *other = begin_other(statement, &fault);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, function, argument), 0);
    postgres_await("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", 1);
    cr_assert_eq(database_commit(other, &fault), DATABASE_OK);
    (void)pthread_join(thread, NULL);
}

static void move_behind(struct moving *moving, const char *statement)
{
    run_behind(statement, move_now, moving);
    cr_assert_eq(moving->outcome, DATABASE_OK);
}

static struct stock_move at_shelf(struct stock_move move)
{
    cr_assert(uuid_parse(TEXT(PRODUCT), &move.product_id) && uuid_parse(TEXT(SHELF), &move.location_id));
    return move;
}

Test(stock, a_decrease_that_another_program_makes_possible)
{
    postgres_do(INSERT_ROW(9, 1));
    struct moving moving = {.move = at_shelf((struct stock_move){.reserved = -3, .allocated = 3})};
    move_behind(&moving, "UPDATE inventory.inventory_items SET reserved_quantity = 5");
    cr_assert_eq(moving.moved.outcome, STOCK_MOVED);
    cr_assert_eq(moving.moved.before.reserved, 5);
    cr_assert_eq(moving.moved.after.reserved, 2);
    cr_assert_eq(moving.moved.after.allocated, 3);
    ASSERT_ROW("9 2 3");
}

Test(stock, a_decrease_that_another_program_makes_impossible)
{
    postgres_do(INSERT_ROW(9, 5));
    struct moving moving = {.move = at_shelf((struct stock_move){.reserved = -3})};
    move_behind(&moving, "UPDATE inventory.inventory_items SET reserved_quantity = 1");
    cr_assert_eq(moving.moved.outcome, STOCK_TOO_LITTLE);
    cr_assert_eq(moving.moved.before.reserved, 1);
    ASSERT_ROW("9 1 0");
}

Test(stock, an_increase_is_added_to_that_of_another_program)
{
    postgres_do(INSERT_ROW(9, 0));
    struct moving moving = {.move = at_shelf((struct stock_move){.quantity = 2})};
    move_behind(&moving, "UPDATE inventory.inventory_items SET quantity = quantity + 30");
    cr_assert_eq(moving.moved.after.quantity, 41);
    ASSERT_ROW("41 0 0");
}

Test(stock, a_row_that_another_program_deletes)
{
    postgres_do(INSERT_ROW(9, 0));
    struct moving moving = {.move = at_shelf((struct stock_move){.quantity = 2})};
    move_behind(&moving, "DELETE FROM inventory.inventory_items");
    cr_assert_eq(moving.moved.outcome, STOCK_NO_ROW);
}

Test(stock, a_row_that_another_program_inserts_first)
{
    struct moving moving = {.move = at_shelf((struct stock_move){.quantity = 2, .make_row = true})};
    move_behind(&moving, INSERT_ROW(9, 4));
    cr_assert_eq(moving.moved.outcome, STOCK_MOVED);
    cr_assert_eq(moving.moved.before.quantity, 9);
    ASSERT_ROW("11 4 0");
    cr_assert_str_eq(postgres_value(arena, "SELECT string_agg(action, ' ') FROM workflow.cascade_outbox"), "updated");
}

Test(stock, a_missing_row_is_made)
{
    struct moving moving = {.move = at_shelf((struct stock_move){.quantity = 2, .make_row = true})};
    (void)move_now(&moving);
    cr_assert_eq(moving.moved.outcome, STOCK_MOVED);
    cr_assert_eq(moving.moved.before.quantity, 0);
    cr_assert_eq(moving.moved.after.quantity, 2);
    ASSERT_ROW("2 0 0");
    cr_assert_str_eq(postgres_value(arena, "SELECT string_agg(action, ' ') FROM workflow.cascade_outbox"), "created");
    moving.move.quantity = -3;
    (void)move_now(&moving);
    cr_assert_eq(moving.moved.outcome, STOCK_TOO_LITTLE);
    cr_assert_eq(moving.moved.before.quantity, 2);
    postgres_do("DELETE FROM inventory.inventory_items");
    (void)move_now(&moving);
    cr_assert_eq(moving.moved.outcome, STOCK_TOO_LITTLE);
    cr_assert_eq(moving.moved.before.quantity, 0);
    cr_assert_str_eq(row(), "NULL");
}

/* ---- several rows ---- */

struct taking {
    struct stock_want want;
    struct stock_taken taken;
    enum database_outcome outcome;
};

static enum database_outcome take_in_session(struct database_session *session, void *userdata,
                                             struct database_fault *fault)
{
    struct taking *taking = userdata;
    struct stock_writer writer = {.call = &call, .session = session, .fault = fault};
    enum database_outcome outcome = stock_lock(&writer, &taking->want.place.product_id, 1);
    return outcome == DATABASE_OK ? stock_take(&writer, &taking->want, &taking->taken) : outcome;
}

static void *take_now(void *argument)
{
    struct taking *taking = argument;
    const struct database_wait wait = {0};
    struct database_fault fault = {.arena = arena};
    taking->outcome = database_transact(database, arena, &wait, take_in_session, taking, &fault);
    return NULL;
}

Test(stock, a_take_sees_what_another_program_has_reserved)
{
    struct taking taking = {.want = {.quantity = 7, .partial = true}};
    cr_assert(uuid_parse(TEXT(PRODUCT), &taking.want.place.product_id));
    postgres_do(INSERT_ROW(9, 0));
    run_behind("UPDATE inventory.inventory_items SET reserved_quantity = reserved_quantity + 5", take_now, &taking);
    cr_assert_eq(taking.outcome, DATABASE_OK);
    cr_assert_eq(taking.taken.available, 4);
    cr_assert_eq(taking.taken.quantity, 4);
    cr_assert_eq(taking.taken.row_count, 1);
    ASSERT_ROW("9 9 0");
}
