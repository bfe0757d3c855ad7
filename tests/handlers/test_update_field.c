/* update_field: what it writes and returns. Values are tested in update_field_binding.c, other tables in
   update_field_reference.c, unavailable servers in database_faults.c. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "generated/update_field.h"
#include "trial.h"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "update_field");
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(update_field, .init = set_up, .fini = tear_down);

/* A config with further members. */
static const char *config_with(const char *rest)
{
    return arena_print(
               trial.arena,
               "{\"target_entity\": \"sales.orders\", \"target_field\": \"text_column\", \"new_value\": \"new\"%s}",
               rest)
        .data;
}

static const char *where(const char *field, const char *operator, const char * value)
{
    return config_with(arena_print(trial.arena,
                                   ", \"conditions\": [{\"field_name\": \"%s\", \"operator\": \"%s\", \"value\": %s}]",
                                   field, operator, value)
                           .data);
}

/* The numbers of the updated orders; then resets them. */
static const char *written(void)
{
    const char *numbers = trial_sql(
        &trial,
        "SELECT coalesce(string_agg(number, ' ' ORDER BY number), '') FROM sales.orders WHERE text_column = 'new'");
    postgres_do("UPDATE sales.orders SET text_column = NULL WHERE text_column = 'new'");
    return numbers;
}

Test(update_field, without_conditions_the_entity_is_updated)
{
    trial_done(&trial, config_with(""));
    ASSERT_TEXT(written(), "SO-1");
    ASSERT_TEXT(trial_result(&trial, "target_record_id"), "");
    trial_done(&trial, config_with(", \"conditions\": []"));
    ASSERT_TEXT(written(), "SO-1");
}

Test(update_field, an_entity_id_of_null_is_refused_and_an_absent_one_matches_nothing)
{
    trial_context(&trial, "{\"entity_id\": null}");
    trial_refused(&trial, config_with(""), "no conditions specified and no entity_id in context");
    trial_context(&trial, "{}");
    trial_done(&trial, config_with(""));
    ASSERT_TEXT(trial_result(&trial, "records_affected"), "0");
    trial_context(&trial, "{\"entity_id\": \"nobody\"}");
    trial_refused(&trial, config_with(""),
                  "update failed: ERROR: invalid input syntax for type uuid: \"nobody\" (SQLSTATE 22P02)");
}

Test(update_field, the_result)
{
    trial_done(&trial, where("id", "equals", "\"" OTHER_ORDER "\""));
    static const char *const keys[] = {
        "update_id", "status",     "target_entity", "target_field",      "new_value",        "records_affected",
        "warnings",  "created_at", "completed_at",  "execution_time_ms", "target_record_id", "output"};
    cr_assert_eq(trial.report.result.object.count, sizeof(keys) / sizeof(keys[0]));
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        cr_assert(text_is(trial.report.result.object.members[i].key, keys[i]), "%s", keys[i]);
    ASSERT_TEXT(trial_result(&trial, "status"), "success");
    ASSERT_TEXT(trial_result(&trial, "target_entity"), "sales.orders");
    ASSERT_TEXT(trial_result(&trial, "target_field"), "text_column");
    ASSERT_TEXT(trial_result(&trial, "new_value"), "new");
    ASSERT_TEXT(trial_result(&trial, "records_affected"), "1");
    ASSERT_TEXT(trial_result(&trial, "warnings"), "[]");
    ASSERT_TEXT(trial_result(&trial, "target_record_id"), OTHER_ORDER);
    ASSERT_TEXT(trial_result(&trial, "output"), "success");
    cr_assert_eq(strncmp(trial_result(&trial, "created_at"), "20", 2), 0);
    cr_assert_eq(strncmp(trial_result(&trial, "update_id"), "update_", 7), 0);
}

Test(update_field, the_same_key_is_the_same_update)
{
    trial_done(&trial, config_with(""));
    const char *first = trial_result(&trial, "update_id");
    trial.environment.attempt = 2;
    trial_done(&trial, config_with(""));
    ASSERT_TEXT(trial_result(&trial, "update_id"), first);
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_done(&trial, config_with(""));
    cr_assert_str_neq(trial_result(&trial, "update_id"), first);
}

Test(update_field, other_columns_and_rows_are_not_touched)
{
    const char *rest =
        "SELECT md5(string_agg((to_jsonb(o) - 'text_column')::text, ',' ORDER BY id)) FROM sales.orders o";
    const char *before = trial_sql(&trial, rest);
    trial_done(&trial, config_with(""));
    ASSERT_TEXT(trial_sql(&trial, rest), before);
}

struct comparison {
    const char *field, *operator, * value, *written;
};

static const struct comparison comparisons[] = {
    {"number", "equals", "\"SO-1\"", "SO-1"},
    {"number", "equals", "\"so-1\"", ""},
    {"integer_column", "equals", "10", "SO-1"},
    {"integer_column", "equals", "\"10\"", "SO-1"},
    {"varchar_column", "equals", "7", "SO-2"},
    {"boolean_column", "equals", "true", "SO-2"},
    {"jsonb_column", "equals", "{\"b\": [2], \"a\": 1}", "SO-1"},
    {"number", "equals", "null", ""},
    {"number", "not_equals", "\"SO-1\"", "SO-2"},
    {"varchar_column", "not_equals", "\"x\"", "SO-2"}, /* NULL does not match */
    {"integer_column", "greater_than", "9", "SO-1 SO-2"},
    {"integer_column", "greater_than", "10", "SO-2"},
    {"numeric_column", "less_than", "2.5", "SO-1"},
    {"timestamp_column", "less_than", "\"2026-06-01\"", "SO-1"},
    {"number", "contains", "\"O-\"", "SO-1 SO-2"},
    {"number", "contains", "1", "SO-1"},
    {"number", "contains", "\"o-\"", ""},
    {"number", "contains", "\"S%1\"", "SO-1"}, /* % and _ in a value are wildcards */
    {"number", "contains", "\"S_-2\"", "SO-2"},
    {"number", "contains", "\"'\"", ""},
    {"number", "contains", "null", ""},
    {"varchar_column", "is_null", "null", "SO-1"},
    {"varchar_column", "is_not_null", "\"anything\"", "SO-2"},
    {"number", "in", "[\"SO-2\", \"SO-3\"]", "SO-2"},
    {"integer_column", "in", "[10, 11]", "SO-1"},
    {"integer_column", "in", "[\"10\", \"20\"]", "SO-1 SO-2"},
    {"varchar_column", "in", "[7, \"x\"]", "SO-2"},
    {"id", "in", "[\"" ORDER "\"]", "SO-1"},
    {"enum_column", "in", "[\"bad\"]", "SO-2"},
    {"number", "in", "\"{SO-1,SO-3}\"", "SO-1"},
    {"number", "in", "[]", ""},
    {"number", "in", "null", ""},
    {"number", "in", "[\"SO-1') OR ('1'='1\", \"{}\", \"\\\\\"]", ""},
    /* The Go worker compares not_in as equals; here it is NOT IN. */
    {"number", "not_in", "[\"SO-2\", \"SO-3\"]", "SO-1"},
    {"integer_column", "not_in", "[10]", "SO-2"},
    {"varchar_column", "not_in", "[\"x\"]", "SO-2"}, /* NULL does not match */
    {"number", "not_in", "[]", "SO-1 SO-2"},
    /* Saved by an editor that did not check: compared as equals. */
    {"number", "like", "\"SO-1\"", "SO-1"},
};

Test(update_field, every_operator)
{
    postgres_do("UPDATE sales.orders SET integer_column = 10, numeric_column = 2.49, timestamp_column = '2026-01-01',"
                " jsonb_column = '{\"a\": 1, \"b\": [2]}', enum_column = 'good' WHERE number = 'SO-1';"
                "UPDATE sales.orders SET integer_column = 20, varchar_column = '7', boolean_column = true,"
                " numeric_column = 2.50, timestamp_column = '2026-07-01', enum_column = 'bad' WHERE number = 'SO-2'");
    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
        const struct comparison *row = &comparisons[i];
        trial_done(&trial, where(row->field, row->operator, row->value));
        const char *numbers = written();
        cr_assert_str_eq(numbers, row->written, "%s %s %s wrote \"%s\"", row->field, row->operator, row->value,
                         numbers);
    }
}

Test(update_field, impossible_comparisons)
{
    trial_refused(&trial, where("integer_column", "contains", "\"1\""),
                  "update failed: ERROR: operator does not exist: integer ~~ text (SQLSTATE 42883)");
    trial_refused(&trial, where("number", "in", "\"SO-1\""),
                  "update failed: ERROR: malformed array literal: \"SO-1\" (SQLSTATE 22P02)");
    trial_refused(&trial, where("integer_column", "in", "5"),
                  "update failed: column \"integer_column\" is to be compared with a list, not with a number");
    trial_refused(&trial, where("integer_column", "in", "[true]"),
                  "update failed: a boolean does not fit column \"integer_column\" of type integer");
    trial_refused(&trial, where("boolean_column", "equals", "1"),
                  "update failed: a number does not fit column \"boolean_column\" of type boolean");
    trial_refused(&trial, where("number", "contains", "[1]"),
                  "update failed: an array does not fit column \"number\" of type text");
    trial_refused(&trial, where("integer_column", "equals", "1.5"),
                  "update failed: ERROR: invalid input syntax for type integer: \"1.5\" (SQLSTATE 22P02)");
}

Test(update_field, conditions_are_joined_by_and)
{
    trial_done(&trial,
               config_with(", \"conditions\": [{\"field_name\": \"number\", \"operator\": \"contains\", \"value\":"
                           " \"SO\"}, {\"field\": \"id\", \"operator\": \"not_equals\", \"value\": \"" ORDER "\"}]"));
    ASSERT_TEXT(written(), "SO-2");
    ASSERT_TEXT(trial_result(&trial, "target_record_id"), "");
}

Test(update_field, template_values_are_data)
{
    trial_done(&trial, "{\"target_entity\": \"sales.orders\", \"target_field\": \"text_column\","
                       " \"new_value\": \"for {{customer}}, {{ quantity }}\", \"conditions\":"
                       " [{\"field_name\": \"id\", \"operator\": \"equals\", \"value\": \"{{entity_id}}\"}]}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT text_column FROM sales.orders WHERE id = '" ORDER "'"),
                "for O'Hara \"x\"; --, 1500000");
    ASSERT_TEXT(trial_result(&trial, "target_record_id"), ORDER);
    trial_done(&trial, "{\"target_entity\": \"sales.orders\", \"target_field\": \"integer_column\","
                       " \"new_value\": \"{{quantity}}\"}");
    ASSERT_TEXT(trial_sql(&trial, "SELECT integer_column FROM sales.orders WHERE id = '" ORDER "'"), "1500000");
}

Test(update_field, errors_of_the_server)
{
    trial_refused(&trial,
                  "{\"target_entity\": \"inventory.inspections\", \"target_field\": \"status\", \"new_value\": \"x\"}",
                  "update failed: undefined table");
    trial_refused(&trial,
                  "{\"target_entity\": \"inventory.inspections\", \"target_field\": \"status\", \"new_value\": 5}",
                  "update failed: undefined table");
    trial_refused(&trial, "{\"target_entity\": \"sales.orders\", \"target_field\": \"status\", \"new_value\": \"x\"}",
                  "update failed: ERROR: column \"status\" of relation \"orders\" does not exist (SQLSTATE 42703)");
    trial_refused(&trial, "{\"target_entity\": \"sales.orders\", \"target_field\": \"status\", \"new_value\": [5]}",
                  "update failed: ERROR: column \"status\" of relation \"orders\" does not exist (SQLSTATE 42703)");
    trial_refused(&trial,
                  "{\"target_entity\": \"sales.orders\", \"target_field\": \"number\", \"new_value\": \"SO-2\"}",
                  "update failed: duplicated entry");
    trial_refused(&trial, "{\"target_entity\": \"sales.orders\", \"target_field\": \"number\", \"new_value\": null}",
                  "update failed: ERROR: null value in column \"number\" of relation \"orders\" violates not-null"
                  " constraint (SQLSTATE 23502)");
    trial_refused(
        &trial, "{\"target_entity\": \"sales.orders\", \"target_field\": \"status_id\", \"new_value\": \"" ORDER "\"}",
        "update failed: foreign key violation");
}

Test(update_field, an_exception_of_a_trigger_is_retried)
{
    postgres_do("CREATE FUNCTION sales.no() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'not now'; END $$;"
                "CREATE TRIGGER no BEFORE UPDATE ON sales.orders FOR EACH ROW EXECUTE FUNCTION sales.no()");
    cr_assert_eq(trial_run(&trial, config_with("")), ACTION_OUTCOME_RETRY);
    ASSERT_TEXT(trial.failure, "update failed: ERROR: not now (SQLSTATE P0001)");
}

struct saved {
    const char *config, *faults;
};

#define GOOD "\"target_entity\": \"sales.orders\", \"target_field\": \"notes\", \"new_value\": 1"
#define KEY  "\"field_type\": \"foreign_key\", \"foreign_key_config\": "
#define CONDITION(condition_)                                                                                          \
    "{" GOOD ", \"conditions\": [{\"field_name\": \"a\", \"operator\": \"equals\"}, " condition_ "]}"

static const struct saved saved[] = {
    {"{" GOOD "}", ""},
    {"{\"target_field\": \"notes\", \"new_value\": 1}", "target_entity is required"},
    {"{\"target_entity\": \"sales.orders\", \"new_value\": 1}", "target_field is required"},
    {"{\"target_entity\": \"sales.orders\", \"target_field\": \"notes\"}", "new_value is required"},
    {"{\"target_entity\": \"sales.orders\", \"target_field\": \"notes\", \"new_value\": null}",
     "new_value is required"},
    {"{\"target_entity\": \"sales.secrets\", \"target_field\": \"notes\", \"new_value\": 1}",
     "invalid target_entity: sales.secrets"},
    {"{\"target_entity\": \"sales.orders\", \"target_field\": \"Notes\", \"new_value\": 1}",
     "invalid target_field: Notes"},
    {"{" GOOD ", \"field_type\": \"foreign_key\"}", "foreign_key_config is required when field_type is foreign_key"},
    {"{" GOOD ", " KEY "{\"lookup_field\": \"name\"}}", "foreign_key_config.reference_table is required"},
    {"{" GOOD ", " KEY "{\"reference_table\": \"core.roles\"}}", "foreign_key_config.lookup_field is required"},
    {"{" GOOD ", " KEY "{\"reference_table\": \"core.secrets\", \"lookup_field\": \"name\"}}",
     "invalid reference_table: core.secrets"},
    {"{" GOOD ", " KEY "{\"reference_table\": \"core.roles\", \"lookup_field\": \"name\", \"id_field\": \"a b\"}}",
     "invalid foreign_key_config.id_field: a b"},
    {"{" GOOD ", " KEY "{\"reference_table\": \"core.roles\", \"lookup_field\": \"a;b\"}}",
     "invalid foreign_key_config.lookup_field: a;b"},
    {CONDITION("{\"operator\": \"equals\"}"), "condition 1: field_name is required"},
    {CONDITION("{\"field_name\": \"a b\", \"operator\": \"equals\"}"), "condition 1: invalid field_name: a b"},
    {CONDITION("{\"field_name\": \"a\"}"), "condition 1: operator is required"},
    {CONDITION("{\"field_name\": \"a\", \"operator\": \"like\"}"), "condition 1: invalid operator like"},
};

Test(update_field, every_validation_message)
{
    for (size_t i = 0; i < sizeof(saved) / sizeof(saved[0]); i++)
        ASSERT_TEXT(trial_check(&trial, saved[i].config), saved[i].faults);
    cr_assert_eq(strncmp(trial_check(&trial, "{\"target_entity\": 5, \"target_field\": \"a\", \"new_value\": 1}"),
                         "invalid configuration format: ", 30),
                 0);
}

Test(update_field, tables_outside_the_whitelist_are_refused_at_run_time)
{
    static const char *const tables[] = {
        "workflow.alerts",
        "core.currencies",
        "pg_catalog.pg_authid",
        "orders",
        "public.orders",
        "SALES.ORDERS",
        "sales.orders ",
        "sales.orders; DROP TABLE sales.orders",
        "sales.orders\\\" SET number = 'x' --",
        "sales.orders o",
        "\\\"sales\\\".\\\"orders\\\"",
        "sales.orders\\n",
    };
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        const char *config = arena_print(trial.arena,
                                         "{\"target_entity\": \"%s\", \"target_field\": \"name\","
                                         " \"new_value\": \"x\"}",
                                         tables[i])
                                 .data;
        cr_assert_eq(trial_run(&trial, config), ACTION_OUTCOME_REFUSED, "%s", tables[i]);
        cr_assert_eq(strncmp(trial.failure, "invalid target_entity: ", 23), 0, "%s", trial.failure);
    }
}

static const char *const hostile[] = {
    "number = 'x', text_column",
    "number\\\"",
    "number; DROP TABLE sales.orders; --",
    "number--",
    "number/**/",
    "a'b",
    "$1",
    "(SELECT 1)",
    "number\\u00e4",
    "Number",
    "1number",
    "number\\n",
    " number",
    "sales.number",
    "*",
    "\\\\",
};

/* Tries each text in every member that names a column; nothing may change. */
Test(update_field, sql_in_an_identifier_changes_nothing)
{
    static const char *const places[] = {
        "{\"target_entity\": \"sales.orders\", \"target_field\": \"%s\", \"new_value\": \"x\"}",
        "{\"target_entity\": \"sales.orders\", \"target_field\": \"text_column\", \"new_value\": \"x\","
        " \"conditions\": [{\"field_name\": \"%s\", \"operator\": \"is_not_null\"}]}",
        "{\"target_entity\": \"sales.orders\", \"target_field\": \"status_id\", \"new_value\": \"x\","
        " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\":"
        " \"products.brands\", \"lookup_field\": \"%s\"}}",
        "{\"target_entity\": \"sales.orders\", \"target_field\": \"status_id\", \"new_value\": \"SHIPPED\","
        " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\":"
        " \"products.brands\", \"lookup_field\": \"name\", \"id_field\": \"%s\"}}",
        "{\"target_entity\": \"sales.orders\", \"target_field\": \"status_id\", \"new_value\": \"x\","
        " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\": \"%s\","
        " \"lookup_field\": \"name\"}}",
        "{\"target_entity\": \"sales.orders\", \"target_field\": \"status_id\", \"new_value\": \"x\","
        " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\":"
        " \"products.brands\", \"lookup_field\": \"name\", \"allow_create\": true,"
        " \"create_config\": {\"%s\": 1}}}",
    };
    const char *everything = "SELECT md5(string_agg(t::text, ',')) FROM (SELECT o::text FROM sales.orders o UNION ALL"
                             " SELECT s::text FROM products.brands s ORDER BY 1) t";
    const char *before = trial_sql(&trial, everything);
    for (size_t place = 0; place < sizeof(places) / sizeof(places[0]); place++)
        for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
            char config[768];
            const char *hole = strstr(places[place], "%s");
            (void)snprintf(config, sizeof(config), "%.*s%s%s", (int)(hole - places[place]), places[place], hostile[i],
                           hole + 2);
            cr_assert_eq(trial_run(&trial, config), ACTION_OUTCOME_REFUSED, "%s", config);
            cr_assert_not_null(strstr(trial.failure, "invalid "), "%s", trial.failure);
        }
    ASSERT_TEXT(trial_sql(&trial, everything), before);
}

Test(update_field, sql_in_a_value_is_data)
{
    static const char *const values[] = {
        "'; DROP TABLE sales.orders; --", "\\\"",     "\\\\'", "$1", "$$", "%s %n", "{}", "{{}", "E'\\\\x00'",
        "\\u00e4\\u20ac\\ud83d\\ude00",   "a\\nb\\tc"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        trial_done(&trial, arena_print(trial.arena,
                                       "{\"target_entity\": \"sales.orders\", \"target_field\":"
                                       " \"text_column\", \"new_value\": \"%s\"}",
                                       values[i])
                               .data);
        trial_done(&trial, where("text_column", "equals", arena_print(trial.arena, "\"%s\"", values[i]).data));
        ASSERT_TEXT(trial_result(&trial, "records_affected"), "1");
        ASSERT_TEXT(written(), "SO-1");
    }
}
