/* The shares. */
#include "worker/memory_plan.h"

#include <stdint.h>

#include "base/limits.h"

/* What the program itself takes: its own data, gRPC's data, stacks, and what malloc cannot reuse. */
#define PROGRAM_BYTES MIB(12)
/* What one poll may bring: the largest payload that the server accepts, as received and as read. */
#define POLL_BYTES MIB(4)

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

struct memory_plan memory_plan(size_t limit)
{
    if (limit == 0)
        return (struct memory_plan){.message = LIMIT_PROTO_BYTES, .cache = SIZE_MAX, .polls = LIMIT_POLLS};
    size_t left = limit > 2 * PROGRAM_BYTES ? limit - PROGRAM_BYTES : limit / 2;
    size_t received = left / 4, polls = received / POLL_BYTES;
    struct memory_plan plan = {
        .arenas = left / 6 * 5,
        .message = least(received, LIMIT_PROTO_BYTES),
        .polls = polls < 1 ? 1 : (unsigned)least(polls, LIMIT_POLLS),
    };
    plan.cache = plan.arenas / 3;
    return plan;
}
