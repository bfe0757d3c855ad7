/* Foreign keys of update_field: by id, by name, creation, refusal. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "base/limits.h"
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

TestSuite(update_field_reference, .init = set_up, .fini = tear_down);

#define PENDING  "11111111-1111-4111-8111-111111111111"
#define SHIPPED  "22222222-2222-4222-8222-222222222222"
#define STATUSES "SELECT count(*) FROM products.brands"
#define STATUS_OF_ORDER                                                                                                \
    "SELECT name FROM products.brands s JOIN sales.orders o ON o.status_id = s.id WHERE o.id = "                       \
    "'" ORDER "'"

/* `rest`: more members of foreign_key_config. */
static const char *config_in(struct arena *arena, const char *value, const char *lookup, const char *rest)
{
    return arena_print(arena,
                       "{\"target_entity\": \"sales.orders\", \"target_field\": \"status_id\", \"new_value\": %s,"
                       " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\":"
                       " \"products.brands\", \"lookup_field\": \"%s\"%s}}",
                       value, lookup, rest)
        .data;
}

static const char *config(const char *value, const char *lookup, const char *rest)
{
    return config_in(trial.arena, value, lookup, rest);
}

#define CREATE(columns_) ", \"allow_create\": true, \"create_config\": {" columns_ "}"

Test(update_field_reference, by_id_or_by_name)
{
    trial_done(&trial, config("\"" SHIPPED "\"", "name", ""));
    ASSERT_TEXT(trial_sql(&trial, STATUS_OF_ORDER), "SHIPPED");
    ASSERT_TEXT(trial_result(&trial, "resolved_value"), SHIPPED);
    trial_done(&trial, config("\"PENDING\"", "name", ""));
    ASSERT_TEXT(trial_sql(&trial, STATUS_OF_ORDER), "PENDING");
    ASSERT_TEXT(trial_result(&trial, "resolved_value"), PENDING);
    ASSERT_TEXT(trial_result(&trial, "new_value"), "PENDING");
    trial_done(&trial, config("2", "code", ""));
    ASSERT_TEXT(trial_sql(&trial, STATUS_OF_ORDER), "SHIPPED");
    trial_done(&trial, config("\"urn:uuid:" PENDING "\"", "name", ""));
    ASSERT_TEXT(trial_sql(&trial, STATUS_OF_ORDER), "PENDING");
}

Test(update_field_reference, of_several_rows_with_a_name_always_the_same)
{
    postgres_do("INSERT INTO products.brands VALUES ('00000000-1111-4111-8111-111111111111', 'SHIPPED')");
    for (int i = 0; i < 3; i++) {
        trial_done(&trial, config("\"SHIPPED\"", "name", ""));
        ASSERT_TEXT(trial_result(&trial, "resolved_value"), "00000000-1111-4111-8111-111111111111");
    }
}

Test(update_field_reference, not_found)
{
    trial_refused(&trial, config("\"LOST\"", "name", ""),
                  "foreign key resolution failed: referenced record not found: LOST in"
                  " products.brands.name");
    trial_refused(&trial, config("\"" ORDER "\"", "name", ""),
                  "foreign key resolution failed: referenced record not found: " ORDER " in"
                  " products.brands.name");
    trial_refused(&trial, config("7", "code", ""),
                  "foreign key resolution failed: referenced record not found: 7 in"
                  " products.brands.code");
    trial_refused(&trial, config("null", "name", ""),
                  "foreign key resolution failed: referenced record not found: null in"
                  " products.brands.name");
    /* Creation is allowed, but create_config is missing. */
    trial_refused(&trial, config("\"LOST\"", "name", ", \"allow_create\": true"),
                  "foreign key resolution failed: referenced record not found: LOST in"
                  " products.brands.name");
    trial_refused(&trial, config("\"LOST\"", "name", ", \"create_config\": {}"),
                  "foreign key resolution failed: referenced record not found: LOST in"
                  " products.brands.name");
    ASSERT_TEXT(trial_sql(&trial, STATUSES), "2");
}

Test(update_field_reference, failures_name_their_step)
{
    trial_refused(&trial, config("\"x\"", "nothing", ""),
                  "foreign key resolution failed: lookup query failed: ERROR: column \"nothing\" does not exist"
                  " (SQLSTATE 42703)");
    trial_refused(&trial, config("\"" SHIPPED "\"", "name", ", \"id_field\": \"code\""),
                  "foreign key resolution failed: failed to validate foreign key: ERROR: invalid input syntax for type"
                  " integer: \"" SHIPPED "\" (SQLSTATE 22P02)");
    trial_refused(&trial, config("\"SHIPPED\"", "name", ", \"id_field\": \"code\""),
                  "foreign key resolution failed: lookup query failed: \"2\" is not the id of a row: invalid UUID");
    trial_refused(&trial, config("true", "code", ""),
                  "foreign key resolution failed: lookup query failed: a boolean does not fit column \"code\" of type"
                  " integer");
    trial_refused(&trial, config("\"NEW\"", "name", CREATE("\"nothing\": 1")),
                  "foreign key resolution failed: failed to create referenced record: ERROR: column \"nothing\" of"
                  " relation \"brands\" does not exist (SQLSTATE 42703)");
    trial_refused(&trial, config("\"NEW\"", "name", CREATE("\"code\": 2")),
                  "foreign key resolution failed: failed to create referenced record: duplicated entry");
    trial_refused(&trial, config("\"NEW\"", "name", CREATE("\"ready\": 1")),
                  "foreign key resolution failed: failed to create referenced record: a number does not fit column"
                  " \"ready\" of type boolean");
    trial_refused(&trial, config("\"NEW\"", "name", CREATE("\"note\\\") --\": 1")),
                  "foreign key resolution failed: failed to create referenced record: invalid create_config column:"
                  " \"note\") --\"");
    ASSERT_TEXT(trial_sql(&trial, STATUSES), "2");
}

Test(update_field_reference, a_missing_table_is_reported)
{
    trial_refused(&trial,
                  "{\"target_entity\": \"sales.orders\", \"target_field\": \"status_id\", \"new_value\": \"x\","
                  " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\":"
                  " \"hr.offices\", \"lookup_field\": \"name\"}}",
                  "foreign key resolution failed: lookup query failed: undefined table");
}

Test(update_field_reference, a_row_is_created_once)
{
    const char *make = config("\"it's \\\"new\\\"\"", "name",
                              CREATE("\"note\": \"'); DROP TABLE sales.orders; --\", \"code\": 9.0, \"ready\": true"));
    trial_done(&trial, make);
    const char *first = trial_result(&trial, "resolved_value");
    ASSERT_TEXT(trial_sql(&trial, STATUS_OF_ORDER), "it's \"new\"");
    ASSERT_TEXT(trial_sql(&trial, "SELECT note || code || ready FROM products.brands WHERE code = 9"),
                "'); DROP TABLE sales.orders; --9true");
    trial.environment.attempt = 2;
    trial_done(&trial, make);
    ASSERT_TEXT(trial_result(&trial, "resolved_value"), first);
    /* This holds even after the name was changed: the id of the row derives from the action. */
    postgres_do("UPDATE products.brands SET name = 'RENAMED' WHERE code = 9");
    trial_refused(&trial, make, "foreign key resolution failed: failed to create referenced record: duplicated entry");
    ASSERT_TEXT(trial_sql(&trial, STATUSES), "3");
}

Test(update_field_reference, the_config_cannot_set_the_name_or_the_id)
{
    trial_done(&trial, config("\"NEW\"", "name", CREATE("\"name\": \"OTHER\", \"id\": \"" ORDER "\"")));
    ASSERT_TEXT(trial_sql(&trial, STATUS_OF_ORDER), "NEW");
    cr_assert_str_neq(trial_result(&trial, "resolved_value"), ORDER);
    trial_done(&trial, config("\"" OTHER_ORDER "\"", "id", CREATE("\"name\": \"BY ID\"")));
    ASSERT_TEXT(trial_result(&trial, "resolved_value"), OTHER_ORDER);
    ASSERT_TEXT(trial_sql(&trial, STATUS_OF_ORDER), "BY ID");
}

Test(update_field_reference, a_failed_update_removes_the_row_it_created)
{
    trial_refused(&trial,
                  "{\"target_entity\": \"sales.orders\", \"target_field\": \"nothing\", \"new_value\": \"NEW\","
                  " \"field_type\": \"foreign_key\", \"foreign_key_config\": {\"reference_table\":"
                  " \"products.brands\", \"lookup_field\": \"name\", \"allow_create\": true,"
                  " \"create_config\": {}}}",
                  "update failed: ERROR: column \"nothing\" of relation \"orders\" does not exist (SQLSTATE 42703)");
    ASSERT_TEXT(trial_sql(&trial, STATUSES), "2");
}

/* The lookup column has no unique index. */
struct maker {
    struct trial *trial;
    char action_id[UUID_TEXT_SIZE + 1];
    enum action_outcome outcome;
};

static void *make_one(void *argument)
{
    struct maker *maker = argument;
    struct arena *arena = arena_new(MIB(4), 0);
    struct action_request request = maker->trial->request;
    request.action_id = text_from(maker->action_id);
    struct error error = ERROR_IN(arena);
    struct action_report report = {.outcome = ACTION_OUTCOME_REFUSED};
    if (json_read(arena, text_from(config_in(arena, "\"NEW\"", "name", CREATE("\"note\": \"x\""))), &request.config,
                  &error) == STATUS_OK)
        action_perform(&maker->trial->environment, arena, &request, &report);
    maker->outcome = report.outcome;
    arena_free(arena);
    return NULL;
}

Test(update_field_reference, concurrent_updates_create_one_row)
{
    struct maker makers[8];
    pthread_t threads[8];
    for (size_t i = 0; i < 8; i++) {
        makers[i] = (struct maker){.trial = &trial};
        uuid_format(uuid_random(), makers[i].action_id);
        cr_assert_eq(pthread_create(&threads[i], NULL, make_one, &makers[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        (void)pthread_join(threads[i], NULL);
        cr_assert_eq(makers[i].outcome, ACTION_OUTCOME_DONE);
    }
    ASSERT_TEXT(trial_sql(&trial, STATUSES), "3");
    ASSERT_TEXT(trial_sql(&trial, STATUS_OF_ORDER), "NEW");
}
