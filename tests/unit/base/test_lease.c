/* Items that threads borrow. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/lease.h"

static struct lease_set set;
static unsigned released;

static struct lease_item *new_item(void)
{
    return calloc(1, sizeof(struct lease_item));
}

static void release(struct lease_item *item)
{
    released++;
    free(item);
}

static void set_up(void)
{
    lease_init(&set, 2);
}

TestSuite(lease, .init = set_up);

Test(lease, lends_at_most_its_capacity)
{
    struct lease_item *item;
    cr_assert(lease_try(&set, &item) && item == NULL);
    cr_assert(lease_try(&set, &item) && item == NULL);
    cr_assert_not(lease_try(&set, &item));
    lease_return(&set, NULL);
    cr_assert(lease_try(&set, &item) && item == NULL);
    lease_return(&set, NULL);
    lease_return(&set, NULL);
    lease_free(&set, release);
    cr_assert_eq(released, 0);
}

Test(lease, lends_the_latest_returned_first)
{
    struct lease_item *first = new_item(), *second = new_item(), *item;
    cr_assert(lease_try(&set, &item) && lease_try(&set, &item));
    lease_return(&set, first);
    lease_return(&set, second);
    cr_assert(lease_try(&set, &item) && item == second);
    cr_assert(lease_try(&set, &item) && item == first);
    lease_return(&set, first);
    lease_return(&set, NULL);
    free(second);
    lease_free(&set, release);
    cr_assert_eq(released, 1);
}

static bool yes(void *userdata)
{
    unsigned *calls = userdata;
    return ++*calls > 1;
}

Test(lease, waits_until_the_limit_is_over)
{
    struct lease_item *item;
    cr_assert(lease_try(&set, &item) && lease_try(&set, &item));
    const struct wait_limit late = {.deadline_us = clock_monotonic_us() + 20000};
    cr_assert_not(lease_wait(&set, &late, &item));
    cr_assert_geq(clock_monotonic_us(), late.deadline_us);
    unsigned calls = 0;
    const struct wait_limit canceled = {
        .deadline_us = clock_monotonic_us() + 60000000, .is_canceled = yes, .userdata = &calls};
    cr_assert_not(lease_wait(&set, &canceled, &item));
    cr_assert_eq(calls, 2);
}

static void *give_back(void *item)
{
    clock_sleep_us(20000);
    lease_return(&set, item);
    return NULL;
}

Test(lease, waits_for_what_is_returned)
{
    struct lease_item *borrowed = new_item(), *item;
    cr_assert(lease_try(&set, &item) && lease_try(&set, &item));
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, give_back, borrowed), 0);
    const struct wait_limit limit = {.deadline_us = clock_monotonic_us() + 60000000};
    cr_assert(lease_wait(&set, &limit, &item));
    cr_assert_eq(item, borrowed);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    lease_return(&set, item);
    lease_return(&set, NULL);
    lease_free(&set, release);
    cr_assert_eq(released, 1);
}
