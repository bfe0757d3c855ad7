/* check_reorder_point: what is available of a product, compared with the reorder point of its rows or another one. */
#include <criterion/criterion.h>

#include "generated/check_reorder_point.h"
#include "stock.h"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "check_reorder_point");
    stock_locations();
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(check_reorder_point, .init = set_up, .fini = tear_down);

#define OF(more_)   "{\"product_id\": \"" BRUSH "\"" more_ "}"
#define LINE(more_) "{\"source_from_line_item\": true" more_ "}"
#define POINT(number_, point_)                                                                                         \
    "UPDATE inventory.inventory_items SET reorder_point = " point_ " WHERE id = '" STOCK(number_) "'"

static const char *sums(void)
{
    static const char *const keys[] = {"available",     "reorder_point", "needs_reorder",
                                       "total_on_hand", "reserved",      "allocated"};
    struct buffer joined = buffer_in(trial.arena, 1024);
    cr_assert_eq(trial.report.result.object.count, sizeof keys / sizeof keys[0] + 1);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        buffer_print(&joined, "%s%s", i > 0 ? " " : "", trial_result(&trial, keys[i]));
    return buffer_text(&joined).data;
}

Test(check_reorder_point, the_largest_reorder_point_counts)
{
    stock(1, BRUSH, LEFT, 5, 1, 2, "2026-03-02");
    stock(2, BRUSH, RIGHT, 8, 0, 3, "2026-05-20");
    stock(3, KNIFE, LEFT, 1, 0, 0, "2026-05-20");
    postgres_do(POINT("1", "3") ";" POINT("2", "7") ";" POINT("3", "99"));
    trial_done(&trial, OF(""));
    ASSERT_TEXT(sums(), "7 7 false 13 1 5");
    ASSERT_TEXT(trial_result(&trial, "output"), "ok");
    postgres_do(POINT("1", "8"));
    trial_done(&trial, OF(""));
    ASSERT_TEXT(sums(), "7 8 true 13 1 5");
    ASSERT_TEXT(trial_result(&trial, "output"), "needs_reorder");
    trial_done(&trial, OF(", \"location_id\": \"" RIGHT "\""));
    ASSERT_TEXT(sums(), "5 7 true 8 0 3");
    trial_done(&trial, OF(", \"warehouse_id\": \"" FAR "\""));
    ASSERT_TEXT(sums(), "0 0 false 0 0 0");
}

Test(check_reorder_point, a_threshold_of_the_config)
{
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
    postgres_do(POINT("1", "9"));
    trial_done(&trial, OF(", \"custom_threshold\": 5"));
    ASSERT_TEXT(sums(), "5 5 false 5 0 0");
    trial_done(&trial, OF(", \"custom_threshold\": 0"));
    ASSERT_TEXT(sums(), "5 0 false 5 0 0");
    trial_done(&trial, OF(", \"custom_threshold\": null"));
    ASSERT_TEXT(sums(), "5 9 true 5 0 0");
    trial_context(&trial, "{\"limit\": \"6\"}");
    trial_done(&trial, OF(", \"custom_threshold\": \"{{limit}}\""));
    ASSERT_TEXT(sums(), "5 6 true 5 0 0");
}

Test(check_reorder_point, more_rows_than_the_go_worker_adds_up)
{
    stock_many(BRUSH, 150, 2);
    trial_done(&trial, OF(", \"custom_threshold\": 300"));
    ASSERT_TEXT(sums(), "300 300 false 300 0 0");
}

Test(check_reorder_point, of_a_line_item_whatever_its_quantity)
{
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
    postgres_do(POINT("1", "5"));
    trial_context(&trial, "{\"product_id\": \"" BRUSH "\", \"quantity\": 100}");
    trial_done(&trial, LINE(", \"product_id\": \"" KNIFE "\""));
    ASSERT_TEXT(sums(), "5 5 false 5 0 0");
    trial_context(&trial, "{\"quantity\": 100}");
    trial_refused(&trial, LINE(""), "product_id not found in line item RawData");
    trial_context(&trial, "{\"product_id\": \"brush\"}");
    trial_refused(&trial, LINE(""), "invalid product_id: invalid UUID length: 5");
}

Test(check_reorder_point, errors_of_the_server)
{
    postgres_do("DROP TABLE inventory.inventory_items");
    trial_refused(&trial, OF(""), "query inventory items: query: namedqueryslice: undefined table");
    trial_move(&trial, TEXT("127.0.0.1:1"));
    trial.environment.local = true;
    cr_assert_eq(trial_run(&trial, OF("")), ACTION_OUTCOME_RETRY);
}

Test(check_reorder_point, every_validation_message)
{
    static const struct {
        const char *config, *faults;
    } rows[] = {
        {LINE(""), ""},
        {OF(", \"custom_threshold\": 0"), ""},
        {"{}", "product_id is required when source_from_line_item is false"},
        {"{\"product_id\": \"brush\", \"custom_threshold\": -1, \"warehouse_id\": \"hall\", \"location_id\": "
         "\"shelf\"}",
         "invalid product_id: invalid UUID length: 5; custom_threshold must be non-negative;"
         " invalid warehouse_id: invalid UUID length: 4; invalid location_id: invalid UUID length: 5"},
        {"7", "invalid configuration format: config: expected object, found number"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ASSERT_TEXT(trial_check(&trial, rows[i].config), rows[i].faults);
    trial_refused(&trial, OF(", \"custom_threshold\": -1"), "custom_threshold must be non-negative");
}
