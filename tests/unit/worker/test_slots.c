/* Slots. */
#include <criterion/criterion.h>
#include <signal.h>

#include "worker/slots.h"

Test(slots, each_state_counts_for_its_queue)
{
    struct slot_pool pool = {.limit = 3};
    struct slot polling = {0}, reserved = {0}, taken = {0};
    cr_assert(slots_all_free(&pool));
    slot_take(&polling, &pool, SLOT_POLLING, 0);
    slot_take(&reserved, &pool, SLOT_RESERVED, 1);
    cr_assert_eq(slots_free(&pool), 1);
    slot_take(&taken, &pool, SLOT_TAKEN, 1);
    cr_assert_eq(slots_free(&pool), 0);
    cr_assert_eq(slots_count(&pool, SLOT_POLLING), 1);
    cr_assert_eq(pool.lists[SLOT_TAKEN].by_queue[0], 0);
    cr_assert_eq(pool.lists[SLOT_TAKEN].by_queue[1], 1);
    slot_give(&reserved);
    cr_assert_eq(slots_free(&pool), 1);
    cr_assert_eq(slots_count(&pool, SLOT_RESERVED), 0);
    slot_give(&polling);
    slot_give(&taken);
    cr_assert(slots_all_free(&pool));
    cr_assert_null(taken.pool);
}

/* The server may send more activities with an answer than were asked for. */
Test(slots, what_comes_unasked_is_taken_beyond_the_limit)
{
    struct slot_pool pool = {.limit = 1};
    struct slot first = {0}, second = {0};
    slot_take(&first, &pool, SLOT_TAKEN, 0);
    slot_take(&second, &pool, SLOT_TAKEN, 0);
    cr_assert_eq(slots_count(&pool, SLOT_TAKEN), 2);
    cr_assert_eq(slots_free(&pool), 0);
    slot_give(&first);
    cr_assert_eq(slots_free(&pool), 0);
}

Test(slots, no_poll_goes_beyond_the_limit, .signal = SIGABRT)
{
    struct slot_pool pool = {.limit = 0};
    struct slot slot = {0};
    slot_take(&slot, &pool, SLOT_POLLING, 0);
}

Test(slots, none_is_given_back_twice, .signal = SIGABRT)
{
    struct slot_pool pool = {.limit = 1};
    struct slot slot = {0};
    slot_take(&slot, &pool, SLOT_TAKEN, 0);
    slot_give(&slot);
    slot_give(&slot);
}
