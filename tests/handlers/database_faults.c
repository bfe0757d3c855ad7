/* Actions whose database becomes unavailable at any point: nothing is half done or done twice, and no attempt is lost
   if the server returns. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "trial.h"

static struct trial trial;
static struct proxy *proxy;

static void set_up(void)
{
    trial_open(&trial, "update_field");
    proxy = proxy_new();
    trial_move(&trial, proxy_host(proxy));
}

static void tear_down(void)
{
    trial_close(&trial);
    proxy_free(proxy);
}

TestSuite(database_faults, .init = set_up, .fini = tear_down);

#define SECOND ((int64_t)1000000)

/* A config that needs one round trip. */
static const char simple[] =
    "{\"target_entity\": \"sales.orders\", \"target_field\": \"text_column\", \"new_value\": \"new\"}";
/* A config that needs a transaction, which looks up the name and inserts its row. */
static const char making[] =
    "{\"target_entity\": \"sales.orders\", \"target_field\": \"status_id\", \"new_value\": \"NEW\","
    " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\": "
    "\"products.brands\","
    " \"lookup_field\": \"name\", \"allow_create\": true, \"create_config\": {\"code\": 9}}}";
static const char notification[] =
    "{\"recipients\": [\"f3c95789-ace1-4954-ac5d-6baed2eac902\", \"cbf27734-ac10-4525-8b66-402800e03d2c\"],"
    " \"message\": \"m\", \"priority\": \"low\"}";

static const char alert[] =
    "{\"alert_type\": \"late\", \"title\": \"{{order_number}}\", \"message\": \"m\", \"recipients\": {\"users\":"
    " [\"f3c95789-ace1-4954-ac5d-6baed2eac902\"], \"roles\": [\"cbf27734-ac10-4525-8b66-402800e03d2c\"]},"
    " \"resolve_prior\": true}";

/* A substring of each statement of an update with a reference, in order. */
static const char *const statements[] = {
    "BEGIN", "SELECT \"id\"", "pg_catalog.pg_attribute", "pg_advisory_xact_lock", "INSERT INTO", "UPDATE", "COMMIT"};

static void assert_made_once(void)
{
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM products.brands WHERE name = 'NEW'"), "1");
    ASSERT_TEXT(trial_sql(&trial, "SELECT s.name FROM sales.orders o JOIN products.brands s"
                                  " ON s.id = o.status_id WHERE o.id = '" ORDER "'"),
                "NEW");
    postgres_do("UPDATE sales.orders SET status_id = NULL; DELETE FROM products.brands WHERE code = 9");
}

/* `again`: the connection has run each statement before, so the statements are prepared. True: the fault occurred. */
static bool cut_off(enum proxy_fault fault, const char *statement, bool again)
{
    trial_move(&trial, proxy_host(proxy));
    trial_done(&trial, again ? making : simple);
    if (again)
        assert_made_once();
    int accepted = proxy_accepted(proxy);
    proxy_plan(proxy, fault, statement);
    trial_done(&trial, making);
    assert_made_once();
    return proxy_accepted(proxy) > accepted;
}

Test(database_faults, an_update_that_loses_its_connection_takes_effect_once)
{
    size_t count = sizeof(statements) / sizeof(statements[0]), prepared = 0;
    for (size_t i = 0; i < count; i++) {
        cr_assert(cut_off(PROXY_LOSE_REQUEST, statements[i], false), "%s was never seen", statements[i]);
        cr_assert(cut_off(PROXY_LOSE_ANSWER, statements[i], false), "%s was never seen", statements[i]);
        prepared += cut_off(PROXY_LOSE_REQUEST, statements[i], true);
        prepared += cut_off(PROXY_LOSE_ANSWER, statements[i], true);
    }
    cr_assert_eq(prepared, 2 * (count - 1), "the name is looked up twice each time: prepared at once");
}

Test(database_faults, a_local_action_that_loses_its_connection_is_atomic_and_retried)
{
    /* A connection that is lost at the first statement, which is sent with BEGIN, is replaced at once. */
    for (size_t i = 2; i < sizeof(statements) / sizeof(statements[0]); i++) {
        proxy_plan(proxy, PROXY_LOSE_ANSWER, statements[i]);
        trial.environment.local = true;
        cr_assert_eq(trial_run(&trial, making), ACTION_OUTCOME_RETRY, "%s", statements[i]);
        cr_assert_not_null(strstr(trial.failure, "connection lost"), "%s", trial.failure);
        bool committed = strcmp(statements[i], "COMMIT") == 0;
        ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM products.brands WHERE name = 'NEW'"),
                    committed ? "1" : "0");
        trial.environment.local = false;
        trial_done(&trial, making);
        assert_made_once();
    }
}

Test(database_faults, a_single_statement_that_loses_its_connection_takes_effect_once)
{
    const enum proxy_fault faults[] = {PROXY_LOSE_REQUEST, PROXY_LOSE_ANSWER};
    for (size_t fault = 0; fault < 2; fault++) {
        proxy_plan(proxy, faults[fault], "UPDATE");
        trial_done(&trial, simple);
        ASSERT_TEXT(trial_result(&trial, "records_affected"), "1");
        trial.request.action_type = TEXT("send_notification");
        proxy_plan(proxy, faults[fault], "INSERT INTO workflow.alerts");
        trial_done(&trial, notification);
        ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alerts"), "1");
        ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alert_recipients"), "2");
        trial.request.action_type = TEXT("update_field");
    }
}

Test(database_faults, an_alert_that_loses_its_connection_is_created_once)
{
    static const char *const substrings[] = {"SELECT number", "to_regclass", "INSERT INTO workflow.alerts"};
    const enum proxy_fault faults[] = {PROXY_LOSE_REQUEST, PROXY_LOSE_ANSWER};
    trial_context(&trial, "{\"order_id\": \"" ORDER "\", \"entity_id\": \"" ORDER "\"}");
    trial.request.action_type = TEXT("create_alert");
    for (size_t fault = 0; fault < 2; fault++)
        for (size_t i = 0; i < sizeof(substrings) / sizeof(substrings[0]); i++) {
            postgres_do("DELETE FROM workflow.alerts");
            trial_move(&trial, proxy_host(proxy)); /* with a fresh pool */
            trial.request.action_id = TEXT(OTHER_ACTION);
            trial_done(&trial, alert);
            trial_move(&trial, proxy_host(proxy));
            trial.request.action_id = TEXT(ACTION);
            int accepted = proxy_accepted(proxy);
            proxy_plan(proxy, faults[fault], substrings[i]);
            trial_done(&trial, alert);
            cr_assert_gt(proxy_accepted(proxy), accepted + 1, "%s was never seen", substrings[i]);
            ASSERT_TEXT(trial_result(&trial, "resolved_count"), "1");
            ASSERT_TEXT(trial_sql(&trial, "SELECT string_agg(title || ' ' || status, ', ' ORDER BY status)"
                                          " FROM workflow.alerts"),
                        "SO-1 active, SO-1 resolved");
            ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.alert_recipients"), "4");
        }
}

Test(database_faults, a_local_action_does_not_wait)
{
    proxy_refuse(proxy, true);
    trial.environment.local = true;
    cr_assert_eq(trial_run(&trial, simple), ACTION_OUTCOME_RETRY);
    cr_assert_not_null(strstr(trial.failure, "begin transaction: cannot connect: "), "%s", trial.failure);
    cr_assert_eq(trial_run(&trial, making), ACTION_OUTCOME_RETRY);
    trial.request.action_type = TEXT("send_notification");
    cr_assert_eq(trial_run(&trial, notification), ACTION_OUTCOME_RETRY);
    cr_assert_not_null(strstr(trial.failure, "begin transaction: cannot connect: "), "%s", trial.failure);
    trial.request.action_type = TEXT("create_alert");
    cr_assert_eq(trial_run(&trial, alert), ACTION_OUTCOME_RETRY);
    cr_assert_not_null(strstr(trial.failure, "begin transaction: cannot connect: "), "%s", trial.failure);
    cr_assert_eq(proxy_accepted(proxy), 0);
}

static void *bring_back(void *argument)
{
    (void)argument;
    postgres_start();
    return NULL;
}

Test(database_faults, an_activity_waits_for_a_restarting_server)
{
    trial_done(&trial, simple);
    trial.keeps_effects = true;
    trial.request.action_id = TEXT(OTHER_ACTION);
    postgres_stop();
    pthread_t other;
    cr_assert_eq(pthread_create(&other, NULL, bring_back, NULL), 0);
    trial_done(&trial, making);
    (void)pthread_join(other, NULL);
    assert_made_once();
}

Test(database_faults, an_activity_stops_waiting_at_its_deadline)
{
    proxy_refuse(proxy, true);
    trial.environment.limit.deadline_us = clock_monotonic_us() + SECOND / 2;
    cr_assert_eq(trial_run(&trial, making), ACTION_OUTCOME_RETRY);
    /* Which of the two depends on the step at which the deadline ends the last try. */
    cr_assert(strstr(trial.failure, "Connection refused") != NULL || strstr(trial.failure, "no answer in time") != NULL,
              "%s", trial.failure);
    trial.environment.limit.deadline_us = clock_monotonic_us() - 1;
    cr_assert_eq(trial_run(&trial, simple), ACTION_OUTCOME_RETRY);
}

Test(database_faults, the_deadline_ends_a_wait_for_a_lock)
{
    trial_done(&trial, simple); /* connects first */
    postgres_do("BEGIN; UPDATE sales.orders SET number = number");
    trial.environment.limit.deadline_us = clock_monotonic_us() + SECOND;
    cr_assert_eq(trial_run(&trial, simple), ACTION_OUTCOME_RETRY);
    ASSERT_TEXT(trial.failure, "update failed: no answer in time");
    postgres_do("ROLLBACK");
    trial.environment.limit.deadline_us = clock_monotonic_us() + 60 * SECOND;
    trial_done(&trial, simple);
}

static void run_out_of_memory(const char *type, const char *config, const char *made)
{
    trial.request.action_type = text_from(type);
    trial_out_of_memory(&trial, config, ACTION_OUTCOME_DONE);
    ASSERT_TEXT(trial_sql(&trial, made), "1");
}

Test(database_faults, out_of_memory_at_any_allocation_is_a_refusal)
{
    run_out_of_memory("update_field", making, "SELECT count(*) FROM products.brands WHERE name = 'NEW'");
    run_out_of_memory("update_field", simple, "SELECT count(*) FROM sales.orders WHERE text_column = 'new'");
    run_out_of_memory("send_notification", notification, "SELECT count(*) FROM workflow.alerts");
    postgres_do("DELETE FROM workflow.alerts");
    trial_context(&trial, "{\"order_id\": \"" ORDER "\", \"entity_id\": \"" ORDER "\"}");
    run_out_of_memory("create_alert", alert, "SELECT count(*) FROM workflow.alerts WHERE title = 'SO-1'");
}

static bool yes(void *userdata)
{
    (void)userdata;
    return true;
}

Test(database_faults, a_cancel_ends_the_wait)
{
    proxy_refuse(proxy, true);
    trial.environment.limit.is_canceled = yes;
    cr_assert_eq(trial_run(&trial, simple), ACTION_OUTCOME_RETRY);
    ASSERT_TEXT(trial.failure, "begin transaction: canceled");
}
