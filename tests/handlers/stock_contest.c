/* Many runs at once reserve, commit, release, allocate and receive the same stock, in an order that a seed determines.
   The final stock agrees with their results, and no number was ever out of bounds. */
#include <criterion/criterion.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/limits.h"
#include "stock.h"
#include "tests/engine/random.h"

static struct trial trial;

#define USER "f3c95789-ace1-4954-ac5d-6baed2eac902"

enum { RUNS = 50, STEPS = 6, PRODUCTS = 2, PIECES = 120 };

static const char *const products[PRODUCTS] = {BRUSH, KNIFE};
static const char *const locations[] = {LEFT, RIGHT, REMOTE};

/* Pieces of a product that were reserved, allocated and received according to the results. */
struct tally {
    int64_t reserved, allocated, received;
};

/* One run on its own thread, with several actions one after the other. */
struct run {
    pthread_t thread;
    unsigned number;
    struct random random;
    struct arena *arena;
    struct tally tallies[PRODUCTS];
    unsigned done, refused;
    const char *unexpected; /* an outcome that no order of the runs explains */
};

static void set_up(void)
{
    trial_open(&trial, "reserve_inventory");
    trial_context(&trial, "{\"user_id\": \"" USER "\"}");
    stock_locations();
    postgres_do(
        "INSERT INTO core.users (id) SELECT '" USER "' WHERE NOT EXISTS (SELECT FROM core.users WHERE id = '" USER
        "'); ALTER TABLE inventory.inventory_items ADD CHECK (reserved_quantity >= 0 AND allocated_quantity >= 0"
        " AND reserved_quantity + allocated_quantity <= quantity)");
    for (int i = 0; i < PRODUCTS * 3; i++)
        stock(i + 1, products[i / 3], locations[i % 3], PIECES / 3, 0, 0, i % 2 == 0 ? "2026-03-02" : "2026-03-01");
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(stock_contest, .init = set_up, .fini = tear_down, .timeout = 300);

static unsigned below(struct run *run, unsigned bound)
{
    return random_below(&run->random, bound);
}

/* ---- one action ---- */

struct step {
    const char *action, *shortage; /* how a refusal begins */
    struct text config;
    unsigned product;
    int64_t quantity;
};

static struct step choose(struct run *run)
{
    static const char *const strategies[] = {"fifo", "lifo", "nearest_expiry"};
    struct step step = {.product = below(run, PRODUCTS), .quantity = 1 + below(run, 5)};
    const char *product = products[step.product], *location = locations[below(run, 3)];
    const long long quantity = (long long)step.quantity;
    switch (below(run, 5)) {
    case 0:
        step.action = "reserve_inventory";
        step.config = arena_print(run->arena,
                                  "{\"product_id\": \"%s\", \"quantity\": %lld, \"allocation_strategy\": \"%s\","
                                  " \"allow_partial\": %s}",
                                  product, quantity, strategies[below(run, 3)], below(run, 2) == 0 ? "true" : "false");
        return step;
    case 1:
        step.action = "allocate_inventory";
        step.shortage = "allocation failed: allocation failed for product ";
        step.config = arena_print(run->arena,
                                  "{\"inventory_items\": [{\"product_id\": \"%s\", \"quantity\": %lld}],"
                                  " \"allocation_mode\": \"allocate\", \"allocation_strategy\": \"%s\"}",
                                  product, quantity, strategies[below(run, 2)]);
        return step;
    case 2: step.action = "receive_inventory"; break;
    case 3: step.action = "release_reservation"; break;
    default: step.action = "commit_allocation"; break;
    }
    step.shortage = "insufficient reserved quantity: have ";
    step.config = arena_print(run->arena, "{\"product_id\": \"%s\", \"location_id\": \"%s\", \"quantity\": %lld}",
                              product, location, quantity);
    return step;
}

static int64_t number_of(const struct json_value *result, const char *key)
{
    const struct json_value *value = json_get(result, text_from(key));
    int64_t number = 0;
    return value != NULL && json_to_int64(value, &number) ? number : 0;
}

static void add(struct run *run, const struct step *step, const struct json_value *result)
{
    struct tally *tally = &run->tallies[step->product];
    tally->reserved += number_of(result, "total_reserved") - number_of(result, "quantity_released") -
                       number_of(result, "quantity_committed");
    tally->allocated += number_of(result, "quantity_committed");
    tally->received += number_of(result, "quantity_received");
    if (text_is(text_from(step->action), "allocate_inventory"))
        tally->allocated += step->quantity;
}

static void perform_step(struct run *run, unsigned number)
{
    const struct step step = choose(run);
    struct action_environment environment = trial.environment;
    struct action_request request = trial.request;
    struct action_report report;
    struct error error = ERROR_IN(run->arena);
    request.action_type = text_from(step.action);
    request.execution_id = arena_print(run->arena, "5f6d1b0e-9d4b-4c58-8a83-%012u", run->number);
    request.action_id = arena_print(run->arena, "0b5b6f5e-27f3-4b0c-9a3e-%012u", number);
    if (json_read(run->arena, step.config, &request.config, &error) != STATUS_OK) {
        run->unexpected = "the config is no JSON";
        return;
    }
    environment.limit.deadline_us = clock_monotonic_us() + 60000000;
    action_perform(&environment, run->arena, &request, &report);
    if (report.outcome == ACTION_OUTCOME_DONE) {
        run->done++;
        add(run, &step, &report.result);
    } else if (report.outcome == ACTION_OUTCOME_REFUSED && step.shortage != NULL &&
               text_starts(report.reason, text_from(step.shortage))) {
        run->refused++;
    } else {
        run->unexpected = arena_print(run->arena, "%s: %.*s", step.action, TEXT_ARG(report.failure)).data;
    }
}

static void *perform_run(void *argument)
{
    struct run *run = argument;
    for (unsigned i = 0; i < STEPS && run->unexpected == NULL; i++)
        perform_step(run, i);
    return NULL;
}

/* ---- all runs ---- */

static void assert_stock(const struct tally *tally, const char *product)
{
    const char *found = trial_sql(
        &trial, arena_print(trial.arena,
                            "SELECT concat_ws(' ', sum(quantity), sum(reserved_quantity),"
                            " sum(allocated_quantity)) FROM inventory.inventory_items WHERE product_id = '%s'",
                            product)
                    .data);
    const char *wanted = arena_print(trial.arena, "%lld %lld %lld", (long long)(PIECES + tally->received),
                                     (long long)tally->reserved, (long long)tally->allocated)
                             .data;
    cr_assert_str_eq(found, wanted, "%s: found %s, wanted %s", product, found, wanted);
}

Test(stock_contest, the_stock_is_the_sum_of_all_results)
{
    static struct run runs[RUNS];
    struct tally total[PRODUCTS] = {0};
    unsigned done = 0, refused = 0;
    for (unsigned i = 0; i < RUNS; i++) {
        runs[i] = (struct run){.number = i, .random = {20261130 + i}, .arena = arena_new(MIB(8), 0)};
    }
    for (unsigned i = 0; i < RUNS; i++)
        cr_assert_eq(pthread_create(&runs[i].thread, NULL, perform_run, &runs[i]), 0);
    for (unsigned i = 0; i < RUNS; i++) {
        (void)pthread_join(runs[i].thread, NULL);
        cr_expect_null(runs[i].unexpected, "run %u: %s", i, runs[i].unexpected);
        for (unsigned product = 0; product < PRODUCTS; product++) {
            total[product].reserved += runs[i].tallies[product].reserved;
            total[product].allocated += runs[i].tallies[product].allocated;
            total[product].received += runs[i].tallies[product].received;
        }
        done += runs[i].done;
        refused += runs[i].refused;
        arena_free(runs[i].arena);
    }
    cr_assert_eq(done + refused, RUNS * STEPS);
    cr_assert(done > RUNS * STEPS / 2 && refused > 0, "%u done, %u refused", done, refused);
    for (unsigned product = 0; product < PRODUCTS; product++)
        assert_stock(&total[product], products[product]);
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.action_effects"),
                arena_print(trial.arena, "%u", done).data);
    ASSERT_TEXT(trial_sql(&trial, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), "0");
}
