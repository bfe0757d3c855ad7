#include <errno.h>
#include <poll.h>

#include "base/uuid.h"
#include "postgres/database_internal.h"

#define BACKOFF_FIRST_US   (100 * MILLISECOND_US)
#define BACKOFF_LONGEST_US (5 * SECOND_US)
/* How long a cancel may go unnoticed. */
#define SLICE_US (100 * MILLISECOND_US)

bool database_wait_canceled(const struct database_patience *patience)
{
    return patience->is_canceled != NULL && patience->is_canceled(patience->hook);
}

int64_t database_wait_deadline(const struct database_patience *patience, int64_t longest_us)
{
    int64_t deadline = clock_monotonic_us() + longest_us;
    return patience->deadline_us != 0 && patience->deadline_us < deadline ? patience->deadline_us : deadline;
}

/* The next stretch of a wait, in whole milliseconds for poll(2), rounded up so that it never spins. */
static int slice_ms(int64_t remaining_us, const struct database_patience *patience)
{
    int64_t slice = patience->is_canceled != NULL && remaining_us > SLICE_US ? SLICE_US : remaining_us;
    if (slice > 3600 * SECOND_US)
        slice = 3600 * SECOND_US;
    return (int)((slice + MILLISECOND_US - 1) / MILLISECOND_US);
}

enum wait_end database_wait_for_socket(int descriptor, short events, int64_t deadline_us,
                                       const struct database_patience *patience)
{
    for (;;) {
        int64_t remaining = deadline_us - clock_monotonic_us();
        if (remaining <= 0)
            return WAIT_LATE;
        if (database_wait_canceled(patience))
            return WAIT_CANCELED;
        struct pollfd wanted = {.fd = descriptor, .events = events};
        int ready = poll(&wanted, 1, slice_ms(remaining, patience));
        /* Whatever is wrong with the socket, libpq finds it and says it better. */
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return WAIT_READY;
    }
}

/* Half of it at least, so that many who wait do not come back at one time. */
static int64_t with_jitter(int64_t pause_us)
{
    struct uuid random = uuid_random();
    int64_t share = random.bytes[0] * 256 + random.bytes[1];
    return pause_us / 2 + pause_us / 2 * share / 65536;
}

bool database_wait_backoff(struct backoff *backoff, int64_t deadline_us, const struct database_patience *patience)
{
    int64_t pause = backoff->next_us != 0 ? backoff->next_us : BACKOFF_FIRST_US;
    backoff->next_us = pause * 2 < BACKOFF_LONGEST_US ? pause * 2 : BACKOFF_LONGEST_US;
    int64_t end = clock_monotonic_us() + with_jitter(pause);
    if (end >= deadline_us)
        return false;
    /* Nothing ever happens on descriptor -1: a pause that looks out for a cancel. */
    return database_wait_for_socket(-1, 0, end, patience) == WAIT_LATE;
}
