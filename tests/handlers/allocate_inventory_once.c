/* allocate_inventory: repeats, concurrent allocations, and a database that becomes unavailable in the middle. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
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

TestSuite(allocate_once, .init = set_up, .fini = tear_down);

Test(allocate_once, the_same_key_takes_effect_once)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    trial_done(&trial, WANT("4", ", \"reference_id\": \"r\""));
    const char *first = arena_copy(trial.arena, json_to_text(trial.arena, &trial.report.result)).data;
    for (unsigned attempt = 1; attempt < 4; attempt++) {
        trial.environment.attempt = attempt;
        trial_done(&trial, WANT("4", ", \"reference_id\": \"r\""));
        ASSERT_TEXT(json_to_text(trial.arena, &trial.report.result).data, first);
    }
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "4+0");
    ASSERT_TEXT(trial_sql(&trial, KEPT("count(*)")), "1");
}

Test(allocate_once, another_action_or_run_is_another_allocation)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    trial_done(&trial, WANT("2", ""));
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_done(&trial, WANT("2", ""));
    trial.request.execution_id = TEXT(RULE);
    trial_done(&trial, WANT("2", ""));
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "6+0");
    ASSERT_TEXT(trial_sql(&trial, KEPT("count(*)")), "3");
}

Test(allocate_once, without_a_rule_it_is_manual)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    trial.request.rule_id = TEXT_NONE;
    trial_done(&trial, WANT("2", ""));
    ASSERT_TEXT(trial_result(&trial, "idempotency_key"), EXECUTION "_manual_allocate_inventory_" ACTION);
}

/* A stored result is final, even a partial one. */
Test(allocate_once, a_partial_result_is_final)
{
    stock(1, BRUSH, LEFT, 3, 0, 0, "2026-03-02");
    trial_done(&trial, WANT("4", PARTIAL));
    stock(2, BRUSH, RIGHT, 9, 0, 0, "2026-03-03");
    trial_done(&trial, WANT("4", PARTIAL));
    ASSERT_TEXT(trial_result(&trial, "output"), "partial");
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "3+0 0+0");
}

#define GO_KEY EXECUTION "_" RULE "_allocate_inventory"
/* A result as the Go worker stores it. */
#define KEPT_BY_GO(product_, quantity_)                                                                                \
    "INSERT INTO workflow.allocation_results VALUES ('" RULE "', '" GO_KEY "', '{\"allocation_id\": \"" OTHER_ORDER    \
    "\", \"status\": \"success\", \"allocated_items\": [{\"product_id\": \"" product_                                  \
    "\", \"allocated_quantity\": " quantity_ ", \"requested_quantity\": " quantity_                                    \
    "}], \"failed_items\": null, \"total_requested\": " quantity_ ", \"idempotency_key\": \"" GO_KEY "\"}',"           \
    " '2026-06-01')"

Test(allocate_once, a_first_attempt_of_the_go_worker_is_found)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    postgres_do(KEPT_BY_GO(BRUSH, "4"));
    trial.environment.attempt = 2;
    trial_done(&trial, WANT("4", ""));
    ASSERT_TEXT(trial_result(&trial, "allocation_id"), OTHER_ORDER);
    ASSERT_TEXT(trial_result(&trial, "idempotency_key"), GO_KEY);
    ASSERT_TEXT(trial_result(&trial, "output"), "success");
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "0+0");
    ASSERT_TEXT(trial_sql(&trial, KEPT("count(*)")), "1");
}

Test(allocate_once, a_go_result_of_another_action_is_ignored)
{
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    postgres_do(KEPT_BY_GO(BRUSH, "5"));
    trial.environment.attempt = 2;
    trial_done(&trial, WANT("4", ""));
    postgres_do("DELETE FROM workflow.allocation_results; " KEPT_BY_GO(KNIFE, "4"));
    trial_done(&trial, WANT("4", ""));
    postgres_do("DELETE FROM workflow.allocation_results; " KEPT_BY_GO(BRUSH, "1"));
    trial.environment.attempt = 1;
    trial_done(&trial, WANT("1", ""));
    ASSERT_TEXT(trial_sql(&trial, TAKEN), "9+0");
}

Test(allocate_once, an_unreadable_stored_result)
{
    postgres_do("INSERT INTO workflow.allocation_results VALUES ('" RULE "', '" GO_KEY "_" ACTION
                "', '{\"status\": \"success\"}', '2026-06-01')");
    trial_refused(&trial, WANT("1", ""),
                  "allocation failed: failed to unmarshal cached result: it has no allocation_id");
}

/* ---- concurrency ---- */

#define RUNS 50

/* One of several concurrent runs, on its own thread. */
struct run {
    pthread_t thread;
    struct action_request request;
    struct arena *arena;
    enum action_outcome outcome;
    struct text failure;
};

static void *perform(void *argument)
{
    struct run *run = argument;
    struct action_environment environment = trial.environment;
    struct action_report report;
    environment.limit.deadline_us = clock_monotonic_us() + 60000000;
    action_perform(&environment, run->arena, &run->request, &report);
    run->outcome = report.outcome;
    run->failure = report.failure;
    return NULL;
}

/* The config of the n-th run; NULL: all threads perform the same run. */
typedef const char *run_config(size_t number);

/* Starts all threads and returns how many allocations succeeded. */
static size_t perform_all(struct run *runs, run_config *config_of, bool same_key)
{
    size_t done = 0;
    for (size_t i = 0; i < RUNS; i++) {
        struct run *run = &runs[i];
        struct error error = ERROR_IN(trial.arena);
        *run = (struct run){.request = trial.request, .arena = arena_new(MIB(4), 0)};
        cr_assert_eq(json_read(trial.arena, text_from(config_of(i)), &run->request.config, &error), STATUS_OK);
        if (!same_key)
            run->request.execution_id = arena_print(trial.arena, "5f6d1b0e-9d4b-4c58-8a83-%012zu", i);
    }
    for (size_t i = 0; i < RUNS; i++)
        cr_assert_eq(pthread_create(&runs[i].thread, NULL, perform, &runs[i]), 0);
    for (size_t i = 0; i < RUNS; i++) {
        (void)pthread_join(runs[i].thread, NULL);
        done += runs[i].outcome == ACTION_OUTCOME_DONE;
        runs[i].failure = arena_copy(trial.arena, runs[i].failure);
        arena_free(runs[i].arena);
    }
    return done;
}

static const char *want_three(size_t number)
{
    return arena_print(trial.arena,
                       "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 3}],"
                       " \"allocation_strategy\": \"%s\", \"allocation_mode\": \"%s\"}",
                       number % 2 == 0 ? "fifo" : "lifo", number % 3 == 0 ? "reserve" : "allocate")
        .data;
}

static const char totals[] = "SELECT string_agg(quantity - reserved_quantity - allocated_quantity || '', ' ' ORDER BY"
                             " quantity - reserved_quantity - allocated_quantity) FROM inventory.inventory_items";

/* 100 pieces in 20 rows, 150 wanted by threes, from both ends. */
Test(allocate_once, concurrent_allocations_never_exceed_the_stock)
{
    struct run runs[RUNS];
    stock_many(BRUSH, 20, 5);
    cr_assert_eq(perform_all(runs, want_three, false), 33);
    for (size_t i = 0; i < RUNS; i++) {
        const char *too_little = "allocation failed for product " BRUSH ": Only 1 available, 3 requested";
        cr_assert(runs[i].outcome == ACTION_OUTCOME_DONE ||
                      (runs[i].outcome == ACTION_OUTCOME_REFUSED &&
                       text_find(runs[i].failure, text_from(too_little)) != SIZE_MAX),
                  "%.*s", TEXT_ARG(runs[i].failure));
    }
    ASSERT_TEXT(trial_sql(&trial, totals), "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1");
    ASSERT_TEXT(trial_sql(&trial, KEPT("count(*) || ' ' || sum((allocation_data ->> 'total_allocated')::int)")),
                "33 99");
}

static const char *want_as_much_as_there_is(size_t number)
{
    (void)number;
    return WANT("3", PARTIAL);
}

Test(allocate_once, the_last_partial_allocations_get_the_rest)
{
    struct run runs[RUNS];
    stock_many(BRUSH, 20, 5);
    cr_assert_eq(perform_all(runs, want_as_much_as_there_is, false), RUNS);
    ASSERT_TEXT(trial_sql(&trial, totals), "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0");
    ASSERT_TEXT(trial_sql(&trial, KEPT("count(*) FILTER (WHERE allocation_data ->> 'status' = 'success') || ' ' ||"
                                       " count(*) FILTER (WHERE allocation_data ->> 'status' = 'partial') || ' ' ||"
                                       " count(*) FILTER (WHERE allocation_data ->> 'status' = 'failed') || ' ' ||"
                                       " sum((allocation_data ->> 'total_allocated')::int)")),
                "33 1 16 100");
}

static const char *want_two_products(size_t number)
{
    return number % 2 == 0
               ? "{\"inventory_items\": [{\"product_id\": \"" BRUSH "\", \"quantity\": 1}, {\"product_id\": \"" KNIFE
                 "\", \"quantity\": 1}], \"allocation_mode\": \"reserve\"}"
               : "{\"inventory_items\": [{\"product_id\": \"" KNIFE "\", \"quantity\": 1}, {\"product_id\": \"" BRUSH
                 "\", \"quantity\": 1}], \"allocation_mode\": \"allocate\"}";
}

/* Allocations of two products in one order and in the reverse order do not block each other. */
Test(allocate_once, opposite_orders_do_not_deadlock)
{
    struct run runs[RUNS];
    stock(1, BRUSH, LEFT, 40, 0, 0, "2026-03-02");
    stock(2, KNIFE, LEFT, 45, 0, 0, "2026-03-02");
    cr_assert_eq(perform_all(runs, want_two_products, false), 40);
    ASSERT_TEXT(trial_sql(&trial, totals), "0 5");
    ASSERT_TEXT(trial_sql(&trial, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), "0");
}

static void attempt_concurrently(void)
{
    struct run runs[RUNS];
    stock_many(BRUSH, 20, 5);
    cr_assert_eq(perform_all(runs, want_as_much_as_there_is, true), RUNS);
    ASSERT_TEXT(trial_sql(&trial, KEPT("count(*)")), "1");
    ASSERT_TEXT(trial_sql(&trial, "SELECT sum(reserved_quantity) FROM inventory.inventory_items"), "3");
}

Test(allocate_once, concurrent_attempts_of_one_run)
{
    attempt_concurrently();
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.action_effects"), "1");
}

Test(allocate_once, concurrent_attempts_of_one_run_without_the_ledger)
{
    postgres_do("DROP TABLE workflow.action_effects");
    attempt_concurrently();
}

/* ---- lost connections ---- */

Test(allocate_once, a_lost_connection_takes_effect_once)
{
    static const char *const statements[] = {
        "BEGIN", "pg_advisory_xact_lock", "SELECT allocation_data", "WITH o", "INSERT INTO workflow.allocation_results",
        "COMMIT"};
    const enum proxy_fault faults[] = {PROXY_LOSE_REQUEST, PROXY_LOSE_ANSWER};
    struct proxy *proxy = proxy_new();
    trial_move(&trial, proxy_host(proxy));
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    for (size_t fault = 0; fault < 2; fault++)
        for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
            int accepted = proxy_accepted(proxy);
            proxy_plan(proxy, faults[fault], statements[i]);
            trial_done(&trial, WANT("4", ""));
            cr_assert_gt(proxy_accepted(proxy), accepted, "%s was never seen", statements[i]);
            ASSERT_TEXT(trial_result(&trial, "output"), "success");
            ASSERT_TEXT(trial_sql(&trial, TAKEN), "4+0");
            ASSERT_TEXT(trial_sql(&trial, KEPT("count(*)")), "1");
            postgres_do("UPDATE inventory.inventory_items SET reserved_quantity = 0;"
                        "DELETE FROM workflow.allocation_results");
        }
    trial_close(&trial);
    proxy_free(proxy);
    trial_open(&trial, "allocate_inventory");
}
