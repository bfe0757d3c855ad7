/* When new runs wait. Runs are stand-ins that only know their size. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "worker/admission.h"

#define S INT64_C(1000000)

struct run {
    size_t bytes;
};

void run_free(struct run *run)
{
    free(run);
}

size_t run_bytes(const struct run *run)
{
    return run->bytes;
}

static void keep(struct run_cache *cache, const char *id, size_t bytes, int64_t used_us)
{
    struct run *run = malloc(sizeof(*run));
    run->bytes = bytes;
    struct run_entry *entry = run_entry_new(TEXT("workflow"), text_from(id), run);
    cr_assert_not_null(entry);
    entry->used_us = used_us;
    run_cache_put(cache, entry);
}

Test(admission, without_a_cache_it_is_open)
{
    struct admission admission = {0};
    admission_note_task(&admission, 4 * S, S / 100, 10 * S);
    cr_assert_eq(admission_state(&admission, INT64_MAX, 10 * S), ADMISSION_OPEN);
}

Test(admission, sticky_tasks_that_waited_hold_it_until_one_did_not)
{
    struct admission admission = {.cache = run_cache_new(MIB(1))};
    cr_assert_eq(admission_state(&admission, INT64_MAX, 10 * S), ADMISSION_OPEN);
    admission_note_task(&admission, S / 4, S / 100, 10 * S);
    cr_expect_eq(admission_state(&admission, INT64_MAX, 10 * S), ADMISSION_OPEN);
    admission_note_task(&admission, 3 * S / 4, S / 100, 10 * S);
    cr_expect_eq(admission_state(&admission, INT64_MAX, 10 * S), ADMISSION_TASKS_LATE);
    admission_note_task(&admission, -1, S / 100, 10 * S); /* says nothing */
    cr_expect_eq(admission_state(&admission, INT64_MAX, 10 * S), ADMISSION_TASKS_LATE);
    admission_note_task(&admission, 0, S / 100, 10 * S);
    cr_expect_eq(admission_state(&admission, INT64_MAX, 10 * S), ADMISSION_OPEN);
    run_cache_free(admission.cache);
}

Test(admission, a_wait_of_long_ago_does_not_hold_it)
{
    struct admission admission = {.cache = run_cache_new(MIB(1))};
    admission_note_task(&admission, 3 * S, S / 100, 10 * S);
    cr_expect_eq(admission_state(&admission, INT64_MAX, 11 * S - 1), ADMISSION_TASKS_LATE);
    cr_expect_eq(admission_state(&admission, INT64_MAX, 11 * S), ADMISSION_OPEN);
    run_cache_free(admission.cache);
}

Test(admission, a_run_whose_task_is_overdue_holds_it)
{
    struct admission admission = {.cache = run_cache_new(MIB(1))};
    keep(admission.cache, "a", 100, S);
    keep(admission.cache, "b", 100, S);
    run_cache_note_due(admission.cache, TEXT("b"), 10 * S);
    run_cache_note_due(admission.cache, TEXT("b"), 11 * S); /* known already */
    run_cache_note_due(admission.cache, TEXT("a"), 12 * S);
    run_cache_note_due(admission.cache, TEXT("c"), 12 * S); /* not in the cache */
    cr_expect_eq(admission_state(&admission, INT64_MAX, 10 * S + S / 2), ADMISSION_OPEN);
    cr_expect_eq(admission_state(&admission, INT64_MAX, 10 * S + S / 2 + 1), ADMISSION_TASKS_LATE);
    run_entry_free(run_cache_take(admission.cache, TEXT("b")));
    cr_expect_eq(admission_state(&admission, INT64_MAX, 12 * S), ADMISSION_OPEN);
    cr_expect_eq(admission_state(&admission, INT64_MAX, 13 * S), ADMISSION_TASKS_LATE);
    /* By then another worker has the task. */
    cr_expect_eq(admission_state(&admission, INT64_MAX, 17 * S + 1), ADMISSION_OPEN);
    run_cache_note_due(admission.cache, TEXT("a"), 20 * S);
    cr_expect_eq(admission_state(&admission, INT64_MAX, 21 * S), ADMISSION_TASKS_LATE);
    run_cache_free(admission.cache);
}

static struct run_cache *full_cache(unsigned runs, int64_t used_us)
{
    struct run_cache *cache = run_cache_new(MIB(1));
    for (unsigned i = 0; i < runs; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "%u", i);
        keep(cache, id, MIB(1) / runs - 200, used_us);
    }
    cr_assert_eq(run_cache_count(cache), runs);
    return cache;
}

Test(admission, a_cache_full_of_runs_in_use_holds_it)
{
    struct admission admission = {.cache = full_cache(200, 10 * S)};
    cr_expect_eq(admission_state(&admission, INT64_MAX, 14 * S), ADMISSION_CACHE_FULL);
    cr_expect_eq(admission_state(&admission, INT64_MAX, 15 * S), ADMISSION_OPEN, "runs that wait for long make room");
    run_cache_free(admission.cache);
}

Test(admission, a_cache_with_room_or_for_few_runs_does_not_hold_it)
{
    struct admission few = {.cache = full_cache(99, 10 * S)};
    cr_expect_eq(admission_state(&few, INT64_MAX, 10 * S), ADMISSION_OPEN);
    run_cache_free(few.cache);
    struct admission room = {.cache = full_cache(200, 10 * S)};
    for (unsigned i = 0; i < 20; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "%u", i);
        run_entry_free(run_cache_take(room.cache, text_from(id)));
    }
    cr_expect_eq(admission_state(&room, INT64_MAX, 10 * S), ADMISSION_OPEN);
    run_cache_free(room.cache);
}

Test(admission, tasks_that_the_server_was_slow_to_give_do_not_hold_it)
{
    struct admission admission = {.cache = run_cache_new(MIB(1))};
    admission_note_task(&admission, 3 * S, 4 * S, 10 * S);
    cr_expect_eq(admission_state(&admission, INT64_MAX, 10 * S), ADMISSION_OPEN, "the poll was there before");
    keep(admission.cache, "a", 100, S);
    run_cache_note_due(admission.cache, TEXT("a"), 10 * S);
    cr_expect_eq(admission_state(&admission, 9 * S, 12 * S), ADMISSION_OPEN, "a poll waits for it");
    cr_expect_eq(admission_state(&admission, 11 * S, 12 * S), ADMISSION_TASKS_LATE);
    run_cache_free(admission.cache);
}

Test(admission, each_state_has_a_name)
{
    for (unsigned state = 0; state < ADMISSION_STATES; state++)
        cr_assert_not_null(admission_state_name((enum admission_state)state));
}
