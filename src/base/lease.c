#include "base/lease.h"

#include <assert.h>
#include <time.h>

/* The longest time until a cancel is noticed. */
#define SLICE_US  INT64_C(100000)
#define SECOND_US INT64_C(1000000)

void lease_init(struct lease_set *set, unsigned capacity)
{
    assert(capacity > 0);
    *set = (struct lease_set){.capacity = capacity};
    (void)pthread_mutex_init(&set->lock, NULL);
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&set->returned, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
}

void lease_free(struct lease_set *set, void (*release)(struct lease_item *item))
{
    assert(set->lent_count == 0);
    while (set->spare != NULL) {
        struct lease_item *item = set->spare;
        set->spare = item->next;
        release(item);
    }
    (void)pthread_cond_destroy(&set->returned);
    (void)pthread_mutex_destroy(&set->lock);
}

/* Under the lock. */
static bool take(struct lease_set *set, struct lease_item **item)
{
    assert((set->spare == NULL) == (set->spare_count == 0));
    assert(set->spare_count + set->lent_count <= set->capacity);
    if (set->spare == NULL && set->lent_count == set->capacity)
        return false;
    *item = set->spare;
    if (*item != NULL) {
        set->spare = (*item)->next;
        set->spare_count--;
    }
    set->lent_count++;
    return true;
}

bool lease_try(struct lease_set *set, struct lease_item **item)
{
    (void)pthread_mutex_lock(&set->lock);
    bool taken = take(set, item);
    (void)pthread_mutex_unlock(&set->lock);
    return taken;
}

bool lease_wait(struct lease_set *set, const struct wait_limit *limit, struct lease_item **item)
{
    assert(limit->deadline_us != 0);
    for (;;) {
        int64_t until = limit->deadline_us;
        if (limit->is_canceled != NULL)
            until = wait_limit_sooner(limit, clock_monotonic_us() + SLICE_US);
        const struct timespec end = {.tv_sec = until / SECOND_US, .tv_nsec = until % SECOND_US * 1000};
        int late = 0;
        (void)pthread_mutex_lock(&set->lock);
        bool taken = take(set, item);
        while (!taken && late == 0) {
            late = pthread_cond_timedwait(&set->returned, &set->lock, &end);
            taken = take(set, item);
        }
        (void)pthread_mutex_unlock(&set->lock);
        if (taken || wait_limit_is_over(limit))
            return taken;
    }
}

void lease_return(struct lease_set *set, struct lease_item *item)
{
    (void)pthread_mutex_lock(&set->lock);
    assert(set->lent_count > 0);
    set->lent_count--;
    if (item != NULL) {
        item->next = set->spare;
        set->spare = item;
        set->spare_count++;
    }
    (void)pthread_cond_signal(&set->returned);
    (void)pthread_mutex_unlock(&set->lock);
}
