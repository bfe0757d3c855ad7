#include <criterion/criterion.h>
#include <string.h>

#include "erp/protected_columns.h"
#include "trial.h"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "update_field");
}

static void tear_down(void)
{
    protected_columns_enforce(true);
    trial_close(&trial);
}

TestSuite(update_field_protected, .init = set_up, .fini = tear_down);

#define REFUSED(column_, table_)                                                                                       \
    "field \"" column_ "\" on \"" table_ "\" is protected and cannot be set by generic workflow actions"
#define END ": workflow: protected field"

static const char *update(const char *table, const char *column)
{
    return arena_print(trial.arena, "{\"target_entity\": \"%s\", \"target_field\": \"%s\", \"new_value\": \"x\"}",
                       table, column)
        .data;
}

static const char *make(const char *table, const char *lookup, const char *columns)
{
    return arena_print(trial.arena,
                       "{\"target_entity\": \"sales.orders\", \"target_field\": \"uuid_column\", \"new_value\": \"x\","
                       " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\": \"%s\","
                       " \"lookup_field\": \"%s\", \"allow_create\": true, \"create_config\": {%s}}}",
                       table, lookup, columns)
        .data;
}

static void refused_everywhere(const char *config, const char *fault)
{
    ASSERT_TEXT(trial_check(&trial, config), fault);
    trial_refused(&trial, config, fault);
}

Test(update_field_protected, a_column_with_an_action_of_its_own)
{
    refused_everywhere(update("inventory.inventory_items", "quantity"),
                       REFUSED("quantity", "inventory.inventory_items") "; use the \"receive_inventory\" action" END);
    refused_everywhere(update("sales.orders", "order_fulfillment_status_id"),
                       REFUSED("order_fulfillment_status_id", "sales.orders") //
                       "; use the \"release_to_picking\" action" END);
    refused_everywhere(update("procurement.purchase_orders", "purchase_order_status_id"),
                       REFUSED("purchase_order_status_id", "procurement.purchase_orders") //
                       "; use the \"approve_purchase_order / reject_purchase_order\" action" END);
}

Test(update_field_protected, a_column_that_no_rule_writes)
{
    static const char *const columns[] = {"password_hash", "roles", "system_roles", "enabled", "date_approved"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        refused_everywhere(
            update("core.users", columns[i]),
            arena_print(trial.arena,
                        "field \"%s\" on \"core.users\" is protected and cannot be set by generic workflow actions" END,
                        columns[i])
                .data);
    refused_everywhere(update("sales.order_line_items", "quantity"), REFUSED("quantity", "sales.order_line_items") END);
}

Test(update_field_protected, a_whole_table_names_the_column_of_the_config)
{
    refused_everywhere(update("core.user_roles", "role_id"), REFUSED("role_id", "core.user_roles") END);
    refused_everywhere(update("workflow.rule_actions", "no_such"), REFUSED("no_such", "workflow.rule_actions") END);
}

Test(update_field_protected, other_columns_stay_writable)
{
    ASSERT_TEXT(trial_check(&trial, update("core.users", "first_name")), "");
    ASSERT_TEXT(trial_check(&trial, update("products.brands", "name")), "");
    ASSERT_TEXT(trial_check(&trial, update("inventory.inventory_items", "reorder_point")), "");
    trial_done(&trial, update("sales.orders", "text_column"));
}

Test(update_field_protected, nothing_is_asked_of_the_database)
{
    trial_move(&trial, TEXT("127.0.0.1:1"));
    trial.environment.local = true;
    trial_refused(&trial, update("core.users", "roles"), REFUSED("roles", "core.users") END);
}

Test(update_field_protected, the_column_is_not_for_the_log)
{
    (void)trial_run(&trial, update("core.user_roles", "secret_name"));
    struct failure failure = action_report_failure(&trial.report);
    struct text shown = text_slice(failure.text, 0, failure.head);
    cr_assert_eq(text_find(shown, TEXT("secret_name")), SIZE_MAX);
    cr_assert_neq(text_find(text_slice(failure.text, failure.text.size - failure.tail, SIZE_MAX), TEXT("protected")),
                  SIZE_MAX);
}

Test(update_field_protected, a_row_that_a_foreign_key_may_insert)
{
    refused_everywhere(make("core.roles", "name", "\"description\": \"x\""), REFUSED("description", "core.roles") END);
    refused_everywhere(make("core.roles", "name", ""), REFUSED("name", "core.roles") END);
    refused_everywhere(make("core.users", "username", "\"email\": \"x\", \"roles\": \"{ADMIN}\", \"enabled\": true"),
                       REFUSED("roles", "core.users") END);
    refused_everywhere(make("core.users", "password_hash", ""), REFUSED("password_hash", "core.users") END);
    ASSERT_TEXT(trial_sql(&trial, "SELECT count(*) FROM workflow.entity_types"), "1");
}

Test(update_field_protected, each_place_is_reported)
{
    const char *config = "{\"target_entity\": \"core.users\", \"target_field\": \"approved_by\", \"new_value\": \"x\","
                         " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\":"
                         " \"core.users\", \"lookup_field\": \"username\", \"allow_create\": true,"
                         " \"create_config\": {\"enabled\": true}}}";
    refused_everywhere(config, REFUSED("approved_by", "core.users") END "; " REFUSED("enabled", "core.users") END);
}

Test(update_field_protected, reading_is_allowed)
{
    trial_done(&trial,
               "{\"target_entity\": \"sales.orders\", \"target_field\": \"uuid_column\", \"new_value\": \"table\","
               " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\":"
               " \"workflow.entity_types\", \"lookup_field\": \"name\"}}");
    ASSERT_TEXT(trial_result(&trial, "resolved_value"), "23cc390c-9354-40e3-8e1f-39485d23d1f3");
}

/* This holds whether protection is on or off. */
Test(update_field_protected, a_secret_is_neither_read_nor_compared)
{
    for (int enforced = 0; enforced <= 1; enforced++) {
        protected_columns_enforce(enforced);
        refused_everywhere("{\"target_entity\": \"core.users\", \"target_field\": \"first_name\", \"new_value\": \"x\","
                           " \"conditions\": [{\"field_name\": \"id\", \"operator\": \"is_not_null\"},"
                           " {\"field_name\": \"password_hash\", \"operator\": \"contains\", \"value\": \"$2a\"}]}",
                           "condition 1: invalid field_name: password_hash");
        refused_everywhere(
            "{\"target_entity\": \"sales.orders\", \"target_field\": \"uuid_column\", \"new_value\": \"x\","
            " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\":"
            " \"core.users\", \"lookup_field\": \"password_hash\", \"id_field\": \"password_hash\"}}",
            "invalid foreign_key_config.id_field: password_hash;"
            " invalid foreign_key_config.lookup_field: password_hash");
    }
}

/* A bare name that is not a column stands for the row of the table with that name, with all its columns. */
Test(update_field_protected, names_of_tables_are_no_columns)
{
    trial_refused(&trial,
                  "{\"target_entity\": \"sales.orders\", \"target_field\": \"text_column\", \"new_value\": \"x\","
                  " \"conditions\": [{\"field_name\": \"orders\", \"operator\": \"is_not_null\"}]}",
                  "update failed: ERROR: column \"orders\" does not exist (SQLSTATE 42703)");
    trial_refused(&trial,
                  "{\"target_entity\": \"sales.orders\", \"target_field\": \"uuid_column\", \"new_value\": \"SHIPPED\","
                  " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\": \"products.brands\","
                  " \"lookup_field\": \"name\", \"id_field\": \"brands\"}}",
                  "foreign key resolution failed: lookup query failed: ERROR: column \"brands\" does not exist"
                  " (SQLSTATE 42703)");
}

Test(update_field_protected, off_by_the_setting)
{
    protected_columns_enforce(false);
    ASSERT_TEXT(trial_check(&trial, update("core.user_roles", "role_id")), "");
    trial_done(&trial,
               "{\"target_entity\": \"workflow.entity_types\", \"target_field\": \"name\", \"new_value\": \"x\","
               " \"conditions\": [{\"field_name\": \"name\", \"operator\": \"equals\", \"value\": \"table\"}]}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT name FROM workflow.entity_types"), "x");
}

/* ---- the table itself ---- */

Test(update_field_protected, the_list_is_sorted_and_its_tables_are_known)
{
    size_t whole = 0;
    for (size_t i = 0; i < protected_column_count; i++) {
        const struct protected_column *row = &protected_columns[i];
        const char *column = row->column != NULL ? row->column : "any_column";
        const char *faults = trial_check(&trial, update(row->table, column));
        whole += row->column == NULL;
        cr_expect_not_null(strstr(faults, "is protected"), "%s.%s: %s", row->table, column, faults);
        if (i == 0)
            continue;
        const struct protected_column *last = &protected_columns[i - 1];
        int order = strcmp(last->table, row->table);
        cr_expect_leq(order, 0, "%s", row->table);
        if (order == 0)
            cr_expect(last->column != NULL && row->column != NULL && strcmp(last->column, row->column) < 0, "%s.%s",
                      row->table, column);
    }
    cr_expect_eq(whole, 22u);
}
