/* Which of the ERP's optional tables a database has. */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/limits.h"
#include "erp/erp_features.h"
#include "postgres.h"

static struct arena *arena;
static struct database *database;

static void open_new(void)
{
    database_free(database);
    struct database_options options = postgres_options();
    database = database_new(&options);
}

static void set_up(void)
{
    arena = arena_new(MIB(1), 0);
    postgres_do("DROP SCHEMA IF EXISTS workflow CASCADE");
    open_new();
}

static void tear_down(void)
{
    database_free(database);
    arena_free(arena);
}

TestSuite(erp_features, .init = set_up, .fini = tear_down);

static struct erp_features ask(void)
{
    struct erp_features features;
    struct database_fault fault = {.arena = arena};
    const struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + 30000000};
    cr_assert_eq(erp_features_ask(database, arena, &wait, &features, &fault), DATABASE_OK, "%.*s",
                 TEXT_ARG(fault.message));
    return features;
}

Test(erp_features, features_are_present_or_absent)
{
    struct erp_features features = ask();
    cr_assert_not(features.alerts || features.approval_requests || features.cascade_outbox ||
                  features.alert_action_url);
    postgres_do("CREATE SCHEMA workflow; CREATE TABLE workflow.alerts (id int, action_url text);"
                "CREATE TABLE workflow.approval_requests (id int)");
    open_new();
    features = ask();
    cr_assert(features.alerts && features.approval_requests && features.alert_action_url);
    cr_assert_not(features.cascade_outbox);
    postgres_do("ALTER TABLE workflow.alerts DROP COLUMN action_url; CREATE TABLE workflow.cascade_outbox (id int)");
    open_new();
    features = ask();
    cr_assert(features.approval_requests && features.cascade_outbox);
    cr_assert_not(features.alert_action_url);
}

Test(erp_features, features_are_cached)
{
    (void)ask();
    postgres_do("CREATE SCHEMA workflow; CREATE TABLE workflow.cascade_outbox (id int)");
    cr_assert_not(ask().cascade_outbox);
}

Test(erp_features, an_unavailable_server)
{
    postgres_stop();
    struct erp_features features;
    struct database_fault fault = {.arena = arena};
    const struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + 30000000};
    cr_assert_eq(erp_features_ask(database, arena, &wait, &features, &fault), DATABASE_UNAVAILABLE);
    postgres_start();
    cr_assert_not(ask().cascade_outbox);
}
