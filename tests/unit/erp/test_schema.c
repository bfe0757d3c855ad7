/* What migrate creates and what it leaves unchanged. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "erp/schema.h"
#include "postgres.h"

static struct arena *arena;
static struct database *database;
static struct error error;
static size_t made_count;
static struct text made_first, made_last;

static void set_up(void)
{
    arena = arena_new(MIB(16), 0);
    struct database_options options = postgres_options();
    database = database_new(&options);
    error = ERROR_IN(arena);
    made_count = 0;
    postgres_do("DROP SCHEMA IF EXISTS core, workflow, inventory, products, sales CASCADE");
}

static void tear_down(void)
{
    database_free(database);
    arena_free(arena);
}

TestSuite(schema, .init = set_up, .fini = tear_down);

static void note(void *userdata, const char *kind, const char *name)
{
    struct text text = arena_print(userdata, "%s %s", kind, name);
    if (made_count++ == 0)
        made_first = text;
    made_last = text;
}

static enum status migrate(void)
{
    struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + 60000000};
    return schema_migrate(database, &wait, note, arena, &error);
}

#define TABLES                                                                                                         \
    "SELECT count(*) FROM pg_tables WHERE schemaname IN ('core', 'workflow', 'inventory', 'products', 'sales')"

Test(schema, all_tables_are_created_in_an_empty_database)
{
    cr_assert_eq(migrate(), STATUS_OK, "%.*s: %.*s", TEXT_ARG(error.where), TEXT_ARG(error.message));
    cr_assert_eq(postgres_count(TABLES), 22);
    cr_assert_eq(made_count, 5 + 3 + 22 + 2);
    cr_assert(text_is(made_first, "schema core"));
    cr_assert(text_is(made_last, "table sales.orders"));
}

/* One digest per table: columns in order with type, nullability and default. */
#define SHAPE(table_)                                                                                                  \
    "SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ||"                                    \
    " CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || coalesce(' = ' || pg_get_expr(d.adbin, d.adrelid), '')"   \
    ", ', ' ORDER BY a.attnum) FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid"                   \
    " AND d.adnum = a.attnum WHERE a.attrelid = '" table_ "'::regclass AND a.attnum > 0 AND NOT a.attisdropped"

Test(schema, tables_have_the_expected_shape)
{
    cr_assert_eq(migrate(), STATUS_OK);
    cr_assert_str_eq(postgres_value(arena, SHAPE("workflow.alert_recipients")),
                     "id uuid not null, alert_id uuid not null, recipient_type workflow.recipient_type not null,"
                     " recipient_id uuid not null, created_date timestamp without time zone not null");
    cr_assert_str_eq(postgres_value(arena, SHAPE("sales.orders")),
                     "id uuid not null, number character varying(100) not null");
    cr_assert_str_eq(postgres_value(arena, SHAPE("workflow.cascade_outbox")),
                     "id uuid not null, seq bigint not null = nextval('workflow.cascade_outbox_seq_seq'::regclass),"
                     " domain text not null, action text not null, event_type text not null,"
                     " entity_name text not null, payload jsonb not null, lineage jsonb,"
                     " created_at timestamp with time zone not null = now(), attempts integer not null = 0,"
                     " last_error text, published_at timestamp with time zone, dead boolean not null = false");
    cr_assert_eq(postgres_count("SELECT count(*) FROM information_schema.columns WHERE table_schema IN"
                                " ('core', 'workflow', 'inventory', 'products', 'sales')"),
                 185);
}

Test(schema, stock_and_approval_tables)
{
    cr_assert_eq(migrate(), STATUS_OK);
    cr_assert_str_eq(postgres_value(arena, SHAPE("workflow.allocation_results")),
                     "id uuid not null, idempotency_key character varying(255) not null,"
                     " allocation_data jsonb not null, created_date timestamp without time zone not null");
    cr_assert_str_eq(postgres_value(arena, SHAPE("inventory.inventory_items")),
                     "id uuid not null, product_id uuid not null, location_id uuid not null,"
                     " quantity integer not null, reserved_quantity integer not null,"
                     " allocated_quantity integer not null, minimum_stock integer not null,"
                     " maximum_stock integer not null, reorder_point integer not null,"
                     " economic_order_quantity integer not null, safety_stock integer not null,"
                     " avg_daily_usage integer not null, created_date timestamp without time zone not null,"
                     " updated_date timestamp without time zone not null, scenario_id uuid");
    cr_assert_str_eq(postgres_value(arena, SHAPE("inventory.inventory_locations")),
                     "id uuid not null, zone_id uuid not null, warehouse_id uuid not null,"
                     " aisle character varying(20) not null, rack character varying(20) not null,"
                     " shelf character varying(20) not null, bin character varying(20) not null,"
                     " is_pick_location boolean not null, is_reserve_location boolean not null,"
                     " max_capacity integer not null, current_utilization numeric(10,4) not null,"
                     " created_date timestamp without time zone not null,"
                     " updated_date timestamp without time zone not null, location_code character varying(100)");
    cr_assert_str_eq(postgres_value(arena, SHAPE("workflow.approval_requests")),
                     "approval_request_id uuid not null, execution_id uuid not null, rule_id uuid,"
                     " action_name character varying(100) not null, approvers uuid[] not null,"
                     " approval_type character varying(20) not null = 'any'::character varying,"
                     " status character varying(20) not null = 'pending'::character varying,"
                     " timeout_hours integer not null = 72, task_token text not null, approval_message text,"
                     " resolved_by uuid, resolution_reason text, created_date timestamp without time zone not null"
                     " = now(), resolved_date timestamp without time zone, scenario_id uuid");
    /* Handlers rely on one result per key, one row of stock per product and location, and unique recipients. */
    cr_assert_eq(postgres_count("SELECT count(*) FROM pg_constraint WHERE contype = 'u' AND conrelid IN"
                                " ('workflow.allocation_results'::regclass, 'inventory.inventory_items'::regclass,"
                                " 'workflow.alert_recipients'::regclass)"),
                 3);
}

#define ALL_TABLES "FROM pg_tables WHERE schemaname IN ('core', 'workflow', 'inventory', 'products', 'sales')"

/* Only the missing table is created. */
Test(schema, a_missing_table_is_created)
{
    cr_assert_eq(migrate(), STATUS_OK);
    for (long i = 0; i < 22; i++) {
        struct text drop =
            arena_print(arena, "SELECT schemaname || '.' || tablename " ALL_TABLES " ORDER BY 1 OFFSET %ld LIMIT 1", i);
        const char *name = postgres_value(arena, drop.data);
        postgres_do(arena_print(arena, "DROP TABLE %s CASCADE", name).data);
        cr_assert_eq(postgres_count(TABLES), 21);
        made_count = 0;
        cr_assert_eq(migrate(), STATUS_OK, "%s: %.*s", name, TEXT_ARG(error.message));
        cr_assert(text_equal(made_first, arena_print(arena, "table %s", name)), "%.*s", TEXT_ARG(made_first));
        bool has_index = strcmp(name, "workflow.alerts") == 0 || strcmp(name, "workflow.action_effects") == 0;
        cr_assert_eq(made_count, has_index ? 2 : 1, "%s", name);
    }
    cr_assert_eq(postgres_count(TABLES), 22);
}

Test(schema, a_second_run_creates_nothing)
{
    cr_assert_eq(migrate(), STATUS_OK);
    made_count = 0;
    cr_assert_eq(migrate(), STATUS_OK);
    cr_assert_eq(made_count, 0);
}

Test(schema, existing_tables_are_unchanged)
{
    postgres_do(
        "CREATE SCHEMA sales; CREATE TABLE sales.orders (id int, odd text); INSERT INTO sales.orders VALUES (1);"
        "CREATE SCHEMA workflow; CREATE TYPE workflow.alert_severity AS ENUM ('low', 'odd');"
        "CREATE TABLE workflow.alerts (id uuid PRIMARY KEY)");
    cr_assert_eq(migrate(), STATUS_OK, "%.*s: %.*s", TEXT_ARG(error.where), TEXT_ARG(error.message));
    cr_assert_str_eq(postgres_value(arena, SHAPE("sales.orders")), "id integer, odd text");
    cr_assert_eq(postgres_count("SELECT count(*) FROM sales.orders"), 1);
    cr_assert_str_eq(postgres_value(arena, SHAPE("workflow.alerts")), "id uuid not null");
    cr_assert_str_eq(postgres_value(arena, "SELECT enum_range(NULL::workflow.alert_severity)"), "{low,odd}");
    cr_assert_eq(postgres_count("SELECT count(*) FROM pg_indexes WHERE tablename = 'alerts'"), 1);
    cr_assert_eq(postgres_count(TABLES), 22);
    cr_assert_eq(made_count, 3 + 2 + 20 + 1);
}

Test(schema, a_failure_leaves_nothing_behind)
{
    /* The table that the foreign key of recipients refers to is missing. */
    postgres_do("CREATE SCHEMA workflow; CREATE TABLE workflow.alerts (odd int)");
    cr_assert_eq(migrate(), STATUS_INVALID);
    cr_assert(text_is(error.where, "workflow.alert_recipients"), "%.*s", TEXT_ARG(error.where));
    cr_assert_eq(text_find(error.message, TEXT("ERROR: column \"id\" referenced in foreign key")), 0, "%.*s",
                 TEXT_ARG(error.message));
    cr_assert_eq(made_count, 0);
    cr_assert_eq(postgres_count(TABLES), 1);
    cr_assert_eq(postgres_count("SELECT count(*) FROM pg_namespace WHERE nspname = 'core'"), 0);
}

static void *migrate_too(void *argument)
{
    struct arena *own = arena_new(MIB(1), 0);
    struct error why = ERROR_IN(own);
    struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + 60000000};
    enum status *status = argument;
    *status = schema_migrate(database, &wait, NULL, NULL, &why);
    arena_free(own);
    return NULL;
}

Test(schema, concurrent_migrations_are_serialized)
{
    enum status ends[6];
    pthread_t threads[6];
    for (size_t i = 0; i < 6; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, migrate_too, &ends[i]), 0);
    for (size_t i = 0; i < 6; i++) {
        (void)pthread_join(threads[i], NULL);
        cr_assert_eq(ends[i], STATUS_OK);
    }
    cr_assert_eq(postgres_count(TABLES), 22);
}

Test(schema, an_unavailable_server_is_reported_as_such)
{
    struct database_options options = {.host = TEXT("127.0.0.1:1"), .user = TEXT("u"), .name = TEXT("n")};
    struct database *nowhere = database_new(&options);
    struct database_wait wait = {0};
    cr_assert_eq(schema_migrate(nowhere, &wait, note, arena, &error), STATUS_UNAVAILABLE);
    cr_assert_neq(text_find(error.message, TEXT("Connection refused")), SIZE_MAX);
    database_free(nowhere);
}
