/* The checks that every group runs, and the list of groups. */
#include "effects_once.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "erp/effect_ledger.h"
#include "stock.h"
#include "written_columns.h"

extern const struct effect_group effects_core, effects_approvals, effects_stock, effects_orders, effects_records,
    effects_people;
static const struct effect_group *const groups[] = {&effects_core,   &effects_approvals, &effects_stock,
                                                    &effects_orders, &effects_records,   &effects_people};

Test(effects_once, every_action_has_a_case)
{
    for (size_t i = 0; i < action_catalog_all.count; i++) {
        const struct action_type *type = &action_catalog_all.types[i];
        bool has_case = type->effects != EFFECTS_WRITE || trial_is_added(type->name);
        for (size_t j = 0; j < sizeof(groups) / sizeof(groups[0]); j++)
            for (size_t k = 0; k < groups[j]->count; k++)
                has_case = has_case || strcmp(groups[j]->effects[k].action, type->name) == 0;
        cr_expect(has_case, "%s writes, and nothing here does it twice", type->name);
    }
}

static const struct effect_group *group;
static struct trial trial;
static struct proxy *proxy;

#define ORDER_CHANGED "{\"order_id\": \"" ORDER "\", \"entity_id\": \"" ORDER "\", \"entity_name\": \"orders\"}"

void effects_set_up(const struct effect_group *tested)
{
    group = tested;
    trial_open(&trial, "update_field");
    trial.keeps_effects = true;
    trial.environment.async = true;
    trial.environment.task_token = TEXT("token");
    /* An alert for another alert to resolve, and the execution of the approval. */
    postgres_do("INSERT INTO workflow.automation_executions (id, entity_type, status)"
                " VALUES ('" EXECUTION "', 'orders', 'running');"
                "INSERT INTO workflow.alerts (id, alert_type, severity, title, message, source_entity_name,"
                " source_entity_id, created_date, updated_date) VALUES ('" OTHER_ACTION "', 'late', 'low', 'before',"
                " 'm', 'orders', '" ORDER "', '2026-01-01', '2026-01-01')");
    stock_locations();
    stock(1, BRUSH, LEFT, 9, 0, 0, "2026-03-02");
    if (group->rows != NULL)
        postgres_do(group->rows);
    proxy = proxy_new();
    trial_move(&trial, proxy_host(proxy));
}

void effects_tear_down(void)
{
    trial_close(&trial);
    proxy_free(proxy);
}

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

/* All rows without times, which differ in every run. Events are only counted, because they hold times in base64. */
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

static void request(const struct effect *effect)
{
    const char *context = effect->context != NULL ? effect->context : group->context;
    trial_context(&trial, context != NULL ? context : ORDER_CHANGED);
    trial.request.action_type = text_from(effect->action);
    trial.environment.limit.deadline_us = clock_monotonic_us() + 60000000; /* for each of the many cases */
    trial.environment.async = effect->outcome == ACTION_OUTCOME_PENDING;
}

static enum action_outcome perform(const struct effect *effect, unsigned attempt, bool local)
{
    request(effect);
    trial.environment.attempt = attempt;
    trial.environment.local = local;
    return trial_run(&trial, effect->config);
}

static void perform_well(const struct effect *effect, unsigned attempt)
{
    cr_assert_eq(perform(effect, attempt, false), effect->outcome, "%s: %s", effect->action, trial.failure);
}

static void assert_rows(const struct effect *effect, const char *wanted)
{
    cr_assert_str_eq(rows(), wanted, "%s: found\n%s\nwanted\n%s", effect->action, rows(), wanted);
}

/* Asserts the result of a repeat, except the order of members, which the ledger does not keep. */
static void assert_result(const struct effect *effect, const struct json_value *wanted)
{
    const struct json_value *found = &trial.report.result;
    cr_assert(json_equal(found, wanted), "%s: found %s", effect->action,
              arena_copy(trial.arena, json_to_text(trial.arena, found)).data);
}

void effects_write_what_they_say(void)
{
    written_note();
    for (size_t i = 0; i < group->count; i++) {
        const struct effect *effect = &group->effects[i];
        written_forget();
        perform_well(effect, 1);
        written_expect(&trial, effect->action);
        undo(effect);
    }
    written_stop();
}

void effects_perform_twice(void)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct effect *effect = &group->effects[i];
        const char *before = rows();
        perform_well(effect, 1);
        const char *once = rows();
        const struct json_value result = trial.report.result;
        cr_assert_str_neq(once, before, "%s has no effect", effect->action);
        perform_well(effect, 2);
        assert_rows(effect, once);
        cr_assert(trial.report.stored_result == (effect->outcome == ACTION_OUTCOME_DONE));
        assert_result(effect, &result);
        undo(effect);
    }
}

void effects_perform_twice_without_ledger(void)
{
    drop_ledger();
    for (size_t i = 0; i < group->count; i++) {
        const struct effect *effect = &group->effects[i];
        if (effect->needs_ledger)
            continue;
        perform_well(effect, 1);
        const char *once = rows();
        perform_well(effect, 2);
        assert_rows(effect, once);
        cr_assert_not(trial.report.stored_result);
        undo(effect);
    }
}

/* ---- what is written ---- */

/* Every row of the ERP's tables as JSON, in a temporary table of the test's connection. */
#define SNAPSHOT(name_)                                                                                                \
    "DROP TABLE IF EXISTS pg_temp." name_ "; CREATE TEMP TABLE " name_ " (place text, id text, row jsonb);"            \
    "DO $$DECLARE t regclass; BEGIN FOR t IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = "             \
    "c.relnamespace WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"       \
    " AND c.relname NOT IN ('action_effects', 'cascade_outbox') LOOP EXECUTE format('INSERT INTO " name_               \
    " SELECT %L, coalesce(to_jsonb(r) ->> ''id'', to_jsonb(r) ->> ''approval_request_id'', r::text), to_jsonb(r) "     \
    "FROM %s r', "                                                                                                     \
    "t, t);"                                                                                                           \
    " END LOOP; END$$"

/* "TABLE create|update COLUMN" for each value that differs, except defaults of a new row; in any order. */
static const char written[] =
    "SELECT coalesce(string_agg(DISTINCT concat_ws(' ', a.place, CASE WHEN b.id IS NULL THEN 'create' ELSE 'update'"
    " END, c.key), ',') || ',', '') FROM became a LEFT JOIN was b USING (place, id), jsonb_each(a.row) c"
    " JOIN pg_attribute d ON d.attname = c.key"
    " WHERE d.attrelid = a.place::regclass AND c.value IS DISTINCT FROM coalesce(b.row -> c.key, 'null')"
    " AND (b.id IS NOT NULL OR NOT d.atthasdef)";

static bool is_listed(const char *const *columns, struct text column)
{
    for (; columns != NULL && *columns != NULL; columns++)
        if (text_is(column, *columns))
            return true;
    return false;
}

/* The declared table and columns may be fields of the config, such as "{target_entity}". */
static bool is_declared(const struct action_type *type, struct text table, struct text kind, struct text column)
{
    for (size_t i = 0; i < type->modification_count; i++) {
        const struct action_modification *modification = &type->modifications[i];
        if (modification->table[0] == '{')
            return true;
        const char *const *columns = text_is(kind, "create") ? modification->on_create : modification->on_update;
        if (text_is(table, modification->table) && is_listed(columns, column))
            return true;
    }
    return false;
}

void effects_write_what_the_spec_says(void)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct effect *effect = &group->effects[i];
        const struct action_type *type = action_catalog_find(&action_catalog_all, text_from(effect->action));
        postgres_do(SNAPSHOT("was"));
        perform_well(effect, 1);
        postgres_do(SNAPSHOT("became"));
        struct text rest = text_from(trial_sql(&trial, written));
        cr_assert_gt(rest.size, 0, "%s writes nothing", effect->action);
        while (rest.size > 0) {
            struct text value = text_split(&rest, ','), all = value;
            struct text table = text_split(&value, ' '), kind = text_split(&value, ' ');
            cr_expect(is_declared(type, table, kind, value), "%s: %.*s is not in its spec", effect->action,
                      TEXT_ARG(all));
        }
        undo(effect);
    }
}

/* ---- at the same time ---- */

struct attempt {
    pthread_t thread;
    struct arena *arena;
    struct action_report report;
};

static void *perform_attempt(void *argument)
{
    struct attempt *attempt = argument;
    action_perform(&trial.environment, attempt->arena, &trial.request, &attempt->report);
    return NULL;
}

static void attempt_twice(const struct effect *effect)
{
    struct attempt attempts[2];
    for (size_t i = 0; i < 2; i++) {
        attempts[i] = (struct attempt){.arena = arena_new(MIB(4), 0)};
        cr_assert_eq(pthread_create(&attempts[i].thread, NULL, perform_attempt, &attempts[i]), 0);
    }
    for (size_t i = 0; i < 2; i++)
        (void)pthread_join(attempts[i].thread, NULL);
    for (size_t i = 0; i < 2; i++) {
        const struct action_report *report = &attempts[i].report;
        cr_assert_eq(report->outcome, effect->outcome, "%s: %.*s", effect->action, TEXT_ARG(report->failure));
        arena_free(attempts[i].arena);
    }
}

void effects_perform_at_once(void)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct effect *effect = &group->effects[i];
        perform_well(effect, 1);
        const char *wanted = timeless_rows();
        undo(effect);
        request(effect);
        attempt_twice(effect);
        cr_assert_str_eq(timeless_rows(), wanted, "%s at the same time: found\n%s\nwanted\n%s", effect->action,
                         timeless_rows(), wanted);
        undo(effect);
    }
}

/* ---- lost connections ---- */

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

static void lose_connections(enum proxy_fault fault, bool has_ledger)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct effect *effect = &group->effects[i];
        if (effect->needs_ledger && !has_ledger)
            continue;
        const char *before = timeless_rows();
        perform_well(effect, 1);
        const char *wanted = timeless_rows();
        const struct action_type *type = action_catalog_find(&action_catalog_all, text_from(effect->action));
        for (int local = 0; local <= (type->dispatch == DISPATCH_LOCAL); local++)
            cr_assert_gt(cut_off(effect, fault, local, before, wanted), 3);
        undo(effect);
    }
}

void effects_lose_requests(void)
{
    lose_connections(PROXY_LOSE_REQUEST, true);
}

void effects_lose_answers(void)
{
    lose_connections(PROXY_LOSE_ANSWER, true);
}

void effects_lose_answers_without_ledger(void)
{
    drop_ledger();
    lose_connections(PROXY_LOSE_ANSWER, false);
}

/* ---- least rights ---- */

/* The statements in the runbook: from the first GRANT to the paragraph that follows them. */
static const char *rights_in_runbook(void)
{
    FILE *file = fopen("docs/operations.md", "r");
    cr_assert_not_null(file);
    char *page = ARENA_ARRAY(trial.arena, KIB(256), char);
    size_t size = fread(page, 1, KIB(256) - 1, file);
    (void)fclose(file);
    char *first = strstr(page, "    GRANT USAGE"), *end = first != NULL ? strstr(first, "\n\n") : NULL;
    cr_assert(size > 0 && end != NULL);
    *end = '\0';
    return first;
}

static void become_worker(void)
{
    struct database_options options = postgres_options();
    postgres_do("DO $$BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'worker') THEN"
                " DROP OWNED BY worker; DROP ROLE worker; END IF; CREATE ROLE worker LOGIN; END$$");
    postgres_do(arena_print(trial.arena, "ALTER ROLE worker PASSWORD '%.*s'", TEXT_ARG(options.password)).data);
    postgres_do(rights_in_runbook());
    postgres_do("GRANT SELECT, INSERT, UPDATE ON sales.orders, products.brands TO worker"); /* rights that rules need */
    database_free(trial.services.database);
    options.user = TEXT("worker");
    trial.services.database = database_new(&options);
}

void effects_perform_with_least_rights(void)
{
    become_worker();
    for (size_t i = 0; i < group->count; i++) {
        perform_well(&group->effects[i], 1);
        perform_well(&group->effects[i], 2);
        undo(&group->effects[i]);
    }
    struct error error = ERROR_IN(trial.arena);
    int64_t deleted;
    cr_assert_eq(effect_ledger_prune(trial.services.database, 60, 10, &deleted, &error), STATUS_OK, "%.*s",
                 TEXT_ARG(error.message));
    database_free(trial.services.database);
    trial.services.database = NULL;
    postgres_do("DROP OWNED BY worker; DROP ROLE worker");
}
