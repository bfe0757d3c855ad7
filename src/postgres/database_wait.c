/* Waits for the server's answer without blocking in libpq, so that deadlines hold and a cancellation is noticed. */
#include <assert.h>
#include <errno.h>
#include <poll.h>

#include "postgres/database_internal.h"

/* The longest time until a cancellation is noticed. */
#define SLICE_US (100 * MILLISECOND_US)

/* The duration of the next poll(2), in whole milliseconds, rounded up so that the loop never spins. */
static int slice_ms(int64_t left_us, const struct wait_limit *limit)
{
    int64_t slice_us = limit->is_canceled != NULL ? SLICE_US : 3600 * SECOND_US;
    if (left_us < slice_us)
        slice_us = left_us;
    return (int)((slice_us + MILLISECOND_US - 1) / MILLISECOND_US);
}

enum socket_wait database_wait_for_socket(const PGconn *conn, short events, const struct wait_limit *limit)
{
    assert(limit->deadline_us != 0);
    for (;;) {
        int64_t left_us = wait_limit_left_us(limit);
        if (left_us == 0)
            return SOCKET_LATE;
        if (wait_limit_is_canceled(limit))
            return SOCKET_CANCELED;
        struct pollfd wanted = {.fd = PQsocket(conn), .events = events};
        int ready = poll(&wanted, 1, slice_ms(left_us, limit));
        /* libpq then reports any error of the socket. */
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return SOCKET_READY;
    }
}
