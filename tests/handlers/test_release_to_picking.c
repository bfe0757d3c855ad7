/* release_to_picking: which tasks it creates for an order's lines, and how it changes the order. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"
#include "generated/release_to_picking.h"
#include "purchases.h"

static struct trial trial;

#define THE_ORDER   "{\"order_id\": \"" ORDER "\"}"
#define ITS_ENTITY  "{\"order_id\": \"{{entity_id}}\"}"
#define LINE(n_)    "0000000" n_ "-0000-4000-8000-0000000000bb"
#define LOT(n_)     "0000000" n_ "-0000-4000-8000-0000000000cc"
#define STATUS      "SELECT order_fulfillment_status_id FROM sales.orders WHERE id = '" ORDER "'"
#define EVENT_COUNT "SELECT count(*) FROM workflow.cascade_outbox"
/* Each task as line:stock row:quantity, in the order of the lines and of the plan. */
#define TASKS                                                                                                          \
    "SELECT coalesce(string_agg(substr(t.sales_order_line_item_id::text, 8, 1) || ':' || substr(i.id::text, 8, 1) ||"  \
    " ':' || t.quantity_to_pick, ' ' ORDER BY e.seq), '') FROM inventory.pick_tasks t JOIN inventory.inventory_items " \
    "i"                                                                                                                \
    " USING (product_id, location_id) JOIN (SELECT seq, convert_from(decode(payload ->> 'RawParams', 'base64'),"       \
    " 'UTF8')::jsonb ->> 'entityID' AS id FROM workflow.cascade_outbox) e ON e.id = t.id::text"

static void set_up(void)
{
    trial_open(&trial, "release_to_picking");
    stock_locations();
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"entity_name\": \"orders\", \"user_id\": \"" CLERK "\"}");
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(release_to_picking, .init = set_up, .fini = tear_down);

/* Line `number`, from 1 to 9, of ORDER. */
static void line(int number, const char *product, int quantity, int picked)
{
    char sql[512];
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO sales.order_line_items VALUES ('0000000%d-0000-4000-8000-0000000000bb', '" ORDER
                   "', '%s', %d, %d)",
                   number, product, quantity, picked);
    postgres_do(sql);
}

/* A lot of the product at the location. */
static void lot(int number, const char *product, const char *location, const char *expires)
{
    char sql[512];
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO inventory.lot_trackings VALUES ('0000000%d-0000-4000-8000-0000000000cc', '%s');"
                   "INSERT INTO inventory.serial_numbers VALUES (gen_random_uuid(), '%s', '%s',"
                   " '0000000%d-0000-4000-8000-0000000000cc')",
                   number, expires, product, location, number);
    postgres_do(sql);
}

/* A task of another order for the stock. */
static void task_of_other(const char *product, const char *location, int quantity, int picked, const char *status)
{
    char sql[1024];
    (void)snprintf(sql, sizeof(sql),
                   "WITH l AS (INSERT INTO sales.order_line_items VALUES (gen_random_uuid(), '" OTHER_ORDER
                   "', '%s', %d, 0) RETURNING id) INSERT INTO inventory.pick_tasks (id, sales_order_id,"
                   " sales_order_line_item_id, product_id, location_id, quantity_to_pick, quantity_picked, status,"
                   " created_by, created_date, updated_date) SELECT gen_random_uuid(), '" OTHER_ORDER
                   "', id, '%s', '%s', %d, %d, '%s', '" CLERK "', '2026-06-01', '2026-06-01' FROM l",
                   product, quantity, product, location, quantity, picked, status);
    postgres_do(sql);
}

static void ends_with(const char *config, const char *output, const char *tasks)
{
    trial_done(&trial, config);
    ASSERT_TEXT(trial_result(&trial, "output"), output);
    ASSERT_TEXT(trial_sql(&trial, TASKS), tasks);
}

static void writes_nothing(const char *config, const char *output)
{
    ends_with(config, output, "");
    ASSERT_TEXT(trial_sql(&trial, EVENT_COUNT), "0");
}

/* ---- the usual ---- */

Test(release_to_picking, an_order_is_released)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    line(1, BRUSH, 5, 1);
    trial_done(&trial, ITS_ENTITY);
    ASSERT_TEXT(trial_result(&trial, "output"), "released");
    ASSERT_TEXT(trial_result(&trial, "order_id"), ORDER);
    ASSERT_TEXT(trial_result(&trial, "tasks_created"), "1");
    ASSERT_TEXT(trial_result(&trial, "transitioned"), "true");
    cr_assert_eq(trial.report.result.object.count, 4);
    ASSERT_TEXT(trial_sql(&trial,
                          "SELECT concat_ws('|', sales_order_id, sales_order_line_item_id, product_id, location_id,"
                          " quantity_to_pick, quantity_picked, status, created_by, num_nulls(lot_id, serial_id,"
                          " assigned_to, assigned_at, completed_by, completed_at, short_pick_reason, task_number,"
                          " scenario_id), created_date = updated_date, created_date BETWEEN (now() AT TIME ZONE"
                          " 'UTC') - interval '1 minute' AND now() AT TIME ZONE 'UTC') FROM inventory.pick_tasks"),
                ORDER "|" LINE("1") "|" BRUSH "|" LEFT "|4|0|pending|" CLERK "|9|t|t");
    ASSERT_TEXT(trial_sql(&trial, "SELECT quantity || '|' || reserved_quantity || '|' || allocated_quantity"
                                  " FROM inventory.inventory_items"),
                "9|0|0");
}

Test(release_to_picking, the_order_changes)
{
    static const char others[] = "SELECT md5(string_agg((to_jsonb(o) - ARRAY['order_fulfillment_status_id', "
                                 "'updated_by', 'updated_date'])::text,"
                                 " ',' ORDER BY id)) FROM sales.orders o";
    postgres_do("INSERT INTO core.users (id) VALUES ('" RULE "')");
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    line(1, BRUSH, 5, 0);
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"user_id\": \"" RULE "\"}");
    const char *before = trial_sql(&trial, others);
    trial_done(&trial, ITS_ENTITY);
    ASSERT_TEXT(trial_sql(&trial, others), before);
    ASSERT_TEXT(trial_sql(&trial,
                          "SELECT concat_ws('|', order_fulfillment_status_id, updated_by, created_by, updated_date"
                          " > now() AT TIME ZONE 'UTC' - interval '1 minute', created_date)"
                          " FROM sales.orders WHERE id = '" ORDER "'"),
                PICKING_ID "|" RULE "|" CLERK "|t|2026-06-01 00:00:00");
    ASSERT_TEXT(trial_sql(&trial, "SELECT order_fulfillment_status_id FROM sales.orders WHERE id = '" OTHER_ORDER "'"),
                PENDING_ID);
}

Test(release_to_picking, the_events)
{
    stock(1, BRUSH, LEFT, 3, 0, 0, "2026-03-02");
    stock(2, BRUSH, RIGHT, 9, 0, 0, "2026-03-03");
    stock(3, KNIFE, LEFT, 9, 0, 0, "2026-03-03");
    line(1, BRUSH, 5, 0);
    line(2, KNIFE, 2, 0);
    postgres_do("INSERT INTO core.users (id) VALUES ('" RULE "')");
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"user_id\": \"" RULE "\","
                          " \"__cascade_lineage\": {\"visited\": [\"x\"]}}");
    trial_done(&trial, ITS_ENTITY);
    ASSERT_TEXT(trial_sql(&trial, EVENTS_OF("domain, event_type, lineage, params ->> 'userID',"
                                            " entity ->> 'fulfillment_status_id', params -> 'beforeEntity' ->>"
                                            " 'fulfillment_status_id', entity ->> 'subtotal', entity ->> 'location_id',"
                                            " entity ->> 'quantity_to_pick'")),
                "orders updated order on_update {\"visited\": [\"x\"]} " RULE " " PICKING_ID " " PENDING_ID " 0.00\n"
                "pick_tasks created picktask on_create {\"visited\": [\"x\"]} " RULE " " LEFT " 3\n"
                "pick_tasks created picktask on_create {\"visited\": [\"x\"]} " RULE " " RIGHT " 2\n"
                "pick_tasks created picktask on_create {\"visited\": [\"x\"]} " RULE " " LEFT " 2");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM inventory.pick_tasks t JOIN (" EVENTS_OF(
                                      "params ->> 'entityID'") ") e(lines) ON strpos(e.lines, t.id::text) > 0"),
                "3");
}

Test(release_to_picking, without_an_outbox)
{
    postgres_do("DROP TABLE workflow.cascade_outbox");
    stock(1, BRUSH, LEFT, 3, 0, 0, "2026-03-02");
    line(1, BRUSH, 3, 0);
    trial_done(&trial, THE_ORDER);
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM inventory.pick_tasks"), "1");
    ASSERT_TEXT(trial_sql(&trial, STATUS), PICKING_ID);
}

/* ---- which order ---- */

Test(release_to_picking, the_entity_stands_in)
{
    static const char *const configs[] = {"{}", "{\"order_id\": \"\"}", "{\"order_id\": \"{{nothing}}\"}",
                                          "{\"order_id\": null}"};
    for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
        trial_done(&trial, configs[i]);
        ASSERT_TEXT(trial_result(&trial, "order_id"), ORDER);
        ASSERT_TEXT(trial_result(&trial, "output"), "no_line_items");
    }
    trial_done(&trial, "{\"order_id\": \"" OTHER_ORDER "\"}");
    ASSERT_TEXT(trial_result(&trial, "order_id"), OTHER_ORDER);
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"other\": \"" OTHER_ORDER "\"}");
    trial_done(&trial, "{\"order_id\": \"{{other}}\"}");
    ASSERT_TEXT(trial_result(&trial, "order_id"), OTHER_ORDER);
}

Test(release_to_picking, no_order_is_named)
{
    trial_context(&trial, "{}");
    writes_nothing("{}", "failure");
    ASSERT_TEXT(trial_result(&trial, "error"), "no order id");
    cr_assert_eq(trial.report.result.object.count, 2);
}

Test(release_to_picking, an_id_that_is_none)
{
    trial_refused(&trial, "{\"order_id\": \"SO-1\"}", "invalid order_id: invalid UUID length: 4");
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"number\": \"SO-1\"}");
    trial_refused(&trial, "{\"order_id\": \"{{number}}\"}", "invalid order_id: invalid UUID length: 4");
    trial_refused(&trial, "{\"order_id\": 5}", "invalid config: order_id: expected string, found number");
}

/* ---- orders that are not released ---- */

Test(release_to_picking, an_unknown_order)
{
    writes_nothing("{\"order_id\": \"" RULE "\"}", "not_found");
    ASSERT_TEXT(trial_result(&trial, "order_id"), RULE);
    cr_assert_eq(trial.report.result.object.count, 2);
}

Test(release_to_picking, statuses)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    line(1, BRUSH, 1, 0);
    static const char *const closed[] = {PICKING_ID, SHIPPED_ID};
    for (size_t i = 0; i < 2; i++) {
        postgres_do(
            arena_print(trial.arena, "UPDATE sales.orders SET order_fulfillment_status_id = '%s'", closed[i]).data);
        writes_nothing(THE_ORDER, "invalid_status");
        ASSERT_TEXT(trial_result(&trial, "order_id"), ORDER);
        ASSERT_TEXT(trial_result(&trial, "current_status"), closed[i]);
        cr_assert_eq(trial.report.result.object.count, 3);
    }
    postgres_do("UPDATE sales.orders SET order_fulfillment_status_id = '" PROCESSING_ID "'");
    ends_with(THE_ORDER, "released", "1:1:1");
    ASSERT_TEXT(trial_sql(&trial, STATUS), PICKING_ID);
}

Test(release_to_picking, a_status_that_the_erp_lacks)
{
    static const char *const names[] = {"PICKING", "PROCESSING", "PENDING"};
    for (size_t i = 0; i < 3; i++) {
        postgres_do(arena_print(trial.arena,
                                "UPDATE sales.order_fulfillment_statuses SET name = lower(name) WHERE name = '%s'",
                                names[i])
                        .data);
        trial_refused(
            &trial, "{\"order_id\": \"" RULE "\"}",
            arena_print(trial.arena, "resolve %s status: order fulfillment status \"%s\" not found", names[i], names[i])
                .data);
    }
}

Test(release_to_picking, an_order_without_lines)
{
    writes_nothing(THE_ORDER, "no_line_items");
    ASSERT_TEXT(trial_result(&trial, "order_id"), ORDER);
    cr_assert_eq(trial.report.result.object.count, 2);
    ASSERT_TEXT(trial_sql(&trial, STATUS), PENDING_ID);
}

/* ---- shortages ---- */

Test(release_to_picking, nothing_in_stock)
{
    line(1, BRUSH, 5, 0);
    writes_nothing(THE_ORDER, "insufficient_stock");
    ASSERT_TEXT(trial_result(&trial, "tasks_created"), "0");
    ASSERT_TEXT(trial_result(&trial, "transitioned"), "");
    cr_assert_eq(trial.report.result.object.count, 3);
    ASSERT_TEXT(trial_sql(&trial, STATUS), PENDING_ID);
}

Test(release_to_picking, too_little_in_stock)
{
    stock(1, BRUSH, LEFT, 3, 0, 0, "2026-03-02");
    line(1, BRUSH, 5, 0);
    line(2, KNIFE, 5, 0);
    ends_with(THE_ORDER, "insufficient_stock", "1:1:3");
    ASSERT_TEXT(trial_result(&trial, "tasks_created"), "1");
    ASSERT_TEXT(trial_result(&trial, "transitioned"), "true");
    ASSERT_TEXT(trial_sql(&trial, STATUS), PICKING_ID);
}

Test(release_to_picking, lines_that_lack_nothing)
{
    line(1, BRUSH, 5, 5);
    line(2, KNIFE, 0, 0);
    line(3, KNIFE, 1, 2);
    ends_with(THE_ORDER, "released", "");
    ASSERT_TEXT(trial_result(&trial, "tasks_created"), "0");
    ASSERT_TEXT(trial_result(&trial, "transitioned"), "true");
    ASSERT_TEXT(trial_sql(&trial, STATUS), PICKING_ID);
    ASSERT_TEXT(trial_sql(&trial, EVENT_COUNT), "1");
}

Test(release_to_picking, lines_with_tasks)
{
    static const char *const statuses[] = {"pending", "in_progress", "completed", "short_picked", "cancelled"};
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    line(1, BRUSH, 5, 0);
    for (size_t i = 0; i < 5; i++) {
        postgres_do("DELETE FROM inventory.pick_tasks; DELETE FROM workflow.cascade_outbox;"
                    "UPDATE sales.orders SET order_fulfillment_status_id = '" PENDING_ID "'");
        postgres_do(
            arena_print(trial.arena,
                        "INSERT INTO inventory.pick_tasks (id, sales_order_id, sales_order_line_item_id, product_id,"
                        " location_id, quantity_to_pick, status, created_by, created_date, updated_date) VALUES"
                        " (gen_random_uuid(), '" ORDER "', '" LINE("1") "', '" BRUSH "', '" LEFT "', 5, '%s', '" CLERK
                                                                        "', '2026-06-01', '2026-06-01')",
                        statuses[i])
                .data);
        ends_with(THE_ORDER, "released", i < 2 ? "" : "1:1:5");
    }
}

/* ---- the plan ---- */

Test(release_to_picking, two_lines_of_one_product_share_the_stock)
{
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-02");
    line(1, BRUSH, 5, 0);
    line(2, BRUSH, 5, 0);
    ends_with(THE_ORDER, "insufficient_stock", "1:1:5");
}

Test(release_to_picking, lines_and_locations_overlap)
{
    stock(1, BRUSH, LEFT, 4, 0, 0, "2026-03-01");
    stock(2, BRUSH, RIGHT, 4, 0, 0, "2026-03-02");
    stock(3, BRUSH, REMOTE, 4, 0, 0, "2026-03-03");
    stock(4, KNIFE, LEFT, 2, 0, 0, "2026-03-03");
    line(3, BRUSH, 4, 0);
    line(2, KNIFE, 2, 0);
    line(1, BRUSH, 6, 0);
    ends_with(THE_ORDER, "released", "1:1:4 1:2:2 2:4:2 3:2:2 3:3:2");
    ASSERT_TEXT(trial_result(&trial, "tasks_created"), "5");
}

Test(release_to_picking, what_expires_first_is_picked_first)
{
    stock(1, BRUSH, LEFT, 1, 0, 0, "2026-03-01");
    stock(2, BRUSH, RIGHT, 1, 0, 0, "2026-03-02");
    stock(3, BRUSH, REMOTE, 1, 0, 0, "2026-03-03");
    lot(1, BRUSH, REMOTE, "2026-09-01");
    lot(2, BRUSH, RIGHT, "2027-01-01");
    lot(3, BRUSH, RIGHT, "2026-08-01");
    lot(4, KNIFE, LEFT, "2026-07-01");
    line(1, BRUSH, 3, 0);
    ends_with(THE_ORDER, "released", "1:2:1 1:3:1 1:1:1");
}

Test(release_to_picking, without_lots_the_oldest_stock_is_picked_first)
{
    stock(3, BRUSH, LEFT, 1, 0, 0, "2026-03-01");
    stock(2, BRUSH, RIGHT, 1, 0, 0, "2026-03-02");
    stock(1, BRUSH, REMOTE, 1, 0, 0, "2026-03-02");
    line(1, BRUSH, 3, 0);
    ends_with(THE_ORDER, "released", "1:3:1 1:1:1 1:2:1");
}

Test(release_to_picking, reserved_stock_can_be_picked_and_allocated_cannot)
{
    stock(1, BRUSH, LEFT, 5, 5, 0, "2026-03-01");
    stock(2, BRUSH, RIGHT, 5, 2, 4, "2026-03-02");
    stock(3, BRUSH, REMOTE, 5, 0, 7, "2026-03-03");
    line(1, BRUSH, 9, 0);
    ends_with(THE_ORDER, "insufficient_stock", "1:1:5 1:2:1");
}

Test(release_to_picking, open_tasks_of_other_orders_bind_stock)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-01");
    task_of_other(BRUSH, LEFT, 4, 1, "in_progress");
    task_of_other(BRUSH, LEFT, 2, 0, "pending");
    task_of_other(BRUSH, LEFT, 3, 0, "cancelled");
    task_of_other(BRUSH, LEFT, 3, 3, "completed");
    task_of_other(BRUSH, LEFT, 1, 3, "in_progress");
    task_of_other(BRUSH, RIGHT, 5, 0, "pending");
    task_of_other(KNIFE, LEFT, 5, 0, "pending");
    line(1, BRUSH, 9, 0);
    ends_with(THE_ORDER, "insufficient_stock", "1:1:4");
}

/* Rows, lines and tasks have no limit. */
Test(release_to_picking, a_large_order)
{
    stock_many(BRUSH, 150, 10);
    postgres_do("INSERT INTO sales.order_line_items SELECT gen_random_uuid(), '" ORDER "', '" BRUSH
                "', 1, 0 FROM generate_series(1, 1200)");
    trial_done(&trial, THE_ORDER);
    ASSERT_TEXT(trial_result(&trial, "output"), "released");
    ASSERT_TEXT(trial_result(&trial, "tasks_created"), "1200");
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) || '|' || count(DISTINCT sales_order_line_item_id) || '|' ||"
                                  " sum(quantity_to_pick) FROM inventory.pick_tasks"),
                "1200|1200|1200");
    ASSERT_TEXT(trial_sql(&trial, EVENT_COUNT), "1201");
    ASSERT_TEXT(trial_sql(&trial, "SELECT max(planned) FROM (SELECT sum(quantity_to_pick) AS planned"
                                  " FROM inventory.pick_tasks GROUP BY location_id) p"),
                "10");
}

Test(release_to_picking, many_lines_take_as_many_requests_as_one)
{
    stock_many(BRUSH, 20, 1);
    line(1, BRUSH, 1, 0);
    struct proxy *proxy = proxy_new();
    trial_move(&trial, proxy_host(proxy));
    trial_done(&trial, "{\"order_id\": \"" OTHER_ORDER "\"}"); /* connects, and fills caches */
    int before = proxy_requests(proxy);
    trial_done(&trial, THE_ORDER);
    ASSERT_TEXT(trial_result(&trial, "tasks_created"), "1");
    int one = proxy_requests(proxy) - before;
    postgres_do("INSERT INTO sales.order_line_items SELECT gen_random_uuid(), '" OTHER_ORDER "', '" BRUSH
                "', 1, 0 FROM generate_series(1, 19)");
    before = proxy_requests(proxy);
    trial_done(&trial, "{\"order_id\": \"" OTHER_ORDER "\"}");
    ASSERT_TEXT(trial_result(&trial, "tasks_created"), "19");
    cr_assert_eq(proxy_requests(proxy) - before, one);
    proxy_free(proxy);
}

/* ---- two at once ---- */

struct racer {
    struct services services;
    const char *config, *action_id;
    char output[32];
};

static void *race(void *argument)
{
    struct racer *racer = argument;
    struct arena *arena = arena_new(MIB(8), 0);
    struct action_environment environment = {.catalog = &action_catalog_all,
                                             .services = &racer->services,
                                             .attempt = 1,
                                             .limit.deadline_us = clock_monotonic_us() + 60000000};
    struct action_request request = trial.request;
    struct error error = ERROR_IN(arena);
    struct action_report report;
    request.action_id = text_from(racer->action_id);
    if (json_read(arena, text_from(racer->config), &request.config, &error) == STATUS_OK) {
        action_perform(&environment, arena, &request, &report);
        struct text output = json_get_text(&report.result, TEXT("output"));
        (void)snprintf(racer->output, sizeof(racer->output), "%.*s", TEXT_ARG(output));
    }
    arena_free(arena);
    return NULL;
}

/* Starts all racers at once. The table of tasks is locked until each racer waits for something. */
static void race_all(struct racer *racers, size_t count)
{
    pthread_t threads[8];
    postgres_do("BEGIN; LOCK TABLE inventory.pick_tasks IN SHARE MODE");
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    postgres_await("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted", (long)count);
    postgres_do("COMMIT");
    for (size_t i = 0; i < count; i++)
        (void)pthread_join(threads[i], NULL);
}

Test(release_to_picking, many_releases_of_one_order_make_its_tasks_once)
{
    stock(1, BRUSH, LEFT, 50, 0, 0, "2026-03-01");
    line(1, BRUSH, 5, 0);
    line(2, BRUSH, 3, 0);
    struct racer racers[] = {
        {trial.services, THE_ORDER, ACTION, ""},
        {trial.services, THE_ORDER, OTHER_ACTION, ""},
        {trial.services, THE_ORDER, RULE, ""},
        {trial.services, THE_ORDER, ORDER, ""},
    };
    race_all(racers, 4);
    size_t released = 0, invalid = 0;
    for (size_t i = 0; i < 4; i++) {
        released += text_is(text_from(racers[i].output), "released");
        invalid += text_is(text_from(racers[i].output), "invalid_status");
    }
    cr_assert_eq(released, 1);
    cr_assert_eq(invalid, 3);
    ASSERT_TEXT(trial_sql(&trial, TASKS), "1:1:5 2:1:3");
    ASSERT_TEXT(trial_sql(&trial, EVENT_COUNT), "3");
}

Test(release_to_picking, orders_at_the_same_time_do_not_share_units)
{
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-01");
    line(1, BRUSH, 4, 0);
    postgres_do("INSERT INTO sales.order_line_items VALUES ('" LINE("2") "', '" OTHER_ORDER "', '" BRUSH "', 4, 0)");
    struct racer racers[] = {
        {trial.services, THE_ORDER, ACTION, ""},
        {trial.services, "{\"order_id\": \"" OTHER_ORDER "\"}", OTHER_ACTION, ""},
    };
    race_all(racers, 2);
    ASSERT_TEXT(trial_sql(&trial, "SELECT sum(quantity_to_pick) || '|' || count(*) FROM inventory.pick_tasks"), "5|2");
}

/* ---- who, and errors ---- */

Test(release_to_picking, no_user)
{
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-01");
    line(1, BRUSH, 4, 0);
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\"}");
    trial_refused(&trial, THE_ORDER, "transition order to PICKING: no user: the event names none");
    ASSERT_TEXT(trial_sql(&trial, STATUS), PENDING_ID);
    cr_assert(uuid_parse(TEXT(CLERK), &trial.environment.stand_in));
    ends_with(THE_ORDER, "released", "1:1:4");
}

Test(release_to_picking, errors_of_the_server)
{
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-01");
    line(1, BRUSH, 4, 0);
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"user_id\": \"" RULE "\"}");
    trial_refused(&trial, THE_ORDER, "transition order to PICKING: foreign key violation");
    trial_context(&trial, "{\"entity_id\": \"" ORDER "\", \"user_id\": \"" CLERK "\"}");
    postgres_do("ALTER TABLE inventory.pick_tasks ADD CHECK (quantity_to_pick < 4)");
    trial_refused(&trial, THE_ORDER,
                  "create pick task: ERROR: new row for relation \"pick_tasks\" violates check constraint"
                  " \"pick_tasks_quantity_to_pick_check1\" (SQLSTATE 23514)");
    ASSERT_TEXT(trial_sql(&trial, STATUS), PENDING_ID);
    ASSERT_TEXT(trial_sql(&trial, EVENT_COUNT), "0");
    postgres_do("DROP TABLE inventory.lot_trackings CASCADE");
    trial_refused(&trial, THE_ORDER, "query available inventory: undefined table");
    postgres_do("DROP TABLE sales.order_line_items CASCADE");
    trial_refused(&trial, THE_ORDER, "query order line items: undefined table");
    postgres_do("DROP TABLE sales.orders CASCADE");
    trial_refused(&trial, THE_ORDER, "query order: undefined table");
}

Test(release_to_picking, out_of_memory)
{
    stock(1, BRUSH, LEFT, 5, 0, 0, "2026-03-01");
    line(1, BRUSH, 4, 0);
    trial_out_of_memory(&trial, THE_ORDER, ACTION_OUTCOME_DONE);
}
