#include "trial.h"

#include <criterion/criterion.h>
#include <string.h>

#include "action/decode.h"
#include "base/clock.h"
#include "base/limits.h"
#include "erp/schema.h"

/* Further tables of an ERP: one with a column of each type, and tables to look up names. */
static const char business[] = "DROP SCHEMA IF EXISTS core, workflow, inventory, products, sales, procurement,"
                               " geography CASCADE";
static const char more[] =
    "CREATE TYPE sales.mood AS ENUM ('good', 'bad', '5', 't');"
    "CREATE DOMAIN sales.amount AS integer CHECK (VALUE < 1000);"
    "CREATE TABLE products.brands (id uuid PRIMARY KEY, name text NOT NULL, code integer UNIQUE,"
    " note text, ready boolean);"
    "INSERT INTO products.brands VALUES"
    " ('11111111-1111-4111-8111-111111111111', 'PENDING', 1), ('22222222-2222-4222-8222-222222222222', 'SHIPPED', 2);"
    "ALTER TABLE sales.orders ADD text_column text, ADD varchar_column varchar(5), ADD char_column char(3),"
    " ADD small_column smallint, ADD integer_column integer, ADD big_column bigint, ADD numeric_column numeric(12,2),"
    " ADD float_column double precision, ADD boolean_column boolean, ADD uuid_column uuid,"
    " ADD timestamp_column timestamp, ADD timestamptz_column timestamptz, ADD date_column date, ADD jsonb_column jsonb,"
    " ADD json_column json, ADD enum_column sales.mood, ADD texts_column text[], ADD integers_column integer[],"
    " ADD domain_column sales.amount, ADD money_column money,"
    " ADD status_id uuid REFERENCES products.brands (id);"
    "INSERT INTO core.users (id, username, first_name, last_name) VALUES ('" CLERK "', 'clerk', 'Cleo', 'Clerk');"
    "INSERT INTO sales.order_fulfillment_statuses VALUES ('" PENDING_ID "', 'PENDING'), ('" PROCESSING_ID
    "', 'PROCESSING'), ('" PICKING_ID "', 'PICKING'), ('" SHIPPED_ID "', 'SHIPPED');"
    /* Defaults, so that a test need not name columns that it does not examine. */
    "ALTER TABLE sales.orders ALTER customer_id SET DEFAULT '3f0c9931-918c-40bf-9670-c342c6cce996',"
    " ALTER currency_id SET DEFAULT 'c5a1e0d2-7b34-4d0f-9d5e-6f2b8a914c10', ALTER due_date SET DEFAULT '2026-07-31',"
    " ALTER order_fulfillment_status_id SET DEFAULT '" PENDING_ID "', ALTER created_by SET DEFAULT '" CLERK "',"
    " ALTER updated_by SET DEFAULT '" CLERK "', ALTER created_date SET DEFAULT '2026-06-01',"
    " ALTER updated_date SET DEFAULT '2026-06-01';"
    "INSERT INTO sales.orders (id, number) VALUES ('" ORDER "', 'SO-1'), ('" OTHER_ORDER "', 'SO-2');"
    "INSERT INTO workflow.trigger_types (id, name) VALUES ('4260ce86-ca96-4d78-ba56-9ee452a5d423', 'on_create');"
    "INSERT INTO workflow.entity_types (id, name) VALUES ('23cc390c-9354-40e3-8e1f-39485d23d1f3', 'table');"
    "INSERT INTO workflow.automation_rules (id, name, entity_id, entity_type_id, trigger_type_id, created_by,"
    " updated_by) VALUES ('" RULE "', 'Expedite', '4d1dd7de-07c1-437b-95d0-c57b811008b7',"
    " '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423',"
    " 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902')";

bool trial_is_added(const char *action)
{
    static const char added[] = ADDED_ACTIONS;
    const size_t size = strlen(action);
    for (const char *found = strstr(added, action); found != NULL; found = strstr(found + 1, action))
        if (found[-1] == ' ' && found[size] == ' ')
            return true;
    return false;
}

/* Creates the tables once for each server; each test gets a copy. */
static void make_tables(struct arena *arena)
{
    if (postgres_restore("trial"))
        return;
    struct database_wait wait = {0};
    struct error error = ERROR_IN(arena);
    struct database_options options = postgres_options();
    struct database *database = database_new(&options);
    postgres_do(business);
    enum status status = schema_migrate(database, &wait, NULL, NULL, &error);
    cr_assert_eq(status, STATUS_OK, "%.*s", TEXT_ARG(error.message));
    database_free(database);
    postgres_do(more);
    postgres_keep("trial");
}

void trial_open(struct trial *trial, const char *action_type)
{
    *trial = (struct trial){.arena = arena_new(MIB(64), 0)};
    make_tables(trial->arena);
    struct database_options options = postgres_options();
    trial->services.database = database_new(&options);
    trial->environment = (struct action_environment){
        .catalog = &action_catalog_all,
        .services = &trial->services,
        .attempt = 1,
        .limit.deadline_us = clock_monotonic_us() + 60000000,
    };
    trial->request = (struct action_request){
        .action_id = TEXT(ACTION),
        .action_name = TEXT("step"),
        .action_type = text_from(action_type),
        .rule_id = TEXT(RULE),
        .rule_name = TEXT("Expedite"),
        .execution_id = TEXT(EXECUTION),
    };
    trial_context(trial, "{\"entity_id\": \"" ORDER "\", \"entity_name\": \"orders\", \"event_type\": \"on_update\","
                         " \"quantity\": 1500000, \"customer\": \"O'Hara \\\"x\\\"; --\"}");
}

void trial_close(struct trial *trial)
{
    database_free(trial->services.database);
    arena_free(trial->arena);
}

void trial_move(struct trial *trial, struct text host)
{
    database_free(trial->services.database);
    struct database_options options = postgres_options();
    options.host = host;
    trial->services.database = database_new(&options);
}

static struct json_value read_json(struct trial *trial, const char *json)
{
    struct json_value value;
    struct error error = ERROR_IN(trial->arena);
    cr_assert_eq(json_read(trial->arena, text_from(json), &value, &error), STATUS_OK, "%.*s: %s",
                 TEXT_ARG(error.message), json);
    return value;
}

void trial_context(struct trial *trial, const char *json)
{
    trial->request.context = read_json(trial, json);
}

void trial_forget_effects(void)
{
    postgres_do("DO $$BEGIN IF to_regclass('workflow.action_effects') IS NOT NULL THEN"
                " DELETE FROM workflow.action_effects; END IF; END$$");
}

enum action_outcome trial_run(struct trial *trial, const char *config)
{
    trial->request.config = read_json(trial, config);
    if (trial->has_run && !trial->keeps_effects)
        trial_forget_effects();
    trial->has_run = true;
    action_perform(&trial->environment, trial->arena, &trial->request, &trial->report);
    trial->failure = "";
    if (trial->report.reason.size > 0)
        trial->failure = arena_copy(trial->arena, trial->report.reason).data;
    return trial->report.outcome;
}

void trial_done(struct trial *trial, const char *config)
{
    cr_assert_eq(trial_run(trial, config), ACTION_OUTCOME_DONE, "%s\nof %s", trial->failure, config);
}

void trial_refused(struct trial *trial, const char *config, const char *failure)
{
    cr_assert_eq(trial_run(trial, config), ACTION_OUTCOME_REFUSED, "%s\nof %s", trial->failure, config);
    cr_assert_str_eq(trial->failure, failure, "found \"%s\"\nof %s", trial->failure, config);
}

void trial_out_of_memory(struct trial *trial, const char *config, enum action_outcome end)
{
    trial->request.config = read_json(trial, config);
    struct arena *small = arena_new(MIB(1), 0);
    size_t allocations = 0;
    do {
        arena_reset(small);
        arena_fail_after(small, ++allocations);
        trial_forget_effects();
        action_perform(&trial->environment, small, &trial->request, &trial->report);
        if (trial->report.outcome != end)
            cr_assert_eq(trial->report.outcome, ACTION_OUTCOME_REFUSED, "%zu: %.*s", allocations,
                         TEXT_ARG(trial->report.failure));
    } while (trial->report.outcome != end);
    cr_assert_gt(allocations, 10);
    arena_free(small);
}

const char *trial_check(struct trial *trial, const char *config)
{
    const struct json_value value = read_json(trial, config);
    struct decode_faults faults = {.arena = trial->arena};
    action_catalog_find(&action_catalog_all, trial->request.action_type)->check(trial->arena, &value, &faults);
    struct text all = decode_faults_text(&faults, trial->arena);
    return all.data != NULL ? arena_copy(trial->arena, all).data : "";
}

const char *trial_result(struct trial *trial, const char *key)
{
    const struct json_value *value = json_get(&trial->report.result, text_from(key));
    if (value == NULL)
        return "";
    struct text text = value->type == JSON_STRING ? value->string : json_to_text(trial->arena, value);
    return arena_copy(trial->arena, text).data;
}

const char *trial_sql(struct trial *trial, const char *sql)
{
    return postgres_value(trial->arena, sql);
}
