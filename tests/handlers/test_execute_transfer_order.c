/* execute_transfer_order: the goods have arrived; the stock moves. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "approvals.h"
#include "base/log.h"

static struct trial trial;

#define TABLE  "inventory.transfer_orders"
#define ENTITY TRANSFER
#define CONFIG "{\"transfer_order_id\": \"{{entity_id}}\"}"
#define ALONE  "\"transfer_order_id\": \"" TRANSFER "\""
#define RESULT ALONE ", \"completed_by\": \"" BOSS "\""
#define ITEMS                                                                                                          \
    "SELECT coalesce(string_agg(concat_ws(' ', CASE location_id WHEN '" LEFT "' THEN 'left' WHEN '" RIGHT              \
    "' THEN 'right' END, quantity, reserved_quantity, allocated_quantity), ';' ORDER BY location_id DESC), '')"        \
    " FROM inventory.inventory_items"
#define TRANSACTIONS "inventory.inventory_transactions"
#define KINDS        "SELECT string_agg(domain || ' ' || action, ',' ORDER BY seq) FROM workflow.cascade_outbox"

static void set_up(void)
{
    approvals_open(&trial, "execute_transfer_order", TRANSFER_ROW("in_transit", "4"), TRANSFER);
    stock(1, BRUSH, LEFT, 9, 1, 2, "2026-03-02");
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(execute_transfer_order, .init = set_up, .fini = tear_down);

Test(execute_transfer_order, moves_the_stock_once)
{
    const char *before = approvals_row(&trial, TABLE);
    stock(2, BRUSH, RIGHT, 3, 1, 0, "2026-03-02");
    approvals_done(&trial, CONFIG, "executed", RESULT);
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before),
                "completed_at=now,completed_by=" BOSS ",status=completed,updated_date=now");
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "left 5 1 2;right 7 1 0");
    ASSERT_TEXT(trial_sql(&trial,
                          "SELECT string_agg(concat_ws('|', transaction_type, quantity, location_id, product_id,"
                          " user_id, reference_number, now() AT TIME ZONE 'UTC' - transaction_date BETWEEN '0'"
                          " AND '1 minute'), ' ' ORDER BY quantity) FROM " TRANSACTIONS),
                "TRANSFER_OUT|-4|" LEFT "|" BRUSH "|" BOSS "|" TRANSFER "|t TRANSFER_IN|4|" RIGHT "|" BRUSH "|" BOSS
                "|" TRANSFER "|t");
    approvals_done(&trial, CONFIG, "already_completed", ALONE);
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "left 5 1 2;right 7 1 0");
}

Test(execute_transfer_order, writes_an_event_for_each_row)
{
    stock(2, BRUSH, RIGHT, 3, 1, 0, "2026-03-02");
    trial_done(&trial, CONFIG);
    const char *out = trial_sql(&trial, "SELECT id FROM " TRANSACTIONS " WHERE quantity < 0");
    const char *in = trial_sql(&trial, "SELECT id FROM " TRANSACTIONS " WHERE quantity > 0");
    struct text wanted =
        arena_print(trial.arena,
                    "transferorder|updated|on_update|transfer_orders|" TRANSFER "|" CLERK
                    " inventorytransaction|created|on_create|inventory_transactions|%s|" BOSS
                    " inventorytransaction|created|on_create|inventory_transactions|%s|" BOSS
                    " inventoryitem|updated|on_update|inventory_items|" STOCK(
                        "1") "|" NOBODY " inventoryitem|updated|on_update|inventory_items|" STOCK("2") "|" NOBODY,
                    out, in);
    ASSERT_TEXT(approvals_events(&trial), wanted.data);
    ASSERT_TEXT(approvals_changes(&trial, 0),
                "completed_at=now,completed_by_id=" BOSS ",status=completed,updated_date=now");
    ASSERT_TEXT(approvals_changes(&trial, 3), "quantity=5,updated_date=now");
    ASSERT_TEXT(approvals_changes(&trial, 4), "quantity=7,updated_date=now");
}

Test(execute_transfer_order, makes_a_row_of_stock)
{
    approvals_done(&trial, CONFIG, "executed", RESULT);
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "left 5 1 2;right 4 0 0");
    ASSERT_TEXT(trial_sql(&trial, KINDS), "transferorder updated,inventorytransaction created,"
                                          "inventorytransaction created,inventoryitem updated,inventoryitem created");
}

Test(execute_transfer_order, too_little_stock_changes_nothing)
{
    const char *before = approvals_row(&trial, TABLE);
    postgres_do("UPDATE inventory.inventory_items SET quantity = 3");
    approvals_done(&trial, CONFIG, "insufficient_stock", ALONE);
    postgres_do("DELETE FROM inventory.inventory_items");
    approvals_done(&trial, CONFIG, "insufficient_stock", ALONE);
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM " TRANSACTIONS), "0");
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "");
    ASSERT_TEXT(approvals_events(&trial), "");
}

/* The goods have moved, so the rows record that, and reserved stock is missing. */
Test(execute_transfer_order, moves_reserved_stock_too)
{
    static char log[4096];
    int file = memfd_create("log", MFD_CLOEXEC);
    postgres_do("UPDATE inventory.inventory_items SET reserved_quantity = 5, allocated_quantity = 1");
    log_set_output(file);
    approvals_done(&trial, CONFIG, "executed", RESULT);
    log_set_output(STDERR_FILENO);
    cr_assert_gt(pread(file, log, sizeof(log) - 1, 0), 0);
    cr_assert_not_null(strstr(log, "a transfer leaves less than is reserved and allocated"), "%s", log);
    cr_assert_not_null(strstr(log, "\"quantity\":5,\"reserved_and_allocated\":6"), "%s", log);
    (void)close(file);
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "left 5 5 1;right 4 0 0");
}

Test(execute_transfer_order, within_one_location)
{
    postgres_do("UPDATE " TABLE " SET to_location_id = from_location_id");
    approvals_done(&trial, CONFIG, "executed", RESULT);
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "left 9 1 2");
}

Test(execute_transfer_order, a_quantity_that_cannot_be_moved)
{
    static const char *const failure =
        "decrement source inventory: decrement quantity: quantity must be positive, got ";
    postgres_do("UPDATE " TABLE " SET quantity = 0");
    trial_refused(&trial, CONFIG, arena_print(trial.arena, "%s0", failure).data);
    postgres_do("UPDATE " TABLE " SET quantity = -3");
    trial_refused(&trial, CONFIG, arena_print(trial.arena, "%s-3", failure).data);
    postgres_do("UPDATE " TABLE " SET quantity = 4");
    stock(2, BRUSH, RIGHT, 2147483644, 0, 0, "2026-03-02");
    trial_refused(&trial, CONFIG, "quantity is too large");
    ASSERT_TEXT(trial_sql(&trial, "SELECT status FROM " TABLE), "in_transit");
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "left 9 1 2;right 2147483644 0 0");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(execute_transfer_order, other_states)
{
    static const struct {
        const char *status, *output, *more;
    } rows[] = {
        {"completed", "already_completed", ""},
        {"pending", "not_in_transit", ", \"current_status\": \"pending\""},
        {"approved", "not_in_transit", ", \"current_status\": \"approved\""},
        {"rejected", "not_in_transit", ", \"current_status\": \"rejected\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        postgres_do(arena_print(trial.arena, "UPDATE " TABLE " SET status = '%s'", rows[i].status).data);
        approvals_done(&trial, CONFIG, rows[i].output, arena_print(trial.arena, ALONE "%s", rows[i].more).data);
    }
    approvals_done(&trial, "{\"transfer_order_id\": \"" MISSING "\"}", "not_found",
                   "\"transfer_order_id\": \"" MISSING "\"");
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "left 9 1 2");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(execute_transfer_order, the_entity_of_the_rule)
{
    static const char *const configs[] = {"{}", "{\"transfer_order_id\": null}", "{\"transfer_order_id\": \"\"}",
                                          "{\"transfer_order_id\": \"{{missing}}\"}"};
    for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
        trial_done(&trial, configs[i]);
        ASSERT_TEXT(trial_result(&trial, "transfer_order_id"), TRANSFER);
    }
    trial_context(&trial, "{\"user_id\": \"" BOSS "\"}");
    approvals_done(&trial, "{}", "failure", "\"error\": \"no transfer order id\"");
}

Test(execute_transfer_order, a_template_names_the_order)
{
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"user_id\": \"" BOSS "\", \"other\": \"" TRANSFER "\"}");
    trial_done(&trial, "{\"transfer_order_id\": \"{{other}}\"}");
    ASSERT_TEXT(trial_result(&trial, "output"), "executed");
}

Test(execute_transfer_order, a_config_is_checked)
{
    ASSERT_TEXT(trial_check(&trial, "{}"), "transfer_order_id is required");
    ASSERT_TEXT(trial_check(&trial, "{\"transfer_order_id\": \"TO-1\"}"),
                "invalid transfer_order_id: invalid UUID length: 4");
    ASSERT_TEXT(trial_check(&trial, CONFIG), "");
    trial_refused(&trial, "{\"transfer_order_id\": \"TO-1\"}", "invalid transfer_order_id: invalid UUID length: 4");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(execute_transfer_order, an_event_without_a_user)
{
    const char *before = approvals_row(&trial, TABLE);
    trial_context(&trial, "{\"entity_id\": \"" ENTITY "\"}");
    trial_refused(&trial, CONFIG, "execute transfer order: no user: the event names none");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    cr_assert(uuid_parse(TEXT(CLERK), &trial.environment.stand_in));
    trial_done(&trial, CONFIG);
    ASSERT_TEXT(trial_result(&trial, "completed_by"), CLERK);
}

Test(execute_transfer_order, without_an_outbox)
{
    postgres_do("DROP TABLE workflow.cascade_outbox");
    approvals_done(&trial, CONFIG, "executed", RESULT);
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "left 5 1 2;right 4 0 0");
}

Test(execute_transfer_order, the_database_refuses)
{
    postgres_do("ALTER TABLE " TABLE " RENAME TO gone");
    trial_refused(&trial, CONFIG, "execute transfer order: execute: undefined table");
}

Test(execute_transfer_order, a_user_who_is_not_there)
{
    const char *before = approvals_row(&trial, TABLE);
    trial_context(&trial, "{\"entity_id\": \"" ENTITY "\", \"user_id\": \"" MISSING "\"}");
    trial_refused(&trial, CONFIG, "execute transfer order: execute: foreign key violation");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(execute_transfer_order, out_of_memory)
{
    trial_out_of_memory(&trial, CONFIG, ACTION_OUTCOME_DONE);
}

Test(execute_transfer_order, the_database_refuses_a_step)
{
    postgres_do("ALTER TABLE " TRANSACTIONS " ADD CHECK (transaction_type <> 'TRANSFER_OUT')");
    cr_assert_eq(trial_run(&trial, CONFIG), ACTION_OUTCOME_REFUSED);
    cr_assert(strstr(trial.failure, "create transfer_out transaction: create: ERROR: ") == trial.failure, "%s",
              trial.failure);
    postgres_do("ALTER TABLE " TRANSACTIONS " DROP CONSTRAINT inventory_transactions_transaction_type_check, ADD CHECK"
                " (transaction_type <> 'TRANSFER_IN')");
    cr_assert_eq(trial_run(&trial, CONFIG), ACTION_OUTCOME_REFUSED);
    cr_assert(strstr(trial.failure, "create transfer_in transaction: create: ERROR: ") == trial.failure, "%s",
              trial.failure);
    postgres_do("DROP TABLE inventory.inventory_items CASCADE;"
                "ALTER TABLE " TRANSACTIONS " DROP CONSTRAINT inventory_transactions_transaction_type_check");
    trial_refused(&trial, CONFIG, "decrement source inventory: decrement quantity: undefined table");
    ASSERT_TEXT(trial_sql(&trial, "SELECT status FROM " TABLE), "in_transit");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(execute_transfer_order, two_at_the_same_time)
{
    const struct approvals_racer racers[] = {{"execute_transfer_order", CONFIG}, {"execute_transfer_order", "{}"}};
    ASSERT_TEXT(approvals_race(&trial, TABLE, racers), "already_completed executed");
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "left 5 1 2;right 4 0 0");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "5");
}
