/* release_reservation: reserved stock becomes available. */
#include <criterion/criterion.h>
#include <string.h>

#include "generated/release_reservation.h"
#include "stock.h"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "release_reservation");
    stock_locations();
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(release_reservation, .init = set_up, .fini = tear_down);

#define RELEASE(quantity_) "{\"product_id\": \"" BRUSH "\", \"location_id\": \"" LEFT "\", \"quantity\": " quantity_ "}"

Test(release_reservation, lowers_what_is_reserved)
{
    stock(1, BRUSH, LEFT, 9, 5, 1, "2026-03-02");
    stock(2, BRUSH, RIGHT, 9, 5, 1, "2026-03-03");
    stock(3, KNIFE, LEFT, 9, 5, 1, "2026-03-02");
    trial_done(&trial, RELEASE("2"));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-3-1 9-5-1");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(KNIFE)), "9-5-1");
    ASSERT_TEXT(trial_result(&trial, "product_id"), BRUSH);
    ASSERT_TEXT(trial_result(&trial, "location_id"), LEFT);
    ASSERT_TEXT(trial_result(&trial, "previous_reserved"), "5");
    ASSERT_TEXT(trial_result(&trial, "new_reserved"), "3");
    ASSERT_TEXT(trial_result(&trial, "quantity_released"), "2");
    ASSERT_TEXT(trial_result(&trial, "output"), "success");
    cr_assert_eq(trial.report.result.object.count, 6);
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM inventory.inventory_items WHERE updated_date BETWEEN"
                                  " (now() AT TIME ZONE 'UTC') - interval '1 minute' AND now() AT TIME ZONE 'UTC'"),
                "1");
    ASSERT_TEXT(trial_sql(&trial, EVENTS), STOCK_EVENT("1"));
    ASSERT_TEXT(trial_sql(&trial, CHANGED_BY_EVENT(0)), "reserved_quantity=3 updated_date=now");
    trial_done(&trial, RELEASE("3"));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-0-1 9-5-1");
}

Test(release_reservation, more_than_is_reserved)
{
    stock(1, BRUSH, LEFT, 9, 2, 1, "2026-03-02");
    trial_refused(&trial, RELEASE("3"), "insufficient reserved quantity: have 2, need 3");
    trial_refused(&trial, RELEASE("9223372036854775807"),
                  "insufficient reserved quantity: have 2, need 9223372036854775807");
    postgres_do("UPDATE inventory.inventory_items SET reserved_quantity = -2147483648");
    trial_refused(&trial, RELEASE("9223372036854775807"),
                  "insufficient reserved quantity: have -2147483648, need 9223372036854775807");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9--2147483648-1");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.cascade_outbox"), "0");
}

Test(release_reservation, no_such_row)
{
    stock(1, BRUSH, RIGHT, 9, 2, 1, "2026-03-02");
    trial_refused(&trial, RELEASE("1"), "no inventory item found for product " BRUSH " at location " LEFT);
}

Test(release_reservation, of_two_rows_at_a_location_the_one_with_the_least_id)
{
    /* The table as in the first version of the ERP. */
    postgres_do("ALTER TABLE inventory.inventory_items DROP CONSTRAINT inventory_items_product_id_location_id_key");
    stock(2, BRUSH, LEFT, 9, 5, 0, "2026-03-01");
    stock(1, BRUSH, LEFT, 9, 5, 0, "2026-03-02");
    trial_done(&trial, RELEASE("2"));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-5-0 9-3-0");
}

Test(release_reservation, from_the_context)
{
    stock(1, BRUSH, LEFT, 9, 5, 0, "2026-03-02");
    trial_context(&trial, "{\"p\": \"" BRUSH "\", \"l\": \"" LEFT "\", \"n\": 4}");
    trial_done(&trial, "{\"product_id\": \"{{p}}\", \"location_id\": \"{{l}}\", \"quantity\": \"{{n}}\"}");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-1-0");
    trial_refused(&trial, "{\"product_id\": \"{{p}}\", \"location_id\": \"{{l}}\", \"quantity\": \"-{{n}}\"}",
                  "quantity must be greater than 0");
    trial_refused(&trial, "{\"product_id\": \"{{nobody}}\", \"location_id\": \"{{l}}\", \"quantity\": \"{{n}}\"}",
                  "product_id is required");
    trial_refused(&trial, "{\"product_id\": \"{{p}}{{p}}\", \"location_id\": \"{{l}}\", \"quantity\": \"{{n}}\"}",
                  "invalid product_id: invalid UUID length: 72");
}

Test(release_reservation, errors_of_the_server)
{
    stock(1, BRUSH, LEFT, 9, 5, 0, "2026-03-02");
    postgres_do("ALTER TABLE inventory.inventory_items ADD CHECK (reserved_quantity > 4)");
    cr_assert_eq(trial_run(&trial, RELEASE("1")), ACTION_OUTCOME_REFUSED);
    cr_assert_eq(strncmp(trial.failure, "update inventory item: ERROR: ", 30), 0, "%s", trial.failure);
    postgres_do("DROP TABLE inventory.inventory_items CASCADE");
    trial_refused(&trial, RELEASE("1"), "update inventory item: undefined table");
    trial_move(&trial, TEXT("127.0.0.1:1"));
    trial.environment.local = true;
    cr_assert_eq(trial_run(&trial, RELEASE("1")), ACTION_OUTCOME_RETRY);
}

Test(release_reservation, a_trigger_that_keeps_the_row_as_it_is)
{
    stock(1, BRUSH, LEFT, 9, 5, 0, "2026-03-02");
    postgres_do("CREATE FUNCTION inventory.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                "CREATE TRIGGER keep BEFORE UPDATE ON inventory.inventory_items FOR EACH ROW EXECUTE FUNCTION"
                " inventory.keep()");
    trial_refused(&trial, RELEASE("1"), "update inventory item: the row of stock was not changed");
}

Test(release_reservation, an_erp_without_an_outbox)
{
    stock(1, BRUSH, LEFT, 9, 5, 0, "2026-03-02");
    postgres_do("DROP TABLE workflow.cascade_outbox");
    trial_done(&trial, RELEASE("2"));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-3-0");
}

Test(release_reservation, every_validation_message)
{
    static const struct {
        const char *config, *faults;
    } rows[] = {
        {RELEASE("1"), ""},
        {"{\"product_id\": \"{{p}}\", \"location_id\": \"{{l}}\", \"quantity\": \"{{n}}\"}", ""},
        {"{}", "product_id is required; location_id is required; quantity must be greater than 0"},
        {"{\"product_id\": \"brush\", \"location_id\": \"shelf\", \"quantity\": 0}",
         "invalid product_id: invalid UUID length: 5; invalid location_id: invalid UUID length: 5;"
         " quantity must be greater than 0"},
        {RELEASE("-1"), "quantity must be greater than 0"},
        {RELEASE("\"two\""), "invalid configuration format: quantity: expected integer, found string"},
        {"null", "product_id is required; location_id is required; quantity must be greater than 0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ASSERT_TEXT(trial_check(&trial, rows[i].config), rows[i].faults);
    trial_refused(&trial, RELEASE("0"), "quantity must be greater than 0");
    trial_refused(&trial, RELEASE("-2"), "quantity must be greater than 0");
}

Test(release_reservation, out_of_memory)
{
    stock(1, BRUSH, LEFT, 9, 5, 0, "2026-03-02");
    trial_out_of_memory(&trial, RELEASE("1"), ACTION_OUTCOME_DONE);
}
