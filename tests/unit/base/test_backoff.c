/* With a clock that only sleep moves, and chance that the test gives. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/backoff.h"
#include "base/random.h"

static int64_t now_us = 1000000000, slept_us, longest_sleep_us;
static uint64_t chance;
static int calls_until_cancel = -1;

int64_t clock_monotonic_us(void)
{
    return now_us;
}

int64_t clock_utc_us(void)
{
    return now_us;
}

int64_t clock_utc_seconds_us(void)
{
    return now_us;
}

void clock_sleep_us(int64_t microseconds)
{
    now_us += microseconds;
    slept_us += microseconds;
    longest_sleep_us = microseconds > longest_sleep_us ? microseconds : longest_sleep_us;
}

void random_bytes(void *bytes, size_t size)
{
    cr_assert_eq(size, sizeof(chance));
    memcpy(bytes, &chance, size);
}

static bool cancel_later(void *userdata)
{
    (void)userdata;
    return calls_until_cancel >= 0 && calls_until_cancel-- == 0;
}

Test(backoff, delays)
{
    static const int64_t expected[] = {100, 100, 200, 400, 800, 1600, 3200, 5000, 5000};
    for (unsigned failures = 0; failures < sizeof expected / sizeof expected[0]; failures++)
        cr_expect_eq(backoff_delay(100, 5000, 200, failures), expected[failures]);
    cr_expect_eq(backoff_delay(100, 5000, 170, 3), 289);
    cr_expect_eq(backoff_delay(7, 7, 200, 1), 7);
    cr_expect_eq(backoff_delay(1, INT64_MAX / 200, 200, UINT32_MAX), INT64_MAX / 200);
}

Test(backoff, jitter_takes_off_at_most_half)
{
    chance = 0;
    cr_expect_eq(backoff_with_jitter(1000), 1000);
    chance = 500;
    cr_expect_eq(backoff_with_jitter(1000), 500);
    chance = 501;
    cr_expect_eq(backoff_with_jitter(1000), 1000);
    chance = UINT64_MAX;
    cr_expect_geq(backoff_with_jitter(1000), 500);
    cr_expect_leq(backoff_with_jitter(1000), 1000);
    cr_expect_eq(backoff_with_jitter(0), 0);
}

Test(backoff, waits_longer_each_time)
{
    struct backoff backoff = {.first_us = 100000, .max_us = 300000};
    struct wait_limit limit = {0};
    cr_expect(backoff_wait(&backoff, &limit));
    cr_expect_eq(slept_us, 100000);
    cr_expect(backoff_wait(&backoff, &limit));
    cr_expect_eq(slept_us, 300000);
    cr_expect(backoff_wait(&backoff, &limit));
    cr_expect_eq(slept_us, 600000);
    backoff.failures = 0;
    cr_expect(backoff_wait(&backoff, &limit));
    cr_expect_eq(slept_us, 700000);
}

Test(backoff, a_deadline_before_the_end_of_the_delay_is_not_waited_for)
{
    struct backoff backoff = {.first_us = 100000, .max_us = 300000};
    struct wait_limit limit = {.deadline_us = now_us + 100000};
    cr_expect(backoff_wait(&backoff, &limit));
    limit.deadline_us = now_us + 199999;
    cr_expect_not(backoff_wait(&backoff, &limit));
    cr_expect_eq(slept_us, 100000);
}

Test(backoff, a_cancel_ends_the_wait)
{
    struct backoff backoff = {.first_us = 5000000, .max_us = 5000000};
    struct wait_limit limit = {.is_canceled = cancel_later};
    calls_until_cancel = 3;
    cr_expect_not(backoff_wait(&backoff, &limit));
    cr_expect_eq(slept_us, 300000);
    cr_expect_eq(longest_sleep_us, 100000);
}
