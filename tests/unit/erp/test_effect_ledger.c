/* The effect ledger: what one performance after another leaves in the database and gives back. */
#include "base/limits.h"
#include "base/log.h"
#include "effects.h"
#include "erp/erp_features.h"

static struct database *database;
static struct performance action;

static void set_up(void)
{
    effects_open();
    database = effects_database(TEXT_NONE, 0);
    effects_prepare(&action, database, ADD_ONE, 1);
}

static void tear_down(void)
{
    effects_release(&action);
    database_free(database);
}

TestSuite(effect_ledger, .init = set_up, .fini = tear_down);

/* The action again, as a new attempt of it sees it. */
static void again(unsigned attempt)
{
    struct deed deed = action.deed;
    effects_release(&action);
    effects_prepare(&action, database, deed.first, 1);
    action.deed.second = deed.second;
    action.deed.between = deed.between;
    action.deed.end = deed.end;
    action.call.attempt = attempt;
}

static void done(void)
{
    effects_expect(&action, ACTION_OUTCOME_DONE, "");
}

Test(effect_ledger, a_later_attempt_gets_the_stored_result)
{
    done();
    cr_assert_not(action.call.stored_result);
    for (unsigned attempt = 1; attempt < 4; attempt++) {
        again(attempt);
        action.deed.result = effects_json(&action, "{\"n\":2}");
        done();
        cr_assert(action.call.stored_result);
        cr_assert(text_is(effects_result(&action), "{\"n\":1}"));
        cr_assert_eq(atomic_load(&action.calls), attempt == 1 ? 1 : 0, "a later attempt looks first");
    }
    cr_assert_eq(effects_value(), 1);
    cr_assert_eq(effects_rows(), 1);
    cr_assert_eq(effects_logged(REPEATED), 3);
    cr_assert_eq(postgres_count("SELECT count(*) FROM workflow.action_effects WHERE action_type = 'count' AND"
                                " action_id::text LIKE '0b5b6f5e%1' AND execution_id::text LIKE '5f6d1b0e%1'"),
                 1);
}

Test(effect_ledger, a_later_attempt_of_what_never_took_effect_performs)
{
    again(3);
    done();
    cr_assert_not(action.call.stored_result);
    cr_assert_eq(effects_value(), 1);
}

Test(effect_ledger, what_fails_leaves_neither_row_nor_effect)
{
    action.deed.end = ACTION_OUTCOME_REFUSED;
    effects_expect(&action, ACTION_OUTCOME_REFUSED, "unwanted");
    again(1);
    action.deed.end = ACTION_OUTCOME_RETRY;
    effects_expect(&action, ACTION_OUTCOME_RETRY, "unwanted");
    again(1);
    action.deed.end = ACTION_OUTCOME_DONE;
    action.deed.second = "SELECT 1 / 0";
    effects_expect(&action, ACTION_OUTCOME_REFUSED, "write: ERROR: division by zero (SQLSTATE 22012)");
    cr_assert_eq(effects_value(), 0);
    cr_assert_eq(effects_rows(), 0);
    again(2);
    action.deed.second = NULL;
    done();
    cr_assert_eq(effects_value(), 1);
    cr_assert_not(action.call.stored_result);
}

/* A handler that takes a failed statement for a success: nothing was written, so the action is not done. */
Test(effect_ledger, a_body_that_ignores_a_failure_is_not_done)
{
    for (int has_ledger = 1; has_ledger >= 0; has_ledger--) {
        if (!has_ledger)
            postgres_do("DROP TABLE workflow.action_effects");
        erp_features_forget(database);
        again(1);
        action.deed.second = "SELECT 1 / 0";
        action.deed.ignores_failures = true;
        effects_expect(&action, ACTION_OUTCOME_RETRY, "commit transaction: ");
        cr_assert_eq(effects_value(), 0);
    }
}

Test(effect_ledger, what_is_pending_has_effects_and_no_row)
{
    action.deed.end = ACTION_OUTCOME_PENDING;
    effects_expect(&action, ACTION_OUTCOME_PENDING, "");
    cr_assert_eq(effects_value(), 1);
    cr_assert_eq(effects_rows(), 0);
}

Test(effect_ledger, a_body_that_meets_its_own_rows_gets_the_stored_result)
{
    effects_release(&action);
    effects_prepare(&action, database, "INSERT INTO thing VALUES (7)", 1);
    done();
    again(1);
    done();
    cr_assert(action.call.stored_result);
    cr_assert_eq(postgres_count("SELECT count(*) FROM thing"), 1);
    /* The rows of another action are a fault. */
    effects_release(&action);
    effects_prepare(&action, database, "INSERT INTO thing VALUES (7)", 2);
    effects_expect(&action, ACTION_OUTCOME_REFUSED, "write: duplicated entry");
}

static void conflict_once(const char *sqlstate)
{
    effects_do("CREATE SEQUENCE IF NOT EXISTS tries; SELECT setval('tries', 1, false);"
               "CREATE OR REPLACE FUNCTION try() RETURNS void LANGUAGE plpgsql AS $$BEGIN"
               " IF nextval('tries') < 3 THEN RAISE EXCEPTION 'try' USING ERRCODE = '%s'; END IF; END$$",
               sqlstate);
}

Test(effect_ledger, conflicts_repeat_the_body)
{
    static const char *const conflicts[] = {"40001", "40P01"};
    for (unsigned i = 0; i < 2; i++) {
        conflict_once(conflicts[i]);
        effects_release(&action);
        effects_prepare(&action, database, ADD_ONE, i + 1);
        action.deed.second = "SELECT try()";
        done();
        cr_assert_eq(atomic_load(&action.calls), 3);
        cr_assert_not(action.call.stored_result);
        cr_assert(text_is(effects_result(&action), "{\"n\":1}"));
        cr_assert_eq(effects_value(), i + 1);
        cr_assert_eq(effects_rows(), i + 1);
    }
}

Test(effect_ledger, endless_conflicts_are_retried_later)
{
    action.deed.second = "DO $$BEGIN RAISE EXCEPTION 'try' USING ERRCODE = '40001'; END$$";
    effects_expect(&action, ACTION_OUTCOME_RETRY, "write: ERROR: try (SQLSTATE 40001)");
    cr_assert_eq(effects_value(), 0);
}

/* ---- stored results ---- */

static void stores(const char *document)
{
    static unsigned number;
    effects_release(&action);
    effects_prepare(&action, database, ADD_ONE, ++number);
    action.deed.result = effects_json(&action, document);
    struct text wanted = json_to_text(action.arena, &action.deed.result);
    done();
    cr_assert_eq(postgres_count("SELECT count(*) FROM workflow.action_effects"), number);
    action.call.attempt = 2;
    done();
    cr_assert(action.call.stored_result);
    struct text found = effects_result(&action);
    cr_assert(text_equal(found, wanted), "%.*s", TEXT_ARG(found));
}

Test(effect_ledger, any_result_is_stored_as_it_is)
{
    stores("{}");
    stores("{\"a\":null,\"b\":true,\"c\":false,\"d\":[],\"e\":{},\"f\":\"\",\"\":0,\"g\":[1,\"x\",null,{\"h\":[[]]}]}");
    stores("{\"z\":1,\"a\":2,\"B\":3}");
    stores("{\"controls\":\"\\u0001\\u001f\\t\\n\\r\\b\\f\",\"quotes\":\"\\\"'\\\\/$$\"}");
    stores("{\"n\":[0,-0,1e300,-1.5E-7,123456789012345678901234567890.123456789,1.10,9223372036854775808]}");
    stores("{\"text\":\"J\xC3\xBCrgen \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x9A\x80\",\"\xC3\xA4\":\"\\ud83d\\ude80\"}");
    stores("{\"html\":\"<a href=\\\"x\\\">&amp;\",\"line\":\"\xE2\x80\xA8\"}");
}

Test(effect_ledger, a_deep_result_is_stored)
{
    struct buffer document = buffer_in(action.arena, LIMIT_JSON_BYTES);
    buffer_add(&document, TEXT("{\"a\":"));
    for (int i = 0; i < LIMIT_JSON_DEPTH - 2; i++)
        buffer_add_byte(&document, '[');
    for (int i = 0; i < LIMIT_JSON_DEPTH - 2; i++)
        buffer_add_byte(&document, ']');
    buffer_add_byte(&document, '}');
    buffer_add_byte(&document, '\0');
    struct arena *arena = arena_new(MIB(1), 0);
    const char *deep = arena_copy(arena, buffer_text(&document)).data;
    stores(deep);
    arena_free(arena);
}

Test(effect_ledger, a_result_of_two_megabytes_is_stored)
{
    enum { SIZE = MIB(2) };
    struct arena *arena = arena_new(MIB(8), 0);
    char *large = arena_alloc(arena, SIZE + 16, 1);
    char *end = stpcpy(large, "{\"a\":\"");
    for (int i = 0; i < SIZE; i++)
        *end++ = (char)('a' + i % 26);
    (void)stpcpy(end, "\"}");
    stores(large);
    arena_free(arena);
}

/* Somebody has changed the row. */
static void damaged(const char *result, const char *failure)
{
    effects_do("UPDATE workflow.action_effects SET result = %s", result);
    for (unsigned attempt = 1; attempt < 3; attempt++) {
        again(attempt);
        effects_expect(&action, ACTION_OUTCOME_REFUSED, "the stored result of this action cannot be read: ");
        effects_expect(&action, ACTION_OUTCOME_REFUSED, failure);
    }
    cr_assert_eq(effects_value(), 1);
}

Test(effect_ledger, a_damaged_row_is_an_error)
{
    done();
    damaged("(repeat('[', 500) || repeat(']', 500))::json", "deep");
    damaged("'[1]'", "expected object, found array");
    damaged("'5'", "expected object, found number");
    damaged("'null'", "expected object, found null");
}

/* ---- without the table ---- */

Test(effect_ledger, without_the_table_effects_are_repeated)
{
    postgres_do("DROP TABLE workflow.action_effects");
    done();
    again(2);
    done();
    cr_assert_not(action.call.stored_result);
    cr_assert_eq(effects_value(), 2);
    cr_assert_eq(effects_logged(NOT_RECORDED), 1);
    /* A fault of the body is reported as such. */
    again(1);
    action.deed.second = "SELECT 1 / 0";
    effects_expect(&action, ACTION_OUTCOME_REFUSED, "write: ERROR: division by zero");
}

Test(effect_ledger, a_table_that_is_created_is_noticed)
{
    postgres_do("ALTER TABLE workflow.action_effects RENAME TO hidden");
    done();
    postgres_do("ALTER TABLE workflow.hidden RENAME TO action_effects");
    again(1);
    done();
    cr_assert_eq(effects_rows(), 0, "what is known of the tables is cached");
    erp_features_forget(database);
    again(1);
    done();
    cr_assert_eq(effects_rows(), 1);
    again(1);
    done();
    cr_assert(action.call.stored_result);
    cr_assert_eq(effects_value(), 3);
}

/* The table disappears while it is believed to be there. */
static void goes_missing(const char *how, const char *back, unsigned attempt)
{
    effects_release(&action);
    effects_prepare(&action, database, ADD_TWO, 100);
    done();
    unsigned warnings = effects_logged(NOT_RECORDED);
    long before = effects_value();
    postgres_do(how);
    effects_release(&action);
    effects_prepare(&action, database, ADD_ONE, 1);
    action.call.attempt = attempt;
    done();
    cr_assert_eq(effects_value(), before + 1, "%s, attempt %u", how, attempt);
    cr_assert_eq(effects_logged(NOT_RECORDED), warnings + 1);
    postgres_do(back);
    erp_features_forget(database);
    postgres_do("DELETE FROM workflow.action_effects");
}

Test(effect_ledger, a_table_that_is_dropped_is_done_without)
{
    for (unsigned attempt = 1; attempt < 3; attempt++)
        goes_missing("ALTER TABLE workflow.action_effects RENAME TO hidden",
                     "ALTER TABLE workflow.hidden RENAME TO action_effects", attempt);
}

Test(effect_ledger, a_body_that_fails_without_its_table_is_reported)
{
    done();
    postgres_do("DROP TABLE workflow.action_effects");
    again(1);
    action.deed.second = "SELECT 1 / 0";
    effects_expect(&action, ACTION_OUTCOME_REFUSED, "write: ERROR: division by zero");
}

/* ---- without the rights ---- */

#define CLERK "ledger_clerk"

static void become_clerk(void)
{
    postgres_do("DO $$BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '" CLERK "') THEN"
                " DROP OWNED BY " CLERK "; DROP ROLE " CLERK "; END IF; END$$;"
                "CREATE ROLE " CLERK " LOGIN; GRANT USAGE ON SCHEMA workflow TO " CLERK ";"
                "GRANT ALL ON counter, workflow.action_effects TO " CLERK);
    struct database_options options = postgres_options();
    effects_do("ALTER ROLE " CLERK " PASSWORD '%.*s'", TEXT_ARG(options.password));
    options.user = TEXT(CLERK);
    database_free(database);
    database = database_new(&options);
}

Test(effect_ledger, rights_that_are_withdrawn_are_done_without)
{
    become_clerk();
    for (unsigned attempt = 1; attempt < 3; attempt++) {
        goes_missing("REVOKE INSERT ON workflow.action_effects FROM " CLERK,
                     "GRANT INSERT ON workflow.action_effects TO " CLERK, attempt);
        goes_missing("REVOKE ALL ON workflow.action_effects FROM " CLERK,
                     "GRANT ALL ON workflow.action_effects TO " CLERK, attempt);
    }
    /* What may be written but not read finds out only when it has to read. */
    goes_missing("REVOKE SELECT ON workflow.action_effects FROM " CLERK,
                 "GRANT SELECT ON workflow.action_effects TO " CLERK, 2);
}

Test(effect_ledger, without_the_rights_effects_are_repeated)
{
    static const char *const rights[] = {"SELECT", "INSERT"};
    become_clerk();
    for (unsigned i = 0; i < 2; i++) {
        effects_do("GRANT ALL ON workflow.action_effects TO " CLERK
                   "; REVOKE %s ON workflow.action_effects FROM " CLERK,
                   rights[i]);
        again(2);
        done();
        again(2);
        done();
        cr_assert_eq(effects_value(), 2 * (i + 1));
    }
    cr_assert_eq(effects_rows(), 0);
    cr_assert_eq(effects_logged(NOT_RECORDED), 1);
}

/* ---- memory ---- */

/* Every allocation fails in turn, with all later ones. There is a row exactly if there is an effect. */
static void fail_each_allocation(unsigned attempt, long before)
{
    bool succeeded = false;
    for (unsigned allocations = 1; !succeeded; allocations++) {
        cr_assert_lt(allocations, 200);
        again(attempt);
        arena_fail_after(action.arena, allocations);
        effects_perform(&action);
        succeeded = action.outcome == ACTION_OUTCOME_DONE;
        if (!succeeded)
            cr_assert_eq(action.outcome, ACTION_OUTCOME_REFUSED, "%u: %.*s", allocations,
                         TEXT_ARG(action.call.failure));
        long expected = succeeded ? 1 : before;
        cr_assert_eq(effects_value(), expected, "%u", allocations);
        cr_assert_eq(effects_rows(), expected, "%u", allocations);
    }
}

Test(effect_ledger, out_of_memory_at_any_allocation)
{
    fail_each_allocation(1, 0);
    fail_each_allocation(1, 1);
    fail_each_allocation(2, 1);
    cr_assert(action.call.stored_result);
}
