/* The effect ledger: an action that two workers perform at the same time, and lost connections. */
#include "base/limits.h"
#include "effects.h"

enum { FIRST, SECOND, COUNT };

static struct database *databases[COUNT]; /* one of each worker */
static struct performance workers[COUNT];
static struct proxy *proxy;

static void set_up(void)
{
    effects_open();
    proxy = proxy_new();
    for (unsigned i = 0; i < COUNT; i++) {
        databases[i] = effects_database(TEXT_NONE, 0);
        effects_prepare(&workers[i], databases[i], ADD_ONE, 1);
    }
}

static void tear_down(void)
{
    for (unsigned i = 0; i < COUNT; i++) {
        effects_release(&workers[i]);
        database_free(databases[i]);
    }
    proxy_free(proxy);
}

TestSuite(effect_races, .init = set_up, .fini = tear_down);

/* Gives a worker another pool. */
static void move(unsigned worker, struct text host, int64_t statement_timeout_ms)
{
    database_free(databases[worker]);
    databases[worker] = effects_database(host, statement_timeout_ms);
    workers[worker].database = databases[worker];
}

/* Both have the one result of the one effect, and one of them knows that it was not its own. */
static void assert_one_effect(void)
{
    for (unsigned i = 0; i < COUNT; i++) {
        cr_assert_eq(workers[i].outcome, ACTION_OUTCOME_DONE, "%.*s", TEXT_ARG(workers[i].call.failure));
        struct text found = effects_result(&workers[i]);
        const char *wanted = workers[i].call.stored_result == (i == FIRST) ? "{\"worker\":2}" : "{\"worker\":1}";
        cr_assert(text_is(found, wanted), "%.*s", TEXT_ARG(found));
    }
    cr_assert_eq(effects_value(), 1);
    cr_assert_eq(effects_rows(), 1);
    cr_assert_neq(workers[FIRST].call.stored_result, workers[SECOND].call.stored_result);
    cr_assert_eq(effects_logged(REPEATED), 1);
}

/* Both wait for a row that a third session has locked. */
static void race(void)
{
    workers[FIRST].deed.result = effects_json(&workers[FIRST], "{\"worker\":1}");
    workers[SECOND].deed.result = effects_json(&workers[SECOND], "{\"worker\":2}");
    postgres_do("BEGIN; SELECT FROM counter FOR UPDATE");
    for (unsigned i = 0; i < COUNT; i++)
        effects_start(&workers[i]);
    postgres_await(WAITING_LOCKS, COUNT);
    postgres_do("COMMIT");
    for (unsigned i = 0; i < COUNT; i++)
        effects_join(&workers[i]);
    assert_one_effect();
}

Test(effect_races, two_workers_at_the_same_moment)
{
    race();
}

Test(effect_races, a_workflow_task_and_an_activity_at_the_same_moment)
{
    workers[FIRST].call.local = true;
    workers[SECOND].call.attempt = 2;
    race();
}

Test(effect_races, a_stricter_isolation_level)
{
    static const char *const levels[] = {"repeatable read", "serializable"};
    for (unsigned i = 0; i < 2; i++) {
        effects_do("ALTER DATABASE ichor_test SET default_transaction_isolation = '%s'", levels[i]);
        tear_down();
        set_up();
        race();
        cr_assert_eq(atomic_load(&workers[FIRST].calls) + atomic_load(&workers[SECOND].calls), COUNT);
    }
    postgres_do("ALTER DATABASE ichor_test RESET default_transaction_isolation");
}

/* ---- a worker that is stopped ---- */

static pthread_barrier_t parked, released;

static void park(void)
{
    (void)pthread_barrier_wait(&parked);
    (void)pthread_barrier_wait(&released);
}

/* One stops between its statements until the other has performed. The server ends its idle transaction after a third
   of the statement timeout. */
static void stop_one(bool with_second_statement)
{
    (void)pthread_barrier_init(&parked, NULL, 2);
    (void)pthread_barrier_init(&released, NULL, 2);
    workers[FIRST].deed.result = effects_json(&workers[FIRST], "{\"worker\":1}");
    workers[SECOND].deed.result = effects_json(&workers[SECOND], "{\"worker\":2}");
    workers[FIRST].deed.between = park;
    if (with_second_statement)
        workers[FIRST].deed.second = ADD_TWO;
    move(FIRST, TEXT_NONE, 600);
    effects_start(&workers[FIRST]);
    (void)pthread_barrier_wait(&parked);
    effects_perform(&workers[SECOND]); /* waits for the row that the first one has updated */
    (void)pthread_barrier_wait(&released);
    effects_join(&workers[FIRST]);
}

Test(effect_races, a_worker_that_stops_between_its_statements)
{
    stop_one(true);
    assert_one_effect();
    cr_assert(workers[FIRST].call.stored_result);
    cr_assert_eq(atomic_load(&workers[FIRST].calls), 1, "it looks before it performs again");
}

Test(effect_races, a_worker_that_stops_before_its_commit)
{
    stop_one(false);
    assert_one_effect();
    cr_assert(workers[FIRST].call.stored_result);
}

Test(effect_races, a_workflow_task_that_stops_becomes_an_activity)
{
    workers[FIRST].call.local = true;
    stop_one(true);
    cr_assert_eq(workers[FIRST].outcome, ACTION_OUTCOME_RETRY);
    workers[FIRST].call.local = false;
    workers[FIRST].deed.between = NULL;
    effects_perform(&workers[FIRST]);
    assert_one_effect();
}

/* ---- a deadlock ---- */

static pthread_barrier_t both_hold_a_row;

static void meet(void)
{
    (void)pthread_barrier_wait(&both_hold_a_row);
}

Test(effect_races, the_victim_of_a_deadlock_performs_again)
{
    (void)pthread_barrier_init(&both_hold_a_row, NULL, 2);
    effects_release(&workers[SECOND]);
    effects_prepare(&workers[SECOND], databases[SECOND], ADD_TWO, 2);
    workers[FIRST].deed.second = ADD_TWO;
    workers[SECOND].deed.second = ADD_ONE;
    for (unsigned i = 0; i < COUNT; i++) {
        workers[i].deed.between = meet;
        effects_start(&workers[i]);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        effects_join(&workers[i]);
        cr_assert_eq(workers[i].outcome, ACTION_OUTCOME_DONE);
        cr_assert_not(workers[i].call.stored_result);
    }
    cr_assert_eq(atomic_load(&workers[FIRST].calls) + atomic_load(&workers[SECOND].calls), 3);
    cr_assert_eq(postgres_count("SELECT sum(value) FROM counter"), 4);
    cr_assert_eq(effects_rows(), 2);
}

/* ---- lost connections ---- */

Test(effect_races, a_commit_whose_answer_is_lost)
{
    move(FIRST, proxy_host(proxy), 0);
    proxy_plan(proxy, PROXY_LOSE_ANSWER, "COMMIT");
    effects_expect(&workers[FIRST], ACTION_OUTCOME_DONE, "");
    cr_assert(proxy_fault_happened(proxy));
    cr_assert(workers[FIRST].call.stored_result);
    cr_assert_eq(atomic_load(&workers[FIRST].calls), 1);
    cr_assert(text_is(effects_result(&workers[FIRST]), "{\"n\":1}"));
    cr_assert_eq(effects_value(), 1);
    cr_assert_eq(effects_logged(REPEATED), 1);
}

Test(effect_races, a_commit_that_is_lost)
{
    move(FIRST, proxy_host(proxy), 0);
    proxy_plan(proxy, PROXY_LOSE_REQUEST, "COMMIT");
    effects_expect(&workers[FIRST], ACTION_OUTCOME_DONE, "");
    cr_assert(proxy_fault_happened(proxy));
    cr_assert_not(workers[FIRST].call.stored_result);
    cr_assert_eq(effects_value(), 1);
    cr_assert_eq(effects_rows(), 1);
}

/* The activity that follows a workflow task counts its own attempts. */
Test(effect_races, an_activity_finds_the_effect_of_a_workflow_task)
{
    workers[FIRST].call.local = true;
    move(FIRST, proxy_host(proxy), 0);
    proxy_plan(proxy, PROXY_LOSE_ANSWER, "COMMIT");
    effects_expect(&workers[FIRST], ACTION_OUTCOME_RETRY, "commit transaction: connection lost");
    cr_assert_eq(effects_value(), 1);
    effects_expect(&workers[SECOND], ACTION_OUTCOME_DONE, "");
    cr_assert(workers[SECOND].call.stored_result);
    cr_assert_eq(effects_value(), 1);
    cr_assert_eq(effects_logged(REPEATED), 1);
}

/* The row is there, but the connection is lost while it is read: that says nothing about the effect. */
Test(effect_races, a_stored_result_that_cannot_be_read_now_is_read_later)
{
    effects_expect(&workers[SECOND], ACTION_OUTCOME_DONE, "");
    workers[FIRST].call.local = true;
    for (unsigned i = 0; i < 2; i++) {
        /* A conflict with the row, and one with what the action has written. */
        workers[FIRST].deed.first = i == 0 ? ADD_ONE : "INSERT INTO counter VALUES (1, 1)";
        move(FIRST, proxy_host(proxy), 0);
        proxy_plan(proxy, PROXY_LOSE_REQUEST, "SELECT result");
        effects_expect(&workers[FIRST], ACTION_OUTCOME_RETRY, "connection lost");
        cr_assert(proxy_fault_happened(proxy));
        cr_assert_eq(effects_value(), 1);
    }
}

/* What has been read needs no commit. */
Test(effect_races, a_stored_result_survives_the_loss_of_its_connection)
{
    effects_expect(&workers[SECOND], ACTION_OUTCOME_DONE, "");
    workers[FIRST].call.local = true;
    workers[FIRST].call.attempt = 2;
    move(FIRST, proxy_host(proxy), 0);
    proxy_plan(proxy, PROXY_LOSE_REQUEST, "COMMIT");
    effects_expect(&workers[FIRST], ACTION_OUTCOME_DONE, "");
    cr_assert(workers[FIRST].call.stored_result);
    cr_assert_eq(atomic_load(&workers[FIRST].calls), 0);
}
