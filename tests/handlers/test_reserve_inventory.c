/* reserve_inventory: which rows of stock it takes, what it stores and what it returns. */
#include <criterion/criterion.h>
#include <string.h>

#include "generated/reserve_inventory.h"
#include "stock.h"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "reserve_inventory");
    stock_locations();
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(reserve_inventory, .init = set_up, .fini = tear_down);

#define RESERVE(quantity_, more_) "{\"product_id\": \"" BRUSH "\", \"quantity\": " quantity_ more_ "}"
#define LINE(more_)               "{\"source_from_line_item\": true" more_ "}"
#define RESERVE_KEY               EXECUTION "_" RULE "_reserve_inventory_" ACTION
#define GO_KEY                    EXECUTION "_" RULE "_reserve_inventory"

static const char clear[] = "DELETE FROM inventory.inventory_items; DELETE FROM workflow.allocation_results;"
                            " DELETE FROM workflow.cascade_outbox";

/* The items of a list in the stored result, as arrays of their members in the order of their keys, without times. */
#define ITEMS(list_)                                                                                                   \
    KEPT(                                                                                                              \
        "coalesce((SELECT string_agg((SELECT string_agg(value, '|' ORDER BY key) FROM jsonb_each_text(item) WHERE key" \
        " <> 'expires_at'), ' ') FROM jsonb_array_elements(allocation_data -> '" list_ "') item), '')")
/* inventory_item_id, location_id, product_id, requested_quantity, reserved_quantity */
#define RESERVED(number_, location_, quantity_) STOCK(number_) "|" location_ "|" BRUSH "|" quantity_ "|" quantity_
/* available_quantity, error_message, product_id, reason, requested_quantity */
#define FAILED(available_, message_, requested_) available_ "|" message_ "|" BRUSH "|insufficient_inventory|" requested_

static void assert_result(const char *status, const char *output, const char *requested, const char *reserved)
{
    ASSERT_TEXT(trial_result(&trial, "status"), status);
    ASSERT_TEXT(trial_result(&trial, "output"), output);
    ASSERT_TEXT(trial_result(&trial, "total_requested"), requested);
    ASSERT_TEXT(trial_result(&trial, "total_reserved"), reserved);
}

Test(reserve_inventory, takes_the_oldest_free_stock_first)
{
    stock(1, BRUSH, LEFT, 5, 1, 1, "2026-03-02");
    stock(2, BRUSH, RIGHT, 8, 0, 0, "2026-05-20");
    stock(3, BRUSH, REMOTE, 40, 0, 0, "2026-06-01");
    stock(4, KNIFE, LEFT, 9, 0, 0, "2026-01-01");
    trial_done(&trial, RESERVE("7", ""));
    assert_result("success", "success", "7", "7");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "5-4-1 8-4-0 40-0-0");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(KNIFE)), "9-0-0");
    ASSERT_TEXT(trial_sql(&trial, ITEMS("reserved_items")), RESERVED("1", LEFT, "3") " " RESERVED("2", RIGHT, "4"));
    ASSERT_TEXT(trial_sql(&trial, ITEMS("failed_items")), "");
}

Test(reserve_inventory, the_result_is_what_is_stored)
{
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
    stock(2, BRUSH, RIGHT, 8, 0, 0, "2026-05-20");
    trial_done(&trial, RESERVE("6", ", \"reference_id\": \"{{customer}}\", \"reference_type\": \"order\","
                                    " \"reservation_duration_hours\": 48"));
    ASSERT_TEXT(trial_result(&trial, "idempotency_key"), RESERVE_KEY);
    ASSERT_TEXT(trial_result(&trial, "reference_id"), "O'Hara \"x\"; --");
    ASSERT_TEXT(trial_sql(&trial, KEPT("idempotency_key")), RESERVE_KEY);
    ASSERT_TEXT(trial_sql(&trial, KEPT("string_agg(key, ' ' ORDER BY key)") ", jsonb_object_keys(allocation_data) key"),
                "completed_at created_at execution_time_ms expires_at failed_items idempotency_key output reference_id"
                " reservation_id reserved_items status total_requested total_reserved");
    postgres_do("CREATE TABLE results (result jsonb)");
    postgres_do(arena_print(trial.arena, "INSERT INTO results VALUES ($json$%.*s$json$)",
                            TEXT_ARG(json_to_text(trial.arena, &trial.report.result)))
                    .data);
    ASSERT_TEXT(trial_sql(&trial, "SELECT result = allocation_data FROM results, workflow.allocation_results"), "t");
    postgres_do("DROP TABLE results");
    ASSERT_TEXT(trial_sql(&trial, KEPT("concat_ws(' ', (allocation_data ->> 'expires_at')::timestamptz -"
                                       " (allocation_data ->> 'created_at')::timestamptz, (allocation_data #>>"
                                       " '{reserved_items,1,expires_at}') = allocation_data ->> 'expires_at',"
                                       " (allocation_data ->> 'completed_at') >= allocation_data ->> 'created_at')")),
                "2 days t t");
    ASSERT_TEXT(trial_sql(&trial, KEPT("created_date BETWEEN (now() AT TIME ZONE 'UTC') - interval '1 minute'"
                                       " AND now() AT TIME ZONE 'UTC'")),
                "t");
}

Test(reserve_inventory, a_reservation_lasts_a_day_by_default)
{
    static const char *const hours[] = {"", ", \"reservation_duration_hours\": 0",
                                        ", \"reservation_duration_hours\": -7",
                                        ", \"reservation_duration_hours\": null"};
    for (size_t i = 0; i < sizeof hours / sizeof hours[0]; i++) {
        postgres_do(clear);
        stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
        trial_done(&trial, arena_print(trial.arena, RESERVE("1", "%s"), hours[i]).data);
        ASSERT_TEXT(trial_sql(&trial, KEPT("(allocation_data ->> 'expires_at')::timestamptz -"
                                           " (allocation_data ->> 'created_at')::timestamptz")),
                    "1 day");
        ASSERT_TEXT(trial_sql(&trial, KEPT("allocation_data ? 'reference_id'")), "f");
        ASSERT_TEXT(trial_result(&trial, "reference_id"), "");
    }
}

Test(reserve_inventory, every_strategy)
{
    static const struct {
        const char *strategy, *rows;
    } rows[] = {
        {"fifo", "5-5-0 5-1-0 5-0-0"},
        {"lifo", "5-0-0 5-1-0 5-5-0"},
        {"nearest_expiry", "5-0-0 5-5-0 5-1-0"},
        {"lowest_cost", "5-5-0 5-1-0 5-0-0"},
    };
    /* The middle row has the lot that expires first, and one that lasts longer; the first row has no lot. */
    postgres_do("INSERT INTO inventory.lot_trackings (id, expiration_date) VALUES"
                " ('00000001-0000-4000-8000-00000000000a', '2026-08-01'),"
                " ('00000002-0000-4000-8000-00000000000a', '2026-07-01'),"
                " ('00000003-0000-4000-8000-00000000000a', '2030-01-01');"
                "INSERT INTO inventory.serial_numbers (id, product_id, location_id, lot_id) VALUES"
                " (gen_random_uuid(), '" BRUSH "', '" REMOTE "', '00000001-0000-4000-8000-00000000000a'),"
                " (gen_random_uuid(), '" BRUSH "', '" RIGHT "', '00000003-0000-4000-8000-00000000000a'),"
                " (gen_random_uuid(), '" BRUSH "', '" RIGHT "', '00000002-0000-4000-8000-00000000000a'),"
                " (gen_random_uuid(), '" KNIFE "', '" LEFT "', '00000002-0000-4000-8000-00000000000a')");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        postgres_do(clear);
        stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
        stock(2, BRUSH, RIGHT, 5, 0, 0, "2026-05-20");
        stock(3, BRUSH, REMOTE, 5, 0, 0, "2026-06-20");
        trial_done(&trial,
                   arena_print(trial.arena, RESERVE("6", ", \"allocation_strategy\": \"%s\""), rows[i].strategy).data);
        ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), rows[i].rows);
    }
}

Test(reserve_inventory, stock_without_a_lot_expires_last)
{
    postgres_do("INSERT INTO inventory.lot_trackings (id, expiration_date) VALUES"
                " ('00000001-0000-4000-8000-00000000000a', '2026-08-01');"
                "INSERT INTO inventory.serial_numbers (id, product_id, location_id, lot_id) VALUES"
                " (gen_random_uuid(), '" BRUSH "', '" REMOTE "', '00000001-0000-4000-8000-00000000000a')");
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-03");
    stock(2, BRUSH, RIGHT, 5, 0, 0, "2026-03-02");
    stock(3, BRUSH, REMOTE, 5, 0, 0, "2026-06-20");
    trial_done(&trial, RESERVE("11", ", \"allocation_strategy\": \"nearest_expiry\""));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "5-5-0 5-1-0 5-5-0");
}

Test(reserve_inventory, as_many_rows_as_it_takes)
{
    stock_many(BRUSH, 25, 1);
    trial_done(&trial, RESERVE("24", ""));
    assert_result("success", "success", "24", "24");
    ASSERT_TEXT(trial_sql(&trial, "SELECT concat_ws(' ', sum(reserved_quantity), max(reserved_quantity)) FROM"
                                  " inventory.inventory_items"),
                "24 1");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(DISTINCT id) || ' ' || count(DISTINCT " PARAMS_OF_EVENT
                                  " ->> 'entityID') FROM workflow.cascade_outbox WHERE action = 'updated'"),
                "24 24");
}

/* ---- shortages ---- */

Test(reserve_inventory, no_stock_at_all)
{
    static const char *const more[] = {"", PARTIAL};
    for (size_t i = 0; i < 2; i++) {
        postgres_do(clear);
        stock(1, BRUSH, LEFT, 5, 4, 1, "2026-03-02");
        trial_done(&trial, arena_print(trial.arena, RESERVE("2", "%s"), more[i]).data);
        assert_result("failed", "insufficient_stock", "2", "0");
        ASSERT_TEXT(trial_sql(&trial, ITEMS("failed_items")), FAILED("0", "No inventory available", "2"));
        ASSERT_TEXT(trial_sql(&trial, ITEMS("reserved_items")), "");
        ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "5-4-1");
    }
}

Test(reserve_inventory, too_little_stock)
{
    stock(1, BRUSH, LEFT, 5, 1, 0, "2026-03-02");
    stock(2, BRUSH, RIGHT, 2, 0, 0, "2026-03-02");
    trial_done(&trial, RESERVE("7", ""));
    assert_result("failed", "insufficient_stock", "7", "0");
    ASSERT_TEXT(trial_sql(&trial, ITEMS("failed_items")),
                FAILED("6", "insufficient inventory: requested 7, available 6", "7"));
    ASSERT_TEXT(trial_sql(&trial, ITEMS("reserved_items")), "");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "5-1-0 2-0-0");
    /* It is stored and has an event, like a success. */
    cr_assert_neq(strstr(trial_sql(&trial, EVENTS), "allocation_result|created|on_create|allocation_results|"), NULL);
}

Test(reserve_inventory, a_part_of_it)
{
    stock(1, BRUSH, LEFT, 5, 1, 0, "2026-03-02");
    stock(2, BRUSH, RIGHT, 2, 0, 0, "2026-03-03");
    trial_done(&trial, RESERVE("9", PARTIAL));
    assert_result("partial", "partial", "9", "6");
    ASSERT_TEXT(trial_sql(&trial, ITEMS("failed_items")), FAILED("6", "Only 6 available, 9 requested", "3"));
    ASSERT_TEXT(trial_sql(&trial, ITEMS("reserved_items")), RESERVED("1", LEFT, "4") " " RESERVED("2", RIGHT, "2"));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "5-5-0 2-2-0");
    postgres_do(clear);
    stock(1, BRUSH, LEFT, 5, 1, 0, "2026-03-02");
    trial_done(&trial, RESERVE("9223372036854775807", PARTIAL));
    assert_result("partial", "partial", "9223372036854775807", "4");
}

/* ---- events ---- */

Test(reserve_inventory, writes_an_event_for_each_row_and_the_result)
{
    stock(1, BRUSH, LEFT, 5, 1, 0, "2026-03-02");
    stock(2, BRUSH, RIGHT, 2, 0, 0, "2026-03-03");
    trial_done(&trial, RESERVE("6", ""));
    ASSERT_TEXT(trial_sql(&trial, EVENTS),
                arena_print(trial.arena,
                            STOCK_EVENT("1") " " STOCK_EVENT(
                                "2") " allocation_result|created|on_create|allocation_results|%s|" NIL_USER,
                            trial_sql(&trial, KEPT("id")))
                    .data);
    ASSERT_TEXT(trial_sql(&trial, CHANGED_BY_EVENT(1)), "reserved_quantity=2 updated_date=now");
    ASSERT_TEXT(trial_sql(&trial, "SELECT " PARAMS_OF_EVENT " -> 'entity' = r.allocation_data || jsonb_build_object("
                                  "'id', r.id) FROM workflow.cascade_outbox, workflow.allocation_results r WHERE domain"
                                  " = 'allocation_result'"),
                "t");
}

Test(reserve_inventory, an_erp_without_an_outbox)
{
    stock(1, BRUSH, LEFT, 5, 1, 0, "2026-03-02");
    postgres_do("DROP TABLE workflow.cascade_outbox");
    trial_done(&trial, RESERVE("4", ""));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "5-5-0");
}

/* ---- repeats ---- */

/* The stored result is found even without the effect ledger, whose rows a run here removes. */
Test(reserve_inventory, the_same_action_reserves_once)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    trial_done(&trial, RESERVE("4", PARTIAL));
    const struct json_value first = trial.report.result;
    for (unsigned attempt = 1; attempt < 4; attempt++) {
        trial.environment.attempt = attempt;
        trial_done(&trial, RESERVE("4", PARTIAL));
        cr_assert(json_equal(&trial.report.result, &first), "but for the order of the members");
    }
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-4-0");
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_done(&trial, RESERVE("4", PARTIAL));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-8-0");
    trial.request.rule_id = TEXT_NONE;
    trial.request.execution_id = TEXT(RULE);
    trial_done(&trial, RESERVE("4", PARTIAL));
    assert_result("partial", "partial", "4", "1");
    ASSERT_TEXT(trial_result(&trial, "idempotency_key"), RULE "_manual_reserve_inventory_" OTHER_ACTION);
    trial.environment.attempt = 1;
    trial_done(&trial, RESERVE("4", PARTIAL));
    assert_result("partial", "partial", "4", "1");
    ASSERT_TEXT(trial_sql(&trial, KEPT("count(*)")), "3");
}

/* A result as the Go worker stores it. */
#define KEPT_BY_GO(product_, quantity_)                                                                                \
    "INSERT INTO workflow.allocation_results VALUES ('" RULE "', '" GO_KEY "', '{\"reservation_id\": \"" OTHER_ORDER   \
    "\", \"status\": \"success\", \"output\": \"success\", \"reserved_items\": [{\"product_id\": \"" product_          \
    "\", \"location_id\": \"" LEFT "\", \"inventory_item_id\": \"" STOCK(                                              \
        "1") "\", \"requested_quantity\": " quantity_ ", \"reserved_quantity\": " quantity_                            \
             ", \"expires_at\": \"2026-06-02T10:00:00.123456789Z\"}],"                                                 \
             " \"failed_items\": null, \"total_requested\": " quantity_ ", \"total_reserved\": " quantity_             \
             ", \"idempotency_key\": \"" GO_KEY                                                                        \
             "\", \"execution_time_ms\": 0, \"expires_at\": \"2026-06-02T10:00:00Z\","                                 \
             " \"created_at\": \"2026-06-01T10:00:00Z\", \"completed_at\": \"0001-01-01T00:00:00Z\"}', '2026-06-01')"

Test(reserve_inventory, a_first_attempt_of_the_go_worker_is_found)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    postgres_do(KEPT_BY_GO(BRUSH, "4"));
    trial.environment.attempt = 2;
    trial_done(&trial, RESERVE("4", ""));
    assert_result("success", "success", "4", "4");
    ASSERT_TEXT(trial_result(&trial, "reservation_id"), OTHER_ORDER);
    ASSERT_TEXT(trial_result(&trial, "idempotency_key"), GO_KEY);
    ASSERT_TEXT(trial_result(&trial, "completed_at"), "0001-01-01T00:00:00Z");
    ASSERT_TEXT(trial_result(&trial, "failed_items"), "[]");
    ASSERT_TEXT(trial_result(&trial, "reserved_items"),
                "[{\"expires_at\":\"2026-06-02T10:00:00.123456789Z\",\"product_id\":\"" BRUSH
                "\",\"location_id\":\"" LEFT
                "\",\"inventory_item_id\":\"" STOCK("1") "\",\"reserved_quantity\":4,\"requested_quantity\":4}]");
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-0-0");
    ASSERT_TEXT(trial_sql(&trial, KEPT("count(*)")), "1");
}

Test(reserve_inventory, a_go_result_of_another_action_is_ignored)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    postgres_do(KEPT_BY_GO(BRUSH, "5"));
    trial.environment.attempt = 2;
    trial_done(&trial, RESERVE("4", ""));
    postgres_do("DELETE FROM workflow.allocation_results; " KEPT_BY_GO(KNIFE, "4"));
    trial_done(&trial, RESERVE("4", ""));
    postgres_do("DELETE FROM workflow.allocation_results; " KEPT_BY_GO(BRUSH, "1"));
    trial.environment.attempt = 1;
    trial_done(&trial, RESERVE("1", ""));
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-9-0");
}

Test(reserve_inventory, an_unreadable_stored_result)
{
    postgres_do("INSERT INTO workflow.allocation_results VALUES ('" RULE "', '" RESERVE_KEY
                "', '{\"status\": \"success\"}', '2026-06-01')");
    trial_refused(&trial, RESERVE("1", ""), "failed to unmarshal cached result: it has no reservation_id");
}

/* ---- places and line items ---- */

Test(reserve_inventory, from_a_location_or_a_warehouse_or_both)
{
    static const struct {
        const char *where, *rows;
    } rows[] = {
        {", \"location_id\": \"" RIGHT "\"", "5-0-0 5-2-0 5-0-0"},
        {", \"warehouse_id\": \"" FAR "\"", "5-0-0 5-0-0 5-2-0"},
        {", \"warehouse_id\": \"" NEAR "\"", "5-2-0 5-0-0 5-0-0"},
        {", \"warehouse_id\": \"" NEAR "\", \"location_id\": \"" RIGHT "\"", "5-0-0 5-2-0 5-0-0"},
        {", \"warehouse_id\": \"" FAR "\", \"location_id\": \"" RIGHT "\"", "5-0-0 5-0-0 5-0-0"},
        {", \"warehouse_id\": null, \"location_id\": null", "5-2-0 5-0-0 5-0-0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        postgres_do(clear);
        stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
        stock(2, BRUSH, RIGHT, 5, 0, 0, "2026-05-20");
        stock(3, BRUSH, REMOTE, 5, 0, 0, "2026-06-01");
        trial_done(&trial, arena_print(trial.arena, RESERVE("2", "%s"), rows[i].where).data);
        ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), rows[i].rows);
    }
}

Test(reserve_inventory, of_a_line_item)
{
    static const char *const quantities[] = {"3", "3.9", "\"3\"", "3e0"};
    for (size_t i = 0; i < sizeof quantities / sizeof quantities[0]; i++) {
        postgres_do(clear);
        stock(1, BRUSH, LEFT, 12, 0, 0, "2026-03-02");
        trial_context(&trial, arena_print(trial.arena,
                                          "{\"product_id\": \"" BRUSH "\", \"quantity\": %s, \"order_id\": \"SO-7\"}",
                                          quantities[i])
                                  .data);
        trial_done(&trial, LINE(", \"product_id\": \"" KNIFE "\", \"quantity\": 5, \"reference_id\": \"own\""));
        ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "12-3-0");
        ASSERT_TEXT(trial_result(&trial, "reference_id"), "SO-7");
    }
    postgres_do(clear);
    stock(1, BRUSH, LEFT, 12, 0, 0, "2026-03-02");
    trial_context(&trial, "{\"product_id\": \"" BRUSH "\", \"quantity\": 1, \"order_id\": 7}");
    trial_done(&trial, LINE(", \"reference_id\": \"own\""));
    ASSERT_TEXT(trial_result(&trial, "reference_id"), "");
}

Test(reserve_inventory, an_entity_other_than_a_line_item)
{
    static const struct {
        const char *context, *failure;
    } rows[] = {
        {"{\"quantity\": 1}", "invalid product_id in line item: invalid UUID length: 0"},
        {"{\"product_id\": 5, \"quantity\": 1}", "invalid product_id in line item: invalid UUID length: 0"},
        {"{\"product_id\": \"x\", \"quantity\": 1}", "invalid product_id in line item: invalid UUID length: 1"},
        {"{\"product_id\": \"" BRUSH "\"}", "quantity must be greater than 0"},
        {"{\"product_id\": \"" BRUSH "\", \"quantity\": 0.5}", "quantity must be greater than 0"},
        {"{\"product_id\": \"" BRUSH "\", \"quantity\": -2}", "quantity must be greater than 0"},
        {"{\"product_id\": \"" BRUSH "\", \"quantity\": \"2.5\"}", "quantity must be greater than 0"},
        {"{\"product_id\": \"" BRUSH "\", \"quantity\": 1e30}", "quantity must be greater than 0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        trial_context(&trial, rows[i].context);
        trial_refused(&trial, LINE(""), rows[i].failure);
    }
}

/* ---- faults ---- */

Test(reserve_inventory, errors_of_the_server)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    postgres_do("ALTER TABLE workflow.allocation_results ADD CHECK (created_date < '2020-01-01')");
    cr_assert_eq(trial_run(&trial, RESERVE("4", "")), ACTION_OUTCOME_REFUSED);
    cr_assert_eq(strncmp(trial.failure, "store reservation result: create: namedexeccontext: ERROR: ", 59), 0, "%s",
                 trial.failure);
    ASSERT_TEXT(trial_sql(&trial, ROWS_OF(BRUSH)), "9-0-0");
    postgres_do("DROP TABLE inventory.inventory_items CASCADE");
    trial_refused(&trial, RESERVE("4", ""), "query available inventory: undefined table");
    postgres_do("DROP TABLE workflow.allocation_results");
    trial_refused(&trial, RESERVE("4", ""), "idempotency check: undefined table");
    trial_move(&trial, TEXT("127.0.0.1:1"));
    trial.environment.local = true;
    cr_assert_eq(trial_run(&trial, RESERVE("4", "")), ACTION_OUTCOME_RETRY);
}

Test(reserve_inventory, every_validation_message)
{
    static const struct {
        const char *config, *faults;
    } rows[] = {
        {RESERVE("1", ""), ""},
        {LINE(", \"quantity\": -1, \"product_id\": \"brush\""), ""},
        {RESERVE("1", ", \"allocation_strategy\": \"\""), ""},
        {"{}", "product_id is required when source_from_line_item is false; quantity must be greater than 0"},
        {"{\"product_id\": \"brush\", \"quantity\": 0, \"allocation_strategy\": \"fefo\", \"warehouse_id\": \"hall\","
         " \"location_id\": \"shelf\"}",
         "invalid product_id: invalid UUID length: 5; quantity must be greater than 0; invalid allocation_strategy: "
         "fefo;"
         " invalid warehouse_id: invalid UUID length: 4; invalid location_id: invalid UUID length: 5"},
        {RESERVE("-1", ""), "quantity must be greater than 0"},
        {RESERVE("1", ", \"allow_partial\": \"perhaps\""),
         "invalid configuration format: allow_partial: expected boolean, found string"},
        {"[]", "invalid configuration format: config: expected object, found array"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ASSERT_TEXT(trial_check(&trial, rows[i].config), rows[i].faults);
    trial_refused(&trial, RESERVE("0", ""), "quantity must be greater than 0");
    trial_refused(&trial, RESERVE("1", ", \"allocation_strategy\": \"fefo\""), "invalid allocation_strategy: fefo");
}

Test(reserve_inventory, out_of_memory)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    trial_out_of_memory(&trial, RESERVE("12", PARTIAL), ACTION_OUTCOME_DONE);
}
