/* allocate_inventory: which rows of stock it takes, what it stores and what it returns. */
#include <criterion/criterion.h>
#include <string.h>

#include "generated/allocate_inventory.h"
#include "stock.h"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "allocate_inventory");
    stock_locations();
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(allocate_inventory, .init = set_up, .fini = tear_down);

Test(allocate_inventory, takes_the_oldest_free_stock_first)
{
    stock(1, BRUSH, LEFT, 5, 1, 1, "2026-03-02");
    stock(2, BRUSH, RIGHT, 8, 0, 0, "2026-05-20");
    stock(3, BRUSH, REMOTE, 40, 0, 0, "2026-06-01");
    stock(4, KNIFE, LEFT, 9, 0, 0, "2026-01-01");
    trial_done(&trial, WANT("7", ""));
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "4+1 4+0 0+0");
    ASSERT_TEXT(
        trial_sql(&trial, "SELECT reserved_quantity FROM inventory.inventory_items WHERE product_id = '" KNIFE "'"),
        "0");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM inventory.inventory_items WHERE updated_date BETWEEN"
                                  " (now() AT TIME ZONE 'UTC') - interval '1 minute' AND now() AT TIME ZONE 'UTC'"),
                "2");
}

Test(allocate_inventory, every_mode_and_strategy)
{
    static const char *const strategies[] = {"fifo", "lifo", "nearest_expiry", "lowest_cost"};
    for (size_t i = 0; i < 4; i++) {
        postgres_do("DELETE FROM inventory.inventory_items; DELETE FROM workflow.allocation_results");
        stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
        stock(2, BRUSH, RIGHT, 5, 0, 0, "2026-05-20");
        trial_done(&trial, arena_print(trial.arena,
                                       "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 6}],"
                                       " \"allocation_strategy\": \"%s\", \"allocation_mode\": \"allocate\"}",
                                       strategies[i])
                               .data);
        ASSERT_TEXT(trial_sql(&trial, TAKEN), strcmp(strategies[i], "lifo") == 0 ? "0+1 0+5" : "0+5 0+1");
    }
}

Test(allocate_inventory, rows_of_the_same_age_are_ordered_by_id)
{
    stock(2, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
    stock(1, BRUSH, RIGHT, 5, 0, 0, "2026-03-02");
    trial_done(&trial, WANT("6", ""));
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "5+0 1+0");
}

Test(allocate_inventory, the_result_and_the_stored_row)
{
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
    stock(2, BRUSH, RIGHT, 8, 0, 0, "2026-05-20");
    stock(3, KNIFE, REMOTE, 2, 0, 0, "2026-05-20");
    trial_done(&trial,
               "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 6},"
               " {\"product_id\": \"urn:uuid:" KNIFE "\", \"quantity\": 2}], \"allocation_strategy\": \"fifo\","
               " \"allocation_mode\": \"reserve\", \"priority\": \"critical\", \"reference_id\": \"{{customer}}\","
               " \"reference_type\": \"order\", \"reservation_duration_hours\": 48}");
    ASSERT_TEXT(trial_result(&trial, "status"), "success");
    ASSERT_TEXT(trial_result(&trial, "idempotency_key"), EXECUTION "_" RULE "_allocate_inventory_" ACTION);
    ASSERT_TEXT(trial_result(&trial, "priority"), "20");
    ASSERT_TEXT(trial_result(&trial, "message"), "Allocation completed: success");
    ASSERT_TEXT(trial_result(&trial, "reference_id"), "O'Hara \"x\"; --");
    ASSERT_TEXT(trial_result(&trial, "reference_type"), "order");
    ASSERT_TEXT(trial_result(&trial, "output"), "success");
    cr_assert_eq(trial.report.result.object.count, 8);
    ASSERT_TEXT(trial_sql(&trial, KEPT("idempotency_key")), trial_result(&trial, "idempotency_key"));
    ASSERT_TEXT(trial_sql(&trial, KEPT("allocation_data ->> 'allocation_id'")), trial_result(&trial, "allocation_id"));
    ASSERT_TEXT(trial_sql(&trial, KEPT("string_agg(key, ' ' ORDER BY key)") ", jsonb_object_keys(allocation_data) key"),
                "allocated_items allocation_id completed_at created_at execution_time_ms failed_items idempotency_key"
                " reference_id status total_allocated total_requested warnings");
    ASSERT_TEXT(trial_sql(&trial, KEPT("jsonb_path_query_array(allocation_data, '$.allocated_items[*].*') - "
                                       "(allocation_data #>> '{allocated_items,0,expires_at}')")),
                "[\"" BRUSH "\", \"" LEFT
                "\", \"reserve\", \"" STOCK("1") "\", 6, 6, \"" KNIFE "\", \"" REMOTE
                                                 "\", \"reserve\", \"" STOCK("3") "\", 2, 2]");
    ASSERT_TEXT(trial_sql(&trial, KEPT("concat_ws('|', allocation_data -> 'failed_items', allocation_data ->"
                                       " 'total_requested', allocation_data -> 'total_allocated', allocation_data ->"
                                       " 'warnings', allocation_data -> 'reference_id')")),
                "[]|8|8|[]|\"O'Hara \\\"x\\\"; --\"");
    ASSERT_TEXT(trial_sql(&trial, KEPT("(allocation_data #>> '{allocated_items,0,expires_at}')::timestamptz -"
                                       " (allocation_data ->> 'created_at')::timestamptz")),
                "2 days");
    ASSERT_TEXT(trial_sql(&trial, KEPT("created_date BETWEEN (now() AT TIME ZONE 'UTC') - interval '1 minute'"
                                       " AND now() AT TIME ZONE 'UTC'")),
                "t");
}

Test(allocate_inventory, a_reservation_lasts_a_day_by_default)
{
    static const struct {
        const char *more, *hours;
    } rows[] = {{"", "1 day"},
                {", \"reservation_duration_hours\": 0", "1 day"},
                {", \"reservation_duration_hours\": -1", "1 day"},
                {", \"reservation_hours\": 2", "02:00:00"}};
    stock(1, BRUSH, LEFT, 50, 0, 0, "2026-03-02");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        trial_done(&trial, arena_print(trial.arena,
                                       "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 1}],"
                                       " \"allocation_mode\": \"reserve\"%s}",
                                       rows[i].more)
                               .data);
        ASSERT_TEXT(trial_sql(&trial, KEPT("(allocation_data #>> '{allocated_items,0,expires_at}')::timestamptz -"
                                           " (allocation_data ->> 'created_at')::timestamptz")),
                    rows[i].hours);
        postgres_do("DELETE FROM workflow.allocation_results");
    }
    trial_done(&trial, "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 1}],"
                       " \"allocation_mode\": \"allocate\"}");
    ASSERT_TEXT(trial_sql(&trial, KEPT("allocation_data -> 'allocated_items' -> 0 ? 'expires_at'")), "f");
}

Test(allocate_inventory, priorities_are_numbers)
{
    static const struct {
        const char *name, *number;
    } rows[] = {{"low", "1"}, {"medium", "5"}, {"high", "10"}, {"critical", "20"}, {"urgent", "5"}, {"", "5"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        postgres_do("DELETE FROM workflow.allocation_results");
        trial_done(&trial, arena_print(trial.arena,
                                       "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 1}],"
                                       " \"allocation_mode\": \"reserve\", \"priority\": \"%s\"" PARTIAL "}",
                                       rows[i].name)
                               .data);
        ASSERT_TEXT(trial_result(&trial, "priority"), rows[i].number);
    }
}

/* ---- shortages ---- */

Test(allocate_inventory, a_shortage_changes_nothing)
{
    trial_refused(&trial, WANT("1", ""),
                  "allocation failed: allocation failed for product " BRUSH ": No inventory available");
    stock(1, BRUSH, LEFT, 4, 0, 0, "2026-03-02");
    stock(2, KNIFE, LEFT, 4, 0, 0, "2026-03-02");
    trial_refused(&trial, WANT("10", ""),
                  "allocation failed: allocation failed for product " BRUSH ": Only 4 available, 10 requested");
    trial_refused(&trial,
                  "{\"inventory_items\": [{\"product_id\": \"" KNIFE "\", \"quantity\": 1}, {\"product_id\": \"" BRUSH
                  "\", \"quantity\": 5}], \"allocation_mode\": \"allocate\"}",
                  "allocation failed: allocation failed for product " BRUSH ": Only 4 available, 5 requested");
    ASSERT_TEXT(trial_sql(&trial, "SELECT sum(reserved_quantity + allocated_quantity) FROM inventory.inventory_items"),
                "0");
    ASSERT_TEXT(trial_sql(&trial, KEPT("count(*)")), "0");
    /* The whole text, as the workflow sees it. */
    cr_assert_str_eq(arena_copy(trial.arena, trial.report.failure).data,
                     "action step (" ACTION "): execute: allocation failed: allocation failed for product " BRUSH
                     ": Only 4 available, 5 requested");
}

Test(allocate_inventory, reserved_and_allocated_stock_is_not_free)
{
    stock(1, BRUSH, LEFT, 5, 5, 0, "2026-03-02");
    stock(2, BRUSH, RIGHT, 5, 2, 3, "2026-03-03");
    stock(3, BRUSH, REMOTE, 5, 4, 9, "2026-03-04");
    trial_refused(&trial, WANT("1", ""),
                  "allocation failed: allocation failed for product " BRUSH ": No inventory available");
}

Test(allocate_inventory, an_item_takes_as_many_rows_as_it_needs)
{
    stock_many(BRUSH, 25, 1);
    trial_refused(&trial, WANT("26", ""),
                  "allocation failed: allocation failed for product " BRUSH ": Only 25 available, 26 requested");
    trial_done(&trial, WANT("24", ""));
    ASSERT_TEXT(trial_sql(&trial, "SELECT concat_ws(' ', sum(reserved_quantity), max(reserved_quantity)) FROM"
                                  " inventory.inventory_items"),
                "24 1");
    ASSERT_TEXT(trial_sql(&trial, KEPT("allocation_data #>> '{allocated_items,0,allocated_quantity}'")), "24");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(DISTINCT id) FROM workflow.cascade_outbox WHERE action = 'updated'"),
                "24");
}

Test(allocate_inventory, partial_allocation)
{
    stock(1, BRUSH, LEFT, 3, 0, 0, "2026-03-02");
    stock(2, BRUSH, RIGHT, 1, 0, 0, "2026-03-03");
    trial_done(&trial,
               "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 9}, {\"product_id\": \"" KNIFE
               "\", \"quantity\": 2}], \"allocation_mode\": \"allocate\"" PARTIAL "}");
    ASSERT_TEXT(trial_result(&trial, "status"), "partial");
    ASSERT_TEXT(trial_result(&trial, "output"), "partial");
    ASSERT_TEXT(trial_result(&trial, "message"), "Allocation completed: partial");
    ASSERT_TEXT(trial_result(&trial, "reference_id"), "");
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "0+3 0+1");
    ASSERT_TEXT(
        trial_sql(&trial, KEPT("concat_ws('|', allocation_data -> 'total_requested', allocation_data ->"
                               " 'total_allocated', allocation_data #> '{allocated_items,0,allocated_quantity}',"
                               " jsonb_array_length(allocation_data -> 'allocated_items'))")),
        "11|4|4|1");
    ASSERT_TEXT(trial_sql(&trial, KEPT("allocation_data -> 'failed_items'")),
                "[{\"reason\": \"insufficient_inventory\", \"product_id\": \"" KNIFE
                "\", \"error_message\": \"No inventory available\", \"available_quantity\": 0,"
                " \"requested_quantity\": 2}]");
    ASSERT_TEXT(trial_sql(&trial, KEPT("allocation_data ? 'reference_id'")), "f");
}

Test(allocate_inventory, a_short_item_alone_is_partial)
{
    stock(1, BRUSH, LEFT, 3, 0, 0, "2026-03-02");
    trial_done(&trial, WANT("4", PARTIAL));
    ASSERT_TEXT(trial_result(&trial, "output"), "partial");
    ASSERT_TEXT(trial_sql(&trial, KEPT("allocation_data -> 'failed_items'")), "[]");
}

Test(allocate_inventory, no_stock_is_insufficient_stock)
{
    trial_done(&trial, WANT("4", PARTIAL));
    ASSERT_TEXT(trial_result(&trial, "status"), "failed");
    ASSERT_TEXT(trial_result(&trial, "message"), "Allocation completed: failed");
    ASSERT_TEXT(trial_result(&trial, "output"), "insufficient_stock");
    ASSERT_TEXT(trial_sql(&trial, KEPT("count(*)")), "1");
}

Test(allocate_inventory, one_product_in_two_items)
{
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
    static const char want[] =
        "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 3},"
        " {\"product_id\": \"" BRUSH "\", \"quantity\": 3}], \"allocation_mode\": \"reserve\"%s}";
    trial_refused(&trial, arena_print(trial.arena, want, "").data,
                  "allocation failed: allocation failed for product " BRUSH ": Only 2 available, 3 requested");
    trial_done(&trial, arena_print(trial.arena, want, PARTIAL).data);
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "5+0");
    ASSERT_TEXT(trial_result(&trial, "output"), "partial");
}

/* ---- locations ---- */

Test(allocate_inventory, from_a_location_or_a_warehouse_or_both)
{
    static const struct {
        const char *where, *taken;
    } rows[] = {
        {", \"location_id\": \"" RIGHT "\"", "0+0 2+0 0+0"},
        {", \"warehouse_id\": \"" FAR "\"", "0+0 0+0 2+0"},
        {", \"warehouse_id\": \"" NEAR "\"", "2+0 0+0 0+0"},
        {", \"warehouse_id\": \"" NEAR "\", \"location_id\": \"" RIGHT "\"", "0+0 2+0 0+0"},
        {", \"warehouse_id\": \"" FAR "\", \"location_id\": \"" RIGHT "\"", NULL}, /* no such location */
        {", \"location_id\": null, \"warehouse_id\": null", "2+0 0+0 0+0"},
        {", \"warehouse_id\": \"" BRUSH "\"", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        postgres_do("DELETE FROM inventory.inventory_items; DELETE FROM workflow.allocation_results");
        stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
        stock(2, BRUSH, RIGHT, 5, 0, 0, "2026-05-20");
        stock(3, BRUSH, REMOTE, 5, 0, 0, "2026-06-01");
        const char *config = arena_print(trial.arena,
                                         "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 2%s}],"
                                         " \"allocation_mode\": \"reserve\"}",
                                         rows[i].where)
                                 .data;
        if (rows[i].taken == NULL) {
            trial_refused(&trial, config,
                          "allocation failed: allocation failed for product " BRUSH ": No inventory available");
            continue;
        }
        trial_done(&trial, config);
        ASSERT_TEXT(trial_sql(&trial, TAKEN), rows[i].taken);
    }
}

Test(allocate_inventory, items_may_come_from_the_context)
{
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
    trial_context(&trial, "{\"what\": {\"id\": \"" BRUSH "\"}, \"n\": 3, \"from\": \"" LEFT "\"}");
    trial_done(&trial, "{\"inventory_items\": [{\"product_id\": \"{{what.id}}\", \"quantity\": \"{{n}}\","
                       " \"location_id\": \"{{from}}\"}], \"allocation_mode\": \"allocate\"}");
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "0+3");
}

#define LINE "{\"source_from_line_item\": true, \"allocation_mode\": \"reserve\", \"allocation_strategy\": \"fifo\"}"

Test(allocate_inventory, from_a_line_item)
{
    static const struct {
        const char *quantity, *taken;
    } rows[] = {{"3", "3+0"}, {"3.9", "3+0"}, {"3e0", "3+0"}, {"\"3\"", "3+0"}, {"12", "12+0"}, {"1.2e1", "12+0"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        postgres_do("DELETE FROM inventory.inventory_items; DELETE FROM workflow.allocation_results");
        stock(1, BRUSH, LEFT, 12, 0, 0, "2026-03-02");
        trial_context(&trial, arena_print(trial.arena,
                                          "{\"product_id\": \"{" BRUSH "}\", \"quantity\": %s, \"order_id\": \"SO-7\"}",
                                          rows[i].quantity)
                                  .data);
        trial_done(&trial, LINE);
        ASSERT_TEXT(trial_sql(&trial, TAKEN), rows[i].taken);
        ASSERT_TEXT(trial_result(&trial, "reference_id"), "SO-7");
        ASSERT_TEXT(trial_result(&trial, "reference_type"), "order");
    }
    postgres_do("DELETE FROM inventory.inventory_items; DELETE FROM workflow.allocation_results");
    stock(1, BRUSH, LEFT, 12, 0, 0, "2026-03-02");
    trial_context(&trial, "{\"product_id\": \"" BRUSH "\", \"quantity\": 1, \"order_id\": 7}");
    trial_done(&trial, "{\"source_from_line_item\": true, \"allocation_mode\": \"reserve\", \"reference_id\": \"own\","
                       " \"inventory_items\": [{\"quantity\": -1}]}");
    ASSERT_TEXT(trial_result(&trial, "reference_id"), "");
}

Test(allocate_inventory, an_entity_other_than_a_line_item)
{
    static const struct {
        const char *context, *failure;
    } rows[] = {
        {"{\"quantity\": 1}", "invalid product_id in line item: invalid UUID length: 0"},
        {"{\"product_id\": 5, \"quantity\": 1}", "invalid product_id in line item: invalid UUID length: 0"},
        {"{\"product_id\": \"x\", \"quantity\": 1}", "invalid product_id in line item: invalid UUID length: 1"},
        {"{\"product_id\": \"6a1f8f5b-6a4e-4d53-9f1d-1f9d3a1c7e5x\", \"quantity\": 1}",
         "invalid product_id in line item: invalid UUID format"},
        {"{\"product_id\": \"" BRUSH "\"}", "quantity must be greater than 0"},
        {"{\"product_id\": \"" BRUSH "\", \"quantity\": \"3.5\"}", "quantity must be greater than 0"},
        {"{\"product_id\": \"" BRUSH "\", \"quantity\": 0}", "quantity must be greater than 0"},
        {"{\"product_id\": \"" BRUSH "\", \"quantity\": -2}", "quantity must be greater than 0"},
        {"{\"product_id\": \"" BRUSH "\", \"quantity\": 0.5}", "quantity must be greater than 0"},
        {"{\"product_id\": \"" BRUSH "\", \"quantity\": 1e30}", "quantity must be greater than 0"},
        {"{\"product_id\": \"00000000-0000-0000-0000-000000000000\", \"quantity\": 1}",
         "item 0: product_id is required"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        trial_context(&trial, rows[i].context);
        trial_refused(&trial, LINE, rows[i].failure);
    }
}

/* ---- faults ---- */

Test(allocate_inventory, errors_of_the_server)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    postgres_do("ALTER TABLE workflow.allocation_results ADD CHECK (created_date < '2020-01-01')");
    cr_assert_eq(trial_run(&trial, WANT("4", "")), ACTION_OUTCOME_REFUSED);
    cr_assert_eq(strncmp(trial.failure, "allocation failed: failed to store allocation result: ERROR: ", 61), 0, "%s",
                 trial.failure);
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "0+0");
    postgres_do("ALTER TABLE inventory.inventory_items ADD CHECK (reserved_quantity < 2)");
    cr_assert_eq(trial_run(&trial, WANT("4", "")), ACTION_OUTCOME_REFUSED);
    cr_assert_eq(strncmp(trial.failure, "allocation failed: taking stock: ERROR: ", 40), 0, "%s", trial.failure);
    postgres_do("DROP TABLE inventory.inventory_items");
    trial_refused(&trial, WANT("4", ""), "allocation failed: taking stock: undefined table");
    postgres_do("DROP TABLE workflow.allocation_results");
    trial_refused(&trial, WANT("4", ""), "allocation failed: idempotency check failed: undefined table");
}

Test(allocate_inventory, unvalidated_configs)
{
    trial_refused(&trial, "{\"allocation_mode\": \"reserve\"}",
                  "inventory_items list is required and must not be empty");
    trial_refused(&trial,
                  "{\"inventory_items\": [{\"product_id\": \"{{nobody}}\", \"quantity\": 1}],"
                  " \"allocation_mode\": \"reserve\"}",
                  "item 0: product_id is required");
    trial_refused(&trial, "{\"inventory_items\": \"all\", \"allocation_mode\": \"reserve\"}",
                  "failed to parse config: inventory_items: expected array, found string");
    trial_refused(&trial,
                  "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 9223372036854775807},"
                  " {\"product_id\": \"" BRUSH "\", \"quantity\": 1}], \"allocation_mode\": \"reserve\"}",
                  "the sum of the quantities is too large");
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    trial_refused(&trial, WANT("9223372036854775807", ""),
                  "allocation failed: allocation failed for product " BRUSH
                  ": Only 9 available, 9223372036854775807 requested");
    trial_done(&trial, "{\"Inventory_Items\": [{\"PRODUCT_ID\": \"" BRUSH "\", \"quantity\": 2, \"zone\": 1}],"
                       " \"allocation_mode\": \"reserve\", \"allocation_strategy\": \"fefo\", \"unknown\": {}}");
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "2+0");
}

Test(allocate_inventory, as_an_asynchronous_activity)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    trial.environment.async = true;
    trial_done(&trial, WANT("4", ""));
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "4+0");
    trial.request.action_id = TEXT(OTHER_ACTION);
    cr_assert_eq(trial_run(&trial, WANT("6", "")), ACTION_OUTCOME_REFUSED);
    ASSERT_TEXT(trial.failure,
                "allocation failed: allocation failed for product " BRUSH ": Only 5 available, 6 requested");
}

Test(allocate_inventory, sql_in_a_value_is_data)
{
    static const char *const values[] = {
        "'; DROP TABLE workflow.allocation_results; --", "\"", "\\'", "$1", "%s %n", "{a,b}", "NULL", "\u00e4\u20ac"};
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct buffer value = buffer_in(trial.arena, 256);
        json_write_string(&value, text_from(values[i]));
        const char *json = buffer_text(&value).data;
        trial_done(&trial, arena_print(trial.arena,
                                       "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 1}],"
                                       " \"allocation_mode\": \"reserve\", \"allocation_strategy\": %s, \"priority\":"
                                       " %s, \"reference_id\": %s, \"reference_type\": %s}",
                                       json, json, json, json)
                               .data);
        ASSERT_TEXT(trial_result(&trial, "reference_type"), values[i]);
        ASSERT_TEXT(trial_sql(&trial, KEPT("allocation_data ->> 'reference_id'")), values[i]);
        postgres_do("DELETE FROM workflow.allocation_results");
        cr_assert_eq(trial_run(&trial, arena_print(trial.arena,
                                                   "{\"inventory_items\": [{\"product_id\": %s, \"quantity\": 1,"
                                                   " \"location_id\": %s}], \"allocation_mode\": %s}",
                                                   json, json, json)
                                           .data),
                     ACTION_OUTCOME_REFUSED);
    }
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "8+0");
}

#define CHECKED(items_, more_)                                                                                         \
    "{\"inventory_items\": [" items_ "], \"allocation_strategy\": \"lifo\", \"allocation_mode\": \"allocate\","        \
    " \"priority\": \"low\"" more_ "}"
#define GOOD "{\"product_id\": \"" BRUSH "\", \"quantity\": 1}"

Test(allocate_inventory, every_validation_message)
{
    static const struct {
        const char *config, *faults;
    } rows[] = {
        {CHECKED(GOOD, ""), ""},
        {CHECKED(GOOD, ", \"timeout_ms\": 5, \"reservation_hours\": 87600"), ""},
        {CHECKED("{\"product_id\": \"{{id}}\", \"quantity\": \"{{n}}\", \"location_id\": \"{{l}}\"}", ""), ""},
        {"{\"source_from_line_item\": true, \"allocation_strategy\": \"nearest_expiry\", \"allocation_mode\":"
         " \"reserve\", \"priority\": \"critical\"}",
         ""},
        {CHECKED("", ""), "inventory_items list is required and must not be empty"},
        {"{\"inventory_items\": null, \"allocation_strategy\": \"lowest_cost\", \"allocation_mode\": \"reserve\","
         " \"priority\": \"medium\"}",
         "inventory_items list is required and must not be empty"},
        {"{\"inventory_items\": [" GOOD "], \"allocation_mode\": \"reserve\", \"priority\": \"high\"}",
         "invalid allocation_strategy: "},
        {"{\"inventory_items\": [" GOOD "], \"allocation_strategy\": \"fefo\", \"allocation_mode\": \"reserve\","
         " \"priority\": \"high\"}",
         "invalid allocation_strategy: fefo"},
        {"{\"inventory_items\": [" GOOD "], \"allocation_strategy\": \"fifo\", \"priority\": \"high\"}",
         "invalid allocation_mode: "},
        {"{\"inventory_items\": [" GOOD "], \"allocation_strategy\": \"fifo\", \"allocation_mode\": \"hold\","
         " \"priority\": \"high\"}",
         "invalid allocation_mode: hold"},
        {"{\"inventory_items\": [" GOOD "], \"allocation_strategy\": \"fifo\", \"allocation_mode\": \"reserve\"}",
         "invalid priority: "},
        {"{\"inventory_items\": [" GOOD "], \"allocation_strategy\": \"fifo\", \"allocation_mode\": \"reserve\","
         " \"priority\": \"urgent\"}",
         "invalid priority: urgent"},
        {CHECKED(GOOD ", {\"quantity\": 1}", ""), "item 1: product_id is required"},
        {CHECKED("{\"product_id\": \"" BRUSH "\"}", ""), "item 0: quantity must be greater than 0"},
        {CHECKED("{\"product_id\": \"" BRUSH "\", \"quantity\": 0}", ""), "item 0: quantity must be greater than 0"},
        {CHECKED(GOOD ", " GOOD ", {\"product_id\": \"" BRUSH "\", \"quantity\": -1}", ""),
         "item 2: quantity must be greater than 0"},
        {CHECKED("{\"product_id\": \"x\", \"quantity\": 1}", ""),
         "invalid configuration format: inventory_items[0].product_id: expected UUID, found \"x\""},
        {CHECKED("{\"product_id\": \"" BRUSH "\", \"quantity\": 1, \"warehouse_id\": 7}", ""),
         "invalid configuration format: inventory_items[0].warehouse_id: expected string, found number"},
        {CHECKED(GOOD, ", \"allow_partial\": \"perhaps\""),
         "invalid configuration format: allow_partial: expected boolean, found string"},
        {"[]", "invalid configuration format: config: expected object, found array"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ASSERT_TEXT(trial_check(&trial, rows[i].config), rows[i].faults);
}
