/* Executes random rules in several ways, which must not make a difference, and compares them with the oracle. A failure
   prints the command that repeats it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/engine/world.h"

struct way {
    const char *name;
    bool evict_always, in_order, activities_only, holds, resumes;
    uint32_t perform_limit, local_max, pending_max;
    int64_t continue_after;
};

static const struct way ways[] = {
    {.name = "cached"},
    {.name = "evicted at every task", .evict_always = true},
    {.name = "in order", .in_order = true},
    {.name = "activities only", .activities_only = true},
    {.name = "one local action a task", .perform_limit = 1},
    {.name = "two local actions a task, three activities at once", .local_max = 2, .pending_max = 3},
    {.name = "one activity at once, evicted", .activities_only = true, .pending_max = 1, .evict_always = true},
    {.name = "continued as new often", .continue_after = 12},
    {.name = "continued and evicted", .continue_after = 20, .evict_always = true, .perform_limit = 2},
    {.name = "resumed", .resumes = true},
    {.name = "resumed and evicted, activities only", .resumes = true, .evict_always = true, .activities_only = true},
    {.name = "resumed and continued", .resumes = true, .continue_after = 16, .local_max = 2},
    {.name = "held", .holds = true},
    {.name = "held and evicted, activities only", .holds = true, .evict_always = true, .activities_only = true},
    {.name = "held and continued", .holds = true, .continue_after = 16, .local_max = 2},
};

static const char *judge(const struct world *world, const enum fate *fates, uint32_t *where)
{
    bool any_fails = false;
    for (uint32_t i = 0; i < world->plan->action_count; i++) {
        *where = i;
        bool must_run = fates[i] == FATE_RUNS || fates[i] == FATE_FAILS;
        if (must_run && world->performed[i] != world->may_run[i])
            return "an action that must run did not";
        if (!must_run && world->performed[i] != 0)
            return "an action that must not run did";
        bool fails_run = fates[i] == FATE_FAILS && !oracle_routed(&world->outcome, i);
        any_fails = any_fails || fails_run;
        char name[32];
        snprintf(name, sizeof name, "execute action a%u (", i);
        if (fails_run != (text_find(world->failure, text_from(name)) != SIZE_MAX))
            return "the failure does not name exactly the failed actions";
    }
    *where = UINT32_MAX;
    return world->close == (any_fails ? CLOSE_FAILED : CLOSE_COMPLETED) ? NULL : "the run ended as it must not";
}

/* Resumed runs perform failed actions again. */
static struct plan plan_of(const struct plan *made, const struct way *way)
{
    struct plan plan = *made;
    for (uint32_t i = 0; i < plan.action_count && way->resumes; i++)
        plan.actions[i].fix = FIX_RETRY;
    return plan;
}

static bool play(const struct plan *made, uint64_t seed, const struct way *way, bool cancel)
{
    struct world world;
    const struct plan plan = plan_of(made, way);
    world_begin(&world, &plan, way->holds, way->resumes, seed ^ 0xabcdef);
    world.terminations = way->resumes ? 3 : 0;
    world.evict_always = way->evict_always;
    world.in_order = way->in_order;
    world.perform_limit = way->perform_limit;
    world.policy.local = !way->activities_only;
    world.policy.continue_after = way->continue_after;
    world.policy.local_max = way->local_max;
    world.policy.pending_max = way->pending_max;
    world.cancel_at_random = cancel;
    world_play(&world);

    enum fate fates[PLAN_ACTIONS];
    oracle_fates(&world.outcome, fates);
    uint32_t where = world.broken_at;
    const char *wrong = world.broken;
    if (wrong == NULL && world.close != CLOSE_CANCELED)
        wrong = judge(&world, fates, &where);
    if (wrong == NULL && world.close == CLOSE_CANCELED && (!cancel || world.cancel_at_random))
        wrong = "the run is canceled though nobody asked";
    if (wrong != NULL)
        fprintf(stderr, "FAILED: %s (action a%d, way \"%s\"%s); repeat with: property --seed %" PRIu64 " --count 1\n",
                wrong, (int)where, way->name, cancel ? ", canceled" : "", seed);
    world_end(&world);
    return wrong == NULL;
}

static bool try_seed(uint64_t seed)
{
    struct plan plan;
    plan_make(&plan, seed);
    bool good = true;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0] && good; i++)
        good = play(&plan, seed, &ways[i], false);
    return good && play(&plan, seed, &ways[seed % 3 == 2 ? sizeof ways / sizeof ways[0] - 3 : seed % 3], true);
}

int main(int argc, char **argv)
{
    uint64_t seed = 1, count = 1000;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0)
            seed = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--count") == 0)
            count = strtoull(argv[i + 1], NULL, 10);
    }
    unsigned failed = 0;
    for (uint64_t i = 0; i < count && failed < 5; i++)
        failed += !try_seed(seed + i);
    printf("%" PRIu64 " random rules, %zu ways each, %u failed\n", count, sizeof ways / sizeof ways[0] + 1, failed);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
