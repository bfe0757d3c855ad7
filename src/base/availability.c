#include "base/availability.h"

#include <assert.h>
#include <string.h>

void availability_init(struct availability *availability)
{
    *availability = (struct availability){0};
    (void)pthread_mutex_init(&availability->lock, NULL);
}

void availability_free(struct availability *availability)
{
    assert(!availability->is_reporting);
    (void)pthread_mutex_destroy(&availability->lock);
}

uint64_t availability_begin(struct availability *availability)
{
    (void)pthread_mutex_lock(&availability->lock);
    uint64_t begin = availability->successes;
    (void)pthread_mutex_unlock(&availability->lock);
    return begin;
}

void availability_end(struct availability *availability, uint64_t begin, bool succeeded, struct text reason)
{
    (void)pthread_mutex_lock(&availability->lock);
    assert(begin <= availability->successes);
    if (succeeded) {
        availability->successes++;
        availability->is_unavailable = false;
    } else if (begin == availability->successes) {
        struct text cut = text_cut_utf8(reason, sizeof(availability->reason) - 1);
        availability->is_unavailable = true;
        (void)memset(availability->reason, 0, sizeof(availability->reason));
        if (cut.size > 0)
            (void)memcpy(availability->reason, cut.data, cut.size);
    }
    (void)pthread_mutex_unlock(&availability->lock);
}

bool availability_next(struct availability *availability, struct availability_change *change)
{
    (void)pthread_mutex_lock(&availability->lock);
    assert(!change->is_mine || availability->is_reporting);
    bool is_free = change->is_mine || !availability->is_reporting;
    bool is_news = is_free && availability->is_logged != availability->is_unavailable;
    if (is_free)
        availability->is_reporting = change->is_mine = is_news;
    if (is_news) {
        availability->is_logged = change->is_unavailable = availability->is_unavailable;
        (void)memcpy(change->reason, availability->reason, sizeof(change->reason));
    }
    (void)pthread_mutex_unlock(&availability->lock);
    return is_news;
}
