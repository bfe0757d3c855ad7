/* commit_allocation: reserved stock becomes allocated stock. */
#include <criterion/criterion.h>
#include <string.h>

#include "generated/commit_allocation.h"
#include "stock.h"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "commit_allocation");
    stock_locations();
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(commit_allocation, .init = set_up, .fini = tear_down);

#define COMMIT(quantity_) "{\"product_id\": \"" BRUSH "\", \"location_id\": \"" LEFT "\", \"quantity\": " quantity_ "}"

Test(commit_allocation, moves_from_reserved_to_allocated)
{
    stock(1, BRUSH, LEFT, 9, 5, 1, "2026-03-02");
    stock(2, BRUSH, RIGHT, 9, 5, 1, "2026-03-03");
    trial_done(&trial, COMMIT("2"));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-3-3 9-5-1");
    ASSERT_TEXT(trial_result(&trial, "product_id"), BRUSH);
    ASSERT_TEXT(trial_result(&trial, "location_id"), LEFT);
    ASSERT_TEXT(trial_result(&trial, "previous_reserved"), "5");
    ASSERT_TEXT(trial_result(&trial, "new_reserved"), "3");
    ASSERT_TEXT(trial_result(&trial, "previous_allocated"), "1");
    ASSERT_TEXT(trial_result(&trial, "new_allocated"), "3");
    ASSERT_TEXT(trial_result(&trial, "quantity_committed"), "2");
    ASSERT_TEXT(trial_result(&trial, "output"), "success");
    cr_assert_eq(trial.report.result.object.count, 8);
    ASSERT_TEXT(trial_sql(&trial, EVENTS), STOCK_EVENT("1"));
    ASSERT_TEXT(trial_sql(&trial, CHANGED_BY_EVENT(0)), "allocated_quantity=3 reserved_quantity=3 updated_date=now");
}

Test(commit_allocation, more_than_is_reserved)
{
    stock(1, BRUSH, LEFT, 9, 2, 1, "2026-03-02");
    trial_refused(&trial, COMMIT("3"), "insufficient reserved quantity: have 2, need 3");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-2-1");
    trial_refused(&trial, COMMIT("9223372036854775807"),
                  "insufficient reserved quantity: have 2, need 9223372036854775807");
}

Test(commit_allocation, more_than_fits)
{
    stock(1, BRUSH, LEFT, 9, 2, 2147483646, "2026-03-02");
    trial_refused(&trial, COMMIT("2"), "quantity is too large");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-2-2147483646");
    trial_done(&trial, COMMIT("1"));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-1-2147483647");
}

Test(commit_allocation, no_such_row)
{
    trial_refused(&trial, COMMIT("1"), "no inventory item found for product " BRUSH " at location " LEFT);
}

Test(commit_allocation, from_the_context)
{
    stock(1, BRUSH, LEFT, 9, 5, 0, "2026-03-02");
    trial_context(&trial, "{\"p\": \"" BRUSH "\", \"l\": \"" LEFT "\", \"n\": \"4\"}");
    trial_done(&trial, "{\"product_id\": \"{{p}}\", \"location_id\": \"{{l}}\", \"quantity\": \"{{n}}\"}");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-1-4");
}

Test(commit_allocation, errors_of_the_server)
{
    stock(1, BRUSH, LEFT, 9, 5, 0, "2026-03-02");
    postgres_do("ALTER TABLE inventory.inventory_items ADD CHECK (allocated_quantity = 0)");
    cr_assert_eq(trial_run(&trial, COMMIT("1")), ACTION_OUTCOME_REFUSED);
    cr_assert_eq(strncmp(trial.failure, "update inventory item: ERROR: ", 30), 0, "%s", trial.failure);
}

Test(commit_allocation, every_validation_message)
{
    static const struct {
        const char *config, *faults;
    } rows[] = {
        {COMMIT("1"), ""},
        {"{}", "product_id is required; location_id is required; quantity must be greater than 0"},
        {"{\"product_id\": \"brush\", \"location_id\": \"shelf\", \"quantity\": -1}",
         "invalid product_id: invalid UUID length: 5; invalid location_id: invalid UUID length: 5;"
         " quantity must be greater than 0"},
        {COMMIT("1.5"), "invalid configuration format: quantity: expected integer, found 1.5"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ASSERT_TEXT(trial_check(&trial, rows[i].config), rows[i].faults);
    trial_refused(&trial, COMMIT("0"), "quantity must be greater than 0");
}
