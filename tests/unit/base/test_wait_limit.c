/* Deadlines and cancels. */
#include <criterion/criterion.h>

#include "base/wait_limit.h"

static bool answer(void *userdata)
{
    return *(bool *)userdata;
}

Test(wait_limit, without_a_limit)
{
    struct wait_limit limit = {0};
    cr_expect_not(wait_limit_is_canceled(&limit));
    cr_expect_not(wait_limit_is_over(&limit));
    cr_expect_eq(wait_limit_left_us(&limit), INT64_MAX);
    cr_expect_eq(wait_limit_sooner(&limit, 7), 7);
}

Test(wait_limit, deadline)
{
    struct wait_limit limit = {.deadline_us = clock_monotonic_us() + 60000000};
    cr_expect_not(wait_limit_is_over(&limit));
    cr_expect_gt(wait_limit_left_us(&limit), 50000000);
    cr_expect_leq(wait_limit_left_us(&limit), 60000000);
    cr_expect_eq(wait_limit_sooner(&limit, limit.deadline_us - 1), limit.deadline_us - 1);
    cr_expect_eq(wait_limit_sooner(&limit, limit.deadline_us + 1), limit.deadline_us);
    limit.deadline_us = clock_monotonic_us() - 1;
    cr_expect(wait_limit_is_over(&limit));
    cr_expect_eq(wait_limit_left_us(&limit), 0);
}

Test(wait_limit, cancel)
{
    bool canceled = false;
    struct wait_limit limit = {.is_canceled = answer, .userdata = &canceled};
    cr_expect_not(wait_limit_is_over(&limit));
    canceled = true;
    cr_expect(wait_limit_is_over(&limit));
    cr_expect(wait_limit_is_canceled(&limit));
}
