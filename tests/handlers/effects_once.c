/* Every action that writes leaves the database in the same state whether it runs once, runs twice, or loses its
   connection at any request and runs again. The effect ledger sees to it, with the same result; without the table the
   handlers do, for one worker at a time, and the result of a repeat may differ. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "stock.h"

#define USERS  "[\"f3c95789-ace1-4954-ac5d-6baed2eac902\", \"cbf27734-ac10-4525-8b66-402800e03d2c\"]"

#define ASKING "{\"approvers\": " USERS ", \"approval_type\": \"any\"}"
#define UNDO_ASKING                                                                                                    \
    "DELETE FROM workflow.approval_requests; DELETE FROM workflow.alerts WHERE alert_type = 'approval_request'"

struct effect {
    const char *action, *config;
    enum action_outcome outcome; /* on success */
    const char *undo;
};

static const struct effect effects[] = {
    {.action = "allocate_inventory",
     .config = WANT("4", ""),
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "DELETE FROM workflow.allocation_results;"
             "UPDATE inventory.inventory_items SET reserved_quantity = 0, updated_date = created_date"},
    {.action = "create_alert",
     .config = "{\"alert_type\": \"late\", \"title\": \"{{order_number}}\", \"message\": \"m\","
               " \"recipients\": {\"users\": " USERS "}, \"resolve_prior\": true}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "DELETE FROM workflow.alerts WHERE title = 'SO-1';"
             "UPDATE workflow.alerts SET status = 'active', updated_date = created_date"},
    {.action = "approval_request", .config = ASKING, .outcome = ACTION_OUTCOME_PENDING, .undo = UNDO_ASKING},
    {.action = "human_verification", .config = ASKING, .outcome = ACTION_OUTCOME_PENDING, .undo = UNDO_ASKING},
    {.action = "manager_approval", .config = ASKING, .outcome = ACTION_OUTCOME_PENDING, .undo = UNDO_ASKING},
    {.action = "manual_review", .config = ASKING, .outcome = ACTION_OUTCOME_PENDING, .undo = UNDO_ASKING},
    {.action = "seek_approval", .config = ASKING, .outcome = ACTION_OUTCOME_PENDING, .undo = UNDO_ASKING},
    {.action = "send_notification",
     .config = "{\"recipients\": " USERS ", \"message\": \"m\", \"priority\": \"low\"}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "DELETE FROM workflow.alerts WHERE alert_type = 'notification'"},
    {.action = "update_field",
     .config = "{\"target_entity\": \"sales.orders\", \"target_field\": \"text_column\", \"new_value\": \"new\"}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "UPDATE sales.orders SET text_column = NULL"},
    {.action = "update_field",
     .config = "{\"target_entity\": \"sales.orders\", \"target_field\": \"status_id\", \"new_value\": \"NEW\","
               " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\":"
               " \"products.brands\", \"lookup_field\": \"name\", \"allow_create\": true,"
               " \"create_config\": {\"code\": 9}}}",
     .outcome = ACTION_OUTCOME_DONE,
     .undo = "UPDATE sales.orders SET status_id = NULL;"
             "DELETE FROM products.brands WHERE code = 9"},
};

enum { EFFECT_COUNT = sizeof(effects) / sizeof(effects[0]) };

static struct trial trial;
static struct proxy *proxy;

static void set_up(void)
{
    trial_open(&trial, "update_field");
    trial.keeps_effects = true;
    trial.environment.async = true;
    trial.environment.task_token = TEXT("token");
    trial_context(&trial, "{\"order_id\": \"" ORDER "\", \"entity_id\": \"" ORDER "\", \"entity_name\": \"orders\"}");
    /* An alert for another one to resolve, and the execution of the approval. */
    postgres_do("INSERT INTO workflow.automation_executions (id, entity_type, status)"
                " VALUES ('" EXECUTION "', 'orders', 'running');"
                "INSERT INTO workflow.alerts (id, alert_type, severity, title, message, source_entity_name,"
                " source_entity_id, created_date, updated_date) VALUES ('" OTHER_ACTION "', 'late', 'low', 'before',"
                " 'm', 'orders', '" ORDER "', '2026-01-01', '2026-01-01')");
    stock_locations();
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    proxy = proxy_new();
    trial_move(&trial, proxy_host(proxy));
}

static void tear_down(void)
{
    trial_close(&trial);
    proxy_free(proxy);
}

TestSuite(effects_once, .init = set_up, .fini = tear_down);

/* All rows of the tables that are not excluded, in any order. */
#define ROWS_BUT(left_out_)                                                                                            \
    "SELECT string_agg(c.oid::regclass || E'\\n' || query_to_xml(format('SELECT t::text AS row FROM %s AS t"           \
    " ORDER BY 1', c.oid::regclass), true, true, '')::text, E'\\n' ORDER BY c.oid::regclass::text)"                    \
    " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"                                             \
    " WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"                     \
    " AND c.relname NOT IN (" left_out_ ")"

static const char *rows(void)
{
    return trial_sql(&trial, ROWS_BUT("''"));
}

/* Without times, which differ in every run. Events are only counted, because they hold times in base64. */
static const char *timeless_rows(void)
{
    return trial_sql(&trial,
                     "SELECT (SELECT count(*) FROM workflow.cascade_outbox) || ' events' || regexp_replace((" ROWS_BUT(
                         "'cascade_outbox'") "), '2[0-9]{3}-[0-9-]+[ T][0-9:.]+|execution_time_ms\\W+[0-9]+',"
                                             " 'then', 'g')");
}

static void undo(const struct effect *effect)
{
    postgres_do(effect->undo);
    postgres_do("DELETE FROM workflow.cascade_outbox");
    trial_forget_effects();
}

static void drop_ledger(void)
{
    postgres_do("DROP TABLE workflow.action_effects");
}

static enum action_outcome perform(const struct effect *effect, unsigned attempt, bool local)
{
    trial.request.action_type = text_from(effect->action);
    trial.environment.attempt = attempt;
    trial.environment.limit.deadline_us = clock_monotonic_us() + 60000000; /* for each of the many cases */
    trial.environment.local = local;
    trial.environment.async = effect->outcome == ACTION_OUTCOME_PENDING;
    return trial_run(&trial, effect->config);
}

static void perform_well(const struct effect *effect, unsigned attempt)
{
    cr_assert_eq(perform(effect, attempt, false), effect->outcome, "%s: %s", effect->action, trial.failure);
}

Test(effects_once, every_action_has_a_case)
{
    for (size_t i = 0; i < action_catalog_all.count; i++) {
        const struct action_type *type = &action_catalog_all.types[i];
        bool has_case = type->effects != EFFECTS_WRITE;
        for (size_t j = 0; j < EFFECT_COUNT; j++)
            has_case = has_case || strcmp(effects[j].action, type->name) == 0;
        cr_expect(has_case, "%s writes, and nothing here does it twice", type->name);
    }
}

static void assert_rows(const struct effect *effect, const char *wanted)
{
    cr_assert_str_eq(rows(), wanted, "%s: found\n%s\nwanted\n%s", effect->action, rows(), wanted);
}

Test(effects_once, performed_twice)
{
    for (size_t i = 0; i < EFFECT_COUNT; i++) {
        const char *before = rows();
        perform_well(&effects[i], 1);
        const char *once = rows();
        const char *ids[] = {"alert_id",       "notification_id", "resolved_count", "records_affected",
                             "resolved_value", "recipients",      "output"};
        const char *results[sizeof(ids) / sizeof(ids[0])];
        for (size_t j = 0; j < sizeof(ids) / sizeof(ids[0]); j++)
            results[j] = trial_result(&trial, ids[j]);
        cr_assert_str_neq(once, before, "%s has no effect", effects[i].action);
        perform_well(&effects[i], 2);
        assert_rows(&effects[i], once);
        cr_assert(trial.report.stored_result == (effects[i].outcome == ACTION_OUTCOME_DONE));
        for (size_t j = 0; j < sizeof(ids) / sizeof(ids[0]); j++)
            ASSERT_TEXT(trial_result(&trial, ids[j]), results[j]);
        undo(&effects[i]);
    }
}

Test(effects_once, performed_twice_without_the_ledger)
{
    drop_ledger();
    for (size_t i = 0; i < EFFECT_COUNT; i++) {
        perform_well(&effects[i], 1);
        const char *once = rows();
        perform_well(&effects[i], 2);
        assert_rows(&effects[i], once);
        cr_assert_not(trial.report.stored_result);
        undo(&effects[i]);
    }
}

/* Loses the connection at the first request, at the second, and so on. Returns the number of requests. */
static unsigned cut_off(const struct effect *effect, enum proxy_fault fault, bool local, const char *before,
                        const char *wanted)
{
    for (unsigned later = 0;; later++) {
        undo(effect);
        cr_assert_str_eq(timeless_rows(), before, "%s is not undone:\n%s", effect->action, timeless_rows());
        trial_move(&trial, proxy_host(proxy));
        proxy_plan_later(proxy, fault, later);
        if (perform(effect, 1, local) == ACTION_OUTCOME_RETRY)
            perform_well(effect, 2);
        cr_assert_eq(trial.report.outcome, effect->outcome, "%s: %s", effect->action, trial.failure);
        bool happened = proxy_fault_happened(proxy);
        proxy_plan(proxy, PROXY_NONE, "");
        cr_assert_str_eq(timeless_rows(), wanted, "%s cut off at request %u: found\n%s\nwanted\n%s", effect->action,
                         later, timeless_rows(), wanted);
        if (!happened)
            return later;
    }
}

static void lose_connections(enum proxy_fault fault)
{
    for (size_t i = 0; i < EFFECT_COUNT; i++) {
        const struct effect *effect = &effects[i];
        const char *before = timeless_rows();
        perform_well(effect, 1);
        const char *wanted = timeless_rows();
        const struct action_type *type = action_catalog_find(&action_catalog_all, text_from(effect->action));
        for (int local = 0; local <= (type->dispatch == DISPATCH_LOCAL); local++)
            cr_assert_gt(cut_off(effect, fault, local, before, wanted), 3);
        undo(effect);
    }
}

Test(effects_once, request_lost_at_any_request)
{
    lose_connections(PROXY_LOSE_REQUEST);
}

Test(effects_once, answer_lost_at_any_request)
{
    lose_connections(PROXY_LOSE_ANSWER);
}

Test(effects_once, answer_lost_at_any_request_without_the_ledger)
{
    drop_ledger();
    lose_connections(PROXY_LOSE_ANSWER);
}
