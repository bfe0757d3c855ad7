#include <criterion/criterion.h>
#include <string.h>

#include "generated/lookup_entity.h"
#include "trial.h"

static struct trial trial;

#define LOOKUP(entity_, filter_, fields_, more_)                                                                       \
    "{\"entity\": \"" entity_ "\", \"filter\": {" filter_ "}, \"fields\": [" fields_ "], \"output_key\": \"it\"" more_ \
    "}"
#define ORDERS(filter_, fields_) LOOKUP("sales.orders", filter_, fields_, "")

static void set_up(void)
{
    trial_open(&trial, "lookup_entity");
    postgres_do("UPDATE sales.orders SET integer_column = 7, numeric_column = 1.50, text_column = 'a',"
                " boolean_column = true, timestamp_column = '2026-01-01', jsonb_column = '{\"a\": [1]}',"
                " texts_column = '{x,y}' WHERE number = 'SO-1'");
}

static void tear_down(void)
{
    trial_close(&trial);
}

TestSuite(lookup_entity, .init = set_up, .fini = tear_down);

static const char *result(void)
{
    return arena_copy(trial.arena, json_to_text(trial.arena, &trial.report.result)).data;
}

Test(lookup_entity, one_row)
{
    trial_done(&trial, ORDERS("\"id\": \"{{entity_id}}\"", "\"number\", \"id\", \"number\""));
    ASSERT_TEXT(result(), "{\"found\":true,\"it\":{\"number\":\"SO-1\",\"id\":\"" ORDER "\"},\"output\":\"found\"}");
}

Test(lookup_entity, several_rows_in_the_order_of_their_ids)
{
    trial_done(&trial, ORDERS("\"uuid_column\": null", "\"number\""));
    ASSERT_TEXT(result(), "{\"found\":true,\"it\":[{\"number\":\"SO-1\"},{\"number\":\"SO-2\"}],\"it_count\":2,"
                          "\"output\":\"found\"}");
}

Test(lookup_entity, no_row)
{
    trial_done(&trial, ORDERS("\"number\": \"SO-1\", \"integer_column\": 8", "\"number\""));
    ASSERT_TEXT(result(), "{\"found\":false,\"it\":null,\"output\":\"not_found\"}");
}

Test(lookup_entity, values_have_the_types_of_their_columns)
{
    trial_done(&trial, ORDERS("\"number\": \"SO-1\"",
                              "\"integer_column\", \"numeric_column\", \"boolean_column\", \"timestamp_column\","
                              " \"jsonb_column\", \"texts_column\", \"uuid_column\""));
    ASSERT_TEXT(trial_result(&trial, "it"),
                "{\"integer_column\":7,\"numeric_column\":\"1.50\",\"boolean_column\":true,"
                "\"timestamp_column\":\"2026-01-01T00:00:00Z\",\"jsonb_column\":{\"a\":[1]},"
                "\"texts_column\":[\"x\",\"y\"],\"uuid_column\":null}");
}

Test(lookup_entity, filters_of_each_type)
{
    trial_context(&trial, "{\"n\": 7, \"yes\": true}");
    static const char *const filters[] = {"\"integer_column\": \"{{n}}\"",
                                          "\"integer_column\": 7",
                                          "\"integer_column\": \"7\"",
                                          "\"boolean_column\": true",
                                          "\"boolean_column\": \"{{yes}}\"",
                                          "\"numeric_column\": 1.5",
                                          "\"text_column\": \"a\", \"integer_column\": 7"};
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        trial_done(&trial, arena_print(trial.arena, ORDERS("%s", "\"number\""), filters[i]).data);
        ASSERT_TEXT(trial_result(&trial, "it"), "{\"number\":\"SO-1\"}");
    }
}

Test(lookup_entity, sql_in_a_value_is_data)
{
    static const char *const values[] = {
        "'; DROP TABLE sales.orders; --", "x' OR '1'='1", "\\\\", "$1", "{a,\\\"b\\\"}", "%"};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const char *filter = arena_print(trial.arena, "\"text_column\": \"%s\"", values[i]).data;
        const char *config = arena_print(trial.arena, ORDERS("%s", "\"text_column\""), filter).data;
        trial_done(&trial, config);
        ASSERT_TEXT(trial_result(&trial, "output"), "not_found");
        trial.request.action_type = TEXT("update_field");
        trial_done(&trial, arena_print(trial.arena,
                                       "{\"target_entity\": \"sales.orders\", \"target_field\":"
                                       " \"text_column\", \"new_value\": \"%s\"}",
                                       values[i])
                               .data);
        trial.request.action_type = TEXT("lookup_entity");
        trial_done(&trial, config);
        ASSERT_TEXT(trial_result(&trial, "it"), arena_print(trial.arena, "{\"text_column\":\"%s\"}", values[i]).data);
    }
}

Test(lookup_entity, protected_tables_may_be_read)
{
    trial_done(&trial, LOOKUP("workflow.entity_types", "\"name\": \"table\"", "\"is_active\"", ""));
    ASSERT_TEXT(trial_result(&trial, "it"), "{\"is_active\":true}");
}

Test(lookup_entity, at_most_a_thousand_rows)
{
    postgres_do(
        "INSERT INTO products.brands (id, name) SELECT gen_random_uuid(), 'many' FROM generate_series(1, 1000)");
    const char *many = LOOKUP("products.brands", "\"name\": \"many\"", "\"name\"", "");
    trial_done(&trial, many);
    ASSERT_TEXT(trial_result(&trial, "it_count"), "1000");
    postgres_do("INSERT INTO products.brands (id, name) SELECT gen_random_uuid(), 'many'");
    trial_refused(&trial, many, "lookup of products.brands gives more than 1000 rows");
}

/* They are cut like every value of a result: see action_result_cut. */
Test(lookup_entity, rows_that_are_too_large_for_the_context)
{
    postgres_do("UPDATE sales.orders SET text_column = repeat('x', 30000)");
    trial_done(&trial, ORDERS("\"uuid_column\": null", "\"text_column\""));
    ASSERT_TEXT(result(), "{\"found\":true,\"it\":\"[LARGE_OBJECT_TRUNCATED]\",\"it_count\":2,\"output\":\"found\","
                          "\"it_truncated\":true}");
}

Test(lookup_entity, errors_of_the_server)
{
    trial_refused(&trial, ORDERS("\"id\": \"{{missing}}\"", "\"number\""),
                  "lookup query failed: ERROR: invalid input syntax for type uuid: \"\" (SQLSTATE 22P02)");
    trial_refused(&trial, ORDERS("\"number\": \"x\"", "\"colour\""),
                  "lookup query failed: ERROR: column \"colour\" does not exist (SQLSTATE 42703)");
    trial_refused(&trial, LOOKUP("inventory.inspections", "\"id\": \"x\"", "\"id\"", ""),
                  "lookup query failed: undefined table");
}

Test(lookup_entity, what_cannot_be_read_as_json)
{
    postgres_do("UPDATE sales.orders SET jsonb_column = '1e400'");
    cr_assert_eq(trial_run(&trial, ORDERS("\"number\": \"SO-1\"", "\"jsonb_column\"")), ACTION_OUTCOME_REFUSED);
    cr_assert_eq(strncmp(trial.failure, "scanning lookup result: ", 24), 0, "%s", trial.failure);
}

static const struct {
    const char *config, *faults;
} saved[] = {
    {"{}", "entity is required; filter is required and must not be empty; fields is required and must not be empty;"
           " output_key is required"},
    {"{\"entity\": \"core.currencies\", \"filter\": {}, \"fields\": [], \"output_key\": \"it\"}",
     "invalid entity: core.currencies; filter is required and must not be empty;"
     " fields is required and must not be empty"},
    {ORDERS("\"1=1 OR number\": \"x\"", "\"(select password_hash from core.users limit 1)\""),
     "invalid filter: 1=1 OR number; invalid fields: (select password_hash from core.users limit 1)"},
    {ORDERS("\"number\": \"x\"", "\"*\", \"Number\""), "invalid fields: *; invalid fields: Number"},
    {LOOKUP("core.users", "\"password_hash\": \"x\"", "\"password_hash\"", ""),
     "invalid filter: password_hash; invalid fields: password_hash"},
    {"{\"entity\": \"sales.orders\", \"filter\": {\"id\": \"x\"}, \"fields\": [\"id\"], \"output_key\": \"found\"}",
     "invalid output_key: found"},
    {"{\"entity\": \"sales.orders\", \"filter\": {\"id\": \"x\"}, \"fields\": [\"id\"], \"output_key\": \"output\"}",
     "invalid output_key: output"},
    {"{\"entity\": \"sales.orders\", \"filter\": {\"id\": \"x\"}, \"fields\": [\"id\"], \"output_key\": \"a.b\"}",
     "invalid output_key: a.b"},
};

/* Faults are found when a rule is saved and when it runs, because saved rules may never have been checked. */
Test(lookup_entity, every_fault_of_a_config)
{
    for (size_t i = 0; i < sizeof(saved) / sizeof(saved[0]); i++) {
        ASSERT_TEXT(trial_check(&trial, saved[i].config), saved[i].faults);
        trial_refused(&trial, saved[i].config, saved[i].faults);
    }
    const char *wrong = ORDERS("\"id\": {}", "\"id\"");
    cr_assert_eq(strncmp(trial_check(&trial, wrong), "invalid configuration format: ", 30), 0);
    cr_assert_eq(trial_run(&trial, wrong), ACTION_OUTCOME_REFUSED);
    cr_assert_eq(strncmp(trial.failure, "failed to parse config: ", 24), 0, "%s", trial.failure);
}

/* Refuses names that are not columns but stand for the whole row, or for a function of the row. */
Test(lookup_entity, only_columns_are_read)
{
    postgres_do(
        "ALTER TABLE core.users ADD password_hash text; INSERT INTO core.users (id, password_hash) VALUES ('" ORDER
        "', 'secret')");
    static const char *const names[] = {"users", "core", "row_to_json", "to_jsonb", "found"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *config =
            arena_print(trial.arena, LOOKUP("core.users", "\"id\": \"" ORDER "\"", "\"%s\"", ""), names[i]).data;
        cr_assert_eq(trial_run(&trial, config), ACTION_OUTCOME_REFUSED, "%s: %s", names[i], result());
        cr_assert_not_null(strstr(trial.failure, "does not exist (SQLSTATE 42703)"), "%s", trial.failure);
        config = arena_print(trial.arena, LOOKUP("core.users", "\"%s\": \"x\"", "\"id\"", ""), names[i]).data;
        cr_assert_eq(trial_run(&trial, config), ACTION_OUTCOME_REFUSED, "%s: %s", names[i], result());
    }
}

Test(lookup_entity, out_of_memory)
{
    trial_out_of_memory(&trial, ORDERS("\"number\": \"SO-1\"", "\"number\", \"timestamp_column\""),
                        ACTION_OUTCOME_DONE);
}
