/* How the memory of the process is shared out. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "worker/memory_plan.h"

Test(memory_plan, without_a_limit_the_bounds_are_the_general_ones)
{
    struct memory_plan plan = memory_plan(0);
    cr_expect_eq(plan.arenas, 0);
    cr_expect_eq(plan.message, LIMIT_PROTO_BYTES);
    cr_expect_eq(plan.polls, LIMIT_POLLS);
}

Test(memory_plan, the_shares_are_less_than_the_limit)
{
    static const size_t limits[] = {MIB(8), MIB(16), MIB(24), MIB(36), MIB(128), MIB(512), MIB(4096)};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct memory_plan plan = memory_plan(limits[i]);
        cr_expect_gt(plan.arenas, 0);
        cr_expect_leq(plan.arenas, limits[i]);
        cr_expect_leq(plan.cache, plan.arenas / 2, "tasks have room beside the cache");
        cr_expect_geq(plan.polls, 1);
        cr_expect_leq(plan.message, LIMIT_PROTO_BYTES);
    }
}

Test(memory_plan, of_dev_and_of_prod)
{
    struct memory_plan dev = memory_plan(MIB(36)), prod = memory_plan(MIB(512));
    cr_expect_eq(dev.arenas, MIB(20));
    cr_expect_eq(dev.message, MIB(6));
    cr_expect_eq(dev.polls, 1);
    cr_expect_eq(prod.polls, 31);
}
