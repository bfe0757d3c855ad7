/* What migrate creates and what it leaves unchanged. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "erp/schema.h"
#include "erp/schema_tables.h"
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
    postgres_do("DROP SCHEMA IF EXISTS core, workflow, inventory, products, sales, procurement CASCADE");
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

#define SCHEMAS    "('core', 'workflow', 'inventory', 'products', 'sales', 'procurement')"
#define ALL_TABLES "FROM pg_tables WHERE schemaname IN " SCHEMAS
#define TABLES     "SELECT count(*) " ALL_TABLES

enum { SCHEMA_COUNT = 6, TYPE_COUNT = 3, TABLE_COUNT = 35, INDEX_COUNT = 8 };

Test(schema, all_tables_are_created_in_an_empty_database)
{
    cr_assert_eq(migrate(), STATUS_OK, "%.*s: %.*s", TEXT_ARG(error.where), TEXT_ARG(error.message));
    cr_assert_eq(postgres_count(TABLES), TABLE_COUNT);
    cr_assert_eq(made_count, SCHEMA_COUNT + TYPE_COUNT + TABLE_COUNT + INDEX_COUNT);
    cr_assert(text_is(made_first, "schema core"));
    cr_assert(text_is(made_last, "index procurement.purchase_order_line_items (purchase_order_id)"));
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
    cr_assert_str_eq(postgres_value(arena, SHAPE("workflow.cascade_outbox")),
                     "id uuid not null, seq bigint not null = nextval('workflow.cascade_outbox_seq_seq'::regclass),"
                     " domain text not null, action text not null, event_type text not null,"
                     " entity_name text not null, payload jsonb not null, lineage jsonb,"
                     " created_at timestamp with time zone not null = now(), attempts integer not null = 0,"
                     " last_error text, published_at timestamp with time zone, dead boolean not null = false");
    cr_assert_eq(postgres_count("SELECT count(*) FROM information_schema.columns WHERE table_schema IN " SCHEMAS), 379);
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

#define TIME    " timestamp without time zone"
#define VARCHAR " character varying"

Test(schema, order_tables)
{
    cr_assert_eq(migrate(), STATUS_OK);
    cr_assert_str_eq(
        postgres_value(arena, SHAPE("sales.orders")),
        "id uuid not null, number" VARCHAR "(100) not null, customer_id uuid not null, due_date" TIME " not null,"
        " order_fulfillment_status_id uuid not null, billing_address_id uuid, shipping_address_id uuid,"
        " order_date date, payment_term_id uuid, notes text, subtotal numeric(12,2) = 0, tax_rate numeric(5,2) = 0,"
        " tax_amount numeric(12,2) = 0, shipping_cost numeric(12,2) = 0, total_amount numeric(12,2) = 0,"
        " currency_id uuid not null, created_by uuid not null, updated_by uuid not null, created_date" TIME
        " not null, updated_date" TIME " not null, assigned_to uuid, priority" VARCHAR
        "(10) not null = 'medium'::character varying, scenario_id uuid");
    cr_assert_str_eq(postgres_value(arena, SHAPE("sales.order_line_items")),
                     "id uuid not null, order_id uuid not null, product_id uuid not null, quantity integer not null"
                     " = 1, picked_quantity integer not null = 0, scenario_id uuid");
    cr_assert_str_eq(
        postgres_value(arena, SHAPE("inventory.pick_tasks")),
        "id uuid not null, sales_order_id uuid not null, sales_order_line_item_id uuid not null,"
        " product_id uuid not null, lot_id uuid, serial_id uuid, location_id uuid not null, quantity_to_pick integer"
        " not null, quantity_picked integer not null = 0, status" VARCHAR
        "(20) not null = 'pending'::character varying,"
        " assigned_to uuid, assigned_at" TIME ", completed_by uuid, completed_at" TIME ", short_pick_reason text,"
        " created_by uuid not null, created_date" TIME " not null, updated_date" TIME " not null, task_number" VARCHAR
        "(32), scenario_id uuid");
    cr_assert_str_eq(postgres_value(arena, SHAPE("inventory.put_away_tasks")),
                     "id uuid not null, product_id uuid not null, location_id uuid not null, quantity integer not null,"
                     " reference_number" VARCHAR "(100) not null = ''::character varying, status" VARCHAR
                     "(20) not null = 'pending'::character varying, assigned_to uuid, assigned_at" TIME
                     ", completed_by uuid,"
                     " completed_at" TIME ", created_by uuid not null, created_date" TIME " not null, updated_date" TIME
                     " not null, scenario_id uuid");
    cr_assert_str_eq(
        postgres_value(arena, SHAPE("inventory.transfer_orders")),
        "id uuid not null, product_id uuid not null, from_location_id uuid not null, to_location_id uuid not null,"
        " requested_by uuid not null, approved_by uuid, quantity integer not null, status" VARCHAR
        "(20) not null, transfer_date" TIME " not null, created_date" TIME " not null, updated_date" TIME
        " not null, approval_reason text, rejected_by_id uuid, rejection_reason text, claimed_by uuid, claimed_at" TIME
        ", completed_by uuid, completed_at" TIME ", transfer_number" VARCHAR "(32), scenario_id uuid");
}

#define MONEY(name_) " " name_ " numeric(10,2) not null = 0.00,"

Test(schema, purchase_tables)
{
    cr_assert_eq(migrate(), STATUS_OK);
    cr_assert_str_eq(
        postgres_value(arena, SHAPE("procurement.purchase_orders")),
        "id uuid not null, order_number" VARCHAR
        "(100) not null, supplier_id uuid not null, purchase_order_status_id uuid"
        " not null, delivery_warehouse_id uuid not null, delivery_location_id uuid, delivery_street_id uuid,"
        " order_date" TIME " not null, expected_delivery_date" TIME " not null, actual_delivery_date" TIME "," //
        MONEY("subtotal") MONEY("tax_amount") MONEY("shipping_cost") MONEY("total_amount")                     //
        " currency_id uuid not null, requested_by uuid not null, approved_by uuid, approved_date" TIME ","
        " approval_reason text, rejected_by uuid, rejected_date" TIME ", rejection_reason text, notes text,"
        " supplier_reference_number" VARCHAR
        "(100), created_by uuid not null, updated_by uuid not null, created_date" TIME " not null, updated_date" TIME
        " not null, priority" VARCHAR "(10) not null = 'medium'::character varying,"
        " scenario_id uuid");
    cr_assert_str_eq(
        postgres_value(arena, SHAPE("procurement.purchase_order_line_items")),
        "id uuid not null, purchase_order_id uuid not null, supplier_product_id uuid not null, quantity_ordered integer"
        " not null, quantity_received integer not null = 0, quantity_cancelled integer not null = 0, unit_cost"
        " numeric(10,2) not null, discount numeric(10,2) = 0.00, line_total numeric(10,2) not null,"
        " line_item_status_id uuid not null, expected_delivery_date" TIME ", actual_delivery_date" TIME ", notes text,"
        " created_by uuid not null, updated_by uuid not null, created_date" TIME " not null, updated_date" TIME
        " not null, scenario_id uuid");
    cr_assert_eq(postgres_count("SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND connamespace IN"
                                " ('procurement'::regnamespace, 'inventory'::regnamespace, 'sales'::regnamespace)"),
                 11);
    cr_assert_eq(postgres_count("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid IN"
                                " ('inventory.pick_tasks'::regclass, 'procurement.purchase_order_line_items'::regclass,"
                                " 'inventory.inventory_transactions'::regclass)"),
                 8 + 4 + 4);
}

/* How many indexes come with the table. */
static size_t index_count(const char *table)
{
    size_t count = 0;
    for (size_t i = 0; i < schema_object_count; i++) {
        const struct schema_object *object = &schema_objects[i];
        count += object->kind == SCHEMA_INDEX && strncmp(object->name, table, strlen(table)) == 0 &&
                 object->name[strlen(table)] == ' ';
    }
    return count;
}

/* Only the missing table is created. */
Test(schema, a_missing_table_is_created)
{
    cr_assert_eq(migrate(), STATUS_OK);
    for (long i = 0; i < TABLE_COUNT; i++) {
        struct text drop =
            arena_print(arena, "SELECT schemaname || '.' || tablename " ALL_TABLES " ORDER BY 1 OFFSET %ld LIMIT 1", i);
        const char *name = postgres_value(arena, drop.data);
        postgres_do(arena_print(arena, "DROP TABLE %s CASCADE", name).data);
        cr_assert_eq(postgres_count(TABLES), TABLE_COUNT - 1);
        made_count = 0;
        cr_assert_eq(migrate(), STATUS_OK, "%s: %.*s", name, TEXT_ARG(error.message));
        cr_assert(text_equal(made_first, arena_print(arena, "table %s", name)), "%.*s", TEXT_ARG(made_first));
        cr_assert_eq(made_count, 1 + index_count(name), "%s", name);
    }
    cr_assert_eq(postgres_count(TABLES), TABLE_COUNT);
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
    postgres_do("CREATE SCHEMA sales; CREATE TABLE sales.orders (id uuid PRIMARY KEY, odd text);"
                "INSERT INTO sales.orders VALUES (gen_random_uuid());"
                "CREATE SCHEMA workflow; CREATE TYPE workflow.alert_severity AS ENUM ('low', 'odd');"
                "CREATE TABLE workflow.alerts (id uuid PRIMARY KEY)");
    cr_assert_eq(migrate(), STATUS_OK, "%.*s: %.*s", TEXT_ARG(error.where), TEXT_ARG(error.message));
    cr_assert_str_eq(postgres_value(arena, SHAPE("sales.orders")), "id uuid not null, odd text");
    cr_assert_eq(postgres_count("SELECT count(*) FROM sales.orders"), 1);
    cr_assert_str_eq(postgres_value(arena, SHAPE("workflow.alerts")), "id uuid not null");
    cr_assert_str_eq(postgres_value(arena, "SELECT enum_range(NULL::workflow.alert_severity)"), "{low,odd}");
    cr_assert_eq(postgres_count("SELECT count(*) FROM pg_indexes WHERE tablename = 'alerts'"), 1);
    cr_assert_eq(postgres_count(TABLES), TABLE_COUNT);
    cr_assert_eq(made_count, SCHEMA_COUNT - 2 + TYPE_COUNT - 1 + TABLE_COUNT - 2 + INDEX_COUNT - 1);
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
    cr_assert_eq(postgres_count(TABLES), TABLE_COUNT);
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
