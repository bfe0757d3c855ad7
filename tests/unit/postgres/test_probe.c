/* What a database has of the ERP's later parts. */
#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/limits.h"
#include "postgres.h"
#include "postgres/probe.h"

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

TestSuite(probe, .init = set_up, .fini = tear_down);

static struct probe ask(void)
{
    struct probe probe;
    struct database_fault fault = {.arena = arena};
    const struct database_patience patience = {.deadline_us = clock_monotonic_us() + 30000000};
    cr_assert_eq(probe_read(database, arena, &patience, &probe, &fault), DATABASE_OK, "%.*s", TEXT_ARG(fault.message));
    return probe;
}

Test(probe, parts_are_there_or_not)
{
    struct probe probe = ask();
    cr_assert_not(probe.alerts || probe.approval_requests || probe.cascade_outbox || probe.alert_action_url);
    postgres_do("CREATE SCHEMA workflow; CREATE TABLE workflow.alerts (id int, action_url text);"
                "CREATE TABLE workflow.approval_requests (id int)");
    open_new();
    probe = ask();
    cr_assert(probe.alerts && probe.approval_requests && probe.alert_action_url);
    cr_assert_not(probe.cascade_outbox);
    postgres_do("ALTER TABLE workflow.alerts DROP COLUMN action_url; CREATE TABLE workflow.cascade_outbox (id int)");
    open_new();
    probe = ask();
    cr_assert(probe.approval_requests && probe.cascade_outbox);
    cr_assert_not(probe.alert_action_url);
}

Test(probe, what_was_said_is_remembered)
{
    (void)ask();
    postgres_do("CREATE SCHEMA workflow; CREATE TABLE workflow.cascade_outbox (id int)");
    cr_assert_not(ask().cascade_outbox);
}

Test(probe, a_server_that_is_away)
{
    postgres_stop();
    struct probe probe;
    struct database_fault fault = {.arena = arena};
    const struct database_patience patience = {.deadline_us = clock_monotonic_us() + 30000000};
    cr_assert_eq(probe_read(database, arena, &patience, &probe, &fault), DATABASE_AWAY);
    postgres_start();
    cr_assert_not(ask().cascade_outbox);
}
