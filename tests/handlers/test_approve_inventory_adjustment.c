/* approve_inventory_adjustment: a decision on an adjustment, which moves the stock. */
#include <criterion/criterion.h>
#include <string.h>

#include "approvals.h"

static struct trial trial;

#define TABLE   "inventory.inventory_adjustments"
#define ENTITY  ADJUSTMENT
#define CONFIG  "{\"adjustment_id\": \"{{entity_id}}\", \"approval_reason\": \"for {{why}}\"}"
#define ONLY    "{\"adjustment_id\": \"" ADJUSTMENT "\", \"adjust_stock\": false}"
#define WRITTEN "approval_reason=for O'Hara \"x\",approval_status=approved,approved_by=" BOSS ",updated_date=now"
#define ALONE   "\"adjustment_id\": \"" ADJUSTMENT "\""
#define RESULT  ALONE ", \"approved_by\": \"" BOSS "\", \"approval_reason\": \"for O'Hara \\\"x\\\"\""
#define EVENT   "inventoryadjustment|updated|on_update|inventory_adjustments|" ADJUSTMENT "|" CLERK
#define ITEMS                                                                                                          \
    "SELECT coalesce(string_agg(concat_ws(' ', quantity, reserved_quantity, allocated_quantity, minimum_stock,"        \
    " location_id = '" LEFT "', product_id = '" BRUSH "'), ';'), '') FROM inventory.inventory_items"
#define TRANSACTION "inventory.inventory_transactions"

static void set_up(void)
{
    approvals_open(&trial, "approve_inventory_adjustment", ADJUSTMENT_ROW("-2"), ADJUSTMENT);
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(approve_inventory_adjustment, .init = set_up, .fini = tear_down);

Test(approve_inventory_adjustment, moves_the_stock_once)
{
    const char *before = approvals_row(&trial, TABLE);
    stock(1, BRUSH, LEFT, 9, 3, 1, "2026-03-02");
    approvals_done(&trial, CONFIG, "approved", RESULT);
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), WRITTEN);
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "7 3 1 0 t t");
    ASSERT_TEXT(trial_sql(&trial, "SELECT concat_ws('|', product_id, location_id, user_id, transaction_type, quantity,"
                                  " reference_number, now() AT TIME ZONE 'UTC' - transaction_date BETWEEN '0' AND"
                                  " '1 minute', transaction_date = created_date, created_date = updated_date)"
                                  " FROM " TRANSACTION),
                BRUSH "|" LEFT "|" BOSS "|ADJUSTMENT|-2|" ADJUSTMENT "|t|t|t");
    const char *id = trial_sql(&trial, "SELECT id FROM " TRANSACTION);
    ASSERT_TEXT(approvals_events(&trial),
                arena_print(trial.arena,
                            EVENT " inventorytransaction|created|on_create|inventory_transactions|%s|" BOSS
                                  " inventoryitem|updated|on_update|inventory_items|" STOCK("1") "|" NOBODY,
                            id)
                    .data);
    ASSERT_TEXT(approvals_changes(&trial, 0), WRITTEN);
    ASSERT_TEXT(approvals_changes(&trial, 2), "quantity=7,updated_date=now");
    approvals_done(&trial, CONFIG, "already_approved", ALONE);
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "7 3 1 0 t t");
}

Test(approve_inventory_adjustment, makes_a_row_of_stock)
{
    postgres_do("UPDATE " TABLE " SET quantity_change = 4");
    approvals_done(&trial, CONFIG, "approved", RESULT);
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "4 0 0 0 t t");
    ASSERT_TEXT(
        trial_sql(&trial, "SELECT domain || ' ' || action FROM workflow.cascade_outbox ORDER BY seq DESC LIMIT 1"),
        "inventoryitem created");
}

Test(approve_inventory_adjustment, never_leaves_less_than_nothing)
{
    const char *before = approvals_row(&trial, TABLE);
    stock(1, BRUSH, LEFT, 1, 0, 0, "2026-03-02");
    approvals_done(&trial, CONFIG, "failure", ALONE ", \"error\": \"the adjustment would leave -1 in stock\"");
    postgres_do("DELETE FROM inventory.inventory_items");
    approvals_done(&trial, CONFIG, "failure", ALONE ", \"error\": \"the adjustment would leave -2 in stock\"");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM " TRANSACTION), "0");
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "");
    ASSERT_TEXT(approvals_events(&trial), "");
}

/* An adjustment of a row that is already below zero is not refused: it may be corrected step by step. */
Test(approve_inventory_adjustment, raises_what_is_below_zero)
{
    stock(1, BRUSH, LEFT, -5, 0, 0, "2026-03-02");
    postgres_do("UPDATE " TABLE " SET quantity_change = 3");
    approvals_done(&trial, CONFIG, "approved", RESULT);
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "-2 0 0 0 t t");
}

Test(approve_inventory_adjustment, more_than_the_column_holds)
{
    stock(1, BRUSH, LEFT, 2147483640, 0, 0, "2026-03-02");
    postgres_do("UPDATE " TABLE " SET quantity_change = 8");
    trial_refused(&trial, CONFIG, "quantity is too large");
    ASSERT_TEXT(trial_sql(&trial, "SELECT approval_status FROM " TABLE), "pending");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(approve_inventory_adjustment, can_leave_the_stock_alone)
{
    stock(1, BRUSH, LEFT, 1, 0, 0, "2026-03-02");
    approvals_done(&trial, ONLY, "approved", ALONE ", \"approved_by\": \"" BOSS "\", \"approval_reason\": \"\"");
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "1 0 0 0 t t");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM " TRANSACTION), "0");
    ASSERT_TEXT(trial_sql(&trial, "SELECT approval_reason FROM " TABLE), "NULL");
    ASSERT_TEXT(approvals_events(&trial), EVENT);
}

Test(approve_inventory_adjustment, does_not_undo_a_rejection)
{
    postgres_do("UPDATE " TABLE " SET approval_status = 'rejected'");
    approvals_done(&trial, CONFIG, "already_rejected", ALONE);
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(approve_inventory_adjustment, an_adjustment_that_is_not_there)
{
    approvals_done(&trial, "{\"adjustment_id\": \"" MISSING "\"}", "not_found", "\"adjustment_id\": \"" MISSING "\"");
}

Test(approve_inventory_adjustment, a_config_is_checked)
{
    ASSERT_TEXT(trial_check(&trial, "{}"), "adjustment_id is required");
    ASSERT_TEXT(trial_check(&trial, "{\"adjustment_id\": \"PO-1\"}"), "invalid adjustment_id: invalid UUID length: 4");
    ASSERT_TEXT(trial_check(&trial, CONFIG), "");
    trial_refused(&trial, "{}", "adjustment_id is required");
    trial_refused(&trial, "{\"adjustment_id\": \"{{missing}}\"}", "adjustment_id is required");
    trial_refused(&trial, "{\"adjustment_id\": \"x\"}", "invalid adjustment_id: invalid UUID length: 1");
}

Test(approve_inventory_adjustment, an_event_without_a_user)
{
    const char *before = approvals_row(&trial, TABLE);
    trial_context(&trial, "{\"entity_id\": \"" ENTITY "\"}");
    trial_refused(&trial, ONLY, "approve adjustment: no user: the event names none");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    cr_assert(uuid_parse(TEXT(CLERK), &trial.environment.stand_in));
    trial_done(&trial, ONLY);
    ASSERT_TEXT(trial_result(&trial, "approved_by"), CLERK);
}

Test(approve_inventory_adjustment, without_an_outbox)
{
    stock(1, BRUSH, LEFT, 9, 3, 1, "2026-03-02");
    postgres_do("DROP TABLE workflow.cascade_outbox");
    trial_done(&trial, CONFIG);
    ASSERT_TEXT(trial_sql(&trial, ITEMS), "7 3 1 0 t t");
}

Test(approve_inventory_adjustment, the_database_refuses)
{
    postgres_do("ALTER TABLE " TABLE " RENAME TO gone");
    trial_refused(&trial, CONFIG, "approve adjustment: approve: undefined table");
}

Test(approve_inventory_adjustment, a_user_who_is_not_there)
{
    const char *before = approvals_row(&trial, TABLE);
    trial_context(&trial, "{\"entity_id\": \"" ENTITY "\", \"user_id\": \"" MISSING "\"}");
    trial_refused(&trial, CONFIG, "approve adjustment: approve: foreign key violation");
    ASSERT_TEXT(approvals_row_changes(&trial, TABLE, before), "");
    ASSERT_TEXT(approvals_events(&trial), "");
}

Test(approve_inventory_adjustment, out_of_memory)
{
    stock(1, BRUSH, LEFT, 9, 3, 1, "2026-03-02");
    trial_out_of_memory(&trial, CONFIG, ACTION_OUTCOME_DONE);
}

Test(approve_inventory_adjustment, two_at_the_same_time)
{
    const struct approvals_racer racers[] = {
        {"approve_inventory_adjustment", CONFIG},
        {"reject_inventory_adjustment", "{\"adjustment_id\": \"" ADJUSTMENT "\", \"rejection_reason\": \"no\"}"}};
    stock(1, BRUSH, LEFT, 9, 3, 1, "2026-03-02");
    const char *outputs = approvals_race(&trial, TABLE, racers);
    bool approved = strcmp(outputs, "already_approved approved") == 0;
    cr_assert(approved || strcmp(outputs, "already_rejected rejected") == 0, "%s", outputs);
    ASSERT_TEXT(trial_sql(&trial, ITEMS), approved ? "7 3 1 0 t t" : "9 3 1 0 t t");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), approved ? "3" : "1");
}
