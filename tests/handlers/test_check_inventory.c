/* check_inventory: what is available of a product, compared with a threshold or a line item. */
#include <criterion/criterion.h>

#include "generated/check_inventory.h"
#include "stock.h"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "check_inventory");
    stock_locations();
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(check_inventory, .init = set_up, .fini = tear_down);

#define OF(more_)   "{\"product_id\": \"" BRUSH "\"" more_ "}"
#define LINE(more_) "{\"source_from_line_item\": true" more_ "}"

/* The result without its output. */
static const char *sums(void)
{
    static const char *const keys[] = {"available",     "threshold", "required", "sufficient",
                                       "total_on_hand", "reserved",  "allocated"};
    struct buffer joined = buffer_in(trial.arena, 1024);
    cr_assert_eq(trial.report.result.object.count, sizeof keys / sizeof keys[0] + 1);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        buffer_print(&joined, "%s%s", i > 0 ? " " : "", trial_result(&trial, keys[i]));
    return buffer_text(&joined).data;
}

Test(check_inventory, sums_of_all_rows)
{
    stock(1, BRUSH, LEFT, 5, 1, 2, "2026-03-02");
    stock(2, BRUSH, RIGHT, 8, 0, 3, "2026-05-20");
    stock(3, KNIFE, LEFT, 100, 0, 0, "2026-05-20");
    trial_done(&trial, OF(", \"threshold\": 7"));
    ASSERT_TEXT(sums(), "7 7 7 true 13 1 5");
    ASSERT_TEXT(trial_result(&trial, "output"), "sufficient");
    trial_context(&trial, "{\"limit\": 8, \"product\": \"" BRUSH "\"}");
    trial_done(&trial, "{\"product_id\": \"{{product}}\", \"threshold\": \"{{limit}}\"}");
    ASSERT_TEXT(sums(), "7 8 8 false 13 1 5");
    ASSERT_TEXT(trial_result(&trial, "output"), "insufficient");
}

Test(check_inventory, nothing_is_enough_for_nothing)
{
    trial_done(&trial, OF(""));
    ASSERT_TEXT(sums(), "0 0 0 true 0 0 0");
    ASSERT_TEXT(trial_result(&trial, "output"), "sufficient");
    trial_done(&trial, OF(", \"threshold\": 1"));
    ASSERT_TEXT(trial_result(&trial, "output"), "insufficient");
    stock(1, BRUSH, LEFT, 2, 2, 3, "2026-03-02");
    trial_done(&trial, OF(""));
    ASSERT_TEXT(sums(), "-3 0 0 false 2 2 3");
}

Test(check_inventory, more_rows_and_pieces_than_the_go_worker_adds_up)
{
    stock_many(BRUSH, 150, 2147483647);
    trial_done(&trial, OF(", \"threshold\": 322122547050"));
    ASSERT_TEXT(sums(), "322122547050 322122547050 322122547050 true 322122547050 0 0");
}

Test(check_inventory, in_a_warehouse_or_at_a_location_or_both)
{
    static const struct {
        const char *where, *available;
    } rows[] = {
        {"", "7"},
        {", \"location_id\": \"" RIGHT "\"", "2"},
        {", \"warehouse_id\": \"" NEAR "\"", "3"},
        {", \"warehouse_id\": \"" FAR "\"", "4"},
        {", \"warehouse_id\": \"" NEAR "\", \"location_id\": \"" RIGHT "\"", "2"},
        {", \"warehouse_id\": \"" FAR "\", \"location_id\": \"" RIGHT "\"", "0"},
        {", \"warehouse_id\": null, \"location_id\": null", "7"},
    };
    stock(1, BRUSH, LEFT, 1, 0, 0, "2026-03-02");
    stock(2, BRUSH, RIGHT, 2, 0, 0, "2026-03-02");
    stock(3, BRUSH, REMOTE, 4, 0, 0, "2026-03-02");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        trial_done(&trial, arena_print(trial.arena, OF("%s"), rows[i].where).data);
        ASSERT_TEXT(trial_result(&trial, "available"), rows[i].available);
    }
}

Test(check_inventory, of_a_line_item)
{
    static const struct {
        const char *quantity, *required, *output;
    } rows[] = {
        {"\"quantity\": 3,", "3", "sufficient"},
        {"\"quantity\": 3.9,", "3", "sufficient"},
        {"\"quantity\": 4,", "4", "insufficient"},
        {"\"quantity\": \"4\",", "4", "insufficient"},
        {"\"quantity\": 0.5,", "1", "sufficient"},
        {"\"quantity\": -7,", "1", "sufficient"},
        {"\"quantity\": \"all\",", "1", "sufficient"},
        {"\"quantity\": null,", "1", "sufficient"},
        {"", "1", "sufficient"},
    };
    stock(1, BRUSH, LEFT, 3, 0, 0, "2026-03-02");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        trial_context(&trial, arena_print(trial.arena, "{%s \"product_id\": \"" BRUSH "\"}", rows[i].quantity).data);
        trial_done(&trial, LINE(", \"threshold\": 1"));
        ASSERT_TEXT(trial_result(&trial, "required"), rows[i].required);
        ASSERT_TEXT(trial_result(&trial, "threshold"), "1");
        ASSERT_TEXT(trial_result(&trial, "output"), rows[i].output);
    }
}

Test(check_inventory, an_entity_other_than_a_line_item)
{
    static const struct {
        const char *context, *failure;
    } rows[] = {
        {"{}", "product_id not found in line item RawData"},
        {"{\"product_id\": 5}", "product_id not found in line item RawData"},
        {"{\"product_id\": \"brush\"}", "invalid product_id: invalid UUID length: 5"},
        {"{\"product_id\": \"6a1f8f5b-6a4e-4d53-9f1d-1f9d3a1c7e5x\"}", "invalid product_id: invalid UUID format"},
        {"{\"product_id\": \"" BRUSH "\", \"quantity\": 1e30}", "quantity is too large"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        trial_context(&trial, rows[i].context);
        trial_refused(&trial, LINE(""), rows[i].failure);
        trial_refused(&trial, LINE(", \"product_id\": \"" KNIFE "\", \"threshold\": 1"), rows[i].failure);
    }
}

Test(check_inventory, faults_that_only_a_run_can_have)
{
    trial_refused(&trial, "{\"product_id\": \"{{nobody}}\"}",
                  "product_id is required when source_from_line_item is false");
    trial_refused(&trial, "{\"product_id\": \"{{customer}}\"}", "invalid product_id: invalid UUID length: 14");
    trial_refused(&trial, OF(", \"threshold\": -1"), "threshold must be non-negative");
    trial_refused(&trial, OF(", \"location_id\": \"shelf\""), "invalid location_id: invalid UUID length: 5");
    trial_refused(&trial, OF(", \"threshold\": []"),
                  "failed to parse config: threshold: expected integer, found array");
}

Test(check_inventory, errors_of_the_server)
{
    postgres_do("DROP TABLE inventory.inventory_items");
    trial_refused(&trial, OF(""), "query inventory items: query: namedqueryslice: undefined table");
    trial_move(&trial, TEXT("127.0.0.1:1"));
    trial.environment.local = true;
    cr_assert_eq(trial_run(&trial, OF("")), ACTION_OUTCOME_RETRY);
}

Test(check_inventory, every_validation_message)
{
    static const struct {
        const char *config, *faults;
    } rows[] = {
        {LINE(""), ""},
        {OF(", \"threshold\": 0, \"warehouse_id\": \"{{w}}\", \"location_id\": \"" LEFT "\""), ""},
        {"{}", "product_id is required when source_from_line_item is false"},
        {"{\"product_id\": \"00000000-0000-0000-0000-000000000000\"}",
         "product_id is required when source_from_line_item is false"},
        {"{\"product_id\": \"brush\"}", "invalid product_id: invalid UUID length: 5"},
        {"{\"product_id\": \"6a1f8f5b-6a4e-4d53-9f1d-1f9d3a1c7e5x\"}", "invalid product_id: invalid UUID format"},
        {"{\"product_id\": \"urn-uuid:6a1f8f5b-6a4e-4d53-9f1d-1f9d3a1c7e55\"}",
         "invalid product_id: invalid urn prefix: \"urn-uuid:\""},
        {OF(", \"threshold\": -1, \"warehouse_id\": \"hall\", \"location_id\": \"shelf\""),
         "threshold must be non-negative; invalid warehouse_id: invalid UUID length: 4;"
         " invalid location_id: invalid UUID length: 5"},
        {LINE(", \"product_id\": \"brush\", \"threshold\": -1"), "threshold must be non-negative"},
        {OF(", \"threshold\": \"many\""), "invalid configuration format: threshold: expected integer, found string"},
        {"[]", "invalid configuration format: config: expected object, found array"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ASSERT_TEXT(trial_check(&trial, rows[i].config), rows[i].faults);
}

Test(check_inventory, out_of_memory)
{
    stock(1, BRUSH, LEFT, 3, 0, 0, "2026-03-02");
    trial_out_of_memory(&trial, OF(", \"location_id\": \"" LEFT "\""), ACTION_OUTCOME_DONE);
}
