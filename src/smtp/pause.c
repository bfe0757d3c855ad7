#include "smtp/pause.h"

#include <poll.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/uuid.h"

#define MILLISECOND_US 1000
#define FIRST_US       ((int64_t)100 * MILLISECOND_US)
#define LONGEST_US     ((int64_t)5000 * MILLISECOND_US)
/* How long a cancel may go unnoticed. */
#define SLICE_US ((int64_t)100 * MILLISECOND_US)

/* Half of it at least, so that many who wait do not come back at one time. */
static int64_t with_chance(int64_t pause_us)
{
    struct uuid random = uuid_random();
    int64_t share = random.bytes[0] * 256 + random.bytes[1];
    return pause_us / 2 + pause_us / 2 * share / 65536;
}

bool pause_wait(struct pause *pause, int64_t deadline_us, bool (*is_canceled)(void *hook), void *hook)
{
    int64_t pause_us = pause->next_us != 0 ? pause->next_us : FIRST_US;
    pause->next_us = pause_us * 2 < LONGEST_US ? pause_us * 2 : LONGEST_US;
    int64_t end = clock_monotonic_us() + with_chance(pause_us);
    if (end >= deadline_us)
        return false;
    for (int64_t left = end - clock_monotonic_us(); left > 0; left = end - clock_monotonic_us()) {
        if (is_canceled != NULL && is_canceled(hook))
            return false;
        int64_t slice = left < SLICE_US ? left : SLICE_US;
        (void)poll(NULL, 0, (int)((slice + MILLISECOND_US - 1) / MILLISECOND_US));
    }
    return true;
}
