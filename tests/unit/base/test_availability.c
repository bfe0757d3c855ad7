/* Whether a server can be reached, as the log says it. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/availability.h"

static struct availability availability;
static struct availability_change change;

static void set_up(void)
{
    availability_init(&availability);
    change = (struct availability_change){0};
}

static void tear_down(void)
{
    availability_free(&availability);
}

TestSuite(availability, .init = set_up, .fini = tear_down);

static bool attempt(bool succeeds)
{
    availability_end(&availability, availability_begin(&availability), succeeds, TEXT("no route"));
    return availability_next(&availability, &change);
}

/* No more changes: the thread stops reporting. */
static bool is_silent(void)
{
    return !availability_next(&availability, &change);
}

Test(availability, each_change_is_reported_once)
{
    cr_assert_not(attempt(true));
    cr_assert(attempt(false) && change.is_unavailable);
    cr_assert_str_eq(change.reason, "no route");
    cr_assert(is_silent());
    cr_assert_not(attempt(false));
    cr_assert(attempt(true) && !change.is_unavailable);
    cr_assert(is_silent());
    cr_assert_not(attempt(true));
}

Test(availability, an_outdated_failure_counts_for_nothing)
{
    uint64_t begin = availability_begin(&availability);
    cr_assert_not(attempt(true));
    availability_end(&availability, begin, false, TEXT("too late"));
    cr_assert_not(availability_next(&availability, &change));
}

Test(availability, one_thread_at_a_time_reports)
{
    struct availability_change other = {0};
    cr_assert(attempt(false));
    availability_end(&availability, availability_begin(&availability), true, TEXT_NONE);
    cr_assert_not(availability_next(&availability, &other));
    cr_assert(availability_next(&availability, &change) && !change.is_unavailable);
    cr_assert(is_silent());
}

Test(availability, changes_that_cancel_out_are_not_reported)
{
    uint64_t begin = availability_begin(&availability);
    availability_end(&availability, begin, false, TEXT("x"));
    availability_end(&availability, begin, true, TEXT_NONE);
    cr_assert(is_silent());
}

Test(availability, a_long_reason_is_cut)
{
    static char reason[400];
    (void)memset(reason, 'x', sizeof(reason) - 1);
    availability_end(&availability, 0, false, text_from(reason));
    cr_assert(availability_next(&availability, &change));
    cr_assert_eq(strlen(change.reason), sizeof(change.reason) - 1);
    cr_assert(is_silent());
}
