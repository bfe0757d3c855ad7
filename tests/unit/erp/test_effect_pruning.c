/* Old rows of the effect ledger. */
#include "base/limits.h"
#include "effects.h"

#define KEEP_S 3600

static struct database *database;
static struct arena *arena;

static void set_up(void)
{
    effects_open();
    arena = arena_new(MIB(1), 0);
    database = effects_database(TEXT_NONE, 0);
    /* Ten that are older than an hour, the n-th by n minutes, and ten that are younger. */
    postgres_do("INSERT INTO workflow.action_effects SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),"
                " 'count', '{}', now() - interval '1 hour' - n * interval '1 minute' FROM generate_series(1, 10) AS n;"
                "INSERT INTO workflow.action_effects SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),"
                " 'count', '{}', now() - interval '59 minutes' FROM generate_series(1, 10)");
}

static void tear_down(void)
{
    database_free(database);
    arena_free(arena);
}

TestSuite(effect_pruning, .init = set_up, .fini = tear_down);

static enum status prune(int64_t max, int64_t *deleted, struct error *error)
{
    *error = ERROR_IN(arena);
    return effect_ledger_prune(database, KEEP_S, max, deleted, error);
}

static void assert_pruned(int64_t max, int64_t wanted, long left)
{
    int64_t deleted;
    struct error error;
    cr_assert_eq(prune(max, &deleted, &error), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    cr_assert_eq(deleted, wanted, "deleted %lld", (long long)deleted);
    cr_assert_eq(effects_rows(), left);
}

#define OLDEST_LEFT "SELECT max(extract(epoch FROM now() - created_at) / 60 - 60)::int FROM workflow.action_effects"

Test(effect_pruning, old_rows_are_deleted_a_few_at_a_time_the_oldest_first)
{
    assert_pruned(4, 4, 16);
    cr_assert_eq(postgres_count(OLDEST_LEFT), 6);
    assert_pruned(4, 4, 12);
    assert_pruned(4, 2, 10);
    assert_pruned(4, 0, 10);
}

Test(effect_pruning, one_worker_at_a_time)
{
    /* The lock of the statement in effect_ledger.c. */
    postgres_do("SELECT pg_advisory_lock(7166041402127263301)");
    assert_pruned(100, 0, 20);
    postgres_do("SELECT pg_advisory_unlock(7166041402127263301)");
    assert_pruned(100, 10, 10);
}

Test(effect_pruning, a_locked_row_is_left_for_later)
{
    postgres_do("BEGIN; SELECT FROM workflow.action_effects ORDER BY created_at LIMIT 3 FOR UPDATE");
    assert_pruned(100, 7, 13);
    postgres_do("COMMIT");
    assert_pruned(100, 3, 10);
}

static void *prune_all(void *argument)
{
    struct error error;
    return prune(100, argument, &error) == STATUS_OK ? argument : NULL;
}

/* A trigger holds up the deletion of the rows. */
Test(effect_pruning, an_action_does_not_wait_for_the_deletion)
{
    postgres_do(
        "CREATE OR REPLACE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
        " PERFORM pg_advisory_xact_lock(1); RETURN old; END$$;"
        "CREATE TRIGGER hold_up BEFORE DELETE ON workflow.action_effects FOR EACH ROW EXECUTE FUNCTION hold_up();"
        "SELECT pg_advisory_lock(1)");
    int64_t deleted = 0;
    pthread_t pruner;
    cr_assert_eq(pthread_create(&pruner, NULL, prune_all, &deleted), 0);
    postgres_await(WAITING_LOCKS, 1);
    struct performance action;
    for (unsigned attempt = 1; attempt < 3; attempt++) {
        effects_prepare(&action, database, ADD_ONE, 1);
        action.call.attempt = attempt;
        effects_expect(&action, ACTION_OUTCOME_DONE, "");
        effects_release(&action);
    }
    cr_assert_eq(effects_value(), 1);
    postgres_do("SELECT pg_advisory_unlock(1)");
    void *finished;
    (void)pthread_join(pruner, &finished);
    cr_assert_not_null(finished);
    cr_assert_eq(deleted, 10);
    cr_assert_eq(effects_rows(), 11);
}

Test(effect_pruning, what_stands_in_the_way_is_reported)
{
    int64_t deleted = 7;
    struct error error;
    postgres_do("DROP TABLE workflow.action_effects");
    cr_assert_eq(prune(1, &deleted, &error), STATUS_NOT_FOUND);
    cr_assert_eq(deleted, 0);
    postgres_stop();
    cr_assert_eq(prune(1, &deleted, &error), STATUS_UNAVAILABLE);
    postgres_start();
    cr_assert_eq(prune(1, &deleted, &error), STATUS_NOT_FOUND);
}
