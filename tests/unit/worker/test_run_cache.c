/* The cache alone: runs are stand-ins that only know their size and count their end. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "worker/run_cache.h"

struct run {
    size_t bytes;
};

static size_t alive;

static struct run *make_run(size_t bytes)
{
    struct run *run = malloc(sizeof(*run));
    run->bytes = bytes;
    alive++;
    return run;
}

void run_free(struct run *run)
{
    if (run != NULL)
        alive--;
    free(run);
}

size_t run_bytes(const struct run *run)
{
    return run->bytes;
}

static struct run_entry *make_entry(const char *id, size_t bytes)
{
    struct run_entry *entry = run_entry_new(TEXT("workflow"), text_from(id), make_run(bytes));
    cr_assert_not_null(entry);
    return entry;
}

Test(run_cache, gives_back_what_was_put)
{
    struct run_cache *cache = run_cache_new(1 << 20);
    struct run_entry *entry = make_entry("a", 100);
    entry->last_event_id = 7;
    cr_assert_eq(run_cache_put(cache, entry), 0);
    cr_assert_eq(run_cache_count(cache), 1);
    cr_assert_geq(run_cache_bytes(cache), 100);

    cr_assert_eq(run_cache_peek(cache, TEXT("a")), entry);
    cr_assert_eq(run_cache_take(cache, TEXT("a")), entry);
    cr_assert_eq(entry->last_event_id, 7);
    cr_assert_null(run_cache_take(cache, TEXT("a")), "a taken run is no longer the cache's");
    cr_assert_eq(run_cache_count(cache), 0);
    cr_assert_eq(run_cache_bytes(cache), 0);

    run_entry_free(entry);
    run_cache_free(cache);
    cr_assert_eq(alive, 0);
}

Test(run_cache, does_not_find_unknown_runs)
{
    struct run_cache *cache = run_cache_new(1 << 20);
    run_cache_put(cache, make_entry("abc", 1));
    cr_assert_null(run_cache_peek(cache, TEXT("ab")));
    cr_assert_null(run_cache_peek(cache, TEXT("abcd")));
    cr_assert_null(run_cache_peek(cache, TEXT_NONE));
    run_cache_free(cache);
    cr_assert_eq(alive, 0);
}

Test(run_cache, evicts_the_least_recently_used)
{
    struct run_cache *cache = run_cache_new(3500);
    run_cache_put(cache, make_entry("a", 1000));
    run_cache_put(cache, make_entry("b", 1000));
    run_cache_put(cache, make_entry("c", 1000));
    cr_assert_eq(alive, 3);
    run_cache_put(cache, run_cache_take(cache, TEXT("a"))); /* used again */

    cr_assert_eq(run_cache_put(cache, make_entry("d", 1000)), 1);

    cr_assert_null(run_cache_peek(cache, TEXT("b")));
    cr_assert_not_null(run_cache_peek(cache, TEXT("a")));
    cr_assert_not_null(run_cache_peek(cache, TEXT("c")));
    cr_assert_not_null(run_cache_peek(cache, TEXT("d")));
    cr_assert_leq(run_cache_bytes(cache), 3500);
    cr_assert_eq(alive, 3);
    run_cache_free(cache);
    cr_assert_eq(alive, 0);
}

Test(run_cache, run_that_has_grown_evicts_others)
{
    struct run_cache *cache = run_cache_new(3500);
    run_cache_put(cache, make_entry("a", 1000));
    run_cache_put(cache, make_entry("b", 1000));
    struct run_entry *entry = run_cache_take(cache, TEXT("a"));
    entry->run->bytes = 3000;
    cr_assert_eq(run_cache_put(cache, entry), 1);
    cr_assert_eq(run_cache_count(cache), 1);
    cr_assert_eq(run_cache_peek(cache, TEXT("a")), entry);
    run_cache_free(cache);
}

Test(run_cache, a_run_larger_than_the_budget_is_not_kept)
{
    struct run_cache *cache = run_cache_new(500);
    cr_assert_eq(run_cache_put(cache, make_entry("a", 501)), 1);
    cr_assert_eq(run_cache_count(cache), 0);
    cr_assert_eq(run_cache_bytes(cache), 0);
    cr_assert_eq(alive, 0);
    run_cache_free(cache);
}

Test(run_cache, budget_of_0_keeps_nothing)
{
    struct run_cache *cache = run_cache_new(0);
    cr_assert_eq(run_cache_put(cache, make_entry("a", 0)), 1);
    cr_assert_eq(run_cache_count(cache), 0);
    run_cache_free(cache);
    cr_assert_eq(alive, 0);
}

Test(run_cache, the_newer_of_one_id_stays)
{
    struct run_cache *cache = run_cache_new(1 << 20);
    run_cache_put(cache, make_entry("a", 10));
    struct run_entry *newer = make_entry("a", 20);
    run_cache_put(cache, newer);
    cr_assert_eq(run_cache_count(cache), 1);
    cr_assert_eq(run_cache_peek(cache, TEXT("a")), newer);
    run_cache_free(cache);
    cr_assert_eq(alive, 0);
}

Test(run_cache, a_thousand_runs_in_and_out)
{
    struct run_cache *cache = run_cache_new(1 << 20);
    char id[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(id, sizeof(id), "run-%d", i);
        cr_assert_eq(run_cache_put(cache, make_entry(id, 1)), 0);
    }
    cr_assert_eq(run_cache_count(cache), 1000);
    for (int i = 999; i >= 0; i--) {
        snprintf(id, sizeof(id), "run-%d", i);
        struct run_entry *entry = run_cache_take(cache, text_from(id));
        cr_assert_not_null(entry, "%s", id);
        run_entry_free(entry);
    }
    cr_assert_eq(run_cache_bytes(cache), 0);
    run_cache_free(cache);
    cr_assert_eq(alive, 0);
}
